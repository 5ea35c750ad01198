"""Where settings and data lie when nobody says otherwise; never in the folder of the program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

APPLICATION = "doorward"
SETTINGS_FILE_NAME = "doorward.toml"
SETTINGS_VARIABLE = "DOORWARD_SETTINGS"


def default_settings_path() -> Path:
    """The settings file: ``DOORWARD_SETTINGS`` if set, else this user's place for settings."""
    named = os.environ.get(SETTINGS_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    return _user_folder("XDG_CONFIG_HOME", ".config") / APPLICATION / SETTINGS_FILE_NAME


def default_data_folder() -> Path:
    """The folder of the database and the key file."""
    return _user_folder("XDG_DATA_HOME", ".local/share") / APPLICATION


def _user_folder(variable: str, below_home: str) -> Path:
    # The base directory specification wants relative values ignored.
    named = os.environ.get(variable)
    if named and Path(named).is_absolute():
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path.home() / below_home
