"""What can be asked of a door, and how it is set up."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class DoorAction(enum.Enum):
    """What to do with a door's relay."""

    OPEN = "open"  # switch it on; a door's own opening time applies
    RELEASE = "release"  # switch it off: the door locks


class DoorMode(enum.Enum):
    """What a door does until further notice."""

    NORMAL = "normal"  # it opens to whoever may pass
    HELD_OPEN = "held open"  # it stays unlocked
    LOCKED_DOWN = "locked down"  # it opens to nobody


@dataclass(frozen=True, slots=True)
class DoorSetup:
    """A door as its device has it.

    Attributes:
        door: Its number at the device, from 0.
        has_relay: Whether a relay opens it; without one there is no such door.
        has_sensor: Whether a sensor tells whether it stands open.
        has_exit_button: Whether a button opens it from the inside.
        open_seconds: How long it is unlocked when it is opened.
        held_open_seconds: How long it may stand open before that counts as held open; 0 never does.
        open_schedule: Number of the device's schedule in which it stays unlocked.
        closed_schedule: Number of the device's schedule in which it stays locked.
        mode: What it does until further notice.
    """

    door: int
    has_relay: bool
    has_sensor: bool
    has_exit_button: bool
    open_seconds: int
    held_open_seconds: int
    open_schedule: int
    closed_schedule: int
    mode: DoorMode
