"""What every part of a gateway needs: its settings, its collaborators, and what is there once for all devices."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from doorward.gateway.clock_guard import ClockGuard
from doorward.gateway.collaborators import (
    AlarmCleared,
    AlarmRaised,
    Bus,
    Directory,
    EventStore,
    Happening,
    Matcher,
    StoreUnavailable,
)
from doorward.gateway.counters import Counters
from doorward.gateway.ledger import Appended, LedgerState, Submission
from doorward.gateway.local_time import LocalTime
from doorward.gateway.roster import Roster
from doorward.gateway.settings import GatewaySettings
from doorward.gateway.wheel import Wheel

logger = logging.getLogger(__name__)

STORE_UNAVAILABLE = "store-unavailable"
STATES_KEPT = 50_000
UTC_NAME = "UTC"


class InHand:
    """What must not be cut in the middle when the gateway stops."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Something is in hand."""
        self._count += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._idle.set()

    async def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is in hand; False when the time runs out first."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True


class Alarms:
    """Raises an alarm once until it is cleared.

    Args:
        publish: Where alarms go.
        now: Gives the moment, in seconds since 1970 in UTC.
    """

    def __init__(self, publish: Callable[[Happening], None], now: Callable[[], float]) -> None:
        self._publish = publish
        self._now = now
        self._raised: set[tuple[str, int | None]] = set()

    def raise_once(self, kind: str, words: str, device_id: int | None = None) -> None:
        """Raise an alarm unless it stands."""
        if (kind, device_id) not in self._raised:
            self._raised.add((kind, device_id))
            self._publish(AlarmRaised(kind, words, self._now(), device_id))

    def clear(self, kind: str, device_id: int | None = None) -> None:
        """Clear an alarm if it stands."""
        if (kind, device_id) in self._raised:
            self._raised.discard((kind, device_id))
            self._publish(AlarmCleared(kind, self._now(), device_id))

    def stands(self, kind: str, device_id: int | None = None) -> bool:
        """Whether an alarm was raised and not cleared."""
        return (kind, device_id) in self._raised


class WatchedStore:
    """An event store whose failures raise an alarm, once, and whose return clears it.

    It remembers the states that commits gave, so that they need not be asked for: every submission of a device comes
    through here.

    Args:
        store: The store.
        alarms: Where alarms are raised.
    """

    def __init__(self, store: EventStore, alarms: Alarms) -> None:
        self._store = store
        self._alarms = alarms
        self._states: dict[int, LedgerState] = {}

    async def append(self, submission: Submission) -> Appended:
        """See ``EventStore.append``."""
        try:
            appended = await self._store.append(submission)
        except BaseException as error:
            # It may have been committed all the same.
            self._states.pop(submission.device_id, None)
            if isinstance(error, StoreUnavailable):
                self._failed(error)
            raise
        self._alarms.clear(STORE_UNAVAILABLE)
        self._remember(submission.device_id, appended.state)
        return appended

    async def state(self, device_id: int) -> LedgerState:
        """See ``EventStore.state``. Reading proves nothing about writing, so it clears no alarm."""
        known = self._states.get(device_id)
        if known is not None:
            return known
        try:
            return await self._store.state(device_id)
        except StoreUnavailable as error:
            self._failed(error)
            raise

    def _remember(self, device_id: int, state: LedgerState) -> None:
        # The number of the device may come out of a record, so anybody can make one up.
        if len(self._states) >= STATES_KEPT and device_id not in self._states:
            self._states.clear()
        self._states[device_id] = state

    def _failed(self, error: StoreUnavailable) -> None:
        self._alarms.raise_once(STORE_UNAVAILABLE, f"{error.message} {error.advice}".strip())


class GatewayContext:
    """What the parts of one gateway share.

    Args:
        settings: Its settings.
        directory: Which devices are let in.
        store: Where events are kept.
        bus: Where happenings go.
        matcher: Recognises people; None refuses such requests.
        roster: Says what devices should hold; None leaves people on them alone.
        counters: What is counted.
        now: Gives the moment, in seconds since 1970 in UTC.
        known_moment: The newest moment that was written down before; the clock cannot be earlier. None knows none.

    Attributes:
        alarms: Raises alarms once.
        clock_guard: Says whether the server's clock can be believed.
        wheel: The timer of all devices.
        in_hand: What must be finished at a stop.
        catch_ups: Bounds how many logs are read at a time.
        stopping: The gateway is stopping: begin nothing new.
        port: The TCP port that is listened on; 0 for none.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        directory: Directory,
        store: EventStore,
        bus: Bus,
        *,
        matcher: Matcher | None = None,
        roster: Roster | None = None,
        counters: Counters | None = None,
        now: Callable[[], float] = time.time,
        known_moment: float | None = None,
    ) -> None:
        self.settings = settings
        self.directory = directory
        self.bus = bus
        self.matcher = matcher
        self.roster = roster
        self.now = now
        self.counters = counters or Counters()
        self.alarms = Alarms(bus.publish, now)
        self.clock_guard = ClockGuard(
            self.alarms,
            now,
            tolerance=settings.clock_tolerance,
            wait=settings.clock_doubt_wait,
            known=known_moment,
        )
        self.store: EventStore = WatchedStore(store, self.alarms)
        self.wheel = Wheel(settings.tick)
        self.in_hand = InHand()
        self.catch_ups = asyncio.Semaphore(settings.catch_ups)
        self.stopping = False
        self.port = 0
        self._zones: dict[str, LocalTime] = {}

    def local_time(self, name: str) -> LocalTime:
        """The time of a zone, by its IANA name; one object serves all devices there. An unknown zone is UTC."""
        found = self._zones.get(name)
        if found is None:
            try:
                zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                logger.warning("the zone %r is not known here; UTC is used", name)
                zone = ZoneInfo(UTC_NAME)
            found = self._zones[name] = LocalTime(zone)
        return found
