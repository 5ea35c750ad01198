"""Making a backup: online, of one moment, in one file."""

from __future__ import annotations

import logging
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from doorward import __version__
from doorward.server.audit.services import Thing, record
from doorward.server.backup.archive import PIECE, ArchiveWriter
from doorward.server.backup.errors import BackupFailed
from doorward.server.backup.files import own_files, settings_without_secrets
from doorward.server.backup.manifest import (
    KEY_MEMBER,
    MARK_MEMBER,
    MEMBER,
    SETTINGS_MEMBER,
    Manifest,
    Part,
    Table,
    mark,
)
from doorward.server.backup.passphrase import check_passphrase, encipher
from doorward.server.backup.progress import Told, nobody
from doorward.server.backup.reading import Snapshot, lines, snapshot
from doorward.server.backup.records import Record, add_record
from doorward.server.backup.tables import LEFT_OUT, Shape
from doorward.server.database import check_migrations
from doorward.server.keys import forget_keys, key_ring
from doorward.server.system.services import check_key

if TYPE_CHECKING:
    from doorward.server.crypto import KeyRing
    from doorward.server.settings import ServerSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was made.

    Attributes:
        path: Where.
        size: Bytes.
        sha256: The digest at its end.
        manifest: What is in it.
        with_key: Whether the key file is in it, enciphered.
        warnings: What its owner should know.
    """

    path: Path
    size: int
    sha256: str
    manifest: Manifest
    with_key: bool
    warnings: tuple[str, ...]


def make_backup(path: Path, *, force: bool = False, passphrase: str | None = None, told: Told = nobody) -> Made:
    """Make a backup of the server, which may run and take events meanwhile.

    Args:
        path: The file.
        force: Whether a file that is there is replaced.
        passphrase: Puts the key file into the backup, enciphered under it.
        told: Told how far it is.

    Raises:
        InvalidInput: The file is there, its folder is not, or the passphrase is too short.
        BackupFailed: It could not be written.
        DatabaseUnusable: The database could not be read.
        DatabaseNewer: A newer version has changed it.
        KeyFileError: The key file is missing, or is not the one of this database.
    """
    if passphrase is not None:
        check_passphrase(passphrase)
    wanted: ServerSettings = settings.DOORWARD
    forget_keys()
    ring = key_ring()
    warnings: list[str] = []
    with ArchiveWriter(path, force=force) as archive:
        check_key()
        # Whoever has a backup has everything: it is noted who made one. An older database is left as it is.
        if not check_migrations():
            record("server.backup", Thing("backup", str(path.absolute()), path.name))
        with snapshot() as held:
            made = datetime.now(UTC).isoformat(timespec="microseconds")
            position, months = held.position, held.months()
            tables = _write_tables(archive, held, told)
        parts = _write_parts(archive, wanted, passphrase, warnings, told)
        manifest = Manifest(
            version=__version__,
            made=made,
            host=platform.node(),
            vendor=wanted.database_target.vendor,
            keys=tuple(key.name.hex() for key in ring.keys),
            migrations=tuple(sorted(held.migrations)),
            position=position,
            months=tuple(map(str, months)),
            left_out=tuple(LEFT_OUT),
            tables=tuple(tables),
            parts=tuple(parts),
        )
        content = manifest.to_bytes()
        archive.write(MEMBER, content)
        archive.write(MARK_MEMBER, mark(content, ring).encode())
        told("Waiting for the disk", 0, 0)
        _require_same_key(ring)
        size, digest = archive.finish()
    _note(wanted, path, size, digest, manifest, warnings)
    return Made(
        path=path,
        size=size,
        sha256=digest,
        manifest=manifest,
        with_key=passphrase is not None,
        warnings=tuple(warnings),
    )


def _write_tables(archive: ArchiveWriter, held: Snapshot, told: Told) -> list[Table]:
    counts = {shape.table: held.count(shape) for shape in held.shapes}
    whole, done = sum(counts.values()), 0
    found: list[Table] = []
    for shape in held.shapes:
        told(_words(shape), done, whole)
        count = 0
        with archive.member(f"tables/{shape.table}.jsonl") as member:
            for rows in held.reader.rows(shape):
                member.write(lines(rows))
                count += len(rows)
                told(_words(shape), done + count, whole)
        if count != counts[shape.table]:
            raise BackupFailed(f"The table {shape.table} changed while it was read.", advice="Do it again.")
        done += count
        found.append(
            Table(
                shape=shape,
                rows=count,
                sha256=member.digest.hexdigest(),
                last_number=held.reader.last_number(shape),
            )
        )
    return found


def _words(shape: Shape) -> str:
    return f"Table {shape.model}"


def _write_parts(
    archive: ArchiveWriter, wanted: ServerSettings, passphrase: str | None, warnings: list[str], told: Told
) -> list[Part]:
    parts: list[Part] = []

    def add(name: str, content: bytes) -> None:
        member = archive.write(name, content)
        parts.append(Part(name, member.size, member.digest.hexdigest()))

    text = settings_without_secrets(wanted.path)
    if text is not None:
        add(SETTINGS_MEMBER, text.encode())
    if passphrase is not None:
        told("Key file", 0, 0)
        add(KEY_MEMBER, encipher(wanted.key_path.read_bytes(), passphrase))
    for name, path in own_files(wanted.data_path):
        told(f"File {path.name}", 0, 0)
        # Opened first: a file that was removed meanwhile leaves no trace.
        try:
            file = path.open("rb")
        except OSError as error:
            warnings.append(f"The file {path} is not in the backup: {error.strerror}.")
            continue
        with file, archive.member(name) as member:
            while piece := file.read(PIECE):
                member.write(piece)
        parts.append(Part(name, member.size, member.digest.hexdigest()))
    return parts


def _require_same_key(ring: KeyRing) -> None:
    """A rotation in between would leave a backup that no key file opens as a whole."""
    forget_keys()
    if [key.name for key in key_ring().keys] != [key.name for key in ring.keys]:
        raise BackupFailed("The key file was changed while the backup was made.", advice="Make the backup again.")


def _note(wanted: ServerSettings, path: Path, size: int, digest: str, manifest: Manifest, warnings: list[str]) -> None:
    made = Record(
        file=str(path.absolute()),
        made=manifest.made,
        version=manifest.version,
        database=wanted.database_target.words,
        position=manifest.position,
        size=size,
        sha256=digest,
        tables={table.shape.table: (table.rows, table.sha256) for table in manifest.tables},
    )
    try:
        add_record(wanted.data_path, made)
    except OSError as error:
        logger.warning("The backup is made, but could not be noted in %s: %s.", wanted.data_path, error.strerror)
        warnings.append(f"The backup could not be noted in {wanted.data_path}: {error.strerror}.")
