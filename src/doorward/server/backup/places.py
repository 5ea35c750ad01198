"""Where a backup is restored: a new SQLite file that takes its place when it is proven, or an empty PostgreSQL.

Whatever goes wrong on the way, the place is afterwards as it was before.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.utils import DatabaseError, InterfaceError

from doorward.server.backup.archive import sync_folder
from doorward.server.backup.errors import NotEmpty, RestoreFailed
from doorward.server.backup.reading import quoted
from doorward.server.database import explain, free_bytes
from doorward.server.database_url import DatabaseTarget, parse_database_url
from doorward.server.errors import DatabaseUnusable
from doorward.server.system.services import require_stopped

RESTORING: Final = ".restoring"
COMPANIONS: Final = ("-wal", "-shm", "-journal")
QUICK: Final = "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON; PRAGMA cache_size=-64000"
"""Of a file that is thrown away when anything goes wrong; it is synced as a whole before it takes its place."""
MOST_NAMES: Final = 5


class Place(Protocol):
    """Where a backup is restored."""

    def contents(self) -> str:
        """What is there already, in words; empty when nothing is.

        Raises:
            ServerRuns: A server uses it.
            DatabaseUnusable: It cannot be looked at.
        """
        ...

    def require_room(self, size: int) -> None:
        """Make sure that so many bytes of rows have room, as far as this can be seen from here.

        Raises:
            RestoreFailed: They have not.
        """
        ...

    def fresh(self, *, replace: bool) -> contextlib.AbstractContextManager[None]:
        """An empty database as Django's own; it is in its place, with what was there kept aside, after the block.

        Args:
            replace: Whether something may be there.

        Raises:
            NotEmpty: Something is there, and may not; or it cannot be kept aside.
            ServerRuns: A server has begun to use it meanwhile.
        """
        ...

    @property
    def aside(self) -> str:
        """Where what was there before is kept now; empty when there was nothing."""
        ...


def place_of_database(target: DatabaseTarget) -> Place:
    """The place of a database."""
    return SqlitePlace(target) if target.vendor == "sqlite" else PostgresqlPlace(target)


def stamp() -> str:
    """This moment as part of a name."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}"


@contextlib.contextmanager
def default_database(django: dict[str, Any]) -> Iterator[None]:
    """Let Django's own database be another one for a while; commands do this, never a server."""
    before = connections.databases[DEFAULT_DB_ALIAS]
    _forget_connection()
    connections.databases[DEFAULT_DB_ALIAS] = connections.configure_settings({DEFAULT_DB_ALIAS: django})[
        DEFAULT_DB_ALIAS
    ]
    try:
        yield
    finally:
        _forget_connection()
        connections.databases[DEFAULT_DB_ALIAS] = before


def _forget_connection() -> None:
    ContentType.objects.clear_cache()
    connections[DEFAULT_DB_ALIAS].close()
    del connections[DEFAULT_DB_ALIAS]


def meanwhile(there: str) -> NotEmpty:
    """The refusal of a place that was empty at first."""
    return NotEmpty(
        f"While the backup was looked at, {there} came into being.", advice="Stop whatever made it. It was not touched."
    )


