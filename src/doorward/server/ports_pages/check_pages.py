"""The ports of this machine: which are held, by which program, and which may be taken away."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from doorward.ports.check import DEFAULT_SYSTEMS, Finding, Severity, check_machine, machine_ports
from doorward.server.console.frame import console_page, page
from doorward.server.ports_pages.streaming import Places, streamed
from doorward.server.ports_pages.surroundings import own_places

RIGHT: Final = "ports.view"
KINDS: Final = {
    Severity.OK: "good",
    Severity.NOTE: "info",
    Severity.WARNING: "warn",
    Severity.PROBLEM: "bad",
}
WORDS: Final = {
    Severity.OK: "well",
    Severity.NOTE: "note",
    Severity.WARNING: "warning",
    Severity.PROBLEM: "problem",
}

_places = Places(2)


@console_page(RIGHT)
def check(request: HttpRequest) -> HttpResponse:
    """The page; the look itself comes line by line."""
    return page(request, "ports_pages/check.html", title=_("Ports of this machine"), context={"here": "check"})


@console_page(RIGHT, methods=("POST",))
def run_check(request: HttpRequest) -> HttpResponseBase:  # noqa: ARG001 - the shape of a view
    """Look at each port; a line for each."""
    return streamed(_findings(own_places()), _places)


async def _findings(own: Mapping[str, tuple[str, int]]) -> AsyncGenerator[Mapping[str, Any]]:
    ports = machine_ports(DEFAULT_SYSTEMS, own=own)
    wanted = {item.title for item in ports if item.own}
    async with aclosing(check_machine(ports)) as coming:
        async for finding in coming:
            yield shown(finding, own=finding.subject in wanted)
    yield {"end": True}


def shown(finding: Finding, *, own: bool) -> dict[str, Any]:
    """A finding as the page takes it."""
    severity, text, advice = finding.severity, finding.text, finding.advice
    holder = finding.holder
    if own and holder is not None and holder.process_id == os.getpid():
        # However this program was started: a port that this very process holds is as it should be.
        severity, text, advice = Severity.OK, _("Held by this server."), ""
    return {
        "subject": finding.subject,
        "kind": KINDS[severity],
        "state": _(WORDS[severity]),
        "text": text,
        "advice": advice,
        "commands": list(finding.commands),
        "purpose": finding.purpose,
        "own": own,
        "port": finding.port is not None,
        "quiet": severity in (Severity.OK, Severity.NOTE) and holder is None and not own and finding.port is not None,
    }


urlpatterns: list[URLPattern] = [
    path("ports/check/", check, name="ports_check"),
    path("ports/check/run/", run_check, name="ports_check_run"),
]
