"""The clock of a virtual device: local seconds beside the host's clock, which is never touched."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from doorward.protocol.biostar1.commands.clock import ClockReading, ReadClock, SetClock
from doorward.simulator.outcome import DONE, Handlers, Outcome, told
from doorward.simulator.state import StateStore, Table

SECONDS_PER_DAY = 86_400
_LARGEST_TIME = 0xFFFFFFFF  # what the wire carries


def host_local_time(host_time: float) -> float:
    """The host's wall clock as seconds since 1970-01-01 00:00 local time, without a zone."""
    return host_time + time.localtime(host_time).tm_gmtoff


class DeviceClock:
    """Seconds since 1970 in the device's local time.

    It starts with the host's local time and may run fast or slow. Setting it moves an offset.

    Args:
        store: Keeps offset and drift.
        host_time: Tells the host's time in seconds; a test gives its own.
        drift: Seconds that the clock gains a day; negative when it loses. None keeps what was stored, else 0.
        changed: Called after a client set the clock.
    """

    def __init__(
        self,
        store: StateStore,
        host_time: Callable[[], float] = time.time,
        drift: float | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._table = Table(store, "clock")
        self._host_time = host_time
        self._changed = changed
        now = host_time()
        self._host_reference = now
        self._local_reference = host_local_time(now)
        self._drift = 0.0
        if 0 in self._table:
            stored = json.loads(self._table[0])
            self._host_reference, self._local_reference = float(stored["host"]), float(stored["local"])
            self._drift = float(stored["drift"])
        if drift is not None:
            self.drift = drift

    @property
    def drift(self) -> float:
        """Seconds that the clock gains a day."""
        return self._drift

    @drift.setter
    def drift(self, seconds_per_day: float) -> None:
        self._refer_to_now(self.exact_local_time)
        self._drift = seconds_per_day
        self._keep()

    @property
    def host_time(self) -> float:
        """The host's time, which runs the device's timers."""
        return self._host_time()

    @property
    def exact_local_time(self) -> float:
        """The device's time with its fraction of a second."""
        return self.local_at(self._host_time())

    @property
    def local_time(self) -> int:
        """The device's time in whole seconds."""
        return min(max(0, int(self.exact_local_time)), _LARGEST_TIME)

    def local_at(self, host_time: float) -> float:
        """What the clock shows at a moment of the host."""
        passed = host_time - self._host_reference
        return self._local_reference + passed * (1 + self._drift / SECONDS_PER_DAY)

    def set(self, local_time: float) -> None:
        """Set the device's clock."""
        self._refer_to_now(local_time)
        self._keep()

    def handlers(self) -> Handlers:
        """What the clock answers."""
        return {ReadClock: self._read, SetClock: self._set}

    def _refer_to_now(self, local_time: float) -> None:
        self._host_reference, self._local_reference = self._host_time(), local_time

    def _keep(self) -> None:
        kept = {"host": self._host_reference, "local": self._local_reference, "drift": self._drift}
        self._table[0] = json.dumps(kept).encode()

    def _read(self, _request: ReadClock) -> Outcome:
        return told(ClockReading(self.local_time))

    def _set(self, request: SetClock) -> Outcome:
        self.set(request.local_time)
        self._changed()
        return DONE
