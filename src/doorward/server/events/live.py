"""The newest events and happenings of this process, for readers of the stream that are near its end.

One ring of memory serves all readers. A reader that falls behind the ring goes on from the database, so a slow one
costs the gateway nothing and takes no memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

RING_SIZE: Final = 8192


class EventRow(NamedTuple):
    """An event as the table holds it, column by column; see ``doorward.server.events.models.Event``.

    ``utc`` and ``received`` are as the database takes or gives them: a text in UTC without a zone, or a moment.
    """

    position: int
    device_id: int
    origin: int
    local_time: int
    code: int
    sub_code: int
    attendance_key: int
    person: int
    ordinal: int
    image_slot: int
    utc: str | datetime
    received: str | datetime
    category: int
    severity: int
    generation: int
    record: bytes


class HappeningRow(NamedTuple):
    """A happening as the table holds it; see ``doorward.server.events.models.Happening``."""

    position: int
    kind: str
    device_id: int | None
    at: datetime
    data: str


StreamRow = EventRow | HappeningRow


def moment(value: str | datetime) -> datetime:
    """A moment of a row, with its zone."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


class LiveEvents:
    """The newest events and happenings, in the order of their positions. Lives in one event loop."""

    def __init__(self, last: int = 0, size: int = RING_SIZE) -> None:
        self._rows: list[StreamRow] = []
        self._size = size
        self._complete_from = last  # all after this position is in the ring
        self._changed = asyncio.Event()
        self.last = last
        self.closed = False

    def publish(self, rows: Sequence[StreamRow]) -> None:
        """Take in what was committed, in order."""
        if not rows:
            return
        self._rows.extend(rows)
        self.last = rows[-1].position
        if len(self._rows) > 2 * self._size:
            # Cut rarely and by much: deleting from the front moves the rest.
            cut = len(self._rows) - self._size
            self._complete_from = self._rows[cut - 1].position
            del self._rows[:cut]
        self._wake()

    def forget(self, last: int) -> None:
        """Nobody can tell what was committed up to ``last``: readers take it from the database."""
        self._rows.clear()
        self._complete_from = self.last = max(self.last, last)
        self._wake()

    def after(self, position: int, most: int) -> list[StreamRow] | None:
        """What comes next after a position; None when they have to be read from the database."""
        if position < self._complete_from:
            return None
        if position >= self.last:
            return []
        low, high = 0, len(self._rows)
        while low < high:
            middle = (low + high) // 2
            if self._rows[middle].position <= position:
                low = middle + 1
            else:
                high = middle
        return self._rows[low : low + most]

    async def wait(self, position: int, seconds: float) -> bool:
        """Wait until there is something after a position, or the end; False when the time ran out first."""
        if self.last > position or self.closed:
            return True
        try:
            async with asyncio.timeout(seconds):
                while self.last <= position and not self.closed:
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Let every reader end."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


_current: LiveEvents | None = None


def live_events() -> LiveEvents | None:
    """The live events of this process; None in a process that writes no events."""
    return _current


def set_live_events(live: LiveEvents | None) -> None:
    """Name the live events of this process."""
    global _current  # noqa: PLW0603 - one process has one writer
    _current = live
