"""Why a device is not reached: a probe that tells its steps as they come."""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from doorward.discovery import read_network_settings, search
from doorward.discovery.questions import QUESTIONS
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.ports.probe import DiscoveryTools, Kind, ProbeRequest, ProbeResult, Step, StepState, Verdict, probe
from doorward.server.agents.models import Agent
from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import Thing, close, record
from doorward.server.console.frame import console_page, page
from doorward.server.devices import services as devices
from doorward.server.devices.choices import Mode
from doorward.server.devices.models import Device
from doorward.server.devices.shapes import HIGHEST_DEVICE_ID, HIGHEST_NUMBER
from doorward.server.operators.access import Access
from doorward.server.ports_pages import surroundings
from doorward.server.ports_pages.agent_probe import agent_of, agents_to_probe, probe_by_agent
from doorward.server.ports_pages.streaming import Places, streamed
from doorward.transport.address import check_port

RIGHT: Final = "ports.view"
SEARCH_RIGHT: Final = "network.search"
"""A probe sends to the network, unlike everything else here."""
AGENTS_RIGHT: Final = "agents.view"
ACTION: Final = "network.probe"
LONGEST_TARGET: Final = 255
MOST_DIGITS: Final = 10
LONGEST_BODY: Final = 4096
LONGEST_SECONDS: Final = 120.0
OFFERED_DEVICES: Final = 500
HELD: Final = "held"
REFUSED: Final = 409

TOOLS: Final = DiscoveryTools(search, read_network_settings, QUESTIONS)
STEP_KINDS: Final = {
    StepState.RUNNING: "running",
    StepState.OK: "good",
    StepState.NOTE: "info",
    StepState.PROBLEM: "bad",
    StepState.SKIPPED: "neutral",
}
VERDICT_KINDS: Final = {Kind.GOOD: "good", Kind.WARNING: "warn", Kind.FAULT: "bad"}

_places = Places(4)


@dataclass(frozen=True, slots=True)
class Case:
    """What the form is filled in with.

    Attributes:
        target: Whom to look at.
        dials: Whether it is meant to dial this server.
        title: What people call it; empty for nobody known.
        address: The page of the device; empty without one.
        agent: The agent through which it is dialled; None: this server dials it.
    """

    target: str = ""
    dials: bool = False
    title: str = ""
    address: str = ""
    agent: int | None = None


@console_page(RIGHT)
def probe_page(request: HttpRequest, device_id: int | None = None) -> HttpResponse:
    """The form, filled in with the case of a device where one is named, and the steps."""
    asked = request.GET.get("device", "")
    if device_id is None and asked.isascii() and asked.isdigit() and len(asked) <= MOST_DIGITS:
        device_id = int(asked)
    case = Case(target=request.GET.get("target", "")[:LONGEST_TARGET])
    if device_id:
        case = case_of(_visible(request, device_id))
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded
    rows = access.among("devices.view", Device.objects.all(), "group").order_by("name", "device_id")
    above = [(_("Devices"), reverse("console:devices")), (case.title, case.address)] if case.address else []
    context = {
        "here": "probe",
        "case": case,
        "known": [(row.device_id, row.name) for row in rows.only("device_id", "name")[:OFFERED_DEVICES]],
        "may_probe": access.may(SEARCH_RIGHT),
        "agents": agents_to_probe() if access.may(AGENTS_RIGHT) else [],
        "server_port": surroundings.own_ports().get("devices.port"),
    }
    return page(request, "ports_pages/probe.html", title=_("Why is it not reached?"), above=above, context=context)


