"""Hours of a week in words and as a small picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from doorward.model.rights import DAYS_OF_A_WEEK, MINUTES_OF_A_DAY

Part = Sequence[int]
Day = Sequence[Part]

MONDAY_FIRST: Final = (1, 2, 3, 4, 5, 6, 0)
"""Places of the days in a schedule, which begins with Sunday, in the order in which they are shown."""
MINUTES_A_UNIT: Final = 15
ROW: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a day in the small picture of a week."""

    x: float
    y: int
    width: float


PICTURE_WIDTH: Final = MINUTES_OF_A_DAY // MINUTES_A_UNIT
PICTURE_HEIGHT: Final = DAYS_OF_A_WEEK * ROW


def clock(minutes: int) -> str:
    """Minutes after midnight as a time of day; the end of the day is 24:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def day_words(day: Day) -> str:
    """The hours of a day."""
    if not day:
        return _("closed")
    if [list(part) for part in day] == [[0, MINUTES_OF_A_DAY]]:
        return _("all day")
    return ", ".join(f"{clock(start)}–{clock(end)}" for start, end in day)  # noqa: RUF001 - a dash between times


def weekday(place: int) -> str:
    """The short name of a day of a schedule, which begins with Sunday."""
    return str(WEEKDAYS_ABBR[(place - 1) % DAYS_OF_A_WEEK])


def week_words(days: Sequence[Day]) -> str:
    """The hours of a week, days with equal hours together; days that are closed are not named."""
    pieces = []
    shown = [(place, [list(part) for part in days[place]] if place < len(days) else []) for place in MONDAY_FIRST]
    for hours, group in groupby(shown, key=lambda item: item[1]):
        places = [place for place, _hours in group]
        if not hours:
            continue
        first, last = weekday(places[0]), weekday(places[-1])
        span = first if len(places) == 1 else f"{first}, {last}" if len(places) == 2 else f"{first}–{last}"  # noqa: RUF001 - two days are named, more are a span
        pieces.append(f"{span} {day_words(hours)}")
    return " · ".join(pieces) or _("closed all week")


def week_bars(days: Sequence[Day]) -> list[Bar]:
    """The small picture of a week."""
    return [
        Bar(start / MINUTES_A_UNIT, row * ROW, (end - start) / MINUTES_A_UNIT)
        for row, place in enumerate(MONDAY_FIRST)
        if place < len(days)
        for start, end in days[place]
    ]
