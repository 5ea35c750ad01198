"""Devices, their groups, and how they do."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from doorward.server.devices.choices import Approval, Mode, SettingsOrigin
from doorward.server.fields import EncryptedTextField

HIGHEST_DEVICE_ID = 0xFFFFFFFF


def validate_zone(value: str) -> None:
    """Refuse what is no IANA zone."""
    if value and value not in available_timezones():
        raise ValidationError(f"{value!r} is no IANA zone such as Europe/Berlin.")


class DeviceGroup(models.Model):
    """A group of devices, such as a building; groups form a tree.

    Attributes:
        name: Its name among its neighbours.
        parent: The group that it lies in; None at the top.
    """

    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name = "group of devices"
        verbose_name_plural = "groups of devices"
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "name"], name="device_group_name"),
            # A missing parent equals no other missing parent, so the top of the tree needs a rule of its own.
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(parent__isnull=True), name="device_group_top_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a group that would lie in itself."""
        super().clean()
        seen = {self.pk}
        above = self.parent
        while above is not None:
            if above.pk is not None and above.pk in seen:
                raise ValidationError({"parent": "A group cannot lie in itself, or in one that lies in it."})
            seen.add(above.pk)
            above = above.parent


class Device(models.Model):
    """A device.

    Attributes:
        device_id: Its serial number.
        name: What people call it; empty shows the number.
        group: Where it belongs.
        generation: ``biostar1`` or ``biostar2``.
        model: Name of the model as used in commands, such as ``bioentry-plus``; empty until it is known.
        approval: Whether it may come in.
        approval_at: When that was decided; None while it waits.
        approval_by: Who decided, as a name that outlives the account.
        approved_address: The address that it was approved with; another one asks again. Empty: any.
        enabled: Whether the server keeps a connection to it.
        mode: Who dials.
        address: Where it is dialled in direct mode.
        port: The port there; None takes that of the model.
        agent: The agent that dials it in direct mode; None: the server dials it itself.
        zone: IANA zone of its clock; empty takes that of the site.
        time_sync: Whether the server sets its clock.
        password: Its communication password; empty without one. Encrypted.
        line_left: Why the server leaves its line to somebody else just now, in words; empty when it does not.
        first_seen: When it was first heard of.
        last_seen: When it was last heard of, by the minute.
        last_address: From where.
        changed: When a person last changed this row, or the device's approval ended by itself.
    """

    device_id = models.BigIntegerField(
        "device ID", primary_key=True, validators=[MinValueValidator(1), MaxValueValidator(HIGHEST_DEVICE_ID)]
    )
    name = models.CharField(max_length=100, blank=True, default="")
    group = models.ForeignKey(DeviceGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="devices")
    generation = models.CharField(max_length=20, default="biostar1")
    model = models.CharField(max_length=40, blank=True, default="")
    approval = models.CharField(max_length=10, choices=Approval.choices, default=Approval.WAITING, db_index=True)
    approval_at = models.DateTimeField(null=True, blank=True)
    approval_by = models.CharField(max_length=150, blank=True, default="")
    approved_address = models.CharField(max_length=255, blank=True, default="")
    enabled = models.BooleanField(default=True)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.SERVER)
    address = models.CharField(max_length=255, blank=True, default="")
    port = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    agent = models.ForeignKey("agents.Agent", on_delete=models.PROTECT, null=True, blank=True, related_name="devices")
    zone = models.CharField(max_length=64, blank=True, default="", validators=[validate_zone])
    time_sync = models.BooleanField(default=True)
    password = EncryptedTextField("communication password")
    line_left = models.CharField(max_length=500, blank=True, default="", editable=False)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(null=True, blank=True)
    last_address = models.CharField(max_length=255, blank=True, default="")
    changed = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "device"
        verbose_name_plural = "devices"
        ordering: ClassVar = ["device_id"]

    def __str__(self) -> str:
        return self.name or str(self.device_id)

    def clean(self) -> None:
        """Refuse a device that nobody can dial."""
        if self.mode == Mode.DIRECT and not self.address:
            raise ValidationError({"address": "A device in direct mode is dialled: it needs an address."})


class DeviceStatus(models.Model):
    """How a device does; written by the gateway alone.

    Attributes:
        device: The device.
        state: Name of the gateway's state.
        reason: Why, in words.
        since: Since when.
        address: Where it is connected from or to; empty while it is not.
        next_attempt: When it is dialled next, or its log asked for; None when neither is due soon.
        held_since: Since when another client holds it; None when none does.
        clock_drift_seconds: By how much its clock was ahead when it was last read; None when it never was.
        clock_checked: When its clock was last read.
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, primary_key=True, related_name="status")
    state = models.CharField(max_length=30)
    reason = models.TextField(blank=True, default="")
    since = models.DateTimeField()
    address = models.CharField(max_length=255, blank=True, default="")
    next_attempt = models.DateTimeField(null=True, blank=True)
    held_since = models.DateTimeField(null=True, blank=True)
    clock_drift_seconds = models.FloatField(null=True, blank=True)
    clock_checked = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "state of a device"
        verbose_name_plural = "states of devices"

    def __str__(self) -> str:
        return f"{self.device_id}: {self.state}"


class ConnectionHistory(models.Model):
    """Each change of a device's state or approval.

    Attributes:
        device: The device.
        state: The new state.
        reason: Why, in words.
        since: When it began.
        by: Who did it, where a person did.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="history", db_index=False)
    state = models.CharField(max_length=30)
    reason = models.TextField(blank=True, default="")
    since = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        verbose_name = "change of state"
        verbose_name_plural = "connection history"
        ordering: ClassVar = ["-since", "-pk"]
        indexes: ClassVar = [models.Index(fields=["device", "since"], name="history_device_since")]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.state}"


class DeviceLedger(models.Model):
    """What the gateway remembers of a device's log; committed together with its events.

    Attributes:
        device: The device; without a constraint, since a ledger is written on the hottest path.
        state: The ledger as JSON, see ``doorward.gateway.ledger.LedgerState``.
        complete_until: All that happened at the device before this moment of the server's clock is in the record, but
            for the gaps; None before the first complete reading.
        hindrance: Why the record did not get further at the last attempt; empty when it did.
    """

    device = models.OneToOneField(
        Device, on_delete=models.DO_NOTHING, primary_key=True, related_name="ledger", db_constraint=False
    )
    state = models.TextField()
    complete_until = models.DateTimeField(null=True, blank=True)
    hindrance = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = "ledger of a device"
        verbose_name_plural = "ledgers of devices"

    def __str__(self) -> str:
        return str(self.device_id)


class DeviceSettings(models.Model):
    """The settings of a device as they were last agreed upon: read for the first time, written from here, or kept.

    What the device says later is shown beside them, and what differs is marked.

    Attributes:
        device: The device.
        family: Name of the family of settings.
        values: The value of each setting by its path; no secret.
        kept_at: When they were kept.
        kept_by: Who did it.
        origin: How they came.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="settings")
    family = models.CharField(max_length=60)
    values = models.JSONField()
    kept_at = models.DateTimeField()
    kept_by = models.CharField(max_length=150)
    origin = models.CharField(max_length=10, choices=SettingsOrigin.choices)

    class Meta:
        verbose_name = "settings of a device"
        verbose_name_plural = "settings of devices"
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "family"], name="device_settings_family")]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.family}"
