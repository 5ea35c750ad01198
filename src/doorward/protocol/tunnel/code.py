"""The one-time code that a person carries from the console to an agent: a secret, and whom the agent may trust.

It holds the fingerprint of the server's certificate, so the agent knows its server from the first contact on.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final, Self

from doorward.model.errors import InvalidInput

PREFIX: Final = "doorward-agent"
SECRET_BYTES: Final = 20
FINGERPRINT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class EnrollmentCode:
    """A one-time code.

    Attributes:
        secret: What the server takes once. Secret.
        fingerprint: SHA-256 of the server's certificate, 32 bytes.
    """

    secret: str = field(repr=False)
    fingerprint: bytes

    @classmethod
    def of(cls, secret: bytes, fingerprint: bytes) -> Self:
        """Make one for a server, from 20 bytes that nobody can guess."""
        return cls(_text(secret), fingerprint)

    @property
    def text(self) -> str:
        """As a person carries it."""
        return f"{PREFIX}.{self.secret}.{_text(self.fingerprint)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a person carried.

        Raises:
            InvalidInput: It is none; the code itself is not told.
        """
        parts = text.strip().split(".")
        if len(parts) == 3 and parts[0] == PREFIX:
            try:
                secret, fingerprint = _bytes(parts[1]), _bytes(parts[2])
            except (ValueError, binascii.Error):
                secret = fingerprint = b""
            if len(secret) == SECRET_BYTES and len(fingerprint) == FINGERPRINT_BYTES:
                return cls(parts[1], fingerprint)
        raise InvalidInput("code", f"a text of {len(text.strip())} letters", f"the one line that begins with {PREFIX}.")


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
