"""Reports: what the events of a span come to, counted by the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Q
from django.db.models.functions import ExtractHour, TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from doorward.server.events.catalogue import meaning
from doorward.server.events.choices import Category, Severity
from doorward.server.events.export import device_names
from doorward.server.events.search import EventQuery

GRANTED: Final = Category.ACCESS_GRANTED.value
DENIED: Final = Category.ACCESS_DENIED.value
HOURS: Final = 24
Cell = str | int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a small picture, in parts of a hundred."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a report.

    Attributes:
        cells: What stands in the columns.
        bars: The picture beside it.
        details: Further columns that only files hold.
    """

    cells: tuple[Cell, ...]
    bars: tuple[Bar, ...]
    details: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A table with a picture in each line.

    Attributes:
        columns: Titles of the columns.
        picture: Title of the column of the pictures.
        rows: The lines.
        total: How many events were counted.
        details: Titles of the further columns that only files hold.
    """

    columns: tuple[str, ...]
    picture: str
    rows: list[Row]
    total: int
    details: tuple[str, ...] = field(default=())


def entries_by_day(query: EventQuery) -> Report:
    """How many were let in and refused on each day."""
    assert query.since is not None, "a report has a beginning"
    assert query.until is not None, "a report has an end"
    rows_of_days = query.rows().filter(category__in=[GRANTED, DENIED]).annotate(day=TruncDate("utc")).order_by()
    counted = rows_of_days.values("day").annotate(
        granted=Count("position", filter=Q(category=GRANTED)), denied=Count("position", filter=Q(category=DENIED))
    )
    found = {day: (granted, denied) for day, granted, denied in counted.values_list("day", "granted", "denied")}
    first = timezone.localtime(query.since).date()
    last = timezone.localtime(query.until - timedelta(microseconds=1)).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    most = max((sum(found.get(day, (0, 0))) for day in days), default=0)
    rows = []
    for day in days:
        granted, denied = found.get(day, (0, 0))
        let_in, refused = _share(granted, most), _share(denied, most)
        bars = (Bar(0, 0, let_in, 100), Bar(let_in, 0, refused, 100, "denied"))
        rows.append(Row((date_format(day, "D, j M Y"), granted, denied), bars))
    total = sum(map(sum, found.values()))
    return Report((gettext("Day"), gettext("Let in"), gettext("Refused")), gettext("Entries"), rows, total)


def presence(query: EventQuery) -> Report:
    """How many came in at each device, by the hour of the day."""
    entries = query.rows().filter(category=GRANTED).order_by()
    hours: dict[int, list[int]] = defaultdict(lambda: [0] * HOURS)
    for origin, hour, count in (
        entries.annotate(hour=ExtractHour("utc")).values("origin", "hour").annotate(count=Count("position"))
        .values_list("origin", "hour", "count")
    ):  # fmt: skip
        hours[origin][hour] = count
    persons = dict(
        entries.filter(person__gt=0).values("origin").annotate(count=Count("person", distinct=True))
        .values_list("origin", "count")
    )  # fmt: skip
    names = device_names()
    rows = []
    for origin, counts in sorted(hours.items(), key=lambda item: -sum(item[1])):
        most, width = max(counts), 100 / HOURS
        busiest = counts.index(most)
        bars = tuple(
            Bar(round(place * width + 0.4, 2), 100 - _share(count, most), round(width - 0.8, 2), _share(count, most))
            for place, count in enumerate(counts)
        )
        span = f"{busiest:02}:00 – {busiest + 1:02}:00"  # noqa: RUF001 - a span is written with this dash
        cells = (names.get(origin) or str(origin), sum(counts), persons.get(origin, 0), span)
        rows.append(Row(cells, bars, tuple(counts)))
    return Report(
        (gettext("Device"), gettext("Entries"), gettext("Persons"), gettext("Busiest hour")),
        gettext("By the hour, 0 to 24"),
        rows,
        sum(map(sum, hours.values())),
        tuple(f"{hour:02}:00" for hour in range(HOURS)),
    )


def denied_by_reason(query: EventQuery) -> Report:
    """Why people were refused."""
    counted = (
        query.rows().filter(category=DENIED).order_by().values("generation", "code")
        .annotate(count=Count("position"), persons=Count("person", distinct=True, filter=Q(person__gt=0)))
        .values_list("generation", "code", "count", "persons")
    )  # fmt: skip
    found: list[tuple[str, int, int]] = [
        (gettext(meaning(generation, code).words), count, persons) for generation, code, count, persons in counted
    ]
    found.sort(key=lambda item: (-item[1], item[0]))
    most, total = max((item[1] for item in found), default=0), sum(item[1] for item in found)
    rows = [
        Row((words, count, persons, f"{100 * count / total:.1f} %"), (Bar(0, 0, _share(count, most), 100, "denied"),))
        for words, count, persons in found
    ]
    columns = (gettext("Reason"), gettext("How often"), gettext("Persons"), gettext("Share"))
    return Report(columns, gettext("How often"), rows, total)


def alarms_by_door(query: EventQuery) -> Report:
    """Which alarms there were at which door, and when the last one was."""
    found = list(
        query.rows().filter(severity=Severity.ALARM.value).order_by().values("origin", "generation", "code")
        .annotate(count=Count("position"), last=Max("utc")).order_by("-count", "origin", "code")
        .values_list("origin", "generation", "code", "count", "last")
    )  # fmt: skip
    names = device_names()
    most = max((item[3] for item in found), default=0)
    rows = [
        Row(
            (names.get(origin) or str(origin), gettext(meaning(generation, code).words), count, _shown(last)),
            (Bar(0, 0, _share(count, most), 100, "alarm"),),
        )
        for origin, generation, code, count, last in found
    ]
    columns = (gettext("Device"), gettext("Alarm"), gettext("How often"), gettext("Last"))
    return Report(columns, gettext("How often"), rows, sum(item[3] for item in found))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report.

    Attributes:
        title: What it is called.
        make: Makes it.
        nothing: What is said when nothing was found.
    """

    title: Promise
    make: Callable[[EventQuery], Report]
    nothing: Promise


REPORTS: Final[dict[str, Kind]] = {
    "entries": Kind(gettext_lazy("Entries by day"), entries_by_day, gettext_lazy("Nobody came to a door.")),
    "presence": Kind(gettext_lazy("Presence by hour"), presence, gettext_lazy("Nobody was let in.")),
    "denied": Kind(gettext_lazy("Refusals by reason"), denied_by_reason, gettext_lazy("Nobody was refused.")),
    "alarms": Kind(gettext_lazy("Alarms by door"), alarms_by_door, gettext_lazy("There was no alarm.")),
}


def table_of(report: Report) -> tuple[Sequence[str], list[Sequence[Cell]]]:
    """A report as files hold it."""
    return (*report.columns, *report.details), [(*row.cells, *row.details) for row in report.rows]


def _share(count: int, most: int) -> float:
    return round(100 * count / most, 2) if most else 0.0


def _shown(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
