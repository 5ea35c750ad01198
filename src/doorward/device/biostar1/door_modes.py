"""How the doors of a device are set up, and what they do until further notice.

A relay that was switched on falls off when the device restarts, and at most devices when the door's own opening time
is over. What is to last is therefore written into the door's settings: a door has a schedule in which it stays open
and one in which it stays closed, and the device knows a schedule that always holds (protocol notes, structures BSDoor
and BSTimeScheduleEx; what a device does by these fields follows their names and was not verified on one).
"""

from __future__ import annotations

from dataclasses import replace

from doorward.device.biostar1.configuration import Configuration
from doorward.device.biostar1.context import DeviceContext
from doorward.model.doors import DoorMode, DoorSetup
from doorward.model.errors import DoorwardError, InvalidInput, NotReached, Unsupported
from doorward.protocol.biostar1.commands.doors import OFF, ON, ControlDoor
from doorward.protocol.biostar1.configuration import ConfigurationType
from doorward.protocol.biostar1.models import Family
from doorward.protocol.biostar1.records.compact_settings import CompactSettings
from doorward.protocol.biostar1.records.compact_settings_biolite import CompactSettingsBioLite
from doorward.protocol.biostar1.records.doors import NO_RELAY, Door, DoorSettings
from doorward.protocol.biostar1.records.schedules import ALWAYS_SCHEDULE
from doorward.protocol.layout import Record

NO_SCHEDULE = 0
"""Stands in a door's settings where no schedule is chosen."""


class NotKept(DoorwardError):
    """The device confirmed new settings, but has others."""

    default_advice = "Look at the door; change its settings at the device itself."


class DoorModes:
    """The doors of one device as its settings have them."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context
        self._configuration = Configuration(context)

    async def read(self) -> list[DoorSetup]:
        """How the doors are set up; a number that no relay belongs to is told too.

        Raises:
            Unsupported: The model tells nothing of its doors.
        """
        _, _, settings = await self._read()
        return [door_setup(number, door) for number, door in enumerate(settings.doors)]

    async def hold_open(self, door: int) -> str:
        """Let a door stay unlocked until further notice; gives what came of it, in words.

        Raises:
            InvalidInput: The device has no such door.
            Unsupported: No relay belongs to it.
            NotKept: The device did not keep it.
        """
        return await self._set(door, ALWAYS_SCHEDULE, NO_SCHEDULE, ON)

    async def lock_down(self, door: int) -> str:
        """Let a door stay locked until further notice, whoever comes; as ``hold_open``."""
        return await self._set(door, NO_SCHEDULE, ALWAYS_SCHEDULE, OFF)

    async def return_to_normal(self, door: int, open_schedule: int = 0, closed_schedule: int = 0) -> str:
        """Let a door open to whoever may pass; as ``hold_open``.

        Args:
            door: Number of the door, from 0.
            open_schedule: The schedule in which it stays unlocked, as it was before; 0 none.
            closed_schedule: The schedule in which it stays locked, as it was before; 0 none.
        """
        return await self._set(door, open_schedule, closed_schedule, OFF)

    async def _set(self, number: int, open_schedule: int, closed_schedule: int, switch: int) -> str:
        block, record, settings = await self._read()
        if not 0 <= number < len(settings.doors):
            raise InvalidInput("door", number, f"0 to {len(settings.doors) - 1}")
        if settings.doors[number].relay == NO_RELAY:
            raise Unsupported(
                f"Door {number + 1} has no relay at this device, so there is nothing to hold or lock.",
                advice="Choose a relay for it in the settings of the device.",
            )
        wanted = replace(
            settings.doors[number], forced_open_schedule=open_schedule, forced_close_schedule=closed_schedule
        )
        changed = wanted != settings.doors[number]
        if changed:
            doors = tuple(wanted if place == number else door for place, door in enumerate(settings.doors))
            await self._configuration.write(_with_doors(record, replace(settings, doors=doors)))
        try:
            # The relay follows at once; by the settings alone a device may look at its schedules once a minute.
            await self._context.requester.request(ControlDoor(switch, number))
            await self._check(number, open_schedule, closed_schedule)
        except NotReached:
            # A model that keeps all its settings in one block may restart its network when that is written.
            if not changed or block.record is DoorSettings:
                raise
            return "The device took it and restarts its network; it is back in a moment."
        return ""

    async def _check(self, number: int, open_schedule: int, closed_schedule: int) -> None:
        found = (await self._read())[2].doors[number]
        if (found.forced_open_schedule, found.forced_close_schedule) != (open_schedule, closed_schedule):
            raise NotKept(f"The device confirmed the new settings of door {number + 1}, but has others.")

    async def _read(self) -> tuple[ConfigurationType, Record, DoorSettings]:
        """The block that holds the doors, the record in it, and the doors."""
        if self._context.model.family is not Family.COMPACT:
            settings = await self._configuration.read(DoorSettings)
            return self._configuration.type_of(DoorSettings), settings, settings
        block = self._configuration.type_of("settings")
        record = await self._configuration.read(block.record)
        if not isinstance(record, CompactSettings | CompactSettingsBioLite):
            raise Unsupported(f"{self._context.model.title} tells nothing of its doors.")
        return block, record, record.doors


def _with_doors(record: Record, doors: DoorSettings) -> Record:
    if isinstance(record, CompactSettings | CompactSettingsBioLite):
        return replace(record, doors=doors)
    return doors


def door_setup(number: int, door: Door) -> DoorSetup:
    """A door of the settings in plain values."""
    mode = DoorMode.NORMAL
    if door.forced_close_schedule == ALWAYS_SCHEDULE:
        mode = DoorMode.LOCKED_DOWN
    elif door.forced_open_schedule == ALWAYS_SCHEDULE:
        mode = DoorMode.HELD_OPEN
    return DoorSetup(
        door=number,
        has_relay=door.relay != NO_RELAY,
        has_sensor=bool(door.door_sensor_enabled or door.door_sensor_enabled_extended),
        has_exit_button=bool(door.exit_button_enabled or door.exit_button_enabled_extended),
        open_seconds=door.open_time,
        held_open_seconds=door.held_open_time,
        open_schedule=door.forced_open_schedule,
        closed_schedule=door.forced_close_schedule,
        mode=mode,
    )
