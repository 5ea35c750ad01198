"""Writing down what the gateway tells: states, alarms and commands, each kept and told to all who follow the stream."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.utils import timezone

from doorward.gateway.collaborators import (
    AlarmCleared,
    AlarmRaised,
    Command,
    CommandOutcome,
    DeviceState,
    DeviceStateChanged,
    GapFound,
    RecordProgressed,
)
from doorward.server.devices.models import ConnectionHistory, Device, DeviceLedger, DeviceStatus
from doorward.server.events.alarms import clear_alarms, raise_alarm
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell

# What a command may tell of itself; anything else of it can be secret.
TOLD_OF_COMMANDS: Final = ("door", "complete", "reason")
STARTED_ANEW: Final = "The server was started anew."
# Up to here the devices of a batch are asked for by number; older SQLite takes at most 999.
MOST_NAMED: Final = 900


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """A command went to the gateway.

    Attributes:
        command: The command.
        at: When, in seconds since 1970 in UTC.
        by: Who gave it; empty where that is not known.
    """

    command: Command
    at: float
    by: str


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """A command came to an end.

    Attributes:
        command: The command.
        at: When, in seconds since 1970 in UTC.
        by: Who gave it; empty where that is not known.
        outcome: What came of it; None where that is not known.
        words: Why it is not known.
    """

    command: Command
    at: float
    by: str
    outcome: CommandOutcome | None
    words: str = ""


Noted = DeviceStateChanged | GapFound | AlarmRaised | AlarmCleared | RecordProgressed | CommandGiven | CommandEnded


def forget_states() -> None:
    """Whatever the last run of the server said of the devices holds no more."""
    now = timezone.now()
    standing = DeviceStatus.objects.exclude(state=DeviceState.LOST.value)
    for device_id in standing.order_by("pk").values_list("pk", flat=True):
        tell(Kind.DEVICE, _state(DeviceState.LOST, STARTED_ANEW, ""), device_id=device_id, at=now)
    standing.update(state=DeviceState.LOST.value, reason=STARTED_ANEW, since=now, address="")


def known_hindrances() -> dict[int, str]:
    """Why the record of devices does not grow, where that is so."""
    return dict(DeviceLedger.objects.exclude(hindrance="").values_list("pk", "hindrance"))


def write_down(noted: Sequence[Noted]) -> None:
    """Write into the database what the gateway told, in the writer's thread."""
    changes = [item for item in noted if isinstance(item, DeviceStateChanged)]
    known = _write_states(changes) if changes else set()
    for item in noted:
        match item:
            case DeviceStateChanged():
                if item.device_id in known:
                    tell(
                        Kind.DEVICE,
                        _state(item.state, item.reason, item.address),
                        device_id=item.device_id,
                        at=item.at,
                    )
            case AlarmRaised():
                raise_alarm(item.kind, item.words, device_id=item.device_id, at=_moment(item.at))
            case AlarmCleared():
                clear_alarms(item.kind, device_id=item.device_id, at=_moment(item.at))
            case GapFound():
                # The gap itself was kept and told together with the ledger; the alarm makes somebody look.
                kind = f"gap-{item.gap.kind.value.replace(' ', '-')}"
                raise_alarm(kind, f"Events can be missing: {item.gap.reason}", device_id=item.gap.device_id)
            case RecordProgressed():
                tell(Kind.RECORD, _record(item), device_id=item.device_id)
            case CommandGiven() | CommandEnded():
                tell(Kind.COMMAND, _command(item), device_id=item.command.device_id, at=item.at)


def command_name(command: Command) -> str:
    """Name of a command for programs, such as ``open-door``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(command).__name__).lower()


def _state(state: DeviceState, reason: str, address: str) -> dict[str, object]:
    return {"what": "state", "state": state.value, "reason": reason, "address": address}


def _record(item: RecordProgressed) -> dict[str, object]:
    until = None if item.complete_until is None else _moment(item.complete_until)
    return {
        "what": "hindered" if item.hindrance else "goes on",
        "reason": item.hindrance,
        "complete_until": until,
    }


def _command(item: CommandGiven | CommandEnded) -> dict[str, object]:
    command = item.command
    data: dict[str, object] = {
        "what": "given",
        "command": command_name(command),
        "command_id": command.command_id,
        "by": item.by,
    }
    data |= {name: getattr(command, name) for name in TOLD_OF_COMMANDS if hasattr(command, name)}
    if isinstance(item, CommandEnded):
        outcome = item.outcome
        data["what"] = "ended"
        data["succeeded"] = None if outcome is None else outcome.succeeded
        data["words"] = item.words if outcome is None else outcome.words
        data["advice"] = "" if outcome is None else outcome.advice
    return data


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _write_states(changes: list[DeviceStateChanged]) -> set[int]:
    """Keep the latest state of each device, and all of them in its history; gives the devices that are known."""
    numbers = {item.device_id for item in changes}
    rows = Device.objects.filter(pk__in=numbers) if len(numbers) <= MOST_NAMED else Device.objects.all()
    # A stranger that was one too many has no row; nothing is told of it.
    known = set(rows.values_list("pk", flat=True))
    changes = [item for item in changes if item.device_id in known]
    latest = {item.device_id: item for item in changes}
    DeviceStatus.objects.bulk_create(
        (
            DeviceStatus(
                device_id=item.device_id,
                state=item.state.value,
                reason=item.reason,
                since=_moment(item.at),
                address=item.address,
            )
            for item in latest.values()
        ),
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["state", "reason", "since", "address"],
    )
    ConnectionHistory.objects.bulk_create(
        ConnectionHistory(
            device_id=item.device_id,
            state=item.state.value,
            reason=item.reason,
            since=_moment(item.at),
        )
        for item in changes
    )
    return known
