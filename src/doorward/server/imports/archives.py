"""Archives that people upload: looked at before anything in them is unpacked."""

from __future__ import annotations

import zipfile
from typing import IO, Final

from doorward.model.errors import InvalidFile

MOST_SHRUNK: Final = 1_000
"""An archive whose parts are so many times larger than itself is made to fill the disk of whoever opens it."""

SMALL: Final = 8 * 1024 * 1024
"""Up to so many bytes whatever an archive unpacks to does no harm."""

_ENCRYPTED: Final = 1


def check_archive(file: IO[bytes], *, most_unpacked: int, most_parts: int, what: str) -> list[zipfile.ZipInfo]:
    """The parts of an archive.

    Args:
        file: The archive; seekable.
        most_unpacked: Bytes that it may unpack to.
        most_parts: How many parts it may have.
        what: What to say of a file that is no archive.

    Raises:
        InvalidFile: It is none, encrypted, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        raise InvalidFile(what, advice="Make the file anew and upload it again.") from None
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > most_parts:
        raise InvalidFile(
            f"The file holds {len(parts):,} parts; at most {most_parts:,} are taken.", advice="Divide it into several."
        )
    if unpacked > most_unpacked or (unpacked > SMALL and unpacked > MOST_SHRUNK * max(1, size)):
        raise InvalidFile(
            f"The file of {size:,} bytes would unpack to {unpacked:,} bytes; nothing was unpacked.",
            advice=f"At most {most_unpacked // 1024 // 1024:,} MB are taken; divide it into several files.",
        )
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise InvalidFile("The file is protected with a password.", advice="Save it without one and upload it again.")
    return parts
