"""The parts that ask the database and the settings; to be imported when Django is set up."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import DatabaseError

from doorward.server.checks.running import run_checks
from doorward.server.devices.models import ConnectionHistory, Device
from doorward.server.diagnostics.log_lines import last_lines
from doorward.server.diagnostics.parts import VERSIONS, Part, as_json, settings_in_force
from doorward.server.events.choices import AlarmSource
from doorward.server.events.models import Alarm, Gap
from doorward.server.settings import ServerSettings

MOST_DEVICES: Final = 5000
MOST_ALARMS: Final = 300
MOST_CHANGES: Final = 2000


def check_findings(settings: ServerSettings) -> str:
    """What 'doorward check' says."""
    return as_json([dataclasses.asdict(finding) for finding in run_checks(settings)])


def migrations(settings: ServerSettings) -> str:
    """The changes of the database that were made, in their order."""
    del settings
    rows = MigrationRecorder(connection).migration_qs.order_by("pk").values_list("applied", "app", "name")
    return "".join(f"{applied:%Y-%m-%d %H:%M:%S} {app} {name}\n" for applied, app, name in rows)


def row_counts(settings: ServerSettings) -> str:
    """How many rows each table has, and how large the database is."""
    target = settings.database_target
    counts: dict[str, int | str] = {}
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda each: each._meta.db_table):
        try:
            counts[model._meta.db_table] = model._default_manager.count()
        except DatabaseError as error:
            counts[model._meta.db_table] = str(error).strip()
    if target.vendor == "sqlite":
        sizes = {
            suffix or "file": Path(target.name + suffix).stat().st_size
            for suffix in ("", "-wal")
            if Path(target.name + suffix).exists()
        }
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            sizes = {"database": cursor.fetchone()[0]}
    return as_json({"rows": counts, "bytes": sizes})


def devices(settings: ServerSettings) -> str:
    """Every device with its state and how far its record goes."""
    del settings
    rows = Device.objects.select_related("status", "ledger").order_by("pk")[:MOST_DEVICES]
    return as_json([_device(row) for row in rows])


def _device(row: Any) -> dict[str, Any]:
    status, ledger = getattr(row, "status", None), getattr(row, "ledger", None)
    return {
        "device": row.pk,
        "name": row.name,
        "generation": row.generation,
        "model": row.model,
        "approval": row.approval,
        "enabled": row.enabled,
        "mode": row.mode,
        "address": row.address,
        "port": row.port,
        "zone": row.zone,
        "time_sync": row.time_sync,
        "password_set": bool(row.password),
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
        "last_address": row.last_address,
        "state": status and status.state,
        "reason": status and status.reason,
        "since": status and status.since,
        "complete_until": ledger and ledger.complete_until,
        "hindrance": ledger and ledger.hindrance,
        "ledger": ledger and json.loads(ledger.state),
    }


def alarms(settings: ServerSettings) -> str:
    """The last alarms that the server itself raised."""
    del settings
    rows = Alarm.objects.filter(source=AlarmSource.SERVER).order_by("-raised", "-pk")[:MOST_ALARMS]
    return as_json(
        [
            {
                "kind": row.kind,
                "device": row.device_id,
                "words": row.words,
                "raised": row.raised,
                "cleared": row.cleared,
            }
            for row in rows
        ]
    )


def connection_history(settings: ServerSettings) -> str:
    """The last changes of devices' states."""
    del settings
    rows = ConnectionHistory.objects.order_by("-since", "-pk")[:MOST_CHANGES]
    return as_json(
        [
            {"device": row.device_id, "state": row.state, "reason": row.reason, "since": row.since, "by": row.by}
            for row in rows
        ]
    )


def gaps(settings: ServerSettings) -> str:
    """Spans in which events can be missing."""
    del settings
    return as_json(
        list(
            Gap.objects.order_by("-found").values("device_id", "kind", "reason", "since", "until", "found")[
                :MOST_ALARMS
            ]
        )
    )


PARTS: Final = (
    VERSIONS,
    Part("settings.json", "the settings in force, without secrets", settings_in_force),
    Part("check.json", "what 'doorward check' says", check_findings),
    Part("migrations.txt", "the changes that were made to the database", migrations, technical=True),
    Part("rows.json", "how many rows each table has", row_counts, technical=True),
    Part("devices.json", "devices with their states; no people", devices),
    Part("alarms.json", "the last alarms of the server itself", alarms),
    Part("history.json", "the last changes of devices' states", connection_history),
    Part("gaps.json", "spans in which events can be missing", gaps),
    Part("log.txt", "the last lines of the log", last_lines),
)
