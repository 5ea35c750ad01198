"""What lines of the stream say of doors."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from doorward.gateway.collaborators import DeviceState
from doorward.server.events.choices import Category, Generation, Kind
from doorward.server.events.live import EventRow, HappeningRow, StreamRow, moment

FORCED_OPEN: Final = "door-forced-open-{}"
HELD_OPEN: Final = "door-held-open-{}"
"""Kinds of the alarms of a door, with its number put in."""


class FactKind(enum.Enum):
    """What happened to a door."""

    UNLOCKED = "the relay was switched on"
    RELAY_OFF = "a relay was switched off"
    OPENED = "the door was opened"
    CLOSED = "the door was closed"
    FORCED = "the door was forced open"
    HELD = "the door is open for too long"
    LET_IN = "somebody was let in"
    STARTED = "the device started"
    OPEN_ORDERED = "an operator opened it"
    LOCK_ORDERED = "an operator locked it"
    HOLD_ORDERED = "an operator holds it open"
    LOCKDOWN_ORDERED = "an operator locked it down"
    NORMAL_ORDERED = "an operator returned it to normal"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a door.

    Attributes:
        device_id: The device.
        kind: What.
        at: When.
        door: Number of the door; None: the device does not say, or all of them.
        by: Name of the operator, for what was ordered.
        person: Number of the person, for who was let in.
        position: Position of the event in the stream; None where no event tells of it.
    """

    device_id: int
    kind: FactKind
    at: datetime
    door: int | None = None
    by: str = ""
    person: int = 0
    position: int | None = None


# Code of an event of BioStar 1: what it says, and of which door.
_CODES: Final = MappingProxyType(
    {
        0x6A: (FactKind.STARTED, None),
        0x81: (FactKind.RELAY_OFF, None),
        **{0x82 + door: (FactKind.OPENED, door) for door in (0, 1)},
        **{0x84 + door: (FactKind.CLOSED, door) for door in (0, 1)},
        **{0x86 + door: (FactKind.FORCED, door) for door in (0, 1)},
        **{0x88 + door: (FactKind.HELD, door) for door in (0, 1)},
        **{0x8A + door: (FactKind.UNLOCKED, door) for door in (0, 1)},
    }
)
_BIOSTAR1: Final = Generation.BIOSTAR1.value
_LET_IN: Final = Category.ACCESS_GRANTED.value

ORDERS: Final = MappingProxyType(
    {
        "open-door": FactKind.OPEN_ORDERED,
        "lock-door": FactKind.LOCK_ORDERED,
        "hold-door-open": FactKind.HOLD_ORDERED,
        "lock-down-door": FactKind.LOCKDOWN_ORDERED,
        "return-door-to-normal": FactKind.NORMAL_ORDERED,
    }
)
"""Names of commands in the stream, and what they stand for."""


def facts_in(rows: Iterable[StreamRow]) -> Iterator[Fact]:
    """What lines of the stream say of doors, in their order."""
    for row in rows:
        fact = _of_event(row) if isinstance(row, EventRow) else _of_happening(row)
        if fact is not None:
            yield fact


def live_devices_in(rows: Iterable[StreamRow]) -> set[int]:
    """The devices that are connected by now, by lines of the stream."""
    found: set[int] = set()
    for row in rows:
        if isinstance(row, HappeningRow) and row.kind == Kind.DEVICE.value and row.device_id is not None:
            data: dict[str, Any] = json.loads(row.data)
            if data.get("what") != "state":
                continue
            (found.add if data.get("state") == DeviceState.LIVE.value else found.discard)(row.device_id)
    return found


def _of_event(row: EventRow) -> Fact | None:
    if row.generation != _BIOSTAR1:
        return None
    if row.category == _LET_IN:
        return Fact(row.origin, FactKind.LET_IN, _when(row), person=row.person, position=row.position)
    known = _CODES.get(row.code)
    return None if known is None else Fact(row.origin, known[0], _when(row), known[1], position=row.position)


def _when(row: EventRow) -> datetime:
    # A clock that is ahead must not keep all that comes after it out.
    return min(moment(row.utc), moment(row.received))


def _of_happening(row: HappeningRow) -> Fact | None:
    if row.kind != Kind.COMMAND.value or row.device_id is None:
        return None
    data: dict[str, Any] = json.loads(row.data)
    kind = ORDERS.get(data.get("command", ""))
    if kind is None or data.get("what") != "ended" or not data.get("succeeded"):
        return None
    return Fact(row.device_id, kind, row.at, data.get("door", 0), by=data.get("by", ""))
