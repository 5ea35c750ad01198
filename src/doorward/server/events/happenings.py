"""Telling what happened besides events, from any thread and any process.

All of it gets its position from the one thread that writes. There a happening goes into the transaction at hand;
elsewhere it goes into the outbox, within the transaction of whoever tells it, and the writer takes it up from there. So
what was undone is never told, and what was committed is never forgotten.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils import timezone

from doorward.server.events.choices import Kind
from doorward.server.events.live import HappeningRow
from doorward.server.events.models import Happening, OutboxEntry
from doorward.server.people import erased

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

# Every line of the stream carries these.
RESERVED: Final = frozenset({"position", "kind", "device", "at"})
# The writer takes so many out of the outbox in one transaction.
TAKEN_AT_ONCE: Final = 500

INSERT: Final = (
    f"INSERT INTO {Happening._meta.db_table} (position, kind, device_id, at, data) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608 - names are ours
)


class Told(NamedTuple):
    """A happening without a position."""

    kind: str
    device_id: int | None
    at: datetime
    data: str


class _Collector(threading.local):
    """What is told in the writer's thread; None in every other one."""

    told: list[Told] | None = None


_collector = _Collector()
_listeners: list[Callable[[], None]] = []


def tell(
    kind: str, data: Mapping[str, object], *, device_id: int | None = None, at: datetime | float | None = None
) -> None:
    """Tell what happened to all who follow the stream.

    To be called within the transaction that makes it happen, or after it. In any thread but the writer's this writes
    into the database.

    Args:
        kind: One of ``Kind`` but an event.
        data: What happened, as JSON takes it; moments become ISO texts. ``what`` says which of the things of its kind
            it is, such as ``raised`` of an alarm.
        device_id: The device that it concerns; None where it concerns none.
        at: When, as a moment or in seconds since 1970 in UTC; None is now.

    Raises:
        ValueError: The kind is none of them, or the data uses a reserved name.
    """
    if kind == Kind.EVENT or RESERVED & data.keys():
        raise ValueError(f"not to be told as {kind}: {sorted(data)}")
    if isinstance(at, int | float):
        at = datetime.fromtimestamp(at, UTC)
    told = Told(Kind(kind).value, device_id, at or timezone.now(), json.dumps(data, default=_plain))
    if _collector.told is not None:
        _collector.told.append(told)
        return
    OutboxEntry.objects.create(kind=told.kind, device_id=told.device_id, at=told.at, data=told.data)
    transaction.on_commit(_hint)


def listen(listener: Callable[[], None]) -> Callable[[], None]:
    """Be told, in the thread that did it, when something went into the outbox of this process; gives what ends it."""
    _listeners.append(listener)

    def end() -> None:
        _listeners.remove(listener)

    return end


def _hint() -> None:
    for listener in tuple(_listeners):
        try:
            listener()
        except RuntimeError:  # a loop that is closing has no use for it
            logger.debug("A listener for the outbox is gone.")


def _plain(value: object) -> str:
    if isinstance(value, date):  # a moment is one too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be told")


# --- The writer's side ------------------------------------------------------------------------------------------------


def collect_into(told: list[Told]) -> None:
    """Let what is told in this thread gather in a list; for the writer's thread."""
    _collector.told = told


def numbered(told: Sequence[Told], before: int) -> list[HappeningRow]:
    """Give positions after ``before``."""
    return [HappeningRow(position, *each) for position, each in enumerate(told, before + 1)]


def insert_happenings(connection: BaseDatabaseWrapper, rows: Sequence[HappeningRow]) -> None:
    """Put happenings into their table."""
    moment = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, [(row.position, row.kind, row.device_id, moment(row.at), row.data) for row in rows])


def take_up(*, alias: str = DEFAULT_DB_ALIAS) -> bool:
    """Tell what lies in the outbox, in the writer's thread; gives whether there may be more."""
    entries = list(OutboxEntry.objects.using(alias).order_by("pk")[:TAKEN_AT_ONCE])
    if entries:
        assert _collector.told is not None, "only the writer takes up"
        if any(entry.kind == Kind.PERSON for entry in entries):
            # Another process may have erased somebody: nobody is shown the number from here on.
            erased.reload()
        _collector.told += [Told(entry.kind, entry.device_id, entry.at, entry.data) for entry in entries]
        # By name rather than as a range: on PostgreSQL a smaller number may be committed later.
        OutboxEntry.objects.using(alias).filter(pk__in=[entry.pk for entry in entries]).delete()
    return len(entries) == TAKEN_AT_ONCE
