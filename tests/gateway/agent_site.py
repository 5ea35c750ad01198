"""A gateway with agents in memory, agents in the same process, and a bad line between them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from doorward.agent.running import Agent, AgentSettings
from doorward.device.connecting import Dial
from doorward.gateway.agents import AgentContact, AgentEntry, AgentRefused, Enrollment, EnrollmentRequest
from doorward.gateway.collaborators import DeviceEntry
from doorward.gateway.gateway import Gateway
from doorward.model.errors import NotReached
from doorward.protocol.biostar1.server_end import VENDOR_ASK_AFTER
from doorward.protocol.tunnel.code import EnrollmentCode
from doorward.protocol.tunnel.reach import Reach
from doorward.server.certificates.agent_certificates import agent_number, issue_agent
from doorward.server.certificates.making import AuthorityParts
from doorward.transport import Address, Listener, Stream, TlsContext, agent_server_context, dial, listen
from tests.support.gateway_site import Ground, quick_settings

LOOPBACK = Reach(("127.0.0.0/8",), tuple(range(1024, 1088)), (51110, 51210))


class MemoryAgents:
    """Keeps the contract of ``AgentDirectory``.

    Attributes:
        entries: Agents that hold.
        contacts: What was told of them, in order.
        codes: Codes that can be used, with the number of their agent.
    """

    def __init__(self) -> None:
        now = datetime.now(UTC)
        self.authority = AuthorityParts.new(now)
        self.server = self.authority.issue_server(now)
        self.entries: dict[int, AgentEntry] = {}
        self.contacts: list[AgentContact] = []
        self.codes: dict[str, int] = {}
        self._context = agent_server_context(self.authority.server_identity(self.server))
        self._changed: asyncio.Queue[int] = asyncio.Queue()

    def code(self, agent_id: int, reach: Reach, *devices: int) -> str:
        """Make a one-time code."""
        fingerprint = self.server.certificate.fingerprint(hashes.SHA256())
        made = EnrollmentCode.of(random.randbytes(20), fingerprint)
        self.codes[made.secret] = agent_id
        self.entries[agent_id] = AgentEntry(agent_id, f"branch {agent_id}", reach, devices)
        return made.text

    def change(self, agent_id: int, **changes: Any) -> None:
        """Change an entry as a person does."""
        self.entries[agent_id] = replace(self.entries[agent_id], **changes)
        self._changed.put_nowait(agent_id)

    def revoke(self, agent_id: int) -> None:
        """Revoke an agent."""
        del self.entries[agent_id]
        self._changed.put_nowait(agent_id)

    async def server_context(self) -> TlsContext | None:
        return self._context

    async def enroll(self, request: EnrollmentRequest) -> Enrollment:
        agent_id = self.codes.pop(request.code, None)
        if agent_id is None:
            raise AgentRefused("The one-time code does not hold.")
        certificate = issue_agent(self.authority, request.request, agent_id, datetime.now(UTC))
        entry = self.entries[agent_id]
        self.entries[agent_id] = replace(entry, fingerprint=certificate.fingerprint(hashes.SHA256()).hex())
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        return Enrollment(agent_id, entry.name, pem, self.authority.own.pem)

    async def identify(self, certificate: bytes) -> AgentEntry:
        shown = x509.load_der_x509_certificate(certificate)
        number = agent_number(shown)
        entry = None if number is None else self.entries.get(number)
        if entry is None or entry.fingerprint != shown.fingerprint(hashes.SHA256()).hex():
            raise AgentRefused("The certificate does not hold.", agent_id=number)
        return entry

    async def entry(self, agent_id: int) -> AgentEntry | None:
        return self.entries.get(agent_id)

    async def changes(self) -> AsyncIterator[int]:
        while True:
            yield await self._changed.get()

    async def contact(self, contact: AgentContact) -> None:
        self.contacts.append(contact)


@dataclass
class LineFaults:
    """What a bad line does; may be changed while it carries bytes.

    Attributes:
        delay: Seconds on the way, each way.
        jitter: Seconds more or less by chance.
        stalled: Nothing passes while this is set.
        shut: New connections are closed at once.
    """

    delay: float = 0.0
    jitter: float = 0.0
    stalled: bool = False
    shut: bool = False


class BadLine:
    """A proxy on loopback that delays, stalls, cuts and resets.

    Attributes:
        faults: What it does to what passes.
        port: Where it listens.
        carried: Bytes that passed.
    """

    def __init__(self, server: Address) -> None:
        self.faults = LineFaults()
        self.carried = 0
        self.port = 0
        self._server = server
        self._listener: Listener | None = None
        self._streams: set[Stream] = set()

    async def __aenter__(self) -> BadLine:
        self._listener = await listen(self._serve, "127.0.0.1", 0)
        self.port = self._listener.addresses[0].port
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listener is not None
        self._listener.close()
        await self._listener.wait_closed()

    def reset(self) -> None:
        """Cut every connection at once."""
        for stream in list(self._streams):
            stream.abort()

    async def _serve(self, caller: Stream) -> None:
        if self.faults.shut:
            caller.abort()
            return
        server = await dial(self._server.host, self._server.port, timeout=5)
        self._streams |= {caller, server}
        ways = [asyncio.create_task(self._carry(*ends)) for ends in ((caller, server), (server, caller))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
            caller.abort()
            server.abort()
            self._streams -= {caller, server}

    async def _carry(self, source: Stream, sink: Stream) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = asyncio.create_task(self._send(queue, sink))
        loop = asyncio.get_running_loop()
        due = 0.0
        try:
            while data := await source.receive():
                spread = random.uniform(-self.faults.jitter, self.faults.jitter)
                due = max(due, loop.time() + max(0.0, self.faults.delay + spread))
                queue.put_nowait((due, data))
            await queue.join()
            sink.close()
            await sink.wait_closed()
        except NotReached:
            return
        finally:
            sending.cancel()
            await asyncio.wait({sending})

    async def _send(self, queue: asyncio.Queue[tuple[float, bytes]], sink: Stream) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            while self.faults.stalled:  # noqa: ASYNC110 - it changes from outside
                await asyncio.sleep(0.02)
            try:
                await sink.send(data)
            finally:
                queue.task_done()
            self.carried += len(data)


class Branches(Ground):
    """A gateway that serves agents, on loopback.

    Attributes:
        agents: Who the agents are.
    """

    def __init__(self, *entries: DeviceEntry, clock: Callable[[], float] = time.time, **changes: Any) -> None:
        super().__init__(*entries, clock=clock)
        self.agents = MemoryAgents()
        # A caller whose hello is late is taken for a plain device and asked who it is; no such device calls here.
        self.settings = quick_settings(**({"ask_after": VENDOR_ASK_AFTER} | changes))
        self.gateway = Gateway(self.settings, self.directory, self.store, self.bus, agents=self.agents, now=clock)

    async def until_connected(self, agent_id: int, *, connected: bool = True) -> None:
        """Wait until an agent is connected, or is not."""
        await self.bus.until(lambda: any(view.agent_id == agent_id for view in self.gateway.agents()) is connected)

    @contextlib.asynccontextmanager
    async def agent(
        self, token_file: Path, *, port: int | None = None, dialer: Dial = dial, **changes: Any
    ) -> AsyncIterator[list[str]]:
        """An agent that runs while the body does; gives what it tells."""
        told: list[str] = []
        values: dict[str, Any] = {
            "server": Address("127.0.0.1", self.port if port is None else port),
            "token_file": token_file,
            "spool_folder": token_file.with_suffix(".spool"),
            "first_wait": 0.05,
            "longest_wait": 0.3,
            "poll_every": 0.05,
        }
        agent = Agent(AgentSettings(**(values | changes)), told=told.append, dialer=dialer)
        task = asyncio.create_task(agent.run())
        try:
            yield told
        finally:
            task.cancel()
            await asyncio.wait({task})
            await asyncio.sleep(0)  # the event loop closes the sockets in its next round
            if not task.cancelled():
                task.result()


@contextlib.asynccontextmanager
async def branches(*entries: DeviceEntry, **changes: Any) -> AsyncIterator[Branches]:
    """A gateway with agents that runs while the body does."""
    ground = Branches(*entries, **changes)
    await ground.gateway.start()
    try:
        yield ground
    finally:
        await ground.gateway.stop()
