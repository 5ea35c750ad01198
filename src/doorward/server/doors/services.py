"""What is done with doors: naming them, opening them, and what they do until further notice."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from doorward.gateway.collaborators import (
    Command,
    CommandOutcome,
    HoldDoorOpen,
    LockDoor,
    LockDownDoor,
    OpenDoor,
    ReadDoors,
    ReturnDoorToNormal,
)
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import Thing, record
from doorward.server.devices.choices import Approval
from doorward.server.devices.commands import CommandRefused, ask, give
from doorward.server.devices.models import Device
from doorward.server.doors.choices import DoorMode
from doorward.server.doors.facts import Fact, FactKind
from doorward.server.doors.follower import keep_setups
from doorward.server.doors.making import make_door
from doorward.server.doors.models import HIGHEST_DOOR, Door
from doorward.server.doors.states import take_in, tell_state
from doorward.server.errors import NotThere
from doorward.server.operators.access import Access
from doorward.server.operators.actor import current_actor

LONGEST_NAME: Final = 100
LONGEST_REASON: Final = 500


class UnknownDoor(NotThere):
    """There is no door with this number."""

    def __init__(self, door_id: int) -> None:
        super().__init__("door", door_id, "the number of a known door; GET /api/v1/doors shows them")


class DoorRefused(DoorwardError):
    """What was asked of a door does not go with what it is set to do."""


class Action(enum.Enum):
    """What can be asked of a door; the names are those of the API and of the audit log."""

    OPEN = "open"
    LOCK = "lock"
    HOLD_OPEN = "hold-open"
    LOCK_DOWN = "lock-down"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class _Order:
    fact: FactKind
    command: Callable[[str, int, Door], Command]


_ORDERS: Final = MappingProxyType(
    {
        Action.OPEN: _Order(FactKind.OPEN_ORDERED, lambda number, device, door: OpenDoor(number, device, door.number)),
        Action.LOCK: _Order(FactKind.LOCK_ORDERED, lambda number, device, door: LockDoor(number, device, door.number)),
        Action.HOLD_OPEN: _Order(
            FactKind.HOLD_ORDERED, lambda number, device, door: HoldDoorOpen(number, device, door.number)
        ),
        Action.LOCK_DOWN: _Order(
            FactKind.LOCKDOWN_ORDERED, lambda number, device, door: LockDownDoor(number, device, door.number)
        ),
        Action.NORMAL: _Order(
            FactKind.NORMAL_ORDERED,
            lambda number, device, door: ReturnDoorToNormal(
                number, device, door.number, door.normal_open_schedule, door.normal_closed_schedule
            ),
        ),
    }
)


def doors() -> QuerySet[Door]:
    """All doors with what a list shows of them."""
    return Door.objects.select_related("state", "device", "device__group", "device__status")


def visible_doors(access: Access, right: str = "doors.view") -> QuerySet[Door]:
    """The doors for which somebody has a right."""
    return access.among(right, doors(), "device__group")


def one_door(door_id: int) -> Door:
    """A door.

    Raises:
        UnknownDoor: There is none.
    """
    door = doors().filter(pk=door_id).first()
    if door is None:
        raise UnknownDoor(door_id)
    return door


def add_door(device: Device, number: int, name: str = "") -> Door:
    """Add a door of a device beside the one that it got by itself.

    Raises:
        InvalidInput: The device is not let in, has no such door, or has it here already.
    """
    if device.approval != Approval.APPROVED:
        raise InvalidInput("device", device.pk, "a device that is approved")
    if not 0 <= number <= HIGHEST_DOOR:
        raise InvalidInput("number", number, f"0 to {HIGHEST_DOOR}")
    _check_name(name)
    with transaction.atomic():
        if Door.objects.filter(device=device, number=number).exists():
            raise InvalidInput("number", number, "a number that no door of this device has yet")
        door = make_door(device, number, name)
        tell_state(door)
    return one_door(door.pk)


def change_door(door: Door, *, name: str | None = None, enabled: bool | None = None) -> Door:
    """Name a door, or take it into use and out of it.

    Raises:
        InvalidInput: The name is too long.
    """
    if name is not None:
        _check_name(name)
        door.name = name.strip()
    if enabled is not None:
        door.enabled = enabled
    with transaction.atomic():
        door.save(update_fields=["name", "enabled"])
        tell_state(door)
    return door


def remove_door(door: Door) -> None:
    """Remove a door that was added; that of the device's first relay can only be taken out of use.

    Raises:
        DoorRefused: It is the first door of a device.
    """
    if door.number == 0:
        raise DoorRefused(
            "The first door of a device stays as long as the device does.", advice="Take it out of use instead."
        )
    door.delete()


def act(door: Door, action: Action, reason: str = "") -> CommandOutcome:
    """Let a device do something with a door, for the one who acts now; whoever calls this has checked that he may.

    Args:
        door: The door.
        action: What to do.
        reason: Why, for the audit log.

    Returns:
        The outcome, in which the device did it.

    Raises:
        InvalidInput: The reason is too long.
        DoorRefused: It does not go with what the door is set to do.
        CommandRefused: The device did not do it, with its reason.
    """
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", reason[:20] + "...", f"at most {LONGEST_REASON} letters")
    after = {"door": door.number, **({"reason": reason} if reason else {})}
    try:
        _check_goes(door, action)
        if action in (Action.HOLD_OPEN, Action.LOCK_DOWN) and door.state.mode == DoorMode.NORMAL:
            # What it does in normal times is kept before it is overwritten.
            read_setup(door)
    except DoorwardError as error:
        came_of_it = Outcome.REFUSED if isinstance(error, DoorRefused) else Outcome.FAILED
        record(f"door.{action.value}", Thing.of(door), after=after, outcome=came_of_it, words=error.message)
        raise
    order = _ORDERS[action]
    outcome = give(
        door.device,
        f"door.{action.value}",
        lambda number, device_id: order.command(number, device_id, door),
        after=after,
        thing=Thing.of(door),
    )
    if not outcome.succeeded:
        raise CommandRefused.of(outcome)
    fact = Fact(door.device_id, order.fact, timezone.now(), door.number, by=current_actor().name)
    with transaction.atomic():
        take_in([fact])
    return outcome


def read_setup(door: Door) -> Door:
    """Ask a device how its doors are set up, and keep it.

    Raises:
        CommandRefused: It did not tell.
    """
    outcome = ask(door.device, ReadDoors)
    with transaction.atomic():
        keep_setups(door.device_id, outcome.data["doors"])
    door.refresh_from_db()
    return door


def _check_goes(door: Door, action: Action) -> None:
    if not door.enabled:
        raise DoorRefused(f"{door.title} is not in use.", advice="Take it into use first.")
    if action is Action.OPEN and door.state.mode == DoorMode.LOCKED_DOWN:
        raise DoorRefused(
            f"{door.title} is locked down and opens to nobody.", advice="Return it to normal first, then open it."
        )
    if action is Action.LOCK and door.state.mode == DoorMode.HELD_OPEN:
        raise DoorRefused(f"{door.title} is held open.", advice="Return it to normal; it locks then.")


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise InvalidInput("name", name[:20] + "...", f"at most {LONGEST_NAME} letters")
