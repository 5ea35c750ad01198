"""A gateway alone: a directory and a bus in memory, and virtual devices beside it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

from doorward.gateway.collaborators import (
    AlarmCleared,
    AlarmRaised,
    Approval,
    Command,
    CommandOutcome,
    DeviceEntry,
    DeviceState,
    DeviceStateChanged,
    EventsCommitted,
    Happening,
    Sighting,
    SightingKind,
)
from doorward.gateway.gateway import Gateway
from doorward.gateway.settings import CallerLimits, GatewaySettings
from doorward.simulator import VirtualDevice
from doorward.simulator.server_dialler import DialBehaviour
from tests.support.event_store import InMemoryEventStore

LONGEST = 60.0
LOOK = 0.02
QUICK = DialBehaviour(broken_wait=(0.02, 0.05), refused_wait=(0.05, 0.1), restart_seconds=0.05)
H = TypeVar("H", bound=Happening)


def quick_settings(**changes: Any) -> GatewaySettings:
    """Settings with short waits, on a port of the system's choice."""
    values: dict[str, Any] = {
        "address": "127.0.0.1",
        "port": 0,
        "ask_after": 0.02,
        "probe_limit": 0.2,
        "settle_after": 0.05,
        "store_retry": 0.05,
        "clock_doubt_wait": 0.1,
        "first_redial": 0.02,
        "longest_redial": 0.1,
        "tick": 0.01,
        "limits": CallerLimits(unidentified_per_address=1000, new_per_second=10_000, burst=10_000),
    }
    return GatewaySettings(**(values | changes))


class MemoryDirectory:
    """Keeps the contract of ``Directory``.

    Attributes:
        entries: What is known, by serial number.
        sightings: Who was seen, in order.
        users: Records by device and user number.
        cards: Records by device, card and custom number.
        approve_all: Whether unknown devices are let in.
    """

    def __init__(self, *entries: DeviceEntry, approve_all: bool = False) -> None:
        self.entries = {entry.device_id: entry for entry in entries}
        self.sightings: list[Sighting] = []
        self.users: dict[tuple[int, int], bytes] = {}
        self.cards: dict[tuple[int, int, int], bytes] = {}
        self.approve_all = approve_all
        self._changed: asyncio.Queue[int] = asyncio.Queue()

    async def entry(self, device_id: int) -> DeviceEntry | None:
        return self.entries.get(device_id)

    async def direct_entries(self) -> Sequence[DeviceEntry]:
        return [entry for entry in self.entries.values() if entry.mode.value == "direct" and entry.enabled]

    async def sighted(self, sighting: Sighting) -> DeviceEntry:
        self.sightings.append(sighting)
        entry = self.entries.get(sighting.device_id)
        if entry is None:
            approval = Approval.APPROVED if self.approve_all else Approval.WAITING
            entry = DeviceEntry(device_id=sighting.device_id, model=sighting.model, approval=approval)
        moved = sighting.kind is SightingKind.DIALLED_IN and entry.approved_address not in (None, sighting.address)
        if moved and entry.approval is Approval.APPROVED:
            entry = dataclasses.replace(entry, approval=Approval.WAITING)
        self.entries[sighting.device_id] = entry
        return entry

    async def changes(self) -> AsyncIterator[int]:
        while True:
            yield await self._changed.get()

    async def user_by_id(self, device_id: int, user: int) -> bytes | None:
        return self.users.get((device_id, user))

    async def user_by_card(self, device_id: int, card: int, custom_id: int) -> bytes | None:
        return self.cards.get((device_id, card, custom_id))

    def change(self, device_id: int, **changes: Any) -> None:
        """Change an entry as an operator does."""
        self.entries[device_id] = dataclasses.replace(self.entries[device_id], **changes)
        self._changed.put_nowait(device_id)

    def remove(self, device_id: int) -> None:
        """Remove an entry."""
        del self.entries[device_id]
        self._changed.put_nowait(device_id)


