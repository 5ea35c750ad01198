"""What devices should hold and do hold, and what of it waits to be sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorward.server.devices.models import Device
from doorward.server.fields import EncryptedBytesField
from doorward.server.sync.choices import Answer, Comparing, DifferenceKind, HandEdits, Urgency

TABLES: int = 0
"""The number that stands for a device's schedules, holidays and access groups where others name a person."""


class ManagedDevice(models.Model):
    """A device whose people and rights come from here; nothing on another one is touched.

    Attributes:
        device: The device.
        managed: Whether it is switched on.
        since: Since when.
        by: Who switched it on, as a name that outlives the account.
        hand_edits: What happens to what somebody changed at its own menu.
        put_right: Whether what the next reading finds new is written over without a question, as after a restore.
        check_wanted: Since when what it holds is to be read and compared; None when it is not.
        checked_at: When what it holds was last read.
        comparing: Whether everybody is to be compared with the data.
        comparing_stamp: Changes with each wish to compare, so that one that comes meanwhile is not lost.
        tables_digest: Digest of each of the tables that it holds, by their names; one that is missing is not known.
        groups: Numbers of the access groups that its tables were made of when they were last looked at.
        done: People who are as they should be, of the work under way.
        total: People of the work under way; 0 when none is.
        words: What is done or what hinders it, for people.
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, primary_key=True, related_name="managing")
    managed = models.BooleanField(_("people and rights come from here"), default=False)
    since = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=150, blank=True, default="")
    hand_edits = models.CharField(
        _("changes at the device"), max_length=10, choices=HandEdits.choices, default=HandEdits.ASK
    )
    put_right = models.BooleanField(default=False)
    check_wanted = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    comparing = models.PositiveSmallIntegerField(choices=Comparing.choices, default=Comparing.NOT)
    comparing_stamp = models.BigIntegerField(default=0)
    tables_digest = models.JSONField(default=dict)
    groups = models.JSONField(default=list)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    words = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("device with people")
        verbose_name_plural = _("devices with people")
        ordering: ClassVar = ["device_id"]

    def __str__(self) -> str:
        return str(self.device_id)


class Basis(models.Model):
    """What all that is known of devices rests on; one row.

    Attributes:
        secret: Secret of the digests of what devices hold.
        zone: IANA name of the site's zone by which devices were brought to the data last; empty before the first time.
    """

    secret = EncryptedBytesField()
    zone = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("basis of what is known of devices")
        verbose_name_plural = _("bases of what is known of devices")

    def __str__(self) -> str:
        return self.zone


class Waiting(models.Model):
    """Somebody, or the tables, to be looked at on a device; written in the transaction that changes the data.

    Attributes:
        device: The device.
        number: The person; ``TABLES`` for schedules, holidays and access groups.
        urgency: How soon.
        since: Since when.
        stamp: Changes with each mark, so that one that comes while the device is written is not lost.
        due: When it is looked at; None: not before it is marked again, since it does not fit.
        tries: How often the device did not take it.
        problem: Why it is not on the device, for people.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="waiting_people", db_index=False)
    number = models.BigIntegerField()
    urgency = models.PositiveSmallIntegerField(choices=Urgency.choices)
    since = models.DateTimeField()
    stamp = models.BigIntegerField()
    due = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("waiting change")
        verbose_name_plural = _("waiting changes")
        ordering: ClassVar = ["urgency", "device_id", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "number"], name="waiting_device_number")]
        indexes: ClassVar = [
            models.Index(
                fields=["urgency", "device", "number"],
                condition=models.Q(due__isnull=False),
                name="waiting_due",
            ),
            models.Index(fields=["number"], name="waiting_number"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.number}"


class Held(models.Model):
    """A person whom a device holds, or may hold.

    Attributes:
        device: The device; without a constraint, since there are as many rows as people on devices.
        number: The person.
        digest: Keyed digest of what it holds; empty where it may hold something that is not known.
    """

    device = models.ForeignKey(
        Device, on_delete=models.DO_NOTHING, related_name="held_people", db_constraint=False, db_index=False
    )
    number = models.BigIntegerField()
    digest = models.BinaryField(default=b"")

    class Meta:
        verbose_name = _("person on a device")
        verbose_name_plural = _("people on devices")
        ordering: ClassVar = ["device_id", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "number"], name="held_device_number")]
        indexes: ClassVar = [models.Index(fields=["number"], name="held_number")]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.number}"


class PersonStamp(models.Model):
    """Changes with each change of a person's data, so that what was computed of it can be kept.

    Attributes:
        number: The person.
        stamp: Another one after each change.
    """

    number = models.BigIntegerField(primary_key=True)
    stamp = models.BigIntegerField()

    class Meta:
        verbose_name = _("stamp of a person")
        verbose_name_plural = _("stamps of people")

    def __str__(self) -> str:
        return str(self.number)


class Difference(models.Model):
    """Something that a device holds otherwise than it was given, found when it was read.

    Attributes:
        device: The device.
        number: The person; ``TABLES`` for schedules, holidays and access groups.
        kind: How it differs.
        found_at: When it was found.
        words: What is different, for people; never a secret.
        digest: Keyed digest of what the device holds instead; empty where it holds nothing.
        answer: What an operator said to it.
        answered_by: Who.
        answered_at: When.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="differences", db_index=False)
    number = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=DifferenceKind.choices)
    found_at = models.DateTimeField()
    words = models.TextField(blank=True, default="")
    digest = models.BinaryField(default=b"")
    answer = models.CharField(max_length=10, choices=Answer.choices, default=Answer.OPEN)
    answered_by = models.CharField(max_length=150, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("difference at a device")
        verbose_name_plural = _("differences at devices")
        ordering: ClassVar = ["device_id", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "number"], name="difference_device_number")]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.number} {self.kind}"
