from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.test import AsyncClient
from django.utils import timezone

from doorward.gateway.collaborators import (
    AlarmCleared,
    AlarmRaised,
    CommandOutcome,
    DeviceState,
    DeviceStateChanged,
    OpenDoor,
    RecordProgressed,
    StoreUnavailable,
)
from doorward.gateway.ledger import Gap as LedgerGap
from doorward.gateway.ledger import GapKind, LedgerState, Submission
from doorward.model.errors import TimedOut
from doorward.server.devices.models import Device, DeviceGroup, DeviceStatus
from doorward.server.devices.services import add_direct_device, approve, block
from doorward.server.events import stream as stream_module
from doorward.server.events.api import KIND_RIGHTS
from doorward.server.events.bus import DatabaseBus
from doorward.server.events.choices import Category, Kind
from doorward.server.events.happenings import RESERVED, take_up, tell
from doorward.server.events.live import LiveEvents, StreamRow, set_live_events
from doorward.server.events.models import Alarm, Event, Happening, OutboxEntry, StreamPosition
from doorward.server.events.outbox import Outbox
from doorward.server.events.reading import StreamFilter, read_after
from doorward.server.events.retention import remove_old_happenings
from doorward.server.events.services import acknowledge
from doorward.server.events.shapes import message, shown_text
from doorward.server.events.store import DatabaseEventStore
from doorward.server.operators.models import RoleAssignment
from doorward.server.operators.rights import RIGHTS
from doorward.server.operators.services import create_token
from tests.server.accounts import account
from tests.server.events.test_stream import Reader
from tests.server.events.traffic import DOOR_FORCED, NOW, add_device, proof, submission

ALL = StreamFilter()


@pytest.fixture
async def store(each_database: str) -> AsyncIterator[DatabaseEventStore]:
    await sync_to_async(add_device)(7)
    await sync_to_async(add_device)(8)
    made = DatabaseEventStore(LiveEvents())
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def bus(store: DatabaseEventStore) -> AsyncIterator[DatabaseBus]:
    made = DatabaseBus(store.writer)
    await made.start()
    yield made
    await made.stop()


async def told() -> list[dict[str, Any]]:
    """All happenings in order, as programs see them."""
    rows, _ = await sync_to_async(read_after)(0, StreamFilter(kinds=frozenset(set(Kind.values) - {"event"})), 1000)
    return [json.loads(shown_text(row)) for row in rows]


async def in_writer(store: DatabaseEventStore, function: Any) -> Any:
    return await asyncio.wrap_future(store.writer.call(function))


async def emptied(store: DatabaseEventStore) -> None:
    while await in_writer(store, take_up):
        pass


# --- Where something is told ------------------------------------------------------------------------------------------


async def test_events_and_happenings_share_one_order(store: DatabaseEventStore) -> None:
    await store.append(submission(proof(NOW)))
    await in_writer(store, lambda: tell(Kind.SERVER, {"what": "started"}))
    await store.append(submission(proof(NOW + 1)))
    rows, looked = await sync_to_async(read_after)(0, ALL, 100)
    assert [(row.position, json.loads(shown_text(row))["kind"]) for row in rows] == [
        (1, "event"), (2, "server"), (3, "event"),
    ]  # fmt: skip
    assert looked == 3 == await StreamPosition.objects.values_list("last", flat=True).aget()
    assert store.live.after(0, 100) == rows or [row[0] for row in store.live.after(0, 100) or ()] == [1, 2, 3]


async def test_what_is_told_elsewhere_waits_in_the_outbox_and_only_if_it_was_committed(
    store: DatabaseEventStore,
) -> None:
    def do_and_undo() -> None:
        with transaction.atomic():
            tell(Kind.DEVICE, {"what": "edited"}, device_id=7)
        with transaction.atomic():
            tell(Kind.DEVICE, {"what": "undone"}, device_id=7)
            transaction.set_rollback(True)

    await sync_to_async(do_and_undo)()
    assert await OutboxEntry.objects.acount() == 1
    assert await told() == []
    await emptied(store)
    assert await OutboxEntry.objects.acount() == 0
    (found,) = await told()
    assert (found["position"], found["kind"], found["device"], found["what"]) == (1, "device", 7, "edited")
    assert found["at"].endswith("+00:00")


