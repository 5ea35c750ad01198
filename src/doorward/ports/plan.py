"""The least set of rules for each host and each firewall of a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doorward.model.errors import InvalidInput
from doorward.ports.catalogue import PortRange
from doorward.ports.flows import End, Flow, flows
from doorward.ports.notes import site_notes
from doorward.ports.site import Site
from doorward.ports.topology import Topology

IN = "in"
OUT = "out"
FORWARD = "forward"
HOST = "host"
FIREWALL = "firewall"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that one machine must let through: the first packet of a flow.

    What follows it is let through by the state that every firewall of today keeps.

    Attributes:
        holder: The host or firewall that needs the rule.
        direction: ``in`` and ``out`` as the host sees it, ``forward`` on a firewall.
        flow: What is let through.
    """

    holder: str
    direction: str
    flow: Flow

    @property
    def source(self) -> End:
        """Who sends the first packet."""
        return self.flow.source

    @property
    def destination(self) -> End:
        """Who gets it."""
        return self.flow.destination

    @property
    def protocol(self) -> str:
        """``tcp`` or ``udp``."""
        return self.flow.protocol

    @property
    def source_ports(self) -> PortRange | None:
        """The source's ports where they matter; None for any."""
        return self.flow.source_ports

    @property
    def ports(self) -> PortRange:
        """The destination's ports."""
        return self.flow.ports

    @property
    def reason(self) -> str:
        """What it is for."""
        return "; ".join(self.flow.reasons)

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.flow.source.network.version

    @property
    def title(self) -> str:
        """What is let through, in words: ``TCP 1470 from main (10.0.0.5) to doors (10.1.0.0/24)``."""
        what = f"{self.protocol.upper()} {self.ports}"
        if self.source_ports is not None:
            what = f"{self.protocol.upper()} from port {self.source_ports} to ports {self.ports},"
        return f"{what} from {self.source} to {self.destination}"

    def as_json(self) -> dict[str, Any]:
        """The rule as one flat JSON object."""
        return {
            "holder": self.holder,
            "direction": self.direction,
            "protocol": self.protocol,
            "port": self.ports.first,
            "last_port": self.ports.last,
            "source_port": self.source_ports.first if self.source_ports else None,
            "source": self.source.name,
            "source_address": self.source.address,
            "destination": self.destination.name,
            "destination_address": self.destination.address,
            "dials": self.flow.dialler,
            "answer_to_broadcast": self.flow.answer,
            "systems": list(self.flow.systems),
            "entries": list(self.flow.entries),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Holder:
    """A host or firewall with its rules.

    Attributes:
        name: Its name; further names of the same machine are in ``also``.
        kind: ``host`` or ``firewall``.
        rules: What it must let through.
        also: Other names of it, when one machine has two roles.
    """

    name: str
    kind: str
    rules: tuple[Rule, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What must be opened at a site.

    Attributes:
        site: The site.
        flows: Everything that must get through, each once.
        holders: Hosts and firewalls with their rules.
        notes: What rules cannot say.
        ways: Names of the firewalls that a flow passes, by the flow's key; none for one that stays on its wire.
    """

    site: Site
    flows: tuple[Flow, ...]
    holders: tuple[Holder, ...]
    notes: tuple[str, ...]
    ways: Mapping[tuple[object, ...], tuple[str, ...]]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all holders."""
        return tuple(rule for holder in self.holders for rule in holder.rules)

    def holder(self, name: str) -> Holder:
        """A host or firewall by its name.

        Raises:
            InvalidInput: There is none.
        """
        for item in self.holders:
            if name.lower() in (known.lower() for known in (item.name, *item.also)):
                return item
        raise InvalidInput("--for", name, ", ".join(item.name for item in self.holders))

    def as_json(self) -> dict[str, Any]:
        """The plan as one JSON object."""
        return {
            "systems": {name: list(modes) for name, modes in self.site.systems.items()},
            "rules": [rule.as_json() for rule in self.rules],
            "notes": list(self.notes),
        }


def make_plan(site: Site) -> Plan:
    """Work out what each host and each firewall of a site must let through."""
    topology = Topology(site)
    found = flows(site)
    machine_of = {host.only: machine.name for machine in site.machines for host in machine.hosts}
    rules: dict[str, list[Rule]] = {machine.name: [] for machine in site.machines}
    at_firewalls: dict[str, list[Rule]] = {firewall.name: [] for firewall in topology.firewalls}
    ways: dict[tuple[object, ...], tuple[str, ...]] = {}
    for flow in found:
        for end, direction in ((flow.source, OUT), (flow.destination, IN)):
            name = machine_of.get(end.network)
            if name is not None:
                rules[name].append(Rule(name, direction, flow))
        if flow.broadcast or flow.answer:
            continue  # stays on one wire
        passed = topology.between(flow.source, flow.destination)
        ways[flow.key] = tuple(firewall.name for firewall in passed)
        for firewall in passed:
            at_firewalls[firewall.name].append(Rule(firewall.name, FORWARD, flow))
    holders = [Holder(machine.name, HOST, _least(rules[machine.name]), machine.also) for machine in site.machines]
    holders += [Holder(name, FIREWALL, _least(items)) for name, items in at_firewalls.items()]
    notes = list(site_notes(site, found))
    notes += [
        f"{name} lies in none of the networks that the firewalls join: its rules are given to every firewall."
        for name in sorted(topology.unplaced)
    ]
    return Plan(site, found, tuple(holders), tuple(notes), ways)


def _least(rules: list[Rule]) -> tuple[Rule, ...]:
    """Leave out what another rule lets through already; its reason goes over to that one."""
    kept: list[Rule] = []
    for rule in sorted(rules, key=lambda item: _width(item.flow), reverse=True):
        for place, wider in enumerate(kept):
            if wider.direction == rule.direction and wider.flow.covers(rule.flow):
                kept[place] = Rule(wider.holder, wider.direction, wider.flow.joined(rule.flow))
                break
        else:
            kept.append(rule)
    order = {IN: 0, FORWARD: 0, OUT: 1}
    return tuple(
        sorted(kept, key=lambda item: (order[item.direction], item.flow.answer, item.protocol, item.ports, item.title))
    )


def _width(flow: Flow) -> int:
    return flow.source.network.num_addresses * flow.destination.network.num_addresses
