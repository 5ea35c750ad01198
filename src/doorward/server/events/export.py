"""Events as files: lines of CSV for spreadsheets, lines of JSON for programs, made piece by piece."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

from asgiref.sync import sync_to_async
from django.db import connection

from doorward.server.devices.models import Device
from doorward.server.events.live import EventRow
from doorward.server.events.search import EventQuery, chunks
from doorward.server.events.shapes import shown_event
from doorward.server.operators.access import Access
from doorward.server.people.erased import pseudonym_of
from doorward.server.people.names import person_names

CSV: Final = "csv"
JSON_LINES: Final = "jsonl"
CONTENT_TYPES: Final = {CSV: "text/csv; charset=utf-8", JSON_LINES: "application/x-ndjson"}

COLUMNS: Final = (
    "utc", "device_time", "origin", "device_name", "person", "person_name", "name", "words", "how", "category",
    "severity", "code", "sub_code", "attendance_key", "received", "device", "position",
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


class Names:
    """What a file calls devices and people; each person is looked up once, those of a piece together.

    Args:
        access: What the one who gets the file may do. Without the right to see people they stay without names.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._devices = device_names()
        self._people: dict[int, str] = {}

    def learn(self, rows: Sequence[EventRow]) -> None:
        """Look up the people of a piece before it is written; uses the database."""
        unknown = {row.person for row in rows} - self._people.keys()
        if unknown:
            self._people |= dict.fromkeys(unknown, "") | person_names(unknown, self._access)

    def device(self, number: int) -> str:
        """What people call a device; empty where it has no name."""
        return self._devices.get(number, "")

    def person(self, number: int) -> str:
        """The name of a person; empty for one without a name, for one who was erased, and for who may not see it."""
        # Somebody may be erased while the file is written.
        return "" if pseudonym_of(number) else self._people.get(number, "")


def _shown(row: EventRow, names: Names) -> dict[str, object]:
    return {**shown_event(row), "device_name": names.device(row.origin), "person_name": names.person(row.person)}


def csv_lines(rows: Sequence[EventRow], names: Names) -> str:
    """Rows as lines of CSV."""
    names.learn(rows)
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        shown = _shown(row, names)
        shown["person"] = shown["pseudonym"] or shown["person"]
        writer.writerow([harmless(shown[column]) for column in COLUMNS])
    return text.getvalue()


def json_lines(rows: Sequence[EventRow], names: Names) -> str:
    """Rows as lines of JSON."""
    names.learn(rows)
    return "".join(json.dumps(_shown(row, names), ensure_ascii=False) + "\n" for row in rows)


def heading(kind: str) -> str:
    """What a file begins with. The mark at its beginning lets spreadsheets read it as UTF-8."""
    return "\ufeff" + ",".join(COLUMNS) + "\r\n" if kind == CSV else ""


async def streamed(query: EventQuery, kind: str, access: Access) -> AsyncIterator[str]:
    """A whole file, piece by piece; a reader that goes away ends it."""
    yield heading(kind)
    lines = csv_lines if kind == CSV else json_lines
    source: Iterator[list[EventRow]] = chunks(query)
    names: Names | None = None

    def piece() -> str | None:
        nonlocal names
        try:
            if names is None:
                names = Names(access)
            rows = next(source, None)
            return None if rows is None else lines(rows, names)
        finally:
            # A thread of the pool serves somebody else next; what it leaves open nobody would close.
            connection.close()

    in_pool = sync_to_async(piece, thread_sensitive=False)
    while (text := await in_pool()) is not None:
        yield text
