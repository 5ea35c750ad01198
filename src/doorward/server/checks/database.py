"""The database: whether it answers, may be written, is of this version, and who uses it."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site
from doorward.server.database import check_migrations
from doorward.server.errors import DatabaseUnusable
from doorward.server.system.services import running_server

SUBJECT = "database"


def look(site: Site) -> Iterator[Finding]:
    """Open it, without making one that is not there."""
    target = site.settings.database_target
    if target.vendor == "sqlite" and not Path(target.name).exists():
        yield Finding(
            SUBJECT, Level.ERROR, f"There is no database yet ({target.words}).", "Run 'doorward init', then start it."
        )
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    pending = check_migrations()
    _require_writable(target.vendor)
    yield Finding(SUBJECT, Level.OK, f"{target.words} answers and may be written ({_version(target.vendor)}).")
    if pending:
        yield Finding(
            SUBJECT,
            Level.WARNING,
            "It is of an older version.",
            "Make a backup, then start the server ('doorward serve'): it brings the database to this version.",
        )
    else:
        site.database_usable = True
        yield Finding(SUBJECT, Level.OK, "It is of this version.")


def look_for_server(site: Site) -> Iterator[Finding]:
    """Tell which server uses it."""
    run = running_server()
    site.server_runs = run is not None
    if run is None:
        yield Finding("server", Level.OK, "No server runs.", "'doorward serve' starts it.")
        return
    if run.host == platform.node():
        site.server_process = run.process
    yield Finding("server", Level.OK, f"A server runs: process {run.process} on {run.host}, Doorward {run.version}.")


def _require_writable(vendor: str) -> None:
    """Ask for the right to write, and change nothing."""
    with connection.cursor() as cursor:
        if vendor == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
            try:
                # Only a change that comes to nothing shows whether the file may be written.
                cursor.execute("PRAGMA user_version")
                version = cursor.fetchone()[0]
                cursor.execute(f"PRAGMA user_version = {int(version)}")
            finally:
                cursor.execute("ROLLBACK")
        else:
            cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean")
            if cursor.fetchone()[0]:
                raise DatabaseUnusable(
                    "The database server takes no changes: it is a copy of another one, or read-only.",
                    advice="Let database.url name the server that takes changes.",
                )


def _version(vendor: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if vendor == "sqlite" else "SHOW server_version")
        return f"{'SQLite' if vendor == 'sqlite' else 'PostgreSQL'} {cursor.fetchone()[0]}"
