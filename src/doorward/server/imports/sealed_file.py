"""A file that somebody uploads in pieces, encrypted on disk from the first byte on.

It is divided into blocks of one size, each encrypted by itself and bound to its file and place, so that any part can be
read without the rest, and no block can take the place of another.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from doorward.model.errors import InvalidFile
from doorward.server.crypto import FORMAT, KEY_NAME_SIZE, NONCE_SIZE
from doorward.server.keys import key_ring

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK: Final = 256 * 1024
_TAG_SIZE: Final = 16
_SEALED: Final = len(FORMAT) + KEY_NAME_SIZE + NONCE_SIZE + BLOCK + _TAG_SIZE
GONE: Final = "What was uploaded is not there any more: it is kept for a day, and removed when it was used."
UPLOAD_AGAIN: Final = "Upload the file again."


def uploads_folder() -> Path:
    """The folder of files that were uploaded and not used yet."""
    return Path(settings.DOORWARD.data_path) / "uploads"


def _purpose(name: str, place: int) -> str:
    return f"uploads.{name}.{place}"


def append(name: str, offset: int, content: bytes) -> None:
    """Add a piece to a file; all pieces but the last are whole blocks.

    Args:
        name: Of the file.
        offset: Where it begins: a multiple of ``BLOCK``.
        content: The piece.
    """
    folder = uploads_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    first, ring = offset // BLOCK, key_ring()
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.seek(first * _SEALED)
        for place, begin in enumerate(range(0, len(content), BLOCK), first):
            file.write(ring.encrypt(content[begin : begin + BLOCK], _purpose(name, place)))
        file.truncate()


def remove(name: str) -> None:
    """Remove a file; one that is gone is no trouble."""
    (uploads_folder() / name).unlink(missing_ok=True)


class SealedFile(io.RawIOBase):
    """Reads a file that was uploaded; decrypts a block at a time.

    Raises:
        InvalidFile: It is gone.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._at = 0
        self._place = -1
        self._block = b""
        try:
            self._file = (uploads_folder() / name).open("rb")
        except FileNotFoundError:
            raise InvalidFile(GONE, advice=UPLOAD_AGAIN) from None

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read up to the end of a block."""
        if self._at >= self._size:
            return 0
        place, begin = divmod(self._at, BLOCK)
        if place != self._place:
            self._file.seek(place * _SEALED)
            self._block = key_ring().decrypt(self._file.read(_SEALED), _purpose(self._name, place))
            self._place = place
        view = memoryview(buffer).cast("B")
        part = self._block[begin : begin + len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()


def opened(name: str, size: int) -> io.BufferedReader:
    """A file that was uploaded, to be read from anywhere.

    Raises:
        InvalidFile: It is gone.
    """
    return io.BufferedReader(SealedFile(name, size), BLOCK)
