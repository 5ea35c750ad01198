"""What the dashboard shows: the fleet, alarms and today in numbers, and what wants doing next."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorward.gateway.collaborators import DeviceState
from doorward.server.checks import Finding, Level
from doorward.server.checks.running import run_checks
from doorward.server.console.navigation import address_of
from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device
from doorward.server.events.choices import AlarmState, Category
from doorward.server.events.models import Alarm, Event
from doorward.server.operators.access import Access
from doorward.server.operators.models import Operator
from doorward.server.people.models import Person

HOURS: Final = 24
HOUR_SECONDS: Final = 3600
UNDER_WAY: Final = (
    DeviceState.CONNECTING.value,
    DeviceState.IDENTIFYING.value,
    DeviceState.CATCHING_UP.value,
    # Its line was left to another program on purpose, so nobody has to look for it.
    DeviceState.RELEASED.value,
)
ENTRY: Final = (Category.ACCESS_GRANTED.value, Category.ACCESS_DENIED.value)
CHECKS_HOLD_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """How many devices stand how."""

    total: int = 0
    approved: int = 0
    live: int = 0
    under_way: int = 0
    lost: int = 0
    waiting: int = 0
    unnamed: int = 0


@dataclass(frozen=True, slots=True)
class Hour:
    """Entries of one hour of today, by the devices' own clocks."""

    hour: int
    granted: int
    denied: int


