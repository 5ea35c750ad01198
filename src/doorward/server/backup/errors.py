"""Why a backup was not made or not restored, in words."""

from __future__ import annotations

from doorward.model.errors import DoorwardError, InvalidFile


class BackupFailed(DoorwardError):
    """No backup was made; what was begun is removed."""


class DamagedBackup(InvalidFile):
    """The file is not a backup, or is not as it was written."""

    default_advice = "Use another copy of the file. Nothing was changed."


class BackupNewer(InvalidFile):
    """The backup was made by a newer version of Doorward."""


class NotEmpty(DoorwardError):
    """There is something already where the backup is to be restored."""


class RestoreFailed(DoorwardError):
    """The restore was given up; everything is as it was before."""
