"""The fleet at a glance, from the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from doorward.server.database import LOW_SPACE_BYTES, free_bytes
from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device
from doorward.server.devices.services import devices
from doorward.server.events.choices import AlarmState
from doorward.server.events.models import Alarm, StreamPosition
from doorward.server.system.services import running_server

NOT_KNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ServerLine:
    """The running server."""

    host: str
    process: int
    started: str
    version: str
    web_address: str
    device_address: str


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device of the fleet; times are ISO texts, empty where they are not known."""

    device_id: int
    name: str
    model: str
    approval: str
    state: str
    since: str
    complete_until: str
    reason: str


@dataclass(frozen=True, slots=True)
class Overview:
    """How the server and its devices do.

    Attributes:
        server: The running server; None when there is none.
        states: How many devices are in which state.
        devices: Each device.
        last_position: Position of the last event.
        open_alarms: Alarms that nobody has acknowledged.
        warnings: What an administrator should see to.
    """

    server: ServerLine | None
    states: dict[str, int]
    devices: list[DeviceLine]
    last_position: int
    open_alarms: int
    warnings: list[str]


def overview() -> Overview:
    """Look at everything once."""
    run = running_server()
    server = None
    if run is not None:
        server = ServerLine(run.host, run.process, _time(run.started), run.version, run.web_address, run.device_address)
    lines = [_line(device, server_runs=run is not None) for device in devices()]
    position = StreamPosition.objects.first()
    return Overview(
        server=server,
        states=dict(sorted(Counter(line.state for line in lines).items())),
        devices=lines,
        last_position=position.last if position else 0,
        open_alarms=Alarm.objects.filter(state=AlarmState.OPEN).count(),
        warnings=_warnings(lines),
    )


def _line(device: Device, *, server_runs: bool) -> DeviceLine:
    status = getattr(device, "status", None)
    ledger = getattr(device, "ledger", None)
    state, since, reason = NOT_KNOWN, "", ""
    if server_runs and status is not None:
        state, since, reason = status.state, _time(status.since), status.reason
    elif not server_runs and status is not None:
        reason = f"was {status.state} when the server was last heard of"
    return DeviceLine(
        device_id=device.pk,
        name=device.name,
        model=device.model,
        approval=device.approval,
        state=state,
        since=since,
        complete_until=_time(ledger.complete_until) if ledger is not None and ledger.complete_until else "",
        reason=reason,
    )


def _warnings(lines: list[DeviceLine]) -> list[str]:
    found = []
    waiting = sum(line.approval == Approval.WAITING for line in lines)
    if waiting:
        found.append(f"{waiting} devices wait for approval: doorward devices approve DEVICE_ID")
    free = free_bytes(settings.DOORWARD.database_target)
    if free is not None and free < LOW_SPACE_BYTES:
        found.append(f"The disk of the database has only {free // 1024 // 1024} MB left.")
    return found


def _time(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")
