"""The first step: from what was given to an address."""

from __future__ import annotations

from doorward.model.errors import InvalidInput
from doorward.model.found import FoundDevice
from doorward.ports.probe.discovery_tools import DiscoveryTools
from doorward.ports.probe.facts import UdpFact
from doorward.ports.probe.request import ProbeRequest
from doorward.ports.probe.steps import Outcome, StepState
from doorward.ports.probe.udp import ask_everybody
from doorward.transport.names import resolve


async def resolve_host(host: str) -> tuple[str, str]:
    """The address of a host name; gives it, or why there is none."""
    try:
        return await resolve(host, field="host"), ""
    except InvalidInput:
        return "", (
            f"Unknown name: {host!r} is neither an IPv4 address nor a name that this network knows, so check the "
            "spelling or give the address."
        )


async def find_by_number(device_id: int, request: ProbeRequest, discovery: DiscoveryTools) -> tuple[UdpFact, str]:
    """Search for a device by broadcast; gives what was heard, and why nothing could be asked."""
    devices, problem = await ask_everybody(request, discovery)
    return sorted_answers(devices, device_id, ""), problem


def sorted_answers(devices: tuple[FoundDevice, ...], device_id: int | None, host: str) -> UdpFact:
    """Keep those answers apart that have the number or the address of the target."""
    heard = tuple(
        item
        for item in devices
        if (device_id is not None and item.device_id == device_id) or (host and item.address == host)
    )
    others = tuple(dict.fromkeys(item.device_id for item in devices if item not in heard))
    return UdpFact(broadcast=True, heard=heard, others=others)


def target_outcome(request: ProbeRequest, host: str, fact: UdpFact, problem: str) -> Outcome:
    """The step in words."""
    if not host:
        if request.device_id is None:
            return Outcome(StepState.PROBLEM, problem)
        return Outcome(
            StepState.PROBLEM, f"Device {request.device_id} does not answer a broadcast search. {problem}".strip()
        )
    if request.device_id is not None:
        found = next(item for item in fact.heard if item.address == host)
        where = " in another subnet" if found.foreign_subnet else ""
        return Outcome(StepState.OK, f"Device {request.device_id} is a {found.title} at {host}{where}.")
    if host == request.target:
        return Outcome(StepState.OK, f"{host} is an address.")
    return Outcome(StepState.OK, f"The name {request.target} stands for {host}.")
