"""Opening a backup; needs no settings and no database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from doorward.server.backup.archive import ArchiveReader, newer
from doorward.server.backup.manifest import FORMAT, MEMBER, SETTINGS_MEMBER, Manifest, format_of, read_manifest
from doorward.server.backup.progress import Told, nobody


@contextlib.contextmanager
def opened_backup(path: Path, told: Told = nobody) -> Iterator[tuple[ArchiveReader, Manifest]]:
    """Open a backup whose every byte is as it was written.

    Raises:
        DamagedBackup: It is not.
        BackupNewer: A newer version made it.
    """
    with ArchiveReader(path) as archive:
        done = 0

        def read(count: int) -> None:
            nonlocal done
            done += count
            told("Checking the file", done, archive.size)

        archive.check(read)
        content = archive.small(MEMBER)
        if format_of(content) > FORMAT:
            raise newer(path)
        manifest = read_manifest(content)
        yield archive, manifest


def settings_in(path: Path) -> bytes | None:
    """The settings file in a backup; None when there is none."""
    with opened_backup(path) as (archive, manifest):
        return None if manifest.part(SETTINGS_MEMBER) is None else archive.small(SETTINGS_MEMBER)
