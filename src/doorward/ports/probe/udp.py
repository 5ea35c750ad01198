"""The step that asks by UDP: the search of both generations at the address itself, then by broadcast."""

from __future__ import annotations

import asyncio

from doorward.model.errors import NotReached, TimedOut
from doorward.model.found import BIOSTAR1, BIOSTAR2, GENERATIONS, FoundDevice
from doorward.ports.probe.discovery_tools import DiscoveryTools, Question
from doorward.ports.probe.facts import UdpFact, UdpState, WayFact
from doorward.ports.probe.request import ProbeRequest
from doorward.ports.probe.steps import Outcome, StepState
from doorward.ports.serve_test import SIGNATURE
from doorward.protocol.errors import RemoteProtocolError
from doorward.transport import Address, Datagram
from doorward.transport.udp_question import PortClosed, SendingForbidden, ask_by_udp

_SERVE_TEST = "serve-test"


async def ask_host(host: str, way: WayFact, request: ProbeRequest, discovery: DiscoveryTools) -> UdpFact:
    """Put both generations' search to the address itself, side by side."""
    answers = dict(
        zip(
            GENERATIONS,
            await asyncio.gather(
                *(_ask(host, way, discovery.questions[name](), _port(name, request), request) for name in GENERATIONS)
            ),
            strict=True,
        )
    )
    devices = [found for _, found in answers.values() if isinstance(found, FoundDevice)]
    return UdpFact(
        biostar1=answers[BIOSTAR1][0],
        biostar2=answers[BIOSTAR2][0],
        serve_test=any(found == _SERVE_TEST for _, found in answers.values()),
        direct=devices[0] if devices else None,
    )


def _port(generation: str, request: ProbeRequest) -> int:
    return request.udp_port if generation == BIOSTAR1 else request.biostar2_udp_port


async def _ask(
    host: str, way: WayFact, question: Question, port: int, request: ProbeRequest
) -> tuple[UdpState, FoundDevice | str | None]:
    address = Address(host, port)

    def read(data: bytes) -> FoundDevice | str | None:
        if data.startswith(SIGNATURE):
            return _SERVE_TEST
        try:
            return question.read(Datagram(data, address, way.card, 0.0, Address(way.local_address, 0)))
        except RemoteProtocolError:
            return None

    try:
        found: FoundDevice | str = await ask_by_udp(address, question.datagram(), read, timeout=request.limits.udp)
    except PortClosed:
        return UdpState.CLOSED, None
    except SendingForbidden:
        return UdpState.FORBIDDEN, None
    except TimedOut:
        return UdpState.SILENT, None
    except NotReached:
        return UdpState.NO_WAY, None
    return UdpState.ANSWERED, found


async def ask_everybody(request: ProbeRequest, discovery: DiscoveryTools) -> tuple[tuple[FoundDevice, ...], str]:
    """Search by broadcast on every card; gives the devices, or why nothing could be sent."""
    try:
        result = await discovery.search(
            interfaces=request.interfaces or None,
            timeout=request.limits.udp,
            port=request.udp_port,
            biostar2_port=request.biostar2_udp_port,
        )
    except NotReached as error:
        return (), error.message
    return result.devices, ""


def udp_outcome(fact: UdpFact, host: str) -> Outcome:
    """The step in words."""
    words = []
    if fact.serve_test:
        words.append("doorward serve-test answers by UDP.")
    if fact.direct is not None:
        words.append(f"{fact.direct.title}, device {fact.direct.device_id}, answers a search at {host}.")
    elif not fact.serve_test:
        words.append(
            f"No device answers a search at {host} (UDP 51110: {fact.biostar1.value}; UDP 51210: "
            f"{fact.biostar2.value})."
        )
    if fact.broadcast and fact.heard:
        places = ", ".join(
            f"device {item.device_id} at {item.address}" + (" (other subnet)" if item.foreign_subnet else "")
            for item in fact.heard
        )
        words.append(f"The broadcast search was answered by {places}.")
    elif fact.broadcast:
        others = ", ".join(str(number) for number in fact.others[:5])
        words.append("The broadcast search brought no answer of it" + (f"; who answered: {others}." if others else "."))
    state = StepState.OK if fact.direct is not None or fact.serve_test else StepState.NOTE
    if len({item.device_id for item in fact.heard}) > 1 and len({item.address for item in fact.heard}) == 1:
        state = StepState.PROBLEM
    return Outcome(state, " ".join(words))
