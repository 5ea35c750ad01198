"""Reads the golden vectors: bytes that an independent implementation sent and accepted."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "data"
VECTORS = DATA / "vectors"
TCP_GROUPS = ("framing", "device", "config", "logs", "users", "access")


@cache
def cases(group: str) -> list[dict[str, Any]]:
    """The cases of one file of BioStar 1 vectors."""
    loaded: list[dict[str, Any]] = json.loads((VECTORS / "biostar1" / f"{group}.json").read_text())
    return loaded


def case(group: str, name: str) -> dict[str, Any]:
    """One case by its name."""
    return next(item for item in cases(group) if item["name"] == name)


def tcp_cases() -> list[tuple[str, dict[str, Any]]]:
    """All direct-mode cases with a name that says where each comes from."""
    return [(f"{group}/{item['name']}", item) for group in TCP_GROUPS for item in cases(group)]


@cache
def server_mode_cases() -> list[tuple[str, dict[str, Any]]]:
    """All server-mode scenarios."""
    return [
        (path.stem, json.loads(path.read_text())) for path in sorted((VECTORS / "biostar1-server-mode").glob("*.json"))
    ]


@cache
def biostar2_case(name: str) -> dict[str, Any]:
    """One BioStar 2 case."""
    loaded: dict[str, Any] = json.loads((VECTORS / "biostar2" / f"{name}.json").read_text())
    return loaded


@cache
def structures() -> dict[str, Any]:
    """Sizes and offsets of the published structures."""
    loaded: dict[str, Any] = json.loads((DATA / "biostar1-structs.json").read_text())
    return loaded
