"""Doors and relays (protocol notes, section 6, command 0x0028)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.request import Done, Request, in_code, in_param1, in_param2

ON = 1
OFF = 0
BOTH_DOORS = 2
RELAY_OF_DEVICE = 0xFF  # param1: param2 names device and relay
READER_DOOR = 0xFE  # param1: param2 is the serial number of a card reader


@dataclass(frozen=True, slots=True)
class ControlDoor(Request[Done]):
    """Switch a door's relay.

    With a door number the device's own opening time applies; a plain relay stays as it was switched.
    """

    COMMAND: ClassVar[int] = 0x0028
    PURPOSE: ClassVar[str] = "switch the door"

    switch: int = in_code("1 on, 0 off")
    door: int = in_param1("0 or 1 the door, 2 both, 0xFF a relay of param2, 0xFE the door of the reader in param2")
    target: int = in_param2("(device index << 16) + relay index, or the serial number of a reader")

    @classmethod
    def relay(cls, device: int, relay: int, switch: int) -> ControlDoor:
        """Switch a relay by its device (0 own, 1 slave, 2..5 Secure I/O) and index."""
        return cls(switch, RELAY_OF_DEVICE, (device << 16) + relay)

    @classmethod
    def reader_door(cls, reader_id: int, switch: int) -> ControlDoor:
        """Switch the door of a card reader."""
        return cls(switch, READER_DOOR, reader_id)
