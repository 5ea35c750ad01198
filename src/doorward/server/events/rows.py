"""Event rows and their way into the table, for each kind of database."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from doorward.gateway.ledger import Proof
from doorward.server.events.catalogue import meaning
from doorward.server.events.live import EventRow
from doorward.server.events.models import Event

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

TABLE: Final = Event._meta.db_table
COLUMNS: Final = EventRow._fields
POSTGRESQL_TYPES: Final = (
    "bigint", "bigint", "bigint", "bigint", "int", "int", "int", "bigint", "int",
    "int", "timestamptz", "timestamptz", "smallint", "smallint", "smallint", "bytea",
)  # fmt: skip

# Only an equal key is passed over: any other conflict is a fault that must not look like a row that was there already.
IF_NEW: Final = "ON CONFLICT (origin, local_time, code, sub_code, attendance_key, person, ordinal) DO NOTHING"
SQLITE_INSERT: Final = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) {IF_NEW}"  # noqa: S608 - names are ours
SQLITE_FOUND: Final = f"SELECT position FROM {TABLE} WHERE position BETWEEN ? AND ?"  # noqa: S608 - names are ours
POSTGRESQL_INSERT: Final = (
    f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) SELECT * FROM unnest("  # noqa: S608 - names are ours
    + ", ".join(f"%s::{kind}[]" for kind in POSTGRESQL_TYPES)
    + f") {IF_NEW} RETURNING position"
)


@lru_cache(maxsize=65536)
def _sqlite_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


@lru_cache(maxsize=1024)
def _sqlite_moment(seconds: float) -> str:
    # As Django writes a moment into SQLite: without a zone, microseconds only where there are some.
    return str(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None))


def _postgresql_moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def moment_kinds(vendor: str) -> tuple[Callable[[int], str | datetime], Callable[[float], str | datetime]]:
    """How a database takes whole seconds and moments."""
    if vendor == "sqlite":
        return _sqlite_second, _sqlite_moment
    return _postgresql_moment, _postgresql_moment


class RowMaker:
    """Makes rows of proofs.

    Args:
        vendor: Kind of the database.
    """

    def __init__(self, vendor: str) -> None:
        self._second, self._moment = moment_kinds(vendor)
        self._kinds: dict[tuple[int, int], tuple[int, int]] = {}

    def add(
        self, rows: list[EventRow], proofs: Sequence[Proof], received_at: float, generation: int, before: int
    ) -> None:
        """Add the rows of one submission.

        Args:
            rows: Takes them.
            proofs: The proofs.
            received_at: When they arrived, in seconds since 1970 in UTC.
            generation: Of the device that gave them.
            before: The position before that of the first row in ``rows``.
        """
        position = before + len(rows)
        received = self._moment(received_at)
        second, kinds, new, append = self._second, self._kinds, tuple.__new__, rows.append
        for (origin, event, sub_event, attendance_key, local, user), ordinal, record, slot, reported_by, utc in proofs:
            kind = kinds.get((generation, event))
            if kind is None:
                found = meaning(generation, event)
                kind = kinds[generation, event] = (found.category, found.severity)
            position += 1
            append(
                new(
                    EventRow,
                    (
                        position, reported_by, origin, local, event, sub_event, attendance_key, user, ordinal,
                        slot, second(utc), received, *kind, generation, record,
                    ),
                )
            )  # fmt: skip


def insert_sqlite(connection: BaseDatabaseWrapper, rows: list[EventRow]) -> set[int] | None:
    """Insert what is not there; gives the positions of the new rows, None for all."""
    # The driver's own connection: Django would rewrite the statement and gains nothing here.
    with connection.wrap_database_errors:
        done = connection.connection.executemany(SQLITE_INSERT, rows)
        if done.rowcount == len(rows):
            return None
        if done.rowcount == 0:
            return set()
        found = connection.connection.execute(SQLITE_FOUND, (rows[0][0], rows[-1][0]))
        return {position for (position,) in found}


def insert_postgresql(connection: BaseDatabaseWrapper, rows: list[EventRow]) -> set[int] | None:
    """Insert what is not there; gives the positions of the new rows, None for all."""
    import psycopg  # noqa: PLC0415 - only there where PostgreSQL is used

    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(POSTGRESQL_INSERT, [list(column) for column in zip(*rows, strict=True)])
        found = {position for (position,) in cursor.fetchall()}
    return None if len(found) == len(rows) else found


INSERTS: Final = MappingProxyType({"sqlite": insert_sqlite, "postgresql": insert_postgresql})
