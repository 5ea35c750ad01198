"""One row each: the key check, and the running server."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from doorward.server.fields import EncryptedTextField


class KeyCheck(models.Model):
    """A known text, encrypted: it tells whether the key file fits this database."""

    value = EncryptedTextField("check value")

    class Meta:
        verbose_name = "key check"


class ServerRun(models.Model):
    """The server that uses this database now, or did last.

    Attributes:
        started: When it started.
        beat: When it last said that it runs; it says so every few seconds.
        stopped: When it stopped in good order; None while it runs or when it was killed.
        host: Name of the machine.
        process: Number of the process there.
        version: Version of Doorward.
        web_address: Where the console and the API are.
        device_address: Where devices call.
    """

    started = models.DateTimeField()
    beat = models.DateTimeField()
    stopped = models.DateTimeField(null=True, blank=True)
    host = models.CharField(max_length=255)
    process = models.PositiveIntegerField()
    version = models.CharField(max_length=50)
    web_address = models.CharField(max_length=255, default="")
    device_address = models.CharField(max_length=255, default="")

    class Meta:
        verbose_name = "run of the server"
        verbose_name_plural = "runs of the server"
        ordering: ClassVar = ["-started"]

    def __str__(self) -> str:
        return f"{self.host}, process {self.process}"
