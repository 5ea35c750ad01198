"""What an upgrade of Doorward will do to the database, and whether all is ready for it."""

from __future__ import annotations

import enum
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from doorward import __version__
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.backup.changes import changes_since
from doorward.server.backup.reading import snapshot
from doorward.server.backup.records import Record, read_records
from doorward.server.backup.tables import Migration
from doorward.server.database import LOW_SPACE_BYTES, free_bytes
from doorward.server.system.services import check_key, running_server

if TYPE_CHECKING:
    from doorward.server.settings import ServerSettings

MIGRATION_FILE: Final = re.compile(r"doorward/server/(?P<app>\w+)/migrations/(?P<name>\d{4}_\w+)\.py")
PACKAGE_NAME: Final = re.compile(r"doorward-(?P<version>[^-]+)-.*\.whl")
COPIES: Final = 2
"""A change of a table may write it anew, beside the old one and through the write-ahead log."""
SHOWN: Final = 6


class Level(enum.StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: What.
        level: How much it matters; an error stands in the way of the upgrade.
        words: What was found.
        advice: What to do.
    """

    subject: str
    level: Level
    words: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class UpgradeCheck:
    """All that was found.

    Attributes:
        version: The version that was looked at: the installed one, or that of the package.
        migrations: The changes of the database that this version will make, in order.
        findings: What was found.
    """

    version: str
    migrations: tuple[Migration, ...]
    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return all(finding.level is not Level.ERROR for finding in self.findings)


def check_upgrade(package: Path | None = None) -> UpgradeCheck:
    """Say what the installed version, or a package that is not installed yet, will do to the database.

    Args:
        package: A wheel of Doorward; None looks at the installed version.

    Raises:
        InvalidInput: The package is none of Doorward.
        DatabaseUnusable: The database cannot be read.
    """
    wanted: ServerSettings = settings.DOORWARD
    applied = _applied()
    version, known = _installed() if package is None else read_package(package)
    findings = [_fits(version, applied, known)]
    pending = tuple(key for key in known if key not in applied) if findings[0].level is not Level.ERROR else ()
    findings.append(_changes(version, pending))
    if findings[0].level is not Level.ERROR:
        findings += [_key(), _room(wanted, pending), _backup(wanted), _server(package is not None, pending)]
    return UpgradeCheck(version, pending, tuple(findings))


def _applied() -> frozenset[Migration]:
    return frozenset(MigrationLoader(connections["default"]).applied_migrations)


def _installed() -> tuple[str, list[Migration]]:
    loader = MigrationLoader(None)
    plan = loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True)  # noqa: SLF001 - the order in which all are made
    return __version__, [(app, name) for app, name in plan]


def read_package(path: Path) -> tuple[str, list[Migration]]:
    """The version of a wheel and the changes of the database that it knows, of Doorward's own tables.

    Raises:
        InvalidInput: It is no wheel of Doorward.
    """
    named = PACKAGE_NAME.fullmatch(path.name)
    try:
        with zipfile.ZipFile(path) as wheel:
            found = [match for match in map(MIGRATION_FILE.fullmatch, wheel.namelist()) if match]
    except (OSError, zipfile.BadZipFile):
        found = []
    if named is None or not found:
        raise InvalidInput("--package", str(path), "a wheel of Doorward with its server part (doorward-*.whl)")
    return named["version"], sorted((match["app"], match["name"]) for match in found)


def _fits(version: str, applied: Iterable[Migration], known: Iterable[Migration]) -> Finding:
    ours = set(known)
    apps = {app for app, _ in ours}
    unknown = sorted(f"{app} {name}" for app, name in applied if app in apps and (app, name) not in ours)
    if not unknown:
        return Finding("Version", Level.OK, f"The database fits Doorward {version}.")
    return Finding(
        "Version",
        Level.ERROR,
        f"The database was changed by a newer version than {version}, which knows: {', '.join(unknown)}.",
        "Install that version or a newer one, or restore a backup from before its installation. Nothing was changed.",
    )


def _changes(version: str, pending: tuple[Migration, ...]) -> Finding:
    if not pending:
        return Finding("Changes", Level.OK, f"Doorward {version} changes nothing in the database.")
    names = ", ".join(f"{app} {name}" for app, name in pending[:SHOWN])
    more = f" and {len(pending) - SHOWN} more" if len(pending) > SHOWN else ""
    return Finding(
        "Changes",
        Level.OK,
        f"Doorward {version} will change the database when it is first started ('doorward serve'): {names}{more}.",
        "There is no way back but a backup from before.",
    )


def _key() -> Finding:
    try:
        check_key()
    except DoorwardError as error:
        return Finding("Key file", Level.ERROR, error.message, error.advice)
    return Finding("Key file", Level.OK, "The key file fits the database.")


def _room(wanted: ServerSettings, pending: tuple[Migration, ...]) -> Finding:
    connection = connections["default"]
    if connection.vendor == "sqlite":
        files = [Path(wanted.database_target.name + ending) for ending in ("", "-wal")]
        size = sum(path.stat().st_size for path in files if path.exists())
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = int(cursor.fetchone()[0])
    needed = LOW_SPACE_BYTES + (COPIES * size if pending else 0)
    free = free_bytes(wanted.database_target)
    if free is None:
        return Finding(
            "Disk",
            Level.OK,
            f"The change may need up to {_megabytes(needed)} on the disk of the database server, which cannot be seen "
            "from here.",
        )
    words = f"{_megabytes(free)} are free, up to {_megabytes(needed)} are needed."
    if free < needed:
        return Finding("Disk", Level.ERROR, words, "Make room first: an upgrade must not end half-way for want of it.")
    return Finding("Disk", Level.OK, words)


def _megabytes(size: int) -> str:
    return f"{max(1, size // 1_000_000):,} MB"


def _backup(wanted: ServerSettings) -> Finding:
    words = wanted.database_target.words
    records = [record for record in read_records(wanted.data_path) if record.database == words]
    there = [record for record in records if _is_there(record)]
    if not there:
        gone = f" The last one, {records[-1].file}, is not in its place any more." if records else ""
        return Finding(
            "Backup",
            Level.ERROR,
            f"There is no backup of this database.{gone}",
            "Stop the server, then: doorward backup FILE",
        )
    last = there[-1]
    made = timezone.localtime(datetime.fromisoformat(last.made))
    told = f"The last backup is {last.file}, of {made:%Y-%m-%d %H:%M}"
    with snapshot() as held:
        changed = changes_since(last, held)
    if not changed:
        return Finding("Backup", Level.OK, f"{told}; nothing has changed since.")
    more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
    return Finding(
        "Backup",
        Level.WARNING,
        f"{told}. Since then: {'; '.join(changed[:SHOWN])}{more}.",
        "Stop the server and make another one, so that nothing is missing in it: doorward backup FILE",
    )


def _is_there(record: Record) -> bool:
    path = Path(record.file)
    return path.is_file() and path.stat().st_size == record.size


def _server(before: bool, pending: tuple[Migration, ...]) -> Finding:
    run = running_server()
    if run is None:
        then = "'doorward serve' makes the changes, then starts." if pending else "'doorward serve' starts at once."
        return Finding("Server", Level.OK, f"No server runs. {'After the upgrade ' if before else ''}{then}")
    return Finding(
        "Server",
        Level.WARNING,
        f"The server runs (process {run.process} on {run.host}, Doorward {run.version}).",
        "Stop it before the package is changed; devices keep their records meanwhile.",
    )
