"""Changing and removing devices on each kind of database, and the gateway's directory that follows."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.devices import editing
from doorward.server.devices.choices import SettingsOrigin
from doorward.server.devices.directory import DatabaseDirectory
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup, DeviceSettings, DeviceStatus
from doorward.server.events.models import Alarm, Gap
from tests.server.devices.test_directory import directory, sighting  # noqa: F401 - a fixture
from tests.server.events.traffic import add_device


def test_a_removed_device_leaves_its_record(each_database: str) -> None:
    group, now = DeviceGroup.objects.create(name="House"), timezone.now()
    device = add_device(approval="approved", group=group)
    DeviceStatus.objects.create(device=device, state="lost", since=now)
    ConnectionHistory.objects.create(device=device, state="lost", since=now)
    DeviceSettings.objects.create(
        device=device, family="doors", values={}, kept_at=now, kept_by="x", origin=SettingsOrigin.READ
    )
    Gap.objects.create(device=device, kind="x", reason="x", until=now, found=now)
    Alarm.objects.create(device=device, kind="x", words="x", raised=now)
    with pytest.raises(editing.NotRemovable):
        editing.remove_device(7, by="anna")
    editing.change_device(7, {"enabled": False, "name": "Gate"}, by="anna")
    assert Device.objects.get().name == "Gate"
    editing.remove_device(7, by="anna")
    assert not Device.objects.exists()
    assert not ConnectionHistory.objects.exists()
    assert (Gap.objects.values_list("device_id").get(), Alarm.objects.values_list("device_id").get()) == ((7,), (7,))
    editing.delete_group(group)
    assert not DeviceGroup.objects.exists()


def test_what_is_not_changed_by_a_person(each_database: str) -> None:
    add_device()
    with pytest.raises(InvalidInput, match="approval"):
        editing.change_device(7, {"approval": "approved"}, by="anna")
    before = Device.objects.get().changed
    editing.change_device(7, {"name": ""}, by="anna")
    assert Device.objects.get().changed == before


async def test_the_gateway_hears_of_a_removed_device(directory: DatabaseDirectory) -> None:  # noqa: F811
    await directory.sighted(sighting())
    await directory.sighted(sighting(8))
    changes = directory.changes()
    waiting = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    await sync_to_async(editing.remove_device)(7, by="anna")
    assert await asyncio.wait_for(waiting, 60) == 7
    assert await directory.entry(7) is None
    assert await directory.entry(8) is not None
    # It calls again, as a stranger.
    entry = await directory.sighted(sighting())
    assert entry.approval.value == "waiting"
    await changes.aclose()  # type: ignore[attr-defined] # it is a generator