class MemoryBus:
    """Keeps the contract of ``Bus``; a test waits on what was published."""

    def __init__(self) -> None:
        self.happenings: list[Happening] = []
        self.outcomes: dict[str, CommandOutcome] = {}
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._stirred: deque[asyncio.Future[None]] = deque()

    def publish(self, happening: Happening) -> None:
        self.happenings.append(happening)
        self._stir()

    async def commands(self) -> AsyncIterator[Command]:
        while True:
            yield await self._commands.get()

    async def finished(self, outcome: CommandOutcome) -> None:
        assert outcome.command_id not in self.outcomes, "one outcome for each command"
        self.outcomes[outcome.command_id] = outcome
        self._stir()

    async def order(self, command: Command) -> CommandOutcome:
        """Give a command and wait for its outcome."""
        self._commands.put_nowait(command)
        await self.until(lambda: command.command_id in self.outcomes)
        return self.outcomes[command.command_id]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true; looks after everything published, and now and then."""
        async with asyncio.timeout(LONGEST):
            while not condition():
                future = asyncio.get_running_loop().create_future()
                self._stirred.append(future)
                await asyncio.wait({future}, timeout=LOOK)

    def of(self, kind: type[H]) -> list[H]:
        """What was published of a kind."""
        return [happening for happening in self.happenings if isinstance(happening, kind)]

    def state(self, device_id: int) -> DeviceState | None:
        """The last state of a device."""
        states = [change.state for change in self.of(DeviceStateChanged) if change.device_id == device_id]
        return states[-1] if states else None

    def reason(self, device_id: int) -> str:
        """The last reason of a device."""
        return [change.reason for change in self.of(DeviceStateChanged) if change.device_id == device_id][-1]

    async def until_state(self, device_id: int, state: DeviceState) -> None:
        """Wait for a state of a device."""
        await self.until(lambda: self.state(device_id) is state)

    async def until_lost_and_back(self, device_id: int, seen: int) -> None:
        """Wait until a device was lost after ``seen`` happenings and is live again."""

        def back() -> bool:
            states = [
                each.state
                for each in self.happenings[seen:]
                if isinstance(each, DeviceStateChanged) and each.device_id == device_id
            ]
            return DeviceState.LOST in states and states[-1] is DeviceState.LIVE

        await self.until(back)

    def alarms(self, kind: str) -> tuple[int, int]:
        """How often an alarm was raised and cleared."""
        raised = sum(alarm.kind == kind for alarm in self.of(AlarmRaised))
        return raised, sum(alarm.kind == kind for alarm in self.of(AlarmCleared))

    def _stir(self) -> None:
        while self._stirred:
            future = self._stirred.popleft()
            if not future.done():
                future.set_result(None)


class Ground:
    """A gateway with its collaborators in memory."""

    def __init__(
        self,
        *entries: DeviceEntry,
        approve_all: bool = False,
        clock: Callable[[], float] = time.time,
        **changes: Any,
    ) -> None:
        self.directory = MemoryDirectory(*entries, approve_all=approve_all)
        self.store = InMemoryEventStore()
        self.bus = MemoryBus()
        self.settings = quick_settings(**changes)
        self.gateway = Gateway(self.settings, self.directory, self.store, self.bus, now=clock)

    @property
    def port(self) -> int:
        return self.gateway.addresses[0].port

    async def until_kept(self, *devices: VirtualDevice) -> None:
        """Wait until all records of the devices' logs are kept, then check that nothing else is."""

        def all_kept() -> bool:
            return all(self.kept(device) >= len(device.log) for device in devices)

        await self.bus.until(all_kept)
        for device in devices:
            assert self.kept(device) == len(device.log)

    def kept(self, device: VirtualDevice) -> int:
        """How many events of a device are kept."""
        return sum(key.origin == device.device_id for key, _ in self.store.rows)

    def published(self, device: VirtualDevice) -> int:
        """How many events of a device were published as committed."""
        return sum(len(each.events) for each in self.bus.of(EventsCommitted) if each.device_id == device.device_id)


@contextlib.asynccontextmanager
async def running(*entries: DeviceEntry, **changes: Any) -> AsyncIterator[Ground]:
    """A gateway that runs while the body does."""
    ground = Ground(*entries, **changes)
    await ground.gateway.start()
    try:
        yield ground
    finally:
        await ground.gateway.stop()
