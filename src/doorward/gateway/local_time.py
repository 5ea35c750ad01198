"""From the local seconds of a device to UTC: by its zone, and by how far its clock was found to be off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from doorward.gateway.ledger import ClockReading
from doorward.model.events import EPOCH

_BLOCK = 900  # zones change their offset at whole quarters of an hour
_BLOCKS_KEPT = 4096
_SLACK = 5  # a clock tells whole seconds, and a question takes a while
_DAY = 86_400


class LocalTime:
    """Translates between local seconds of one zone and UTC.

    Args:
        zone: The zone in which the clock runs.
    """

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._offsets: dict[int, tuple[int, int]] = {}

    def local(self, utc: float) -> int:
        """What a right clock shows, in seconds since 1970-01-01 00:00 of local time."""
        moment = datetime.fromtimestamp(utc, UTC).astimezone(self.zone).replace(tzinfo=None)
        return (moment - EPOCH) // timedelta(seconds=1)

    def drift(self, reading: ClockReading) -> int:
        """How many seconds the device's clock was ahead of the zone's time; negative: behind."""
        return reading.local - self.local(reading.at)

    def utc(self, local: int, drift: int, earliest: float | None, latest: float) -> int:
        """Estimate when a local second was.

        The clock may have been right when the event was written and be wrong now, or the other way round, and in
        autumn an hour comes twice. The first reading of the time that lies where it must lie is taken; when there is
        none, the measured drift counts only if it is less than a day, and the hour is taken as its first pass.

        Args:
            local: Local second of the event.
            drift: How far the clock is ahead now.
            earliest: The event is not older than this, UTC; None when nothing is known.
            latest: The event is not younger than this, UTC.
        """
        candidates = [*self._passes(local - drift), *(self._passes(local) if drift else ())]
        for candidate in candidates:
            if candidate <= latest + _SLACK and (earliest is None or candidate >= earliest - _SLACK):
                return candidate
        return candidates[0] if abs(drift) < _DAY else candidates[-1]

    def _passes(self, wall: int) -> tuple[int, ...]:
        block = wall // _BLOCK
        offsets = self._offsets.get(block)
        if offsets is None:
            if len(self._offsets) >= _BLOCKS_KEPT:
                self._offsets.clear()
            moment = EPOCH + timedelta(seconds=block * _BLOCK)
            first, second = (self._offset(moment.replace(fold=fold)) for fold in (0, 1))
            offsets = self._offsets[block] = (first, second)
        first, second = offsets
        return (wall - first,) if first == second else (wall - first, wall - second)

    def _offset(self, moment: datetime) -> int:
        offset = self.zone.utcoffset(moment)
        return 0 if offset is None else offset // timedelta(seconds=1)
