"""Who may pass where and when: schedules, holidays and access groups."""

from __future__ import annotations

from dataclasses import dataclass

MINUTES_OF_A_DAY = 24 * 60
DAYS_OF_A_WEEK = 7
ALL_DOORS = 0
NEVER_SCHEDULE = 253
"""Number of the schedule that never holds; built in, as is the next."""
ALWAYS_SCHEDULE = 254
NO_ACCESS_GROUP = 253
"""Number of the access group that opens no door; built in, as is the next."""
FULL_ACCESS_GROUP = 254


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """A part of a day.

    Attributes:
        start: First minute after midnight, 0 to 1440.
        end: Last minute after midnight, after ``start``.
    """

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


WHOLE_DAY = TimeInterval(0, MINUTES_OF_A_DAY)


@dataclass(frozen=True, slots=True)
class HolidayHours:
    """When a schedule holds on the days of a holiday table.

    Attributes:
        holiday: Number of the holiday table.
        intervals: The parts of such a day in which the schedule holds; none closes it.
    """

    holiday: int
    intervals: tuple[TimeInterval, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A week of intervals, with exceptions on holidays.

    Attributes:
        number: Number of the schedule; 1 to 128 on BioStar 1 devices.
        name: Name.
        days: Seven tuples of intervals, Sunday first.
        holidays: What holds on holidays instead.
    """

    number: int
    name: str = ""
    days: tuple[tuple[TimeInterval, ...], ...] = ((),) * DAYS_OF_A_WEEK
    holidays: tuple[HolidayHours, ...] = ()


@dataclass(frozen=True, slots=True)
class HolidayPeriod:
    """One or more days in a row.

    Attributes:
        month: 1 to 12.
        day: First day, 1 to 31.
        length: Number of days, 1 to 100.
        year: The only year in which it holds; None for every year.
    """

    month: int
    day: int
    length: int = 1
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A table of holidays.

    Attributes:
        number: Number of the table; 1 to 32 on BioStar 1 devices.
        name: Name.
        periods: The days.
    """

    number: int
    name: str = ""
    periods: tuple[HolidayPeriod, ...] = ()


@dataclass(frozen=True, slots=True)
class DoorRight:
    """A door, and when it may be passed.

    Attributes:
        device_id: The device that guards the door; 0 for all.
        schedule: Number of the schedule.
    """

    device_id: int
    schedule: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGroup:
    """People who may pass certain doors at certain times.

    Attributes:
        number: Number of the group; 1 to 128 on BioStar 1 devices.
        name: Name.
        rights: Doors and schedules.
        person: The person for whom alone the group was made; None for an ordinary group.
    """

    number: int
    name: str = ""
    rights: tuple[DoorRight, ...] = ()
    person: int | None = None


@dataclass(frozen=True, slots=True)
class BlacklistEntry:
    """A person or card that is refused whatever else it may.

    Attributes:
        person: Number of the person; None for a card.
        card: Number of the card; None for a person.
        card_custom_id: Custom id of the card; 0 none.
    """

    person: int | None = None
    card: int | None = None
    card_custom_id: int = 0
