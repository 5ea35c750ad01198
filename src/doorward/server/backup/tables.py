"""Which tables belong to a backup, and what they look like at a given state of the migrations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.models import AutoField

from doorward.server.backup.kinds import Kind, kind_of
from doorward.server.errors import DatabaseNewer

if TYPE_CHECKING:
    from django.apps.registry import Apps

Migration = tuple[str, str]

LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sessions.session": "logins of the console: everybody logs in again after a restore",
        "operators.operatorsession": "the list of these logins",
        "system.serverrun": "the sign of life of a server: the restored one is another",
        "axes.accessattempt": "failed logins, which lock an account for a while",
        "axes.accessattemptexpiration": "when these locks end",
        "jobs.job": "work in the background: its files are not kept, and a restored server has nothing left to do",
        "holds.hold": "who has a device alone just now: his session ends with the server",
        "holds.holdrequest": "who asks for it",
        "modes.modechange": "changes of the mode of a device that are under way: an old one must not be gone on with",
        "imports.import": "files of people on their way in: they are not kept",
        "imports.importproblem": "what was found in them",
        "imports.importedperson": "what an undo would need",
        "takeover.takeover": "takeovers under way: what was read of devices is read anew",
        "takeover.readdevice": "what was read of them",
        "takeover.readperson": "the same",
        "takeover.takeoverconflict": "the same",
        "enrolment.capture": "what somebody just showed to a device: it is kept for minutes alone",
        "orders.order": "commands on their way to devices: an old one must not be carried out again",
    }
)
"""The models whose rows are not part of a backup, and why."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: Its name in the database.
        kind: What its values are.
    """

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it is in the database.

    Attributes:
        model: The model, such as ``events.event``.
        table: Its name in the database.
        columns: Its columns, by name.
        key: The column by which its rows are ordered.
        numbered: Whether the database gives out the numbers of its rows.
    """

    model: str
    table: str
    columns: tuple[Column, ...]
    key: str
    numbered: bool


def shapes_of(apps: Apps) -> tuple[Shape, ...]:
    """The tables of all managed models and of the relations between them, but for those that are left out."""
    found: dict[str, Shape] = {}
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if not meta.managed or meta.proxy or meta.swapped or meta.label_lower in LEFT_OUT:
            continue
        key = meta.pk
        # By name: the order of a model's fields depends on how its migrations came about.
        fields = sorted(meta.local_concrete_fields, key=lambda item: str(item.column))
        columns = tuple(Column(str(item.column), kind_of(item)) for item in fields)
        numbered = isinstance(key, AutoField)
        found[meta.db_table] = Shape(meta.label_lower, meta.db_table, columns, str(key.column), numbered)
    return tuple(found[table] for table in sorted(found))


def applied_migrations(alias: str = "default") -> frozenset[Migration]:
    """The migrations that this database has gone through, as far as their apps are of this version."""
    loader = MigrationLoader(connections[alias])
    apps = {app for app, _ in loader.disk_migrations}
    return frozenset(key for key in loader.applied_migrations if key[0] in apps)


def known_migrations() -> frozenset[Migration]:
    """All migrations of this version."""
    return frozenset(MigrationLoader(None).disk_migrations)


def shapes_at(applied: Iterable[Migration]) -> tuple[Shape, ...]:
    """The tables after some migrations.

    Raises:
        DatabaseNewer: This version does not know one of them.
    """
    loader = MigrationLoader(None)
    wanted = sorted(applied)
    unknown = [f"{app} {name}" for app, name in wanted if (app, name) not in loader.graph.nodes]
    if unknown:
        raise DatabaseNewer(
            f"The database was changed by a newer version of Doorward, which knows: {', '.join(unknown)}.",
            advice="Use that version, or a newer one. Nothing was changed.",
        )
    if not wanted:
        return ()
    return shapes_of(loader.project_state(wanted).apps)
