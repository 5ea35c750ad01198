"""The step that asks whether anybody is at the address: ARP on the own wire, ping elsewhere too."""

from __future__ import annotations

import dataclasses

from doorward.model.errors import NotReached, TimedOut, Unsupported
from doorward.ports.probe.facts import PresenceFact, WayFact
from doorward.ports.probe.steps import Outcome, StepState
from doorward.transport.arp import hardware_addresses
from doorward.transport.interfaces import Interface, interfaces
from doorward.transport.neighbours import neighbour
from doorward.transport.ping import ping


async def look_for_host(host: str, way: WayFact, seconds: float) -> PresenceFact:
    """Ask the wire and send a ping, each as far as it is allowed here."""
    fact = await _ping(host, seconds)
    card = next((item for item in interfaces() if item.name == way.card and item.address == way.local_address), None)
    if card is None or card.loopback or not way.same_subnet or host == way.local_address:
        return fact
    return await _ask_wire(fact, card, host, seconds)


async def _ping(host: str, seconds: float) -> PresenceFact:
    try:
        echo = await ping(host, timeout=seconds)
    except NotReached as error:
        return PresenceFact(
            ping_problem=error.message, router_says=error.message if " says of " in error.message else ""
        )
    except (TimedOut, Unsupported) as error:
        return PresenceFact(ping_problem=error.message)
    return PresenceFact(ping_milliseconds=echo.milliseconds)


async def _ask_wire(fact: PresenceFact, card: Interface, host: str, seconds: float) -> PresenceFact:
    try:
        found = await hardware_addresses(card, host, timeout=seconds)
    except (Unsupported, NotReached):
        # Without rights the system's own table tells one of them; the ping has just filled it.
        known = await neighbour(host)
        return dataclasses.replace(fact, hardware=(known,) if known else ())
    return dataclasses.replace(fact, hardware=found, asked_wire=True)


def presence_outcome(fact: PresenceFact, way: WayFact) -> Outcome:
    """The step in words."""
    words = []
    if len(fact.hardware) > 1:
        words.append(f"Two machines claim the address: {' and '.join(fact.hardware)} answer for it on the wire.")
    elif fact.hardware:
        words.append(f"The hardware address {fact.hardware[0]} answers for it on the wire.")
    elif fact.asked_wire:
        words.append("Nobody on the wire says that he has this address.")
    elif not way.same_subnet:
        words.append("The wire is not asked: a router is between.")
    if fact.ping_milliseconds is not None:
        words.append(f"A ping came back after {fact.ping_milliseconds:g} ms.")
    else:
        words.append(fact.ping_problem)
    text = " ".join(words)
    if len(fact.hardware) > 1 or (fact.asked_wire and not fact.hardware):
        return Outcome(StepState.PROBLEM, text)
    if fact.hardware or fact.ping_milliseconds is not None:
        return Outcome(StepState.OK, text)
    if fact.router_says:
        return Outcome(StepState.PROBLEM, text)
    return Outcome(StepState.NOTE, text)
