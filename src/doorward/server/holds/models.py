"""Holds of devices, and who asked for one that somebody else has."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from doorward.server.devices.models import Device
from doorward.server.holds.choices import HoldKind


class Hold(models.Model):
    """Somebody holds a device, or held it.

    Attributes:
        device: The device.
        kind: In which way.
        holder: Who, as a name that outlives the account.
        operator: The account; None for somebody at the command line, and when it is gone.
        token: Prefix of the token by which he came; empty without one.
        session: The session of the console in which he came; None for any other way in.
        program: The program that gets the line; empty where there is none.
        via: The way in, such as ``console``.
        address: From where; empty for this machine.
        reason: Why, in words.
        since: Since when.
        seconds: For how long it holds from the last sign of life of the client on.
        until: When it ends unless it is kept up.
        ended: When it ended; None while it holds.
        ended_by: Who ended it; empty for the server itself.
        end_reason: Why it ended, in words.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="holds", db_index=False)
    kind = models.CharField(max_length=10, choices=HoldKind.choices)
    holder = models.CharField(max_length=150)
    operator = models.ForeignKey(
        "operators.Operator", on_delete=models.SET_NULL, null=True, blank=True, related_name="holds"
    )
    token = models.CharField(max_length=20, blank=True, default="")
    session = models.ForeignKey(
        "operators.OperatorSession", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    program = models.CharField(max_length=100, blank=True, default="")
    via = models.CharField(max_length=20)
    address = models.CharField(max_length=255, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    since = models.DateTimeField()
    seconds = models.PositiveIntegerField()
    until = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True, default="")
    end_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "hold of a device"
        verbose_name_plural = "holds of devices"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            # Of two who ask at once one gets it, whatever the program thinks.
            models.UniqueConstraint(fields=["device"], condition=models.Q(ended__isnull=True), name="one_open_hold"),
        ]
        indexes: ClassVar = [models.Index(fields=["device", "-id"], name="hold_device")]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.holder}"


class HoldRequest(models.Model):
    """Somebody asked the holder of a device to give it up.

    Attributes:
        hold: The hold that he asked about.
        asker: Who, as a name that outlives the account.
        address: From where; empty for this machine.
        reason: Why he wants it.
        at: When he asked, the last time.
    """

    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="requests")
    asker = models.CharField(max_length=150)
    address = models.CharField(max_length=255, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "request for a hold"
        verbose_name_plural = "requests for holds"
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["hold", "asker"], name="one_request_of_each")]

    def __str__(self) -> str:
        return f"{self.hold_id}: {self.asker}"
