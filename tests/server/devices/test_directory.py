from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from doorward.gateway.collaborators import Approval, ConnectionMode, Sighting, SightingKind
from doorward.server.devices import directory as directory_module
from doorward.server.devices import services
from doorward.server.devices.directory import DatabaseDirectory, host_of
from doorward.server.devices.models import ConnectionHistory, Device
from doorward.server.events.live import LiveEvents
from doorward.server.events.store import DatabaseEventStore
from tests.server.events.traffic import add_device


def sighting(device_id: int = 7, address: str = "10.0.0.5", **values: object) -> Sighting:
    seen = Sighting(device_id, 1, address, time.time(), SightingKind.DIALLED_IN, "bioentry-plus")
    return replace(seen, **values)  # type: ignore[arg-type] # fields of a sighting


@pytest.fixture
async def directory(each_database: str) -> AsyncIterator[DatabaseDirectory]:
    store = DatabaseEventStore(LiveEvents())
    await store.start()
    made = DatabaseDirectory(store.writer)
    await made.start()
    yield made
    await made.stop()
    await store.stop()


async def test_a_stranger_waits(directory: DatabaseDirectory) -> None:
    assert await directory.entry(7) is None
    entry = await directory.sighted(sighting())
    assert (entry.approval, entry.model, entry.zone) == (Approval.WAITING, "bioentry-plus", "UTC")
    assert await directory.entry(7) == entry
    kept = await Device.objects.aget()
    assert (kept.last_address, kept.approval, kept.model) == ("10.0.0.5", "waiting", "bioentry-plus")
    assert "for the first time" in (await ConnectionHistory.objects.aget()).reason


async def test_who_was_just_seen_costs_no_write(directory: DatabaseDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    await directory.sighted(sighting())

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("it was written")

    monkeypatch.setattr(directory_module, "_note_sighting", refuse)
    assert (await directory.sighted(sighting())).device_id == 7


async def test_changes_of_this_process_and_of_others_are_noticed(directory: DatabaseDirectory) -> None:
    await directory.sighted(sighting())
    changes = directory.changes()
    waiting = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    await sync_to_async(services.approve)(7, by="anna")
    assert await asyncio.wait_for(waiting, 60) == 7
    entry = await directory.entry(7)
    assert entry is not None
    assert (entry.approval, entry.approved_address) == (Approval.APPROVED, "10.0.0.5")
    # Another process tells nobody.
    waiting = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    await Device.objects.filter(pk=7).aupdate(approval="blocked", changed=timezone.now())
    assert await asyncio.wait_for(waiting, 60) == 7
    entry = await directory.entry(7)
    assert entry is not None
    assert entry.approval is Approval.BLOCKED
    await changes.aclose()  # type: ignore[attr-defined] # it is a generator


async def approved(directory: DatabaseDirectory) -> None:
    await directory.sighted(sighting())
    await sync_to_async(services.approve)(7, by="anna")
    await directory._look()


async def test_another_address_asks_again(directory: DatabaseDirectory) -> None:
    await approved(directory)
    assert (await directory.sighted(sighting(address="::ffff:10.0.0.5"))).approval is Approval.APPROVED
    assert (await directory.sighted(sighting(address="10.0.0.5:40001"))).approval is Approval.APPROVED
    entry = await directory.sighted(sighting(address="10.0.0.6"))
    assert (entry.approval, entry.approved_address) == (Approval.WAITING, "10.0.0.5")
    assert (await Device.objects.aget()).approval == "waiting"
    reasons = [reason async for reason in ConnectionHistory.objects.values_list("reason", flat=True)]
    assert any("10.0.0.6 instead of 10.0.0.5" in reason for reason in reasons)
    # It stays so when it comes back from the old one: a person has to look.
    assert (await directory.sighted(sighting())).approval is Approval.WAITING


async def test_a_certificate_proves_more_than_an_address(directory: DatabaseDirectory) -> None:
    await approved(directory)
    entry = await directory.sighted(sighting(address="10.0.0.6", certified=True))
    assert entry.approval is Approval.APPROVED


async def test_strangers_are_bounded(directory: DatabaseDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_module, "MOST_WAITING_DEVICES", 3)
    for device_id in range(1, 6):
        assert (await directory.sighted(sighting(device_id))).approval is Approval.WAITING
    assert await Device.objects.acount() == 3
    assert await directory.entry(5) is None


async def test_direct_entries(directory: DatabaseDirectory) -> None:
    await sync_to_async(services.add_direct_device)(8, "10.0.0.8", by="anna", port=1471, password="sesame")
    await sync_to_async(add_device)(9, mode="direct", address="10.0.0.9")
    await sync_to_async(add_device)(10, mode="direct", address="10.0.0.10", approval="approved", enabled=False)
    await directory._look()
    (entry,) = await directory.direct_entries()
    assert (entry.device_id, entry.address, entry.port, entry.password) == (8, "10.0.0.8", 1471, b"sesame")
    assert entry.mode is ConnectionMode.DIRECT
    assert "sesame" not in repr(entry)


async def test_nobody_is_found_while_no_people_are_kept(directory: DatabaseDirectory) -> None:
    assert await directory.user_by_id(7, 5) is None
    assert await directory.user_by_card(7, 5, 0) is None


async def test_a_troubled_database_keeps_strangers_out_and_friends_in(database: str) -> None:
    store = DatabaseEventStore(LiveEvents())
    await store.start()
    directory = DatabaseDirectory(store.writer)
    await directory.start()
    await approved(directory)
    locker = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    try:
        stranger, moved, friend = await asyncio.gather(
            directory.sighted(sighting(8)),
            directory.sighted(sighting(address="10.0.0.6")),
            directory.sighted(sighting()),
        )
    finally:
        locker.execute("ROLLBACK")
        locker.close()
    assert (stranger.approval, moved.approval, friend.approval) == (
        Approval.WAITING,
        Approval.WAITING,
        Approval.APPROVED,
    )
    assert (await directory.sighted(sighting(8))).approval is Approval.WAITING
    assert await Device.objects.filter(pk=8).aexists()
    await directory.stop()
    await store.stop()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("10.0.0.5", "10.0.0.5"),
        ("10.0.0.5:1480", "10.0.0.5"),
        ("::ffff:10.0.0.5", "10.0.0.5"),
        ("[fe80::1]:1480", "fe80::1"),
        ("fe80::1", "fe80::1"),
        ("door.example", "door.example"),
    ],
)
def test_hosts(text: str, host: str) -> None:
    assert host_of(text) == host
