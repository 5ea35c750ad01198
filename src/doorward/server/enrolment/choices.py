"""The words of the columns of captures."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CaptureKind(models.TextChoices):
    """What is read."""

    CARD = "card", _("card")
    FINGER = "finger", _("finger")
    FACE = "face", _("face")


class CaptureState(models.TextChoices):
    """How far a reading has come."""

    WAITING = "waiting", _("waits at the device")
    AGAIN = "again", _("waits for the same finger once more")
    DONE = "done", _("read; to be given to a person")
    TIMED_OUT = "timed-out", _("nobody came in time")
    REFUSED = "refused", _("the device said no")
    CANCELLED = "cancelled", _("cancelled")


OPEN = (CaptureState.WAITING, CaptureState.AGAIN)
"""While it is in one of these states, the device is asked."""
