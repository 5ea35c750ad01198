"""The gateway's bus in one process: what happened is written down and told, commands are passed on.

Events themselves go from the store to the readers of the stream; the bus carries what is around them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar

from django.db.models import Q
from django.utils import timezone

from doorward.gateway.collaborators import (
    AlarmCleared,
    AlarmRaised,
    Command,
    CommandOutcome,
    DeviceState,
    DeviceStateChanged,
    GapFound,
    Happening,
    StoreUnavailable,
)
from doorward.model.errors import NotReached, TimedOut
from doorward.server.devices.models import ConnectionHistory, Device, DeviceStatus
from doorward.server.events.choices import AlarmSource
from doorward.server.events.models import Alarm

logger = logging.getLogger(__name__)

T = TypeVar("T")

# States of thousands of devices change together when a line comes back; they are written together.
FLUSH_SECONDS: Final = 0.25
# While the database is away so much is remembered; the oldest is forgotten first.
MOST_REMEMBERED: Final = 100_000

Noted = DeviceStateChanged | GapFound | AlarmRaised | AlarmCleared


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class DatabaseBus:
    """The bus of one process. Lives in the event loop in which it is started."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._noted: deque[Noted] = deque(maxlen=MOST_REMEMBERED)
        self._something = asyncio.Event()
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._outcomes: dict[str, asyncio.Future[CommandOutcome]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; whatever the last run of the server said of the devices holds no more."""
        await asyncio.wrap_future(self._writer.call(_forget_states))
        self._task = asyncio.create_task(self._keep_writing(), name="bus")

    async def stop(self) -> None:
        """Write down what is left, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._write()
        for outcome in self._outcomes.values():
            if not outcome.done():
                outcome.set_exception(NotReached("The server is stopping."))

    def publish(self, happening: Happening) -> None:
        """Tell what happened; see ``doorward.gateway.collaborators.Bus``."""
        if isinstance(happening, Noted):
            self._noted.append(happening)
            self._something.set()

    async def commands(self) -> AsyncIterator[Command]:
        """The commands for the devices, as they come."""
        while True:
            yield await self._commands.get()

    async def finished(self, outcome: CommandOutcome) -> None:
        """Give back what came of a command."""
        waiting = self._outcomes.get(outcome.command_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(outcome)

    async def send(self, command: Command, *, seconds: float) -> CommandOutcome:
        """Give a command to the gateway and wait for its outcome.

        Raises:
            TimedOut: There was none in time; whether the device did it is not known.
            NotReached: The server is stopping.
        """
        waiting: asyncio.Future[CommandOutcome] = asyncio.get_running_loop().create_future()
        self._outcomes[command.command_id] = waiting
        self._commands.put_nowait(command)
        try:
            async with asyncio.timeout(seconds):
                return await waiting
        except TimeoutError:
            raise TimedOut(
                f"Device {command.device_id} has not answered in {seconds:g} seconds; whether it did it is not known.",
                advice="Look at the device's state, then try again.",
            ) from None
        finally:
            del self._outcomes[command.command_id]

    async def _keep_writing(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(FLUSH_SECONDS)
            await self._write()

    async def _write(self) -> None:
        self._something.clear()
        noted = list(self._noted)
        self._noted.clear()
        if not noted:
            return
        try:
            await asyncio.wrap_future(self._writer.call(lambda: write_down(noted)))
        except StoreUnavailable as error:
            logger.debug("%s happenings wait for the database: %s", len(noted), error)
            self._noted.extendleft(reversed(noted[: MOST_REMEMBERED - len(self._noted)]))
            self._something.set()


def _forget_states() -> None:
    DeviceStatus.objects.exclude(state=DeviceState.LOST.value).update(
        state=DeviceState.LOST.value, reason="The server was started anew.", since=timezone.now(), address=""
    )


def write_down(noted: list[Noted]) -> None:
    """Write happenings into the database, in the writer's thread."""
    changes = [item for item in noted if isinstance(item, DeviceStateChanged)]
    if changes:
        _write_states(changes)
    for item in noted:
        if isinstance(item, AlarmRaised):
            Alarm.objects.create(
                source=AlarmSource.SERVER,
                kind=item.kind,
                device_id=item.device_id,
                words=item.words,
                raised=datetime.fromtimestamp(item.at, UTC),
            )
        elif isinstance(item, AlarmCleared):
            standing = Alarm.objects.filter(source=AlarmSource.SERVER, kind=item.kind, cleared__isnull=True)
            about = Q(device__isnull=True) if item.device_id is None else Q(device=item.device_id)
            standing.filter(about).update(cleared=datetime.fromtimestamp(item.at, UTC))
        elif isinstance(item, GapFound):
            # The gap itself was kept together with the ledger; the alarm makes somebody look.
            Alarm.objects.create(
                source=AlarmSource.SERVER,
                kind=f"gap-{item.gap.kind.value.replace(' ', '-')}",
                device_id=item.gap.device_id,
                words=f"Events can be missing: {item.gap.reason}",
                raised=timezone.now(),
            )


def _write_states(changes: list[DeviceStateChanged]) -> None:
    # A stranger that was one too many has no row; nothing is told of it.
    known = set(
        Device.objects.filter(pk__in={item.device_id for item in changes}).values_list("pk", flat=True)
        if len(changes) < 500
        else Device.objects.values_list("pk", flat=True)
    )
    changes = [item for item in changes if item.device_id in known]
    latest = {item.device_id: item for item in changes}
    DeviceStatus.objects.bulk_create(
        (
            DeviceStatus(
                device_id=item.device_id,
                state=item.state.value,
                reason=item.reason,
                since=datetime.fromtimestamp(item.at, UTC),
                address=item.address,
            )
            for item in latest.values()
        ),
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["state", "reason", "since", "address"],
    )
    ConnectionHistory.objects.bulk_create(
        ConnectionHistory(
            device_id=item.device_id,
            state=item.state.value,
            reason=item.reason,
            since=datetime.fromtimestamp(item.at, UTC),
        )
        for item in changes
    )
