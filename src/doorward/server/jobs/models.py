"""Jobs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from doorward.server.jobs.choices import State
from doorward.server.jobs.kinds import title_of
from doorward.server.operators.models import Operator


class Job(models.Model):
    """Work that somebody asked for.

    Attributes:
        kind: Which of the kinds of ``doorward.server.jobs.kinds``.
        arguments: What is to be done, as JSON; its shape depends on the kind. Never a secret.
        operator: Who asked for it; it is done with the rights that he has while it runs.
        state: How far it has come.
        stop_wanted: Whether somebody asked to stop it.
        done: How much is done.
        total: Of how much; None until that is known.
        words: What came of it, or why it failed.
        advice: What to do next where it failed.
        file_name: What the file is to be called by whoever takes it; empty without one.
        stored_name: What it is called in the folder of jobs; empty without one.
        size: Bytes of the file.
        created: When somebody asked for it.
        begun: When it was begun; None before.
        finished: When it was over; None before.
        expires: When its file is removed; None without one.
    """

    kind = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="jobs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    stop_wanted = models.BooleanField(default=False)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    words = models.TextField(blank=True, default="")
    advice = models.TextField(blank=True, default="")
    file_name = models.CharField(max_length=150, blank=True, default="")
    stored_name = models.CharField(max_length=80, blank=True, default="")
    size = models.BigIntegerField(default=0)
    created = models.DateTimeField()
    begun = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    expires = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "job"
        verbose_name_plural = "jobs"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(state__in=["waiting", "running"]), name="job_open"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What it does, in words."""
        return title_of(self.kind, self.arguments)
