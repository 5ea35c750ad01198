"""A probe from its first step to its verdict, told step by step."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from doorward.model.found import BIOSTAR2
from doorward.model.network_settings import DIRECT
from doorward.ports.holders import connected_from_here
from doorward.ports.probe.discovery_tools import DiscoveryTools
from doorward.ports.probe.facts import NOBODY, Facts, Speaker, UdpFact
from doorward.ports.probe.planned import expected_ports, name_by_plan
from doorward.ports.probe.presence import look_for_host, presence_outcome
from doorward.ports.probe.request import ProbeRequest
from doorward.ports.probe.settings import look_at_server, points_here, read_settings, see_dialling, settings_outcome
from doorward.ports.probe.steps import Outcome, Step, StepState
from doorward.ports.probe.target import find_by_number, resolve_host, sorted_answers, target_outcome
from doorward.ports.probe.tcp import (
    BIOSTAR2_DEVICE_PORT,
    COMPACT_PORT,
    STATION_PORT,
    USUAL_PORTS,
    dial_port,
    dial_ports,
    ports_outcome,
)
from doorward.ports.probe.udp import ask_everybody, ask_host, udp_outcome
from doorward.ports.probe.verdict import Verdict, judge
from doorward.ports.probe.way import find_way, way_outcome
from doorward.transport import find_interface


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The end of a probe.

    Attributes:
        facts: All that was found out.
        verdict: What follows from it.
    """

    facts: Facts
    verdict: Verdict


ProbeEvent = Step | ProbeResult
_Work = Callable[[], Coroutine[Any, Any, Outcome]]


async def probe(request: ProbeRequest, discovery: DiscoveryTools) -> AsyncGenerator[ProbeEvent, None]:
    """Look at a device or host step by step.

    Gives each step twice, when it begins and when it is over, and the result at the end. Nothing is changed on the
    device: a connection is opened and closed, and it is asked who it is and what time it shows.

    Args:
        request: What to look at.
        discovery: How devices are found by UDP.

    Raises:
        InvalidInput: A card that the request names is not one.
    """
    for name in request.interfaces:
        find_interface(name)
    run = _Run(request, discovery)
    for key, title, work in run.steps:
        if not run.facts.host and key != "target":
            break
        yield Step(key=key, title=title, state=StepState.RUNNING)
        started = time.monotonic()
        outcome = await work()
        yield Step(
            key=key, title=title, state=outcome.state, text=outcome.text, seconds=round(time.monotonic() - started, 2)
        )
    yield ProbeResult(run.facts, run.verdict())


async def probe_result(request: ProbeRequest, discovery: DiscoveryTools) -> ProbeResult:
    """The same without the steps."""
    async for event in probe(request, discovery):
        if isinstance(event, ProbeResult):
            return event
    raise AssertionError("a probe ends with its result")


