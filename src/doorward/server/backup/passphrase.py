"""The key file in a backup, enciphered under a passphrase: scrypt makes a key of it, AES-GCM enciphers.

``key.json`` holds ``kdf`` ("scrypt"), its parameters ``n``, ``r``, ``p``, and ``salt``, ``nonce`` and ``content`` in
base64. The content is the key file as it stands on disk.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from doorward.model.errors import InvalidInput
from doorward.server.backup.errors import DamagedBackup

COST: Final = 2**16
BLOCK: Final = 8
PARALLEL: Final = 1
HIGHEST_COST: Final = 2**20
"""A foreign file may not make this machine count for ever."""
SALT_SIZE: Final = 16
NONCE_SIZE: Final = 12
KEY_SIZE: Final = 32
SHORTEST: Final = 12
PURPOSE: Final = b"doorward key file"


class WrongPassphrase(InvalidInput):
    """The passphrase does not open the key file in the backup."""


def check_passphrase(text: str) -> None:
    """Refuse a passphrase that is too short to protect the keys of a house.

    Raises:
        InvalidInput: It is.
    """
    if len(text) < SHORTEST:
        raise InvalidInput("passphrase", "the one given", f"at least {SHORTEST} letters; a sentence is best")


def encipher(key_file: bytes, passphrase: str) -> bytes:
    """Encipher a key file."""
    salt, nonce = secrets.token_bytes(SALT_SIZE), secrets.token_bytes(NONCE_SIZE)
    content = AESGCM(_derive(passphrase, salt, COST)).encrypt(nonce, key_file, PURPOSE)
    found = {
        "kdf": "scrypt",
        "n": COST,
        "r": BLOCK,
        "p": PARALLEL,
        "salt": b64encode(salt).decode(),
        "nonce": b64encode(nonce).decode(),
        "content": b64encode(content).decode(),
    }
    return json.dumps(found, indent=1).encode()


def decipher(member: bytes, passphrase: str) -> bytes:
    """The key file.

    Raises:
        WrongPassphrase: The passphrase is another.
        DamagedBackup: It was not written by this program.
    """
    try:
        found = json.loads(member)
        cost, kind = found["n"], (found["kdf"], found["r"], found["p"])
        salt, nonce, content = (b64decode(found[name], validate=True) for name in ("salt", "nonce", "content"))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedBackup("The key file in the backup is damaged.") from error
    possible = isinstance(cost, int) and 2 <= cost <= HIGHEST_COST and not cost & (cost - 1)
    if kind != ("scrypt", BLOCK, PARALLEL) or not possible or len(nonce) != NONCE_SIZE:
        raise DamagedBackup("The key file in the backup is enciphered in a way that this version does not know.")
    try:
        return AESGCM(_derive(passphrase, salt, cost)).decrypt(nonce, content, PURPOSE)
    except InvalidTag:
        raise WrongPassphrase("passphrase", "the one given", "the passphrase with which the backup was made") from None


def _derive(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=KEY_SIZE, n=cost, r=BLOCK, p=PARALLEL).derive(passphrase.encode())
