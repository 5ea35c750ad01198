"""What changed in the database since a backup was made."""

from __future__ import annotations

from typing import Final

from doorward.server.backup.reading import EVENTS, Snapshot, digest_of
from doorward.server.backup.records import Record

MOST_ROWS: Final = 50_000
"""Larger tables are compared by their number of rows alone."""


def changes_since(record: Record, held: Snapshot) -> list[str]:
    """What changed since, in words; empty when nothing did."""
    found: list[str] = []
    for shape in held.shapes:
        rows = held.count(shape)
        before = record.tables.get(shape.table)
        if before is None:
            if rows:
                found.append(f"{shape.model}: the table is new")
            continue
        if rows != before[0]:
            found.append(f"{shape.model}: {_difference(rows - before[0])}")
        elif shape.table != EVENTS and rows <= MOST_ROWS and digest_of(held.reader, shape)[1] != before[1]:
            found.append(f"{shape.model}: changed")
    if not found and held.position != record.position:
        found.append("positions of the stream were given out")
    return found


def _difference(rows: int) -> str:
    return f"{rows:,} rows more" if rows > 0 else f"{-rows:,} rows fewer"
