"""The token file: a one-time code at first, and from the enrollment on who the agent is and whom it trusts."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from doorward.model.errors import InvalidFile
from doorward.protocol.tunnel.code import FINGERPRINT_BYTES, EnrollmentCode
from doorward.transport import TlsIdentity

LARGEST: Final = 100_000
_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class AgentIdentity:
    """Who an agent is.

    Attributes:
        name: What the server calls it.
        certificate: Its certificate, PEM.
        key: The private key of that, PEM in clear; it never leaves this machine. Secret.
        authority: The certificate of the server's authority, PEM.
        fingerprint: SHA-256 of the server's certificate, 32 bytes: no other server is spoken to.
    """

    name: str
    certificate: str
    key: str = field(repr=False)
    authority: str
    fingerprint: bytes

    @property
    def tls(self) -> TlsIdentity:
        """What it shows and trusts."""
        return TlsIdentity(self.certificate.encode(), self.key.encode(), self.authority.encode())


class TokenFile:
    """The file.

    Args:
        path: Where it lies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> EnrollmentCode | AgentIdentity:
        """What it holds now.

        Raises:
            InvalidFile: It is not there, cannot be read, or holds neither.
        """
        try:
            with self.path.open("rb") as file:
                content = file.read(LARGEST).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise InvalidFile(
                f"The token file {self.path} cannot be read: {reason}.",
                advice="Write the one-time code of the console into it, and let this user alone read it.",
            ) from error
        if not content.startswith("{"):
            return EnrollmentCode.parse(content)
        try:
            found = json.loads(content)
            values = {name: str(found[name]) for name in ("name", "certificate", "key", "authority")}
            fingerprint = bytes.fromhex(found["server_fingerprint"])
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidFile(
                f"The token file {self.path} is damaged.", advice="Write a fresh one-time code into it."
            ) from error
        if len(fingerprint) != FINGERPRINT_BYTES:
            raise InvalidFile(f"The token file {self.path} is damaged: the fingerprint is not one.")
        return AgentIdentity(fingerprint=fingerprint, **values)

    def check_writable(self) -> None:
        """Make sure that it can be replaced, before a code is spent.

        Raises:
            InvalidFile: It cannot.
        """
        beside = self._beside()
        try:
            _write_new(beside, b"")
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            with suppress(OSError):
                beside.unlink()

    def write(self, identity: AgentIdentity) -> None:
        """Put the identity in the place of what was there: all of it or nothing, readable by this user alone.

        Raises:
            InvalidFile: It cannot be written.
        """
        content = {
            "name": identity.name,
            "certificate": identity.certificate,
            "key": identity.key,
            "authority": identity.authority,
            "server_fingerprint": identity.fingerprint.hex(),
        }
        beside = self._beside()
        try:
            _write_new(beside, (json.dumps(content, indent=1) + "\n").encode())
            beside.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            raise self._unwritable(error) from error

    def _beside(self) -> Path:
        return self.path.with_name(f".{self.path.name}.{secrets.token_hex(6)}")

    def _unwritable(self, error: OSError) -> InvalidFile:
        return InvalidFile(
            f"The token file {self.path} cannot be written: {error.strerror}.",
            advice="The agent keeps its key there: give its user the right to write in that folder.",
        )


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
