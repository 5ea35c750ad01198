"""Takeovers: what was read of devices, and what has to be decided before it comes into the data."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from doorward.server.devices.models import Device
from doorward.server.fields import EncryptedBytesField
from doorward.server.jobs.models import Job
from doorward.server.takeover.choices import TakeoverState


class Takeover(models.Model):
    """Devices whose people and rights are brought into the data.

    Attributes:
        operator: Who began it; nobody else sees it.
        state: How far it has come.
        job: The job that does, or did, the last step.
        created: When it was begun.
        compared: When the devices were compared.
        applied: When it was applied.
        expires: When it is forgotten, with all that was read.
        people: How many people the devices hold together.
        added: How many of them are new here.
        changed: How many are here already.
        conflict_count: How many questions have to be answered before it can be applied.
        groups: The access groups that it makes or uses, for people.
        remarks: What else is to be known, for people.
        plan: Digest of the data that it was compared with.
        words: What came of the last step, or why it failed.
    """

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="takeovers")
    state = models.CharField(max_length=10, choices=TakeoverState.choices, default=TakeoverState.READING)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created = models.DateTimeField()
    compared = models.DateTimeField(null=True, blank=True)
    applied = models.DateTimeField(null=True, blank=True)
    expires = models.DateTimeField(db_index=True)
    people = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    conflict_count = models.PositiveIntegerField(default=0)
    groups = models.JSONField(default=list)
    remarks = models.JSONField(default=list)
    plan = models.CharField(max_length=64, blank=True, default="")
    words = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("takeover")
        verbose_name_plural = _("takeovers")
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return str(self.pk)


class ReadDevice(models.Model):
    """What was read of a device beside its people.

    Attributes:
        of: The takeover.
        device: The device.
        people: How many people it holds.
        tables: Its schedules, holidays and access groups, as ``device_reading`` writes them; None before it was read.
    """

    of = models.ForeignKey(Takeover, on_delete=models.CASCADE, related_name="devices")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+")
    people = models.PositiveIntegerField(default=0)
    tables = models.JSONField(null=True)

    class Meta:
        verbose_name = _("device of a takeover")
        verbose_name_plural = _("devices of takeovers")
        constraints: ClassVar = [models.UniqueConstraint(fields=["of", "device"], name="read_device_once")]

    def __str__(self) -> str:
        return str(self.device_id)


class ReadPerson(models.Model):
    """A person as a device holds the person.

    Attributes:
        of: The device, of a takeover.
        number: The person.
        content: All of it, PIN and templates too. Encrypted; forgotten when the takeover is over.
    """

    of = models.ForeignKey(ReadDevice, on_delete=models.CASCADE, related_name="read_people")
    number = models.BigIntegerField(db_index=True)
    content = EncryptedBytesField(blank=True, default=b"")

    class Meta:
        verbose_name = _("person on a device of a takeover")
        verbose_name_plural = _("people on devices of takeovers")
        constraints: ClassVar = [models.UniqueConstraint(fields=["of", "number"], name="read_person_once")]

    def __str__(self) -> str:
        return str(self.number)


class TakeoverConflict(models.Model):
    """Something that devices, or a device and the data, say differently of a person.

    Attributes:
        of: The takeover.
        number: The person.
        field: What of the person.
        options: What is said, each as ``{"choice", "devices", "shown"}``; secrets are not shown.
        choice: The ``choice`` of the option that is to hold; empty before somebody decided.
    """

    of = models.ForeignKey(Takeover, on_delete=models.CASCADE, related_name="conflicts")
    number = models.BigIntegerField(db_index=True)
    field = models.CharField(max_length=40)
    options = models.JSONField(default=list)
    choice = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        verbose_name = _("conflict of a takeover")
        verbose_name_plural = _("conflicts of takeovers")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["of", "number", "field"], name="conflict_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.field}"
