"""``/api/v1/devices/{number}/mode``: bringing a device to server mode in one step, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from doorward.server.devices.api import visible_device
from doorward.server.devices.choices import Mode
from doorward.server.devices.models import Device
from doorward.server.discovery import services as discovery
from doorward.server.holds.clients import client_of
from doorward.server.modes import services
from doorward.server.modes.choices import ChangeState, StepState
from doorward.server.modes.models import ModeChange
from doorward.server.modes.services import LONGEST_PATIENCE, PATIENCE, SHORTEST_PATIENCE
from doorward.server.modes.ways import last_host, way_to
from doorward.server.operators.callers import CallerAuth, caller_of, require

router = Router(auth=CallerAuth())

RIGHTS = ("devices.configure", "devices.edit", "devices.approve")
"""All of them: it is written to the device, and said where it is dialled and that it may call."""

Port = Annotated[int, Field(ge=1, le=65535)]


class ModeIn(Schema):
    """To which mode a device is brought."""

    mode: Mode
    server_address: Annotated[
        str, Field(max_length=40, pattern=r"^[0-9.]*$", description="What it dials; empty: this server on its side.")
    ] = ""
    server_port: Annotated[Port | None, Field(description="The TCP port there; null: that of this server.")] = None
    seconds: Annotated[
        int, Field(ge=SHORTEST_PATIENCE, le=LONGEST_PATIENCE, description="How long the device has to come.")
    ] = PATIENCE
    udp_port: Annotated[Port | None, Field(description="UDP port of the device; null: 51110.")] = None


class StepOut(Schema):
    """A step of a change."""

    key: str
    title: str
    state: StepState
    sends: str = Field(description="What is sent, from where and to which port; empty where nothing is.")
    text: str = Field(description="What came of it.")
    at: datetime
    seconds: float | None = Field(description="How long it took; null while it runs.")


class ChangeOut(Schema):
    """A change of a device's mode, as far as it is."""

    id: int
    target: Mode
    state: ChangeState
    by: str
    begun: datetime
    deadline: datetime | None = Field(description="When it is overdue; null before the device took its settings.")
    finished: datetime | None = Field(description="When it was over; null while the device may still come.")
    server_address: str
    server_port: int | None
    device_address: str
    device_port: int | None
    steps: list[StepOut]
    reasons: list[str] = Field(description="Why it may not have come, the most likely first.")
    words: str = Field(description="What came of it.")
    advice: str


class ModeOut(Schema):
    """The mode of a device, what a change would send, and how the last change went."""

    mode: Mode = Field(description="As it was last seen to be; it changes when a change was seen to come true.")
    meant_for: str = Field(description="What the mode is meant for.")
    way: str = Field(description="How the device would be set up: from where, to where, to which port.")
    server_address: str = Field(description="What it would dial; empty when that cannot be told.")
    server_port: int | None
    change: ChangeOut | None = Field(description="The newest change; null when there never was one.")


def shown_change(change: ModeChange) -> ChangeOut:
    """A change as the API shows it."""
    names = (
        "target", "state", "by", "begun", "deadline", "finished", "server_address", "server_port", "device_address",
        "device_port", "reasons", "words", "advice",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(change, name) for name in names}
    return ChangeOut(id=change.pk, steps=[StepOut(**step) for step in change.steps], **values)


def mode_of(device: Device) -> ModeOut:
    """The mode of a device as the API shows it."""
    host = last_host(device)
    change = services.last_change(device.pk)
    return ModeOut(
        mode=Mode(device.mode),
        meant_for=services.TEMPORARY if device.mode == Mode.DIRECT else services.LASTING,
        way=way_to(device, host).words if host else "",
        server_address=discovery.server_address_toward(host, device.agent) if host else "",
        server_port=discovery.server_port(),
        change=None if change is None else shown_change(change),
    )


def _changeable(request: HttpRequest, device_id: int) -> Device:
    device = visible_device(request, device_id)
    for right in RIGHTS:
        require(request, right, device)
    return device


@router.get("/{int:device_id}/mode", response=ModeOut, summary="Show a device's mode and its last change")
def show_mode(request: HttpRequest, device_id: int) -> ModeOut:
    """Which mode it has, what a change would send, and step by step how the last one went."""
    return mode_of(visible_device(request, device_id))


@router.post("/{int:device_id}/mode", response={202: ChangeOut}, summary="Bring a device to a mode")
def change_mode(request: HttpRequest, device_id: int, body: ModeIn) -> Status[ChangeOut]:
    """Set it up, wait until it calls or is reached, and only then note its mode here.

    The steps are made one after the other by the running server: ask for them by ``GET``, or follow the stream.
    """
    device = _changeable(request, device_id)
    change = services.begin(
        device.pk,
        body.mode,
        client_of(request),
        server_address=body.server_address,
        server_port=body.server_port,
        patience=body.seconds,
        udp_port=body.udp_port,
    )
    return Status(202, shown_change(change))


@router.delete("/{int:device_id}/mode", response=ModeOut, summary="Wait no more for a device")
def end_waiting(request: HttpRequest, device_id: int) -> ModeOut:
    """End the waiting for a device that has not come in time; what it was told stays with it."""
    device = _changeable(request, device_id)
    change = services.open_change(device.pk)
    if change is None:
        raise services.ChangeRefused("Nobody waits for this device.", advice="There is nothing to end.")
    services.end_waiting(change, by=caller_of(request).name)
    return mode_of(device)
