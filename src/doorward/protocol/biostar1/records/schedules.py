"""Time schedules: when a right, an input or a mode holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import I32, Record, array, i32, records, text, u16

NEVER_SCHEDULE = 0xFD  # built in, as is the next
ALWAYS_SCHEDULE = 0xFE
UNUSED_SCHEDULE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeInterval(Record):
    """A part of a day, in minutes after midnight; 0 to 0 is unused."""

    SIZE: ClassVar[int] = 4
    STRUCTURE: ClassVar[str] = "BSTimeCodeElem"

    start: int = u16(0, "Minutes after midnight")
    end: int = u16(2, "Minutes after midnight")


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyDayIntervals(Record):
    """The five intervals of one day, in the older tables."""

    SIZE: ClassVar[int] = 20
    STRUCTURE: ClassVar[str] = "BSTimeCode"

    intervals: tuple[TimeInterval, ...] = records(0, TimeInterval, 5, "Five intervals")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayIntervals(Record):
    """The five intervals of one day, in the extended tables."""

    SIZE: ClassVar[int] = 20
    STRUCTURE: ClassVar[str] = "BSTimeCodeEx"

    intervals: tuple[TimeInterval, ...] = records(0, TimeInterval, 5, "Five intervals")


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacySchedule(Record):
    """A schedule of the older table (commands 0x0050 to 0x0052)."""

    SIZE: ClassVar[int] = 180
    STRUCTURE: ClassVar[str] = "BSTimeSchedule"

    schedule_id: int = i32(0, "Number of the schedule, -1 unused", default=UNUSED_SCHEDULE)
    days: tuple[LegacyDayIntervals, ...] = records(4, LegacyDayIntervals, 7, "Intervals of each day, Sunday first")
    holiday_id: int = i32(144, "Holiday table that goes with the schedule")
    name: str = text(148, 32, "Name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Record):
    """A schedule of the extended table (commands 0x0059 and 0x005A)."""

    SIZE: ClassVar[int] = 232
    STRUCTURE: ClassVar[str] = "BSTimeScheduleEx"

    schedule_id: int = i32(0, "Number of the schedule, 1..128; 0xFD never and 0xFE always are built in")
    name: str = text(4, 32, "Name")
    holiday_ids: tuple[int, ...] = array(36, I32, 2, "Two holiday tables, 0 unused")
    days: tuple[DayIntervals, ...] = records(
        44, DayIntervals, 9, "Intervals of Sunday to Saturday, then of the two holiday tables"
    )
