"""The gateway's view of agents: those of the database, kept in step with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar

from doorward.gateway.agents import AgentContact, AgentEntry, Enrollment, EnrollmentRequest
from doorward.model.errors import DoorwardError
from doorward.server.agents import services
from doorward.server.agents.changes import listen
from doorward.server.agents.models import Agent
from doorward.server.certificates.services import authority, parts_of, server_certificate
from doorward.server.devices.changes import listen as listen_to_devices
from doorward.server.devices.models import Device
from doorward.transport import TlsContext, TlsIdentity, agent_server_context

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Another process, such as the command line, tells nobody when it revokes an agent: it is looked for so often.
LOOK_SECONDS: Final = 1.0
LONGEST_VERSION: Final = 40
LONGEST_SYSTEM: Final = 200
LONGEST_ADDRESS: Final = 64
MOST_CARDS: Final = 64


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class DatabaseAgents:
    """The agents of the database; see ``doorward.gateway.agents.AgentDirectory``. Lives in one event loop."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._context: TlsContext | None = None
        self._entries: dict[int, AgentEntry] = {}
        self._readers: list[asyncio.Queue[int]] = []
        self._hint = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ends: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Read all agents, note that none is connected yet, and begin to look for changes."""
        loop = asyncio.get_running_loop()
        await self._in_writer(_nobody_is_connected)
        await self._look()

        def changed(*_: object) -> None:
            loop.call_soon_threadsafe(self._hint.set)

        self._ends = [listen(changed), listen_to_devices(changed)]
        self._task = asyncio.create_task(self._keep_looking(), name="agents")

    async def stop(self) -> None:
        """End."""
        for end in self._ends:
            end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # --- What the gateway asks ---------------------------------------------------------------------------------------

    async def server_context(self) -> TlsContext | None:
        """What the server shows to agents; None before any code was made."""
        if self._context is None:
            identity = await self._in_writer(_server_identity)
            if identity is not None:
                self._context = agent_server_context(identity)
        return self._context

    async def enroll(self, request: EnrollmentRequest) -> Enrollment:
        """Take a one-time code and issue a certificate for it."""
        return await self._in_writer(lambda: services.enroll(request))

    async def identify(self, certificate: bytes) -> AgentEntry:
        """Tell whose certificate it is; the database is asked each time, so a revocation holds at once."""
        return await self._in_writer(lambda: services.identify(certificate))

    async def entry(self, agent_id: int) -> AgentEntry | None:
        """What is known of an agent that holds."""
        return self._entries.get(agent_id)

    async def changes(self) -> AsyncIterator[int]:
        """The numbers of agents whose entry changed."""
        reader: asyncio.Queue[int] = asyncio.Queue()
        self._readers.append(reader)
        try:
            while True:
                yield await reader.get()
        finally:
            self._readers.remove(reader)

    async def contact(self, contact: AgentContact) -> None:
        """Note how an agent does."""
        try:
            await self._in_writer(lambda: _note(contact))
        except DoorwardError as error:
            logger.debug("How agent %d does is not written down now: %s", contact.agent_id, error)

    # --- In step with the database -----------------------------------------------------------------------------------

    async def _in_writer(self, function: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._writer.call(function))

    async def _keep_looking(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._hint.wait()
            self._hint.clear()
            try:
                await self._look()
            except DoorwardError as error:
                logger.debug("Changed agents cannot be looked for: %s", error)

    async def _look(self) -> None:
        found = await self._in_writer(_entries)
        changed = [number for number in {*found, *self._entries} if found.get(number) != self._entries.get(number)]
        self._entries = found
        for number in changed:
            for reader in self._readers:
                reader.put_nowait(number)


def _entries() -> dict[int, AgentEntry]:
    rows = list(Agent.objects.filter(revoked__isnull=True).exclude(fingerprint=""))
    if not rows:
        return {}
    devices: dict[int, list[int]] = {}
    for agent_id, device_id in Device.objects.filter(agent__isnull=False).values_list("agent_id", "pk"):
        if agent_id is not None:
            devices.setdefault(agent_id, []).append(device_id)
    return {agent.pk: services.entry_of(agent, devices.get(agent.pk, ())) for agent in rows}


def _server_identity() -> TlsIdentity | None:
    row = authority()
    return None if row is None else parts_of(row).server_identity(server_certificate(row))


def _nobody_is_connected() -> None:
    Agent.objects.filter(connected_since__isnull=False).update(connected_since=None)


def _note(contact: AgentContact) -> None:
    values: dict[str, Any] = {
        "connected_since": _moment(contact.connected_since),
        "last_contact": _moment(contact.at),
        "last_address": contact.address,
        "version": contact.version[:LONGEST_VERSION],
        "system": contact.system[:LONGEST_SYSTEM],
        "cards": [asdict(card) for card in contact.cards[:MOST_CARDS]],
        "server_address": contact.server[:LONGEST_ADDRESS],
        "memory_bytes": max(0, min(contact.memory, 2**62)),
    }
    if contact.latency is not None:
        values["latency_ms"] = round(1000 * contact.latency, 1)
    Agent.objects.filter(pk=contact.agent_id).update(**values)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
