"""Naming the one rule that a firewall lacks."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from doorward.ports.probe.facts import Facts

OWN_FIREWALL = "the firewall of this machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRule:
    """What a firewall on the way has to let through.

    Attributes:
        protocol: ``TCP`` or ``UDP``.
        port: The port that is dialled, or that answers come from.
        by_source_port: Whether the port is where the packets come from (answers to a broadcast).
        outward: Whether this machine dials, so that a rule of its own firewall is one for what goes out.
        planned: Whether it stands in the plan of the site.
        source: Who sends the first packet: an address or a network.
        destination: To whom.
        place: Which firewall.
    """

    protocol: str
    port: int
    source: str
    destination: str
    place: str
    by_source_port: bool = False
    outward: bool = False
    planned: bool = False

    def __str__(self) -> str:
        port = f"from source port {self.port}, " if self.by_source_port else f"{self.port} "
        return f"{self.protocol} {port}from {self.source} to {self.destination} at {self.place}"


def device_network(facts: Facts) -> str:
    """The network of the target: as its settings tell it, else the card's own, else its address alone."""
    if facts.settings is not None:
        try:
            return str(ipaddress.IPv4Network(f"{facts.settings.address}/{facts.settings.mask}", strict=False))
        except ValueError:
            pass
    return facts.way.network if facts.way.same_subnet and facts.way.network else facts.host


def firewall_between(facts: Facts) -> str:
    """Where a filter can sit on the way to the target."""
    if facts.way.same_subnet:
        return "the firewall of this machine or of the other"
    return f"the firewall between {facts.way.network or facts.way.local_address} and {device_network(facts)}"


def rule_toward(facts: Facts, protocol: str, port: int, place: str = "") -> MissingRule:
    """The rule that lets this machine dial the target."""
    return MissingRule(
        protocol=protocol,
        port=port,
        source=facts.way.local_address or "this machine",
        destination=facts.host if facts.way.same_subnet else device_network(facts),
        place=place or firewall_between(facts),
        outward=True,
    )


def rule_from(facts: Facts, port: int, place: str = "") -> MissingRule:
    """The rule that lets the device dial the server."""
    server = facts.settings.server_address if facts.settings is not None else facts.server.addresses[0]
    return MissingRule(
        protocol="TCP",
        port=port,
        source=device_network(facts),
        destination=server,
        place=place or firewall_between(facts),
    )


def rule_for_answers(facts: Facts, port: int) -> MissingRule:
    """The rule of this machine that lets answers to a broadcast in: no stateful filter takes them for replies."""
    return MissingRule(
        protocol="UDP",
        port=port,
        source=device_network(facts),
        destination=facts.way.local_address,
        place=OWN_FIREWALL,
        by_source_port=True,
    )
