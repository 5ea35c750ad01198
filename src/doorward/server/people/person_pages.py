"""The page of one person: what is known, what opens doors, which doors, and on which devices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from doorward.server.access.models import AccessGroup, AccessRight
from doorward.server.access.words import day_words, week_words
from doorward.server.console.frame import console_page, page
from doorward.server.devices.models import Device
from doorward.server.doors.services import visible_doors
from doorward.server.events.catalogue import meaning, way
from doorward.server.events.choices import Severity
from doorward.server.events.models import Event
from doorward.server.events.reading import last_position
from doorward.server.operators.access import Access
from doorward.server.people.models import CardFormat, Person, PersonField
from doorward.server.people.photos import KIND, NoPhoto, photo_of
from doorward.server.people.services import listed_people
from doorward.server.people.validity import validity_of
from doorward.server.read_only_admin import device_address
from doorward.server.sync.models import Held, ManagedDevice, Waiting
from doorward.server.sync.people_standing import standings

VIEW: Final = "people.view"
LAST_EVENTS: Final = 15
MOST_DOORS: Final = 1000
RIGHTS: Final = (
    "people.edit",
    "people.credentials",
    "people.erase",
    "access.view",
    "access.edit",
    "sync.view",
    "events.view",
)


@dataclass(frozen=True, slots=True)
class DoorLine:
    """A door that a person may pass, with each of the groups by which and when."""

    name: str
    device: str
    times: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device that holds a person, or shall."""

    name: str
    address: str
    kind: str
    words: str
    details: str
    since: datetime | None


@console_page(VIEW)
def person(request: HttpRequest, person_number: int) -> HttpResponse:
    """One person."""
    found = listed_people().filter(number=person_number).first()
    if found is None:
        raise Http404
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded
    may = {name.replace(".", "_"): access.may(name) for name in RIGHTS}
    groups = list(found.access_groups.order_by("name"))
    all_groups = AccessGroup.objects.order_by("name") if may["access_view"] else AccessGroup.objects.none()
    context = {
        "person": found,
        "may": may,
        "validity": validity_of(found, timezone.now()),
        "facts": _facts(found),
        "fingers": found.fingers.defer("first", "second"),
        "faces": found.faces.defer("template", "still_image"),
        "groups": groups,
        "doors": _doors(found, access) if may["access_view"] else [],
        "devices": _devices(found.number, access) if may["sync_view"] else [],
        "standing": standings([found.number]).get(found.number),
        "events": last_events(found.number, access),
        "data": {
            "number": found.number,
            "name": str(found),
            "api": f"/api/v1/people/{found.number}",
            "may": may,
            "disabled": found.disabled,
            "has_pin": bool(getattr(found, "has_pin", False)),
            "formats": list(CardFormat.objects.values("id", "name", "reading", "facility_length")),
            "groups": [item.number for item in groups],
            "all_groups": list(all_groups.values("number", "name")),
            "position": last_position(),
            "list": reverse("console:people"),
            "checker": _checker(access),
        },
    }
    above = [(_("People"), reverse("console:people"))]
    return page(request, "people/person.html", title=str(found), above=above, context=context)


@console_page(VIEW)
def person_photo(request: HttpRequest, person_number: int) -> HttpResponse:
    """The photo of a person; its address changes with it."""
    del request
    try:
        picture = photo_of(Person.objects.only("number", "photo", "photo_digest").get(number=person_number))
    except (Person.DoesNotExist, NoPhoto):
        raise Http404 from None
    return HttpResponse(picture, content_type=KIND)


def _checker(access: Access) -> dict[str, Any]:
    """What is needed to ask whether somebody may pass a door."""
    if not access.may("access.view"):
        return {"doors": []}
    doors = visible_doors(access).order_by("name", "device__name", "pk")[:MOST_DOORS]
    return {
        "doors": [{"id": door.pk, "name": door.title} for door in doors],
        "now": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "address": reverse("console:access_check"),
    }


