from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections

from doorward.gateway.collaborators import StoreUnavailable
from doorward.gateway.ledger import Gap, GapKind, ImageProof, LedgerState
from doorward.server.events.live import LiveEvents
from doorward.server.events.models import Alarm, Event, EventImage, StreamPosition
from doorward.server.events.models import Gap as GapRow
from doorward.server.events.store import DatabaseEventStore
from tests.server.events.traffic import DOOR_FORCED, NOW, add_device, proof, submission


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[DatabaseEventStore]:
    store = DatabaseEventStore(LiveEvents(), **options)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


async def rows() -> list[tuple[Any, ...]]:
    return [row async for row in Event.objects.order_by("position").values_list("position", "local_time", "ordinal")]


async def test_new_rows_get_rising_positions_and_known_ones_none(each_database: str) -> None:
    async with running() as store:
        first = await store.append(submission(proof(NOW), proof(NOW, 1), proof(NOW + 1)))
        assert first.row_ids == (1, 2, 3)
        again = await store.append(submission(proof(NOW), proof(NOW, 1), proof(NOW, 2), proof(NOW + 2)))
        assert [row_id is not None for row_id in again.row_ids] == [False, False, True, True]
        assert again.state.rows == 5
        assert again.row_ids[2] is not None
        assert again.row_ids[2] > 3
        nothing = await store.append(submission(proof(NOW)))
        assert nothing.row_ids == (None,)
        assert nothing.state.rows == 5
    found = await rows()
    assert [(local, ordinal) for _, local, ordinal in found] == [
        (NOW, 0),
        (NOW, 1),
        (NOW + 1, 0),
        (NOW, 2),
        (NOW + 2, 0),
    ]


async def test_of_equal_proofs_in_one_batch_the_first_one_given_inserts(each_database: str) -> None:
    async with running() as store:
        results = await asyncio.gather(*(store.append(submission(proof(NOW))) for _ in range(50)))
        assert [result.inserted for result in results] == [1] + [0] * 49
        assert results[-1].state.rows == 1
    assert len(await rows()) == 1


async def test_state_is_kept_with_the_rows_and_found_by_the_next_store(each_database: str) -> None:
    gap = Gap(7, GapKind.CLEARED, "the log was cleared", None, 1000.0, missing=3)
    async with running() as store:
        assert await store.state(7) == LedgerState()
        kept = replace(
            submission(proof()),
            update=lambda state, _: replace(state, rows=9, doubtful=((5, 1),), complete_until=1000.5).with_gaps([gap]),
        )
        appended = await store.append(kept)
        await store.append(submission(device=7))
    async with running() as store:
        assert await store.state(7) == appended.state
        assert appended.state.gaps == (gap,)
    kept_gap = await GapRow.objects.aget()
    assert (kept_gap.device_id, kept_gap.kind, kept_gap.missing) == (7, "cleared", 3)


async def test_positions_go_on_after_a_restart(each_database: str) -> None:
    async with running() as store:
        await store.append(submission(proof(NOW), proof(NOW + 1)))
    await Event.objects.filter(position=2).adelete()
    async with running() as store:
        assert (await store.append(submission(proof(NOW + 2)))).row_ids == (3,)


async def test_a_faulty_submission_does_not_harm_its_neighbours(each_database: str) -> None:
    def broken(_state: LedgerState, _inserted: object) -> LedgerState:
        raise KeyError("a fault")

    async with running() as store:
        results = await asyncio.gather(
            store.append(submission(proof(NOW))),
            store.append(replace(submission(proof(NOW + 1)), update=broken)),
            store.append(submission(proof(2**70))),
            store.append(submission(proof(NOW + 2))),
            return_exceptions=True,
        )
        assert [isinstance(result, StoreUnavailable) for result in results] == [False, True, True, False]
        assert (await store.state(7)).rows == 2
    assert [local for _, local, _ in await rows()] == [NOW, NOW + 2]


async def test_a_second_writer_is_refused(each_database: str) -> None:
    async with running() as first, running() as second:
        await first.append(submission(proof(NOW)))
        with pytest.raises(StoreUnavailable, match="Another program writes"):
            await second.append(submission(proof(NOW + 1)))
    assert len(await rows()) == 1


