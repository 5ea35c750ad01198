"""Room on the disks that the server writes to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site
from doorward.server.database import FULL_BYTES

SUBJECT = "disk"
MEGABYTE: Final = 1024 * 1024
COMFORTABLE_BYTES: Final = 512 * MEGABYTE


def look(site: Site) -> Iterator[Finding]:
    """Look at each disk once."""
    settings = site.settings
    places = [settings.data_path]
    if settings.database_target.folder is not None:
        places.append(settings.database_target.folder)
    if settings.log.file:
        places.append(Path(settings.log.file).expanduser().parent)
    seen = set()
    for place in places:
        if not place.is_dir() or (device := place.stat().st_dev) in seen:
            continue
        seen.add(device)
        yield judge(place, shutil.disk_usage(place).free)


def judge(place: Path, free: int) -> Finding:
    """What so many free bytes mean."""
    words = f"{free // MEGABYTE:,} MB are free on the disk of {place}."
    if free < FULL_BYTES:
        return Finding(
            SUBJECT,
            Level.ERROR,
            f"The disk of {place} is full: {free // 1024} KB are free.",
            "Make room. Events are not acknowledged meanwhile: devices keep them and send them again.",
        )
    if free < COMFORTABLE_BYTES:
        return Finding(SUBJECT, Level.WARNING, words, "Make room before it is full, or set events.retention_months.")
    return Finding(SUBJECT, Level.OK, words)
