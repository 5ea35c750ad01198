"""All commands of BioStar 1 as typed requests, and which request a message is (protocol notes, section 6)."""

from __future__ import annotations

from typing import Any

from doorward.protocol.biostar1.commands import (
    blacklist,
    clock,
    credentials,
    doors,
    identity,
    logs,
    maintenance,
    rights,
    screen,
    settings,
    users,
)
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.request import WRITES, Request

_MODULES = (identity, clock, maintenance, logs, users, credentials, doors, settings, screen, rights, blacklist)


def _collect() -> dict[int, tuple[type[Request[Any]], ...]]:
    found: dict[int, list[type[Request[Any]]]] = {}
    for module in _MODULES:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Request) and hasattr(value, "COMMAND"):
                known = found.setdefault(value.COMMAND, [])
                if value not in known:
                    known.append(value)
    return {command: tuple(kinds) for command, kinds in sorted(found.items())}


REQUESTS: dict[int, tuple[type[Request[Any]], ...]] = _collect()
"""Every request class by its command number; several share a number and differ by code or parameters."""


def request_class(header: Message) -> type[Request[Any]] | None:
    """Find the request that a question or the header packet of a write is; None for an unknown one.

    Args:
        header: The question or header packet, without the payload that a write sends later.
    """
    for kind in REQUESTS.get(header.command, ()):
        if kind.matches(header):
            return kind
    return None


def has_payload_packets(header: Message) -> bool:
    """Whether payload packets follow this header packet (section 3.2)."""
    if header.command == identity.IDENTIFY:
        return header.param1 > 0
    kinds = REQUESTS.get(header.command, ())
    if all(kind.EXCHANGE in WRITES for kind in kinds):
        return bool(kinds)
    kind = request_class(header)
    return kind is not None and kind.EXCHANGE in WRITES


def command_words(command: int) -> str:
    """What a command does, in words; an unknown one by its number."""
    kinds = REQUESTS.get(command)
    return kinds[0].PURPOSE if kinds else f"unknown command {command:#06x}"
