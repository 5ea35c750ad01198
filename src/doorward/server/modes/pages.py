"""The page on which a device is brought to server mode and back, with each step as it is done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from doorward.server.console.frame import console_page, page
from doorward.server.devices.pages import page_context, visible_on_page
from doorward.server.modes.services import LONGEST_PATIENCE, PATIENCE, SHORTEST_PATIENCE


@console_page("devices.view")
def mode(request: HttpRequest, device_id: int) -> HttpResponse:
    """The mode of a device, what a change would send, and the steps of the last one."""
    device = visible_on_page(request, device_id)
    shown = page_context(request) | {"device_id": device.pk, "group_id": device.group_id}
    above = [
        (_("Devices"), reverse("console:devices")),
        (str(device), reverse("console:device", args=[device.pk])),
    ]
    context = {
        "shown": shown,
        "device": device,
        "patience": PATIENCE,
        "shortest": SHORTEST_PATIENCE,
        "longest": LONGEST_PATIENCE,
    }
    return page(request, "modes/mode.html", title=_("Direct and server mode"), above=above, context=context)


console_urlpatterns: list[URLPattern] = [path("devices/<int:device_id>/mode/", mode, name="mode")]
