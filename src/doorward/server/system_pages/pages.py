"""The page that says how the server does: what the checks find, and the facts that one is asked for first."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import psutil
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from doorward import __version__
from doorward.server.backup.records import Record, read_records
from doorward.server.console.frame import console_page, page
from doorward.server.settings import ServerSettings
from doorward.server.system.services import running_server

RIGHT: Final = "server.view"
BACKUP_GROWS_OLD: Final = timedelta(days=7)
TIGHT_PERCENT: Final = 10.0
CHECKS: Final = "/api/v1/checks"
METRICS: Final = "/api/v1/metrics"


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of the data folder.

    Attributes:
        free: Bytes.
        total: Bytes.
    """

    free: int
    total: int

    @property
    def used_percent(self) -> float:
        """How full it is."""
        return 100.0 * (self.total - self.free) / self.total if self.total else 0.0

    @property
    def tight(self) -> bool:
        """Whether it is nearly full."""
        return self.used_percent > 100.0 - TIGHT_PERCENT


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The newest backup that was made.

    Attributes:
        record: What is known of it.
        made: When.
        old: Whether it is time for another one.
        there: Whether the file is still where it was put.
    """

    record: Record
    made: datetime | None
    old: bool
    there: bool


@console_page(RIGHT)
def system(request: HttpRequest) -> HttpResponse:
    """Facts at once; the checks take some seconds and are asked for by the page."""
    known: ServerSettings = settings.DOORWARD
    target = known.database_target
    context = {
        "version": __version__,
        "run": running_server(),
        "database": target.words,
        "database_size": _size(Path(target.name)) if target.vendor == "sqlite" else None,
        "data_folder": known.data_path,
        "settings_file": known.path,
        "disk": _disk(known.data_path),
        "backup": _last_backup(known.data_path),
        "checks_address": CHECKS,
        "metrics_address": METRICS,
    }
    return page(request, "system_pages/system.html", title=_("System"), context=context)


def _size(file: Path) -> int | None:
    """Bytes of a database with what it has not yet moved into its main file; None where it cannot be seen."""
    try:
        size = file.stat().st_size
    except OSError:
        return None
    with contextlib.suppress(OSError):
        size += file.with_name(f"{file.name}-wal").stat().st_size
    return size


def _disk(folder: Path) -> Disk | None:
    try:
        usage = psutil.disk_usage(str(folder))
    except OSError:
        return None
    return Disk(usage.free, usage.total)


def _last_backup(folder: Path) -> LastBackup | None:
    records = read_records(folder)
    if not records:
        return None
    newest = records[-1]
    try:
        made = parse_datetime(newest.made)
    except ValueError:
        made = None
    if made is not None and timezone.is_naive(made):
        made = None
    old = made is None or timezone.now() - made > BACKUP_GROWS_OLD
    try:
        there = Path(newest.file).exists()
    except OSError:
        there = False
    return LastBackup(newest, made, old, there)


console_urlpatterns: list[URLPattern] = [path("system/", system, name="system")]
