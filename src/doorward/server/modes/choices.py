"""The words of the columns of changes of mode."""

from __future__ import annotations

from django.db import models


class ChangeState(models.TextChoices):
    """How far a change of mode is."""

    UNDER_WAY = "under way", "under way"
    OVERDUE = "overdue", "the device has not come in time; it is still waited for"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    ENDED = "ended", "nobody waits for it any more"


OPEN = (ChangeState.UNDER_WAY, ChangeState.OVERDUE)
"""The states in which a device may still come."""


class StepState(models.TextChoices):
    """How a step of a change does."""

    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
