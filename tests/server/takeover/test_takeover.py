"""A site of virtual devices is taken over into an empty server and written to one more, which equals them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone

from doorward.device.biostar1.driver import BioStar1Device
from doorward.model import people as model
from doorward.model import rights
from doorward.server.access.models import AccessGroup, AccessRight, Schedule
from doorward.server.access.on_devices import groups_of_people
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import Device
from doorward.server.people.erasing import erase
from doorward.server.people.models import Card, Finger, Person
from doorward.server.people.on_devices import people_for_devices, person_for_device
from doorward.server.takeover.models import ReadPerson
from doorward.server.takeover.one_person import take_over_person
from doorward.simulator import VirtualDevice
from doorward.simulator.people import fill_people, fill_rights
from tests.server.takeover.mover import Mover
from tests.support.driver_desk import driver_desk

MODELS = {21: "biostation", 22: "bioentry-plus", 23: "biostation-t2", 24: "xpass", 25: "d-station", 26: "biostation-t2"}
SIXTH = 26
PEOPLE = 60


@pytest.fixture
def mover(database: str) -> Iterator[Mover]:
    now = timezone.now()
    virtual = {number: VirtualDevice(number, model_name) for number, model_name in MODELS.items()}
    for number, model_name in MODELS.items():
        Device.objects.create(
            device_id=number, name=f"Gate {number}", model=model_name, zone="Europe/Berlin", first_seen=now,
            changed=now, approval="approved",
        )  # fmt: skip
    with driver_desk(*virtual.values()) as desk:
        yield Mover(desk, virtual)
    connection.close()
    for device in virtual.values():
        device.close()


def test_a_site_moves_in_and_goes_to_one_more_device(mover: Mover) -> None:
    for number, device in mover.virtual.items():
        if number != SIXTH:
            fill_rights(device)
            fill_people(device, PEOPLE)
    item = mover.read(*(number for number in MODELS if number != SIXTH))
    assert item["state"] == "compared", item["words"]
    assert (item["people"], item["added"], item["known"]) == (PEOPLE, PEOPLE, 0)
    # The same people everywhere: what one model has no place for another one knows.
    assert mover.conflicts(item) == {}
    assert not Person.objects.exists()
    assert {(one["name"], len(one["devices"])) for one in item["groups"]} == {("Staff", 5), ("Cleaning", 5)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM takeover_readperson")
        assert all(b"templates" not in bytes(row[0]) and b'"pin"' not in bytes(row[0]) for row in cursor.fetchall())

    assert mover.apply(item)["state"] == "applied"
    assert Person.objects.count() == PEOPLE
    assert not ReadPerson.objects.exists()
    assert {(group.number, group.name) for group in AccessGroup.objects.all()} == {(1, "Staff"), (2, "Cleaning")}
    assert {schedule.name for schedule in Schedule.objects.all()} == {"Office hours", "Evenings"}
    # "All doors" became the doors concerned.
    assert set(AccessRight.objects.values_list("door__device", flat=True)) == set(MODELS) - {SIXTH}

    for number, name in MODELS.items():
        if number == SIXTH:
            continue
        wanted = groups_of_people(number)
        for person in people_for_devices(wanted):
            family = name if name == "d-station" else ""
            made = person_for_device(person, wanted[person.number], ZoneInfo("Europe/Berlin"), face_family=family)
            held = mover.person(number, person.number)
            fitting, _ = mover.desk.drivers[number].people.reduced(made)
            fitting = dataclasses.replace(fitting, fingers=_without_position(fitting.fingers))
            assert fitting == dataclasses.replace(held, fingers=_without_position(held.fingers))
        assert sorted(wanted) == list(range(1, PEOPLE + 1))

    everybody = [
        person_for_device(person, groups_of_people(23)[person.number], ZoneInfo("Europe/Berlin"))
        for person in people_for_devices(range(1, PEOPLE + 1))
    ]
    mover.enroll(SIXTH, *everybody)
    for number in range(1, PEOPLE + 1):
        assert mover.person(SIXTH, number) == mover.person(23, number)
    again = mover.read(21, 23)
    assert (again["added"], again["known"], mover.conflicts(again)) == (0, PEOPLE, {})


def _without_position(fingers: tuple[model.Finger, ...]) -> tuple[model.Finger, ...]:
    return tuple(dataclasses.replace(finger, position=0) for finger in fingers)


def test_what_devices_say_differently_is_asked_field_by_field(mover: Mover) -> None:
    finger, other = (model.Finger((bytes([n]) * 384, bytes([n + 1]) * 384)) for n in (1, 3))
    mover.enroll(21, model.Person(number=5, name="Ann", pin="1111", cards=(model.Card(7),), fingers=(finger,)))
    mover.enroll(23, model.Person(number=5, name="Anna", pin="2222", cards=(model.Card(8),), fingers=(other,)))
    mover.enroll(22, model.Person(number=5, cards=(model.Card(8),), disabled=True))
    mover.enroll(24, model.Person(number=6, cards=(model.Card(8),)))
    now = timezone.now()
    Person.objects.create(number=5, name="Annika", created=now, changed=now)
    item = mover.read(21, 22, 23, 24)
    found = mover.conflicts(item)
    assert set(found) == {
        (5, "name"), (5, "pin"), (5, "cards"), (5, "fingers"), (5, "disabled"), (5, "card-owner 8"),
    }  # fmt: skip
    name = found[5, "name"]["options"]
    assert [(option["shown"], option["devices"], option["ours"]) for option in name] == [
        ("Annika", [], True), ("Ann", [21], False), ("Anna", [23], False),
    ]  # fmt: skip
    assert "1111" not in json.dumps(list(found.values()))
    assert "not answered" in mover.post(f"/{item['id']}/apply", {"plan": item["plan"]}, 409)["error"]
    mover.post(f"/{item['id']}/decisions", {"choices": [{"id": found[5, "name"]["id"], "choice": "99"}]}, 422)
    chosen = [
        {"id": found[5, "name"]["id"], "choice": "ours"},
        {"id": found[5, "cards"]["id"], "choice": "22"},
        {"id": found[5, "card-owner 8"]["id"], "choice": "5"},
    ]
    decided = mover.post(f"/{item['id']}/decisions", {"choices": chosen, "others": "23"}, 200)
    assert decided["open"] == 0
    assert mover.apply(item)["state"] == "applied"
    person = Person.objects.get(number=5)
    assert (person.name, person.pin, person.disabled) == ("Annika", "2222", False)
    assert [(card.person.number, card.number) for card in Card.objects.all()] == [(5, 8)]
    assert bytes(Finger.objects.get().first) == other.templates[0]
    assert not Person.objects.get(number=6).cards.exists()


def test_groups_that_mean_different_things_stay_apart(mover: Mover) -> None:
    week = rights.Schedule(number=3, name="Days", days=((rights.TimeInterval(480, 1020),),) * 7)

    def tables(device: int, schedule: int) -> None:
        async def write(driver: BioStar1Device) -> None:
            await driver.rights.schedules.replace([week])
            right = rights.DoorRight(rights.ALL_DOORS, schedule)
            await driver.rights.access_groups.replace([rights.AccessGroup(number=1, name="Staff", rights=(right,))])

        mover.desk.work(device, write, seconds=20)

    tables(21, 3)
    tables(22, rights.ALWAYS_SCHEDULE)
    both, left, right = (
        model.Person(number=number, cards=(model.Card(100 + number),), access_groups=(1,)) for number in (1, 2, 3)
    )
    mover.enroll(21, both, left)
    mover.enroll(22, both, right)
    assert mover.apply(mover.read(21, 22))["state"] == "applied"
    found = {
        group.name: (
            sorted(group.people.values_list("number", flat=True)),
            [(one.door.device_id, one.schedule and one.schedule.name) for one in group.rights.all()],
        )
        for group in AccessGroup.objects.all()
    }
    assert found == {
        "Staff (Gate 21)": ([1, 2], [(21, "Days")]),
        "Staff (Gate 22)": ([1, 3], [(22, None)]),
    }


def test_who_was_erased_is_not_taken_over_and_goes_from_readings(mover: Mover) -> None:
    now = timezone.now()
    mover.enroll(21, model.Person(number=5, name="Ann"), model.Person(number=6, name="Bob"))
    for number in (5, 6):
        Person.objects.create(number=number, created=now, changed=now)
    erase(5)
    item = mover.read(21)
    assert item["people"] == 1
    assert any("erased" in remark for remark in item["remarks"])
    erase(6)
    assert not ReadPerson.objects.filter(number=6).exists()
    assert "changed here since" in mover.apply(item)["words"]


def test_one_person_is_taken_over_as_the_device_holds_the_person(database: str) -> None:
    now = timezone.now()
    device = Device.objects.create(device_id=22, model="bioentry-plus", first_seen=now, changed=now)
    person = Person.objects.create(number=5, name="Ann", pin="1111", created=now, changed=now)
    Card.objects.create(person=person, number=7)
    with transaction.atomic():
        take_over_person(device, model.Person(number=5, disabled=True))
    person.refresh_from_db()
    assert (person.name, person.pin, person.disabled) == ("Ann", "1111", True)  # the model has no place for both
    assert not person.cards.exists()
    with transaction.atomic():
        take_over_person(device, model.Person(number=6, cards=(model.Card(9),)))
    assert Card.objects.get(number=9).person.number == 6


def test_fingers_of_many_people_are_replaced_and_noted_without_what_they_are(mover: Mover) -> None:
    def finger(byte: int, *, duress: bool = False) -> model.Finger:
        return model.Finger((bytes([byte]) * 384, bytes([byte + 1]) * 384), duress=duress)

    mover.enroll(21, *(model.Person(number=n, name=f"N{n}", fingers=(finger(1), finger(3))) for n in range(1, 121)))
    assert mover.apply(mover.read(21))["state"] == "applied"
    mover.enroll(21, model.Person(number=7, name="N7", fingers=(finger(1), finger(3, duress=True))))
    mover.enroll(21, model.Person(number=8, name="N8", fingers=(finger(1), finger(3), finger(5))))
    item = mover.read(21)
    assert set(mover.conflicts(item)) == {(7, "fingers")}
    mover.post(f"/{item['id']}/decisions", {"others": "21"}, 200)
    assert mover.apply(item)["state"] == "applied"
    assert Finger.objects.count() == 241
    held = Finger.objects.filter(person__number__in=(7, 8)).order_by("person__number", "place")
    assert [(one.person.number, one.place, bytes(one.first[:1]), one.duress) for one in held] == [
        (7, 0, b"\x01", False), (7, 1, b"\x03", True),
        (8, 0, b"\x01", False), (8, 1, b"\x03", False), (8, 2, b"\x05", False),
    ]  # fmt: skip
    noted = AuditEntry.objects.filter(action="takeover.apply", object_type="person", after__has_key="fingers")
    assert noted.count() == 122
    last = noted.order_by("pk").last()
    assert last is not None
    assert (last.object_name, last.before, last.after) == (
        "person 8", {"fingers": 2, "faces": 0}, {"fingers": 3, "faces": 0},
    )  # fmt: skip
    assert last.actor == "admin"
