"""The words of the columns of takeovers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TakeoverState(models.TextChoices):
    """How far a takeover has come."""

    READING = "reading", _("devices are being read")
    COMPARED = "compared", _("waits for your word; nothing was changed yet")
    APPLYING = "applying", _("being applied")
    APPLIED = "applied", _("applied")
    FAILED = "failed", _("failed; nothing was changed")


OURS = "ours"
"""Stands among the choices of a conflict for what the data say already."""

ACTION = "takeover.apply"
"""What the audit log calls it."""
