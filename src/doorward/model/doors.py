"""What can be asked of a door."""

from __future__ import annotations

import enum


class DoorAction(enum.Enum):
    """What to do with a door's relay."""

    OPEN = "open"  # switch it on; a door's own opening time applies
    RELEASE = "release"  # switch it off: the door locks
