"""The words of the columns of people."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FieldKind(models.TextChoices):
    """What an own field of a site holds."""

    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    DATE = "date", _("date")
    CHOICE = "choice", _("choice")


class Reading(models.TextChoices):
    """What a reader gives of a card."""

    CSN = "csn", _("serial number of the chip")
    WIEGAND = "wiegand", _("Wiegand bits")


class ByteOrder(models.TextChoices):
    """Which byte of a number comes first."""

    MOST_SIGNIFICANT_FIRST = "msb", _("most significant first")
    LEAST_SIGNIFICANT_FIRST = "lsb", _("least significant first")


class FacilityUse(models.TextChoices):
    """What becomes of a facility code in the number that a device keeps."""

    IGNORED = "ignored", _("not kept")
    JOINED = "joined", _("stands before the number")
    CUSTOM_ID = "custom-id", _("kept as the custom ID")


class FaceFamily(models.TextChoices):
    """The models that can use a face template; those of different families do not understand each other's."""

    D_STATION = "d-station", "D-Station"
    FACESTATION = "facestation", "FaceStation"


class SecurityLevel(models.IntegerChoices):
    """How strictly fingers and faces are matched; the numbers are those of ``doorward.model.people.SecurityLevel``."""

    DEVICE_DEFAULT = 0, _("as the device is set")
    LOWEST = 1, _("lowest")
    LOW = 2, _("low")
    NORMAL = 3, _("normal")
    HIGH = 4, _("high")
    HIGHEST = 5, _("highest")
