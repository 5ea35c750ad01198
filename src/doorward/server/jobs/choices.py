"""The words of the columns of jobs."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """How far a job has come."""

    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    STOPPED = "stopped", "stopped"


OPEN = (State.WAITING, State.RUNNING)
"""A job in one of these states is not over."""
