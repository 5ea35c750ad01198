"""Changing one value of a settings file, with its comments and the order of its lines kept."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from doorward.model.errors import DoorwardError
from doorward.server.settings import load_settings


def change_setting(path: Path, key: str, value: int) -> None:
    """Write one value into a settings file, in one step, after the whole file was checked with it.

    Args:
        path: The file; it must be there.
        key: The key with its section, such as ``web.port``.
        value: The value.

    Raises:
        InvalidInput: The settings are not right with this value; the file is as it was.
        DoorwardError: The file cannot be read or written.
    """
    section, _, name = key.rpartition(".")
    try:
        document = tomlkit.parse(path.read_text("utf-8"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise DoorwardError(f"{path} is not a TOML file: {error}.", advice="Correct the line and try again.") from None
    except OSError as error:
        raise DoorwardError(
            f"The settings file {path} cannot be read: {error.strerror}.", advice="Check its name, owner and rights."
        ) from None
    table = document
    if section:
        if section not in document:
            document[section] = tomlkit.table()
        table = document[section]
    table[name] = value
    _replace(path, tomlkit.dumps(document))


def _replace(path: Path, text: str) -> None:
    try:
        # A link stays one: the file that it leads to is replaced.
        target = path.resolve()
        rights = target.stat()
        descriptor, made = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".new")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(made).chmod(rights.st_mode & 0o7777)
            if hasattr(os, "chown"):
                with contextlib.suppress(PermissionError):
                    os.chown(made, rights.st_uid, rights.st_gid)
            load_settings(Path(made), environment={}, required=True)
            Path(made).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(made).unlink()
            raise
    except OSError as error:
        raise DoorwardError(
            f"The settings file {path} cannot be written: {error.strerror}.", advice="Check its owner and rights."
        ) from None
