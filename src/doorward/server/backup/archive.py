"""The file of a backup: a zip archive whose comment is a digest of everything before it.

Members (format 1):

* ``manifest.json``: see ``manifest``; it names every other member with its digest, and the format.
* ``manifest.mark``: HMAC-SHA256 of the manifest under a key derived from the newest key of the key file.
* ``tables/NAME.jsonl``: a line of JSON for each row, the values in the order of the manifest's columns; see ``kinds``.
* ``settings.toml``: the settings file without passwords, where there was one.
* ``key.json``: the key file, enciphered under a passphrase, where that was asked for; see ``passphrase``.
* ``files/...``: the files that the server keeps in its data folder.

The comment is ``doorward backup FORMAT SHA256``, the digest being that of all bytes of the file before it. So a
single changed bit anywhere in the file is found before anything in it is believed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

from doorward.model.errors import InvalidInput
from doorward.server.backup.errors import BackupFailed, BackupNewer, DamagedBackup
from doorward.server.backup.manifest import FORMAT, LARGEST

PIECE: Final = 256 * 1024
DIGEST_SIZE: Final = 64
COMMENT: Final = re.compile(rb"doorward backup (\d{1,6}) ([0-9a-f]{64})\Z")
LONGEST_COMMENT: Final = len("doorward backup 999999 ") + DIGEST_SIZE
COMPRESSION: Final = 3
"""Of zlib: more makes the file little smaller and the backup much slower."""
PARTIAL: Final = ".partial"
_BINARY: Final = getattr(os, "O_BINARY", 0)


class _Sink:
    """A new file that is written without a buffer; after a failure it takes and forgets whatever still comes."""

    def __init__(self, path: Path) -> None:
        # Readable for its owner alone, before the first secret is in it.
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        self.given_up = False

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        while left and not self.given_up:
            left = left[os.write(self.handle, left) :]
        return len(data)

    def read(self, size: int) -> bytes:
        return os.read(self.handle, size)

    def tell(self) -> int:
        return os.lseek(self.handle, 0, os.SEEK_CUR)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self.handle, offset, whence)

    def seekable(self) -> bool:
        return True

    def flush(self) -> None:
        """There is no buffer."""


class Member:
    """A member while it is written.

    Attributes:
        size: Bytes so far.
        digest: SHA-256 so far.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Add some bytes."""
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)


class ArchiveWriter:
    """Writes a backup beside its place, and moves it there when it is complete and on disk.

    Args:
        path: Where it shall be.
        force: Whether a file that is there is replaced.

    Raises:
        InvalidInput: The file is there already, or its folder is not.
        BackupFailed: It cannot be made there.
    """

    def __init__(self, path: Path, *, force: bool = False) -> None:
        if not path.parent.is_dir():
            raise InvalidInput("FILE", str(path), "a file in a folder that exists")
        if path.is_dir() or (path.exists() and not force):
            raise InvalidInput("FILE", str(path), "a file that is not there yet; --force replaces one")
        self.path = path
        self.partial = path.with_name(path.name + PARTIAL)
        try:
            self.partial.unlink(missing_ok=True)
            self._sink = _Sink(self.partial)
        except OSError as error:
            raise trouble(error, path) from None
        self._archive = zipfile.ZipFile(
            cast("IO[bytes]", self._sink), "w", compression=zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION
        )
        self._done = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._done:
            return
        self._sink.given_up = True
        with contextlib.suppress(Exception):
            self._archive.close()
        os.close(self._sink.handle)
        self.partial.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise trouble(error, self.path) from None

    @contextlib.contextmanager
    def member(self, name: str) -> Iterator[Member]:
        """Write a member piece by piece."""
        with self._archive.open(name, "w", force_zip64=True) as file:
            yield Member(file)

    def write(self, name: str, content: bytes) -> Member:
        """Write a small member."""
        with self.member(name) as member:
            member.write(content)
        return member

    def finish(self) -> tuple[int, str]:
        """Put the digest at the end, wait for the disk and move the file to its place; gives its size and digest.

        Raises:
            BackupFailed: Another program wrote to the same file.
        """
        placeholder = "0" * DIGEST_SIZE
        self._archive.comment = f"doorward backup {FORMAT} {placeholder}".encode()
        self._archive.close()
        handle = self._sink.handle
        size = os.fstat(handle).st_size
        os.lseek(handle, 0, os.SEEK_SET)
        digest, left = hashlib.sha256(), size - DIGEST_SIZE
        while left:
            piece = os.read(handle, min(PIECE, left))
            if not piece:
                raise BackupFailed(f"{self.partial} was cut short by somebody else.", advice="Do it again.")
            digest.update(piece)
            left -= len(piece)
        self._sink.write(digest.hexdigest().encode())
        os.fsync(handle)
        same = os.path.samestat(os.fstat(handle), self.partial.stat()) if self.partial.exists() else False
        if not same:
            raise BackupFailed(
                f"Another program has begun to write {self.partial}.", advice="Let one backup end before the next."
            )
        os.close(handle)
        self._done = True
        try:
            self.partial.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            self.partial.unlink(missing_ok=True)
            raise trouble(error, self.path) from None
        return size, digest.hexdigest()


class ArchiveReader:
    """Reads a backup; nothing in it is believed before ``check``.

    Args:
        path: The file.

    Raises:
        DamagedBackup: It is no backup, or was cut short.
        BackupNewer: It is of a newer format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise DamagedBackup(
                f"The backup {path} cannot be opened: {error.strerror}.", advice="Check its place and its rights."
            ) from None
        self._archive: zipfile.ZipFile | None = None
        try:
            self.size = os.fstat(self._file.fileno()).st_size
            self.digest = self._read_comment()
        except BaseException:
            self._file.close()
            raise

    def _read_comment(self) -> str:
        self._file.seek(max(0, self.size - LONGEST_COMMENT))
        found = COMMENT.search(self._file.read())
        if found is None:
            raise DamagedBackup(f"{self.path} is no backup of a Doorward server, or was cut short or damaged.")
        if int(found[1]) > FORMAT:
            raise newer(self.path)
        return found[2].decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._archive is not None:
            self._archive.close()
        self._file.close()

    def check(self, told: Callable[[int], None] = lambda _: None) -> None:
        """Compare every byte with the digest at the end.

        Raises:
            DamagedBackup: They do not fit.
        """
        digest, left = hashlib.sha256(), self.size - DIGEST_SIZE
        self._file.seek(0)
        while left:
            piece = self._file.read(min(PIECE, left))
            if not piece:
                break
            digest.update(piece)
            left -= len(piece)
            told(len(piece))
        if digest.hexdigest() != self.digest:
            raise DamagedBackup(f"{self.path} is damaged: its bytes do not fit the digest at its end.")
        with self._words():
            self._archive = zipfile.ZipFile(self._file)

    def small(self, name: str, largest: int = LARGEST) -> bytes:
        """A small member.

        Raises:
            DamagedBackup: It is not there, too large or damaged.
        """
        content = b""
        for piece in self.pieces(name):
            content += piece
            if len(content) > largest:
                raise DamagedBackup(f"The part {name} of {self.path} is too large.")
        return content

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, some at a time.

        Raises:
            DamagedBackup: It is not there, or damaged.
        """
        assert self._archive is not None, "check comes first"
        with self._words(), self._archive.open(name) as file:
            while piece := file.read(PIECE):
                yield piece

    def lines(self, name: str) -> Iterator[list[bytes]]:
        """The lines of a member, some at a time.

        Raises:
            DamagedBackup: It is not there, or damaged.
        """
        rest = b""
        for piece in self.pieces(name):
            *whole, rest = (rest + piece).split(b"\n")
            if whole:
                yield whole
        if rest:
            yield [rest]

    @contextlib.contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except KeyError as error:
            raise DamagedBackup(f"{self.path} lacks a part that it names: {error}.") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise DamagedBackup(f"{self.path} is damaged: {error}.") from None


def newer(path: Path, version: str = "", changes: Sequence[str] = ()) -> BackupNewer:
    """The refusal of a backup that this version cannot understand.

    Args:
        path: The backup.
        version: The version that made it, where that is known.
        changes: The changes of the database that this version does not know.
    """
    maker = f"Doorward {version}" if version else "a newer version of Doorward"
    more = f" It has gone through: {', '.join(changes)}." if changes else ""
    return BackupNewer(
        f"{path} was made by {maker}, which is newer than this one.{more}",
        advice=f"Upgrade Doorward to {version or 'that version'} first, then restore. Nothing was changed.",
    )


def trouble(error: OSError, path: Path) -> BackupFailed:
    """What an error of the disk means to whoever makes a backup."""
    if error.errno in {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}:
        return BackupFailed(
            f"The disk of {path.parent} is full: no backup was made.", advice="Make room, or name another place."
        )
    if error.errno == errno.EROFS:
        return BackupFailed(f"The disk of {path.parent} is read-only.", advice="Name another place.")
    return BackupFailed(
        f"The backup {path} cannot be written: {error.strerror or error}.", advice="Check the rights of its folder."
    )


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk, where the system can do that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
