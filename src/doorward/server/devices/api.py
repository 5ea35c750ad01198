"""``/api/v1/devices``: list, show, add, change, remove, approve and block devices, and what became of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status
from ninja.errors import HttpError

from doorward.model.errors import InvalidInput
from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import Thing, named, record
from doorward.server.devices import editing, services
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup
from doorward.server.devices.shapes import (
    HIGHEST_DEVICE_ID,
    ApproveIn,
    DeviceChange,
    DeviceFilter,
    DeviceIn,
    DeviceList,
    DeviceOut,
    GapList,
    GapOut,
    HistoryList,
    Reason,
    RowFilter,
    shown,
    shown_history,
)
from doorward.server.events.models import Gap
from doorward.server.operators.callers import Caller, CallerAuth, caller_of, require
from doorward.server.system.services import running_server

router = Router(auth=CallerAuth())


def visible_device(request: HttpRequest, device_id: int) -> Device:
    """A device that the caller may see; one that he may not see is as unknown to him as one that is not there.

    Raises:
        HttpError: He may see no device at all; 403.
        UnknownDevice: There is none for him.
    """
    require(request, "devices.view")
    # Databases take no longer number than this, and no device has one.
    if device_id > HIGHEST_DEVICE_ID:
        raise services.UnknownDevice(device_id)
    device = services.one_device(device_id)
    if not caller_of(request).access.may_in("devices.view", device.group_id):
        raise services.UnknownDevice(device_id)
    return device


def group_for(caller: Caller, right: str, group_id: int | None) -> DeviceGroup | None:
    """A group in which the caller has a right; None stands for no group.

    Raises:
        InvalidInput: There is no such group for him.
        HttpError: He may not do this outside of his groups; 403.
    """
    if not caller.access.may_in(right, group_id):
        if group_id is None:
            raise HttpError(403, f"{caller.name} may do this in groups of devices only: name one of them.")
        raise InvalidInput("group_id", group_id, "the number of one of your groups of devices")
    if group_id is None:
        return None
    group = DeviceGroup.objects.filter(pk=group_id).first()
    if group is None:
        raise InvalidInput("group_id", group_id, "the number of a group of devices")
    return group


def require_no_gain(caller: Caller, thing: Thing, before: int | None, after: DeviceGroup | None) -> None:
    """Make sure that nobody gets rights by moving something to where he has more of them.

    Args:
        caller: Who moves it.
        thing: What is moved.
        before: The group that it lies in; for a group itself its own number.
        after: The group that it is moved to.

    Raises:
        HttpError: He would; 403.
    """
    gained = [] if after is None else caller.access.gained(before, after.pk)
    if gained:
        words = f"{caller.name} would get rights by this that he lacks where it lies now: {', '.join(gained)}."
        record("refused move", thing, outcome=Outcome.REFUSED, words=words)
        raise HttpError(403, words)


def chosen_devices(found: QuerySet[Device], filters: DeviceFilter) -> QuerySet[Device]:
    """Narrow devices down to those that are wanted."""
    if filters.approval is not None:
        found = found.filter(approval=filters.approval)
    if filters.mode is not None:
        found = found.filter(mode=filters.mode)
    if filters.state is not None:
        found = found.filter(status__state=filters.state)
    if filters.group is not None:
        found = found.filter(group__in=services.groups_below([filters.group]))
    if text := filters.q.strip():
        words = Q(name__icontains=text) | Q(model__icontains=text)
        words |= Q(last_address__icontains=text) | Q(address__icontains=text)
        if text.isdigit():
            words |= Q(device_id__contains=text)
        found = found.filter(words)
    return found


def _answer(device_id: int) -> DeviceOut:
    return shown(services.one_device(device_id), server_runs=running_server() is not None)


@router.get("", response=DeviceList, summary="List devices")
def list_devices(request: HttpRequest, filters: Query[DeviceFilter]) -> DeviceList:
    """Devices in the order of their numbers."""
    access = require(request, "devices.view").access
    found = access.among("devices.view", services.devices()).filter(pk__gt=filters.after).order_by("pk")
    rows = list(chosen_devices(found, filters)[: filters.limit + 1])
    page = rows[: filters.limit]
    server_runs = running_server(timezone.now()) is not None
    return DeviceList(
        items=[shown(device, server_runs=server_runs) for device in page],
        next=page[-1].pk if len(rows) > len(page) else None,
    )


@router.post("", response={201: DeviceOut}, summary="Add a device that the server dials")
def add_device(request: HttpRequest, body: DeviceIn) -> Status[DeviceOut]:
    """Add a device in direct mode; who adds it lets it in. Devices in server mode come by themselves."""
    caller = require(request, "devices.edit")
    require(request, "devices.approve")
    group = group_for(caller, "devices.edit", body.group_id)
    group_for(caller, "devices.approve", body.group_id)
    if body.agent is not None:
        require(request, "agents.view")
    agent = None if body.agent is None else services.check_agent(body.agent)
    with named("device.add"):
        services.add_direct_device(
            body.device_id,
            body.address,
            by=caller.name,
            port=body.port,
            name=body.name,
            model=body.model,
            password=body.password,
            group=group,
            agent=agent,
        )
    return Status(201, _answer(body.device_id))


@router.get("/{int:device_id}", response=DeviceOut, summary="Show a device")
def show_device(request: HttpRequest, device_id: int) -> DeviceOut:
    """One device."""
    return shown(visible_device(request, device_id), server_runs=running_server() is not None)


@router.patch("/{int:device_id}", response=DeviceOut, summary="Change a device")
def change_device(request: HttpRequest, device_id: int, body: DeviceChange) -> DeviceOut:
    """Change how a device is called, where it belongs and how it is reached."""
    device = visible_device(request, device_id)
    caller = require(request, "devices.edit", device)
    given: dict[str, Any] = body.model_dump(exclude_unset=True)
    if "agent" in given:
        require(request, "agents.view")
        given["agent_id"] = given.pop("agent")
    if given.keys() & editing.REACHED_BY:
        # Whoever says where a device is dialled says to whom its password and its people are shown.
        require(request, "devices.approve", device)
    nullable = {"group_id", "port", "agent_id"}
    for name, value in given.items():
        if value is None and name not in nullable:
            raise InvalidInput(name, None, "a value; leave it out to keep the present one")
    if "group_id" in given:
        given["group"] = group_for(caller, "devices.edit", given.pop("group_id"))
        require_no_gain(caller, Thing.of(device), device.group_id, given["group"])
    editing.change_device(device_id, given, by=caller.name)
    return _answer(device_id)


@router.delete("/{int:device_id}", response={204: None}, summary="Remove a device")
def remove_device(request: HttpRequest, device_id: int) -> Status[None]:
    """Forget a device that is blocked, waits or is switched off; its events stay."""
    caller = require(request, "devices.edit", visible_device(request, device_id))
    editing.remove_device(device_id, by=caller.name)
    return Status(204, None)


@router.post("/{int:device_id}/approve", response=DeviceOut, summary="Let a device in")
def approve_device(request: HttpRequest, device_id: int, body: ApproveIn | None = None) -> DeviceOut:
    """Approve a device at the address from which it was last heard."""
    caller = require(request, "devices.approve", visible_device(request, device_id))
    with named("device.approve"):
        services.approve(device_id, by=caller.name, name=body.name if body else None)
    return _answer(device_id)


@router.post("/{int:device_id}/block", response=DeviceOut, summary="Keep a device out")
def block_device(request: HttpRequest, device_id: int, body: Reason | None = None) -> DeviceOut:
    """Block a device; a connection that it has is dropped."""
    caller = require(request, "devices.approve", visible_device(request, device_id))
    with named("device.block"):
        services.block(device_id, by=caller.name, reason=body.reason if body else "")
    return _answer(device_id)


@router.get("/{int:device_id}/history", response=HistoryList, summary="What became of its connections")
def history(request: HttpRequest, device_id: int, filters: Query[RowFilter]) -> HistoryList:
    """Each change of the device's state or approval, the newest first."""
    found = ConnectionHistory.objects.filter(device=visible_device(request, device_id)).order_by("-pk")
    rows, last = _page(found, filters)
    return HistoryList(items=[shown_history(row) for row in rows], next=last)


@router.get("/{int:device_id}/gaps", response=GapList, summary="Gaps in its record")
def gaps(request: HttpRequest, device_id: int, filters: Query[RowFilter]) -> GapList:
    """Spans in which events of the device can be missing, the one found last first."""
    found = Gap.objects.filter(device=visible_device(request, device_id)).order_by("-pk")
    rows, last = _page(found, filters)
    names = ("kind", "reason", "since", "until", "missing", "found")
    items = [GapOut(id=row.pk, **{name: getattr(row, name) for name in names}) for row in rows]
    return GapList(items=items, next=last)


def _page(found: QuerySet[Any], filters: RowFilter) -> tuple[list[Any], int | None]:
    """Rows before a number, and the number to go on with."""
    if filters.before is not None:
        found = found.filter(pk__lt=filters.before)
    rows = list(found[: filters.limit + 1])
    page = rows[: filters.limit]
    return page, page[-1].pk if len(rows) > len(page) else None
