"""What a backup holds beside the tables: the settings file without passwords, and the server's own files.

Of the data folder a backup takes the folder ``files`` alone. The database is in the backup table by table; the key
file is not, so that a stolen backup opens nothing; logs and other backups are not the server's data.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from doorward.server.backup.errors import DamagedBackup

if TYPE_CHECKING:
    from doorward.server.backup.archive import ArchiveReader
    from doorward.server.backup.manifest import Manifest

FOLDER: Final = "files"
PREFIX: Final = "files/"
SECRET_WORDS: Final = ("password", "passwd", "passphrase", "passfile", "secret", "token")
HEADER: Final = "# Settings of the server as a backup keeps them: passwords are taken out.\n\n"


def own_files(data_folder: Path) -> Iterator[tuple[str, Path]]:
    """The files that the server keeps, with their places in a backup; links are not followed."""
    folder = data_folder / FOLDER
    if not folder.is_dir() or folder.is_symlink():
        return
    for path in sorted(folder.rglob("*")):
        inside = not any(parent.is_symlink() for parent in path.parents if parent.is_relative_to(folder))
        if path.is_file() and not path.is_symlink() and inside:
            yield PREFIX + path.relative_to(folder).as_posix(), path


class Files:
    """The files of a backup on their way into a data folder.

    Args:
        archive: The backup.
        manifest: What is in it.
        data_folder: The data folder.

    Attributes:
        names: Their places in the backup.
        aside: Where the files that were there before are kept now; empty when there were none.

    Raises:
        DamagedBackup: A name leads out of the folder.
    """

    def __init__(self, archive: ArchiveReader, manifest: Manifest, data_folder: Path) -> None:
        self._archive = archive
        self._folder = data_folder / FOLDER
        self.names = tuple(part.name for part in manifest.parts if part.name.startswith(PREFIX))
        self._relative = {name: relative_path(name) for name in self.names}
        self.aside = ""

    def contents(self) -> str:
        """What is there already, in words; empty when nothing is, or nothing is to come."""
        there = self.names and self._folder.is_dir() and any(self._folder.iterdir())
        return f"the folder {self._folder}" if there else ""

    @contextlib.contextmanager
    def staged(self) -> Iterator[None]:
        """Write them beside their folder, and let them take its place after the block."""
        if not self.names:
            yield
            return
        new = self._folder.with_name(FOLDER + ".restoring")
        shutil.rmtree(new, ignore_errors=True)
        try:
            for name in self.names:
                path = new / self._relative[name]
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    for piece in self._archive.pieces(name):
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
            yield
            if self._folder.exists():
                kept = self._folder.with_name(f"{FOLDER}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
                self._folder.replace(kept)
                self.aside = f"the files as they were are kept in {kept}"
            new.replace(self._folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def relative_path(name: str) -> Path:
    """Where in the folder a file of a backup belongs.

    Raises:
        DamagedBackup: The name leads out of the folder.
    """
    relative = PurePosixPath(name.removeprefix(PREFIX))
    unsafe = not name.startswith(PREFIX) or relative.is_absolute() or ".." in relative.parts or not relative.parts
    if unsafe or any(sign in name for sign in "\\:\0"):
        raise DamagedBackup(f"The backup holds a file whose name leads elsewhere: {name!r}.")
    return Path(*relative.parts)


def settings_without_secrets(path: Path) -> str | None:
    """The settings file with its passwords taken out; None where there is none that can be read."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    top = {name: value for name, value in found.items() if not isinstance(value, dict)}
    text = HEADER + _lines(top)
    for section, table in found.items():
        if isinstance(table, dict):
            text += f"\n[{section}]\n{_lines(table)}"
    return text


def without_password(url: str) -> str:
    """A URL without the passwords in it."""
    parts = urlsplit(url)
    name, at, host = parts.netloc.rpartition("@")
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _is_secret(key)]
    # Put together by hand: urlunsplit drops the slashes before an empty host.
    changed = f"{parts.scheme}://{name.partition(':')[0]}{at}{host}{parts.path}"
    return changed + (f"?{urlencode(query, safe='/')}" if query else "")


def lacks_password(content: bytes) -> bool:
    """Whether the settings of a backup name a database server, whose password was taken out."""
    found = tomllib.loads(content.decode())
    url = str(found.get("database", {}).get("url", ""))
    return url.startswith(("postgresql:", "postgres:"))


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_WORDS)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in table.items() if not _is_secret(name))


def _value(value: Any) -> str:
    if isinstance(value, str):
        changed = without_password(value) if "://" in value and not value.startswith("sqlite:") else value
        return json.dumps(changed, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_value(v)}" for k, v in value.items() if not _is_secret(k)) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
