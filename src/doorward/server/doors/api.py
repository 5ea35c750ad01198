"""``/api/v1/doors``: list, show, name, open, hold open, lock down, return to normal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from doorward.gateway.collaborators import DeviceState
from doorward.server.audit.services import Thing
from doorward.server.cursors import PageQuery, oldest_first
from doorward.server.devices.api import visible_device
from doorward.server.devices.shapes import Number, Reason, Text
from doorward.server.doors import services
from doorward.server.doors.choices import DoorMode, Leaf, Lock
from doorward.server.doors.models import Door
from doorward.server.doors.services import Action
from doorward.server.doors.states import leaf_now, lock_now
from doorward.server.operators.callers import Caller, CallerAuth, caller_of, require
from doorward.server.people.erased import shown_number
from doorward.server.system.services import running_server

router = Router(auth=CallerAuth())

CONNECTED = frozenset({DeviceState.LIVE.value, DeviceState.CATCHING_UP.value})


class DoorOut(Schema):
    """A door as the API shows it."""

    id: int
    device: int = Field(description="Number of the device that opens it.")
    number: int = Field(description="Its number at the device, from 0.")
    name: str = Field(description="What people call it; that of the device where it has none.")
    own_name: str = Field(description="The name that it was given; empty without one.")
    group: str | None
    enabled: bool
    connected: bool = Field(description="Whether its device is connected; else the state is the last one known.")
    lock: Lock = Field(description="Whether the relay lets people through, as far as the device tells.")
    lock_since: datetime | None
    lock_by: str = Field(description="The operator who unlocked or locked it; empty for anybody else.")
    lock_person: int = Field(description="Number of the person for whom it was unlocked; 0 where not known.")
    unlocked_until: datetime | None = Field(description="When it locks by itself; null where it does not.")
    leaf: Leaf = Field(description="Whether it stands open; 'unknown' without a door sensor.")
    leaf_since: datetime | None
    mode: DoorMode = Field(description="What it does until further notice.")
    mode_since: datetime | None
    mode_by: str
    forced_since: datetime | None = Field(description="When it was forced open; null unless it is so still.")
    held_since: datetime | None = Field(description="Since when it is open for too long; null unless it is.")
    has_relay: bool | None = Field(description="By the device's own settings; null until they were read.")
    has_sensor: bool | None
    open_seconds: int | None = Field(description="How long it is unlocked when it is opened.")
    held_open_seconds: int | None = Field(description="How long it may stand open; 0 for ever.")
    settings_read: datetime | None = Field(description="When the device told so.")


class DoorList(Schema):
    """A page of doors."""

    items: list[DoorOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class DoorFilter(PageQuery):
    """Which doors are listed."""

    device: Number | None = None
    enabled: bool | None = None
    mode: DoorMode | None = None
    alarm: bool | None = Field(None, description="Only those that are, or are not, forced or held open too long.")
    q: Text | None = Field(None, description="Only those whose name or device has this in it.", max_length=100)


class DoorIn(Schema):
    """A further door of a device."""

    device: Number
    number: Annotated[int, Field(ge=0, le=1)]
    name: Text = ""


class DoorChange(Schema):
    """What of a door is changed; what is left out stays."""

    name: Text | None = None
    enabled: bool | None = None


class DoorDone(Schema):
    """What came of it."""

    words: str
    door: DoorOut


def shown(door: Door, *, server_runs: bool, now: datetime | None = None) -> DoorOut:
    """A door as the API shows it."""
    state, device = door.state, door.device
    status = getattr(device, "status", None) if server_runs else None
    return DoorOut(
        id=door.pk,
        device=door.device_id,
        number=door.number,
        name=door.title,
        own_name=door.name,
        group=device.group.name if device.group else None,
        enabled=door.enabled,
        connected=status is not None and status.state in CONNECTED,
        lock=lock_now(door, now or timezone.now()),
        lock_since=state.lock_since,
        lock_by=state.lock_by,
        lock_person=shown_number(state.lock_person),
        unlocked_until=state.unlocked_until,
        leaf=leaf_now(door),
        leaf_since=state.leaf_since,
        mode=DoorMode(state.mode),
        mode_since=state.mode_since,
        mode_by=state.mode_by,
        forced_since=state.forced_since,
        held_since=state.held_since,
        has_relay=door.has_relay,
        has_sensor=door.has_sensor,
        open_seconds=door.open_seconds,
        held_open_seconds=door.held_open_seconds,
        settings_read=door.read_at,
    )


def visible_door(request: HttpRequest, door_id: int) -> Door:
    """A door that the caller may see; one that he may not see is as unknown to him as one that is not there.

    Raises:
        HttpError: He may see no door at all; 403.
        UnknownDoor: There is none for him.
    """
    require(request, "doors.view")
    door = services.one_door(door_id)
    if not caller_of(request).access.may_in("doors.view", door.group_id):
        raise services.UnknownDoor(door_id)
    return door


@router.get("", response=DoorList, summary="List doors")
def list_doors(request: HttpRequest, filters: Query[DoorFilter]) -> DoorList:
    """Doors in the order of their numbers, with their state."""
    found = services.visible_doors(require(request, "doors.view").access)
    if filters.device is not None:
        found = found.filter(device=filters.device)
    if filters.enabled is not None:
        found = found.filter(enabled=filters.enabled)
    if filters.mode is not None:
        found = found.filter(state__mode=filters.mode)
    if filters.alarm is not None:
        troubled = Q(state__forced_since__isnull=False) | Q(state__held_since__isnull=False)
        found = found.filter(troubled if filters.alarm else ~troubled)
    if filters.q:
        found = found.filter(Q(name__icontains=filters.q) | Q(device__name__icontains=filters.q))
    rows, following = oldest_first(found, filters)
    server_runs, now = running_server() is not None, timezone.now()
    return DoorList(items=[shown(door, server_runs=server_runs, now=now) for door in rows], next=following)


@router.post("", response=DoorOut, summary="Add a further door of a device")
def add_door(request: HttpRequest, body: DoorIn) -> DoorOut:
    """A device has one door from the start; this adds the one of its second relay."""
    device = visible_device(request, body.device)
    require(request, "doors.edit", device)
    return _shown(services.add_door(device, body.number, body.name))


@router.get("/{int:door_id}", response=DoorOut, summary="Show a door")
def show_door(request: HttpRequest, door_id: int) -> DoorOut:
    """One door with its state."""
    return _shown(visible_door(request, door_id))


@router.patch("/{int:door_id}", response=DoorOut, summary="Name a door, or take it out of use")
def change_door(request: HttpRequest, door_id: int, body: DoorChange) -> DoorOut:
    """Change what is given; the device is not told of it."""
    door = visible_door(request, door_id)
    _require(request, "doors.edit", door)
    return _shown(services.change_door(door, name=body.name, enabled=body.enabled))


@router.delete("/{int:door_id}", response={204: None}, summary="Remove a door that was added")
def remove_door(request: HttpRequest, door_id: int) -> Status[None]:
    """The first door of a device can only be taken out of use."""
    door = visible_door(request, door_id)
    _require(request, "doors.edit", door)
    services.remove_door(door)
    return Status(204, None)


@router.post("/{int:door_id}/open", response=DoorDone, summary="Open a door")
def open_door(request: HttpRequest, door_id: int, body: Reason | None = None) -> DoorDone:
    """Unlock a door for its own opening time. 409 with the device's own words when it does not."""
    return _act(request, door_id, Action.OPEN, body)


