"""Whether the server's own clock can be believed, before clocks of devices are set by it.

A server whose clock is an hour off would set the clocks of a whole site wrong, without a word. Two witnesses speak
against it:

- **The record.** Time has gone on since the newest moment that the server wrote down before it was started. A clock
  that shows less is behind.
- **The devices.** Between two questions the clock of a device and that of the server go on by the same. When one of
  them jumped against the other, it was the device's as a rule (a restart, a flat battery); but when the clocks of most
  devices are off by the same, it was the server's, or the zone in the settings is wrong. When summer time begins or
  ends nothing jumps: the device's clock and UTC go on alike, and only the zone moved. That tells the two apart.

While the server's clock is in doubt nobody's clock is set by it; what devices write is kept as ever. The doubt ends
when the clocks of most devices agree with the server's, or when an operator sets the clock of a device by hand and so
vouches for the server's.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from doorward.gateway.ledger import ClockReading

if TYPE_CHECKING:
    from doorward.gateway.context import Alarms
    from doorward.gateway.local_time import LocalTime

logger = logging.getLogger(__name__)

SERVER_CLOCK = "server-clock"
AGREEING = 2
"""So many devices at least have to be off by the same."""
LEAST_DOUBTED = 300.0
"""A clock that is off by less harms little when it is set wrongly; many devices are off alike by minutes."""
LOST_PER_SECOND = 10.0 / 86_400.0
"""By so much a device's clock may go wrong by itself: ten seconds a day, in the heat of a gate."""
RESET_BEHIND = 86_400.0
"""A clock that is further behind at the first look was never set: devices begin with a date of long ago."""


