"""From a connection that was just accepted to a device that says who it is; everybody else is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from doorward.gateway.certificates import CertificateRefused
from doorward.gateway.context import GatewayContext
from doorward.model.errors import NotReached
from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.server_end import (
    AcceptedConnection,
    AcceptEvent,
    Announced,
    AskIdentity,
    HttpRequest,
    TlsHello,
)
from doorward.protocol.errors import RemoteProtocolError
from doorward.transport import Stream, start_tls

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


async def meet(stream: Stream, context: GatewayContext, let_in: Callable[[], None]) -> Caller | None:
    """Find out who calls; gives None for an HTTP request, which was answered.

    Raises:
        RemoteProtocolError: Rubbish, or the caller closed.
        TimedOut: The caller did not do what it had to in time.
        CertificateRefused: TLS failed or is not served, or the certificate does not hold.
        NotReached: The connection was cut.
    """
    settings = context.settings
    loop = asyncio.get_running_loop()
    accepted = AcceptedConnection(loop.time(), ask_after=settings.ask_after)
    certified = False
    while True:
        try:
            async with asyncio.timeout_at(accepted.deadline):
                data = await stream.receive()
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
                stream, identity = await _inside_tls(stream, event, context)
                accepted = AcceptedConnection(loop.time(), certificate=identity)
                certified = True


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


async def _inside_tls(stream: Stream, hello: TlsHello, context: GatewayContext) -> tuple[Stream, DeviceIdentity]:
    certificates = context.settings.certificates
    tls = None if certificates is None else await certificates.server_context()
    if certificates is None or tls is None:
        raise CertificateRefused(
            "It starts TLS, but this server has not issued any certificate.",
            advice="Issue one for the device, or set the device to a connection without SSL.",
        )
    try:
        inside = await start_tls(
            stream, tls, timeout=context.settings.tls_limit, server_side=True, received=hello.received
        )
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
