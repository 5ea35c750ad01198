"""What is being read at devices."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from doorward.server.devices.models import Device
from doorward.server.enrolment.choices import CaptureKind, CaptureState
from doorward.server.fields import EncryptedBytesField


class Capture(models.Model):
    """A card, a finger or a face that is read at a device; it goes to a person, or is forgotten after minutes.

    Attributes:
        id: Names it.
        operator: Who asked for it; nobody else sees it.
        device: Where it is read.
        kind: What is read.
        state: How far it has come.
        step: How often something was read.
        steps: How often it has to be read.
        words: What is to be done at the device, or what came of it, for people.
        advice: What to do next.
        content: What was read, see ``captures``; never leaves the server but for devices. Encrypted.
        created: When it was begun.
        expires: When it is forgotten.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="captures")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="captures")
    kind = models.CharField(max_length=10, choices=CaptureKind.choices)
    state = models.CharField(max_length=10, choices=CaptureState.choices, default=CaptureState.WAITING)
    step = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=1)
    words = models.TextField(blank=True, default="")
    advice = models.TextField(blank=True, default="")
    content = EncryptedBytesField(blank=True, default=b"")
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("reading at a device")
        verbose_name_plural = _("readings at devices")
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.kind}"
