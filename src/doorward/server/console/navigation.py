"""The navigation of the console: which pages there are, in which group, and who sees them.

An entry names the addresses at which its page may be, the live page of our own before the list of what is kept. An
entry whose page does not exist, or that the operator has no permission for, is not listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device
from doorward.server.events.choices import AlarmState
from doorward.server.events.models import Alarm
from doorward.server.operators.access import Access
from doorward.server.operators.models import Operator
from doorward.server.operators.rights import RIGHTS

Words = str | Promise

MOST_COUNTED = 99
MOST_IN_SIGHT = 18
"""So many pages are seen at once on a usual screen."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One page.

    Attributes:
        title: What it is called.
        icon: Name of its picture in the icon font.
        permission: What is needed to see it; any of them is enough. Empty: signing in.
        views: Names of its views; the first that exists is taken.
        keys: Letter that leads there after ``g``; empty for none.
        count: Counts what waits there for somebody who may do so much; None counts nothing.
    """

    title: Words
    icon: str
    permission: tuple[str, ...]
    views: tuple[str, ...]
    keys: str = ""
    count: Callable[[Access], int] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together.

    Attributes:
        title: What they are called together.
        entries: The pages.
        folds: Whether its title folds it up; what is needed every day stands open, so that all of it is in sight.
    """

    title: Words
    entries: tuple[Entry, ...]
    folds: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is shown."""

    title: Words
    icon: str
    address: str
    keys: str
    active: bool
    waiting: str


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """A group as it is shown; one that folds is open where this page is in it, or where all are few."""

    title: Words
    links: tuple[Link, ...]
    folds: bool
    open: bool


def _open_alarms(access: Access) -> int:
    alarms = access.among("alarms.view", Alarm.objects.filter(state=AlarmState.OPEN), "device__group")
    return alarms.order_by()[: MOST_COUNTED + 1].count()


def _waiting_devices(access: Access) -> int:
    devices = access.among("devices.approve", Device.objects.filter(approval=Approval.WAITING), "group")
    return devices.order_by()[: MOST_COUNTED + 1].count()


GROUPS: tuple[Group, ...] = (
    Group(
        _("Now"),
        (
            Entry(_("Dashboard"), "space_dashboard", (), ("console:dashboard",), "d"),
            Entry(_("Live"), "bolt", ("events.view_event",), ("console:live",), "l"),
            Entry(_("Doors"), "door_front", ("doors.view",), ("console:doors",), "o"),
            Entry(_("Floor plans"), "map", ("doors.view",), ("console:floor_plans",), "f"),
            Entry(
                _("Alarms"),
                "notifications",
                ("events.view_alarm",),
                ("console:alarms", "admin:events_alarm_changelist"),
                "a",
                _open_alarms,
            ),
        ),
    ),
    Group(
        _("People"),
        (
            Entry(_("People"), "groups", ("people.view",), ("console:people",), "p"),
            Entry(_("Access groups"), "key_vertical", ("access.view",), ("console:access_groups",), "c"),
            Entry(_("Schedules"), "calendar_clock", ("access.view",), ("console:schedules",), "t"),
            Entry(_("Holidays"), "event", ("access.view",), ("console:holidays",)),
        ),
    ),
    Group(
        _("Devices"),
        (
            Entry(
                _("Devices"),
                "nest_doorbell_visitor",
                ("devices.view_device",),
                ("console:devices", "admin:devices_device_changelist"),
                "v",
                _waiting_devices,
            ),
            Entry(_("Find devices"), "travel_explore", ("network.search",), ("console:find_devices",), "n"),
            Entry(_("Agents"), "hub", ("agents.view",), ("console:agents",)),
            Entry(_("Sync"), "sync", ("sync.view",), ("console:sync",), "y"),
            Entry(
                _("Groups"),
                "account_tree",
                ("devices.view_devicegroup",),
                ("console:groups", "admin:devices_devicegroup_changelist"),
            ),
            Entry(
                _("Connection history"),
                "history",
                ("devices.view_connectionhistory",),
                ("console:connection_history", "admin:devices_connectionhistory_changelist"),
            ),
        ),
    ),
    Group(
        _("Record"),
        (
            Entry(
                _("Events"),
                "list_alt",
                ("events.view_event",),
                ("console:events", "admin:events_event_changelist"),
                "e",
            ),
            Entry(_("Reports"), "summarize", ("events.export",), ("console:reports",), "r"),
            Entry(_("Gaps"), "broken_image", ("events.view_gap",), ("console:gaps", "admin:events_gap_changelist")),
        ),
    ),
    Group(
        _("Administration"),
        (
            Entry(
                _("Operators"),
                "group",
                ("operators.view", "operators.manage", "operators.view_operator"),
                ("console:operators",),
                "u",
            ),
            Entry(
                _("Roles"),
                "badge",
                ("operators.view", "operators.manage", "operators.view_role"),
                ("console:roles",),
            ),
            Entry(
                _("Audit log"),
                "policy",
                ("audit.view",),
                ("console:audit", "admin:audit_auditline_changelist", "admin:audit_auditentry_changelist"),
            ),
            Entry(
                _("API tokens"),
                "key",
                ("tokens.own", "tokens.manage", "operators.view_apitoken"),
                ("console:tokens",),
            ),
            Entry(
                _("Webhooks"),
                "webhook",
                ("webhooks.manage",),
                ("console:webhooks", "admin:webhooks_webhook_changelist"),
            ),
            Entry(
                _("Certificates"),
                "verified_user",
                ("certificates.view", "certificates.manage", "certificates.view_devicecertificate"),
                ("console:certificates", "admin:certificates_devicecertificate_changelist"),
            ),
            Entry(_("Ports"), "lan", ("ports.view",), ("console:ports",)),
            Entry(_("System"), "monitor_heart", ("server.view",), ("console:system",), "s"),
        ),
        folds=True,
    ),
)


def navigation(request: HttpRequest) -> list[LinkGroup]:
    """The navigation as the operator of a request sees it."""
    if not isinstance(request.user, Operator):
        return []
    access = request.user.access
    found: list[tuple[Group, list[tuple[Entry, str]]]] = []
    for group in GROUPS:
        entries = [(entry, address) for entry in group.entries if (address := _address(request, entry)) is not None]
        if entries:
            found.append((group, entries))
    # The longest address that leads to this page is the one that is lit.
    here = max(
        (address for _group, entries in found for _entry, address in entries if request.path.startswith(address)),
        key=len,
        default="",
    )
    are_few = sum(len(entries) for _group, entries in found) <= MOST_IN_SIGHT
    return [
        LinkGroup(
            group.title,
            tuple(
                Link(entry.title, entry.icon, address, entry.keys, address == here, _waiting(entry, access))
                for entry, address in entries
            ),
            group.folds,
            are_few or any(address == here for _entry, address in entries),
        )
        for group, entries in found
    ]


def address_of(*views: str) -> str | None:
    """The address of the first of these views that exists."""
    for view in views:
        try:
            return reverse(view)
        except NoReverseMatch:
            continue
    return None


def _address(request: HttpRequest, entry: Entry) -> str | None:
    if entry.permission and not any(map(request.user.has_perm, entry.permission)):
        return None
    return address_of(*entry.views)


def _waiting(entry: Entry, access: Access) -> str:
    count = entry.count(access) if entry.count is not None else 0
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def pages_with(rights: Iterable[str]) -> list[tuple[Words, Words]]:
    """The pages that somebody with these rights sees, each with the group that it is in."""
    held = frozenset(rights)
    covered = {permission for right in held for permission in (right, *RIGHTS[right].covers)}
    return [
        (group.title, entry.title)
        for group in GROUPS
        for entry in group.entries
        if (not entry.permission or covered & set(entry.permission)) and address_of(*entry.views) is not None
    ]
