"""Whether the clock of this machine follows a time service, as far as the system tells."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Final

from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site

SUBJECT = "clock"
PATIENCE_SECONDS: Final = 5.0
FAR_OFF_SECONDS: Final = 1.0
NOT_FOLLOWING: Final = Finding(
    SUBJECT,
    Level.WARNING,
    "The clock of this machine follows no time service.",
    "Turn one on (Linux: timedatectl set-ntp true; Windows: w32tm /resync), or set the clock by hand now and then.",
)
FOLLOWING: Final = Finding(SUBJECT, Level.OK, "The clock of this machine follows a time service.")
NOT_TOLD: Final = Finding(
    SUBJECT, Level.OK, "Whether the clock of this machine follows a time service, the system does not tell."
)


def look(site: Site) -> Iterator[Finding]:
    """Ask the program of the system that knows; where none does, say so."""
    del site
    for command, read in WITNESSES:
        answer = _ask(command)
        found = None if answer is None else read(answer)
        if found is not None:
            yield found
            return
    yield NOT_TOLD


def read_chrony(answer: str) -> Finding | None:
    """The line of ``chronyc -c tracking``: server, stratum, ..., offset in seconds, ..., leap state."""
    fields = answer.strip().split(",")
    if len(fields) < 14:
        return None
    if fields[13] == "Not synchronised" or fields[2] == "0":
        return NOT_FOLLOWING
    try:
        offset = abs(float(fields[4]))
    except ValueError:
        return None
    if offset > FAR_OFF_SECONDS:
        return Finding(
            SUBJECT,
            Level.WARNING,
            f"The time service says that the clock of this machine is {offset:.1f} s off.",
            "Wait until it has caught up, or let it step: chronyc makestep.",
        )
    return FOLLOWING


def read_timedatectl(answer: str) -> Finding | None:
    """``timedatectl show``: one ``Name=value`` a line."""
    values = dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)
    synchronized = values.get("NTPSynchronized")
    if synchronized is None:
        return None
    return FOLLOWING if synchronized == "yes" else NOT_FOLLOWING


def read_w32tm(answer: str) -> Finding | None:
    """``w32tm /query /status`` of any language: the leap indicator is a number, 3 says not synchronized."""
    for line in answer.splitlines():
        name, colon, value = line.partition(":")
        if colon and ("leap" in name.lower() or "sprung" in name.lower()):
            return NOT_FOLLOWING if value.strip().startswith("3") else FOLLOWING
    return None


WITNESSES: Final[tuple[tuple[tuple[str, ...], Callable[[str], Finding | None]], ...]] = (
    ((("w32tm", "/query", "/status"), read_w32tm),)
    if sys.platform == "win32"
    else ((("chronyc", "-c", "tracking"), read_chrony), (("timedatectl", "show"), read_timedatectl))
)


def _ask(command: tuple[str, ...]) -> str | None:
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system with fixed arguments
            (program, *command[1:]),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