@dataclass(frozen=True, slots=True)
class Task:
    """Something that wants doing.

    Attributes:
        key: Its name for the script of the page.
        icon: Name of its picture.
        title: What, in a few words.
        words: Why, or how.
        address: Where it is done; empty where no page does it.
        action: What the link says.
        kind: How urgent: bad, warn or info.
    """

    key: str
    icon: str
    title: str
    words: str
    address: str
    action: str
    kind: str = "info"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of setting up a new installation."""

    title: str
    words: str
    done: bool
    address: str
    action: str


def fleet_of(access: Access) -> Fleet:
    """The devices that somebody may see, counted in the database."""
    devices = access.among("devices.view", Device.objects.all(), "group")
    kept = Q(approval=Approval.APPROVED, enabled=True)
    found = devices.aggregate(
        total=Count("pk"),
        approved=Count("pk", filter=Q(approval=Approval.APPROVED)),
        live=Count("pk", filter=kept & Q(status__state=DeviceState.LIVE.value)),
        under_way=Count("pk", filter=kept & Q(status__state__in=UNDER_WAY)),
        waiting=Count("pk", filter=Q(approval=Approval.WAITING)),
        unnamed=Count("pk", filter=Q(approval=Approval.APPROVED, name="")),
        kept=Count("pk", filter=kept),
    )
    lost = found.pop("kept") - found["live"] - found["under_way"]
    return Fleet(lost=lost, **found)


def open_alarms(access: Access) -> int:
    """Alarms that nobody has acknowledged."""
    return access.among("alarms.view", Alarm.objects.filter(state=AlarmState.OPEN), "device__group").count()


def hours_of_today(access: Access, now: datetime | None = None) -> list[Hour]:
    """Entries of today, hour by hour."""
    here = timezone.localtime(now)
    start = here.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        access.among("events.view", Event.objects.all(), "device__group")
        .filter(utc__gte=start, utc__lt=start + timedelta(days=1), category__in=ENTRY)
        .order_by()
        .annotate(hour=F("local_time") / HOUR_SECONDS % HOURS)
        .values("hour", "category")
        .annotate(count=Count("pk"))
    )
    counts = {(int(row["hour"]), row["category"]): row["count"] for row in rows}
    return [
        Hour(
            hour,
            counts.get((hour, Category.ACCESS_GRANTED.value), 0),
            counts.get((hour, Category.ACCESS_DENIED.value), 0),
        )
        for hour in range(HOURS)
    ]


def tasks_of(access: Access, fleet: Fleet, alarms: int) -> list[Task]:
    """What wants doing now, the most urgent first."""
    found: list[Task] = []
    devices = address_of("console:devices", "admin:devices_device_changelist") or ""
    if alarms:
        found.append(
            Task(
                "alarms",
                "notifications",
                ngettext("%(count)s alarm is open", "%(count)s alarms are open", alarms) % {"count": alarms},
                _("Look at each, then acknowledge it with what you found."),
                address_of("console:alarms", "admin:events_alarm_changelist") or "",
                _("To the alarms"),
                "bad",
            )
        )
    if fleet.waiting:
        found.append(
            Task(
                "waiting",
                "how_to_reg",
                ngettext("%(count)s device waits for approval", "%(count)s devices wait for approval", fleet.waiting)
                % {"count": fleet.waiting},
                _("Nothing of it is kept before somebody lets it in. Compare its number and address first."),
                devices if access.may("devices.approve") else "",
                _("To the devices"),
                "warn",
            )
        )
    if fleet.lost:
        found.append(
            Task(
                "lost",
                "link_off",
                ngettext("%(count)s device is not connected", "%(count)s devices are not connected", fleet.lost)
                % {"count": fleet.lost},
                _("The reason stands beside each; the server keeps trying by itself."),
                devices,
                _("To the devices"),
                "warn",
            )
        )
    return found


def steps_of(access: Access, fleet: Fleet) -> list[Step]:
    """How a new installation goes on; empty once it is set up, or for whoever does not set up."""
    if not access.may("devices.approve") or not access.everywhere("devices.view"):
        return []
    alone = access.may("operators.manage") and Operator.objects.filter(is_active=True).count() < 2
    steps = [
        Step(
            _("Find your devices"),
            _("Search the network; devices in server mode also dial in by themselves once they know this server."),
            fleet.total > 0,
            address_of("console:find_devices") or "",
            _("Find devices"),
        ),
        Step(
            _("Approve them"),
            _("A device that nobody approved is held at the gate: nothing that it says is kept."),
            fleet.approved > 0,
            address_of("console:devices", "admin:devices_device_changelist") or "",
            _("Approve"),
        ),
        Step(
            _("Give them names"),
            _("Name each after the door at which it stands; everybody reads this name afterwards."),
            fleet.approved > 0 and fleet.unnamed == 0,
            address_of("console:devices", "admin:devices_device_changelist") or "",
            _("Name devices"),
        ),
        Step(
            _("Add people"),
            _("One by one, from a file, or from the devices that hold them already; then say who may pass which door."),
            Person.objects.exists(),
            (address_of("console:people") or "") if access.may("people.view") else "",
            _("To the people"),
        ),
    ]
    if access.may("operators.manage"):
        steps.append(
            Step(
                _("Give each colleague an account"),
                _("So that everybody has just the rights that he needs, and the audit log knows who did what."),
                not alone,
                address_of("console:operators") or "",
                _("Add operators"),
            )
        )
    # Who works alone is not asked for colleagues for ever: this step alone keeps the list on no page.
    return [] if all(step.done for step in steps[:4]) else steps


def numbers(access: Access) -> dict[str, Any]:
    """All that changes by itself on the page, for its script."""
    fleet = fleet_of(access) if access.may("devices.view") else Fleet()
    alarms = open_alarms(access) if access.may("alarms.view") else 0
    hours = hours_of_today(access) if access.may("events.view") else []
    return {
        "fleet": asdict(fleet),
        "alarms": alarms,
        "granted": sum(hour.granted for hour in hours),
        "denied": sum(hour.denied for hour in hours),
        "hours": [asdict(hour) for hour in hours],
        "todo": [task.key for task in tasks_of(access, fleet, alarms)]
        + [str(step.done) for step in steps_of(access, fleet)],
    }


class Warnings:
    """What the checks of the server find wrong; looked at once a minute at most, since they take their time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: list[Finding] = []
        self._at: float | None = None

    def now(self) -> list[Finding]:
        """The findings that are not well, the worst first."""
        with self._lock:
            if self._at is None or time.monotonic() - self._at > CHECKS_HOLD_SECONDS:
                self._found = [found for found in run_checks(settings.DOORWARD) if found.level is not Level.OK]
                self._found.sort(key=lambda found: found.level is not Level.ERROR)
                self._at = time.monotonic()
            return list(self._found)


WARNINGS: Final = Warnings()