def common_drift(drifts: Iterable[float], tolerance: float) -> tuple[float, int] | None:
    """By how much most clocks are off alike, and how many are; None when most are right or differ.

    Args:
        drifts: How far each clock is ahead, in seconds.
        tolerance: Seconds within which two are alike; a clock that is off by less is right.
    """
    buckets: Counter[int] = Counter()
    count = 0
    for drift in drifts:
        count += 1
        if abs(drift) > tolerance:
            buckets[int(drift // tolerance)] += 1
    best, size = 0, 0
    for bucket, own in buckets.items():
        together = own + buckets.get(bucket + 1, 0)
        if together > size:
            best, size = bucket + (own < buckets.get(bucket + 1, 0)), together
    if size < AGREEING or size * 2 <= count:
        return None
    return (best + 0.5) * tolerance, size


def span_words(seconds: float) -> str:
    """A span of time for people: ``45 s``, ``60 min``, ``3.0 h``, ``12 days``."""
    seconds = abs(seconds)
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 86_400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.0f} days"


class ClockGuard:
    """Says whether a device's clock may be set now.

    Args:
        alarms: Where the doubt is told.
        now: The server's clock, in seconds since 1970 in UTC.
        steady: Seconds of a clock that nobody sets.
        tolerance: Seconds that a clock may be off.
        wait: Seconds for which a clock that jumped is left alone, so that other devices can be heard first.
        known: The newest moment of the past that the server knows; None knows none.
    """

    def __init__(
        self,
        alarms: Alarms,
        now: Callable[[], float],
        *,
        steady: Callable[[], float] = time.monotonic,
        tolerance: float = 60.0,
        wait: float = 60.0,
        known: float | None = None,
    ) -> None:
        self._alarms = alarms
        self._now = now
        self._steady = steady
        self._tolerance = tolerance
        self._wait = wait
        self._known_less_steady = None if known is None else known - steady()
        self._right: set[int] = set()
        self._off: dict[int, float] = {}
        self._since: dict[int, float] = {}
        self._vouched = False
        self._doubt: str | None = None

    def check(self) -> str:
        """Look anew, raise or clear the alarm; gives the reason for a doubt in words, empty without one."""
        self._doubt = None
        doubt = self.doubt
        if doubt:
            if not self._alarms.stands(SERVER_CLOCK):
                logger.warning("%s", doubt)
            self._alarms.raise_once(SERVER_CLOCK, doubt)
        elif self._alarms.stands(SERVER_CLOCK):
            logger.info("the server's clock is no longer in doubt")
            self._alarms.clear(SERVER_CLOCK)
        return doubt

    @property
    def doubt(self) -> str:
        """Why the server's clock is in doubt, for people; empty when it is not."""
        if self._doubt is None:
            self._doubt = self._find_doubt()
        return self._doubt

    def observed(
        self, device_id: int, before: ClockReading | None, after: ClockReading | None, local_time: LocalTime
    ) -> None:
        """The clock of a device was read.

        Args:
            device_id: The device.
            before: What it showed the time before; None at the first look.
            after: What it shows now.
            local_time: The zone in which it runs.
        """
        if after is None:
            return
        drift = float(local_time.drift(after))
        if abs(drift) <= self._tolerance:
            self._forget(device_id)
            self._right.add(device_id)
        elif self._may_be_ours(device_id, before, after, drift, local_time):
            self._right.discard(device_id)
            self._off[device_id] = drift
            self._since.setdefault(device_id, self._steady())
        else:
            self._forget(device_id)
        self.check()

    def hold(self, device_id: int) -> str:
        """Why the clock of a device is not to be set now, for the log; empty when it may be."""
        if self.doubt:
            return self.doubt
        if device_id not in self._off or len(self._right) >= len(self._off):
            return ""
        left = self._wait - (self._steady() - self._since[device_id])
        return "it is first heard what the clocks of other devices show" if left > 0 else ""

    def drift_of(self, device_id: int) -> float | None:
        """How far the clock of a device was ahead at the last look of this run; None when it was right or not read."""
        return self._off.get(device_id)

    def vouch(self) -> None:
        """An operator had a clock set by the server's while that was in doubt: he says that it is right."""
        if not self.doubt:
            return
        self._vouched = True
        self._off.clear()
        self._since.clear()
        self.check()

    # --- Inner working -----------------------------------------------------------------------------------------------

    def _forget(self, device_id: int) -> None:
        self._right.discard(device_id)
        self._off.pop(device_id, None)
        self._since.pop(device_id, None)

    def _may_be_ours(
        self, device_id: int, before: ClockReading | None, after: ClockReading, drift: float, local_time: LocalTime
    ) -> bool:
        """Whether a clock that is off may be so because the server's clock is wrong."""
        if self._vouched or abs(drift) < LEAST_DOUBTED:
            return False
        if device_id in self._off:
            return True
        if before is None:
            return drift > -RESET_BEHIND
        if after.local < before.local:
            return False  # it went back by itself
        jump = (after.local - before.local) - (after.at - before.at)
        # Without a jump it was off before already, or only the zone moved.
        slow = abs(after.at - before.at) * LOST_PER_SECOND
        return abs(jump) > self._tolerance + slow or abs(local_time.drift(before)) > self._tolerance

    def _find_doubt(self) -> str:
        if self._vouched or len(self._right) > len(self._off):
            return ""
        if self._known_less_steady is not None:
            behind = self._known_less_steady + self._steady() - self._now()
            if behind > self._tolerance:
                return (
                    f"The server's clock is at least {span_words(behind)} behind: its record holds a later time than "
                    "it shows. No clock of a device is set by it until it is right."
                )
        found = common_drift([*self._off.values(), *(0.0 for _ in self._right)], self._tolerance)
        if found is None:
            return ""
        drift, count = found
        return (
            f"The clocks of {count} devices agree with each other and are {span_words(drift)} "
            f"{'ahead of' if drift > 0 else 'behind'} the server's: most likely the server's clock, or the time zone "
            "in its settings, is wrong. No clock of a device is set by it. If the server is right, set the clock of "
            "one device by hand; the others follow."
        )
