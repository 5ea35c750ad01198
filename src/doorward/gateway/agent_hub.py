"""All agents of a gateway: who is let in, who is out, and how a device is dialled - from here or by its agent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from doorward.device.connecting import Dial
from doorward.gateway.agent_line import AgentLine
from doorward.gateway.agents import (
    AgentContact,
    AgentDirectory,
    AgentEntry,
    AgentRefused,
    EnrollmentRequest,
)
from doorward.gateway.collaborators import DeviceEntry
from doorward.gateway.context import GatewayContext
from doorward.model.errors import DoorwardError, NotReached
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.tunnel.messages import (
    MOST_BYTES,
    PATH,
    PROTOCOL_NAME,
    Enroll,
    Enrolled,
    Hello,
    decode,
    encode,
)
from doorward.transport import Stream, TlsStream, dial
from doorward.transport.web_socket import REFUSED, WebSocket, accept_web_socket

logger = logging.getLogger(__name__)

REFUSED_AGENT: Final = "agent-refused"


@dataclass(frozen=True, slots=True)
class AgentView:
    """How it stands with an agent that is connected, for whoever shows it.

    Attributes:
        agent_id: Its number.
        address: From where it calls.
        since: Since when, seconds since 1970 in UTC.
        latency: Seconds there and back; None while it was not measured.
        connections: Connections to devices that stand through it.
    """

    agent_id: int
    address: str
    since: float
    latency: float | None
    connections: int


class AgentHub:
    """The agents.

    Args:
        context: What the gateway shares.
        directory: Who the agents are; None: no agent is served.
        local: Dials from this machine.
        came: Called with the number of an agent whose line stands anew.
    """

    def __init__(
        self,
        context: GatewayContext,
        directory: AgentDirectory | None,
        local: Dial = dial,
        came: Callable[[int], None] | None = None,
    ) -> None:
        self._context = context
        self._directory = directory
        self._local = local
        self._came = came
        self._lines: dict[int, AgentLine] = {}
        self._since: dict[int, float] = {}
        self._telling: set[asyncio.Task[None]] = set()

    # --- What the gateway asks ---------------------------------------------------------------------------------------

    def dialer_of(self, entry: DeviceEntry) -> Dial:
        """What dials a device: this machine, or the agent beside it."""
        agent_id = entry.agent
        if agent_id is None:
            return self._local

        async def by_agent(
            host: str,
            port: int,
            *,
            timeout: float,  # noqa: ASYNC109 - as every dialer takes it
            local_address: str | None = None,
        ) -> Stream:
            return await self.line(agent_id).dial(host, port, timeout=timeout, local_address=local_address)

        return by_agent

    def line(self, agent_id: int) -> AgentLine:
        """The line of an agent.

        Raises:
            NotReached: It is not connected.
        """
        found = self._lines.get(agent_id)
        if found is None:
            raise NotReached(
                f"Agent {agent_id} is not connected.",
                advice="Look at the agent: its machine, its internet connection, and whether it was revoked.",
            )
        return found

    def connected(self, agent_id: int) -> AgentLine | None:
        """The line of an agent; None while it is not connected."""
        return self._lines.get(agent_id)

    def forget_log(self, agent_id: int, device_id: int) -> None:
        """A device is no longer one of an agent; one that is away learns it when it comes back."""
        line = self._lines.get(agent_id)
        if line is not None:
            line.forget_log(device_id)

    def views(self) -> list[AgentView]:
        """How it stands with every agent that is connected."""
        return [
            AgentView(number, line.host, self._since[number], line.latency, line.stream_count)
            for number, line in self._lines.items()
        ]

    async def changed(self, agent_id: int) -> None:
        """The directory knows something else of an agent now: who is revoked is out at once."""
        line = self._lines.get(agent_id)
        if line is None or self._directory is None:
            return
        entry = await self._directory.entry(agent_id)
        if entry is None or entry.fingerprint != line.entry.fingerprint:
            line.end(AgentRefused(f"The certificate of {line.title} does not hold any more.", agent_id=agent_id))
            return
        line.entry = entry
        with contextlib.suppress(DoorwardError):
            await line.tell_settings()

    async def stop(self) -> None:
        """Let every agent go."""
        reason = NotReached("The server was stopped.")
        for line in list(self._lines.values()):
            line.end(reason)
        if self._telling:
            await asyncio.wait(self._telling)

    # --- An agent that calls -----------------------------------------------------------------------------------------

    async def take(self, stream: TlsStream, let_in: Callable[[], None]) -> None:
        """Serve a caller that named the agents' protocol, until it leaves.

        Raises:
            AgentRefused: It was not taken, and was told why.
            NotReached: The connection was cut.
            RemoteProtocolError: It does not keep to the rules.
        """
        directory = self._directory
        assert directory is not None
        limit = self._context.settings.agent_hello_limit
        try:
            async with asyncio.timeout(limit):
                socket = await accept_web_socket(stream, path=PATH, subprotocol=PROTOCOL_NAME, largest=MOST_BYTES)
                first = decode(await socket.receive())
        except TimeoutError:
            raise NotReached(f"The agent at {stream.peer} did not say hello within {limit:g} s.") from None
        certificate = stream.peer_certificate
        try:
            if certificate is None:
                await self._enroll(directory, socket, first)
                return
            entry = await directory.identify(certificate)
        except AgentRefused as error:
            await socket.close(REFUSED, error.message)
            raise
        if not isinstance(first, Hello):
            raise RemoteProtocolError(f"an agent with a certificate sent {type(first).__name__} instead of its hello")
        let_in()
        self._context.alarms.clear(REFUSED_AGENT)
        await self._serve(directory, entry, socket, first)

    async def _enroll(self, directory: AgentDirectory, socket: WebSocket, first: object) -> None:
        if not isinstance(first, Enroll):
            raise AgentRefused(
                "An agent without a certificate can only enroll.", advice="Enroll it with a one-time code."
            )
        request = EnrollmentRequest(first.code, first.request, socket.peer.host, first.version)
        enrollment = await directory.enroll(request)
        logger.info("agent %s was enrolled from %s", enrollment.name, socket.peer)
        await socket.send(encode(Enrolled(0, enrollment.certificate, enrollment.authority, enrollment.name)))
        await socket.close()

    async def _serve(self, directory: AgentDirectory, entry: AgentEntry, socket: WebSocket, hello: Hello) -> None:
        settings = self._context.settings
        line = AgentLine(
            entry,
            socket,
            hello,
            ping_every=settings.agent_ping_every,
            silence_limit=settings.agent_silence_limit,
        )
        number = entry.agent_id
        before = self._lines.get(number)
        if before is not None:
            # The certificate proves that it is the same agent: its old line is one that nobody noticed to be cut.
            before.end(NotReached(f"{line.title} dialled in anew from {line.host}."))
        self._lines[number] = line
        self._since[number] = self._context.now()
        line.measured = lambda: self._tell(directory, line)
        self._tell(directory, line)
        logger.info("%s is connected from %s", line.title, line.host)
        if self._came is not None:
            self._came(number)
        try:
            # It may have been revoked between the look at its certificate and here.
            await self.changed(number)
            reason = await line.run()
            logger.info("%s is gone: %s", line.title, reason.message)
        finally:
            if self._lines.get(number) is line:
                del self._lines[number]
                del self._since[number]
                self._tell(directory, line, gone=True)

    def _tell(self, directory: AgentDirectory, line: AgentLine, *, gone: bool = False) -> None:
        number, hello = line.entry.agent_id, line.hello
        if not gone and self._lines.get(number) is not line:
            return
        contact = AgentContact(
            number,
            None if gone else self._since.get(number),
            self._context.now(),
            line.host,
            hello.version,
            hello.system,
            hello.cards,
            line.latency,
            hello.memory,
            hello.server,
        )
        task = asyncio.create_task(directory.contact(contact), name=f"contact of {line.title}")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
