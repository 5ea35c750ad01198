"""Secrets at rest: a key file beside the database, AES-GCM for every secret column.

The key file holds one key a line, the newest first; lines that begin with ``#`` are for people. What is encrypted
names the key that it was encrypted with, so a foreign key file is told from a damaged value.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from doorward.model.errors import DoorwardError

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
KEY_NAME_SIZE: Final = 4
FORMAT: Final = b"\x01"
HEADER: Final = (
    "# Keys of this Doorward server, the newest first. Without this file the secrets in its database\n"
    "# (communication passwords, PINs, fingerprints) cannot be read by anybody: keep a copy in a safe place.\n"
)


class KeyFileError(DoorwardError):
    """The key file is missing, damaged, too open, or not the one of this database."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes:
        secret: Its 32 bytes.
    """

    secret: bytes = field(repr=False)

    @property
    def name(self) -> bytes:
        """The first bytes of its digest: it tells keys apart and betrays nothing."""
        return hashlib.sha256(b"doorward key name" + self.secret).digest()[:KEY_NAME_SIZE]

    @classmethod
    def new(cls) -> Key:
        """A fresh random key."""
        return cls(secrets.token_bytes(KEY_SIZE))


class KeyRing:
    """The keys of a server; encrypts with the newest and decrypts with any."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = tuple(keys)
        self._ciphers = {key.name: AESGCM(key.secret) for key in self.keys}

    def encrypt(self, clear: bytes, purpose: str) -> bytes:
        """Encrypt a value.

        Args:
            clear: The value.
            purpose: What it is for, such as ``devices.device.password``; only the same purpose decrypts it again.
        """
        name = self.keys[0].name
        nonce = secrets.token_bytes(NONCE_SIZE)
        return FORMAT + name + nonce + self._ciphers[name].encrypt(nonce, clear, purpose.encode())

    def decrypt(self, value: bytes, purpose: str) -> bytes:
        """Decrypt a value.

        Raises:
            KeyFileError: It was encrypted with a key that is not in the file, or is damaged.
        """
        start = len(FORMAT) + KEY_NAME_SIZE
        name, nonce, body = value[len(FORMAT) : start], value[start : start + NONCE_SIZE], value[start + NONCE_SIZE :]
        cipher = self._ciphers.get(name)
        if value[: len(FORMAT)] != FORMAT or cipher is None:
            raise KeyFileError(
                f"A secret in the database ({purpose}) was encrypted with another key than those of the key file.",
                advice="Put the key file that belongs to this database in its place.",
            )
        try:
            return cipher.decrypt(nonce, body, purpose.encode())
        except (InvalidTag, ValueError):
            raise KeyFileError(
                f"A secret in the database ({purpose}) is damaged.", advice="Restore the database from a backup."
            ) from None

    def derive(self, purpose: str) -> list[str]:
        """A text derived from each key, the newest first, for what only needs to be secret and lasting."""
        return [hashlib.sha256(purpose.encode() + b"\0" + key.secret).hexdigest() for key in self.keys]


def read_key_file(path: Path) -> KeyRing:
    """Read a key file.

    Raises:
        KeyFileError: It is missing, holds no key or a damaged one, or others may read it.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise KeyFileError(
            f"The key file {path} is missing.",
            advice="Put it back from your copy; for a new server, 'doorward init' makes one.",
        ) from None
    except UnicodeDecodeError:
        raise KeyFileError(f"{path} is not a key file.", advice="Put it back from your copy.") from None
    except OSError as error:
        raise KeyFileError(
            f"The key file {path} cannot be read: {error.strerror}.", advice="Check its owner and rights."
        ) from None
    if os.name == "posix" and mode & 0o077:
        raise KeyFileError(
            f"Other users of this machine may read the key file {path} (rights {mode & 0o777:o}).",
            advice=f"Take the rights from them: chmod 600 {path}",
        )
    return parse_keys(lines, path)


def parse_keys(lines: Sequence[str], path: Path) -> KeyRing:
    """Read the lines of a key file.

    Raises:
        KeyFileError: They hold no key or a damaged one.
    """
    keys = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            secret = base64.urlsafe_b64decode(line.strip())
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_SIZE:
            raise KeyFileError(
                f"Line {number} of the key file {path} is damaged.", advice="Put it back from your copy."
            )
        keys.append(Key(secret))
    if not keys:
        raise KeyFileError(f"The key file {path} holds no key.", advice="Put it back from your copy.")
    return KeyRing(keys)


def write_key_file(path: Path, keys: Sequence[Key]) -> KeyRing:
    """Write a key file that only its owner may read; the old one stays whole until the new one is on disk.

    Raises:
        KeyFileError: It cannot be written.
    """
    text = HEADER + "".join(base64.urlsafe_b64encode(key.secret).decode() + "\n" for key in keys)
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise KeyFileError(
            f"The key file {path} cannot be written: {error.strerror}.",
            advice="Check the disk and the rights of its folder.",
        ) from None
    return KeyRing(keys)


def new_key_file(path: Path) -> KeyRing:
    """Make a key file with one fresh key.

    Raises:
        KeyFileError: There is one already, or it cannot be written.
    """
    if path.exists():
        raise KeyFileError(f"There is a key file {path} already.", advice="Use it, or move it away first.")
    return write_key_file(path, [Key.new()])
