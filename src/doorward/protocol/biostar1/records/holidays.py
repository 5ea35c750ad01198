"""Tables of holidays, which schedules refer to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from doorward.protocol.biostar1.records.schedules import LegacyDayIntervals
from doorward.protocol.layout import U16, Record, array, i32, nested, records, text, u8


class HolidayRecurrence(IntEnum):
    """Whether a holiday comes back."""

    EVERY_YEAR = 0
    ONCE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyHoliday(Record):
    """A table of holidays of the older form (commands 0x0053 to 0x0055)."""

    SIZE: ClassVar[int] = 124
    STRUCTURE: ClassVar[str] = "BSHoliday"

    holiday_id: int = i32(0, "Number of the table")
    day_count: int = i32(4, "Days in use")
    days: tuple[int, ...] = array(8, U16, 32, "The days, each (month << 8) + day")
    intervals: LegacyDayIntervals = nested(72, LegacyDayIntervals, "Intervals that hold on these days")
    name: str = text(92, 32, "Name")


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayPeriod(Record):
    """One holiday of the extended table."""

    SIZE: ClassVar[int] = 8
    STRUCTURE: ClassVar[str] = "BSHolidayElemEx"

    flag: int = u8(0, "0 every year, 1 once (the year counts)")
    year: int = u8(1, "Years since 2000")
    month: int = u8(2, "1..12")
    start_day: int = u8(3, "First day, 1..31")
    duration: int = u8(4, "Number of days, 1..100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday(Record):
    """A table of holidays of the extended form (commands 0x0059 and 0x005A)."""

    SIZE: ClassVar[int] = 304
    STRUCTURE: ClassVar[str] = "BSHolidayEx"

    holiday_id: int = i32(0, "Number of the table, 1..32")
    name: str = text(4, 32, "Name")
    period_count: int = i32(36, "Periods in use")
    periods: tuple[HolidayPeriod, ...] = records(40, HolidayPeriod, 32, "The periods")
