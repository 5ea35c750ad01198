from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async

from doorward.gateway.collaborators import (
    AlarmCleared,
    AlarmRaised,
    CommandOutcome,
    DeviceState,
    DeviceStateChanged,
    EventsCommitted,
    GapFound,
    OpenDoor,
)
from doorward.gateway.ledger import Gap, GapKind
from doorward.model.errors import InvalidInput, TimedOut
from doorward.server.devices.models import ConnectionHistory, DeviceStatus
from doorward.server.events.bus import DatabaseBus
from doorward.server.events.live import LiveEvents
from doorward.server.events.models import Alarm
from doorward.server.events.services import acknowledge
from doorward.server.events.store import DatabaseEventStore
from tests.server.events.traffic import add_device


@pytest.fixture
async def bus(each_database: str) -> AsyncIterator[DatabaseBus]:
    await sync_to_async(add_device)(7)
    await sync_to_async(add_device)(8)
    store = DatabaseEventStore(LiveEvents())
    await store.start()
    made = DatabaseBus(store.writer)
    await made.start()
    yield made
    await made.stop()
    await store.stop()


def changed(state: DeviceState, reason: str = "because", device_id: int = 7) -> DeviceStateChanged:
    return DeviceStateChanged(device_id, state, reason, time.time(), "10.0.0.5")


async def test_states_are_kept_the_last_one_and_all_of_them(bus: DatabaseBus) -> None:
    bus.publish(changed(DeviceState.CONNECTING))
    bus.publish(changed(DeviceState.LIVE))
    bus.publish(changed(DeviceState.LOST, "the line was cut", 8))
    bus.publish(changed(DeviceState.WAITING, "a stranger that was one too many", 99))
    bus.publish(EventsCommitted(7, ()))
    await bus._write()
    assert {status.pk: status.state async for status in DeviceStatus.objects.all()} == {7: "live", 8: "lost"}
    states = [state async for state in ConnectionHistory.objects.order_by("pk").values_list("state", flat=True)]
    assert sorted(states) == ["connecting", "live", "lost"]
    bus.publish(changed(DeviceState.LOST, "it went away"))
    await bus._write()
    status = await DeviceStatus.objects.aget(pk=7)
    assert (status.state, status.reason, status.address) == ("lost", "it went away", "10.0.0.5")


async def test_alarms_are_raised_and_cleared(bus: DatabaseBus) -> None:
    bus.publish(AlarmRaised("store-unavailable", "The disk is full.", time.time()))
    bus.publish(AlarmRaised("clock-off", "The clock is off.", time.time(), 7))
    bus.publish(AlarmRaised("clock-off", "The clock is off.", time.time(), 8))
    bus.publish(AlarmCleared("clock-off", time.time(), 7))
    bus.publish(AlarmCleared("store-unavailable", time.time()))
    bus.publish(GapFound(Gap(7, GapKind.CROWDED_SECOND, "too many in one second", None, 5.0)))
    await bus._write()
    standing = Alarm.objects.filter(cleared__isnull=True).order_by("kind")
    assert [(alarm.kind, alarm.device_id) async for alarm in standing] == [("clock-off", 8), ("gap-crowded-second", 7)]


async def test_alarms_are_acknowledged_once_and_noted_often(bus: DatabaseBus) -> None:
    bus.publish(AlarmRaised("clock-off", "The clock is off.", time.time(), 7))
    await bus._write()
    alarm = await Alarm.objects.aget()
    done = await sync_to_async(acknowledge)(alarm.pk, by="anna", note="set it")
    assert (done.state, done.acknowledged_by) == ("acknowledged", "anna")
    again = await sync_to_async(acknowledge)(alarm.pk, by="berta", note="checked")
    assert (again.acknowledged_by, again.note) == ("anna", "set it\nberta: checked")
    with pytest.raises(InvalidInput, match="alarm"):
        await sync_to_async(acknowledge)(999, by="anna")


async def test_the_last_run_says_nothing_of_now(bus: DatabaseBus) -> None:
    bus.publish(changed(DeviceState.LIVE))
    await bus._write()
    await bus.stop()
    await bus.start()
    status = await DeviceStatus.objects.aget(pk=7)
    assert (status.state, status.reason) == ("lost", "The server was started anew.")


async def test_commands_find_their_way_and_back(bus: DatabaseBus) -> None:
    commands = bus.commands()
    sending = asyncio.ensure_future(bus.send(OpenDoor("one", 7), seconds=10))
    command = await asyncio.wait_for(anext(commands), 60)
    assert command == OpenDoor("one", 7)
    await bus.finished(CommandOutcome("unknown", succeeded=True, words="nobody asked"))
    await bus.finished(CommandOutcome("one", succeeded=False, words="The device said no."))
    assert (await sending).words == "The device said no."
    with pytest.raises(TimedOut, match="not known"):
        await bus.send(OpenDoor("two", 7), seconds=0.01)
    await commands.aclose()  # type: ignore[attr-defined] # it is a generator


async def test_what_happens_while_the_database_is_away_is_written_later(database: str) -> None:
    await sync_to_async(add_device)(7)
    store = DatabaseEventStore(LiveEvents())
    await store.start()
    bus = DatabaseBus(store.writer)
    await bus.start()
    locker = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    bus.publish(AlarmRaised("store-unavailable", "Locked.", time.time()))
    await bus._write()
    bus.publish(changed(DeviceState.LOST))
    locker.execute("ROLLBACK")
    locker.close()
    await bus.stop()
    await store.stop()
    assert (await Alarm.objects.aget()).words == "Locked."
    assert (await DeviceStatus.objects.aget()).state == "lost"
