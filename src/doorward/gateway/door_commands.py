"""Commands for the doors of a device; what they learn goes back with the outcome."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from doorward.gateway.collaborators import (
    Command,
    HoldDoorOpen,
    LockDoor,
    LockDownDoor,
    OpenDoor,
    ReadDoors,
    ReturnDoorToNormal,
)
from doorward.model.errors import Unsupported

if TYPE_CHECKING:
    from doorward.gateway.link import DeviceLink

DOOR_COMMANDS: Final = (OpenDoor, LockDoor, HoldDoorOpen, LockDownDoor, ReturnDoorToNormal, ReadDoors)


async def door_command(link: DeviceLink, command: Command) -> tuple[str, Mapping[str, Any]]:
    """Carry out one of ``DOOR_COMMANDS`` over a standing connection; gives words, and what was learned, fit for JSON.

    Raises:
        DoorwardError: The device did not answer or said no, or it has no such door.
    """
    driver = link.driver()
    modes = driver.door_modes
    match command:
        case OpenDoor():
            await driver.open_door(command.door)
            return f"Door {command.door + 1} was opened for its opening time.", {}
        case LockDoor():
            await driver.release_door(command.door)
            return f"Door {command.door + 1} was locked.", {}
        case HoldDoorOpen():
            more = await modes.hold_open(command.door)
            return _sentences(f"Door {command.door + 1} stays unlocked until it is returned to normal.", more), {}
        case LockDownDoor():
            more = await modes.lock_down(command.door)
            return _sentences(f"Door {command.door + 1} stays locked until it is returned to normal.", more), {}
        case ReturnDoorToNormal():
            more = await modes.return_to_normal(command.door, command.open_schedule, command.closed_schedule)
            return _sentences(f"Door {command.door + 1} opens again to whoever may pass.", more), {}
        case ReadDoors():
            doors = [{**dataclasses.asdict(door), "mode": door.mode.value} for door in await modes.read()]
            return "The device told how its doors are set up.", {"doors": doors}
    raise Unsupported(f"This server does not know the command {type(command).__name__}.")


def _sentences(*parts: str) -> str:
    return " ".join(filter(None, parts))
