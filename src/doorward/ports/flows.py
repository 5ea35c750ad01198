"""Who sends whom a first packet at a site: what a plan is made of, before any firewall is looked at."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from doorward.ports.catalogue import SYSTEM_TITLES, Entry, PortRange, load_catalogue
from doorward.ports.site import Host, Network, Site

ALL_HOSTS = ipaddress.ip_network("255.255.255.255/32")

# The answer to a broadcast goes to the port from which the search was sent. The system chose that one: Linux takes
# 32768 to 60999, Windows and macOS 49152 to 65535. A program that searches from 51110 itself lies within, too.
ANSWER_PORTS = PortRange(32768, 65535)
ANSWER_WORDS = " (answers to a broadcast)"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a flow.

    Attributes:
        name: What it is called at the site.
        network: Its addresses.
    """

    name: str
    network: Network

    @property
    def address(self) -> str:
        """The addresses as text; one address without its prefix."""
        single = self.network.prefixlen == self.network.max_prefixlen
        return str(self.network.network_address if single else self.network)

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A first packet and what follows it.

    Attributes:
        source: Who sends it.
        destination: Who gets it.
        protocol: ``tcp`` or ``udp``.
        ports: The destination's ports.
        source_ports: The source's ports where they matter; None for any.
        dialler: Name of who begins.
        reasons: What it is for, each with its system.
        systems: The systems that need it.
        entries: The ids of the catalogue's entries.
        answer: Whether it is the answer to a broadcast, which no firewall takes for a reply.
        broadcast: Whether it goes to everybody on the wire; it crosses no router.
    """

    source: End
    destination: End
    protocol: str
    ports: PortRange
    dialler: str
    reasons: tuple[str, ...]
    systems: tuple[str, ...]
    entries: tuple[str, ...]
    source_ports: PortRange | None = None
    answer: bool = False
    broadcast: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two flows the same for a firewall."""
        return (self.source.network, self.destination.network, self.protocol, self.source_ports, self.ports)

    def covers(self, other: Flow) -> bool:
        """Whether a firewall that lets this one through lets the other through, too."""
        return (
            self.protocol == other.protocol
            and self.ports.covers(other.ports)
            and (
                self.source_ports is None
                or (other.source_ports is not None and self.source_ports.covers(other.source_ports))
            )
            and lies_in(other.source.network, self.source.network)
            and lies_in(other.destination.network, self.destination.network)
        )

    def joined(self, other: Flow) -> Flow:
        """This flow, with the reasons of the other one."""
        return dataclasses.replace(
            self,
            reasons=_together(self.reasons, other.reasons),
            systems=_together(self.systems, other.systems),
            entries=_together(self.entries, other.entries),
        )


def _together(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def lies_in(inner: Network, outer: Network) -> bool:
    """Whether every address of one network lies in another."""
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def planned_entries(site: Site) -> tuple[Entry, ...]:
    """The entries of the catalogue that a site needs, each with the port that it has there."""
    found = []
    for entry in load_catalogue().entries:
        modes = site.systems.get(entry.system, ())
        if entry.plan == "never" or set(modes).isdisjoint(entry.modes):
            continue
        if not set(entry.features).isdisjoint(site.without_features):
            continue
        # An option needs each of its names; of these, a name that other entries have by default counts as chosen.
        if entry.plan == "option" and not set(entry.features) <= {*site.with_features, *_usual(entry.system)}:
            continue
        found.append(dataclasses.replace(entry, ports=site.moved.get(entry.id, entry.ports)))
    return tuple(found)


def _usual(system: str) -> set[str]:
    return {
        name
        for entry in load_catalogue().entries
        if entry.system == system and entry.plan == "default"
        for name in entry.features
    }


def flows(site: Site) -> tuple[Flow, ...]:
    """Everything that must get through at a site, each once."""
    merged: dict[tuple[object, ...], Flow] = {}
    for entry in planned_entries(site):
        for flow in _of_entry(site, entry):
            known = merged.get(flow.key)
            merged[flow.key] = flow if known is None else known.joined(flow)
    return tuple(merged.values())


def _of_entry(site: Site, entry: Entry) -> Iterator[Flow]:
    machine_of = {host.only: machine.name for machine in site.machines for host in machine.hosts}
    for source in _ends(site, entry.dials):
        for destination in _ends(site, (entry.listens,)):
            if source.network.version != destination.network.version or source.network == destination.network:
                continue
            if machine_of.get(source.network, source.name) == machine_of.get(destination.network, destination.name):
                continue  # a machine needs no rule to speak with itself
            flow = Flow(
                source=source,
                destination=destination,
                protocol=entry.protocol,
                ports=entry.ports,
                dialler=source.name,
                reasons=(f"{SYSTEM_TITLES[entry.system]}: {entry.purpose}",),
                systems=(entry.system,),
                entries=(entry.id,),
            )
            yield flow
            if entry.broadcast and source.network.version == ALL_HOSTS.version:
                yield from _broadcast(site, flow)


def _broadcast(site: Site, flow: Flow) -> Iterator[Flow]:
    """The question to everybody, and its answers, where the searching host stands on the devices' own wire."""
    host = next(host for host in site.hosts if host.only == flow.source.network)
    if not beside(host, flow.destination.network):
        return
    yield dataclasses.replace(flow, destination=End("broadcast", ALL_HOSTS), broadcast=True)
    yield dataclasses.replace(
        flow,
        source=flow.destination,
        destination=flow.source,
        source_ports=flow.ports,
        ports=ANSWER_PORTS,
        reasons=tuple(reason + ANSWER_WORDS for reason in flow.reasons),
        answer=True,
    )


def beside(host: Host, network: Network) -> bool:
    """Whether a host stands in a network, so that no router lies between."""
    return lies_in(host.only, network) or lies_in(network, host.network)


def _ends(site: Site, roles: Iterable[str]) -> Iterator[End]:
    for role in roles:
        if role == "device":
            yield from (End(item.name, item.network) for item in site.device_networks)
        else:
            yield from (End(host.name, host.only) for host in site.hosts if host.role == role)
