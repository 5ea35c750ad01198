"""What an agent keeps on disk while its line is cut: how far each log was read, and what was read since.

It is bounded. When it is full nothing more is read: the devices keep their logs themselves, as far as those reach.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from doorward.model.errors import DoorwardError, InvalidFile
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.tunnel.messages import KeepLog, Kept, KeptHead
from doorward.protocol.tunnel.reach import Reach
from doorward.protocol.tunnel.values import from_json, to_json

OVERHEAD: Final = 200
"""Bytes that a part costs beside its records."""

_FILE: Final = "spool.sqlite3"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS positions (device INTEGER PRIMARY KEY, position BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS parts (
    place INTEGER PRIMARY KEY AUTOINCREMENT, device INTEGER NOT NULL, head BLOB NOT NULL, content BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS parts_of_device ON parts (device, place);
CREATE TABLE IF NOT EXISTS settings (one INTEGER PRIMARY KEY CHECK (one = 1), reach BLOB NOT NULL);
"""


class SpoolFull(DoorwardError):
    """The spool holds as much as it may."""

    default_advice = "Bring the line to the server back, or give the agent more room with --spool-megabytes."


class Spool:
    """The spool of one agent. Its methods block for the disk, and are called by one thread at a time.

    Args:
        folder: Where it lies; made when it is not there.
        most_bytes: Most that it holds.

    Raises:
        InvalidFile: It cannot be opened.
    """

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._most = most_bytes
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._database = sqlite3.connect(folder / _FILE, isolation_level=None, check_same_thread=False)
            (folder / _FILE).chmod(0o600)
            self._database.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")
        except (OSError, sqlite3.Error) as error:
            raise InvalidFile(
                f"The agent cannot keep anything in {folder}: {error}.",
                advice="Give its user that folder, or name another one with --spool.",
            ) from error
        self._held = self._measure()

    def close(self) -> None:
        """Close it."""
        self._database.close()

    # --- How far logs were read --------------------------------------------------------------------------------------

    def reach(self) -> Reach | None:
        """What the server allowed last; None before it said anything."""
        row = self._database.execute("SELECT reach FROM settings").fetchone()
        try:
            return None if row is None else from_json(Reach, row[0])
        except RemoteProtocolError:  # of a version that wrote it otherwise
            return None

    def set_reach(self, reach: Reach) -> None:
        """Note what the server allows."""
        with self._transaction() as database:
            database.execute("INSERT OR REPLACE INTO settings VALUES (1, ?)", (to_json(reach),))

    def positions(self) -> dict[int, KeepLog]:
        """How far the log of each device was read."""
        found = {}
        for device, content in self._database.execute("SELECT device, position FROM positions"):
            try:
                found[int(device)] = from_json(KeepLog, content)
            except RemoteProtocolError:
                continue
        return found

    def set_position(self, position: KeepLog) -> None:
        """Note how far a log was read."""
        with self._transaction() as database:
            self._set_position(database, position)

    def forget(self, device_id: int) -> None:
        """Forget a device and what was kept of it."""
        with self._transaction() as database:
            database.execute("DELETE FROM positions WHERE device = ?", (device_id,))
            database.execute("DELETE FROM parts WHERE device = ?", (device_id,))
        self._held = self._measure()

    # --- What was read -----------------------------------------------------------------------------------------------

    def devices(self) -> tuple[int, ...]:
        """Devices of which something waits."""
        rows = self._database.execute("SELECT DISTINCT device FROM parts ORDER BY device").fetchall()
        return tuple(int(row[0]) for row in rows)

    def add(self, device_id: int, parts: list[tuple[KeptHead, bytes]], position: KeepLog) -> None:
        """Keep the parts of one reading and how far it came, all or nothing.

        Raises:
            SpoolFull: There is no room for them; nothing was kept.
        """
        size = sum(len(content) + OVERHEAD for _, content in parts)
        if self._held + size > self._most:
            raise SpoolFull(f"The agent keeps {self._held // 1024} KiB already, and may keep {self._most // 1024} KiB.")
        with self._transaction() as database:
            for head, content in parts:
                database.execute(
                    "INSERT INTO parts (device, head, content) VALUES (?, ?, ?)", (device_id, to_json(head), content)
                )
            self._set_position(database, position)
        self._held += size

    def next_part(self, device_id: int, after: int) -> Kept:
        """The first part behind a place; those up to it are forgotten. An empty one at the end."""
        if after:
            with self._transaction() as database:
                database.execute("DELETE FROM parts WHERE device = ? AND place <= ?", (device_id, after))
            self._held = self._measure()
        row = self._database.execute(
            "SELECT place, head, content FROM parts WHERE device = ? AND place > ? ORDER BY place LIMIT 1",
            (device_id, after),
        ).fetchone()
        if row is None:
            return Kept()
        head = from_json(KeptHead, row[1])
        return Kept(
            0, KeptHead(int(row[0]), head.extended, head.ends_reading, head.unbroken, head.newest), bytes(row[2])
        )

    def _set_position(self, database: sqlite3.Connection, position: KeepLog) -> None:
        database.execute("INSERT OR REPLACE INTO positions VALUES (?, ?)", (position.number, to_json(position)))

    def _measure(self) -> int:
        row = self._database.execute("SELECT COALESCE(SUM(LENGTH(content) + ?), 0) FROM parts", (OVERHEAD,)).fetchone()
        return int(row[0])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield self._database
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
