"""The file of a backup: a zip archive with a manifest and a digest for every part.

Members of the archive (format version 1):

* ``manifest.json``: ``format`` ("doorward-backup"), ``version``, ``created`` (UTC), ``device`` (serial number, model,
  type, generation, firmware and what else it says of itself), ``device_time``, ``parts`` and ``skipped``. A part has
  ``name``, ``member``, ``count``, ``size``, ``sha256`` and ``secret``; what could not be read stands in ``skipped``
  with the reason.
* ``configuration/NUMBER.bin``: a configuration block as on the wire, for example ``configuration/0x10.bin``.
* ``people.jsonl``: a line for each person: ``number``, ``form`` and ``record``, the header and templates in base64;
  ``picture`` in base64 where there is one.
* ``schedules.bin``, ``holidays.bin``, ``access-groups.bin`` and their older forms ``legacy-...bin``, ``blacklist.bin``,
  ``blacklist-extended.bin``, ``card-layout-mifare.bin``, ``card-layout-iclass.bin``, ``log.bin``: records as on the
  wire, one after another.
* ``greetings.jsonl``: a line for each private greeting: ``record`` and ``picture`` in base64.
* ``image-log.bin``: for each picture its header of 24 bytes and the picture.

The file holds PINs, fingerprint and face templates and passwords. It is created readable for its owner alone; keep
it as you keep the keys of the house.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from doorward.model.errors import InvalidFile, InvalidInput

FORMAT = "doorward-backup"
VERSION = 1
MANIFEST = "manifest.json"
LARGEST_PART = 2 * 1024 * 1024 * 1024
LARGEST_MANIFEST = 4 * 1024 * 1024
_PIECE = 1024 * 1024


class DamagedBackup(InvalidFile):
    """The file is not a backup, or a part of it is not as it was written."""

    default_advice = "Use another copy of the file."


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a backup.

    Attributes:
        name: What it is, such as ``people`` or ``configuration/0x10``.
        member: Its place in the archive.
        count: Number of items.
        size: Bytes.
        sha256: Digest of the bytes.
        secret: Whether it holds PINs, templates or passwords.
    """

    name: str
    member: str
    count: int
    size: int
    sha256: str
    secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        created: When it was made, UTC, ISO 8601.
        device: Whose backup it is: ``device_id``, ``model``, ``type``, ``generation``, ``title``,
            ``firmware_version`` and more.
        device_time: What the device's clock showed then, local, ISO 8601.
        parts: What is in it.
        skipped: What could not be read, and why.
    """

    created: str
    device: Mapping[str, Any]
    device_time: str
    parts: tuple[Part, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)


class BackupWriter:
    """Writes a backup beside its place and moves it there when it is complete.

    Args:
        path: Where the backup shall be.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        InvalidInput: The file exists, or its folder does not.
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        if path.exists() and not overwrite:
            raise InvalidInput("file", str(path), "a file that does not exist yet")
        if not path.parent.is_dir():
            raise InvalidInput("file", str(path), "a file in a folder that exists")
        self.path = path
        self._parts: list[Part] = []
        # Made readable for its owner alone (mode 0600), before the first secret is in it.
        try:
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        except OSError as error:
            raise InvalidInput("file", str(path), f"a folder that may be written to ({error.strerror})") from error
        self._temporary = Path(name)
        self._file = os.fdopen(handle, "wb")
        self._archive = zipfile.ZipFile(self._file, "w", compression=zipfile.ZIP_DEFLATED)

    def add(self, name: str, member: str, content: bytes, *, count: int = 1, secret: bool = False) -> None:
        """Write a part that is at hand whole."""
        with self.part(name, member, secret=secret) as part:
            part.write(content, items=count)

    @contextlib.contextmanager
    def part(self, name: str, member: str, *, secret: bool = False) -> Iterator[PartWriter]:
        """Write a part piece by piece; no other part may be written meanwhile."""
        with self._archive.open(member, "w", force_zip64=True) as stream:
            writer = PartWriter(stream)
            yield writer
        self._parts.append(
            Part(
                name=name,
                member=member,
                count=writer.count,
                size=writer.size,
                sha256=writer.digest,
                secret=secret,
            )
        )

    def finish(self, manifest: Manifest) -> Manifest:
        """Write the manifest and move the file to its place; gives the manifest with the parts."""
        whole = Manifest(
            created=manifest.created,
            device=manifest.device,
            device_time=manifest.device_time,
            parts=tuple(self._parts),
            skipped=manifest.skipped,
        )
        written = {"format": FORMAT, "version": VERSION} | asdict(whole)
        self._archive.writestr(MANIFEST, json.dumps(written, indent=2, ensure_ascii=False))
        self._archive.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._temporary.replace(self.path)
        return whole

    def discard(self) -> None:
        """Leave nothing behind; does nothing after ``finish``."""
        with contextlib.suppress(OSError, ValueError):
            self._archive.close()
        self._file.close()
        self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


