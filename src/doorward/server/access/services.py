"""Access groups: the doors that their people may pass, when, and who belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from doorward.model.errors import InvalidInput
from doorward.server.access.checking import name_for_devices, refuse_twins
from doorward.server.access.choices import Numbered
from doorward.server.access.models import (
    HIGHEST_GROUP,
    AccessGroup,
    AccessRight,
    Membership,
    Schedule,
)
from doorward.server.access.noting import devices_of, note_access
from doorward.server.access.numbers import free_number, next_number
from doorward.server.audit.services import Thing, named, record
from doorward.server.doors.models import Door
from doorward.server.errors import NotThere
from doorward.server.people.models import Person
from doorward.server.people.noting import note_person
from doorward.server.people.services import locked_person
from doorward.server.sync.marking import mark_people

AT_ONCE = 500
SHOWN = 10


class UnknownAccessGroup(NotThere):
    """There is no such access group."""

    def __init__(self, number: int) -> None:
        super().__init__("access group", number, "the number of a group; GET /api/v1/access-groups lists them")


class UnknownRight(NotThere):
    """The group has no right at this door."""

    def __init__(self, door_id: int) -> None:
        super().__init__("door", door_id, "the number of a door at which the group has a right")


def access_groups() -> QuerySet[AccessGroup]:
    """All access groups in the order of their numbers, each with ``right_count`` and ``member_count``."""
    return AccessGroup.objects.annotate(right_count=_count_of(AccessRight), member_count=_count_of(Membership))


def _count_of(table: type[AccessRight] | type[Membership]) -> Coalesce:
    rows = table._default_manager.filter(group=OuterRef("pk")).order_by().values("group")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


def one_access_group(number: int) -> AccessGroup:
    """An access group.

    Raises:
        UnknownAccessGroup: There is none.
    """
    found = access_groups().filter(number=number).first()
    if found is None:
        raise UnknownAccessGroup(number)
    return found


def _locked(number: int) -> AccessGroup:
    found = AccessGroup.objects.select_for_update(no_key=True).filter(number=number).first()
    if found is None:
        raise UnknownAccessGroup(number)
    return found


def rights_of(group: AccessGroup) -> QuerySet[AccessRight]:
    """The rights of a group, with doors, devices and schedules."""
    return group.rights.select_related("door__device", "schedule").order_by("door__device_id", "door__number")


def members_of(group: AccessGroup) -> QuerySet[Person]:
    """The people of a group in the order of their numbers, without what is secret or large."""
    return Person.objects.filter(memberships__group=group).defer("photo", "pin", "notes").order_by("number")


def create_access_group(name: str) -> AccessGroup:
    """Make an access group.

    Raises:
        InvalidInput: No model can hold its name, it is taken, or there are too many.
    """
    kept = name_for_devices(name)
    with transaction.atomic(), named("access_group.create"):
        refuse_twins(AccessGroup.objects.all(), kept, but=None)
        used = AccessGroup.objects.values_list("number", flat=True)
        number = next_number(Numbered.GROUP, used, HIGHEST_GROUP)
        AccessGroup.objects.create(number=number, name=kept)
        note_access(Numbered.GROUP, number, "added")
    return one_access_group(number)


def rename_access_group(number: int, name: str) -> AccessGroup:
    """Give an access group another name.

    Raises:
        UnknownAccessGroup: There is none.
        InvalidInput: No model can hold the name, or it is taken.
    """
    with transaction.atomic(), named("access_group.change"):
        group = _locked(number)
        group.name = name_for_devices(name)
        refuse_twins(AccessGroup.objects.all(), group.name, but=group.pk)
        group.save()
        note_access(Numbered.GROUP, number, "changed", devices=devices_of(group.rights.all()))
    return one_access_group(number)


def delete_access_group(number: int) -> None:
    """Delete an access group with its rights; its people lose them.

    Raises:
        UnknownAccessGroup: There is none.
    """
    with transaction.atomic(), named("access_group.delete"):
        group = _locked(number)
        devices = devices_of(group.rights.all())
        members = list(group.memberships.values_list("person__number", flat=True))
        if members:
            record("access_group.remove_members", Thing.of(group), before={"people": sorted(members)})
        group.delete()
        free_number(Numbered.GROUP, number)
        if devices:
            mark_people(members, urgent=True)
        note_access(Numbered.GROUP, number, "removed", devices=devices)


# --- Rights -----------------------------------------------------------------------------------------------------------


def set_right(number: int, door: Door, schedule: Schedule | None) -> AccessRight:
    """Let the people of a group pass a door.

    Args:
        number: The group.
        door: The door.
        schedule: When; None is always.

    Raises:
        UnknownAccessGroup: There is no such group.
        InvalidInput: The group has another schedule at another door of the same device, which knows but one.
    """
    with transaction.atomic(), named("access_right.set"):
        group = _locked(number)
        others = group.rights.select_related("schedule", "door__device").filter(door__device=door.device_id)
        for other in others.exclude(door=door):
            if other.schedule_id != (schedule.pk if schedule else None):
                when = other.schedule.number if other.schedule else None
                raise InvalidInput(
                    "schedule",
                    schedule.number if schedule else None,
                    f"{when!r}, which the group has at {other.door}: that device knows one schedule of a group",
                )
        right = group.rights.filter(door=door).first()
        if right is not None and right.schedule_id == (schedule.pk if schedule else None):
            return right
        if right is None:
            right = AccessRight(group=group, door=door)
        right.schedule = schedule
        right.save()
        note_access(Numbered.GROUP, number, "right given", devices=[door.device_id], door=door.pk)
    return right


def set_schedule_at_device(number: int, device_id: int, schedule: Schedule | None) -> None:
    """Let all rights of a group at the doors of one device hold by another schedule.

    Raises:
        UnknownAccessGroup: There is no such group.
    """
    with transaction.atomic(), named("access_right.set"):
        group = _locked(number)
        for right in group.rights.filter(door__device=device_id):
            right.schedule = schedule
            right.save()
        note_access(Numbered.GROUP, number, "right given", devices=[device_id])


def remove_right(number: int, door_id: int) -> None:
    """Take the right at a door from a group.

    Raises:
        UnknownAccessGroup: There is no such group.
        UnknownRight: It has no right there.
    """
    with transaction.atomic(), named("access_right.remove"):
        group = _locked(number)
        right = group.rights.select_related("door").filter(door=door_id).first()
        if right is None:
            raise UnknownRight(door_id)
        device_id = right.door.device_id
        right.delete()
        note_access(Numbered.GROUP, number, "right taken", devices=[device_id], door=door_id)


# --- Members ----------------------------------------------------------------------------------------------------------


def add_members(number: int, people: Collection[int]) -> int:
    """Let people belong to a group; gives how many did not before.

    Args:
        number: The group.
        people: Numbers of people.

    Raises:
        UnknownAccessGroup: There is no such group.
        InvalidInput: One of the people is not there; nobody is added.
    """
    with transaction.atomic():
        group = _locked(number)
        known = _people(people)
        had = set(group.memberships.values_list("person_id", flat=True))
        added = {person: pk for person, pk in known.items() if pk not in had}
        if added:
            Membership.objects.bulk_create(
                [Membership(group=group, person_id=pk) for pk in added.values()], batch_size=AT_ONCE
            )
            record("access_group.add_members", Thing.of(group), after={"people": sorted(added)})
            mark_people(added, urgent=False)
            note_access(Numbered.GROUP, number, "members added", people=len(added))
    return len(added)


def remove_members(number: int, people: Collection[int]) -> int:
    """Let people not belong to a group any more; gives how many did.

    Raises:
        UnknownAccessGroup: There is no such group.
        InvalidInput: One of the people is not there; nobody is removed.
    """
    with transaction.atomic():
        group = _locked(number)
        known = _people(people)
        had = set(group.memberships.values_list("person_id", flat=True))
        removed = {person: pk for person, pk in known.items() if pk in had}
        if removed:
            for part in _parts(removed.values()):
                Membership.objects.filter(group=group, person__in=part).delete()
            record("access_group.remove_members", Thing.of(group), before={"people": sorted(removed)})
            mark_people(removed, urgent=True)
            note_access(Numbered.GROUP, number, "members removed", people=len(removed))
    return len(removed)


def set_groups(person_number: int, groups: Collection[int]) -> None:
    """Let a person belong to these groups and no others.

    Args:
        person_number: The person.
        groups: Numbers of access groups.

    Raises:
        UnknownPerson: There is no such person.
        InvalidInput: There is no such group.
    """
    with transaction.atomic():
        person = locked_person(person_number)
        wanted = AccessGroup.objects.in_bulk(sorted(set(groups)), field_name="number")
        for number in groups:
            if number not in wanted:
                raise InvalidInput("groups", number, "numbers of access groups")
        had = set(person.memberships.values_list("group__number", flat=True))
        gone, new = sorted(had - wanted.keys()), sorted(wanted.keys() - had)
        if not gone and not new:
            return
        person.memberships.filter(group__number__in=gone).delete()
        Membership.objects.bulk_create([Membership(group=wanted[number], person=person) for number in new])
        record("person.set_groups", Thing.of(person), before={"groups": sorted(had)}, after={"groups": sorted(wanted)})
        note_person(person_number, "groups changed", fields=["groups"], urgent=bool(gone))


def _people(numbers: Collection[int]) -> dict[int, int]:
    """Row of each person by number."""
    wanted = set(numbers)
    known: dict[int, int] = {}
    for part in _parts(wanted):
        known.update(Person.objects.filter(number__in=part).values_list("number", "pk"))
    unknown = sorted(wanted - known.keys())
    if unknown:
        more = f", and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        raise InvalidInput(
            "people", ", ".join(map(str, unknown[:SHOWN])) + more, "numbers of known people; nobody was changed"
        )
    return known


def _parts(items: Iterable[int]) -> Iterable[list[int]]:
    found = list(items)
    return (found[begin : begin + AT_ONCE] for begin in range(0, len(found), AT_ONCE))
