"""The roster over the database, with a gateway and virtual devices: who is sent where, and in which order."""

from __future__ import annotations

import json

from asgiref.sync import sync_to_async
from django.utils import timezone

from doorward.protocol.biostar1.commands import users
from doorward.server.access.models import AccessGroup, AccessRight, Membership
from doorward.server.events.choices import Kind
from doorward.server.events.models import Happening, OutboxEntry
from doorward.server.people.models import Card, Person
from doorward.server.sync.marking import mark_people, mark_tables
from doorward.server.sync.models import Waiting
from tests.server.sync.ground import Site, assert_exact, do, make_devices, running, what_it_holds


def make_person(number: int, **values: object) -> Person:
    now = timezone.now()
    person = Person.objects.create(number=number, name=f"Person {number}", created=now, changed=now, **values)
    Card.objects.create(person=person, number=10_000 + number)
    return person


def make_staff(site: Site, count: int) -> AccessGroup:
    doors = make_devices(site)
    group = AccessGroup.objects.create(number=1, name="Staff")
    for door in doors.values():
        AccessRight.objects.create(group=group, door=door)
    for number in range(1, count + 1):
        Membership.objects.create(group=group, person=make_person(number))
    return group


def devices_told_of() -> list[int | None]:
    """The devices of which the stream tells that what waited is there."""
    found: list[int | None] = []
    for told in (Happening, OutboxEntry):
        rows = told.objects.filter(kind=Kind.SYNC).values_list("device_id", "data")
        found += [device_id for device_id, data in rows if json.loads(data)["what"] == "brought"]
    return found


async def test_a_first_sync_and_a_right_withdrawn_while_one_device_is_away(each_database: str) -> None:
    site = Site("bioentry-plus", "biostation", "facestation")
    group = await do(lambda: make_staff(site, 70))
    away = site.stations[1002]
    async with running(site):
        await site.until_settled()
        for station in site.stations.values():
            await sync_to_async(assert_exact)(station)
            assert len(what_it_holds(station)) == 70
        away.reachable = False
        away.cut()

        def withdraw() -> None:
            Membership.objects.filter(group=group, person__number=17).delete()
            mark_people([17], urgent=True)
            Membership.objects.create(group=group, person=make_person(71))
            mark_people([71], urgent=False)

        await do(withdraw)
        await site.until_settled()
        assert 17 in what_it_holds(away)
        away.reachable = True
        await site.until_settled()
        assert away.asked[1] == users.DeleteUsers.COMMAND, "right after the question who it is"
        for station in site.stations.values():
            await sync_to_async(assert_exact)(station)
            assert 17 not in what_it_holds(station)
        assert set(await do(devices_told_of)) == set(site.stations), "whoever looks at a page sees that it is done"

        def take_door() -> None:
            AccessRight.objects.filter(door__device_id=1001).delete()
            mark_tables([1001])

        await do(take_door)
        await site.until_settled()
        assert what_it_holds(site.stations[1001]) == {}
        assert not await sync_to_async(Waiting.objects.exists)()
