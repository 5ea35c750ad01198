"""Monthly partitions of the events on PostgreSQL: made ahead, dropped whole by retention.

Months without a partition (a clock that is wrong by years, logs from before the server) fall into the default one. A
database without partitions (SQLite) has none to make.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from doorward.server.events.models import Event
from doorward.server.events.months import Month

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

TABLE: Final = Event._meta.db_table
DEFAULT_PARTITION: Final = f"{TABLE}_other"
PARTITION_NAME: Final = re.compile(rf"{TABLE}_y(\d{{4}})m(\d{{2}})")


def has_partitions(connection: BaseDatabaseWrapper) -> bool:
    """Whether this database partitions the events."""
    return connection.vendor == "postgresql"


def partition_name(month: Month) -> str:
    """Name of a month's partition."""
    return f"{TABLE}_y{month.year:04}m{month.number:02}"


def partitions(*, alias: str = DEFAULT_DB_ALIAS) -> list[Month]:
    """The months that have a partition, in order."""
    connection = connections[alias]
    if not has_partitions(connection):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
            "WHERE inhparent = %s::regclass",
            [TABLE],
        )
        found = (PARTITION_NAME.fullmatch(name) for (name,) in cursor.fetchall())
        return sorted(Month(int(match[1]), int(match[2])) for match in found if match)


def make_partitions(now: Month, ahead: int, *, alias: str = DEFAULT_DB_ALIAS) -> list[Month]:
    """Make the partitions from the month before ``now`` to ``ahead`` months after it; gives the new ones.

    Events of a month that came before its partition are moved into it.
    """
    connection = connections[alias]
    if not has_partitions(connection):
        return []
    there = set(partitions(alias=alias))
    missing = [month for month in map(now.plus, range(-1, ahead + 1)) if month not in there]
    for month in missing:
        name = partition_name(month)
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING ALL)")
            cursor.execute(
                f"WITH moved AS (DELETE FROM {DEFAULT_PARTITION} "  # noqa: S608 - names are ours
                f"WHERE local_time >= %s AND local_time < %s RETURNING *) INSERT INTO {name} SELECT * FROM moved",
                [month.start, month.end],
            )
            cursor.execute(
                f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ({month.start}) TO ({month.end})"
            )
    return missing


def drop_partition(month: Month, *, alias: str = DEFAULT_DB_ALIAS) -> None:
    """Remove a month with all its events at once."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"DROP TABLE {partition_name(month)}")
