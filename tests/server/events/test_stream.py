from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from doorward.server.events import stream as stream_module
from doorward.server.events.choices import Category
from doorward.server.events.live import EventRow, LiveEvents, set_live_events
from doorward.server.events.reading import StreamFilter
from doorward.server.events.store import DatabaseEventStore
from doorward.server.events.stream import messages
from doorward.server.operators.models import ApiToken, Operator, RoleAssignment
from doorward.server.operators.services import create_token
from tests.server.accounts import administrator
from tests.server.events.traffic import DOOR_FORCED, NOW, add_device, proof, submission

ALL = StreamFilter()


def row(position: int, *, device: int = 7, category: int = 1) -> EventRow:
    moment = "2026-01-01 00:00:00"
    return EventRow(position, device, device, NOW, 0x27, 0, 0, 5, 0, -1, moment, moment, category, 0, 1, b"")


class Reader:
    """Reads a stream message by message."""

    def __init__(self, position: int, live: LiveEvents | None, wanted: StreamFilter = ALL, **options: Any) -> None:
        async def permitted() -> StreamFilter:
            return wanted

        options.setdefault("permitted", permitted)
        options.setdefault("heartbeat", 30.0)
        self.source = messages(position, wanted, live, **options)
        self.text = ""

    async def message(self) -> str:
        while "\n\n" not in self.text:
            self.text += await asyncio.wait_for(anext(self.source), 60)
        found, _, self.text = self.text.partition("\n\n")
        return found

    async def events(self, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < count:
            text = await self.message()
            if "event: event" in text:
                found.append(json.loads(text.split("data: ")[1]))
        return found

    async def close(self) -> None:
        await self.source.aclose()  # type: ignore[attr-defined] # it is a generator


@pytest.fixture
async def store(each_database: str) -> AsyncIterator[DatabaseEventStore]:
    await sync_to_async(add_device)(7)
    await sync_to_async(add_device)(8)
    made = DatabaseEventStore(LiveEvents())
    await made.start()
    yield made
    await made.stop()


async def test_old_events_come_from_the_database_and_new_ones_as_they_are_committed(store: DatabaseEventStore) -> None:
    await store.append(submission(*(proof(NOW + n) for n in range(1200))))
    store.live.forget(store.live.last)  # as after a restart
    reader = Reader(0, store.live)
    assert [event["position"] for event in await reader.events(1200)] == list(range(1, 1201))
    waiting = asyncio.ensure_future(reader.events(1))
    await asyncio.sleep(0)
    await store.append(submission(proof(NOW + 5000, person=77)))
    (event,) = await waiting
    assert (event["position"], event["person"], event["words"]) == (1201, 77, "User verified")
    assert (event["name"], event["category"], event["severity"]) == ("verify-success", "access granted", "info")
    await reader.close()


async def test_a_reader_may_begin_anywhere_and_misses_nothing(store: DatabaseEventStore) -> None:
    await asyncio.gather(*(store.append(submission(proof(NOW + n))) for n in range(50)))
    for live in (store.live, None):
        for position in (0, 1, 25, 49):
            reader = Reader(position, live)
            assert [event["position"] for event in await reader.events(50 - position)] == list(range(position + 1, 51))
            await reader.close()


async def test_filters_hold_in_memory_and_in_the_database(store: DatabaseEventStore) -> None:
    # Each forced door raises an alarm, which takes a position too.
    await store.append(submission(proof(NOW), proof(NOW, code=DOOR_FORCED)))
    await store.append(submission(proof(NOW, device=8), proof(NOW + 1, device=8, code=DOOR_FORCED), device=8))
    for live in (store.live, None):
        alarms = Reader(0, live, StreamFilter(categories=frozenset({Category.ALARM.value})))
        assert [event["position"] for event in await alarms.events(2)] == [2, 5]
        eighth = Reader(0, live, StreamFilter(devices=frozenset({8})))
        assert [event["position"] for event in await eighth.events(2)] == [4, 5]
        await alarms.close()
        await eighth.close()


async def test_silence_is_filled_and_carries_the_position(store: DatabaseEventStore) -> None:
    reader = Reader(0, store.live, StreamFilter(devices=frozenset({8})), heartbeat=0.05)
    assert await reader.message() == "retry: 2000\nid: 0"
    assert await reader.message() == ": alive"
    await store.append(submission(proof(NOW)))
    async with asyncio.timeout(60):
        while (text := await reader.message()) == ": alive":
            pass
    assert text == "id: 1\n: alive"
    await reader.close()


async def test_a_revoked_token_ends_the_stream(store: DatabaseEventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "RECHECK_SECONDS", 0.05)
    allowed = True

    async def permitted() -> StreamFilter | None:
        return ALL if allowed else None

    reader = Reader(0, store.live, heartbeat=0.02, permitted=permitted)
    for _ in range(5):
        await reader.message()
    allowed = False
    async with asyncio.timeout(60):
        assert not [message async for message in reader.source if message.startswith("id")]


async def test_readers_end_with_the_server(store: DatabaseEventStore) -> None:
    reader = Reader(0, store.live)
    await reader.message()
    ending = asyncio.ensure_future(reader.message())
    await asyncio.sleep(0)
    store.live.close()
    with pytest.raises(StopAsyncIteration):
        await ending


async def test_a_slow_reader_takes_no_memory_and_misses_nothing(store: DatabaseEventStore) -> None:
    store.live._size = 100
    reader = Reader(0, store.live)
    await reader.message()
    for batch in range(10):
        await store.append(submission(*(proof(NOW + batch * 100 + n) for n in range(100))))
    assert len(store.live._rows) <= 200
    assert [event["position"] for event in await reader.events(1000)] == list(range(1, 1001))
    await reader.close()


async def test_the_ring_tells_what_it_does_not_have() -> None:
    live = LiveEvents(last=10, size=4)
    assert live.after(9, 5) is None
    assert live.after(10, 5) == []
    live.publish([row(n) for n in range(11, 31)])
    assert live.after(10, 5) is None
    assert [each.position for each in live.after(26, 2) or ()] == [27, 28]
    live.forget(40)
    assert live.after(30, 5) is None
    assert live.after(40, 5) == []
    assert not await live.wait(40, 0.01)


# --- Over HTTP -------------------------------------------------------------------------------------------------------


def make_token() -> str:
    return create_token(administrator(), "test")[1]


async def get(path: str, token: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await AsyncClient().get(path, headers={"Authorization": f"Bearer {token}", **named})


async def first_message(response: Any) -> str:
    chunk: bytes = await anext(aiter(response.streaming_content))
    return chunk.decode()


async def test_the_stream_wants_a_token_and_a_permission(database: str) -> None:
    client = AsyncClient()
    assert (await client.get("/api/v1/stream")).status_code == 401
    token = await sync_to_async(make_token)()
    assert (await client.get("/api/v1/stream", headers={"Authorization": f"Bearer {token}x"})).status_code == 401
    await RoleAssignment.objects.all().adelete()
    refused = await client.get("/api/v1/stream", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 403
    assert "events.view" in refused.json()["error"]


async def test_where_the_stream_begins(store: DatabaseEventStore) -> None:
    token = await sync_to_async(make_token)()
    await store.append(submission(*(proof(NOW + n) for n in range(5))))
    set_live_events(store.live)
    try:
        for query, headers, begin in (
            ("", {}, "id: 5\n"),
            ("?after=2", {}, "id: 2\n"),
            ("?after=2", {"Last_Event_ID": "3"}, "id: 3\n"),
        ):
            response = await get(f"/api/v1/stream{query}", token, **headers)
            assert response.status_code == 200
            assert response["Content-Type"].startswith("text/event-stream")
            assert begin in await first_message(response)
        beyond = await get("/api/v1/stream", token, Last_Event_ID="99")
        chunks = aiter(beyond.streaming_content)
        assert "id: 5" in (await anext(chunks)).decode()
        assert "event: reset" in (await anext(chunks)).decode()
    finally:
        set_live_events(None)


@pytest.mark.parametrize(
    ("query", "headers", "words"),
    [
        ("?category=none", {}, "access granted"),
        ("", {"Last_Event_ID": "x"}, "Last-Event-ID"),
        ("?after=-1", {}, "whole number"),
        ("", {"Last_Event_ID": "9" * 30}, "Last-Event-ID"),
    ],
)
async def test_wrong_wishes_are_named(database: str, query: str, headers: dict[str, str], words: str) -> None:
    token = await sync_to_async(make_token)()
    response = await get(f"/api/v1/stream{query}", token, **headers)
    assert response.status_code == 422
    assert words in response.json()["error"]


async def test_a_revoked_or_expired_token_is_refused(database: str) -> None:
    token = await sync_to_async(make_token)()
    assert (await get("/api/v1/devices", token)).status_code == 200
    kept = await ApiToken.objects.aget()
    assert kept.last_used is not None
    assert token.encode() not in bytes(kept.digest)
    kept.revoked = kept.created
    await kept.asave()
    assert (await get("/api/v1/devices", token)).status_code == 401
    kept.revoked, kept.expires = None, kept.created
    await kept.asave()
    assert (await get("/api/v1/devices", token)).status_code == 401
    kept.expires = None
    await kept.asave()
    await Operator.objects.aupdate(is_active=False)
    assert (await get("/api/v1/devices", token)).status_code == 401
