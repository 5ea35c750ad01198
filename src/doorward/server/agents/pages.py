"""Pages of agents: all of them and how they do, and one with its devices and what it may reach. Drawn from the API."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from doorward.protocol.tunnel.reach import DEVICE_TCP_PORTS, DEVICE_UDP_PORTS
from doorward.server.agents import services
from doorward.server.agents.services import CODE_HOURS, MOST_CODE_HOURS
from doorward.server.console.frame import console_page, page
from doorward.server.devices.pages import model_titles
from doorward.server.discovery.services import server_port
from doorward.server.operators.access import Access

HIGHEST_NUMBER = 2**63 - 1


@console_page("agents.view")
def agents(request: HttpRequest) -> HttpResponse:
    """All agents, as they do now."""
    return page(request, "agents/agents.html", title=_("Agents"), context={"shown": _shown(request)})


@console_page("agents.view")
def agent(request: HttpRequest, agent_id: int) -> HttpResponse:
    """One agent in detail."""
    try:
        found = services.one_agent(agent_id) if agent_id <= HIGHEST_NUMBER else None
    except services.UnknownAgent:
        found = None
    if found is None:
        raise Http404
    shown = _shown(request) | {"agent_id": found.pk}
    above = [(_("Agents"), reverse("console:agents"))]
    return page(request, "agents/agent.html", title=found.name, above=above, context={"shown": shown, "agent": found})


def _shown(request: HttpRequest) -> dict[str, Any]:
    """What the scripts need."""
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded
    return {
        "rights": {name: None for name in ("agents.view", "agents.manage", "devices.view") if access.may(name)},
        "models": model_titles(),
        "addresses": {"devices": reverse("console:devices"), "agents": reverse("console:agents")},
        "ports": {"tcp": list(DEVICE_TCP_PORTS), "udp": list(DEVICE_UDP_PORTS)},
        "hours": {"usual": CODE_HOURS, "most": MOST_CODE_HOURS},
        "server_port": server_port(),
    }


console_urlpatterns: list[URLPattern] = [
    path("agents/", agents, name="agents"),
    path("agents/<int:agent_id>/", agent, name="agent"),
]
