"""Events committed per second through the event store, beside a bare ``sqlite3.executemany`` of the same rows.

Both write the same rows into the same table with the same indexes, in transactions of as many rows, with the same care
for the disk. The store does besides: from proofs to rows, the meaning of each, numbering for the stream, the ledger of
each device, telling each submission what was new, and handing the rows to the readers of the stream.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from doorward.gateway.ledger import LedgerState, Proof, Source, Submission
from doorward.model.event_key import EventKey
from harness import PAIRS, report, timed

DEVICES = 200
RECORD = bytes(16)


def traffic(start: int, submissions: int, rows: int) -> list[Submission]:
    """Submissions of many devices, one event a second each, no two equal."""

    def update(state: LedgerState, inserted: Any) -> LedgerState:
        return replace(state, rows=state.rows + sum(inserted))

    made = []
    for number in range(submissions):
        device = 10_000 + number % DEVICES
        begin = start + number // DEVICES * rows
        proofs = tuple(
            Proof(EventKey(device, 0x27, 0x2F, 0xFFFF, local, local % 5000), 0, RECORD, -1, device, local)
            for local in range(begin, begin + rows)
        )
        made.append(Submission(device, 1_800_000_000.5, Source.READING, proofs, update))
    return made


def bare_file(path: Path, like: Path, pragmas: str) -> sqlite3.Connection:
    """A database with the same table and indexes and nothing else."""
    with sqlite3.connect(like) as source:
        statements = [sql for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'events_event'")]
    source.close()
    bare = sqlite3.connect(path, isolation_level=None)
    bare.executescript(pragmas)
    for statement in statements:
        if statement:
            bare.execute(statement)
    return bare


def measure(name: str, folder: Path, starts: Iterator[int], *, submissions: int, rows: int) -> None:
    """Time the store and the bare statement in turn."""
    from doorward.server.database_url import SQLITE_PRAGMAS
    from doorward.server.events.live import LiveEvents
    from doorward.server.events.rows import SQLITE_INSERT, RowMaker
    from doorward.server.events.store import DatabaseEventStore
    from doorward.server.events.writer import MOST_ROWS

    bare = bare_file(folder / f"bare-{rows}.sqlite3", folder / "doorward.sqlite3", SQLITE_PRAGMAS)
    before = 0
    store_times, bare_times = [], []
    with asyncio.Runner() as runner:
        store = DatabaseEventStore(LiveEvents())
        runner.run(store.start())
        for _ in range(PAIRS + 1):
            given = traffic(next(starts), submissions, rows)
            ready: list[Any] = []
            for each in given:
                RowMaker("sqlite").add(ready, each.proofs, each.received_at, 1, before)
            before += len(ready)

            async def append_all(given: list[Submission]) -> None:
                await asyncio.gather(*map(store.append, given))

            def insert_all(ready: list[Any] = ready) -> None:
                for begin in range(0, len(ready), MOST_ROWS):
                    bare.execute("BEGIN IMMEDIATE")
                    bare.executemany(SQLITE_INSERT, ready[begin : begin + MOST_ROWS])
                    bare.execute("COMMIT")

            store_times.append(timed(partial(runner.run, append_all(given))))
            bare_times.append(timed(insert_all))
        runner.run(store.stop())
    bare.close()
    medians = statistics.median(store_times[1:]), statistics.median(bare_times[1:])
    report(name, *medians, "events", submissions * rows, "bare executemany")


def main() -> None:
    """Print one line for each shape of traffic."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["DOORWARD_SETTINGS"] = str(folder / "doorward.toml")
        os.environ["DOORWARD_DATA_FOLDER"] = name
        from doorward.server.setup import set_up

        settings = set_up()
        from doorward.server.crypto import new_key_file
        from doorward.server.database import migrate

        new_key_file(settings.key_path)
        migrate()
        starts = iter(range(1_600_000_000, 2_000_000_000, 1_000_000))
        measure("logs read, 250 events each", folder, starts, submissions=80, rows=250)
        measure("pushes, 1 event each", folder, starts, submissions=5_000, rows=1)


if __name__ == "__main__":
    main()
