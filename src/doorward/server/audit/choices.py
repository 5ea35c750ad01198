"""The words of the columns of the audit log."""

from __future__ import annotations

from django.db import models


class Outcome(models.TextChoices):
    """What came of an action."""

    PENDING = "pending", "under way"
    DONE = "done", "done"
    REFUSED = "refused", "refused"
    FAILED = "failed", "failed"