@console_page(SEARCH_RIGHT, methods=("POST",))
def run_probe(request: HttpRequest) -> HttpResponseBase:
    """Probe what an installer names; a line for each step, and one for what follows."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied(_("Your roles do not include what this page shows."))
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded
    try:
        asked = _asked(request)
        if asked["agent"] is not None and not access.may(AGENTS_RIGHT):
            raise PermissionDenied(_("Your roles do not include what this page shows."))
        agent = None if asked["agent"] is None else agent_of(asked["agent"])
        wanted = _request(asked, access, request.META.get("REMOTE_ADDR", ""))
    except DoorwardError as error:
        words = error.message
        if isinstance(error, InvalidInput):
            words = _("“%(value)s” is not allowed. Allowed: %(allowed)s.") % {
                "value": error.value,
                "allowed": error.allowed,
            }
        return JsonResponse({"error": words, "advice": error.advice}, status=REFUSED)
    # The steps are made after this view has returned: they go on in the name of whoever asked.
    return streamed(_steps(wanted, asked, contextvars.copy_context(), agent), _places)


def case_of(device: Device) -> Case:
    """The case of a device as the server knows it."""
    target = str(device.device_id)
    if device.mode == Mode.DIRECT and device.address:
        target = f"{device.address}:{device.port}" if device.port else device.address
    elif device.last_address:
        target = device.last_address.partition(":")[0]
    page_address = reverse("console:device", args=[device.device_id])
    return Case(target, device.mode == Mode.SERVER, str(device), page_address, device.agent_id)


def _visible(request: HttpRequest, device_id: int) -> Device:
    try:
        found = devices.one_device(device_id) if device_id <= HIGHEST_DEVICE_ID else None
    except devices.UnknownDevice:
        found = None
    if found is None or not request.user.has_perm("devices.view", found):
        raise Http404
    return found


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What was sent, checked.

    Raises:
        InvalidInput: It is nothing that can be probed.
    """
    try:
        data = json.loads(request.body[:LONGEST_BODY])
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("target"), str):
        raise InvalidInput("target", "", "a device's number, an IPv4 address or a host name")
    target = data["target"].strip()
    if len(target) > LONGEST_TARGET or not target.isprintable():
        raise InvalidInput("target", target[:40], "a device's number, an IPv4 address or a host name")
    udp_port = data.get("udp_port")
    if udp_port is not None:
        if not isinstance(udp_port, int) or isinstance(udp_port, bool):
            raise InvalidInput("UDP port", udp_port, "a whole number from 1 to 65535")
        check_port(udp_port, field="UDP port")
    agent = data.get("agent")
    if agent is not None and (not isinstance(agent, int) or isinstance(agent, bool) or not 0 < agent <= HIGHEST_NUMBER):
        raise InvalidInput("agent", str(agent)[:20], "the number of an agent that is not revoked")
    return {"target": target, "dials": data.get("dials") is True, "udp_port": udp_port, "agent": agent}


def _request(asked: Mapping[str, Any], access: Access, reader: str) -> ProbeRequest:
    told: dict[str, Any] = {
        "server_addresses": surroundings.server_addresses(),
        "server_wanted": asked["dials"],
        "plan": surroundings.own_plan(access, reader),
    }
    port = surroundings.told_port()
    if port:
        told["server_port"] = port
    if asked["udp_port"]:
        told["udp_port"] = asked["udp_port"]
    return ProbeRequest.parse(asked["target"], **told)


async def _steps(
    wanted: ProbeRequest, asked: Mapping[str, Any], context: contextvars.Context, agent: Agent | None
) -> AsyncGenerator[Mapping[str, Any]]:
    after = {name: value for name, value in asked.items() if value is not None}
    thing = Thing("network", wanted.target, wanted.target)
    entry = await sync_to_async(context.run)(record, ACTION, thing, after=after, outcome=Outcome.PENDING)
    outcome, words = Outcome.FAILED, "The reader went before it was over."
    try:
        events = probe(wanted, TOOLS) if agent is None else probe_by_agent(agent, wanted)
        async with asyncio.timeout(LONGEST_SECONDS), aclosing(events) as coming:
            async for event in coming:
                if isinstance(event, ProbeResult | Verdict):
                    verdict = seen_from_here(event) if isinstance(event, ProbeResult) else event
                    outcome, words = Outcome.DONE, verdict.sentence
                    yield {"verdict": _shown_verdict(verdict)}
                else:
                    yield {"step": _shown_step(event)}
    except TimeoutError:
        words = f"It took longer than {LONGEST_SECONDS:.0f} s and was ended."
        yield {"error": words, "advice": _("Try again with the device's address instead of its number.")}
    except DoorwardError as error:
        words = error.message
        raise
    finally:
        # A reader who goes cancels this; the log is still told.
        await asyncio.shield(sync_to_async(context.run)(close, entry, outcome, words))


def _shown_step(step: Step) -> dict[str, Any]:
    return {
        "key": step.key,
        "title": _(step.title),
        "kind": STEP_KINDS[step.state],
        "text": step.text,
        "seconds": step.seconds,
    }


def seen_from_here(result: ProbeResult) -> Verdict:
    """The verdict, but for a device that is not let in twice because this very server is connected to it."""
    holders = result.facts.clients_here
    if result.verdict.code != HELD or not holders or not all(map(_is_this_process, holders)):
        return result.verdict
    return Verdict(
        code="held-by-this-server",
        kind=Kind.GOOD,
        sentence=_(
            "Nothing is wrong: this server is connected to the device, and in direct mode a device serves one client "
            "at a time, so the probe was turned away."
        ),
    )


def _is_this_process(holder: str) -> bool:
    """Whether a program is this one, by the words in which the port floor names it."""
    number = f"(process {os.getpid()}"
    return f"{number}," in holder or f"{number})" in holder


def _shown_verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": VERDICT_KINDS[verdict.kind],
        "sentence": verdict.sentence,
        "commands": list(verdict.commands),
        "rule": "" if verdict.rule is None else str(verdict.rule),
    }


urlpatterns: list[URLPattern] = [
    path("ports/probe/", probe_page, name="probe"),
    path("ports/probe/<int:device_id>/", probe_page, name="probe"),
    path("ports/probe/run/", run_probe, name="probe_run"),
]
