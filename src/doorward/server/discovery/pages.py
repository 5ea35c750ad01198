"""The page that leads from a search to a device that works."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from doorward.protocol.biostar1.udp_exchange import UDP_PORT
from doorward.protocol.biostar2.frame import UDP_PORT as BIOSTAR2_UDP_PORT
from doorward.server.agents.models import Agent
from doorward.server.console.frame import console_page, page
from doorward.server.devices.pages import page_context
from doorward.server.discovery import services
from doorward.transport.interfaces import interfaces


@console_page("network.search")
def find_devices(request: HttpRequest) -> HttpResponse:
    """Search, pick, set up, wait, let in."""
    cards = [
        {"name": card.name, "address": card.address, "network": str(card.network), "loopback": card.loopback}
        for card in interfaces()
        if card.up
    ]
    shown = page_context(request) | {
        "cards": cards,
        "udp_ports": {"biostar1": UDP_PORT, "biostar2": BIOSTAR2_UDP_PORT},
        "server_port": services.server_port(),
        "longest_search": services.LONGEST_SEARCH,
        "agents": _agents(request),
    }
    above = [(_("Devices"), reverse("console:devices"))]
    return page(request, "discovery/find_devices.html", title=_("Find devices"), above=above, context={"shown": shown})


def _agents(request: HttpRequest) -> list[dict[str, Any]]:
    """The agents from whose branches the reader may search."""
    if not request.user.has_perm("agents.view"):
        return []
    rows = Agent.objects.filter(revoked__isnull=True).exclude(fingerprint="")
    return [{"id": row.pk, "name": row.name, "connected": row.connected_since is not None} for row in rows]


console_urlpatterns = [path("find-devices/", find_devices, name="find_devices")]
