"""Webhooks, how far each has come, and what could not be delivered."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from doorward.server.events.choices import Category
from doorward.server.events.reading import StreamFilter
from doorward.server.fields import EncryptedTextField


class Selection(models.Model):
    """Which lines of the stream are sent; empty lists take all.

    Attributes:
        kinds: Names of kinds, see ``doorward.server.events.choices.Kind``.
        devices: Numbers of devices.
        categories: Names of categories of events.
    """

    kinds = models.JSONField(default=list, blank=True)
    devices = models.JSONField(default=list, blank=True)
    categories = models.JSONField(default=list, blank=True)

    class Meta:
        abstract = True

    @property
    def wanted(self) -> StreamFilter:
        """The same as the stream takes it."""
        numbers = {str(item.label): item.value for item in Category}
        return StreamFilter(
            frozenset(self.devices), frozenset(numbers[name] for name in self.categories), frozenset(self.kinds)
        )


class Webhook(Selection):
    """A program to which is sent what happens.

    Attributes:
        name: What people call it.
        url: Where to. Encrypted: such addresses often hold a secret of the receiver.
        secret: Signs every delivery. Encrypted; shown once.
        enabled: Whether anything is sent.
        disabled_reason: Why it was switched off by the server; empty where a person did.
        created: When it was made.
        created_by: By whom.
        changed: When a person last changed it, or it was switched off; whoever delivers goes on only with what it has
            read of this state.
        cursor: Position up to which everything was delivered, or given up.
        delivery: Number of the delivery that is on its way; the same at each attempt. Empty without one.
        delivery_until: Position of its last line.
        failing_since: When the first of the attempts that failed in a row was made; None when the last one succeeded.
        attempts: How many attempts failed in a row.
        next_attempt: When the next one is made; None at once.
        last_error: Why the last attempt failed; empty when it did not.
        last_delivered: When something was last delivered.
    """

    name = models.CharField(max_length=100, unique=True)
    url = EncryptedTextField()
    secret = EncryptedTextField()
    enabled = models.BooleanField(default=True)
    disabled_reason = models.TextField(blank=True, default="")
    created = models.DateTimeField()
    created_by = models.CharField(max_length=150, blank=True, default="")
    changed = models.DateTimeField()
    cursor = models.BigIntegerField()
    delivery = models.CharField(max_length=36, blank=True, default="")
    delivery_until = models.BigIntegerField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    last_delivered = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "webhook"
        verbose_name_plural = "webhooks"
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class DeadLetter(Selection):
    """A delivery that was given up. It can be sent again, for as long as its lines are kept.

    Only its place in the stream is kept: what retention removes from the record shall not live on here.

    Attributes:
        webhook: The webhook.
        delivery: Number of the delivery, also when it is sent again.
        after: Position after which it begins.
        until: Position of its last line.
        count: How many lines it had.
        failing_since: Since when the receiver had failed.
        given_up: When it was given up.
        error: Why the last attempt failed.
        wanted_again: When somebody asked to send it again; None while nobody does.
        delivered: When it was delivered after all.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="dead_letters")
    delivery = models.CharField(max_length=36)
    after = models.BigIntegerField()
    until = models.BigIntegerField()
    count = models.PositiveIntegerField()
    failing_since = models.DateTimeField()
    given_up = models.DateTimeField()
    error = models.TextField(blank=True, default="")
    wanted_again = models.DateTimeField(null=True, blank=True)
    delivered = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "delivery that was given up"
        verbose_name_plural = "deliveries that were given up"
        ordering: ClassVar = ["-given_up", "-pk"]

    def __str__(self) -> str:
        return self.delivery
