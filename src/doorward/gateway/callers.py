"""From a connection that was just accepted to a device that says who it is; everybody else is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from doorward.gateway.agents import AgentDirectory, AgentRefused
from doorward.gateway.certificates import CertificateRefused
from doorward.gateway.context import GatewayContext
from doorward.model.errors import NotReached, TimedOut
from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.server_end import (
    AcceptedConnection,
    AcceptEvent,
    Announced,
    AskIdentity,
    HttpRequest,
)
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.tls_hello import named_protocols
from doorward.protocol.tunnel.messages import PROTOCOL_NAME
from doorward.transport import Stream, TlsContext, TlsStream, start_tls

_NO_HTTP: Final = (
    b"HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
)
_NO_HTTP_WORDS: Final = (
    b"This port serves access-control devices. The web console and the API have a port of their own.\n"
)


@dataclass(slots=True)
class Caller:
    """A device that announced a connection and waits for the decision about it.

    Attributes:
        stream: The connection.
        accepted: The protocol's end of it.
        identity: Who it says it is.
        kind: Which of its two connections this is.
        certified: A certificate proved who it is.
        let_in: Called when it is let in; from then on it does not count as a stranger.
    """

    stream: Stream
    accepted: AcceptedConnection
    identity: DeviceIdentity
    kind: ConnectionKind
    certified: bool
    let_in: Callable[[], None]

    @property
    def host(self) -> str:
        """From where it called."""
        return self.stream.peer.host


@dataclass(frozen=True, slots=True)
class AgentCaller:
    """An agent, or one that wants to become one: it named the agents' protocol, and no more is known of it.

    Attributes:
        stream: The inside of its TLS connection.
    """

    stream: TlsStream


async def meet(
    stream: Stream,
    context: GatewayContext,
    let_in: Callable[[], None],
    agents: AgentDirectory | None = None,
) -> Caller | AgentCaller | None:
    """Find out who calls; gives None for an HTTP request, which was answered.

    Args:
        stream: The connection.
        context: What the gateway shares.
        let_in: Called when a device is let in.
        agents: Who the agents are; None: no agent is served.

    Raises:
        RemoteProtocolError: Rubbish, or the caller closed.
        TimedOut: The caller did not do what it had to in time.
        CertificateRefused: TLS failed or is not served, or the certificate does not hold.
        AgentRefused: TLS with an agent failed.
        NotReached: The connection was cut.
    """
    settings = context.settings
    loop = asyncio.get_running_loop()
    accepted = AcceptedConnection(loop.time(), ask_after=settings.ask_after)
    certified = False
    while True:
        try:
            data = await _received_until(accepted.deadline, stream)
        except TimeoutError:
            question = accepted.timed_out(loop.time())
            if question:
                await stream.send(question)
            continue
        if not data:
            accepted.end()
        for event in _received(accepted, data, loop.time(), certified=certified):
            if isinstance(event, AskIdentity):
                await stream.send(event.data)
            elif isinstance(event, Announced):
                return Caller(stream, accepted, event.identity, event.kind, certified, let_in)
            elif isinstance(event, HttpRequest):
                await stream.send(_NO_HTTP % (len(_NO_HTTP_WORDS), _NO_HTTP_WORDS))
                return None
            else:
                hello = event.received
                if agents is not None:
                    hello = await _whole_hello(stream, hello, context)
                    if PROTOCOL_NAME.encode() in (named_protocols(hello) or ()):
                        return AgentCaller(await _inside_agent_tls(stream, hello, context, agents))
                stream, identity = await _inside_tls(stream, hello, context)
                accepted = AcceptedConnection(loop.time(), certificate=identity)
                certified = True


async def _received_until(deadline: float | None, stream: Stream) -> bytes:
    """Give what came until a moment; raises ``TimeoutError`` when nothing did."""
    try:
        async with asyncio.timeout_at(deadline):
            return await stream.receive()
    except TimeoutError:
        # A busy machine may notice the time before the bytes that came in time: who has spoken is not asked.
        async with asyncio.timeout(0):
            return await stream.receive()


def _received(accepted: AcceptedConnection, data: bytes, now: float, *, certified: bool) -> list[AcceptEvent]:
    try:
        return accepted.receive(data, now)
    except RemoteProtocolError as error:
        holder = accepted.identity
        if not certified or holder is None:
            raise
        # Whose certificate it is stands fast, so it is told in the history of that device.
        raise CertificateRefused(
            f"Its certificate was shown, but {error.message}.", device_id=holder.device_id, advice=error.advice
        ) from error


async def _whole_hello(stream: Stream, received: bytes, context: GatewayContext) -> bytes:
    """Read on until it shows which protocols the caller names; which certificates are asked for hangs on that."""
    try:
        async with asyncio.timeout(context.settings.tls_limit):
            while named_protocols(received) is None and (more := await stream.receive()):
                received += more
    except TimeoutError:
        raise TimedOut(f"{stream.peer} began a TLS hello and did not finish it.") from None
    return received


async def _inside_agent_tls(stream: Stream, hello: bytes, context: GatewayContext, agents: AgentDirectory) -> TlsStream:
    tls = await agents.server_context()
    if tls is None:
        raise AgentRefused("An agent called, but no agent was ever added.", advice="Add it in the console first.")
    try:
        return await _handshake(stream, tls, hello, context)
    except NotReached as error:
        raise AgentRefused(error.message, advice=error.advice) from error


async def _handshake(stream: Stream, tls: TlsContext, hello: bytes, context: GatewayContext) -> TlsStream:
    return await start_tls(stream, tls, timeout=context.settings.tls_limit, server_side=True, received=hello)


async def _inside_tls(stream: Stream, hello: bytes, context: GatewayContext) -> tuple[Stream, DeviceIdentity]:
    certificates = context.settings.certificates
    tls = None if certificates is None else await certificates.server_context()
    if certificates is None or tls is None:
        raise CertificateRefused(
            "It starts TLS, but this server has not issued any certificate.",
            advice="Issue one for the device, or set the device to a connection without SSL.",
        )
    try:
        inside = await _handshake(stream, tls, hello, context)
    except NotReached as error:
        raise CertificateRefused(error.message, advice=error.advice) from error
    certificate = inside.peer_certificate
    if certificate is None:
        raise CertificateRefused("It showed no certificate.", advice="Issue the device a certificate.")
    try:
        async with asyncio.timeout(context.settings.lookup_limit):
            return inside, await certificates.identify(certificate)
    except TimeoutError:
        raise NotReached(f"The certificate of {stream.peer} could not be looked up in time.") from None
