"""The step that looks which card and gateway lead to the target."""

from __future__ import annotations

from doorward.model.errors import NotReached
from doorward.ports.probe.facts import WayFact
from doorward.ports.probe.steps import Outcome, StepState
from doorward.transport.gateways import gateway_toward
from doorward.transport.interfaces import interface_toward


async def find_way(host: str) -> WayFact:
    """Which card and gateway lead to an IPv4 address."""
    try:
        card = interface_toward(host)
    except NotReached as error:
        return WayFact(problem=error.message)
    gateway = await gateway_toward(host)
    same = card.reaches(host) and not gateway
    return WayFact(
        card=card.name,
        local_address=card.address,
        network=str(card.network),
        same_subnet=same or card.loopback,
        gateway="" if same or card.loopback else gateway,
    )


def way_outcome(way: WayFact, host: str) -> Outcome:
    """The step in words."""
    if way.problem:
        return Outcome(StepState.PROBLEM, way.problem)
    leaves = f"Packets to {host} leave by {way.card or 'an unnamed card'} with the address {way.local_address}"
    if way.same_subnet:
        return Outcome(StepState.OK, f"{leaves}; it lies in the same subnet ({way.network}), no router is between.")
    if way.gateway:
        return Outcome(StepState.OK, f"{leaves}, over the gateway {way.gateway}: it lies in another subnet.")
    if way.gateway is None:
        return Outcome(StepState.NOTE, f"{leaves}; this system does not tell the gateway.")
    return Outcome(StepState.NOTE, f"{leaves}; it lies outside of {way.network}, and no gateway is named for it.")
