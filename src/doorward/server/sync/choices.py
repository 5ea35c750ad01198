"""The words of the columns of what devices hold."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class HandEdits(models.TextChoices):
    """What happens to what somebody changed at a device's own menu."""

    ASK = "ask", _("Ask")
    OVERWRITE = "overwrite", _("Overwrite")


class Urgency(models.IntegerChoices):
    """How soon something has to be at a device. The numbers are kept in the database and are the order."""

    WITHDRAWAL = 1, _("takes something away")
    ORDINARY = 2, _("gives or changes something")


class Comparing(models.IntegerChoices):
    """Whether everybody on a device has to be compared with the data, since who changed is too many to name."""

    NOT = 0, _("not needed")
    ORDINARY = 1, _("needed")
    WITHDRAWAL = 2, _("needed before anything else")


class DifferenceKind(models.TextChoices):
    """How a device differs from what it was given."""

    UNKNOWN = "unknown", _("on the device alone")
    MISSING = "missing", _("gone from the device")
    CHANGED = "changed", _("changed at the device")
    TABLES = "tables", _("schedules, holidays or access groups changed at the device")


class Fate(models.TextChoices):
    """What becomes of somebody on a device who has no place there by the data, when it is switched on."""

    UNKNOWN = "unknown", _("not known here")
    NO_RIGHT = "no-right", _("known here, without a right at this device")
    NO_PLACE = "no-place", _("does not fit on this model")


class Answer(models.TextChoices):
    """What an operator said to a difference."""

    OPEN = "open", _("open")
    KEPT = "kept", _("kept")