@router.post("/{int:door_id}/lock", response=DoorDone, summary="Lock a door now")
def lock_door(request: HttpRequest, door_id: int, body: Reason | None = None) -> DoorDone:
    """End the opening time of a door at once; whoever may pass can still open it."""
    return _act(request, door_id, Action.LOCK, body)


@router.post("/{int:door_id}/hold-open", response=DoorDone, summary="Hold a door open")
def hold_door_open(request: HttpRequest, door_id: int, body: Reason | None = None) -> DoorDone:
    """Let a door stay unlocked until it is returned to normal; it outlives a restart of the device."""
    return _act(request, door_id, Action.HOLD_OPEN, body)


@router.post("/{int:door_id}/lock-down", response=DoorDone, summary="Lock a door down")
def lock_door_down(request: HttpRequest, door_id: int, body: Reason | None = None) -> DoorDone:
    """Let a door stay locked, whoever comes, until it is returned to normal; it outlives a restart of the device."""
    return _act(request, door_id, Action.LOCK_DOWN, body)


@router.post("/{int:door_id}/normal", response=DoorDone, summary="Return a door to normal")
def return_door_to_normal(request: HttpRequest, door_id: int, body: Reason | None = None) -> DoorDone:
    """Let a door open to whoever may pass, as it did before it was held open or locked down."""
    return _act(request, door_id, Action.NORMAL, body)


@router.post("/{int:door_id}/read", response=DoorOut, summary="Ask a device how a door is set up")
def read_door(request: HttpRequest, door_id: int) -> DoorOut:
    """Read the times and the mode of a door from its device; nothing is changed there."""
    door = visible_door(request, door_id)
    _require(request, "doors.open", door)
    services.read_setup(door)
    return _shown(services.one_door(door_id))


def _act(request: HttpRequest, door_id: int, action: Action, body: Reason | None) -> DoorDone:
    door = visible_door(request, door_id)
    _require(request, "doors.open", door)
    outcome = services.act(door, action, body.reason if body else "")
    return DoorDone(words=outcome.words, door=_shown(services.one_door(door_id)))


def _require(request: HttpRequest, right: str, door: Door) -> Caller:
    return require(request, right, door.device, thing=Thing.of(door))


def _shown(door: Door) -> DoorOut:
    return shown(services.one_door(door.pk), server_runs=running_server() is not None)
