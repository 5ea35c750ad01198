"""Reading tables in their common form, and the one moment of the database that a backup shows.

SQLite: a transaction that reads sees what was committed when it began, and in WAL mode keeps nobody from writing.
PostgreSQL: ``REPEATABLE READ``, with a lock on the tables that only hinders their removal.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

from django.db import connections
from django.db.utils import DatabaseError

from doorward.server.backup.errors import BackupFailed
from doorward.server.backup.kinds import POSTGRESQL_EXPRESSIONS, POSTGRESQL_OUT, SQLITE_OUT, Kind, convert
from doorward.server.backup.tables import Migration, Shape, applied_migrations, shapes_at
from doorward.server.database import explain
from doorward.server.events.models import Event, StreamPosition
from doorward.server.events.months import Month

if TYPE_CHECKING:
    from psycopg import Connection as PostgresqlConnection

CHUNK: Final = 1000
MIGRATIONS_TABLE: Final = "django_migrations"
EVENTS: Final = Event._meta.db_table
POSITION: Final = StreamPosition._meta.db_table
PLAUSIBLE: Final = (Month(2000, 1).start, Month(2100, 1).start)
"""Seconds of a device's clock between which a month may get a partition of its own."""

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Reader(Protocol):
    """Reads a database."""

    def rows(self, shape: Shape) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a table in the order of its key, some at a time, in their common form."""
        ...

    def one(self, sql: str) -> Any:
        """The first value of the first row of a query; None when there is none."""
        ...

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a small query."""
        ...

    def last_number(self, shape: Shape) -> int | None:
        """The last number that the database gave to a row of a table; None where it gives none."""
        ...

    def months(self) -> list[Month]:
        """The months of the devices' clocks in which there are events."""
        ...


def quoted(name: str) -> str:
    """A name as either database takes it."""
    return '"' + name.replace('"', '""') + '"'


def lines(rows: list[tuple[Any, ...]]) -> bytes:
    """Rows as lines of JSON."""
    return ("\n".join(map(_encode, rows)) + "\n").encode() if rows else b""


def digest_of(reader: Reader, shape: Shape, told: Callable[[int], None] = lambda _: None) -> tuple[int, str]:
    """The number of rows of a table and the SHA-256 of their lines.

    Args:
        reader: The database.
        shape: The table.
        told: Told how many rows were read since.
    """
    count, digest = 0, hashlib.sha256()
    for rows in reader.rows(shape):
        digest.update(lines(rows))
        count += len(rows)
        told(len(rows))
    return count, digest.hexdigest()


