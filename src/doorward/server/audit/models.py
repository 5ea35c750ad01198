"""The audit log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from doorward.server.audit.choices import Outcome
from doorward.server.people.erased import without_erased, without_names


class AuditEntry(models.Model):
    """One action of somebody.

    The database itself refuses to change or remove an entry: only one that is under way can be closed, once.

    Attributes:
        at: When it began.
        finished: When its outcome was known; None while it is under way.
        actor: Who, as a name that outlives the account.
        operator_id: The number of the account; None for anybody without one.
        via: The way in: console, API, command line, or the server itself.
        address: From where; empty for this machine.
        token: Prefix of the API token that was shown; empty without one.
        request_id: Goes with the request through the log of the server too.
        action: What, for programs, such as ``device.approve``.
        object_type: What kind of thing it was done to.
        object_id: Which, as its number or name.
        object_name: What people called it then.
        before: The changed values as they were; None where nothing was changed.
        after: The changed values as they are now.
        outcome: What came of it.
        words: The result or the reason, such as the device's own answer.
    """

    at = models.DateTimeField(db_index=True)
    finished = models.DateTimeField(null=True, blank=True)
    actor = models.CharField(max_length=150)
    operator_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    via = models.CharField(max_length=20)
    address = models.CharField(max_length=45, blank=True, default="")
    token = models.CharField(max_length=16, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="", db_index=True)
    action = models.CharField(max_length=60, db_index=True)
    object_type = models.CharField(max_length=40, blank=True, default="")
    object_id = models.CharField(max_length=100, blank=True, default="")
    object_name = models.CharField(max_length=200, blank=True, default="")
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.DONE)
    words = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = "entry of the audit log"
        verbose_name_plural = "audit log"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["object_type", "object_id"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.action} {self.object_name or self.object_id}".strip()

    def veil(self) -> None:
        """Name whoever was erased by a pseudonym, in this copy; the entry itself cannot be changed."""
        self.object_name = without_names(self.object_name)
        self.words = without_names(self.words)
        names = ("number",) if self.object_type == "person" else ()
        self.before = None if self.before is None else without_erased(self.before, *names)
        self.after = None if self.after is None else without_erased(self.after, *names)
