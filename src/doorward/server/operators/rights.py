"""The rights that an operator can have, each by its name, and the roles that come with Doorward.

A role gives rights; an operator has roles, each everywhere or in some groups of devices. Nothing is allowed that no
right names: a table of the database that no right covers can be neither seen nor changed in the console.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from doorward.model.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Right:
    """One right.

    Attributes:
        name: Its name for programs, such as ``doors.open``.
        words: What it lets somebody do.
        by_group: Whether it can be given for groups of devices alone.
        covers: Permissions of the console's tables that it stands for, as Django names them.
    """

    name: str
    words: str
    by_group: bool = False
    covers: tuple[str, ...] = ()


def _table(app: str, model: str, *actions: str) -> tuple[str, ...]:
    return tuple(f"{app}.{action}_{model}" for action in actions)


_CHANGES: Final = ("add", "change", "delete")

ALL_RIGHTS: Final[tuple[Right, ...]] = (
    Right(
        "devices.view",
        "See devices, their state and their history",
        by_group=True,
        covers=(
            *_table("devices", "device", "view"),
            *_table("devices", "devicegroup", "view"),
            *_table("devices", "devicestatus", "view"),
            *_table("devices", "connectionhistory", "view"),
            *_table("devices", "deviceledger", "view"),
            *_table("events", "gap", "view"),
            *_table("holds", "hold", "view"),
            *_table("holds", "holdrequest", "view"),
        ),
    ),
    Right(
        "devices.approve",
        "Let devices in and keep them out",
        by_group=True,
    ),
    Right(
        "devices.edit",
        "Add, name, group and remove devices, and change how they are reached",
        by_group=True,
        covers=_table("devices", "device", *_CHANGES),
    ),
    Right("devices.groups", "Arrange the groups of devices", covers=_table("devices", "devicegroup", *_CHANGES)),
    Right("devices.command", "Restart devices, set their clocks, read their logs, connect anew", by_group=True),
    Right(
        "devices.hold",
        "Have a device in direct mode alone, leave its line to another program, and ask for one that is held",
        by_group=True,
    ),
    Right("devices.takeover", "Take a device in direct mode from whoever holds it", by_group=True),
    Right("devices.configure", "Read and change the settings that a device holds", by_group=True),
    Right(
        "doors.view",
        "See doors, their state and the floor plans",
        by_group=True,
        covers=(*_table("doors", "door", "view"), *_table("doors", "floorplan", "view")),
    ),
    Right("doors.open", "Open, hold open, lock and release doors", by_group=True),
    Right(
        "doors.edit",
        "Add, name and place doors, and draw floor plans",
        by_group=True,
        covers=(*_table("doors", "door", *_CHANGES), *_table("doors", "floorplan", *_CHANGES)),
    ),
    Right(
        "events.view",
        "See events as they come and search them",
        by_group=True,
        covers=(*_table("events", "event", "view"), *_table("events", "eventimage", "view")),
    ),
    Right("events.export", "Take events away in files", by_group=True),
    Right("alarms.view", "See alarms", by_group=True, covers=_table("events", "alarm", "view")),
    Right(
        "alarms.acknowledge",
        "Acknowledge alarms",
        by_group=True,
        covers=_table("events", "alarm", "change"),
    ),
    Right(
        "people.view",
        "See people and their departments",
        covers=(
            *_table("people", "person", "view"),
            *_table("people", "department", "view"),
            *_table("people", "personfield", "view"),
            *_table("people", "cardformat", "view"),
            *_table("people", "erasedperson", "view"),
        ),
    ),
    Right(
        "people.edit",
        "Add, change and remove people, departments and own fields",
        covers=(
            *_table("people", "person", *_CHANGES),
            *_table("people", "department", *_CHANGES),
            *_table("people", "personfield", *_CHANGES),
        ),
    ),
    Right(
        "people.credentials",
        "Give and take cards, PINs, fingers and faces, and enrol them at devices",
        covers=_table("people", "cardformat", *_CHANGES),
    ),
    Right("people.import", "Take people in from files and devices, and take them away in files"),
    Right("people.erase", "Erase people for good, and give out all that is kept of them"),
    Right(
        "access.view",
        "See access groups, schedules and holidays, and who may pass which doors when",
        covers=(
            *_table("access", "accessgroup", "view"),
            *_table("access", "accessright", "view"),
            *_table("access", "membership", "view"),
            *_table("access", "schedule", "view"),
            *_table("access", "holiday", "view"),
        ),
    ),
    Right(
        "access.edit",
        "Change access groups, schedules and holidays, and who may pass which doors when",
        covers=(
            *_table("access", "accessgroup", *_CHANGES),
            *_table("access", "accessright", *_CHANGES),
            *_table("access", "membership", *_CHANGES),
            *_table("access", "schedule", *_CHANGES),
            *_table("access", "holiday", *_CHANGES),
        ),
    ),
    Right("sync.view", "See what devices hold of people and rights, and what is still to be sent", by_group=True),
    Right(
        "sync.manage",
        "Choose which devices are kept up to date, and decide on what was changed at a device by hand",
        by_group=True,
    ),
    Right("network.search", "Search for devices in the server's networks"),
    Right("network.change", "Change the network settings of devices by UDP, and reset them"),
    Right(
        "operators.view",
        "See operators, their roles and sessions",
        covers=(
            *_table("operators", "operator", "view"),
            *_table("operators", "role", "view"),
            *_table("operators", "roleassignment", "view"),
            *_table("operators", "operatorsession", "view"),
        ),
    ),
    Right(
        "operators.manage",
        "Add operators, make and give roles, end sessions",
        covers=(
            *_table("operators", "operator", *_CHANGES),
            *_table("operators", "role", *_CHANGES),
            *_table("operators", "roleassignment", *_CHANGES),
            *_table("operators", "operatorsession", "change"),
        ),
    ),
    Right("tokens.own", "Make and revoke API tokens of one's own"),
    Right(
        "tokens.manage",
        "See and revoke everybody's API tokens",
        covers=_table("operators", "apitoken", "view", "change"),
    ),
    Right("audit.view", "See who did what", covers=_table("audit", "auditentry", "view")),
    Right("webhooks.manage", "Send all that happens, events and alarms included, to other programs"),
    Right(
        "certificates.view",
        "See certificates of devices",
        covers=(*_table("certificates", "authority", "view"), *_table("certificates", "devicecertificate", "view")),
    ),
    Right("certificates.manage", "Issue and revoke certificates of devices"),
    Right("agents.view", "See agents and how they do", covers=_table("agents", "agent", "view")),
    Right("agents.manage", "Add and revoke agents, and say what they may reach"),
    Right("ports.view", "See which network ports are needed, and check them"),
    Right("server.view", "See how the server does: checks, metrics, diagnostics"),
)

RIGHTS: Final = {right.name: right for right in ALL_RIGHTS}

ADMINISTRATOR: Final = "administrator"
OPERATOR: Final = "operator"
MONITOR: Final = "monitor"
INSTALLER: Final = "installer"

_MONITOR: Final = (
    "devices.view",
    "doors.view",
    "events.view",
    "alarms.view",
    "people.view",
    "access.view",
    "sync.view",
)
_OPERATOR: Final = (
    *_MONITOR,
    "alarms.acknowledge",
    "doors.open",
    "events.export",
    "people.edit",
    "people.credentials",
    "people.import",
    "tokens.own",
)
_INSTALLER: Final = (
    "devices.view",
    "devices.approve",
    "devices.edit",
    "devices.groups",
    "devices.command",
    "devices.hold",
    "devices.configure",
    "doors.view",
    "doors.edit",
    "doors.open",
    "events.view",
    "alarms.view",
    "access.view",
    "sync.view",
    "sync.manage",
    "network.search",
    "network.change",
    "certificates.view",
    "certificates.manage",
    "agents.view",
    "agents.manage",
    "ports.view",
    "server.view",
    "tokens.own",
)

BUILT_IN_ROLES: Final[dict[str, tuple[str, frozenset[str]]]] = {
    ADMINISTRATOR: ("Runs the server and gives rights", frozenset(RIGHTS)),
    OPERATOR: ("Watches the doors, opens them, answers alarms", frozenset(_OPERATOR)),
    MONITOR: ("Watches, and changes nothing", frozenset(_MONITOR)),
    INSTALLER: ("Brings devices in and sets them up", frozenset(_INSTALLER)),
}
"""Slug of each role, what it is for, and its rights. They cannot be changed; own roles can be made beside them."""


def rights_that_cover(permission: str) -> frozenset[str]:
    """The rights that stand for a permission of Django, or the right of that very name."""
    return _COVERING.get(permission, frozenset())


def check_rights(names: Iterable[str], *, field: str = "rights") -> frozenset[str]:
    """Make sure that all names are names of rights.

    Raises:
        InvalidInput: One is not.
    """
    chosen = frozenset(names)
    for name in sorted(chosen):
        if name not in RIGHTS:
            raise InvalidInput(field, name, ", ".join(RIGHTS))
    return chosen


def _coverage() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for right in ALL_RIGHTS:
        for permission in (right.name, *right.covers):
            found.setdefault(permission, set()).add(right.name)
    return {permission: frozenset(names) for permission, names in found.items()}


_COVERING: Final = _coverage()
