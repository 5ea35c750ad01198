"""Imports, what is wrong with them, and what they did to whom."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from doorward.server.fields import EncryptedBytesField
from doorward.server.imports.choices import ImportFileKind, ImportOutcome, ImportSource, ImportState, Undone
from doorward.server.jobs.models import Job


class Import(models.Model):
    """A file that somebody imports: uploaded, checked, agreed to, applied, and perhaps undone.

    Attributes:
        operator: Who uploaded it; nobody else sees it.
        source: What is imported.
        kind: What kind of file it is.
        file_name: What its owner calls it.
        size: Its bytes.
        received: How many of them have come.
        stored_name: What it is called in the folder of uploads; empty when it was removed.
        options: How it is to be read, as ``ImportOptions`` has it.
        rights: Which rights whoever uploaded it showed; a token may have fewer than its operator.
        state: How far it has come.
        job: The job that does, or did, the last step.
        created: When it was begun.
        checked: When it was checked.
        applied: When it was applied.
        undone: When it was undone.
        expires: When it is removed, with what is needed to undo it.
        rows: Rows, or pictures, of the file.
        added: How many people it adds.
        changed: How many people it changes.
        unchanged: How many people it leaves as they are.
        problem_count: How many things are wrong with it.
        left: How many people were not undone, since they were changed meanwhile.
        departments: The departments that it adds, each by its way from the top.
        headings: The headings of the file, each with the column that it stands for.
        plan: Digest of all that it would do, which was agreed to.
        words: What came of the last step, or why it failed.
    """

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports")
    source = models.CharField(max_length=10, choices=ImportSource.choices)
    kind = models.CharField(max_length=10, choices=ImportFileKind.choices)
    file_name = models.CharField(max_length=150)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    stored_name = models.CharField(max_length=80, blank=True, default="")
    options = models.JSONField(default=dict)
    rights = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.RECEIVING)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created = models.DateTimeField()
    checked = models.DateTimeField(null=True, blank=True)
    applied = models.DateTimeField(null=True, blank=True)
    undone = models.DateTimeField(null=True, blank=True)
    expires = models.DateTimeField(db_index=True)
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    departments = models.JSONField(default=list)
    headings = models.JSONField(default=list)
    plan = models.CharField(max_length=64, blank=True, default="")
    words = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.file_name


class ImportProblem(models.Model):
    """One thing that is wrong with a file.

    Attributes:
        of: The import.
        row: The row as a spreadsheet counts it; 0 the file as a whole.
        column: The column; of photos, the name of the picture.
        value: What stands there; never a secret.
        allowed: What would be allowed.
    """

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=200, blank=True, default="")
    value = models.TextField(blank=True, default="")
    allowed = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("fault of an import")
        verbose_name_plural = _("faults of imports")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.row} {self.column}"


class ImportedPerson(models.Model):
    """Somebody whom an import adds or changes.

    Attributes:
        of: The import.
        number: The person.
        row: The row in the file; of photos, 0.
        name: What the person is called afterwards.
        outcome: What the import does.
        changes: What is different, by field, as before and after; secrets are masked.
        before: The person before, to undo it; empty for one who was added or where it is not applied. Encrypted.
        after: The person after it, by which a later change is noticed. Encrypted.
        undone: What became of the person when it was undone.
    """

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="people")
    number = models.BigIntegerField(db_index=True)
    row = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=100, blank=True, default="")
    outcome = models.CharField(max_length=10, choices=ImportOutcome.choices)
    changes = models.JSONField(default=dict)
    before = EncryptedBytesField(blank=True, default=b"")
    after = EncryptedBytesField(blank=True, default=b"")
    undone = models.CharField(max_length=10, choices=Undone.choices, blank=True, default="")

    class Meta:
        verbose_name = _("person of an import")
        verbose_name_plural = _("people of imports")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["of", "number"], name="imported_person_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"
