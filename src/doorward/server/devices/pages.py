"""Pages of devices: the tree with state and reason, and one device in detail. Both are drawn from the API."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _

from doorward.protocol.biostar1.models import MODELS
from doorward.server.console.frame import console_page, page
from doorward.server.console.navigation import address_of
from doorward.server.devices import services
from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device
from doorward.server.devices.shapes import HIGHEST_DEVICE_ID
from doorward.server.events.catalogue import meaning, way
from doorward.server.events.choices import Severity
from doorward.server.events.models import Event
from doorward.server.events.reading import last_position
from doorward.server.operators.access import Access
from doorward.server.people.erased import pseudonym_of, shown_number

RIGHTS: Final = (
    "devices.view", "devices.approve", "devices.edit", "devices.groups", "devices.command", "devices.hold",
    "devices.takeover", "agents.view", "devices.configure",
    "doors.open", "events.view", "network.search", "network.change",
)  # fmt: skip
LAST_EVENTS: Final = 20
PROBE_PAGES: Final = ("console:probe", "console:ports_probe", "console:port_probe")
SEVERITY_KINDS: Final = {
    Severity.INFO: "neutral",
    Severity.NOTICE: "info",
    Severity.WARNING: "warn",
    Severity.ALARM: "bad",
}


def rights_for_pages(access: Access) -> dict[str, list[int] | None]:
    """The rights of the reader that pages of devices need, each with the groups in which it holds; None: all."""
    return {
        name: None if access.scopes[name] is None else sorted(access.scopes[name] or ())
        for name in RIGHTS
        if access.may(name)
    }


def model_titles() -> dict[str, str]:
    """The names on the boxes by the names for programs."""
    return {model.slug: model.title for model in MODELS}


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What the scripts of these pages need."""
    return {
        "rights": rights_for_pages(request.user.access),  # type: ignore[union-attr] # an operator, since the page is guarded
        "models": model_titles(),
        "operator": request.user.get_username(),
        "position": last_position(),
        "addresses": {
            "devices": reverse("console:devices"),
            "agents": reverse("console:agents"),
            "find": address_of("console:find_devices") or "",
            "edit": _edit_address(),
            "probe": _probe_address(),
        },
        "site_zone": settings.TIME_ZONE,
    }


@console_page("devices.view")
def devices(request: HttpRequest) -> HttpResponse:
    """All devices by group, as they do now."""
    shown = page_context(request)
    shortcuts = [("↑ ↓", _("From line to line")), ("← →", _("Close and open a group")), ("␣", _("Choose a device"))]
    return page(
        request, "devices/devices.html", title=_("Devices"), context={"shown": shown, "page_shortcuts": shortcuts}
    )


@console_page("devices.view")
def device(request: HttpRequest, device_id: int) -> HttpResponse:
    """One device in detail."""
    found = visible_on_page(request, device_id)
    names = reverse("console:people_names") if request.user.has_perm("people.view") else ""
    shown = page_context(request) | {"device_id": found.pk, "people": names}
    above = [(_("Devices"), reverse("console:devices"))]
    is_let_in = found.approval == Approval.APPROVED and request.user.has_perm("sync.view", found)
    context = {
        "shown": shown,
        "device": found,
        "events": last_events(request, found),
        "sync_address": reverse("console:sync_device", args=[found.pk]) if is_let_in else "",
    }
    return page(request, "devices/device.html", title=str(found), above=above, context=context)


def last_events(request: HttpRequest, found: Device) -> list[dict[str, Any]] | None:
    """The newest events that happened at a device; None for a reader who may not see events."""
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded
    if not access.may_in("events.view", found.group_id):
        return None
    rows = Event.objects.filter(origin=found.pk).order_by("-local_time")[:LAST_EVENTS]
    return [
        {
            "utc": row.utc.isoformat(),
            "words": meaning(row.generation, row.code).words,
            "how": way(row.generation, row.code, row.sub_code),
            "person": shown_number(row.person),
            "pseudonym": pseudonym_of(row.person),
            "severity": Severity(row.severity).label,
            "position": row.position,
        }
        for row in sorted(rows, key=lambda row: row.position, reverse=True)
    ]


def visible_on_page(request: HttpRequest, device_id: int) -> Device:
    """A device that the reader of a page may see.

    Raises:
        Http404: There is none for him.
    """
    if device_id > HIGHEST_DEVICE_ID:
        raise Http404
    try:
        found = services.one_device(device_id)
    except services.UnknownDevice:
        raise Http404 from None
    if not request.user.has_perm("devices.view", found):
        raise Http404
    return found


def _edit_address() -> str:
    """Where a device is edited, with 0 in the place of its number."""
    return reverse("admin:devices_device_change", args=[0])


def _probe_address() -> str:
    """Where it is found out why a device is not reached, with 0 in the place of its number; empty without a page."""
    for name in PROBE_PAGES:
        try:
            return reverse(name, args=[0])
        except NoReverseMatch:
            continue
    return ""


console_urlpatterns = [
    path("devices/", devices, name="devices"),
    path("devices/<int:device_id>/", device, name="device"),
]
