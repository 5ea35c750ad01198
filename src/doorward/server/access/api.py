"""``/api/v1/access-groups``: groups, their rights at doors, their members; and the groups of a person."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Status

from doorward.model.errors import InvalidInput
from doorward.server.access import services
from doorward.server.access.models import HIGHEST_GROUP, Schedule
from doorward.server.access.shapes import (
    AccessGroupIn,
    AccessGroupOut,
    DoorRightIn,
    DoorRightOut,
    GroupsIn,
    GroupsOut,
    MemberFilter,
    MemberList,
    MemberOut,
    Members,
    MembersDone,
    shown_group,
    shown_right,
)
from doorward.server.devices.shapes import HIGHEST_NUMBER
from doorward.server.doors.models import Door
from doorward.server.operators.callers import CallerAuth, require
from doorward.server.people.services import one_person
from doorward.server.people.shapes import PersonNumber

router = Router(auth=CallerAuth())
of_people = Router(auth=CallerAuth())

VIEW, EDIT, PEOPLE = "access.view", "access.edit", "people.view"
OfGroup = Path[Annotated[int, Field(ge=1, le=HIGHEST_GROUP)]]
OfDoor = Path[Annotated[int, Field(ge=1, le=HIGHEST_NUMBER)]]


def may_edit(request: HttpRequest) -> None:
    """Refuse whoever may not see and change rights.

    Raises:
        HttpError: He may not; 403.
    """
    require(request, VIEW)
    require(request, EDIT)


@router.get("", response=list[AccessGroupOut], summary="List access groups")
def list_access_groups(request: HttpRequest) -> list[AccessGroupOut]:
    """All groups in the order of their numbers."""
    require(request, VIEW)
    return [shown_group(group) for group in services.access_groups()]


@router.post("", response={201: AccessGroupOut}, summary="Make an access group")
def create_access_group(request: HttpRequest, body: AccessGroupIn) -> Status[AccessGroupOut]:
    """Its number is given by the server."""
    may_edit(request)
    return Status(201, shown_group(services.create_access_group(body.name)))


@router.get("/{int:number}", response=AccessGroupOut, summary="Show an access group")
def show_access_group(request: HttpRequest, number: OfGroup) -> AccessGroupOut:
    """One group."""
    require(request, VIEW)
    return shown_group(services.one_access_group(number))


@router.patch("/{int:number}", response=AccessGroupOut, summary="Rename an access group")
def rename_access_group(request: HttpRequest, number: OfGroup, body: AccessGroupIn) -> AccessGroupOut:
    """Its number stays."""
    may_edit(request)
    return shown_group(services.rename_access_group(number, body.name))


@router.delete("/{int:number}", response={204: None}, summary="Delete an access group")
def delete_access_group(request: HttpRequest, number: OfGroup) -> Status[None]:
    """Its people lose what it gave them."""
    may_edit(request)
    services.delete_access_group(number)
    return Status(204, None)


@router.get("/{int:number}/rights", response=list[DoorRightOut], summary="List the rights of an access group")
def list_rights(request: HttpRequest, number: OfGroup) -> list[DoorRightOut]:
    """The doors that its people may pass, and when."""
    require(request, VIEW)
    return [shown_right(right) for right in services.rights_of(services.one_access_group(number))]


@router.put("/{int:number}/rights/{int:door_id}", response=DoorRightOut, summary="Let an access group pass a door")
def set_right(request: HttpRequest, number: OfGroup, door_id: OfDoor, body: DoorRightIn) -> DoorRightOut:
    """Give the right, or change when it holds. A device knows one schedule of a group for all of its doors."""
    may_edit(request)
    door = Door.objects.select_related("device").filter(pk=door_id).first()
    if door is None:
        raise InvalidInput("door", door_id, "the number of a known door")
    return shown_right(services.set_right(number, door, _schedule(body.schedule)))


@router.delete("/{int:number}/rights/{int:door_id}", response={204: None}, summary="Take a right from an access group")
def remove_right(request: HttpRequest, number: OfGroup, door_id: OfDoor) -> Status[None]:
    """Its people do not pass this door any more, as soon as the device knows."""
    may_edit(request)
    services.remove_right(number, door_id)
    return Status(204, None)


@router.get("/{int:number}/members", response=MemberList, summary="List the members of an access group")
def list_members(request: HttpRequest, number: OfGroup, filters: Query[MemberFilter]) -> MemberList:
    """People in the order of their numbers."""
    require(request, VIEW)
    require(request, PEOPLE)
    rows = services.members_of(services.one_access_group(number)).filter(number__gt=filters.after)
    found = list(rows[: filters.limit + 1])
    page = found[: filters.limit]
    return MemberList(
        items=[MemberOut(number=person.number, name=person.name) for person in page],
        next=page[-1].number if len(found) > filters.limit else None,
    )


@router.post("/{int:number}/members", response=MembersDone, summary="Add members to an access group")
def add_members(request: HttpRequest, number: OfGroup, body: Members) -> MembersDone:
    """All of them, or none where one is not known; who belongs to it already stays."""
    may_edit(request)
    require(request, PEOPLE)
    return _done(number, services.add_members(number, body.people))


@router.post("/{int:number}/members/remove", response=MembersDone, summary="Remove members from an access group")
def remove_members(request: HttpRequest, number: OfGroup, body: Members) -> MembersDone:
    """All of them, or none where one is not known."""
    may_edit(request)
    require(request, PEOPLE)
    return _done(number, services.remove_members(number, body.people))


@of_people.get("/{int:number}/groups", response=GroupsOut, summary="List the access groups of a person")
def list_groups_of_person(request: HttpRequest, number: Path[PersonNumber]) -> GroupsOut:
    """By their numbers."""
    require(request, VIEW)
    require(request, PEOPLE)
    return _groups(number)


@of_people.put("/{int:number}/groups", response=GroupsOut, summary="Set the access groups of a person")
def set_groups_of_person(request: HttpRequest, number: Path[PersonNumber], body: GroupsIn) -> GroupsOut:
    """These and no others."""
    may_edit(request)
    require(request, PEOPLE)
    services.set_groups(number, body.groups)
    return _groups(number)


def _groups(number: int) -> GroupsOut:
    groups = one_person(number).access_groups.order_by("number").values_list("number", flat=True)
    return GroupsOut(groups=list(groups))


def _done(number: int, changed: int) -> MembersDone:
    return MembersDone(changed=changed, members=services.one_access_group(number).memberships.count())


def _schedule(number: int | None) -> Schedule | None:
    if number is None:
        return None
    found = Schedule.objects.filter(number=number).first()
    if found is None:
        raise InvalidInput("schedule", number, "the number of a schedule, or null for always")
    return found
