"""Restoring a backup: everything is checked before anything is touched, and proven before it takes its place."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.utils import DatabaseError, InterfaceError

from doorward.server.audit.services import Thing, record
from doorward.server.backup.archive import ArchiveReader, newer
from doorward.server.backup.errors import DamagedBackup, NotEmpty, RestoreFailed
from doorward.server.backup.files import Files
from doorward.server.backup.loading import check_shapes, load_tables, migrate_to, prove
from doorward.server.backup.manifest import KEY_MEMBER, MARK_MEMBER, MEMBER, Manifest, has_mark
from doorward.server.backup.opening import opened_backup
from doorward.server.backup.passphrase import decipher
from doorward.server.backup.places import place_of_database
from doorward.server.backup.progress import Told, nobody
from doorward.server.backup.services import resume_stream
from doorward.server.backup.tables import known_migrations
from doorward.server.crypto import KeyFileError, KeyRing, parse_keys, read_key_file, write_key_file
from doorward.server.database import explain, migrate
from doorward.server.keys import forget_keys
from doorward.server.operators.actor import current_actor
from doorward.server.sync.basis import forget_secret, put_devices_right
from doorward.server.system.services import check_key

if TYPE_CHECKING:
    from doorward.server.settings import ServerSettings

LARGEST_KEY: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did.

    Attributes:
        manifest: What was in the backup.
        database: Where it was restored, in words.
        migrated: Whether the database was then brought to this version.
        key_written: Whether the key file came out of the backup.
        files: How many files were put into the data folder.
        aside: Where what was there before is kept now; empty when there was nothing.
        position: The last position of the stream in the backup.
        resumed: The position after which the stream goes on.
    """

    manifest: Manifest
    database: str
    migrated: bool
    key_written: bool
    files: int
    aside: tuple[str, ...]
    position: int
    resumed: int


def restore_backup(
    path: Path,
    *,
    replace: Callable[[str], bool] = lambda _: False,
    passphrase: Callable[[], str] | None = None,
    told: Told = nobody,
) -> Restored:
    """Restore a backup into the database and the data folder of the settings.

    Args:
        path: The file.
        replace: Asked with what is there already; whether it may be put aside.
        passphrase: Gives the passphrase of the key file in the backup, when that one is needed.
        told: Told how far it is.

    Raises:
        DamagedBackup: The file is not as it was written.
        BackupNewer: A newer version made it.
        KeyFileError: The key file does not fit it, or is missing.
        NotEmpty: There is something already, and it may not be put aside.
        ServerRuns: A server uses the database.
        DatabaseUnusable: The database cannot be used.
        RestoreFailed: It was given up; everything is as it was.
    """
    wanted: ServerSettings = settings.DOORWARD
    target = wanted.database_target
    with opened_backup(path, told) as (archive, manifest):
        _require_known(path, manifest)
        ring, from_backup = _keys(archive, manifest, wanted, passphrase)
        _check_mark(archive, ring)
        check_shapes(manifest)
        size = _check_members(archive, manifest, told)
        files = Files(archive, manifest, wanted.data_path)
        place = place_of_database(target)
        database = place.contents()
        there = [words for words in (database, files.contents()) if words]
        if there and not replace(" and ".join(there)):
            raise NotEmpty(
                f"There is {' and '.join(there)} already, and a backup is restored to an empty place only.",
                advice="Name another database and data folder in the settings, or put what is there aside: --replace.",
            )
        place.require_room(size)
        with (
            _in_words(),
            _key_file(wanted, ring if from_backup else None),
            files.staged(),
            place.fresh(replace=bool(database)),
        ):
            told("Making the tables", 0, 0)
            migrate_to(manifest.migrations)
            load_tables(archive, manifest, told)
            prove(manifest, told)
            told("Bringing it to this version", 0, 0)
            migrated = migrate()
            check_key()
            made = datetime.fromisoformat(manifest.made)
            restoration = resume_stream(made, manifest.version, current_actor().name)
            forget_secret()
            put_devices_right()
            record("server.restore", Thing("backup", str(path), path.name), words=f"The backup of {manifest.made}.")
        return Restored(
            manifest=manifest,
            database=target.words,
            migrated=migrated,
            key_written=from_backup,
            files=len(files.names),
            aside=tuple(words for words in (place.aside, files.aside) if words),
            position=restoration.position,
            resumed=restoration.resumed,
        )


