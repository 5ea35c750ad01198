"""The last lines of the log, from where the settings send it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from doorward.server.settings import ServerSettings

LINES: Final = 3000
TAIL_BYTES: Final = 2 * 1024 * 1024
PATIENCE_SECONDS: Final = 15.0
UNIT: Final = "doorward.service"


def last_lines(settings: ServerSettings) -> str:
    """The last lines of the log file, or of the journal; else words on where they are."""
    if settings.log.file:
        path = Path(settings.log.file).expanduser()
        found = _tail(path.with_name(path.name + ".1")) + _tail(path)
        if found:
            return "\n".join(found[-LINES:]) + "\n"
    return _journal() or (
        "The log is not kept in a file and there is no journal of doorward.service on this machine.\n"
        "Add what 'doorward serve' wrote to its standard error, or set log.file in the settings.\n"
    )


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return lines[1:] if size > TAIL_BYTES else lines


def _journal() -> str:
    program = shutil.which("journalctl")
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system with fixed arguments
            (program, "--unit", UNIT, "--lines", str(LINES), "--no-pager", "--quiet", "--output", "short-iso"),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""
