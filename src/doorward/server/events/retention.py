"""Removing what is older than the settings allow, month by month.

A month is removed when it ended before the span that is kept, and only events that were *received* before that span
too: an old log that comes in today is kept as long as today's events. What was removed does not come in again by a
reading, see ``RetiredMonth``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from django.db import connection
from django.db.models import Count, Max, Min
from django.utils import timezone

from doorward.server.devices.models import ConnectionHistory
from doorward.server.events.choices import AlarmState
from doorward.server.events.models import Alarm, Event, EventImage, Happening, RetiredMonth
from doorward.server.events.months import Month
from doorward.server.events.partitions import drop_partition, partitions

T = TypeVar("T")

# The writer deletes so many rows at a time: pushes wait meanwhile.
CHUNK: Final = 5000
# Numbers in one statement; older SQLite takes at most 999.
PART: Final = 900
# A device says an earlier time only while its clock is not set.
FIRST_PLAUSIBLE: Final = Month(2000, 1)


class Writer(Protocol):
    """The thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run a function there."""
        ...

    def forget_retired(self) -> None:
        """Read the retired months anew."""
        ...


@dataclass(frozen=True, slots=True)
class Removed:
    """What retention removed."""

    events: int = 0
    images: int = 0
    months: tuple[Month, ...] = ()


async def remove_old(writer: Writer, months: int, now: datetime | None = None) -> Removed:
    """Remove what is older than so many whole months; 0 removes nothing."""
    if months <= 0:
        return Removed()
    now = now or timezone.now()
    first_kept = Month.of(now).plus(-months)
    cutoff = _start(first_kept)

    async def run(function: Callable[[], T]) -> T:
        return await asyncio.wrap_future(writer.call(function))

    removed = 0
    old = await run(lambda: months_before(first_kept, cutoff))
    for month in old:
        removed += await run(lambda month=month: retire_month(month, cutoff))  # type: ignore[misc]  # a default binds it
        await run(writer.forget_retired)
        while await run(lambda month=month: delete_chunk(month.start, month.end, cutoff)):  # type: ignore[misc]
            pass
    for start, end in ((-(2**62), FIRST_PLAUSIBLE.start), (Month.of(now).plus(2).start, 2**62)):
        while count := await run(lambda start=start, end=end: delete_chunk(start, end, cutoff)):  # type: ignore[misc]
            removed += count
    images = 0
    while count := await run(lambda: _delete_images(cutoff)):
        images += count
    await run(lambda: _delete_history(cutoff))
    return Removed(removed, images, tuple(old))


async def remove_old_happenings(writer: Writer, days: int, now: datetime | None = None) -> int:
    """Remove happenings that are older than so many days, and nothing of the events; gives how many."""
    cutoff = (now or timezone.now()) - timedelta(days=days)
    removed = 0
    while count := await asyncio.wrap_future(writer.call(lambda: _delete_happenings(cutoff))):
        removed += count
    return removed


def _delete_happenings(cutoff: datetime) -> int:
    # They lie in the order of time, nearly so: the oldest are looked at, and the first that are young enough end it.
    oldest = Happening.objects.order_by("position").values_list("position", "at")[:PART]
    chosen = [position for position, at in oldest if at < cutoff]
    Happening.objects.filter(position__in=chosen).delete()
    return len(chosen)


def _start(month: Month) -> datetime:
    return datetime(month.year, month.number, 1, tzinfo=timezone.get_default_timezone())


def months_before(first_kept: Month, cutoff: datetime) -> list[Month]:
    """The months before the kept ones in which there is something to remove."""
    span = Event.objects.filter(
        local_time__gte=FIRST_PLAUSIBLE.start, local_time__lt=first_kept.start, received__lt=cutoff
    ).aggregate(first=Min("local_time"), last=Max("local_time"))
    if span["first"] is None:
        return []
    month, found = Month.of_second(span["first"]), []
    while month.start <= span["last"]:
        if Event.objects.filter(local_time__gte=month.start, local_time__lt=month.end, received__lt=cutoff).exists():
            found.append(month)
        month = month.plus(1)
    return found


def retire_month(month: Month, cutoff: datetime) -> int:
    """Note the month of each device as removed, and drop it at once where it is a partition; gives its events."""
    inside = Event.objects.filter(local_time__gte=month.start, local_time__lt=month.end)
    counts = dict(inside.filter(received__lt=cutoff).values_list("origin").annotate(count=Count("position")).order_by())
    now = timezone.now()
    RetiredMonth.objects.bulk_create(
        (
            RetiredMonth(origin=origin, start=month.start, end=month.end, removed=now, count=count)
            for origin, count in counts.items()
        ),
        ignore_conflicts=True,
    )
    if month in partitions() and not inside.filter(received__gte=cutoff).exists():
        drop_partition(month)
    return sum(counts.values())


def delete_chunk(start: int, end: int, cutoff: datetime) -> int:
    """Delete some events of a span of local time; gives how many."""
    chosen = list(
        Event.objects.filter(local_time__gte=start, local_time__lt=end, received__lt=cutoff)
        .order_by()
        .values_list("position", flat=True)[:CHUNK]
    )
    if not chosen:
        return 0
    # By the range of time too, so that PostgreSQL looks into the right partitions only.
    with connection.cursor() as cursor:
        table = Event._meta.db_table
        places = ", ".join(["%s"] * len(chosen))
        cursor.execute(
            f"DELETE FROM {table} WHERE local_time >= %s AND local_time < %s AND position IN ({places})",  # noqa: S608 - names are ours
            [start, end, *chosen],
        )
    return len(chosen)


def _delete_images(cutoff: datetime) -> int:
    chosen = list(EventImage.objects.filter(received__lt=cutoff).values_list("pk", flat=True)[:CHUNK])
    EventImage.objects.filter(pk__in=chosen).delete()
    return len(chosen)


def _delete_history(cutoff: datetime) -> None:
    Alarm.objects.filter(raised__lt=cutoff, state=AlarmState.ACKNOWLEDGED).delete()
    ConnectionHistory.objects.filter(since__lt=cutoff).delete()
