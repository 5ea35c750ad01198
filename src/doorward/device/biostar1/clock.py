"""The device's clock.

The clock runs in the device's own local time and knows no zone. Here it is a ``datetime`` without a zone; a
``datetime`` with a zone is converted to the zone of the device first, which is given when connecting (this machine's
own zone when it is not).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from doorward.device.biostar1.context import DeviceContext
from doorward.model.devices import ClockDrift
from doorward.model.errors import InvalidInput
from doorward.model.events import EPOCH
from doorward.protocol.biostar1.commands.clock import ReadClock, SetClock

LARGEST_SECOND = 0xFFFFFFFF
RESOLUTION = timedelta(seconds=1)


def from_local_seconds(seconds: int) -> datetime:
    """The date and time of local seconds since 1970."""
    return EPOCH + timedelta(seconds=seconds)


def to_local_seconds(
    moment: datetime,
    *,
    zone: tzinfo | None = None,
    field: str = "time",
    lowest: int = 0,
    largest: int = LARGEST_SECOND,
) -> int:
    """Local seconds since 1970 of a date and time; parts of a second are cut off.

    Args:
        moment: Without a zone: the device's local time. With one: converted to ``zone``.
        zone: The zone in which the device's clock runs; None for the zone of this machine.
        field: What the time is, for the error.
        lowest: The first second that is allowed.
        largest: The last second that is allowed.

    Raises:
        InvalidInput: The device cannot hold this time.
    """
    local = moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo is not None else moment
    seconds = (local - EPOCH) // RESOLUTION
    if not lowest <= seconds <= largest:
        raise InvalidInput(
            field, moment.isoformat(sep=" "), f"{from_local_seconds(lowest)} to {from_local_seconds(largest)}"
        )
    return seconds


class Clock:
    """Reads and sets the clock of one device."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    async def read(self) -> datetime:
        """The local time that the clock shows, without a zone, in whole seconds."""
        reading = await self._context.requester.request(ReadClock())
        return from_local_seconds(reading.local_time)

    async def read_in(self, zone: tzinfo) -> datetime:
        """The time with the zone attached in which the clock is known to run.

        An hour that a zone goes through twice in autumn is taken as its first pass.
        """
        return (await self.read()).replace(tzinfo=zone)

    async def set(self, moment: datetime | None = None) -> datetime:
        """Set the clock.

        Args:
            moment: Local time without a zone, or a time with a zone, which is converted; this machine's present time
                when it is not given.

        Returns:
            The local time that was set.

        Raises:
            InvalidInput: The clock cannot show this time (1970 to 2106).
        """
        seconds = to_local_seconds(self._now() if moment is None else moment, zone=self._context.zone)
        await self._context.requester.request(SetClock(seconds))
        return from_local_seconds(seconds)

    async def drift(self) -> ClockDrift:
        """Compare the clock with this machine's.

        The device tells whole seconds, so half a second is added to its reading, and its reading is held against the
        middle of the question's way there and back.
        """
        before = self._now()
        shown = await self.read()
        after = self._now()
        trip = after - before
        reference = (before + trip / 2).astimezone(self._context.zone).replace(tzinfo=None)
        return ClockDrift(
            device_time=shown,
            reference_time=reference,
            drift=shown + RESOLUTION / 2 - reference,
            uncertainty=RESOLUTION / 2 + trip / 2,
        )

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)
