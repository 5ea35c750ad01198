"""One timer for all devices: a wheel with a notch for each tick.

Thousands of devices have a next thing to do within minutes, and nobody minds a quarter of a second. So one task wakes
at each tick and looks into one notch, instead of thousands of timers in a heap.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Timer:
    """Something that is due at some time."""

    __slots__ = ("_callback", "when")

    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Forget it."""
        self._callback = None

    @property
    def is_pending(self) -> bool:
        """Whether it is still to come."""
        return self._callback is not None

    def fire(self) -> None:
        """Call what is due, once."""
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


class Wheel:
    """Calls what is due, at most a tick late.

    Args:
        tick: Seconds between two looks.
    """

    def __init__(self, tick: float) -> None:
        self._tick = tick
        self._loop = asyncio.get_running_loop()
        self._notches: dict[int, list[Timer]] = {}
        self._turned = self._notch(self._loop.time())
        self._handle: asyncio.TimerHandle | None = None
        self._stopped = False

    def time(self) -> float:
        """Seconds of the event loop's clock."""
        return self._loop.time()

    def at(self, when: float, callback: Callable[[], None]) -> Timer:
        """Call at a time of the event loop's clock, or at the next tick when it is past."""
        timer = Timer(when, callback)
        if not self._notches:
            self._turned = self._notch(self._loop.time())
        notch = max(self._notch(when) + 1, self._turned + 1)
        self._notches.setdefault(notch, []).append(timer)
        if self._handle is None and not self._stopped:
            self._handle = self._loop.call_later(self._tick, self._turn)
        return timer

    def after(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call after some seconds."""
        return self.at(self._loop.time() + seconds, callback)

    def stop(self) -> None:
        """Call nothing any more."""
        self._stopped = True
        self._notches.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _notch(self, when: float) -> int:
        return int(when / self._tick)

    def _turn(self) -> None:
        self._handle = None
        present = self._notch(self._loop.time())
        while self._turned < present:
            self._turned += 1
            for timer in self._notches.pop(self._turned, ()):
                try:
                    timer.fire()
                except Exception:
                    logger.exception("what was due failed")
            if not self._notches:
                self._turned = present
        if self._notches and not self._stopped:
            self._handle = self._loop.call_later(self._tick, self._turn)
