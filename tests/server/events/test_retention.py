from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from doorward.gateway.ledger import Source
from doorward.server.events.live import LiveEvents
from doorward.server.events.models import Event, RetiredMonth
from doorward.server.events.months import Month
from doorward.server.events.partitions import make_partitions, partition_name, partitions
from doorward.server.events.retention import remove_old
from doorward.server.events.store import DatabaseEventStore
from tests.server.events.traffic import proof, submission

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
LONG_AGO = (NOW - timedelta(days=800)).timestamp()


@pytest.fixture
async def store(each_database: str) -> AsyncIterator[DatabaseEventStore]:
    made = DatabaseEventStore(LiveEvents())
    await made.start()
    yield made
    await made.stop()


def second(year: int, month: int, day: int = 5) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


async def kept() -> list[int]:
    return [local async for local in Event.objects.order_by("local_time").values_list("local_time", flat=True)]


async def test_old_months_go_and_do_not_come_back_by_a_reading(store: DatabaseEventStore) -> None:
    old, recent = second(2024, 9), second(2026, 10)
    await store.append(submission(proof(old), proof(old + 1), received=LONG_AGO))
    await store.append(submission(proof(recent), received=NOW.timestamp()))
    removed = await remove_old(store.writer, 12, NOW)
    assert (removed.events, removed.months) == (2, (Month(2024, 9),))
    assert await kept() == [recent]
    again = await store.append(submission(proof(old), proof(recent), proof(recent + 1)))
    assert [row_id is not None for row_id in again.row_ids] == [False, False, True]
    assert again.state.rows == 4
    # What a device pushes just happened, whatever its clock says; and another device has its own history.
    assert (await store.append(submission(proof(old + 2), source=Source.PUSH))).inserted == 1
    assert (await store.append(submission(proof(old, device=8), device=8))).inserted == 1
    assert [(month.origin, month.count) async for month in RetiredMonth.objects.all()] == [(7, 2)]


async def test_the_retired_months_are_known_after_a_restart(store: DatabaseEventStore) -> None:
    old = second(2024, 9)
    await store.append(submission(proof(old), received=LONG_AGO))
    await remove_old(store.writer, 12, NOW)
    await store.stop()
    fresh = DatabaseEventStore(LiveEvents())
    await fresh.start()
    assert (await fresh.append(submission(proof(old)))).inserted == 0
    await fresh.stop()


async def test_an_old_log_that_came_in_lately_stays(store: DatabaseEventStore) -> None:
    old = second(2023, 1)
    await store.append(submission(proof(old), received=time.time()))
    assert (await remove_old(store.writer, 12, NOW)).events == 0
    assert await kept() == [old]


async def test_clocks_that_were_never_set_are_judged_by_the_time_of_arrival(store: DatabaseEventStore) -> None:
    await store.append(submission(proof(100), proof(second(2037, 1)), received=LONG_AGO))
    await store.append(submission(proof(200), received=NOW.timestamp()))
    assert (await remove_old(store.writer, 12, NOW)).events == 2
    assert await kept() == [200]
    # Such a month is not closed: the next battery failure leads there again.
    assert (await store.append(submission(proof(300)))).inserted == 1


async def test_zero_keeps_everything(store: DatabaseEventStore) -> None:
    await store.append(submission(proof(second(2010, 1)), received=LONG_AGO))
    assert (await remove_old(store.writer, 0, NOW)).events == 0
    assert len(await kept()) == 1


async def test_positions_never_come_again_after_the_newest_was_removed(store: DatabaseEventStore) -> None:
    await store.append(submission(*(proof(second(2024, 9) + n) for n in range(10)), received=LONG_AGO))
    await remove_old(store.writer, 12, NOW)
    assert (await store.append(submission(proof(second(2026, 11))))).row_ids == (11,)


@pytest.mark.parametrize("each_database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
async def test_partitions_take_in_what_came_before_them_and_are_dropped_whole(store: DatabaseEventStore) -> None:
    old = second(2024, 9)
    await store.append(submission(proof(old), proof(old + 1), received=LONG_AGO))
    made = await sync_to_async(make_partitions)(Month(2024, 10), 2)
    assert made == [Month(2024, 9), Month(2024, 10), Month(2024, 11), Month(2024, 12)]
    assert await sync_to_async(make_partitions)(Month(2024, 10), 2) == []

    def count(table: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            return int(cursor.fetchone()[0])

    assert await sync_to_async(count)(partition_name(Month(2024, 9))) == 2
    assert await sync_to_async(count)("events_event_other") == 0
    # The key holds across the partitions, and rows go where they belong.
    again = await store.append(submission(proof(old), proof(second(2024, 11)), received=LONG_AGO))
    assert again.inserted == 1
    assert await sync_to_async(count)(partition_name(Month(2024, 11))) == 1
    assert (await remove_old(store.writer, 12, NOW)).events == 3
    assert await sync_to_async(partitions)() == [Month(2024, 10), Month(2024, 12)]
    assert await kept() == []


def test_months() -> None:
    assert Month(2026, 12).plus(1) == Month(2027, 1)
    assert Month(2026, 1).plus(-13) == Month(2024, 12)
    assert Month.of_second(Month(2026, 3).start) == Month(2026, 3)
    assert Month.of_second(Month(2026, 3).end - 1) == Month(2026, 3)
    assert str(Month(2026, 3)) == "2026-03"
