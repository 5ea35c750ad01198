"""Orders for devices."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from doorward.server.fields import EncryptedBytesField
from doorward.server.orders.choices import OrderKind


class Order(models.Model):
    """An order for a device, from its giving to its outcome.

    Attributes:
        id: Goes with the order through the gateway.
        device_id: The device.
        kind: What is wanted.
        content: What goes to the device; empty as soon as the order is over. Encrypted.
        reason: Why, in words.
        by: Who gave it.
        given: When.
        taken: When the server began with it; None before.
        finished: When it was over; None before.
        succeeded: Whether the device did it; None before it is over.
        words: The result, or the error in the device's own words.
        advice: What to do next.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device_id = models.BigIntegerField("device ID")
    kind = models.CharField(max_length=30, choices=OrderKind.choices)
    content = EncryptedBytesField(blank=True, default=b"")
    reason = models.TextField(blank=True, default="")
    by = models.CharField(max_length=150)
    given = models.DateTimeField()
    taken = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    succeeded = models.BooleanField(null=True, blank=True)
    words = models.TextField(blank=True, default="")
    advice = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = "order"
        verbose_name_plural = "orders"
        ordering: ClassVar = ["given", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["given"], condition=models.Q(taken__isnull=True), name="order_open"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.kind}"
