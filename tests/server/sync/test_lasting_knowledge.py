"""What is known of devices outlives a change of keys, and is doubted after a restore and in another zone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.test import override_settings

from doorward.protocol.biostar1.commands import users
from doorward.server.devices.models import Device
from doorward.server.keys import forget_keys
from doorward.server.sync import services
from doorward.server.sync.basis import put_devices_right, resume
from doorward.server.sync.choices import Comparing
from doorward.server.sync.models import Difference, ManagedDevice
from doorward.server.system.services import rotate_key
from tests.server.conftest import SETTINGS
from tests.server.sync.ground import Site, assert_exact, do, running, what_it_holds
from tests.server.sync.test_hand_edits import delete_at_menu, enroll_at_menu
from tests.server.sync.test_roster import make_staff

WRITES = {users.DeleteUsers.COMMAND, users.EnrollBioStationUsers.COMMAND}


@pytest.fixture
def own_key(key_file: Path, tmp_path: Path) -> Iterator[None]:
    """A key file of this test alone."""
    path = tmp_path / "own.key"
    shutil.copy(key_file, path)
    path.chmod(0o600)
    settings = replace(SETTINGS, security=replace(SETTINGS.security, key_file=str(path)))
    with override_settings(DOORWARD=settings):
        forget_keys()
        yield
    forget_keys()


async def test_a_new_key_leaves_devices_as_they_are(database: str, own_key: None) -> None:
    site = Site("biostation")
    station = site.stations[1001]
    await do(lambda: make_staff(site, 3))
    async with running(site):
        await site.until_settled()
    await sync_to_async(rotate_key)()
    async with running(site):
        await do(lambda: services.check_now(Device.objects.get(pk=1001)))
        await site.until_settled()
        assert not await sync_to_async(Difference.objects.exists)()
        assert users.ListBioStationUsers.COMMAND in station.asked
        assert not WRITES.intersection(station.asked)
        await sync_to_async(assert_exact)(station)


async def test_after_a_restore_devices_are_put_right_but_for_what_was_asked_before(each_database: str) -> None:
    site = Site("biostation")
    station = site.stations[1001]
    await do(lambda: make_staff(site, 4))
    async with running(site):
        await site.until_settled()
        enroll_at_menu(station, 4_711)
        await do(lambda: services.check_now(Device.objects.get(pk=1001)))
        await site.until(lambda: Difference.objects.filter(number=4_711).exists())
        await site.until_settled()
    kept = what_it_holds(station)[4_711]
    # What came to the device since the backup, of which the restored data know nothing.
    enroll_at_menu(station, 2)
    enroll_at_menu(station, 4_712)
    delete_at_menu(station, 3)
    assert await sync_to_async(put_devices_right)() == 1
    async with running(site):
        await site.until_settled()
        held = what_it_holds(station)
        assert held.pop(4_711) == kept
        assert set(held) == {1, 2, 3, 4}
        assert await sync_to_async(lambda: list(Difference.objects.values_list("number", flat=True)))() == [4_711]
        assert not await sync_to_async(lambda: ManagedDevice.objects.get().put_right)()
        enroll_at_menu(station, 4_713)
        await do(lambda: services.check_now(Device.objects.get(pk=1001)))
        await site.until(lambda: Difference.objects.filter(number=4_713).exists())


def test_another_zone_of_the_site_has_devices_compared_that_follow_it(database: str) -> None:
    site = Site("biostation", "biostation")
    make_staff(site, 1)
    Device.objects.filter(pk=1001).update(zone="")
    resume()
    with override_settings(TIME_ZONE="Asia/Seoul"):
        resume()
        found = dict(ManagedDevice.objects.values_list("pk", "comparing"))
        assert found == {1001: Comparing.WITHDRAWAL, 1002: Comparing.NOT}
        ManagedDevice.objects.update(comparing=Comparing.NOT)
        resume()
        assert not ManagedDevice.objects.exclude(comparing=Comparing.NOT).exists()
