"""Keeps the states of doors in step with the stream, from where the last run of the server left off."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import Final, Protocol, TypeVar

from asgiref.sync import sync_to_async
from django.utils import timezone

from doorward.gateway.collaborators import Command, CommandOutcome, ReadDoors
from doorward.model.errors import DoorwardError
from doorward.server.doors.facts import Fact, facts_in, live_devices_in
from doorward.server.doors.models import Door, DoorState, FollowedPosition
from doorward.server.doors.states import take_in, take_setup
from doorward.server.events.choices import Kind
from doorward.server.events.live import LiveEvents, StreamRow
from doorward.server.events.models import Happening
from doorward.server.events.reading import StreamFilter, last_position, read_and_close

logger = logging.getLogger(__name__)

T = TypeVar("T")

CHUNK: Final = 2000
# States are written so often at most, and are on the screens of operators soon after.
PACE_SECONDS: Final = 0.1
IDLE_SECONDS: Final = 30.0
RETRY_SECONDS: Final = 1.0
# Without a word of doors the position is kept every so many lines; those are only looked through again.
KEPT_EVERY: Final = 5000
# How far a first look goes back: states of older doings say nothing of now.
LOOK_BACK: Final = 200_000
# How doors are set up hardly ever changes, and is asked when a device comes back and so much time has passed.
SETUP_AGE: Final = timedelta(hours=12)
SETUPS_AT_ONCE: Final = 8
# The state that a door had at some time is of no use later: its events tell the same, and stay.
TOLD_FOR: Final = timedelta(days=2)
CLEAR_EVERY_SECONDS: Final = 3600.0
CLEARED_AT_ONCE: Final = 1000
SETUP_SECONDS: Final = 30.0

_read = sync_to_async(read_and_close, thread_sensitive=False)


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class Sender(Protocol):
    """Gives commands to the gateway; see ``doorward.server.events.bus``."""

    async def send(self, command: Command, *, seconds: float) -> CommandOutcome:
        """Give a command and wait for its outcome."""
        ...


class DoorFollower:
    """Follows the stream for the doors. Lives in the event loop in which it is started.

    Args:
        writer: Writes the states.
        live: The newest of the stream.
        sender: Asks devices how their doors are set up.
    """

    def __init__(self, writer: Writer, live: LiveEvents, sender: Sender) -> None:
        self._writer = writer
        self._live = live
        self._sender = sender
        self._position = self._kept = 0
        self._task: asyncio.Task[None] | None = None
        self._clearing: asyncio.Task[None] | None = None
        self._setups: set[asyncio.Task[None]] = set()
        self._asking = asyncio.Semaphore(SETUPS_AT_ONCE)

    async def start(self) -> None:
        """Begin where the last run left off."""
        self._position = self._kept = await self._call(_begin)
        self._task = asyncio.create_task(self._follow(), name="doors")
        self._clearing = asyncio.create_task(self._keep_clearing(), name="doors: what was told")

    async def stop(self) -> None:
        """Take in what is there, and end."""
        for task in (self._task, self._clearing, *self._setups):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        try:
            while await self._step():
                pass
        except DoorwardError as error:
            logger.debug("The doors are not up to date: %s", error)

    async def _follow(self) -> None:
        while not self._live.closed:
            try:
                if not await self._step():
                    await self._live.wait(self._position, IDLE_SECONDS)
                await asyncio.sleep(PACE_SECONDS)
            except DoorwardError as error:
                logger.debug("The doors wait: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                logger.exception("The states of doors cannot be kept up to date.")
                await asyncio.sleep(RETRY_SECONDS)

    async def _step(self) -> bool:
        """Take in the next lines; gives whether there were any."""
        rows: list[StreamRow] | None = self._live.after(self._position, CHUNK)
        if rows is None:
            rows, looked = await _read(self._position, StreamFilter(), CHUNK)
        else:
            looked = rows[-1].position if rows else self._position
        if looked <= self._position:
            return False
        facts = list(facts_in(rows))
        if facts or looked - self._kept >= KEPT_EVERY:
            await self._call(partial(_keep, facts, looked))
            self._kept = looked
        self._position = looked
        self._ask_for_setups(live_devices_in(rows))
        return True

    def _ask_for_setups(self, device_ids: Iterable[int]) -> None:
        for device_id in device_ids:
            task = asyncio.get_running_loop().create_task(self._ask_for_setup(device_id))
            self._setups.add(task)
            task.add_done_callback(self._setups.discard)

    async def _ask_for_setup(self, device_id: int) -> None:
        async with self._asking:
            try:
                if not await self._call(partial(_wants_setup, device_id)):
                    return
                outcome = await self._sender.send(ReadDoors(str(uuid.uuid4()), device_id), seconds=SETUP_SECONDS)
                if outcome.succeeded:
                    await self._call(partial(keep_setups, device_id, outcome.data["doors"]))
                else:
                    logger.info("Device %s does not tell how its doors are set up: %s", device_id, outcome.words)
            except DoorwardError as error:
                logger.debug("Device %s is not asked for its doors: %s", device_id, error)
            except Exception:
                logger.exception("The doors of device %s cannot be kept.", device_id)

    async def _keep_clearing(self) -> None:
        while True:
            await asyncio.sleep(CLEAR_EVERY_SECONDS)
            try:
                while await self._call(clear_told):  # noqa: ASYNC110 - in portions, so that others get their turn
                    await asyncio.sleep(PACE_SECONDS)
            except DoorwardError as error:
                logger.debug("What was told of doors stays for now: %s", error)
            except Exception:
                logger.exception("What was told of doors cannot be removed.")

    async def _call(self, function: Callable[[], T]) -> T:
        # Shielded: what the writer has begun with it finishes, whoever stops waiting for it.
        return await asyncio.shield(asyncio.wrap_future(self._writer.call(function)))


def forget_states() -> None:
    """Forget the states of all doors; a server that starts afterwards makes them anew from the stream."""
    DoorState.objects.all().delete()
    DoorState.objects.bulk_create(DoorState(door=door) for door in Door.objects.all())
    FollowedPosition.objects.all().delete()


def clear_told() -> bool:
    """Remove some of what the stream told of doors long ago; gives whether there may be more."""
    followed = FollowedPosition.objects.filter(pk=1).first()
    if followed is None:
        return False
    old = Happening.objects.filter(
        kind=Kind.DOOR, position__gt=followed.cleared, at__lt=timezone.now() - TOLD_FOR
    ).order_by("position")
    positions = list(old.values_list("position", flat=True)[:CLEARED_AT_ONCE])
    if positions:
        Happening.objects.filter(kind=Kind.DOOR, position__gte=positions[0], position__lte=positions[-1]).delete()
        FollowedPosition.objects.filter(pk=1).update(cleared=positions[-1])
    return len(positions) == CLEARED_AT_ONCE


def keep_setups(device_id: int, setups: list[dict[str, object]]) -> None:
    """Keep what a device told of its doors; a door that was never added here is passed over."""
    by_number = {setup["door"]: setup for setup in setups}
    for door in Door.objects.filter(device=device_id).select_related("state", "device"):
        if door.number in by_number:
            take_setup(door, by_number[door.number])


def _wants_setup(device_id: int) -> bool:
    read = Door.objects.filter(device=device_id, enabled=True).values_list("read_at", flat=True)
    before = timezone.now() - SETUP_AGE
    return any(moment is None or moment < before for moment in read)


def _begin() -> int:
    last = last_position()
    kept = FollowedPosition.objects.filter(pk=1).values_list("position", flat=True).first()
    if kept is None:
        return max(0, last - LOOK_BACK)
    return min(kept, last)  # a database that was restored has fewer lines


def _keep(facts: list[Fact], position: int) -> None:
    take_in(facts)
    FollowedPosition.objects.update_or_create(pk=1, defaults={"position": position})
