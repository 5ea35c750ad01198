"""What lies in the database after a position: events and happenings, merged into one order."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Q

from doorward.server.events.choices import Kind
from doorward.server.events.live import EventRow, HappeningRow, StreamRow
from doorward.server.events.models import Event, Happening, StreamPosition

NONE: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class StreamFilter:
    """What a reader wants, and may see.

    Attributes:
        devices: Only what concerns these devices; empty takes all.
        categories: Only events of these categories; empty takes all. Other kinds have none: with categories they come
            only where ``kinds`` names them.
        kinds: Only these kinds; empty takes all.
        visible: For each kind that the reader may see the devices of which it may see it, None of them all; None
            instead of that shows everything. With devices given, what concerns none is kept from the reader, and an
            event belongs to the device at which it happened.
    """

    devices: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    visible: Mapping[str, frozenset[int] | None] | None = None

    @property
    def wants_events(self) -> bool:
        """Whether any event may be wanted."""
        return not self.kinds or Kind.EVENT.value in self.kinds

    @property
    def wants_happenings(self) -> bool:
        """Whether anything but an event may be wanted."""
        return bool(self.kinds - {Kind.EVENT.value}) if self.kinds else not self.categories

    def takes(self, row: StreamRow) -> bool:
        """Whether a line is wanted and may be seen."""
        if isinstance(row, EventRow):
            return (
                self.wants_events
                and (not self.devices or row.device_id in self.devices or row.origin in self.devices)
                and (not self.categories or row.category in self.categories)
                and self._may_see(Kind.EVENT.value, row.origin)
            )
        return (
            (row.kind in self.kinds if self.kinds else not self.categories)
            and (not self.devices or row.device_id in self.devices)
            and self._may_see(row.kind, row.device_id)
        )

    def _may_see(self, kind: str, device_id: int | None) -> bool:
        if self.visible is None:
            return True
        devices = self.visible.get(kind, NONE)
        return devices is None or device_id in devices


def last_position() -> int:
    """The position of the newest line; 0 before the first."""
    found = StreamPosition.objects.values_list("last", flat=True).first()
    return 0 if found is None else found


def read_after(position: int, wanted: StreamFilter, most: int) -> tuple[list[StreamRow], int]:
    """Lines after a position from the database, and the position up to which it was looked."""
    # Asked before the rows: whatever is committed in between lies after it and is found by the next look.
    last = max(last_position(), position)
    parts = []
    if wanted.wants_events:
        parts.append(_events(position, last, wanted, most))
    if wanted.wants_happenings:
        parts.append(_happenings(position, last, wanted, most))
    # A part that is full was not looked through to its end, so nothing beyond its last row may be given yet.
    looked = min((part[-1].position for part in parts if len(part) == most), default=last)
    rows = [row for row in heapq.merge(*parts, key=_position) if row.position <= looked]
    if len(rows) > most:
        del rows[most:]
        looked = rows[-1].position
    # Sets of visible devices are too long for a query.
    return rows if wanted.visible is None else [row for row in rows if wanted.takes(row)], looked


def read_and_close(position: int, wanted: StreamFilter, most: int) -> tuple[list[StreamRow], int]:
    """The same for a thread of a pool, which is left without anything of the database: nobody else would close it."""
    try:
        return read_after(position, wanted, most)
    finally:
        connections[DEFAULT_DB_ALIAS].close()
        del connections[DEFAULT_DB_ALIAS]


def _events(position: int, last: int, wanted: StreamFilter, most: int) -> Sequence[StreamRow]:
    found = Event.objects.filter(position__gt=position, position__lte=last).order_by("position")
    if wanted.devices:
        found = found.filter(Q(origin__in=wanted.devices) | Q(device__in=wanted.devices))
    if wanted.categories:
        found = found.filter(category__in=wanted.categories)
    return list(map(EventRow._make, found.values_list(*EventRow._fields)[:most]))


def _happenings(position: int, last: int, wanted: StreamFilter, most: int) -> Sequence[StreamRow]:
    found = Happening.objects.filter(position__gt=position, position__lte=last).order_by("position")
    if wanted.kinds:
        found = found.filter(kind__in=wanted.kinds)
    if wanted.devices:
        found = found.filter(device__in=wanted.devices)
    return list(map(HappeningRow._make, found.values_list(*HappeningRow._fields)[:most]))


def _position(row: StreamRow) -> int:
    return row.position
