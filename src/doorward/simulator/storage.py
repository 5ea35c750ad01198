"""State that outlives the program: one database file for each device.

A change is kept when it happens; a program that is killed loses nothing that a client was told. (A power cut may lose
the last moments: the database does not wait for the disk at every change.)
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from doorward.model.errors import InvalidInput

SCHEMA_VERSION = 1
_LOCK_SECONDS = 0.2  # a second program on the same file is told soon
_SCHEMA = """
CREATE TABLE item (kind TEXT NOT NULL, number INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, number))
    WITHOUT ROWID;
CREATE TABLE log (number INTEGER PRIMARY KEY, record BLOB NOT NULL);
"""


class SqliteStore:
    """Keeps the state of one device in a file.

    Args:
        path: The file; made when it is not there.

    Raises:
        InvalidInput: The file is not such a database, another program uses it, or the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._depth = 0
        self._connection: sqlite3.Connection | None = None
        connection: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # a client may have enrolled real PINs and fingers
            connection = sqlite3.connect(path, isolation_level=None, timeout=_LOCK_SECONDS)
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._prepare(connection, path)
        except (sqlite3.Error, OSError) as error:
            if connection is not None:
                connection.close()
            raise InvalidInput(
                "state", str(path), f"a file of a virtual device that no other program uses ({error})"
            ) from error
        self._connection = connection

    @staticmethod
    def _prepare(connection: sqlite3.Connection, path: Path) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT")
        elif version != SCHEMA_VERSION:
            connection.close()
            raise InvalidInput("state", str(path), f"a file of version {SCHEMA_VERSION}, this one has {version}")
        # Takes the lock now, so that a second program on the same file is told at once.
        connection.executescript("BEGIN IMMEDIATE; COMMIT")

    @property
    def _database(self) -> sqlite3.Connection:
        assert self._connection is not None, "the store is closed"
        return self._connection

    def items(self, kind: str) -> dict[int, bytes]:
        """Everything of a kind."""
        rows = self._database.execute("SELECT number, value FROM item WHERE kind = ? ORDER BY number", (kind,))
        return dict(rows.fetchall())

    def put(self, kind: str, key: int, value: bytes) -> None:
        """Keep an item."""
        self._database.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?)", (kind, key, value))

    def remove(self, kind: str, key: int) -> None:
        """Forget an item."""
        self._database.execute("DELETE FROM item WHERE kind = ? AND number = ?", (kind, key))

    def clear(self, kind: str) -> None:
        """Forget a kind."""
        self._database.execute("DELETE FROM item WHERE kind = ?", (kind,))

    def append_log(self, first: int, records: Iterable[bytes]) -> None:
        """Keep log records."""
        self._database.executemany("INSERT OR REPLACE INTO log VALUES (?, ?)", enumerate(records, first))

    def trim_log(self, first: int) -> None:
        """Forget old log records."""
        self._database.execute("DELETE FROM log WHERE number < ?", (first,))

    def log(self) -> tuple[int, bytes]:
        """The log records and the number of the oldest."""
        rows = self._database.execute("SELECT number, record FROM log ORDER BY number").fetchall()
        return (rows[0][0] if rows else 0), b"".join(record for _, record in rows)

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Make the changes inside one; they are kept or dropped together."""
        if self._depth == 0:
            self._database.execute("BEGIN")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0 and self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0 and self._connection is not None:
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def device_file(folder: Path, device_id: int) -> Path:
    """The file of a device in a folder."""
    return folder / f"device-{device_id}.db"
