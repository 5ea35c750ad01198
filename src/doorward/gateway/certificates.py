"""Devices that prove who they are: what the gateway asks of whoever issues their certificates.

A device with TLS shows a certificate before it says a word (server-mode notes, section 9). Whether the certificate is
of the right authority is checked by the handshake; whose it is, and whether it still holds, is asked anew each time.
"""

from __future__ import annotations

from typing import Protocol

from doorward.model.errors import NotReached
from doorward.protocol.biostar1.announcement import DeviceIdentity
from doorward.transport import TlsContext


class CertificateRefused(NotReached):
    """A caller that began with TLS was dropped: the handshake failed, or its certificate does not hold.

    Args:
        message: Why, in words.
        device_id: The device that the certificate was issued to; None when nothing is proved.
        advice: What to do next.
    """

    def __init__(self, message: str, *, device_id: int | None = None, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.device_id = device_id


class DeviceCertificates(Protocol):
    """Issues the certificates of devices and knows which hold."""

    async def server_context(self) -> TlsContext | None:
        """The server's own certificate, and whose certificates of devices are taken; None before any was issued.

        Raises:
            DoorwardError: It cannot be had now.
        """
        ...

    async def identify(self, certificate: bytes) -> DeviceIdentity:
        """Tell whose certificate it is.

        Args:
            certificate: In DER form; the authority's signature was checked.

        Raises:
            CertificateRefused: It does not hold: it is revoked, not recorded, or names nobody.
            DoorwardError: It cannot be looked up now; the device comes back.
        """
        ...
