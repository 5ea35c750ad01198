"""Names in the certificates of devices, and the file that carries one to a device (server-mode notes, section 9).

A certificate names its device twice: by the serial number in the common name, and by a MAC in the organization that
only the server can make. What a certificate is signed with, and by whom it is trusted, is no matter of this module.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

CERTIFICATE_TYPES: Final = frozenset({0})
"""Device types that take a certificate: BioStation alone."""

LARGEST_CERTIFICATE_FILE: Final = 65_536
"""Most bytes of a file; that of the vendor's server has 5,754."""

HIGHEST_DEVICE_ID: Final = 0xFFFFFFFF

_COMMON_NAME: Final = re.compile(r"\[BST\] BioStation ([1-9][0-9]{0,9})")
_MAC_SIZE: Final = f"{hashlib.sha1(usedforsecurity=False).digest_size:04d}"
_BEGIN: Final = b"-----BEGIN "
_DASHES: Final = b"-----"
_CERTIFICATE: Final = b"CERTIFICATE"
_CLEAR_KEYS: Final = frozenset({b"PRIVATE KEY", b"RSA PRIVATE KEY"})


@dataclass(frozen=True, slots=True)
class CertificateName:
    """The subject of a device's certificate.

    Attributes:
        common_name: ``[BST] BioStation`` and the serial number.
        organization: The size of the MAC as four digits, and the MAC in lower-case hexadecimal digits.
    """

    common_name: str
    organization: str

    @classmethod
    def of(cls, device_id: int, secret: bytes) -> CertificateName:
        """The name of a device.

        Args:
            device_id: Its serial number.
            secret: What only the server knows.

        Raises:
            LocalProtocolError: No device has this number.
        """
        if not 1 <= device_id <= HIGHEST_DEVICE_ID:
            raise LocalProtocolError(f"device: {device_id} is not allowed; allowed: 1 to {HIGHEST_DEVICE_ID}")
        # SHA-1 is what the devices' scheme prescribes; as a MAC it holds.
        message = f"BioStation {device_id}_BioStation {device_id}".encode()
        mac = hmac.new(secret, message, hashlib.sha1).hexdigest()
        return cls(f"[BST] BioStation {device_id}", _MAC_SIZE + mac)

    @property
    def device_id(self) -> int:
        """The serial number in the common name; nothing is proved by it.

        Raises:
            RemoteProtocolError: It is the name of something else.
        """
        found = _COMMON_NAME.fullmatch(self.common_name)
        if found is None or int(found[1]) > HIGHEST_DEVICE_ID:
            raise RemoteProtocolError("its common name is not '[BST] BioStation <serial number>'")
        return int(found[1])

    def check(self, secret: bytes) -> int:
        """Compute the MAC anew and compare it.

        Returns:
            The serial number of the device.

        Raises:
            RemoteProtocolError: It is the name of something else, or the MAC is not that of this device.
        """
        device_id = self.device_id
        right = CertificateName.of(device_id, secret).organization
        if not hmac.compare_digest(right.encode(), self.organization.encode("utf-8", "replace")):
            raise RemoteProtocolError(f"the code in its organization is not that of device {device_id}")
        return device_id


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """The file that the server puts on a device, in parts; each is PEM.

    The vendor's server encrypts the key under a phrase of its product and adds the key of its authority, encrypted
    likewise. Here the device's key is in clear and the authority's key stays on the server.

    Attributes:
        certificate: The device's certificate.
        key: Its private key.
        authority: The certificate of the authority, by which the device knows the server.
    """

    certificate: bytes
    key: bytes = field(repr=False)
    authority: bytes

    def encode(self) -> bytes:
        """The file as it is sent.

        Raises:
            LocalProtocolError: It is too large for a device.
        """
        file = b"".join(part.rstrip(b"\r\n") + b"\n" for part in (self.certificate, self.key, self.authority))
        if len(file) > LARGEST_CERTIFICATE_FILE:
            raise LocalProtocolError(
                f"certificate file: {len(file)} bytes are not allowed; allowed: up to {LARGEST_CERTIFICATE_FILE}"
            )
        return file

    @classmethod
    def decode(cls, file: bytes) -> CertificateFile:
        """Take a file apart.

        Raises:
            RemoteProtocolError: It does not hold the certificate, its key in clear and the authority's certificate.
        """
        if len(file) > LARGEST_CERTIFICATE_FILE:
            raise RemoteProtocolError(f"a certificate file of {len(file)} bytes; allowed: {LARGEST_CERTIFICATE_FILE}")
        parts = _parts(file)
        certificates = [part for kind, part in parts if kind == _CERTIFICATE]
        keys = [part for kind, part in parts if kind in _CLEAR_KEYS and b"ENCRYPTED" not in part]
        if len(certificates) != 2 or not keys:
            raise RemoteProtocolError(
                f"a certificate file with {len(certificates)} certificates and {len(keys)} keys in clear; expected: "
                "the device's certificate, its key, and the certificate of the authority"
            )
        return cls(certificates[0], keys[0], certificates[1])


def _parts(file: bytes) -> list[tuple[bytes, bytes]]:
    """The PEM parts of a file: what each is, and its lines."""
    found: list[tuple[bytes, bytes]] = []
    kind, lines = b"", list[bytes]()
    for line in map(bytes.strip, file.splitlines()):
        if line.startswith(_BEGIN) and line.endswith(_DASHES):
            kind, lines = line[len(_BEGIN) : -len(_DASHES)], []
        lines.append(line)
        if kind and line == b"-----END " + kind + _DASHES:
            found.append((kind, b"\n".join(lines) + b"\n"))
            kind = b""
    return found
