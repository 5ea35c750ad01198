"""Opening, checking and migrating the database, with its troubles in words."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError, InterfaceError, NotSupportedError, OperationalError

from doorward.server.database_url import DatabaseTarget
from doorward.server.errors import DatabaseNewer, DatabaseOlder, DatabaseUnusable

# Below this the server tells the administrator; SQLite's WAL alone may grow to some megabytes in a busy second.
LOW_SPACE_BYTES = 64 * 1024 * 1024
# Below this the server does not start, and says that it is not ready.
FULL_BYTES = LOW_SPACE_BYTES // 16


def explain(error: Exception, target: DatabaseTarget | None = None) -> DatabaseUnusable:
    """Say what a database error means to the person who runs the server."""
    target = target or settings.DOORWARD.database_target
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    lowered = str(error).lower()
    if "disk is full" in lowered or "no space left" in lowered:
        return DatabaseUnusable(
            f"The disk of the database is full ({target.words}).",
            advice="Make room; what devices have not been answered for, they keep and send again.",
        )
    if "readonly database" in lowered or "read-only" in lowered:
        return DatabaseUnusable(
            f"The database is read-only ({target.words}).", advice="Check owner and rights of the file and its folder."
        )
    if "locked" in lowered or "lock timeout" in lowered:
        return DatabaseUnusable(
            f"The database is locked by another program ({target.words}).",
            advice="Close the program that holds it, such as a database browser or a backup.",
        )
    if "unable to open" in lowered:
        return DatabaseUnusable(
            f"The database cannot be opened ({target.words}).",
            advice="Check that its folder exists and may be written.",
        )
    if "not a database" in lowered or "malformed" in lowered:
        return DatabaseUnusable(
            f"The database is damaged ({target.words}): {text}.", advice="Restore it from a backup."
        )
    if "password authentication failed" in lowered or "no password supplied" in lowered:
        return DatabaseUnusable(
            f"The database refuses user or password ({target.words}).", advice="Check database.url in the settings."
        )
    if "does not exist" in lowered and "database" in lowered and target.vendor == "postgresql":
        return DatabaseUnusable(
            f"There is no such database ({target.words}).", advice=f"Make it first: createdb {target.name}"
        )
    if target.vendor == "postgresql" and isinstance(error, OperationalError | InterfaceError):
        return DatabaseUnusable(
            f"The database cannot be reached ({target.words}): {text}.",
            advice="Check that the database server runs and accepts connections from here.",
        )
    return DatabaseUnusable(f"The database does not work ({target.words}): {text}.", advice="See the log for details.")


def check_migrations(*, alias: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether changes of this version are still to be made to the database.

    Raises:
        DatabaseNewer: A newer version of Doorward has changed it; nothing is touched.
        DatabaseUnusable: It cannot be read.
    """
    try:
        executor = MigrationExecutor(connections[alias])
        ours = set(executor.loader.disk_migrations)
        apps = {app for app, _ in ours}
        newer = sorted(
            f"{app} {name}"
            for app, name in executor.loader.applied_migrations
            if app in apps and (app, name) not in ours
        )
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError, NotSupportedError) as error:
        raise explain(error) from error
    if newer:
        raise DatabaseNewer(
            f"The database was changed by a newer version of Doorward, which knows: {', '.join(newer)}.",
            advice="Start that version again, or restore a backup from before the upgrade. Nothing was changed.",
        )
    return bool(pending)


def migrate(*, alias: str = DEFAULT_DB_ALIAS) -> bool:
    """Bring the database to this version; gives whether anything had to be done.

    Raises:
        DatabaseNewer: A newer version of Doorward has changed it.
        DatabaseUnusable: It cannot be read or written.
    """
    if not check_migrations(alias=alias):
        return False
    try:
        call_command("migrate", database=alias, interactive=False, verbosity=0, skip_checks=True)
    except (DatabaseError, InterfaceError) as error:
        raise explain(error) from error
    return True


def require_migrated() -> None:
    """Refuse a database that was not brought to this version, for commands that only use it.

    Raises:
        DatabaseOlder: It was not.
        DatabaseNewer: A newer version has changed it.
        DatabaseUnusable: It is not there, or cannot be read.
    """
    target: DatabaseTarget = settings.DOORWARD.database_target
    if target.vendor == "sqlite" and not Path(target.name).exists():
        raise DatabaseUnusable(
            f"There is no database yet ({target.words}).", advice="Run 'doorward init', then 'doorward serve'."
        )
    if check_migrations():
        raise DatabaseOlder(
            f"The database is of an older version ({target.words}).",
            advice="Start the server once ('doorward serve'); it brings the database to this version.",
        )


def free_bytes(target: DatabaseTarget) -> int | None:
    """Free bytes on the disk of an SQLite database; None for a database server."""
    return None if target.folder is None else shutil.disk_usage(target.folder).free
