"""People, groups and managed devices for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from doorward.model import people as model
from doorward.server.access import services as access
from doorward.server.access.models import AccessGroup, Schedule
from doorward.server.devices.models import DeviceGroup
from doorward.server.doors.models import Door
from doorward.server.people.models import Person
from doorward.server.people.services import create_person
from doorward.server.sync.choices import Urgency
from doorward.server.sync.models import TABLES, Held, ManagedDevice, Waiting
from tests.server.doors.places import add_door

TEMPLATE = bytes(range(256)) + bytes(128)
FINGER = model.Finger((TEMPLATE, TEMPLATE[::-1]))


def managed_door(device_id: int, *, name: str = "", group: DeviceGroup | None = None) -> Door:
    """The door of a device whose people come from here."""
    door = add_door(device_id, name=name, group=group)
    ManagedDevice.objects.create(device_id=device_id, managed=True)
    return door


def group_at(name: str, *doors: Door, schedule: Schedule | None = None, people: tuple[int, ...] = ()) -> AccessGroup:
    """A group with rights and members."""
    group = access.create_access_group(name)
    for door in doors:
        access.set_right(group.number, door, schedule)
    access.add_members(group.number, people)
    return group


def person(number: int, name: str = "") -> Person:
    """A person."""
    return create_person({"name": name or f"Person {number}"}, number=number)


def held(device_id: int, number: int) -> None:
    """Note that a device holds somebody."""
    Held.objects.create(device_id=device_id, number=number, digest=b"something")


@contextmanager
def marks() -> Iterator[dict[int, set[tuple[int, bool]]]]:
    """The people, and 0 for the tables, that are marked inside, by device, each with whether that is urgent."""
    Waiting.objects.all().delete()
    found: dict[int, set[tuple[int, bool]]] = {}
    yield found
    for row in Waiting.objects.all():
        found.setdefault(row.device_id, set()).add((row.number, row.urgency == Urgency.WITHDRAWAL))


TABLES_MARK = (TABLES, True)