def _require_known(path: Path, manifest: Manifest) -> None:
    known = known_migrations()
    unknown = [f"{app} {name}" for app, name in manifest.migrations if (app, name) not in known]
    if unknown:
        raise newer(path, manifest.version, unknown)


# --- Keys -------------------------------------------------------------------------------------------------------------


def _keys(
    archive: ArchiveReader, manifest: Manifest, wanted: ServerSettings, passphrase: Callable[[], str] | None
) -> tuple[KeyRing, bool]:
    """The keys of the backup, and whether they came out of it."""
    path = wanted.key_path
    if path.exists():
        ring = read_key_file(path)
        if not set(manifest.keys) <= {key.name.hex() for key in ring.keys}:
            raise KeyFileError(
                f"The key file {path} does not belong to this backup: it holds the key "
                f"{', '.join(key.name.hex() for key in ring.keys)}, the backup needs {', '.join(manifest.keys)}.",
                advice=f"Put the key file of the server that made the backup to {path}. Nothing was changed.",
            )
        return ring, False
    if manifest.part(KEY_MEMBER) is None:
        raise KeyFileError(
            f"The key file {path} is missing, and the backup holds none.",
            advice=f"Put your copy of the key file of {manifest.host} to {path}, then restore again.",
        )
    if passphrase is None:
        raise KeyFileError(
            f"The key file {path} is missing; the backup holds it, enciphered under a passphrase.",
            advice="Give the passphrase. Nothing was changed.",
        )
    text = decipher(archive.small(KEY_MEMBER, LARGEST_KEY), passphrase())
    ring = parse_keys(text.decode("ascii", "replace").splitlines(), archive.path)
    if not set(manifest.keys) <= {key.name.hex() for key in ring.keys}:
        raise DamagedBackup("The key file in the backup is not the one of its database.")
    return ring, True


def _check_mark(archive: ArchiveReader, ring: KeyRing) -> None:
    given = archive.small(MARK_MEMBER, 1024).decode("ascii", "replace")
    if not has_mark(archive.small(MEMBER), given, ring):
        raise DamagedBackup(
            f"{archive.path} was changed after it was made: its mark does not fit the key file.",
            advice="Use a copy that nobody else could write to. Nothing was changed.",
        )


@contextlib.contextmanager
def _key_file(wanted: ServerSettings, ring: KeyRing | None) -> Iterator[None]:
    """Put the key file of the backup to its place; it goes again when the restore fails."""
    if ring is None:
        forget_keys()
        yield
        return
    wanted.key_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_key_file(wanted.key_path, ring.keys)
    forget_keys()
    try:
        yield
    except BaseException:
        wanted.key_path.unlink(missing_ok=True)
        forget_keys()
        raise


# --- The file ---------------------------------------------------------------------------------------------------------


def _check_members(archive: ArchiveReader, manifest: Manifest, told: Told) -> int:
    """Compare every part with the manifest; gives the bytes of all tables."""
    size = 0
    for table in manifest.tables:
        told(f"Checking {table.shape.model}", 0, 0)
        digest, rows = hashlib.sha256(), 0
        for piece in archive.pieces(table.member):
            digest.update(piece)
            rows += piece.count(b"\n")
            size += len(piece)
        if (rows, digest.hexdigest()) != (table.rows, table.sha256):
            raise DamagedBackup(f"The table {table.shape.table} in {archive.path} does not fit its digest.")
    for part in manifest.parts:
        digest, length = hashlib.sha256(), 0
        for piece in archive.pieces(part.name):
            digest.update(piece)
            length += len(piece)
        if (length, digest.hexdigest()) != (part.size, part.sha256):
            raise DamagedBackup(f"The part {part.name} in {archive.path} does not fit its digest.")
    return size


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """Errors of the database and the disk on the way, as what they mean: nothing was done."""
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        found = explain(error)
        raise RestoreFailed(f"The restore was given up. {found.message}", advice=found.advice) from error
    except OSError as error:
        raise RestoreFailed(
            f"The restore was given up: {error.strerror or error}{f' ({error.filename})' if error.filename else ''}.",
            advice="Look at the disk and the rights of the data folder. What was there before is there still.",
        ) from error
