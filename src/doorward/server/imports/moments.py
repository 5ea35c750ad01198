"""Days and times as people write them."""

from __future__ import annotations

import enum
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from doorward.model.errors import InvalidInput
from doorward.server.imports.table import Cell

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2099
EXAMPLES: Final = f"a day from {FIRST_YEAR} to {LAST_YEAR}, such as 2024-05-31, 31.05.2024 or 2024-05-31 08:00"
EITHER: Final = "a day that can be read in one way only: write 2024-05-31, or choose which comes first, day or month"
NO_SUCH: Final = "a time that the clock of the site shows; it is set forward over this one"

_LAST_SECOND: Final = time(23, 59, 59)
_NOON: Final = 12

_DAY: Final = re.compile(
    r"(?:(?P<year>\d{4})\s*(?:[-./]|년)\s*(?P<month>\d{1,2})\s*(?:[-./]|월)\s*(?P<day>\d{1,2})\s*[일.]?"
    r"|(?P<first>\d{1,2})(?P<sign>[-./])\s?(?P<second>\d{1,2})(?P=sign)\s?(?P<last>\d{4})\.?)"
    r"(?:(?:T|,?\s+)(?P<clock>.+))?"
)
_CLOCK: Final = re.compile(
    r"(?P<before>am|pm|오전|오후)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.0+)?)?"
    r"\s*(?P<after>am|pm|a\.m\.|p\.m\.)?",
    re.IGNORECASE,
)
_AFTERNOON: Final = frozenset({"pm", "p.m.", "오후"})
_MORNING: Final = frozenset({"am", "a.m.", "오전"})


class DateOrder(enum.StrEnum):
    """What comes first in a day such as 05/06/2024."""

    NOT_SAID = "not-said"
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def read_day(column: str, cell: Cell, order: DateOrder) -> date:
    """A day.

    Raises:
        InvalidInput: It is none, or can be read in two ways.
    """
    found, clock = _parts(column, cell, order)
    if clock is not None and clock != time():
        raise InvalidInput(column, _shown(cell), "a day without a time")
    return found


def read_moment(column: str, cell: Cell, order: DateOrder, zone: tzinfo, *, end: bool) -> datetime:
    """A moment in UTC, from a day and perhaps a time by the site's clock.

    Args:
        column: For errors.
        cell: What stands there.
        order: What comes first in a day with slashes.
        zone: That of the site.
        end: A day alone means its last second rather than its first.

    Raises:
        InvalidInput: It is none, or can be read in two ways.
    """
    day, clock = _parts(column, cell, order)
    if clock is None:
        clock = _LAST_SECOND if end else time()
    local = datetime.combine(day, clock, zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) != local.replace(tzinfo=None):
        if clock in (time(), _LAST_SECOND):
            return moment  # a day may begin later where its first hour is skipped
        raise InvalidInput(column, _shown(cell), NO_SUCH)
    return moment


def _shown(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.isoformat(sep=" ")


def _parts(column: str, cell: Cell, order: DateOrder) -> tuple[date, time | None]:
    if isinstance(cell, datetime):
        # Spreadsheets count in fractions of days, which miss a second by a few millionths.
        rounded = cell.replace(microsecond=0) + timedelta(seconds=round(cell.microsecond / 1_000_000))
        day, clock = rounded.date(), rounded.time()
        return _within(column, cell, day), None if clock == time() else clock
    found = _DAY.fullmatch(cell.strip())
    if found is None:
        raise InvalidInput(column, cell, EXAMPLES)
    year, month, number = _order(column, cell, found, order)
    try:
        day = date(year, month, number)
    except ValueError:
        raise InvalidInput(column, cell, EXAMPLES) from None
    return _within(column, cell, day), _clock(column, cell, found["clock"])


def _within(column: str, cell: Cell, day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(column, _shown(cell), EXAMPLES)
    return day


def _order(column: str, cell: str, found: re.Match[str], order: DateOrder) -> tuple[int, int, int]:
    if found["year"]:
        return int(found["year"]), int(found["month"]), int(found["day"])
    first, second, year = int(found["first"]), int(found["second"]), int(found["last"])
    if found["sign"] == "." and order is DateOrder.NOT_SAID:
        order = DateOrder.DAY_FIRST  # nobody writes the month first with points
    if order is DateOrder.NOT_SAID:
        if first > _NOON or first == second:
            order = DateOrder.DAY_FIRST
        elif second > _NOON:
            order = DateOrder.MONTH_FIRST
        else:
            raise InvalidInput(column, cell, EITHER)
    return (year, second, first) if order is DateOrder.DAY_FIRST else (year, first, second)


def _clock(column: str, cell: str, text: str | None) -> time | None:
    if text is None:
        return None
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(column, cell, EXAMPLES)
    hour = int(found["hour"])
    half = (found["before"] or found["after"] or "").lower()
    if half in _AFTERNOON | _MORNING:
        if not 1 <= hour <= _NOON:
            raise InvalidInput(column, cell, EXAMPLES)
        hour = hour % _NOON + (_NOON if half in _AFTERNOON else 0)
    try:
        return time(hour, int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        raise InvalidInput(column, cell, EXAMPLES) from None
