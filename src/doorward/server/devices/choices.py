"""The words of the columns of devices."""

from __future__ import annotations

from django.db import models


class Approval(models.TextChoices):
    """Whether a device may come in."""

    WAITING = "waiting", "waiting for approval"
    APPROVED = "approved", "approved"
    BLOCKED = "blocked", "blocked"


class Mode(models.TextChoices):
    """Who dials."""

    SERVER = "server", "server mode: the device dials the server"
    DIRECT = "direct", "direct mode: the server dials the device"


class SettingsOrigin(models.TextChoices):
    """How settings came to be the agreed ones."""

    READ = "read", "read from the device"
    WRITTEN = "written", "written to the device"
    KEPT = "kept", "kept as the device had them"
