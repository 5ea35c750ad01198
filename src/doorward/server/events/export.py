"""Events as files: lines of CSV for spreadsheets, lines of JSON for programs, made piece by piece."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final

from asgiref.sync import sync_to_async
from django.db import connection

from doorward.server.devices.models import Device
from doorward.server.events.live import EventRow
from doorward.server.events.search import EventQuery, chunks
from doorward.server.events.shapes import shown_event

CSV: Final = "csv"
JSON_LINES: Final = "jsonl"
CONTENT_TYPES: Final = {CSV: "text/csv; charset=utf-8", JSON_LINES: "application/x-ndjson"}

COLUMNS: Final = (
    "utc", "device_time", "origin", "device_name", "person", "name", "words", "how", "category", "severity", "code",
    "sub_code", "attendance_key", "received", "device", "position",
)  # fmt: skip

FORMULA_BEGINS: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: object) -> object:
    """A value that no spreadsheet takes for a formula, whatever somebody named a device."""
    if isinstance(value, str) and value.startswith(FORMULA_BEGINS):
        return f"'{value}"
    return value


def device_names() -> dict[int, str]:
    """What people call each device."""
    return dict(Device.objects.exclude(name="").values_list("pk", "name"))


def csv_lines(rows: Iterable[EventRow], names: dict[int, str]) -> str:
    """Rows as lines of CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        shown = {**shown_event(row), "device_name": names.get(row.origin, "")}
        shown["person"] = shown["pseudonym"] or shown["person"]
        writer.writerow([harmless(shown[column]) for column in COLUMNS])
    return text.getvalue()


def json_lines(rows: Iterable[EventRow], names: dict[int, str]) -> str:
    """Rows as lines of JSON."""
    return "".join(
        json.dumps({**shown_event(row), "device_name": names.get(row.origin, "")}, ensure_ascii=False) + "\n"
        for row in rows
    )


def heading(kind: str) -> str:
    """What a file begins with. The mark at its beginning lets spreadsheets read it as UTF-8."""
    return "\ufeff" + ",".join(COLUMNS) + "\r\n" if kind == CSV else ""


async def streamed(query: EventQuery, kind: str) -> AsyncIterator[str]:
    """A whole file, piece by piece; a reader that goes away ends it."""
    yield heading(kind)
    lines = csv_lines if kind == CSV else json_lines
    source: Iterator[list[EventRow]] = chunks(query)
    names: dict[int, str] | None = None

    def piece() -> str | None:
        nonlocal names
        try:
            if names is None:
                names = device_names()
            rows = next(source, None)
            return None if rows is None else lines(rows, names)
        finally:
            # A thread of the pool serves somebody else next; what it leaves open nobody would close.
            connection.close()

    in_pool = sync_to_async(piece, thread_sensitive=False)
    while (text := await in_pool()) is not None:
        yield text
