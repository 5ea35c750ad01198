"""Filling an empty database from a backup: its own migrations, its rows, and the proof that they are the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from doorward.server.backup.errors import DamagedBackup, RestoreFailed
from doorward.server.backup.kinds import POSTGRESQL_IN, SQLITE_IN, convert
from doorward.server.backup.progress import Told
from doorward.server.backup.reading import EVENTS, PostgresqlReader, Reader, digest_of, open_sqlite, quoted
from doorward.server.backup.tables import Migration, Shape, shapes_at
from doorward.server.events.months import Month
from doorward.server.events.partitions import make_partitions

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from doorward.server.backup.archive import ArchiveReader
    from doorward.server.backup.manifest import Manifest, Table


def check_shapes(manifest: Manifest) -> None:
    """Make sure that the tables of a backup are those which its migrations make.

    Raises:
        DamagedBackup: They are not.
    """
    expected = {shape.table: shape for shape in shapes_at(manifest.migrations)}
    given = {table.shape.table: table.shape for table in manifest.tables}
    # A version may leave out more, or less, than another; what is there has to fit.
    wrong = sorted(name for name, shape in given.items() if expected.get(name) != shape)
    lacking = sorted(
        name for name, shape in expected.items() if name not in given and shape.model not in manifest.left_out
    )
    if wrong or lacking:
        raise DamagedBackup(f"The tables of the backup are not those of its version: {', '.join(wrong + lacking)}.")


def migrate_to(applied: Iterable[Migration]) -> None:
    """Bring an empty database to some migrations, and no further."""
    wanted = set(applied)
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    leaves = executor.loader.graph.leaf_nodes()
    plan = [
        (migration, False)
        for migration, _ in executor.migration_plan(leaves, clean_start=True)
        if (migration.app_label, migration.name) in wanted
    ]
    executor.migrate(leaves, plan=plan)


def load_tables(archive: ArchiveReader, manifest: Manifest, told: Told) -> None:
    """Fill the tables; what migrations put there by themselves gives way to the rows of the backup.

    Raises:
        DamagedBackup: A line is not a row of its table.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    _make_months(manifest)
    load = _load_sqlite if connection.vendor == "sqlite" else _load_postgresql
    done = 0
    # A row may come before the one that it refers to; all are looked at together afterwards.
    with connection.constraint_checks_disabled():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # The migrations of this transaction may have left some of them immediate.
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in manifest.tables:
            _empty(connection, table.shape)
        for table in manifest.tables:
            for count in load(connection, table.shape, _rows(archive, table)):
                done += count
                told(f"Table {table.shape.model}", done, manifest.rows)
    connection.check_constraints()
    for table in manifest.tables:
        if table.last_number is not None:
            _set_number(connection, table.shape, table.last_number)


def _empty(connection: BaseDatabaseWrapper, shape: Shape) -> None:
    name = quoted(shape.table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {name} LIMIT 1")  # noqa: S608 - names are quoted
        if cursor.fetchone() is not None:
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 - names are quoted


def _make_months(manifest: Manifest) -> None:
    if not any(table.shape.table == EVENTS for table in manifest.tables):
        return
    for text in manifest.months:
        # From the month before to the one before: that one alone.
        make_partitions(Month(int(text[:4]), int(text[5:])).plus(1), -1)


def _rows(archive: ArchiveReader, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    width = len(table.shape.columns)
    for found in archive.lines(table.member):
        try:
            rows = [tuple(json.loads(line)) for line in found]
        except (ValueError, TypeError) as error:
            raise DamagedBackup(f"A line of {table.member} is no row: {error}.") from None
        if any(len(row) != width for row in rows):
            raise DamagedBackup(f"A line of {table.member} has another number of values than the table.")
        yield rows


def _load_sqlite(
    connection: BaseDatabaseWrapper, shape: Shape, chunks: Iterator[list[tuple[Any, ...]]]
) -> Iterator[int]:
    names = ", ".join(quoted(column.name) for column in shape.columns)
    places = ", ".join("?" * len(shape.columns))
    statement = f"INSERT INTO {quoted(shape.table)} ({names}) VALUES ({places})"  # noqa: S608 - names are quoted
    converters = [SQLITE_IN.get(column.kind) for column in shape.columns]
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors:
        raw.execute("BEGIN")
        for rows in chunks:
            raw.executemany(statement, convert(rows, converters))
            yield len(rows)
        raw.execute("COMMIT")


def _load_postgresql(
    connection: BaseDatabaseWrapper, shape: Shape, chunks: Iterator[list[tuple[Any, ...]]]
) -> Iterator[int]:
    import psycopg  # noqa: PLC0415 - only there where PostgreSQL is used

    names = ", ".join(quoted(column.name) for column in shape.columns)
    converters = [POSTGRESQL_IN.get(column.kind) for column in shape.columns]
    connection.ensure_connection()
    statement = f"COPY {quoted(shape.table)} ({names}) FROM STDIN".encode()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
        cursor.copy(statement) as copy,
    ):
        for rows in chunks:
            for row in convert(rows, converters):
                copy.write_row(row)
            yield len(rows)


def _set_number(connection: BaseDatabaseWrapper, shape: Shape, last: int) -> None:
    """Let the database go on numbering where it was, also where the last rows are gone."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last, shape.table])
            if not cursor.rowcount:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [shape.table, last])
        elif last > 0:
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [quoted(shape.table), shape.key, last])


def prove(manifest: Manifest, told: Told) -> None:
    """Read everything back and compare it with the backup.

    Raises:
        RestoreFailed: Something differs.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        with open_sqlite(DEFAULT_DB_ALIAS) as reader:
            _compare(reader, manifest, told)
        return
    connection.ensure_connection()
    with connection.wrap_database_errors:
        _compare(PostgresqlReader(connection.connection), manifest, told)


def _compare(reader: Reader, manifest: Manifest, told: Told) -> None:
    done = 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        told("Comparing with the backup", done, manifest.rows)

    for table in manifest.tables:
        found = digest_of(reader, table.shape, read)
        if found != (table.rows, table.sha256):
            raise RestoreFailed(
                f"The table {table.shape.table} is not as in the backup after it was filled "
                f"({found[0]} rows, {table.rows} expected).",
                advice="Nothing was put in place. This is a fault of Doorward or of the database; report it.",
            )
