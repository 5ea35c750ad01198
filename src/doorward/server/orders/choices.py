"""The words of the columns of orders."""

from __future__ import annotations

from django.db import models


class OrderKind(models.TextChoices):
    """What is wanted of a device."""

    INSTALL_CERTIFICATE = "install-certificate", "put a certificate on the device"
    REMOVE_CERTIFICATE = "remove-certificate", "remove the device's certificate"
    RECONNECT = "reconnect", "connect anew"
