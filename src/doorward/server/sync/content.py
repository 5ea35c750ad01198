"""What is on a device now, and what would become of it once its people come from here; nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings

from doorward.device.biostar1.driver import BioStar1Device
from doorward.gateway.people_steps import read_holdings
from doorward.gateway.roster import Holdings
from doorward.server.audit.services import Thing, record
from doorward.server.devices.commands import command_desk
from doorward.server.devices.models import Device
from doorward.server.people.erased import not_erased
from doorward.server.people.models import Person
from doorward.server.sync import tables as rights
from doorward.server.sync.choices import Fate
from doorward.server.sync.desired import People, Profile, groups_at
from doorward.server.sync.digests import header_digest, same_header
from doorward.server.sync.door_schedules import doors_that_would_change
from doorward.server.sync.marking import AT_ONCE, parts
from doorward.server.sync.services import require_bringable

READ_WITHIN: Final = 120.0
"""Seconds in which a device lists everybody on it."""


@dataclass(frozen=True, slots=True)
class OnDevice:
    """Somebody who is on a device and would not just stay there.

    Attributes:
        number: The person.
        name: As the device has it; empty where its model keeps none, or the person was erased here.
        fate: What would become of the person.
    """

    number: int
    name: str = field(repr=False)
    fate: Fate


@dataclass(frozen=True, slots=True)
class TableOnDevice:
    """A table of a device.

    Attributes:
        name: Which.
        there: How many items the device has in it.
        here: How many it would have.
        replaced: Whether it would be replaced.
    """

    name: str
    there: int
    here: int
    replaced: bool


@dataclass(frozen=True, slots=True)
class Content:
    """What is on a device, and what would become of it.

    Attributes:
        people: How many people are on it.
        capacity: How many its model holds.
        stay: How many of them are there just as the data say.
        change: How many would be written anew.
        come: How many would be added.
        leave: Those for whom there is no place by the data, in the order of their numbers.
        tables: Its tables.
        doors: Why it cannot be switched on: doors that would do something else.
    """

    people: int
    capacity: int
    stay: int
    change: int
    come: int
    leave: list[OnDevice]
    tables: list[TableOnDevice]
    doors: list[str]

    def count(self, fate: Fate) -> int:
        """How many would have a fate."""
        return sum(one.fate is fate for one in self.leave)


def read_content(device: Device) -> Content:
    """Read what is on a device, over the connection that stands; whoever calls this has checked that he may.

    Raises:
        InvalidInput: It is not let in, or of a generation whose people cannot be brought to it.
        NotReached: It is not connected.
        DoorwardError: It did not answer in time, or said no.
    """
    require_bringable(device)

    async def read(driver: BioStar1Device) -> tuple[str, Holdings]:
        return driver.context.model.slug, await read_holdings(driver)

    slug, holdings = command_desk().work(device.pk, read, seconds=READ_WITHIN)
    record("sync.read", Thing.of(device), after={"people": len(holdings.people)})
    return compare(device, slug, holdings)


def compare(device: Device, slug: str, holdings: Holdings) -> Content:
    """What would become of what a device holds.

    Args:
        device: The device.
        slug: Name of its model.
        holdings: What it holds.
    """
    present = {person.number: header_digest(person.essence) for person in holdings.people}
    wanted = groups_at([device.pk])[device.pk]
    profile, people = Profile(slug, device.zone or settings.TIME_ZONE), People()
    fates = dict.fromkeys(present, Fate.UNKNOWN)
    stay = 0
    for part in parts(sorted(present.keys() & wanted.keys()), AT_ONCE):
        ready = people.prepare(profile, {number: wanted[number] for number in part})
        for number, one in ready.items():
            if one.person is None:
                fates[number] = Fate.NO_PLACE
            else:
                stay += same_header(one.digest, present[number])
                del fates[number]
    for part in parts(fates, AT_ONCE):
        for number in Person.objects.filter(number__in=part).values_list("number", flat=True):
            fates[number] = Fate.NO_RIGHT if fates[number] is Fate.UNKNOWN else fates[number]
    return Content(
        people=len(present),
        capacity=holdings.capacity,
        stay=stay,
        change=len(present) - len(fates) - stay,
        come=len(wanted.keys() - present.keys()),
        leave=_leave(fates, holdings),
        tables=_tables(device.pk, holdings),
        doors=[f"{refusal.message} {refusal.advice}" for refusal in doors_that_would_change(device.pk, holdings)],
    )


def _leave(fates: Mapping[int, Fate], holdings: Holdings) -> list[OnDevice]:
    named = set(not_erased(fates))
    names = {person.number: person.name for person in holdings.people if person.number in named}
    return [OnDevice(number, names.get(number, ""), fates[number]) for number in sorted(fates)]


def _tables(device_id: int, holdings: Holdings) -> list[TableOnDevice]:
    there, here = holdings.tables, rights.tables_of(device_id)
    old, new = rights.digests_of(there), rights.digests_of(here)
    return [
        TableOnDevice(name, len(getattr(there, name) or ()), len(getattr(here, name) or ()), old[name] != new[name])
        for name in rights.NAMES
    ]
