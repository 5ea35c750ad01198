"""Checks of intervals, days and holidays; each refusal names the field, the value, and what is allowed."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, TypedDict, TypeVar

from django.db.models import Model, QuerySet

from doorward.device.biostar1.right_records import (
    FIRST_YEAR,
    INTERVALS_A_DAY,
    LONGEST_PERIOD,
    PERIODS_OF_A_HOLIDAY,
)
from doorward.model.errors import InvalidInput
from doorward.model.rights import DAYS_OF_A_WEEK, MINUTES_OF_A_DAY
from doorward.server.access.models import LONGEST_NAME
from doorward.server.people.checking import one_line, whole

LAST_YEAR: Final = FIRST_YEAR + 0xFF
DAY_NAMES: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_LEAP_YEAR: Final = 2000

ModelT = TypeVar("ModelT", bound=Model)
Intervals = list[list[int]]


class Period(TypedDict):
    """One or more days in a row; see ``doorward.model.rights.HolidayPeriod``."""

    month: int
    day: int
    length: int
    year: int | None


def name_for_devices(name: str) -> str:
    """A name of a group, a schedule or a table of holidays.

    Raises:
        InvalidInput: No model can hold it.
    """
    return one_line("name", name, LONGEST_NAME, empty=False)


def refuse_twins(rows: QuerySet[ModelT], name: str, *, but: int | None) -> None:
    """Make sure that a name is not taken.

    Args:
        rows: All rows of the table.
        name: The name.
        but: The row that shall have it; None for a new one.

    Raises:
        InvalidInput: Another row has it.
    """
    twins = rows.filter(name=name)
    if (twins if but is None else twins.exclude(pk=but)).exists():
        raise InvalidInput("name", name, f"a name that no other {rows.model._meta.verbose_name} has")


def checked_week(days: Sequence[Sequence[Sequence[int]]]) -> list[Intervals]:
    """Seven days of intervals, each in order.

    Raises:
        InvalidInput: No model can hold them.
    """
    if len(days) != DAYS_OF_A_WEEK:
        raise InvalidInput("days", len(days), "seven days, Sunday first")
    return [checked_day(name, day) for name, day in zip(DAY_NAMES, days, strict=True)]


def checked_day(where: str, intervals: Sequence[Sequence[int]]) -> Intervals:
    """The intervals of a day, in order.

    Raises:
        InvalidInput: There are too many, one is none, or two overlap.
    """
    if len(intervals) > INTERVALS_A_DAY:
        raise InvalidInput("intervals", len(intervals), f"at most {INTERVALS_A_DAY} a day", where=where)
    kept: Intervals = []
    for interval in intervals:
        if len(interval) != 2 or not all(isinstance(edge, int) and not isinstance(edge, bool) for edge in interval):
            raise InvalidInput("interval", list(interval), "a start and an end in minutes after midnight", where=where)
        start, end = interval
        if not 0 <= start < end <= MINUTES_OF_A_DAY:
            allowed = f"a start from 0 and an end after it, up to {MINUTES_OF_A_DAY}"
            raise InvalidInput("interval", [start, end], allowed, where=where)
        kept.append([start, end])
    kept.sort()
    for before, after in pairwise(kept):
        if after[0] < before[1]:
            raise InvalidInput("interval", after, f"a start from {before[1]}: it overlaps with {before}", where=where)
    return kept


def checked_periods(periods: Sequence[Mapping[str, object] | Period]) -> list[Period]:
    """The days of a table of holidays, in the order of the year.

    Raises:
        InvalidInput: There are too many, or one is none.
    """
    if len(periods) > PERIODS_OF_A_HOLIDAY:
        raise InvalidInput("periods", len(periods), f"at most {PERIODS_OF_A_HOLIDAY}")
    kept = [_period(period, f"period {place}") for place, period in enumerate(periods, 1)]
    return sorted(kept, key=lambda period: (period["year"] or 0, period["month"], period["day"], period["length"]))


def _period(period: Mapping[str, object] | Period, where: str) -> Period:
    given = period.get("year")
    year = None if given is None else _whole("year", given, FIRST_YEAR, LAST_YEAR, where)
    month = _whole("month", period.get("month"), 1, 12, where)
    longest = calendar.monthrange(_LEAP_YEAR if year is None else year, month)[1]
    return Period(
        month=month,
        day=_whole("day", period.get("day"), 1, longest, where),
        length=_whole("length", period.get("length", 1), 1, LONGEST_PERIOD, where),
        year=year,
    )


def _whole(field: str, value: object, low: int, high: int, where: str) -> int:
    try:
        return whole(field, value, low, high)
    except InvalidInput as error:
        raise InvalidInput(field, value, error.allowed, where=where) from None
