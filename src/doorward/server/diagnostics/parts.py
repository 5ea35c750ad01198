"""What a part of a diagnostics file is, and those that do without Django."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import distributions
from typing import Any, Final

import psutil

from doorward import __version__
from doorward.server.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class Part:
    """One part.

    Attributes:
        name: Its name in the file.
        about: What is in it, for people.
        make: Gives its text.
        technical: Whether no name of a person, place or machine can be in it.
    """

    name: str
    about: str
    make: Callable[[ServerSettings], str]
    technical: bool = False


def as_json(value: Any) -> str:
    """JSON for people and programs."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def versions(settings: ServerSettings | None = None) -> str:
    """Doorward, Python, the system, and all packages."""
    del settings
    memory = psutil.virtual_memory()
    packages = {found.name: found.version for found in distributions() if found.name}
    return as_json(
        {
            "doorward": __version__,
            "made": datetime.now(UTC),
            "python": sys.version,
            "system": platform.platform(),
            "machine": platform.machine(),
            "processors": os.cpu_count(),
            "memory_mb": memory.total // 1024 // 1024,
            "memory_free_mb": memory.available // 1024 // 1024,
            "up_hours": round((time.time() - psutil.boot_time()) / 3600, 1),
            "zone": time.tzname,
            "packages": dict(sorted(packages.items(), key=lambda item: item[0].lower())),
        }
    )


def settings_in_force(settings: ServerSettings) -> str:
    """The settings without what is secret in them."""
    values = dataclasses.asdict(settings)
    values["database"]["url"] = settings.database_target.words
    values["path"] = str(settings.path)
    return as_json(values)


VERSIONS: Final = Part("versions.json", "Doorward, Python, the system and all packages", versions, technical=True)
