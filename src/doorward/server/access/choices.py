"""The words of the columns of access."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Numbered(models.TextChoices):
    """What devices know by a small number."""

    GROUP = "group", _("access group")
    SCHEDULE = "schedule", _("schedule")
    HOLIDAY = "holiday", _("table of holidays")