class PartWriter:
    """Writes one part and keeps its digest.

    Attributes:
        count: Number of items so far.
        size: Bytes so far.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.count = 0
        self.size = 0
        self._stream = stream
        self._hash = hashlib.sha256()

    def write(self, content: bytes, *, items: int = 1) -> None:
        """Write bytes that make so many items."""
        self._stream.write(content)
        self._hash.update(content)
        self.count += items
        self.size += len(content)

    @property
    def digest(self) -> str:
        """SHA-256 of all bytes so far."""
        return self._hash.hexdigest()


class Backup:
    """A backup that was read and found undamaged.

    Attributes:
        path: The file.
        manifest: What it says of itself.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._parts = {part.name: part for part in manifest.parts}

    def has(self, name: str) -> bool:
        """Whether a part is in it."""
        return name in self._parts

    def read(self, name: str) -> bytes:
        """The bytes of a part; none when it is not in it.

        Raises:
            DamagedBackup: The part is not as it was written.
        """
        part = self._parts.get(name)
        if part is None:
            return b""
        with _opened(self.path) as archive:
            return _read_part(archive, part)

    def lines(self, name: str) -> Iterator[dict[str, Any]]:
        """The lines of a part in JSON.

        Raises:
            DamagedBackup: The part is not as it was written.
        """
        for line in io.BytesIO(self.read(name)):
            try:
                values = json.loads(line)
            except ValueError as error:
                raise DamagedBackup(f"{self.path}: {name} has a line that cannot be read: {error}.") from error
            if not isinstance(values, dict):
                raise DamagedBackup(f"{self.path}: {name} has a line that is no object.")
            yield values


def load_backup(path: Path) -> Backup:
    """Read a backup and check every part of it against its digest.

    Raises:
        InvalidInput: There is no such file, or it is of a newer version.
        DamagedBackup: It is not a backup, or a part is not as it was written.
    """
    if not path.is_file():
        raise InvalidInput("file", str(path), "a backup that exists")
    with _opened(path) as archive:
        manifest = _read_manifest(path, archive)
        for part in manifest.parts:
            _read_part(archive, part, keep=False)
    return Backup(path, manifest)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, KeyError) as error:
        raise DamagedBackup(f"{path} is not a backup, or it is damaged: {error}.") from error


def _read_manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise DamagedBackup(f"{path} is not a backup: it has no {MANIFEST}.")
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise DamagedBackup(f"{path} is not a backup: its {MANIFEST} is too large.")
    try:
        values = json.loads(archive.read(MANIFEST))
        if values["format"] != FORMAT:
            raise DamagedBackup(f"{path} is not a backup of Doorward but of {values['format']!r}.")
        if values["version"] > VERSION:
            raise InvalidInput(
                "file", str(path), f"a backup of version {VERSION} or older (this is {values['version']})"
            )
        parts = tuple(
            Part(
                name=str(item["name"]),
                member=str(item["member"]),
                count=int(item["count"]),
                size=int(item["size"]),
                sha256=str(item["sha256"]),
                secret=bool(item["secret"]),
            )
            for item in values["parts"]
        )
        return Manifest(
            created=str(values["created"]),
            device=dict(values["device"]),
            device_time=str(values["device_time"]),
            parts=parts,
            skipped={str(name): str(reason) for name, reason in values["skipped"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedBackup(f"{path}: the manifest cannot be read: {error!r}.") from error


def _read_part(archive: zipfile.ZipFile, part: Part, *, keep: bool = True) -> bytes:
    if part.size > LARGEST_PART or archive.getinfo(part.member).file_size != part.size:
        raise DamagedBackup(f"{archive.filename}: {part.name} does not have the {part.size} bytes that were written.")
    found = hashlib.sha256()
    pieces: list[bytes] = []
    with archive.open(part.member) as stream:
        while piece := stream.read(_PIECE):
            found.update(piece)
            if keep:
                pieces.append(piece)
    if found.hexdigest() != part.sha256:
        raise DamagedBackup(f"{archive.filename}: {part.name} is not as it was written (its digest differs).")
    return b"".join(pieces)


def as_line(values: Mapping[str, Any]) -> bytes:
    """A line of JSON; bytes become base64."""
    plain = {
        name: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for name, value in values.items()
    }
    return json.dumps(plain, ensure_ascii=False).encode() + b"\n"


def line_bytes(values: Mapping[str, Any], name: str) -> bytes:
    """The bytes of a value in base64; none when it is missing.

    Raises:
        DamagedBackup: It is not base64.
    """
    try:
        return base64.b64decode(values.get(name, ""), validate=True)
    except (ValueError, TypeError) as error:
        raise DamagedBackup(f"A line of the backup has a {name} that is not base64.") from error
