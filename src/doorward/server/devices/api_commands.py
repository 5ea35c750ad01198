"""``/api/v1/devices/{number}/...``: what a device shall do now, and what it is set to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Path, Router

from doorward.gateway.collaborators import (
    Command,
    FetchLog,
    LockDoor,
    OpenDoor,
    ReadInformation,
    Reboot,
    Reconnect,
    SyncTime,
)
from doorward.server.audit.services import Thing
from doorward.server.devices import settings
from doorward.server.devices.api import visible_device
from doorward.server.devices.commands import OUTCOME_WITHIN, CommandRefused, ask, give
from doorward.server.devices.models import Device
from doorward.server.devices.shapes import (
    Done,
    FamilyOut,
    FetchLogIn,
    InformationOut,
    Reason,
    SettingsChange,
    SettingsOut,
    shown_settings,
)
from doorward.server.operators.callers import CallerAuth, require

router = Router(auth=CallerAuth())

WHOLE_LOG_WITHIN: Final = 3_600.0
HIGHEST_DOOR: Final = 255

DoorNumber = Annotated[int, Path(ge=0, le=HIGHEST_DOOR)]
FamilyName = Annotated[str, Path(max_length=60)]


def carried_out(
    device: Device,
    action: str,
    make: Callable[[str, int], Command],
    *,
    after: dict[str, Any] | None = None,
    thing: Thing | None = None,
    seconds: float = OUTCOME_WITHIN,
) -> Done:
    """Let a device do something; see ``give``.

    Raises:
        CommandRefused: It did not.
    """
    outcome = give(device, action, make, after=after, thing=thing, seconds=seconds)
    if not outcome.succeeded:
        raise CommandRefused.of(outcome)
    return Done(words=outcome.words, advice=outcome.advice)


def _commanded(request: HttpRequest, device_id: int, right: str = "devices.command") -> Device:
    device = visible_device(request, device_id)
    require(request, right, device)
    return device


@router.post("/{int:device_id}/reboot", response=Done, summary="Restart a device")
def reboot(request: HttpRequest, device_id: int) -> Done:
    """Restart it; it is away for a moment and connects anew."""
    return carried_out(_commanded(request, device_id), "device.reboot", Reboot)


@router.post("/{int:device_id}/sync-time", response=Done, summary="Set a device's clock")
def sync_time(request: HttpRequest, device_id: int) -> Done:
    """Set its clock to the time of its zone, after what it wrote so far was read."""
    return carried_out(_commanded(request, device_id), "device.sync_time", SyncTime)


@router.post("/{int:device_id}/fetch-log", response=Done, summary="Read a device's log now")
def fetch_log(request: HttpRequest, device_id: int, body: FetchLogIn | None = None) -> Done:
    """Read what is new in its log, or all of it."""
    complete = body is not None and body.complete
    return carried_out(
        _commanded(request, device_id),
        "device.fetch_log",
        partial(FetchLog, complete=complete),
        after={"complete": complete},
        seconds=WHOLE_LOG_WITHIN,
    )


@router.post("/{int:device_id}/reconnect", response=Done, summary="Connect anew")
def reconnect(request: HttpRequest, device_id: int, body: Reason | None = None) -> Done:
    """Close the connection that stands, and connect anew."""
    device = _commanded(request, device_id)
    make = partial(Reconnect, reason=body.reason) if body is not None and body.reason else Reconnect
    return carried_out(device, "device.reconnect", make)


@router.post("/{int:device_id}/relays/{door}/open", response=Done, summary="Open a door by the number of its relay")
def open_door(request: HttpRequest, device_id: int, door: DoorNumber) -> Done:
    """Open a door of the device for its opening time; 0 is the first."""
    device = _commanded(request, device_id, "doors.open")
    return carried_out(device, "door.open", partial(OpenDoor, door=door), after={"relay": door})


@router.post("/{int:device_id}/relays/{door}/lock", response=Done, summary="Lock a door by the number of its relay")
def lock_door(request: HttpRequest, device_id: int, door: DoorNumber) -> Done:
    """Lock a door of the device again; 0 is the first."""
    device = _commanded(request, device_id, "doors.open")
    return carried_out(device, "door.lock", partial(LockDoor, door=door), after={"relay": door})


@router.get("/{int:device_id}/information", response=InformationOut, summary="Ask a device who it is")
def information(request: HttpRequest, device_id: int) -> InformationOut:
    """Who the device says it is, and what its clock shows."""
    outcome = ask(_commanded(request, device_id), ReadInformation)
    return InformationOut(**outcome.data)


@router.get("/{int:device_id}/settings", response=list[FamilyOut], summary="List the families of a device's settings")
def list_settings(request: HttpRequest, device_id: int) -> list[FamilyOut]:
    """The families that its model has; which of them this device has, it says itself."""
    device = _commanded(request, device_id, "devices.configure")
    return [
        FamilyOut(name=family.name, title=family.title, read_only=family.read_only)
        for family in settings.families_of(device)
    ]


@router.get("/{int:device_id}/settings/{family}", response=SettingsOut, summary="Read a family of settings")
def read_settings(request: HttpRequest, device_id: int, family: FamilyName) -> SettingsOut:
    """Ask the device now, and show it beside what is stored; secrets are left out."""
    device = _commanded(request, device_id, "devices.configure")
    return shown_settings(settings.read_family(device, family, by=require(request, "devices.configure").name))


@router.patch("/{int:device_id}/settings/{family}", response=SettingsOut, summary="Change settings")
def change_settings(request: HttpRequest, device_id: int, family: FamilyName, body: SettingsChange) -> SettingsOut:
    """Change the named settings at the device; all others stay as they are."""
    device = _commanded(request, device_id, "devices.configure")
    by = require(request, "devices.configure").name
    return shown_settings(settings.change_family(device, family, body.changes, by=by))


@router.post("/{int:device_id}/settings/{family}/keep", response=SettingsOut, summary="Store settings as they are")
def keep_settings(request: HttpRequest, device_id: int, family: FamilyName) -> SettingsOut:
    """Ask the device now, and store what it says."""
    device = _commanded(request, device_id, "devices.configure")
    return shown_settings(settings.keep_family(device, family, by=require(request, "devices.configure").name))
