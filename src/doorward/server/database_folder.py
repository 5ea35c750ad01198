"""The folder of an SQLite database; needs no Django."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from doorward.server.database_url import DatabaseTarget
from doorward.server.errors import DatabaseUnusable


def prepare_folder(target: DatabaseTarget) -> None:
    """Make the folder of an SQLite file and check that files can be made in it.

    Raises:
        DatabaseUnusable: It cannot be made or written to.
    """
    folder = target.folder
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _folder_trouble(error, folder) from None
    probe_folder(folder)
    database = Path(target.name)
    if not database.exists():
        # SQLite would let others of this machine read it; its journal takes the rights of the file.
        os.close(os.open(database, os.O_CREAT | os.O_WRONLY, 0o600))
    elif not os.access(database, os.W_OK):
        raise DatabaseUnusable(f"The database {database} may not be written.", advice="Check its owner and rights.")


def probe_folder(folder: Path) -> None:
    """Make sure that files can be made in a folder, by making one and removing it.

    Raises:
        DatabaseUnusable: They cannot, with the reason in words.
    """
    probe = folder / f".doorward-{os.getpid()}.probe"
    try:
        with probe.open("wb") as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _folder_trouble(error, folder) from None
    finally:
        probe.unlink(missing_ok=True) if os.access(folder, os.W_OK) else None


def _folder_trouble(error: OSError, folder: Path) -> DatabaseUnusable:
    if error.errno == errno.ENOSPC or error.errno == getattr(errno, "EDQUOT", None):
        return DatabaseUnusable(f"The disk of {folder} is full.", advice="Make room and start again; nothing was lost.")
    if error.errno == errno.EROFS:
        return DatabaseUnusable(
            f"The disk of {folder} is read-only.", advice="Mount it writable, or set data_folder to another place."
        )
    return DatabaseUnusable(
        f"The data folder {folder} cannot be used: {error.strerror}.",
        advice="Check its owner and rights, or set data_folder to another place.",
    )
