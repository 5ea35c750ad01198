"""The words of the columns of doors."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DoorMode(models.TextChoices):
    """What a door does until further notice; the names are those of ``doorward.model.doors.DoorMode``."""

    NORMAL = "normal", _("normal")
    HELD_OPEN = "held open", _("held open")
    LOCKED_DOWN = "locked down", _("locked down")


class Lock(models.TextChoices):
    """Whether the relay of a door lets people through."""

    LOCKED = "locked", _("locked")
    UNLOCKED = "unlocked", _("unlocked")
    UNKNOWN = "unknown", _("not known")


class Leaf(models.TextChoices):
    """Whether a door stands open, where a sensor tells."""

    CLOSED = "closed", _("closed")
    OPEN = "open", _("open")
    UNKNOWN = "unknown", _("not known")


class PictureKind(models.TextChoices):
    """What a floor plan's picture is; others are not taken, and what else hides in a file is not kept."""

    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"
    WEBP = "image/webp", "WebP"
