"""The fixed cipher of BioStar 1 (protocol notes, section 4).

The keys are the same in every device and there is no authentication, so this is obfuscation, not protection:
treat a line that uses it as plain text.
"""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from doorward.protocol.errors import LocalProtocolError

BLOCK = 16
COMMUNICATION_PASSWORD_SIZE = 16


def padded_size(size: int) -> int:
    """``size`` rounded up to whole cipher blocks."""
    return -(-size // BLOCK) * BLOCK


class FixedCipher:
    """AES-256-CBC with a key and an initialisation vector made from a published phrase of 31 characters."""

    def __init__(self, phrase: str) -> None:
        raw = phrase.encode("ascii") + b"\0"
        self.phrase = raw
        self.key = sha256(raw + b"\x01" * 32).digest()
        self.initialisation_vector = bytes(a ^ b for a, b in zip(self.key[:BLOCK], raw[:BLOCK], strict=True))
        self._cipher = Cipher(algorithms.AES(self.key), modes.CBC(self.initialisation_vector))

    def encrypt(self, data: bytes) -> bytes:
        """Encipher ``data``, zero padded to whole blocks; each call starts from the same vector."""
        run = self._cipher.encryptor()
        return run.update(data.ljust(padded_size(len(data)), b"\0")) + run.finalize()

    def decrypt(self, data: bytes | memoryview) -> bytes:
        """Decipher whole blocks; the zero padding stays on."""
        run = self._cipher.decryptor()
        return run.update(data) + run.finalize()

    def for_one_stream(self) -> StreamCipher:
        """The same cipher for one reader of many packets."""
        return StreamCipher(self.phrase[:-1].decode("ascii"))


class StreamCipher(FixedCipher):
    """The fixed cipher with a run of deciphering that stays open; several times as fast for small pieces.

    A block deciphers to something that only the block before it goes into. So the vector, put in front as if it were
    the block before, starts afresh, whatever was deciphered earlier. Not for several threads at once.
    """

    def __init__(self, phrase: str) -> None:
        super().__init__(phrase)
        self._run = self._cipher.decryptor()

    def decrypt(self, data: bytes | memoryview) -> bytes:
        """Decipher whole blocks; the zero padding stays on."""
        if len(data) % BLOCK:
            raise ValueError("only whole blocks can be deciphered")
        return self._run.update(b"".join((self.initialisation_vector, data)))[BLOCK:]


TCP_CIPHER = FixedCipher("jA1EAwMC3OYMtpWdkVRgyRYE1iiP5+2")
UDP_CIPHER = FixedCipher("jA0EAwMC3OYMtpWdkVRgyRYE1iiP5+1")

# Passwords go through ECB under the raw UDP phrase, not under the key made from it (section 4.4).
_password_cipher = Cipher(algorithms.AES(UDP_CIPHER.phrase), modes.ECB())  # noqa: S305 - what the device speaks


def encrypt_password(password: bytes, size: int = COMMUNICATION_PASSWORD_SIZE) -> bytes:
    """Encipher a password zero padded to ``size`` bytes (16 for command 0x0061, 32 in configuration 0x04).

    Raises:
        LocalProtocolError: The password is longer than ``size`` bytes.
    """
    run = _password_cipher.encryptor()
    return run.update(pad_password(password, size)) + run.finalize()


def decrypt_password(data: bytes) -> bytes:
    """Decipher an enciphered password; the zero padding is taken off."""
    run = _password_cipher.decryptor()
    return (run.update(data) + run.finalize()).rstrip(b"\0")


def pad_password(password: bytes, size: int = COMMUNICATION_PASSWORD_SIZE) -> bytes:
    """Zero pad a password.

    Raises:
        LocalProtocolError: The password is longer than ``size`` bytes.
    """
    if len(password) > size:
        raise LocalProtocolError(f"password: {len(password)} bytes do not fit; allowed: at most {size} bytes")
    return password.ljust(size, b"\0")
