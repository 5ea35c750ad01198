"""What keeps a server from starting or working, in words."""

from __future__ import annotations

from doorward.model.errors import DoorwardError, InvalidInput


class NotThere(InvalidInput):
    """What was named does not exist, or not for the one who asks."""


class ServerRuns(DoorwardError):
    """A server uses the database, and may not."""


class DatabaseUnusable(DoorwardError):
    """The database cannot be opened, read or written."""


class DatabaseNewer(DoorwardError):
    """A newer version of Doorward has changed the database."""


class DatabaseOlder(DoorwardError):
    """The database has to be changed for this version first."""
