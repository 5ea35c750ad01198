"""Searching the record: by time, place, person and meaning, in pages that stay quick at millions of events."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from doorward.model.errors import InvalidInput
from doorward.server.events.live import EventRow, moment
from doorward.server.events.models import Event

_CURSOR: Final = struct.Struct(">qq")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events are looked for; an empty set takes all.

    Attributes:
        since: From this moment on; None: from the first.
        until: Before this moment; None: to the last.
        devices: At these devices.
        visible: Only at these devices may anything be seen; None: at all.
        persons: Of these persons.
        codes: With these codes.
        categories: Of these categories.
        severities: Of these severities.
        positions: Only these rows; for what was chosen by hand.
    """

    since: datetime | None = None
    until: datetime | None = None
    devices: frozenset[int] = frozenset()
    visible: frozenset[int] | None = None
    persons: frozenset[int] = frozenset()
    codes: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    severities: frozenset[int] = frozenset()
    positions: frozenset[int] = frozenset()

    def rows(self) -> QuerySet[Event]:
        """The events, in no order yet."""
        found = Event.objects.all()
        if self.since is not None:
            found = found.filter(utc__gte=self.since)
        if self.until is not None:
            found = found.filter(utc__lt=self.until)
        devices = self.devices
        if self.visible is not None:
            devices = devices & self.visible if devices else self.visible
            if not devices:
                return found.none()
        for column, values in (
            ("origin", devices),
            ("person", self.persons),
            ("code", self.codes),
            ("category", self.categories),
            ("severity", self.severities),
            ("position", self.positions),
        ):
            if len(values) == 1:
                # An index on the column and the time gives the rows in their order then.
                found = found.filter(**{column: next(iter(values))})
            elif values:
                found = found.filter(**{f"{column}__in": values})
        return found


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of events, and where the next one begins.

    Attributes:
        rows: The events, the newest first.
        next: The cursor of the next page; empty on the last one.
    """

    rows: list[EventRow]
    next: str


def search(query: EventQuery, *, after: str = "", limit: int = 100) -> EventPage:
    """A page of events by the time at which they happened, the newest first.

    Args:
        query: Which events.
        after: ``next`` of the page before; empty for the first.
        limit: How many rows at most.

    Raises:
        InvalidInput: The cursor is none of ours.
    """
    found = query.rows()
    if after:
        utc, position = _read_cursor(after)
        # The first condition says what the second one does too, in a way that an index can use.
        found = found.filter(utc__lte=utc).filter(Q(utc__lt=utc) | Q(position__lt=position))
    rows = _fetch(found.order_by("-utc", "-position"), limit + 1)
    page = rows[:limit]
    return EventPage(page, place_of(page[-1]) if len(rows) > limit else "")


def newer(query: EventQuery, *, before: str, limit: int = 100) -> EventPage:
    """The page that lies before a place, as ``search`` gives it.

    Args:
        query: Which events.
        before: The cursor of the first row of the page that was seen, see ``cursor_of``.
        limit: How many rows at most.

    Returns:
        The page; its ``next`` tells, by not being empty, that there are newer ones still.

    Raises:
        InvalidInput: The cursor is none of ours.
    """
    utc, position = _read_cursor(before)
    found = query.rows().filter(utc__gte=utc).filter(Q(utc__gt=utc) | Q(position__gt=position))
    rows = _fetch(found.order_by("utc", "position"), limit + 1)
    page = rows[:limit][::-1]
    return EventPage(page, place_of(page[0]) if len(rows) > limit else "")


def chunks(query: EventQuery, *, size: int = 2000) -> Iterator[list[EventRow]]:
    """All events of a query by rising time, so many at once; memory stays flat however many there are."""
    found = query.rows().order_by("utc", "position")
    rows = _fetch(found, size)
    while rows:
        yield rows
        if len(rows) < size:
            return
        utc, position = moment(rows[-1].utc), rows[-1].position
        rows = _fetch(found.filter(utc__gte=utc).filter(Q(utc__gt=utc) | Q(position__gt=position)), size)


def count(query: EventQuery, *, most: int) -> int:
    """How many events there are, counted up to a limit: counting millions takes longer than reading a page."""
    return query.rows().order_by()[:most].count()


def newest_of_device(device_id: int, limit: int) -> list[EventRow]:
    """The last events of a device."""
    return search(EventQuery(devices=frozenset({device_id})), limit=limit).rows


def narrowed(query: EventQuery, visible: frozenset[int] | None) -> EventQuery:
    """The same query for somebody who may see events of these devices alone."""
    return replace(query, visible=visible)


def _fetch(found: QuerySet[Event], limit: int) -> list[EventRow]:
    return list(map(EventRow._make, found.values_list(*EventRow._fields)[:limit]))


def cursor_of(utc: datetime, position: int) -> str:
    """The cursor of the page that begins after a place in the order of a search."""
    return base64.urlsafe_b64encode(_CURSOR.pack((utc - _EPOCH) // _MICROSECOND, position)).decode().rstrip("=")


def place_of(row: EventRow) -> str:
    """The cursor of a row."""
    return cursor_of(moment(row.utc), row.position)


def _read_cursor(text: str) -> tuple[datetime, int]:
    try:
        microseconds, position = _CURSOR.unpack(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return _EPOCH + timedelta(microseconds=microseconds), position
    except (ValueError, binascii.Error, struct.error, OverflowError):
        raise InvalidInput("after", text[:40], "the 'next' of the page before") from None
