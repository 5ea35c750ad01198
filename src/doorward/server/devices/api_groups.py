"""``/api/v1/devices/groups``: the tree of groups of devices."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest
from ninja import Path, Router, Status

from doorward.model.errors import InvalidInput
from doorward.server.audit.services import Thing
from doorward.server.devices import editing
from doorward.server.devices.api import require_no_gain
from doorward.server.devices.models import DeviceGroup
from doorward.server.devices.shapes import GroupChange, GroupIn, GroupOut, Number, shown_group
from doorward.server.errors import NotThere
from doorward.server.operators.callers import CallerAuth, require

router = Router(auth=CallerAuth())

GroupNumber = Path[Number]


class UnknownGroup(NotThere):
    """There is no such group for the caller."""

    def __init__(self, group_id: int) -> None:
        super().__init__("group", group_id, "the number of a group; GET /api/v1/devices/groups lists them")


def visible_group(request: HttpRequest, group_id: int) -> DeviceGroup:
    """A group that the caller may see.

    Raises:
        HttpError: He may see no devices at all; 403.
        UnknownGroup: There is none for him.
    """
    access = require(request, "devices.view").access
    group = DeviceGroup.objects.filter(pk=group_id).first()
    if group is None or not access.may_in("devices.view", group_id):
        raise UnknownGroup(group_id)
    return group


@router.get("", response=list[GroupOut], summary="List groups of devices")
def list_groups(request: HttpRequest) -> list[GroupOut]:
    """All groups that the caller may see, in the order of their names."""
    access = require(request, "devices.view").access
    found = access.among("devices.view", DeviceGroup.objects.annotate(devices_in=Count("devices")), group="pk")
    return [shown_group(group, group.devices_in) for group in found]


@router.post("", response={201: GroupOut}, summary="Make a group")
def create_group(request: HttpRequest, body: GroupIn) -> Status[GroupOut]:
    """Make a group of devices."""
    require(request, "devices.groups")
    return Status(201, shown_group(editing.create_group(body.name, _parent(body.parent_id)), 0))


@router.patch("/{group_id}", response=GroupOut, summary="Change a group")
def change_group(request: HttpRequest, group_id: GroupNumber, body: GroupChange) -> GroupOut:
    """Rename a group, or put it into another one."""
    caller = require(request, "devices.groups")
    group = visible_group(request, group_id)
    given = body.model_dump(exclude_unset=True)
    if "name" in given and given["name"] is None:
        raise InvalidInput("name", None, "1 to 100 letters; leave it out to keep the present one")
    parent = _parent(given["parent_id"]) if "parent_id" in given else False
    if isinstance(parent, DeviceGroup):
        # Rights hold in all that lies in a group.
        require_no_gain(caller, Thing.of(group), group.pk, parent)
    editing.change_group(group, name=given.get("name"), parent=parent)
    return shown_group(group, group.devices.count())


@router.delete("/{group_id}", response={204: None}, summary="Delete a group")
def delete_group(request: HttpRequest, group_id: GroupNumber) -> Status[None]:
    """Delete a group that holds nothing."""
    require(request, "devices.groups")
    editing.delete_group(visible_group(request, group_id))
    return Status(204, None)


def _parent(group_id: int | None) -> DeviceGroup | None:
    if group_id is None:
        return None
    parent = DeviceGroup.objects.filter(pk=group_id).first()
    if parent is None:
        raise InvalidInput("parent_id", group_id, "the number of a group of devices")
    return parent