class SqlitePlace:
    """The place of an SQLite file.

    Args:
        target: The database.
    """

    def __init__(self, target: DatabaseTarget) -> None:
        self._target = target
        self._path = Path(target.name)
        self.aside = ""

    def contents(self) -> str:
        """See ``Place``."""
        there = [path for path in self._files() if path.exists() and path.stat().st_size]
        if not there:
            return ""
        if self._path in there:
            with contextlib.suppress(DatabaseError, DatabaseUnusable):  # a damaged file may be replaced
                require_stopped()
            _forget_connection()
        return f"the database {self._path}" if self._path in there else f"the file {there[0]}"

    def _files(self) -> list[Path]:
        return [self._path, *(self._path.with_name(self._path.name + ending) for ending in COMPANIONS)]

    def require_room(self, size: int) -> None:
        """See ``Place``."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = free_bytes(self._target) or 0
        # Rows take less in the file than as text, their indexes about as much again.
        if free < 2 * size:
            raise RestoreFailed(
                f"The disk of {self._path.parent} has too little room: {free // 1_000_000:,} MB are free, about "
                f"{2 * size // 1_000_000 + 1:,} MB are needed.",
                advice="Make room and restore again. Nothing was changed.",
            )

    @contextlib.contextmanager
    def fresh(self, *, replace: bool) -> Iterator[None]:
        """See ``Place``."""
        new = self._path.with_name(self._path.name + RESTORING)
        django = parse_database_url(f"sqlite:///{new.as_posix()}").django
        django["OPTIONS"]["init_command"] = QUICK
        _remove(new)
        try:
            os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with default_database(django):
                yield
            handle = os.open(new, os.O_RDWR)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            if (there := self.contents()) and not replace:
                raise meanwhile(there)
            self._put_in_place(new)
        finally:
            _remove(new)

    def _put_in_place(self, new: Path) -> None:
        folder = self._path.parent
        there = [path for path in self._files() if path.exists()]
        if any(path.stat().st_size for path in there):
            kept = f"{self._path.name}.before-{stamp()}"
            # The companions first: a new file beside an old write-ahead log would be taken for its database.
            for path in reversed(there):
                path.replace(folder / path.name.replace(self._path.name, kept, 1))
            sync_folder(folder)
            self.aside = f"the database as it was is kept in {folder / kept}"
        else:
            for path in there:
                path.unlink()
        new.replace(self._path)
        sync_folder(folder)


def _remove(path: Path) -> None:
    for name in (path.name, *(path.name + ending for ending in COMPANIONS)):
        path.with_name(name).unlink(missing_ok=True)


class PostgresqlPlace:
    """The place of a PostgreSQL database: everything happens in one transaction.

    Args:
        target: The database.
    """

    def __init__(self, target: DatabaseTarget) -> None:
        self._target = target
        self.aside = ""

    def contents(self) -> str:
        """See ``Place``."""
        try:
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                names = connections[DEFAULT_DB_ALIAS].introspection.table_names(cursor)
        except (DatabaseError, InterfaceError) as error:
            raise explain(error, self._target) from error
        if not names:
            return ""
        if "system_serverrun" in names:
            require_stopped()
        more = "" if len(names) <= MOST_NAMES else ", ..."
        return f"{len(names)} tables ({', '.join(sorted(names)[:MOST_NAMES])}{more}) in the {self._target.words}"

    def require_room(self, size: int) -> None:
        """See ``Place``; nobody sees the disk of a database server from here."""
        del size

    @contextlib.contextmanager
    def fresh(self, *, replace: bool) -> Iterator[None]:
        """See ``Place``."""
        with default_database(self._target.django), transaction.atomic():
            schema = self._move_aside(replace=replace)
            yield
        if schema:
            self.aside = f"the tables as they were are kept in the schema {schema} of the same database"

    def _move_aside(self, *, replace: bool) -> str:
        connection = connections[DEFAULT_DB_ALIAS]
        if not (there := self.contents()):
            return ""
        if not replace:
            raise meanwhile(there)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            (schema,) = cursor.fetchone()
            kept = f"{schema}_before_{stamp().replace('-', '_')}"
            try:
                cursor.execute(f"ALTER SCHEMA {quoted(schema)} RENAME TO {quoted(kept)}")
                cursor.execute(f"CREATE SCHEMA {quoted(schema)}")
            except DatabaseError as error:
                raise NotEmpty(
                    f"The tables that are there cannot be kept aside: {str(error).strip().splitlines()[0]}.",
                    advice="Make an empty database (createdb), name it in database.url, and restore into that one.",
                ) from None
            return kept
