"""Doors and relays."""

from __future__ import annotations

from doorward.device.biostar1.context import DeviceContext
from doorward.model.doors import DoorAction
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.commands.doors import BOTH_DOORS, OFF, ON, ControlDoor

LARGEST_DEVICE_INDEX = 5
LARGEST_RELAY_INDEX = 3
LARGEST_NUMBER = 0xFFFFFFFF
_SWITCHES = {DoorAction.OPEN: ON, DoorAction.RELEASE: OFF}


class Doors:
    """Switches the doors and relays of one device.

    A door that is opened by its number closes after its own opening time (by the field's name; not verified). A
    plain relay stays as it was switched.
    """

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    async def open(self, door: int = 0) -> None:
        """Open a door.

        Args:
            door: 0 the first, 1 the second, 2 both.

        Raises:
            InvalidInput: There cannot be such a door.
        """
        await self.act(door, DoorAction.OPEN)

    async def release(self, door: int = 0) -> None:
        """Switch a door's relay off, so that the door locks; raises as ``open`` does."""
        await self.act(door, DoorAction.RELEASE)

    async def act(self, door: int, action: DoorAction) -> None:
        """Open or release a door; raises as ``open`` does."""
        if not 0 <= door <= BOTH_DOORS:
            raise InvalidInput("door", door, "0 the first, 1 the second, 2 both")
        await self._context.requester.request(ControlDoor(_SWITCHES[action], door))

    async def switch_relay(self, on: bool) -> None:
        """Switch the device's own relay; it stays so. On the wire this is the same request as for the first door."""
        await self._context.requester.request(ControlDoor(ON if on else OFF))

    async def switch_relay_of(self, device: int, relay: int, on: bool) -> None:
        """Switch any relay behind the device; it stays so.

        Args:
            device: 0 the device itself, 1 its slave, 2 to 5 Secure I/O 0 to 3.
            relay: Index of the relay, from 0.
            on: On or off.

        Raises:
            InvalidInput: There cannot be such a relay.
        """
        if not 0 <= device <= LARGEST_DEVICE_INDEX:
            raise InvalidInput("device", device, "0 the device itself, 1 its slave, 2 to 5 Secure I/O")
        if not 0 <= relay <= LARGEST_RELAY_INDEX:
            raise InvalidInput("relay", relay, f"0 to {LARGEST_RELAY_INDEX}")
        await self._context.requester.request(ControlDoor.relay(device, relay, ON if on else OFF))

    async def act_at_reader(self, reader_id: int, action: DoorAction) -> None:
        """Open or release the door of a card reader.

        Args:
            reader_id: Serial number of the reader.
            action: What to do.

        Raises:
            InvalidInput: The number cannot be one.
        """
        if not 0 < reader_id <= LARGEST_NUMBER:
            raise InvalidInput("reader", reader_id, f"a serial number from 1 to {LARGEST_NUMBER}")
        await self._context.requester.request(ControlDoor.reader_door(reader_id, _SWITCHES[action]))