def _facts(found: Person) -> list[tuple[str, str]]:
    """What is known, each with its name; what is empty is left out."""
    own = [(field.name, str(found.fields.get(field.slug, ""))) for field in PersonField.objects.all()]
    more = [
        (_("Matching of fingers and faces"), found.get_security_level_display() if found.security_level else ""),
        (_("Entries a day"), str(found.daily_entry_limit or "")),
        (_("Minutes before entering again"), str(found.anti_passback_minutes or "")),
        (_("Menus of terminals"), _("may be used") if found.terminal_administrator else ""),
    ]
    facts = [
        (_("Number"), str(found.number)),
        (_("Department"), _department_path(found)),
        (_("Mail"), found.email),
        (_("Telephone"), found.phone),
        *own,
        *more,
    ]
    return [(name, value) for name, value in facts if value]


def _department_path(found: Person) -> str:
    names, at = [], found.department
    while at is not None:
        names.append(at.name)
        at = at.parent
    return " / ".join(reversed(names))


def _doors(found: Person, access: Access) -> list[DoorLine]:
    """The doors that the groups of a person open, as far as the reader may see doors."""
    rights = AccessRight.objects.filter(group__memberships__person=found).select_related(
        "door__device", "schedule", "group"
    )
    seen = access.among("doors.view", rights, "door__device__group")
    lines: dict[int, DoorLine] = {}
    for right in seen.prefetch_related("schedule__holidays__holiday").order_by("door__name", "door", "group__name"):
        line = lines.setdefault(right.door_id, DoorLine(right.door.title, str(right.door.device), []))
        if right.schedule is None:
            line.times.append((right.group.name, _("always"), ""))
            continue
        holidays = "; ".join(f"{row.holiday.name}: {day_words(row.intervals)}" for row in right.schedule.holidays.all())
        line.times.append((right.group.name, f"{right.schedule.name}: {week_words(right.schedule.days)}", holidays))
    return list(lines.values())


def _devices(number: int, access: Access) -> list[DeviceLine]:
    """The devices that hold a person, or shall hold one, as far as the reader may see them."""
    held = set(Held.objects.filter(number=number).values_list("device_id", flat=True))
    waiting = {row.device_id: row for row in Waiting.objects.filter(number=number)}
    rows = access.among("sync.view", Device.objects.filter(pk__in=held | waiting.keys()), "group")
    managed = set(ManagedDevice.objects.filter(managed=True).values_list("pk", flat=True))
    lines = []
    for device in rows.select_related("status").order_by("name", "pk"):
        wait = waiting.get(device.pk)
        kind, words, details, since = "good", _("on the device"), "", None
        if wait is not None and wait.problem:
            kind, words, details, since = "bad", _("cannot be sent"), wait.problem, wait.since
        elif wait is not None:
            status = getattr(device, "status", None)
            is_live = status is not None and status.state == "live"
            kind, words, since = "warn", _("change waits") if device.pk in held else _("waits to be sent"), wait.since
            details = "" if is_live else _("The device is not connected.")
        if device.pk not in managed:
            kind, words, details = "neutral", _("left as it is"), _("People on this device do not come from here.")
        lines.append(DeviceLine(str(device), device_address(device.pk), kind, words, details, since))
    return lines


def last_events(number: int, access: Access) -> list[dict[str, Any]] | None:
    """The newest events of a person; None for a reader who may not see events."""
    if not access.may("events.view"):
        return None
    rows = access.among("events.view", Event.objects.filter(person=number), "device__group").order_by("-position")
    names = dict(Device.objects.exclude(name="").values_list("pk", "name"))
    return [
        {
            "utc": timezone.localtime(row.utc),
            "words": _(meaning(row.generation, row.code).words),
            "how": way(row.generation, row.code, row.sub_code),
            "device": names.get(row.origin, str(row.origin)),
            "severity": Severity(row.severity).label,
            "address": reverse("console:event", args=[row.position]),
        }
        for row in rows[:LAST_EVENTS]
    ]


urlpatterns = [
    path("people/<int:person_number>/", person, name="person"),
    path("people/<int:person_number>/photo/", person_photo, name="person_photo"),
]
