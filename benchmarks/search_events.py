"""The searches of the events page on a record of millions in PostgreSQL, beside bare SQL that fetches the same rows.

The record is made by COPY: events of twelve months, 200 devices and 5,000 persons. Each search fetches a page of 100;
it is timed as the first page and beside it the same rows by a statement written by hand. "first" is the first time that
it was asked, with whatever the database had in memory then; "median" is that of the runs after it.

Ends with status 1 when a search takes more than a second.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness import in_turn, timed

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

if TYPE_CHECKING:
    from doorward.server.events.search import EventQuery

EVENTS: Final = 200_000
MONTHS: Final = 12
DEVICES: Final = 200
FIRST_DEVICE: Final = 10_001
PERSONS: Final = 5_000
PAGE: Final = 100
PAIRS: Final = 5
MOST_SECONDS: Final = 1.0
# What happens at doors, and of a thousand events how many of each are so.
MIX: Final = (
    (0x37, 620), (0x27, 180), (0x38, 60), (0x28, 40), (0x2B, 40), (0x81, 25), (0x82, 25), (0x6D, 6), (0x87, 2),
    (0x86, 1), (0x17, 1),
)  # fmt: skip
COPIED: Final = (
    "position", "device_id", "origin", "local_time", "code", "sub_code", "attendance_key", "person", "ordinal",
    "image_slot", "utc", "received", "category", "severity", "generation", "record",
)  # fmt: skip


def lines(count: int, start: datetime, end: datetime) -> Iterator[str]:
    """The record as COPY takes it, a thousand lines at once."""
    from doorward.server.events.catalogue import meaning

    chance = random.Random(20)
    first, seconds = start.timestamp(), (end - start).total_seconds()
    codes, weights = zip(*MIX, strict=True)
    kinds = {}
    for code in codes:
        found = meaning(1, code)
        kinds[code] = (found.category, found.severity, code < 0x60 and code != 0x17)
    record = "\\\\x" + "00" * 16
    for begin in range(0, count, 1000):
        several = min(1000, count - begin)
        chosen = chance.choices(codes, weights, k=several)
        made = []
        for place, code in enumerate(chosen, begin):
            moment = first + seconds * place / count
            whole = int(moment)
            text = time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime(whole))
            category, severity, personal = kinds[code]
            device = FIRST_DEVICE + int(chance.random() * DEVICES)
            person = 1 + int(chance.random() * PERSONS) if personal else 0
            made.append(
                f"{place + 1}\t{device}\t{device}\t{whole}\t{code}\t0\t65535\t{person}\t{place % 1000}\t-1\t{text}"
                f"\t{text}\t{category}\t{severity}\t1\t{record}\n"
            )
        yield "".join(made)


def fill(count: int, start: datetime, end: datetime) -> None:
    """Put the record into the database; the indexes of later migrations are made afterwards."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from doorward.server.devices.models import Device, DeviceGroup
    from doorward.server.events.months import Month
    from doorward.server.events.partitions import make_partitions

    call_command("migrate", "events", "0002", verbosity=0)
    make_partitions(Month.of(start).plus(1), MONTHS + 1)
    with connection.cursor() as cursor, cursor.copy(f"COPY events_event ({', '.join(COPIED)}) FROM STDIN") as copy:
        for text in lines(count, start, end):
            copy.write(text)
    call_command("migrate", verbosity=0)
    now = timezone.now()
    groups = [DeviceGroup.objects.create(name=f"Building {number}") for number in range(DEVICES // 20)]
    Device.objects.bulk_create(
        Device(
            device_id=FIRST_DEVICE + number, name=f"Door {number}", group=groups[number // 20], first_seen=now,
            changed=now,
        )
        for number in range(DEVICES)
    )  # fmt: skip
    connection.cursor().execute("VACUUM (ANALYZE) events_event")


def where(query: EventQuery, after: tuple[datetime, int] | None) -> tuple[str, list[Any]]:
    """The conditions of a search as somebody writes them by hand."""
    parts: list[str] = []
    values: list[Any] = []
    devices, visible = query.devices, query.visible
    for column, chosen in (
        ("origin", devices & visible if devices and visible else devices or visible),
        ("person", query.persons), ("code", query.codes), ("category", query.categories),
        ("severity", query.severities),
    ):  # fmt: skip
        if chosen:
            parts.append(f"{column} = ANY(%s)" if len(chosen) > 1 else f"{column} = %s")
            values.append(list(chosen) if len(chosen) > 1 else next(iter(chosen)))
    for condition, value in (("utc >= %s", query.since), ("utc < %s", query.until)):
        if value is not None:
            parts.append(condition)
            values.append(value)
    if after is not None:
        parts.append("(utc, position) < (%s, %s)")
        values += after
    return (f"WHERE {' AND '.join(parts)} " if parts else ""), values


def bare(query: EventQuery, after: tuple[datetime, int] | None = None) -> Callable[[], list[tuple[Any, ...]]]:
    """Fetches the same rows by a statement written by hand."""
    from django.db import connection

    conditions, values = where(query, after)
    sql = f"SELECT {', '.join(COPIED)} FROM events_event {conditions}ORDER BY utc DESC, position DESC LIMIT {PAGE + 1}"

    def run() -> list[tuple[Any, ...]]:
        with connection.connection.cursor() as cursor:
            return list(cursor.execute(sql, values).fetchall())

    return run


def searches(start: datetime, end: datetime) -> dict[str, EventQuery]:
    """The typical searches."""
    from doorward.server.events.search import EventQuery

    middle = start + (end - start) / 2
    device, person = frozenset({FIRST_DEVICE + 77}), frozenset({777})
    group = frozenset(range(FIRST_DEVICE + 40, FIRST_DEVICE + 60))
    day, month = middle + timedelta(days=1), middle + timedelta(days=30)
    return {
        "everything": EventQuery(),
        "a day": EventQuery(since=middle, until=day),
        "a month": EventQuery(since=middle, until=month),
        "a device": EventQuery(devices=device),
        "a device in a month": EventQuery(devices=device, since=middle, until=month),
        "a person": EventQuery(persons=person),
        "a person in a day": EventQuery(persons=person, since=middle, until=day),
        "nobody known": EventQuery(persons=frozenset({999_999})),
        "a frequent category": EventQuery(categories=frozenset({2})),
        "a rare category": EventQuery(categories=frozenset({7})),
        "a category that never was": EventQuery(categories=frozenset({8})),
        "alarms": EventQuery(severities=frozenset({3})),
        "warnings and alarms": EventQuery(severities=frozenset({2, 3})),
        "notices": EventQuery(severities=frozenset({1})),
        "a rare code": EventQuery(codes=frozenset({0x86})),
        "several codes": EventQuery(codes=frozenset({0x86, 0x87, 0x17})),
        "a person at a device": EventQuery(persons=person, devices=device),
        "a group of 20 devices": EventQuery(visible=group),
        "a person in a group": EventQuery(persons=person, visible=group),
        "alarms in a group": EventQuery(severities=frozenset({3}), visible=group),
        "a rare category in a group": EventQuery(categories=frozenset({7}), visible=group),
        "denied in a group in a month": EventQuery(categories=frozenset({2}), visible=group, since=middle, until=month),
    }


def measure(start: datetime, end: datetime) -> float:
    """Print one line for each search; gives the slowest of all first runs."""
    from doorward.server.events import search as subject
    from doorward.server.events.live import moment

    slowest = 0.0
    asked: dict[str, tuple[EventQuery, tuple[datetime, int] | None]] = {
        name: (query, None) for name, query in searches(start, end).items()
    }
    deep = (start + (end - start) / 5, 10**12)
    for name in ("everything", "a device", "a group of 20 devices"):
        asked[f"{name}, a deep page"] = (asked[name][0], deep)
    print(f"{'search':34} {'first':>9} {'median':>9} {'bare SQL':>9}  ratio  {'count':>9}  rows")
    for name, (query, after) in asked.items():
        cursor = subject.cursor_of(*after) if after is not None else ""

        def ours(query: EventQuery = query, cursor: str = cursor) -> list[Any]:
            return subject.search(query, after=cursor, limit=PAGE).rows

        by_hand = bare(query, after)
        first = timed(ours)
        rows = ours()
        assert [row.position for row in rows] == [row[0] for row in by_hand()[:PAGE]], name
        assert all(moment(row.utc).tzinfo is not None for row in rows)
        median, baseline = in_turn(ours, by_hand, PAIRS)
        counting = timed(lambda query=query: subject.count(query, most=10_001))  # type: ignore[misc]
        slowest = max(slowest, first, counting)
        print(
            f"{name:34} {first * 1000:6.1f} ms {median * 1000:6.1f} ms {baseline * 1000:6.1f} ms  "
            f"{baseline / median:5.2f}  {counting * 1000:6.1f} ms  {len(rows)}",
            flush=True,
        )
    return slowest


@contextlib.contextmanager
def database(url: str) -> Iterator[str]:
    """The database that was named, or a new one for the time of the run."""
    if url:
        yield url
        return
    from tests.server import postgresql

    programs = postgresql.binaries()
    if programs is None:
        sys.exit("PostgreSQL is not installed on this machine.")
    with postgresql.cluster(programs) as folder:
        yield f"postgresql://doorward@/postgres?host={folder}"


def main() -> None:
    """Fill a database and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=EVENTS, help="how many events the record holds")
    parser.add_argument("--database", default="", help="URL of an empty PostgreSQL database; else one is made")
    parser.add_argument("--filled", action="store_true", help="the database was filled by a run before")
    options = parser.parse_args()
    end = datetime(2026, 11, 1, tzinfo=UTC)
    start = end - timedelta(days=365)
    with tempfile.TemporaryDirectory() as name, database(options.database) as url:
        os.environ["DOORWARD_SETTINGS"] = str(Path(name) / "doorward.toml")
        os.environ["DOORWARD_DATA_FOLDER"] = name
        os.environ["DOORWARD_DATABASE_URL"] = url
        from doorward.server.setup import set_up

        settings = set_up()
        from doorward.server.crypto import new_key_file

        new_key_file(settings.key_path)
        if not options.filled:
            seconds = timed(lambda: fill(options.events, start, end))
            print(f"{options.events:,} events were put in and indexed in {seconds:.0f} s.", flush=True)
        slowest = measure(start, end)
        from django.db import connections

        connections.close_all()
    print(f"slowest of all first runs and counts: {slowest:.3f} s")
    sys.exit(slowest > MOST_SECONDS)


if __name__ == "__main__":
    main()
