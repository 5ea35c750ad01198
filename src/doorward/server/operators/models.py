"""Accounts of people and tokens of programs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models


class Operator(AbstractUser):
    """A person who works with the console or the API."""

    class Meta:
        verbose_name = "operator"
        verbose_name_plural = "operators"


class ApiToken(models.Model):
    """What a program shows instead of a password. Only its digest is kept.

    Attributes:
        name: What it is for.
        prefix: Its first letters, by which people and the server find it.
        digest: SHA-256 of the whole token; it is random and long, so a slow digest would protect nothing more.
        operator: The account in whose name it acts.
        created: When it was made.
        expires: When it ends; None never.
        last_used: When it was last shown, by the minute.
        revoked: When it was taken back; None while it holds.
    """

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="tokens")
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API token"
        verbose_name_plural = "API tokens"
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"
