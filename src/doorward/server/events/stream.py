"""The stream: every event in order, as server-sent events, from any position on."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from asgiref.sync import sync_to_async
from django.db import connection
from django.db.utils import DatabaseError

from doorward.model.events import EPOCH
from doorward.server.events.catalogue import meaning, way
from doorward.server.events.choices import Category, Severity
from doorward.server.events.live import RING_SIZE, EventRow, LiveEvents, moment
from doorward.server.events.models import Event, StreamPosition

logger = logging.getLogger(__name__)

CHUNK: Final = 500
LIVE_CHUNK: Final = 100
RECONNECT_MILLISECONDS: Final = 2000
# Where no writer lives in this process, the database is asked so often.
POLL_SECONDS: Final = 1.0
# A token that was revoked ends its streams within this time.
RECHECK_SECONDS: Final = 60.0

CATEGORY_NAMES: Final = {item.value: str(item.label) for item in Category}
SEVERITY_NAMES: Final = {item.value: str(item.label) for item in Severity}


@dataclass(frozen=True, slots=True)
class StreamFilter:
    """Which events a reader wants; empty sets take all."""

    devices: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()

    def takes(self, row: EventRow) -> bool:
        """Whether an event is wanted."""
        if self.devices and row.device_id not in self.devices and row.origin not in self.devices:
            return False
        return not self.categories or row.category in self.categories


def shown_event(row: EventRow) -> dict[str, object]:
    """An event as programs see it."""
    found = meaning(row.generation, row.code)
    return {
        "position": row.position,
        "device": row.device_id,
        "origin": row.origin,
        "person": row.person,
        "code": row.code,
        "sub_code": row.sub_code,
        "name": found.slug,
        "words": found.words,
        "how": way(row.generation, row.code, row.sub_code),
        "category": CATEGORY_NAMES[row.category],
        "severity": SEVERITY_NAMES[row.severity],
        "attendance_key": row.attendance_key,
        "ordinal": row.ordinal,
        "image_slot": row.image_slot,
        "device_time": (EPOCH + timedelta(seconds=row.local_time)).isoformat(),
        "utc": moment(row.utc).isoformat(),
        "received": moment(row.received).isoformat(),
    }


@lru_cache(maxsize=RING_SIZE)
def message(row: EventRow) -> str:
    """An event as a message of the stream; made once for all readers."""
    return f"id: {row.position}\nevent: event\ndata: {json.dumps(shown_event(row), ensure_ascii=False)}\n\n"


def last_position() -> int:
    """The position of the newest event; 0 before the first."""
    found = StreamPosition.objects.values_list("last", flat=True).first()
    return 0 if found is None else found


def read_after(position: int, wanted: StreamFilter, most: int) -> tuple[list[EventRow], int]:
    """Events after a position from the database, and the position up to which it was looked."""
    # Asked before the rows: whatever is committed in between lies after it and is found by the next look.
    last = last_position()
    found = Event.objects.filter(position__gt=position, position__lte=last).order_by("position")
    if wanted.devices:
        found = found.filter(origin__in=wanted.devices) | found.filter(device__in=wanted.devices)
    if wanted.categories:
        found = found.filter(category__in=wanted.categories)
    rows = list(map(EventRow._make, found.values_list(*EventRow._fields)[:most]))
    return rows, rows[-1].position if len(rows) == most else max(last, position)


def _read_in_thread(position: int, wanted: StreamFilter, most: int) -> tuple[str, int, int]:
    """Messages after a position, the position of the last one, and the position up to which it was looked."""
    try:
        rows, looked = read_after(position, wanted, most)
        # Made here rather than in the event loop, in which the gateway works.
        return "".join(map(message, rows)), rows[-1].position if rows else position, looked
    finally:
        # A thread of the pool serves another reader next; what it leaves open nobody would close.
        connection.close()


read_in_pool = sync_to_async(_read_in_thread, thread_sensitive=False)


async def messages(
    position: int,
    wanted: StreamFilter,
    live: LiveEvents | None,
    *,
    heartbeat: float,
    still_allowed: Callable[[], Awaitable[bool]],
    announce_reset: bool = False,
) -> AsyncIterator[str]:
    """The stream after a position, for ever.

    Args:
        position: The last position that the reader has.
        wanted: Which events it wants.
        live: The live events of this process; None asks the database now and then.
        heartbeat: Seconds of silence after which a sign of life is sent.
        still_allowed: Asked once a minute; False ends the stream.
        announce_reset: Tell the reader that its position was not one of this database.
    """
    yield f"retry: {RECONNECT_MILLISECONDS}\nid: {position}\n\n"
    if announce_reset:
        words = "Your position lies after the newest event: this database was restored, or is another one."
        yield f"event: reset\nid: {position}\ndata: {json.dumps({'position': position, 'words': words})}\n\n"
    sent_at = checked_at = time.monotonic()
    told = position
    while live is None or not live.closed:
        now = time.monotonic()
        if now - checked_at >= RECHECK_SECONDS:
            if not await still_allowed():
                return
            checked_at = now
        rows = live.after(position, LIVE_CHUNK) if live is not None else None
        if rows is None:
            try:
                text, last, position = await read_in_pool(position, wanted, CHUNK)
            except DatabaseError as error:
                # The reader comes back by itself and goes on where it was.
                logger.warning("A stream ends: the database cannot be read (%s).", error)
                return
        else:
            if rows:
                position = rows[-1].position
            rows = [row for row in rows if wanted.takes(row)]
            text, last = "".join(map(message, rows)), rows[-1].position if rows else position
        if text:
            yield text
            told, sent_at = last, time.monotonic()
            continue
        left = sent_at + heartbeat - time.monotonic()
        if left <= 0:
            # The position goes with it, so that a reader of few events need not be searched for from far back.
            yield f"id: {position}\n: alive\n\n" if position > told else ": alive\n\n"
            told, sent_at = position, time.monotonic()
            continue
        await _wait(live, position, left)


async def _wait(live: LiveEvents | None, position: int, seconds: float) -> None:
    if live is not None:
        await live.wait(position, seconds)
        return
    await asyncio.sleep(min(POLL_SECONDS, seconds))