class SqliteReader:
    """Reads an SQLite database.

    Args:
        connection: A connection that gives values as they are stored.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, shape: Shape) -> Iterator[list[tuple[Any, ...]]]:
        """See ``Reader``."""
        names = ", ".join(quoted(column.name) for column in shape.columns)
        cursor = self._connection.execute(
            f"SELECT {names} FROM {quoted(shape.table)} ORDER BY {quoted(shape.key)}"  # noqa: S608 - names are quoted
        )
        converters = [SQLITE_OUT.get(column.kind) for column in shape.columns]
        with contextlib.closing(cursor):
            while rows := cursor.fetchmany(CHUNK):
                yield convert(rows, converters)

    def one(self, sql: str) -> Any:
        """See ``Reader``."""
        row = self._connection.execute(sql).fetchone()
        return None if row is None else row[0]

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """See ``Reader``."""
        return self._connection.execute(sql).fetchall()

    def last_number(self, shape: Shape) -> int | None:
        """See ``Reader``."""
        if not shape.numbered:
            return None
        found = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (shape.table,)).fetchone()
        return None if found is None else int(found[0])

    def months(self) -> list[Month]:
        """See ``Reader``."""
        return _months(
            self.all(
                f"SELECT DISTINCT strftime('%Y-%m', local_time, 'unixepoch') FROM {EVENTS} "  # noqa: S608 - names are ours
                f"WHERE local_time >= {PLAUSIBLE[0]} AND local_time < {PLAUSIBLE[1]}"
            )
        )


class PostgresqlReader:
    """Reads a PostgreSQL database.

    Args:
        connection: The driver's own connection.
    """

    def __init__(self, connection: PostgresqlConnection[Any]) -> None:
        self._connection = connection

    def rows(self, shape: Shape) -> Iterator[list[tuple[Any, ...]]]:
        """See ``Reader``."""
        import psycopg  # noqa: PLC0415 - only there where PostgreSQL is used

        names = [quoted(column.name) for column in shape.columns]
        expressions = [POSTGRESQL_EXPRESSIONS[column.kind] for column in shape.columns]
        selected = ", ".join(form.format(name) for name, (form, _) in zip(names, expressions, strict=True))
        key = next(column for column in shape.columns if column.name == shape.key)
        # The order of texts depends on the database; everywhere else it is the order of their bytes.
        order = quoted(shape.key) + (' COLLATE "C"' if key.kind is Kind.TEXT else "")
        converters = [POSTGRESQL_OUT.get(column.kind) for column in shape.columns]
        with psycopg.Cursor(self._connection) as cursor:
            query = f"SELECT {selected} FROM {quoted(shape.table)} ORDER BY {order}"  # noqa: S608 - names are quoted
            with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)".encode()) as copy:
                copy.set_types([kind for _, kind in expressions])
                found: list[tuple[Any, ...]] = []
                for row in copy.rows():
                    found.append(row)
                    if len(found) >= CHUNK:
                        yield convert(found, converters)
                        found = []
                if found:
                    yield convert(found, converters)

    def one(self, sql: str) -> Any:
        """See ``Reader``."""
        rows = self.all(sql)
        return rows[0][0] if rows else None

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """See ``Reader``."""
        import psycopg  # noqa: PLC0415 - only there where PostgreSQL is used

        with psycopg.Cursor(self._connection) as cursor:
            return cursor.execute(sql.encode()).fetchall()

    def last_number(self, shape: Shape) -> int | None:
        """See ``Reader``."""
        if not shape.numbered:
            return None
        table = quoted(shape.table).replace("'", "''")
        sequence = self.one(f"SELECT pg_get_serial_sequence('{table}', '{shape.key}')")
        if sequence is None:
            return None
        ((last, called),) = self.all(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608 - PostgreSQL quoted it
        return int(last) if called else None

    def months(self) -> list[Month]:
        """See ``Reader``."""
        return _months(
            self.all(
                f"SELECT DISTINCT to_char(to_timestamp(local_time) AT TIME ZONE 'UTC', 'YYYY-MM') FROM {EVENTS} "  # noqa: S608 - names are ours
                f"WHERE local_time >= {PLAUSIBLE[0]} AND local_time < {PLAUSIBLE[1]}"
            )
        )


def _months(rows: list[tuple[Any, ...]]) -> list[Month]:
    return sorted(Month(int(text[:4]), int(text[5:7])) for (text,) in rows)


class Snapshot:
    """One moment of the database.

    Attributes:
        reader: Reads it.
        migrations: The migrations that the database had gone through.
        shapes: The tables.
    """

    def __init__(self, reader: Reader, migrations: frozenset[Migration], shapes: tuple[Shape, ...]) -> None:
        self.reader = reader
        self.migrations = migrations
        self.shapes = shapes

    @property
    def position(self) -> int:
        """The last position of the stream."""
        if not any(shape.table == POSITION for shape in self.shapes):
            return 0
        return int(self.reader.one(f"SELECT last FROM {POSITION} ORDER BY id LIMIT 1") or 0)  # noqa: S608 - names are ours

    def count(self, shape: Shape) -> int:
        """The number of rows of a table."""
        return int(self.reader.one(f"SELECT count(*) FROM {quoted(shape.table)}"))  # noqa: S608 - names are quoted

    def months(self) -> list[Month]:
        """The months of the devices' clocks in which there are events."""
        return self.reader.months() if any(shape.table == EVENTS for shape in self.shapes) else []


@contextlib.contextmanager
def snapshot(alias: str = "default") -> Iterator[Snapshot]:
    """Hold one moment of a database, while others go on writing.

    Raises:
        DatabaseUnusable: It cannot be read.
        DatabaseNewer: A newer version has changed it.
        BackupFailed: It is being brought to another version at this moment.
    """
    try:
        migrations = applied_migrations(alias)
        shapes = shapes_at(migrations)
        opened = open_sqlite if connections[alias].vendor == "sqlite" else open_postgresql
        with opened(alias, shapes) as reader:
            held = {(str(app), str(name)) for app, name in reader.all(f"SELECT app, name FROM {MIGRATIONS_TABLE}")}  # noqa: S608 - a constant
            apps = {app for app, _ in migrations}
            if {key for key in held if key[0] in apps} != migrations:
                raise BackupFailed(
                    "The database is being brought to another version at this moment.",
                    advice="Do it again when the server is up.",
                )
            yield Snapshot(reader, migrations, shapes)
    except (DatabaseError, sqlite3.Error) as error:
        raise explain(error) from error


@contextlib.contextmanager
def open_sqlite(alias: str, _shapes: tuple[Shape, ...] = ()) -> Iterator[SqliteReader]:
    """Read an SQLite database, in one transaction."""
    wanted = connections[alias].settings_dict
    # A connection of our own: Django's would turn moments into objects.
    with contextlib.closing(
        sqlite3.connect(str(wanted["NAME"]), timeout=wanted["OPTIONS"]["timeout"], isolation_level=None)
    ) as connection:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA cache_size=-32000")
        connection.execute("BEGIN")
        # The moment is held from the first look on.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield SqliteReader(connection)
        connection.execute("ROLLBACK")


@contextlib.contextmanager
def open_postgresql(alias: str, shapes: tuple[Shape, ...] = ()) -> Iterator[PostgresqlReader]:
    """Read a PostgreSQL database, in one transaction."""
    own: Any = connections[alias].copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if shapes:
                # Before the first look: a partition that retention drops after it would be missing.
                names = ", ".join(quoted(shape.table) for shape in shapes)
                cursor.execute(f"LOCK TABLE {names} IN ACCESS SHARE MODE")
        yield PostgresqlReader(own.connection)
    except Exception as error:
        with own.wrap_database_errors:  # the driver's errors as Django's
            raise error  # noqa: TRY201 - for the wrapper to see
    finally:
        own.close()
