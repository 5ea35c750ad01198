"""What is on a device is shown before its people come from here, and a door never comes to follow another schedule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client

from doorward.device.biostar1.driver import BioStar1Device
from doorward.model import people as model
from doorward.model import rights
from doorward.protocol.biostar1.records.doors import DoorSettings
from doorward.server.access.models import AccessGroup, AccessRight, Membership, Schedule
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import Device
from doorward.server.doors.models import Door
from doorward.server.operators.services import create_token
from doorward.server.people.erasing import erase
from doorward.server.people.models import Card, Person
from doorward.server.people.on_devices import person_for_device
from doorward.server.sync import services
from doorward.server.sync.desired import Profile
from doorward.server.sync.marking import mark_people
from doorward.server.sync.models import ManagedDevice
from tests.server.accounts import account, administrator
from tests.server.sync.ground import Site, do, its_tables, make_devices, running, what_it_holds
from tests.server.sync.test_roster import make_person
from tests.support.driver_desk import DriverDesk, driver_desk

OFFICE = rights.Schedule(number=1, name="Office", days=((rights.TimeInterval(480, 1080),),) * 7)
STAFF = rights.AccessGroup(number=9, name="Old staff", rights=(rights.DoorRight(rights.ALL_DOORS, 1),))


@pytest.fixture
def site(database: str) -> Iterator[Site]:
    site = Site("biostation")
    yield site
    connection.close()


def content(who: str = "admin", status: int = 200) -> dict[str, Any]:
    operator = administrator() if who == "admin" else account(who, "installer")
    token = create_token(operator, "test")[1]
    response = Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/sync/devices/1001/content")
    assert response.status_code == status, response.content
    found: dict[str, Any] = json.loads(response.content)
    return found


def write(desk: DriverDesk, *people: model.Person) -> None:
    async def work(driver: BioStar1Device) -> None:
        await driver.rights.schedules.replace([OFFICE])
        await driver.rights.access_groups.replace([STAFF])
        await driver.people.enroll_many(people)

    desk.work(1001, work, seconds=20)


def unlock_by_schedule(desk: DriverDesk, number: int) -> None:
    async def work(driver: BioStar1Device) -> None:
        found = await driver.configuration.read(DoorSettings)
        first, *others = found.doors
        doors = (replace(first, forced_open_schedule=number), *others)
        await driver.configuration.write(replace(found, doors=doors))

    desk.work(1001, work, seconds=20)


def fill(site: Site) -> None:
    """Number 1 and 2 have a right, and 6 too; 3 has none; 5 was erased."""
    door = make_devices(site, managed=False)[1001]
    group = AccessGroup.objects.create(number=1, name="Staff")
    AccessRight.objects.create(group=group, door=door)
    people = {number: make_person(number) for number in (1, 2, 3, 5, 6)}
    for number in (1, 2, 6):
        Membership.objects.create(group=group, person=people[number])
    erase(5)


def test_what_is_on_a_device_is_told_before_it_is_switched_on(site: Site) -> None:
    fill(site)
    zone = Profile("biostation", "Europe/Berlin").zone_info
    same = person_for_device(Person.objects.get(number=1), (1,), zone)
    strangers = [model.Person(number=n, name=f"Stranger {n}", cards=(model.Card(n),)) for n in (5, *range(100, 125))]
    with driver_desk(site.stations[1001].device) as desk:
        write(desk, same, model.Person(number=2, name="Other"), model.Person(number=3, name="Three"), *strangers)
        found = content()
        assert (found["people"], found["stay"], found["change"], found["come"]) == (29, 1, 1, 1)
        assert (found["unknown"], found["no_right"], found["no_place"]) == (26, 1, 0)
        assert len(found["leave"]) == 20
        assert [(one["number"], one["name"], one["fate"]) for one in found["leave"][:3]] == [
            (3, "Person 3", "no-right"), (5, "", "unknown"), (100, "Stranger 100", "unknown"),
        ]  # fmt: skip
        assert [(one["name"], one["there"], one["here"], one["replaced"]) for one in found["tables"]] == [
            ("holidays", 0, 0, False), ("schedules", 1, 0, True), ("access_groups", 1, 1, True),
        ]  # fmt: skip
        assert found["doors"] == []
        assert set(what_it_holds(site.stations[1001])) == {1, 2, 3, 5, *range(100, 125)}, "nothing was changed"
        assert AuditEntry.objects.filter(action="sync.read", object_id="1001").exists()
        # Whoever sets devices up and may not see people is told numbers.
        assert {one["name"] for one in content("fitter")["leave"]} == {""}
    assert not ManagedDevice.objects.get().managed


def test_a_device_that_is_not_connected_cannot_tell(site: Site) -> None:
    fill(site)
    with driver_desk():
        assert "not connected" in content(status=409)["error"]


@pytest.mark.parametrize("here", [None, OFFICE, replace(OFFICE, days=((rights.WHOLE_DAY,),) * 7)])
async def test_a_door_does_not_come_to_follow_another_schedule(site: Site, here: rights.Schedule | None) -> None:
    station = site.stations[1001]

    def prepare() -> list[str]:
        fill(site)
        if here is not None:
            days = [[[part.start, part.end] for part in day] for day in here.days]
            Schedule.objects.create(number=1, name="One", days=days)
        with driver_desk(station.device) as desk:
            write(desk, model.Person(number=2, name="Other"), model.Person(number=7))
            unlock_by_schedule(desk, 1)
            told: list[str] = content()["doors"]
        # As it is once the door was looked at.
        Door.objects.update(normal_open_schedule=1)
        services.switch_on(Device.objects.get())
        return told

    told = await do(prepare)
    before = what_it_holds(station), its_tables(station)

    def take_card() -> None:
        Card.objects.filter(person__number=2).delete()
        mark_people([2], urgent=True)

    await do(take_card)
    async with running(site):
        await site.until_settled()
        standing = await sync_to_async(ManagedDevice.objects.get)()
        if here is OFFICE:
            assert told == []
            assert standing.managed
            assert its_tables(station) != before[1]
            assert station.device.rights.schedule(1) is not None
        else:
            assert len(told) == 1
            assert "unlocks or locks by itself by schedule 1 of device 1001" in told[0]
            assert not standing.managed
            assert "unlocks or locks by itself by schedule 1 of device 1001" in standing.words
            assert (what_it_holds(station), its_tables(station)) == before, "nothing on it was touched"
