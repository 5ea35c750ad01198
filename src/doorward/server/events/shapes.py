"""Lines of the stream as programs see them; the same wherever they are given out."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from doorward.model.events import EPOCH
from doorward.server.events.catalogue import meaning, way
from doorward.server.events.choices import Category, Kind, Severity
from doorward.server.events.live import RING_SIZE, EventRow, HappeningRow, StreamRow, moment
from doorward.server.people.erased import on_change, pseudonym_of, shown_number, without_erased

CATEGORY_NAMES: Final = {item.value: str(item.label) for item in Category}
SEVERITY_NAMES: Final = {item.value: str(item.label) for item in Severity}


def shown_event(row: EventRow) -> dict[str, object]:
    """An event as programs see it."""
    found = meaning(row.generation, row.code)
    return {
        "position": row.position,
        "kind": Kind.EVENT.value,
        "device": row.device_id,
        "origin": row.origin,
        "person": shown_number(row.person),
        "pseudonym": pseudonym_of(row.person),
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


def shown_happening(row: HappeningRow) -> dict[str, object]:
    """A happening as programs see it."""
    data: dict[str, Any] = json.loads(row.data)
    data = without_erased(data, *(("number",) if row.kind == Kind.PERSON else ()))
    return {
        "position": row.position,
        "kind": row.kind,
        "device": row.device_id,
        "at": row.at.isoformat(),
        **data,
    }


def kind_of(row: StreamRow) -> str:
    """What a line is about."""
    return row.kind if isinstance(row, HappeningRow) else Kind.EVENT.value


@lru_cache(maxsize=RING_SIZE)
def shown_text(row: StreamRow) -> str:
    """A line as JSON; made once for all readers."""
    shown = shown_happening(row) if isinstance(row, HappeningRow) else shown_event(row)
    return json.dumps(shown, ensure_ascii=False)


@lru_cache(maxsize=RING_SIZE)
def message(row: StreamRow) -> str:
    """A line as a message of server-sent events; made once for all readers."""
    return f"id: {row.position}\nevent: {kind_of(row)}\ndata: {shown_text(row)}\n\n"


# What was made for all readers names somebody who is to be named no more.
on_change(shown_text.cache_clear)
on_change(message.cache_clear)
