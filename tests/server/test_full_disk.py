"""The disk gets full while events come: none is acknowledged before it is kept, and all goes on by itself."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

from doorward.protocol.biostar1.redial import ServerAddress
from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device
from doorward.server.devices.services import approve
from doorward.server.events.models import Alarm, Event
from doorward.simulator import event_codes as events
from doorward.simulator.server_dialler import DialBehaviour
from doorward.simulator.server_site import ServerModeSite
from doorward.simulator.site import VirtualSite
from tests.server.conftest import use_database
from tests.server.test_run import eventually, running_site
from tests.support.small_disk import SmallDisk, small_disk

QUICK = DialBehaviour(broken_wait=(0.05, 0.2), refused_wait=(0.1, 0.3), restart_seconds=0.05)


@pytest.fixture
def disk(sqlite_template: Path, tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk with the database on it."""
    with small_disk(tmp_path / "disk") as found:
        shutil.copy(sqlite_template, found.folder / "d.sqlite3")
        use_database(f"sqlite:///{found.folder}/d.sqlite3")
        yield found
        use_database(f"sqlite:///{sqlite_template}")


@pytest.mark.root
async def test_a_disk_that_gets_full_and_has_room_again(disk: SmallDisk) -> None:
    async with running_site() as (server, _):
        site = VirtualSite(2, models=["biostation", "bioentry-plus"], people=2)
        devices = [site.device(each.device_id) for each in site.devices]
        async with ServerModeSite(site, ServerAddress(*server.gateway.addresses[0]), behaviour=QUICK) as diallers:
            await eventually(lambda: _count_waiting(2))
            for device in devices:
                await sync_to_async(approve)(device.device_id, by="test")
            async with asyncio.timeout(60):
                await diallers.all_live()
            disk.fill()
            counters = server.gateway.counters
            for number in range(5000):
                devices[number % 2].log.add(events.VERIFY_SUCCESS, 1, 5)
                await asyncio.sleep(0.002)
                if counters.unanswered:
                    break
            assert counters.unanswered, "the disk never was full"
            acknowledged = sum(dialler.acknowledged for dialler in diallers.diallers)
            assert await Event.objects.acount() >= acknowledged
            for device in devices:
                device.log.add(events.VERIFY_SUCCESS, 1, 6)
            disk.make_room()
            total = sum(len(device.log) for device in devices)
            await eventually(lambda: _kept(total), 60)
            await eventually(Alarm.objects.filter(kind="store-unavailable", cleared__isnull=False).aexists, 60)
            async with asyncio.timeout(60):
                await diallers.all_live()
            assert await Event.objects.acount() == sum(len(device.log) for device in devices)
            alarm = await Alarm.objects.filter(kind="store-unavailable").afirst()
            assert alarm is not None
            assert "disk of the database is full" in alarm.words


async def _count_waiting(count: int) -> bool:
    return await Device.objects.filter(approval=Approval.WAITING).acount() == count


async def _kept(count: int) -> bool:
    return await Event.objects.acount() >= count