async def test_a_function_that_fails_in_the_writer_tells_nothing_and_the_others_do(store: DatabaseEventStore) -> None:
    def fail() -> None:
        tell(Kind.SERVER, {"what": "never"})
        raise KeyError

    def write(what: str) -> None:
        tell(Kind.SERVER, {"what": what})

    calls = [
        store.writer.call(lambda: write("before")),
        store.writer.call(fail),
        store.writer.call(lambda: write("after")),
    ]
    outcomes = await asyncio.gather(*map(asyncio.wrap_future, calls), return_exceptions=True)
    assert isinstance(outcomes[1], KeyError)
    assert [found["what"] for found in await told()] == ["before", "after"]


async def test_the_outbox_is_emptied_at_a_hint_and_without_one(
    store: DatabaseEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox(store.writer)
    outbox.start()
    try:
        await sync_to_async(lambda: tell(Kind.SERVER, {"what": "by a hint"}))()
        assert await asyncio.wait_for(store.live.wait(0, 60), 11)
        # As another process does: nobody is told.
        await OutboxEntry.objects.acreate(kind="server", at=timezone.now(), data='{"what": "by a look"}')
        assert await asyncio.wait_for(store.live.wait(1, 60), 11)
    finally:
        await outbox.stop()
    assert [found["what"] for found in await told()] == ["by a hint", "by a look"]
    assert await OutboxEntry.objects.acount() == 0


async def test_many_threads_tell_at_once_while_events_come(store: DatabaseEventStore) -> None:
    outbox = Outbox(store.writer)
    outbox.start()
    reader = Reader(0, store.live)

    def talk(who: int) -> None:
        try:
            for number in range(20):
                tell(Kind.DEVICE, {"what": "edited", "who": who, "number": number}, device_id=7)
        finally:
            connection.close()

    tasks = [asyncio.ensure_future(sync_to_async(talk, thread_sensitive=False)(who)) for who in range(4)]
    for number in range(200):
        await store.append(submission(proof(NOW + number)))
    await asyncio.gather(*tasks)
    await outbox.stop()
    seen: list[tuple[int, str, str]] = []
    while len(seen) < 280:
        text = await reader.message()
        if "data:" in text:
            head, _, data = text.partition("\ndata: ")
            position, kind = (line.split(": ")[1] for line in head.splitlines())
            seen.append((int(position), kind, data))
    await reader.close()
    assert [position for position, _, _ in seen] == list(range(1, 281))
    said = [json.loads(data) for _, kind, data in seen if kind == "device"]
    for who in range(4):
        assert [each["number"] for each in said if each["who"] == who] == list(range(20))


async def test_trouble_of_the_database_forgets_nothing(store: DatabaseEventStore) -> None:
    await store.append(submission(proof(NOW)))
    # Another writer has moved the position: this one keeps nothing, and says so.
    await StreamPosition.objects.aupdate(last=5)
    with pytest.raises(StoreUnavailable, match="Another program"):
        await in_writer(store, lambda: tell(Kind.SERVER, {"what": "refused"}))
    await in_writer(store, lambda: tell(Kind.SERVER, {"what": "kept"}))
    assert [(found["position"], found["what"]) for found in await told()] == [(6, "kept")]
    assert store.live.after(1, 10) is None  # a reader goes to the database for what may lie between


@pytest.mark.parametrize(
    ("kind", "data"), [("event", {}), ("nonsense", {}), *(("server", {name: 1}) for name in RESERVED)]
)
def test_what_cannot_be_told_is_refused(kind: str, data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"told|nonsense"):
        tell(kind, data)


# --- Reading ----------------------------------------------------------------------------------------------------------


async def test_paging_through_both_tables_neither_misses_nor_doubles(store: DatabaseEventStore) -> None:
    draw = random.Random(4)
    for number in range(25):
        for _ in range(draw.randrange(3)):
            await store.append(submission(*(proof(NOW + 1000 * number + n) for n in range(draw.randrange(1, 6)))))
        for _ in range(draw.randrange(4)):
            device = draw.choice([None, 7, 8])
            await in_writer(store, lambda device=device: tell(draw.choice(["alarm", "server"]), {}, device_id=device))
    last = store.live.last
    for wanted in (
        ALL,
        StreamFilter(kinds=frozenset({"event"})),
        StreamFilter(kinds=frozenset({"alarm"})),
        StreamFilter(kinds=frozenset({"alarm", "event"}), devices=frozenset({7})),
        StreamFilter(visible={"event": None, "alarm": frozenset({8})}),
        StreamFilter(visible={}),
        StreamFilter(categories=frozenset({Category.ACCESS_GRANTED.value})),
        StreamFilter(categories=frozenset({Category.DOOR.value}), kinds=frozenset({"event", "alarm"})),
    ):
        live = [row for row in store.live.after(0, 10_000) or () if wanted.takes(row)]
        for most in (1, 2, 7, 500):
            pages: list[StreamRow] = []
            position = 0
            while position < last:
                rows, looked = await sync_to_async(read_after)(position, wanted, most)
                assert len(rows) <= most
                assert looked > position
                pages += rows
                position = looked
            assert [message(row) for row in pages] == [message(row) for row in live]


async def test_the_seam_of_ring_and_database(store: DatabaseEventStore) -> None:
    store.live._size = 20
    reader = Reader(0, store.live)
    await reader.message()
    positions: list[int] = []
    for number in range(60):
        await store.append(submission(proof(NOW + number, code=DOOR_FORCED)))  # an event and its alarm
        await in_writer(store, lambda: tell(Kind.SERVER, {}))
        if number % 20 == 19:  # falls behind the ring, then catches up with it
            while len(positions) < 3 * (number + 1):
                positions.append(int((await reader.message()).split()[1]))
    assert positions == list(range(1, 181))
    await reader.close()


def test_a_filter_by_category_is_about_events_alone() -> None:
    door = StreamFilter(categories=frozenset({Category.DOOR.value}))
    assert not door.wants_happenings
    both = StreamFilter(categories=frozenset({Category.DOOR.value}), kinds=frozenset({"event", "alarm"}))
    assert both.wants_happenings
    assert not StreamFilter(kinds=frozenset({"alarm"})).wants_events


# --- What is told -----------------------------------------------------------------------------------------------------


async def test_states_alarms_and_the_record(store: DatabaseEventStore, bus: DatabaseBus) -> None:
    bus.publish(DeviceStateChanged(7, DeviceState.LIVE, "It came.", 1000.0, "10.0.0.7:1"))
    bus.publish(DeviceStateChanged(99, DeviceState.WAITING, "A stranger that was one too many.", 1000.0))
    bus.publish(AlarmRaised("clock-wrong", "The clock is off.", 1001.0, 7))
    bus.publish(RecordProgressed(7, 900.0))
    bus.publish(RecordProgressed(7, 900.0, "The device does not answer."))
    bus.publish(RecordProgressed(7, 900.0, "The device does not answer."))
    bus.publish(RecordProgressed(7, 950.0))
    bus.publish(AlarmCleared("clock-wrong", 1002.0, 7))
    await bus._write()
    found = await told()
    assert [(each["kind"], each["what"], each["device"]) for each in found] == [
        ("device", "state", 7),
        ("alarm", "raised", 7),
        ("record", "hindered", 7),
        ("record", "goes on", 7),
        ("alarm", "cleared", 7),
    ]
    assert found[0] | {"position": 0} == {
        "position": 0, "kind": "device", "device": 7, "at": "1970-01-01T00:16:40+00:00", "what": "state",
        "state": "live", "reason": "It came.", "address": "10.0.0.7:1",
    }  # fmt: skip
    assert found[1]["alarm"] == found[4]["alarm"] == (await Alarm.objects.aget()).pk
    assert (found[1]["name"], found[1]["words"]) == ("clock-wrong", "The clock is off.")
    assert found[2]["reason"] == "The device does not answer."


async def test_an_alarm_by_an_event_names_it_and_its_acknowledgement_names_who(store: DatabaseEventStore) -> None:
    await store.append(submission(proof(NOW, code=DOOR_FORCED)))
    event, alarm = await Event.objects.aget(), await Alarm.objects.aget()
    await sync_to_async(acknowledge)(alarm.pk, by="kim", note="The wind.")
    await emptied(store)
    raised, acknowledged = await told()
    assert (raised["what"], raised["event"], raised["alarm"], raised["source"]) == (
        "raised", event.position, alarm.pk, "event",
    )  # fmt: skip
    assert (acknowledged["what"], acknowledged["by"], acknowledged["note"]) == ("acknowledged", "kim", "The wind.")


async def test_gaps_are_told_with_the_commit_that_finds_them(store: DatabaseEventStore) -> None:
    gap = LedgerGap(7, GapKind.CROWDED_SECOND, "Too many in one second.", 5.0, 6.0, missing=3)

    def find(state: LedgerState, inserted: Any) -> LedgerState:
        from dataclasses import replace

        return replace(state, gaps=(*state.gaps, gap))

    given = submission(proof(NOW))
    await store.append(Submission(7, given.received_at, given.source, given.proofs, find))
    (found,) = await told()
    assert (found["kind"], found["what"], found["missing"]) == ("gap", "found", 3)
    assert found["words"] == "Too many in one second."
    assert found["position"] == 2


async def test_commands_and_what_came_of_them(store: DatabaseEventStore, bus: DatabaseBus) -> None:
    commands = bus.commands()
    sending = asyncio.ensure_future(bus.send(OpenDoor("one", 7, door=2), seconds=10))
    await anext(commands)
    await bus.finished(CommandOutcome("one", False, "The device said no.", "Look at it."))
    await sending
    with pytest.raises(TimedOut, match="not answered"):
        await bus.send(OpenDoor("two", 8), seconds=0.01)
    await bus._write()
    given, ended, second, unknown = await told()
    assert (given["what"], given["command"], given["door"], given["device"]) == ("given", "open-door", 2, 7)
    assert (ended["what"], ended["command_id"], ended["succeeded"]) == ("ended", "one", False)
    assert (ended["words"], ended["advice"]) == ("The device said no.", "Look at it.")
    assert second["what"] == "given"
    assert unknown["succeeded"] is None
    assert "not known" in unknown["words"]


async def test_what_people_do_with_devices(store: DatabaseEventStore) -> None:
    await Device.objects.filter(pk=7).aupdate(last_address="10.0.0.7")
    await sync_to_async(approve)(7, by="kim", name="Front door")
    await sync_to_async(block)(7, by="kim", reason="lost")
    await sync_to_async(add_direct_device)(9, "10.0.0.9", by="kim")
    await emptied(store)
    assert [(each["what"], each["device"], each["by"], each["approval"], each["reason"]) for each in await told()] == [
        ("approved", 7, "kim", "approved", ""),
        ("blocked", 7, "kim", "blocked", "lost"),
        ("added", 9, "kim", "approved", ""),
    ]


async def test_a_new_start_tells_that_devices_are_not_connected(store: DatabaseEventStore) -> None:
    await DeviceStatus.objects.acreate(device_id=7, state=DeviceState.LIVE.value, since=timezone.now())
    await DeviceStatus.objects.acreate(device_id=8, state=DeviceState.LOST.value, since=timezone.now())
    bus = DatabaseBus(store.writer)
    await bus.start()
    await bus.stop()
    (found,) = await told()
    assert (found["device"], found["what"], found["state"]) == (7, "state", "lost")


async def test_old_happenings_go_and_young_ones_stay(store: DatabaseEventStore) -> None:
    now = timezone.now()
    for days in (400, 100, 91, 89, 0):
        at = now - timedelta(days=days)
        await in_writer(store, lambda at=at, days=days: tell(Kind.SERVER, {"days": days}, at=at))
    await store.append(submission(proof(NOW)))
    assert await remove_old_happenings(store.writer, 90, now) == 3
    assert [each["days"] for each in await told()] == [89, 0]
    assert await Event.objects.acount() == 1
    assert await Happening.objects.acount() == 2


# --- Who sees what ----------------------------------------------------------------------------------------------------


async def stream_of(token: str, query: str = "") -> Any:
    return await AsyncClient().get(f"/api/v1/stream{query}", headers={"Authorization": f"Bearer {token}"})


async def lines_of(response: Any, count: int) -> list[dict[str, Any]]:
    """The next lines of a stream."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        async for chunk in response.streaming_content:
            found += [json.loads(line[6:]) for line in chunk.decode().splitlines() if line.startswith("data: ")]
            if len(found) >= count:
                break
    return found


async def test_a_reader_sees_what_its_rights_allow(store: DatabaseEventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "RECHECK_SECONDS", 0.05)

    def prepare() -> str:
        group = DeviceGroup.objects.create(name="east")
        Device.objects.filter(pk=7).update(group=group)
        return create_token(account("watch", "monitor", group), "test")[1]

    token = await sync_to_async(prepare)()
    set_live_events(store.live)
    try:
        for device in (7, 8):
            await store.append(submission(proof(NOW, device=device, code=DOOR_FORCED), device=device))
            await in_writer(store, lambda device=device: tell(Kind.DEVICE, {"what": "edited"}, device_id=device))
        await in_writer(store, lambda: tell(Kind.SERVER, {"what": "started"}))
        response = await stream_of(token, "?after=0")
        found = await lines_of(response, 3)
        assert [(line["kind"], line["device"]) for line in found] == [("event", 7), ("alarm", 7), ("device", 7)]
        alarms = await lines_of(await stream_of(token, "?after=0&kind=alarm"), 1)
        assert [line["kind"] for line in alarms] == ["alarm"]
        # Kinds that nobody gave him are refused, and unknown ones named.
        refused = await stream_of(token, "?kind=webhook")
        assert (refused.status_code, "webhooks.manage" in refused.json()["error"]) == (403, True)
        wrong = await stream_of(token, "?kind=nonsense")
        assert (wrong.status_code, "alarm" in wrong.json()["error"]) == (422, True)
        # A device that moves into the group is seen within the time of a look.
        follow = await stream_of(token)
        chunks = aiter(follow.streaming_content)
        await anext(chunks)
        await Device.objects.filter(pk=8).aupdate(group=await DeviceGroup.objects.aget())
        async with asyncio.timeout(60):
            number, text = 0, ""
            while "data: " not in text:
                number += 1
                await store.append(submission(proof(NOW + number, device=8), device=8))
                text = (await anext(chunks)).decode()
        assert '"device": 8' in text
        # His role is taken: the stream ends.
        await RoleAssignment.objects.all().adelete()
        async with asyncio.timeout(60):
            async for _ in chunks:
                pass
    finally:
        set_live_events(None)


def test_every_kind_has_its_right() -> None:
    assert set(KIND_RIGHTS) == set(Kind.values)
    assert set(KIND_RIGHTS.values()) <= set(RIGHTS)
