"""The authority, and every certificate that it issued."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from doorward.server.fields import EncryptedBytesField, EncryptedTextField


class Authority(models.Model):
    """The certificate authority of this server; one row at most, made when the first certificate is issued.

    Attributes:
        certificate: Its certificate, PEM.
        key: Its private key, PEM. Encrypted.
        secret: With it the code in each device's certificate is computed. Encrypted.
        server_certificate: The server's own certificate, PEM.
        server_key: The private key of that, PEM. Encrypted.
        created: When it was made.
    """

    certificate = models.TextField()
    key = EncryptedTextField("private key")
    secret = EncryptedBytesField("secret of the codes")
    server_certificate = models.TextField()
    server_key = EncryptedTextField("private key of the server")
    created = models.DateTimeField()

    class Meta:
        verbose_name = "certificate authority"
        verbose_name_plural = "certificate authorities"

    def __str__(self) -> str:
        return f"authority of {self.created:%Y-%m-%d}"


class DeviceCertificate(models.Model):
    """A certificate that was issued to a device; its private key is kept nowhere but on the device.

    Attributes:
        serial: Its serial number in hexadecimal digits.
        device_id: The device. No reference: what was issued stays on record when a device is removed.
        issued: When it was issued.
        issued_by: By whom.
        issued_from: From which machine.
        expires: Until when it is valid.
        installed: When the device said that it took it; None while that is not known.
        revoked: When it was revoked; None while it holds.
        revoked_by: By whom.
        revoked_from: From which machine.
        revoked_reason: Why.
    """

    serial = models.CharField(max_length=40, unique=True)
    device_id = models.BigIntegerField("device ID", db_index=True)
    issued = models.DateTimeField()
    issued_by = models.CharField(max_length=150)
    issued_from = models.CharField(max_length=255, blank=True, default="")
    expires = models.DateTimeField()
    installed = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=150, blank=True, default="")
    revoked_from = models.CharField(max_length=255, blank=True, default="")
    revoked_reason = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = "certificate of a device"
        verbose_name_plural = "certificates of devices"
        ordering: ClassVar = ["device_id", "-issued", "-pk"]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.serial}"
