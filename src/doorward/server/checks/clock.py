"""The clock of this machine, held against what is known without asking anybody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from doorward.gateway.clock_guard import span_words
from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site
from doorward.server.system.clock import TOLERANCE_SECONDS, newest_known

SUBJECT = "clock"
WRITTEN: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""This program is younger than that."""
SET_ADVICE: Final = "Set the clock of this machine, and let it follow a time service (NTP)."


def look(site: Site) -> Iterator[Finding]:
    """Hold the clock against the age of the program and of the files that the server wrote last."""
    now = time.time()
    if now < WRITTEN.timestamp():
        yield Finding(
            SUBJECT,
            Level.ERROR,
            f"This machine's clock shows {datetime.fromtimestamp(now, UTC):%Y-%m-%d}, before this program was made.",
            SET_ADVICE,
        )
        return
    newest = max(_file_times(site), default=None)
    if newest is not None and newest[0] - now > TOLERANCE_SECONDS:
        yield Finding(
            SUBJECT,
            Level.ERROR,
            f"The clock of this machine is at least {span_words(newest[0] - now)} behind: the file {newest[1]} was "
            "written later than it shows.",
            SET_ADVICE,
        )


def look_at_record(site: Site) -> Iterator[Finding]:
    """Hold the clock against the record."""
    del site
    known = newest_known()
    if known is None:
        yield Finding(SUBJECT, Level.OK, "Nothing in the record speaks against the clock; it is empty.")
        return
    behind = known.timestamp() - time.time()
    if behind > TOLERANCE_SECONDS:
        yield Finding(
            SUBJECT,
            Level.ERROR,
            f"The clock of this machine is at least {span_words(behind)} behind: the record goes on until "
            f"{known:%Y-%m-%d %H:%M:%S} UTC.",
            f"{SET_ADVICE} The server may run meanwhile: it keeps all events and sets no clock of a device.",
        )
    else:
        yield Finding(SUBJECT, Level.OK, "Nothing in the record is later than the clock shows.")


def _file_times(site: Site) -> Iterator[tuple[float, Path]]:
    target = site.settings.database_target
    paths = [site.settings.key_path]
    if target.vendor == "sqlite":
        paths += [Path(target.name), Path(target.name + "-wal")]
    for path in paths:
        try:
            yield path.stat().st_mtime, path
        except OSError:
            continue