class _Run:
    """The steps of one probe, which add to the facts."""

    def __init__(self, request: ProbeRequest, discovery: DiscoveryTools) -> None:
        self.request = request
        self.discovery = discovery
        self.facts = Facts(
            target=request.target,
            device_id=request.device_id,
            port_given=request.port is not None,
            server_wanted=request.server_wanted,
            clock_limit=request.clock_limit,
        )
        self.steps: tuple[tuple[str, str, _Work], ...] = (
            ("target", "What was given", self._target),
            ("way", "Card and route", self._way),
            ("presence", "Anybody there", self._presence),
            ("tcp", "TCP ports", self._tcp),
            ("udp", "Search by UDP", self._udp),
            ("settings", "Network settings", self._settings),
            ("clock", "Clock", self._clock),
        )

    def verdict(self) -> Verdict:
        """The verdict; a missing rule is named as the plan of the site has it."""
        verdict = judge(self.facts)
        return verdict if self.request.plan is None else name_by_plan(verdict, self.request.plan)

    def _add(self, **found: Any) -> None:
        self.facts = dataclasses.replace(self.facts, **found)

    async def _target(self) -> Outcome:
        request = self.request
        if request.device_id is None:
            host, problem = await resolve_host(request.target)
        else:
            fact, problem = await find_by_number(request.device_id, request, self.discovery)
            host = fact.heard[0].address if fact.heard else ""
            self._add(udp=fact)
        self._add(host=host, target_problem=problem, wanted_ports=self._wanted_ports())
        return target_outcome(request, host, self.facts.udp, problem)

    def _wanted_ports(self) -> tuple[int, ...]:
        if self.request.port is not None:
            return (self.request.port,)
        device = self.facts.udp.device
        if device is None:
            return (STATION_PORT, COMPACT_PORT)
        if device.generation == BIOSTAR2:
            return (BIOSTAR2_DEVICE_PORT,)
        return (device.port,) if device.port is not None else (STATION_PORT, COMPACT_PORT)

    async def _way(self) -> Outcome:
        way = await find_way(self.facts.host)
        self._add(way=way)
        if self.request.plan is not None and way.local_address:
            self._add(expected=expected_ports(self.request.plan, way.local_address, self.facts.host))
        return way_outcome(self.facts.way, self.facts.host)

    async def _presence(self) -> Outcome:
        if self.facts.way.problem:
            return Outcome(StepState.SKIPPED, "Not asked: no way leads there.")
        fact = await look_for_host(self.facts.host, self.facts.way, self.request.limits.presence)
        self._add(presence=fact)
        return presence_outcome(fact, self.facts.way)

    async def _tcp(self) -> Outcome:
        request = self.request
        if self.facts.way.problem:
            return Outcome(StepState.SKIPPED, "Not dialled: no way leads there.")
        wanted = (*self.facts.wanted_ports, *request.extra_ports, request.server_port, *USUAL_PORTS)
        ports = tuple(port for port in dict.fromkeys(wanted) if request.allows(port))
        found = await dial_ports(self.facts.host, ports, self._server_ports(), request.limits, self.facts.way)
        self._add(ports=tuple(found))
        if any(fact.speech is not None and fact.speech.speaker in NOBODY for fact in self.facts.wanted):
            clients = await asyncio.to_thread(connected_from_here, self.facts.host, self.facts.wanted_ports)
            self._add(clients_here=tuple(dict.fromkeys(map(str, clients))))
        return ports_outcome(found, self.facts.wanted_ports)

    def _server_ports(self) -> tuple[int, ...]:
        return tuple({self.request.server_port, 1480} - {STATION_PORT, COMPACT_PORT})

    async def _udp(self) -> Outcome:
        fact, around = await asyncio.gather(self._ask_host(), self._ask_everybody())
        fact = dataclasses.replace(fact, broadcast=True, heard=around.heard, others=around.others)
        number = self.facts.device_id
        if number is None and fact.device is not None:
            number = fact.device.device_id
        self._add(udp=fact, device_id=number)
        if self.request.port is None and fact.device is not None and self.facts.wanted_ports != self._wanted_ports():
            self._add(wanted_ports=self._wanted_ports())
        return udp_outcome(fact, self.facts.host)

    async def _ask_host(self) -> UdpFact:
        if self.facts.way.problem:
            return UdpFact()
        return await ask_host(self.facts.host, self.facts.way, self.request, self.discovery)

    async def _ask_everybody(self) -> UdpFact:
        if self.facts.udp.broadcast:
            return self.facts.udp
        devices, _ = await ask_everybody(self.request, self.discovery)
        return sorted_answers(devices, self.facts.device_id, self.facts.host)

    async def _settings(self) -> Outcome:
        device = self.facts.udp.device
        server = await look_at_server(self.facts.host, self.request)
        if device is None:
            self._add(server=server)
            return settings_outcome(self.facts)
        settings, problem = await read_settings(device, self.request, self.discovery)
        self._add(settings=settings, settings_problem=problem, server=server)
        waits = settings is not None and settings.mode == DIRECT and not self.facts.way.problem
        if waits and settings is not None and self._is_new(settings.port):
            there = await dial_port(self.facts.host, settings.port, False, self.request.limits)
            self._add(ports=(*self.facts.ports, there))
        if server.holder and server.connected is False and settings is not None and points_here(settings, server):
            seen = await see_dialling(self.facts.host, self.facts.way, server.port, self.request.limits.knocking)
            again = await look_at_server(self.facts.host, self.request)  # perhaps it has come through meanwhile
            self._add(server=dataclasses.replace(again, dialling=seen))
        return settings_outcome(self.facts)

    def _is_new(self, port: int) -> bool:
        return self.facts.port(port) is None and self.request.allows(port)

    async def _clock(self) -> Outcome:
        await asyncio.sleep(0)
        fact = next(iter(self.facts.speaking(Speaker.BIOSTAR1_DEVICE)), None)
        if fact is None or fact.speech is None:
            return Outcome(StepState.SKIPPED, "Not read: no connection to a BioStar 1 device came about.")
        if self.facts.device_id is None:
            self._add(device_id=fact.speech.device_id)
        offset = fact.speech.clock_offset
        if offset is None:
            return Outcome(StepState.NOTE, f"Not read: {fact.speech.clock_problem}")
        state = StepState.OK if abs(offset) <= self.request.clock_limit else StepState.PROBLEM
        side = "ahead of" if offset >= 0 else "behind"
        return Outcome(state, f"Its clock is {abs(offset):g} s {side} the local time of this machine.")
