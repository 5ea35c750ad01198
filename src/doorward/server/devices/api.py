"""``/api/v1/devices``: list, show, approve, block."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from doorward.server.devices import services
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import Device
from doorward.server.operators.api import Bearer, require
from doorward.server.system.services import running_server

router = Router(auth=Bearer())

MOST_DEVICES = 1000
NOT_RUNNING = "unknown"


class DeviceOut(Schema):
    """A device as the API shows it."""

    device_id: int
    name: str
    group: str | None
    generation: str
    model: str
    approval: str
    approval_at: datetime | None
    approval_by: str
    approved_address: str
    enabled: bool
    mode: str
    address: str
    port: int | None
    zone: str
    time_sync: bool
    state: str = Field(description="State of the connection; 'unknown' while no server tells it.")
    reason: str
    since: datetime | None
    connected_address: str
    first_seen: datetime
    last_seen: datetime | None
    last_address: str
    complete_until: datetime | None = Field(
        description="Every event that happened before this moment is kept, but for the gaps."
    )
    hindrance: str = Field(description="Why the record did not get further; empty when it did.")


class DeviceList(Schema):
    """A page of devices."""

    items: list[DeviceOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class Reason(Schema):
    """Why something is done."""

    reason: str = ""


class ApproveIn(Schema):
    """How a device is let in."""

    name: str | None = None


class DeviceFilter(Schema):
    """Which devices are listed."""

    approval: Approval | None = None
    mode: Mode | None = None
    after: int = 0
    limit: Annotated[int, Field(ge=1, le=MOST_DEVICES)] = 100


def shown(device: Device, *, server_runs: bool) -> DeviceOut:
    """A device as the API shows it; a state that nobody keeps up to date is not shown as if it were."""
    ledger = getattr(device, "ledger", None)
    # While no server runs, its last word is not passed off as the state of now.
    status = getattr(device, "status", None) if server_runs else None
    return DeviceOut(
        device_id=device.device_id,
        name=device.name,
        group=device.group.name if device.group else None,
        generation=device.generation,
        model=device.model,
        approval=device.approval,
        approval_at=device.approval_at,
        approval_by=device.approval_by,
        approved_address=device.approved_address,
        enabled=device.enabled,
        mode=device.mode,
        address=device.address,
        port=device.port,
        zone=device.zone,
        time_sync=device.time_sync,
        state=status.state if status else NOT_RUNNING,
        reason=status.reason if status else ("" if server_runs else "No server runs."),
        since=status.since if status else None,
        connected_address=status.address if status else "",
        first_seen=device.first_seen,
        last_seen=device.last_seen,
        last_address=device.last_address,
        complete_until=ledger.complete_until if ledger is not None else None,
        hindrance=ledger.hindrance if ledger is not None else "",
    )


@router.get("", response=DeviceList, summary="List devices")
def list_devices(request: HttpRequest, filters: Query[DeviceFilter]) -> DeviceList:
    """Devices in the order of their numbers."""
    require(request, "devices.view_device")
    found = services.devices().filter(pk__gt=filters.after).order_by("pk")
    if filters.approval is not None:
        found = found.filter(approval=filters.approval)
    if filters.mode is not None:
        found = found.filter(mode=filters.mode)
    rows = list(found[: filters.limit + 1])
    page = rows[: filters.limit]
    server_runs = running_server(timezone.now()) is not None
    return DeviceList(
        items=[shown(device, server_runs=server_runs) for device in page],
        next=page[-1].pk if len(rows) > len(page) else None,
    )


@router.get("/{int:device_id}", response=DeviceOut, summary="Show a device")
def show_device(request: HttpRequest, device_id: int) -> DeviceOut:
    """One device."""
    require(request, "devices.view_device")
    return shown(services.one_device(device_id), server_runs=running_server() is not None)


@router.post("/{int:device_id}/approve", response=DeviceOut, summary="Let a device in")
def approve_device(request: HttpRequest, device_id: int, body: ApproveIn | None = None) -> DeviceOut:
    """Approve a device at the address from which it was last heard."""
    operator = require(request, "devices.change_device")
    services.approve(device_id, by=operator.get_username(), name=body.name if body else None)
    return shown(services.one_device(device_id), server_runs=running_server() is not None)


@router.post("/{int:device_id}/block", response=DeviceOut, summary="Keep a device out")
def block_device(request: HttpRequest, device_id: int, body: Reason | None = None) -> DeviceOut:
    """Block a device; a connection that it has is dropped."""
    operator = require(request, "devices.change_device")
    services.block(device_id, by=operator.get_username(), reason=body.reason if body else "")
    return shown(services.one_device(device_id), server_runs=running_server() is not None)
