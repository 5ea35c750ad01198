"""A backup is restored: devices that hold what came after it are put right, by the restored data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.test import override_settings

from doorward.server.access.models import AccessGroup, Membership
from doorward.server.backup import passphrase
from doorward.server.backup.making import make_backup
from doorward.server.backup.restoring import restore_backup
from doorward.server.people.models import Person
from doorward.server.sync.marking import mark_people, mark_removed
from doorward.server.sync.models import Difference
from tests.server.conftest import SETTINGS, use_database
from tests.server.sync.ground import Site, assert_exact, do, running, what_it_holds
from tests.server.sync.test_roster import make_person, make_staff


def after_the_backup() -> None:
    """One comes, one goes, one loses the right, one gets another name."""
    group = AccessGroup.objects.get()
    Membership.objects.create(group=group, person=make_person(5))
    Person.objects.get(number=2).delete()
    Membership.objects.filter(person__number=3).delete()
    Person.objects.filter(number=4).update(name="Another")
    mark_removed(2, [1001])
    mark_people([3, 4, 5], urgent=True)


async def test_a_device_is_put_right_after_a_restore(
    database: str, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passphrase, "COST", 2**10)
    site, backup, url = Site("biostation"), tmp_path / "doorward.backup", f"sqlite:///{tmp_path}/restored.sqlite3"
    station = site.stations[1001]
    settings = replace(
        SETTINGS,
        data_folder=str(tmp_path),
        database=replace(SETTINGS.database, url=url),
        security=replace(SETTINGS.security, key_file=str(key_file)),
    )
    await do(lambda: make_staff(site, 4))
    async with running(site):
        await site.until_settled()
        before = what_it_holds(station)
    await sync_to_async(make_backup)(backup)
    async with running(site):
        await do(after_the_backup)
        await site.until_settled()
        assert set(what_it_holds(station)) == {1, 4, 5}
    with override_settings(DOORWARD=settings):
        use_database(url)
        await sync_to_async(restore_backup)(backup)
        async with running(site):
            await site.until_settled()
            assert what_it_holds(station) == before
            await sync_to_async(assert_exact)(station)
            assert not await sync_to_async(Difference.objects.exists)()
