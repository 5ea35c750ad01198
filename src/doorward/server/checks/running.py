"""The list of all checks, and running them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db.utils import DatabaseError, InterfaceError

from doorward.model.errors import DoorwardError
from doorward.server.checks import (
    certificates,
    clock,
    data_folder,
    database,
    device_clocks,
    disk,
    exposure,
    key_file,
    ports,
    settings_file,
    time_service,
)
from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site
from doorward.server.database import explain
from doorward.server.settings import ServerSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        subject: What it looks at, for people.
        look: Gives what it found.
        needs_database: Whether it asks tables, and is left out when that cannot be done.
    """

    subject: str
    look: Callable[[Site], Iterator[Finding]]
    needs_database: bool = False


CHECKS: Final = (
    Check("settings", settings_file.look),
    Check("data folder", data_folder.look),
    Check("disk", disk.look),
    Check("key file", key_file.look),
    Check("database", database.look),
    Check("key and database", key_file.look_whether_it_fits, needs_database=True),
    Check("server", database.look_for_server, needs_database=True),
    Check("ports", ports.look),
    Check("clock", clock.look),
    Check("clock", clock.look_at_record, needs_database=True),
    Check("time service", time_service.look),
    Check("clocks of devices", device_clocks.look, needs_database=True),
    Check("certificates", certificates.look, needs_database=True),
    Check("exposure", exposure.look),
)


def run_checks(settings: ServerSettings) -> list[Finding]:
    """Run all checks, in a command or inside of the running server; Django has to be set up with the settings.

    It blocks for up to some seconds (a locked database, a slow time service): call it in a thread of its own.
    """
    site = Site(settings)
    found: list[Finding] = []
    for check in CHECKS:
        if check.needs_database and not site.database_usable:
            continue
        found += _run(check, site)
    return found


def _run(check: Check, site: Site) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check.look(site))
    except DoorwardError as error:
        found.append(Finding.of_error(check.subject, error))
    except (DatabaseError, InterfaceError) as error:
        found.append(Finding.of_error(check.subject, explain(error, site.settings.database_target)))
    except Exception as error:
        logger.exception("the check of %s failed", check.subject)
        found.append(
            Finding(
                check.subject,
                Level.ERROR,
                f"This could not be looked at: {type(error).__name__}. That is a fault of Doorward.",
                "Report it with the file that 'doorward diagnostics' makes.",
            )
        )
    return found
