"""The settings file: whether it is there, and who may read what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site
from doorward.server.places import SETTINGS_VARIABLE
from doorward.server.settings import VARIABLE_PREFIX

SUBJECT = "settings"
NOT_SETTINGS: Final = (SETTINGS_VARIABLE, "DOORWARD_ADMIN_PASSWORD", "DOORWARD_DEVICE_PASSWORD")


def look(site: Site) -> Iterator[Finding]:
    """The file was read without an error; look at the file itself."""
    path = site.settings.path
    variables = sorted(name for name in os.environ if name.startswith(VARIABLE_PREFIX) and name not in NOT_SETTINGS)
    beside = f" Variables above it: {', '.join(variables)}." if variables else ""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        yield Finding(
            SUBJECT,
            Level.WARNING,
            f"There is no settings file {path}: defaults hold.{beside}",
            "Run 'doorward init' to make one, or name it with --settings.",
        )
        return
    if os.name == "posix" and mode & 0o077 and site.settings.database_target.django.get("PASSWORD"):
        yield Finding(
            SUBJECT,
            Level.WARNING,
            f"Other users of this machine may read {path}, which holds the password of the database "
            f"(rights {mode & 0o777:o}).",
            f"chmod 600 {path}",
        )
    yield Finding(SUBJECT, Level.OK, f"{path} is right.{beside}")