async def test_alarms_are_raised_for_what_just_happened_only(each_database: str) -> None:
    await asyncio.to_thread(_in_thread, add_device)
    async with running() as store:
        await store.append(submission(proof(NOW, code=DOOR_FORCED), proof(NOW - 90_000, code=DOOR_FORCED), proof(NOW)))
        await store.append(submission(proof(NOW, code=DOOR_FORCED)))
    alarm = await Alarm.objects.aget()
    assert (alarm.kind, alarm.device_id, alarm.event, alarm.state) == ("door-forced-open-0", 7, 1, "open")


def _in_thread(function: Any) -> None:
    try:
        function()
    finally:
        connections["default"].close()


async def test_pictures_are_kept_once_and_not_in_clear(each_database: str) -> None:
    image = ImageProof(7, 0x27, NOW, 5, b"d" * 32, b"JPEG picture of a face")
    async with running() as store:
        for _ in range(2):
            await store.append(replace(submission(), images=(image,)))
    kept = await EventImage.objects.aget()
    assert bytes(kept.picture) == image.picture

    def raw() -> bytes:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT picture FROM events_eventimage")
            return bytes(cursor.fetchone()[0])

    from asgiref.sync import sync_to_async

    assert b"picture" not in await sync_to_async(raw)()


async def test_live_readers_get_what_was_committed_in_order(each_database: str) -> None:
    async with running() as store:
        await asyncio.gather(*(store.append(submission(proof(NOW + n), proof(NOW + n + 1))) for n in range(100)))
        live = store.live.after(0, 1000)
        assert live is not None
        assert [row.position for row in live] == [position for position, _, _ in await rows()]
        assert store.live.last == live[-1].position


async def test_locked_database_is_told_and_comes_back_by_itself(database: str) -> None:
    locker = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
    async with running() as store:
        await store.append(submission(proof(NOW)))
        locker.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.append(submission(proof(NOW + 1)))
        locker.execute("ROLLBACK")
        assert (await store.append(submission(proof(NOW + 1)))).row_ids == (2,)
    locker.close()


async def test_full_disk_is_told_and_comes_back_by_itself(database: str) -> None:
    async with running() as store:

        def limit(pages: int) -> None:
            connections["default"].cursor().execute(f"PRAGMA max_page_count={pages}")

        await asyncio.wrap_future(store.writer.call(lambda: limit(1)))
        with pytest.raises(StoreUnavailable, match="disk of the database is full"):
            await store.append(submission(*(proof(NOW + n) for n in range(20_000))))
        assert not await rows()
        # The writer opens the database anew after trouble, and the limit is one of a connection.
        assert (await store.append(submission(proof(NOW)))).row_ids == (1,)


async def test_what_the_writer_has_not_begun_with_in_time_is_taken_back(database: str) -> None:
    started, release = threading.Event(), threading.Event()

    def block() -> None:
        started.set()
        release.wait(10)

    async with running(patience=0.2) as store:
        blocked = asyncio.wrap_future(store.writer.call(block))
        await asyncio.to_thread(started.wait, 10)
        with pytest.raises(StoreUnavailable, match="too slow"):
            await store.append(submission(proof(NOW)))
        release.set()
        await blocked
        assert (await store.append(submission(proof(NOW + 1)))).row_ids == (1,)
    assert [local for _, local, _ in await rows()] == [NOW + 1]


async def test_a_lost_answer_to_a_commit_sends_readers_to_the_database(database: str) -> None:
    async with running() as store:
        await store.append(submission(proof(NOW)))

        # As if the connection broke after a commit that was kept: the database knows more than the writer.
        def commit_behind_its_back() -> None:
            Event.objects.filter(position=1).update(position=2)
            StreamPosition.objects.update(last=2)

        await asyncio.wrap_future(store.writer.call(commit_behind_its_back))
        with pytest.raises(StoreUnavailable):
            await store.append(submission(proof(NOW + 1)))
        assert (await store.append(submission(proof(NOW + 1)))).row_ids == (3,)
        assert store.live.after(1, 10) is None
        assert [row.position for row in store.live.after(2, 10) or ()] == [3]


async def test_stopping_keeps_what_was_given(each_database: str) -> None:
    store = DatabaseEventStore(LiveEvents())
    await store.start()
    given = [asyncio.ensure_future(store.append(submission(proof(NOW + n)))) for n in range(200)]
    await asyncio.sleep(0)
    await store.stop()
    assert sum(result.inserted for result in await asyncio.gather(*given)) == 200
    assert len(await rows()) == 200
