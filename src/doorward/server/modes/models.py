"""Changes of the mode of devices."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from doorward.server.devices.choices import Mode
from doorward.server.devices.models import Device
from doorward.server.modes.choices import ChangeState


class ModeChange(models.Model):
    """A device is brought to the other mode, or was.

    Attributes:
        device: The device.
        target: The mode that it is brought to.
        state: How far it is.
        operator: Who asked for it; None for somebody at the command line, and when the account is gone.
        by: His name, which outlives the account.
        via: The way in.
        address: From where he came; empty for this machine.
        token: Prefix of the token by which he came; empty without one.
        begun: When it began.
        written: When the device took its settings; None before. From then on it may be in the other mode.
        deadline: When it is overdue; None before the settings were taken.
        finished: When it was over; None while the device may still come.
        patience: Seconds that the device has to come.
        server_address: What the device dials in server mode.
        server_port: The TCP port there.
        device_address: Where the device was last, without a port.
        device_port: The TCP port on which it listens in direct mode; None until it told it.
        udp_port: UDP port of the device; None for that of its generation.
        steps: What was done, in order, see ``modes.steps``.
        reasons: Why it may not have come, the most likely first.
        words: What came of it.
        advice: What to do next.
        audit: The entry of the audit log that is closed at its end; None where there is none.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="mode_changes")
    target = models.CharField(max_length=10, choices=Mode.choices)
    state = models.CharField(max_length=10, choices=ChangeState.choices, default=ChangeState.UNDER_WAY)
    operator = models.ForeignKey(
        "operators.Operator", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    by = models.CharField(max_length=150)
    via = models.CharField(max_length=20)
    address = models.CharField(max_length=255, blank=True, default="")
    token = models.CharField(max_length=20, blank=True, default="")
    begun = models.DateTimeField()
    written = models.DateTimeField(null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    patience = models.PositiveIntegerField()
    server_address = models.CharField(max_length=40, blank=True, default="")
    server_port = models.PositiveIntegerField(null=True, blank=True)
    device_address = models.CharField(max_length=255, blank=True, default="")
    device_port = models.PositiveIntegerField(null=True, blank=True)
    udp_port = models.PositiveIntegerField(null=True, blank=True)
    steps = models.JSONField(default=list)
    reasons = models.JSONField(default=list)
    words = models.TextField(blank=True, default="")
    advice = models.TextField(blank=True, default="")
    audit = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "change of mode"
        verbose_name_plural = "changes of mode"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device"], condition=models.Q(finished__isnull=True), name="one_open_mode_change"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.target}"
