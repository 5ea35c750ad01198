"""What an installer tells about a place: systems, modes, servers, clients, device networks, firewalls.

All names and addresses are checked here, before any of them gets near a rule.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from doorward.model.errors import InvalidInput
from doorward.ports.catalogue import MODES, PLANNED_SYSTEMS, PortRange, checked_names, load_catalogue

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

SERVER_ROLE = "server"
CLIENT_ROLE = "client"
HOST_ROLES = (SERVER_ROLE, CLIENT_ROLE)
DEFAULT_FIREWALL = "between"

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?\Z")
_NAME_WORDS = "letters, digits, '.', '-' and '_', at most 63, letter or digit first and last"


def checked_name(field_name: str, value: str) -> str:
    """A name that is harmless in every output.

    Raises:
        InvalidInput: It has other signs than letters, digits, ``.``, ``-`` and ``_``.
    """
    if not isinstance(value, str) or not _NAME.match(value):
        raise InvalidInput(field_name, value, _NAME_WORDS)
    return value


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that runs a server, or on which an operator works.

    Attributes:
        name: Its name.
        role: ``server`` or ``client``.
        address: Its address.
        network: The network in which it stands; its address alone when nobody told.
    """

    name: str
    role: str
    address: IpAddress
    network: Network

    @property
    def only(self) -> Network:
        """Its address as a network of one."""
        return ipaddress.ip_network(self.address)


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine, which may have several addresses and both roles.

    Attributes:
        name: The name by which it was told of first.
        also: Its other names.
        hosts: Its addresses, each with its role.
    """

    name: str
    also: tuple[str, ...]
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class DeviceNetwork:
    """A network, or a single address, at which devices are.

    Attributes:
        name: Its name.
        network: Its addresses.
    """

    name: str
    network: Network


@dataclass(frozen=True, slots=True)
class Firewall:
    """A router or firewall that stands between networks.

    Attributes:
        name: Its name.
        networks: The networks that it joins; none joins everything.
    """

    name: str
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place, as far as ports are concerned.

    Attributes:
        systems: Each system with its modes.
        hosts: Servers and clients.
        device_networks: Where devices are.
        firewalls: What stands between; none means one that joins everything, called ``between``.
        with_features: Options of the catalogue that are switched on beside the usual ones.
        without_features: Options that are switched off.
        moved: Ports that differ from the catalogue, by the id of the entry.
    """

    systems: Mapping[str, tuple[str, ...]]
    hosts: tuple[Host, ...]
    device_networks: tuple[DeviceNetwork, ...]
    firewalls: tuple[Firewall, ...] = ()
    with_features: tuple[str, ...] = ()
    without_features: tuple[str, ...] = ()
    moved: Mapping[str, PortRange] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.systems:
            raise InvalidInput("system", "none", ", ".join(PLANNED_SYSTEMS))
        checked_names("system", self.systems, PLANNED_SYSTEMS)
        for modes in self.systems.values():
            if not modes:
                raise InvalidInput("mode", "none", " or ".join(MODES))
            checked_names("mode", modes, MODES)
        if not self.hosts:
            raise InvalidInput("server", "none", "at least one server or client, as NAME=ADDRESS")
        checked_names("with", self.with_features, load_catalogue().features)
        checked_names("without", self.without_features, load_catalogue().features)
        for entry in self.moved:
            load_catalogue().entry(entry)
        self._check_names()
        self._check_addresses()

    def _check_names(self) -> None:
        seen: dict[str, str] = {}
        for kind, name in [
            *((host.role, host.name) for host in self.hosts),
            *(("device network", item.name) for item in self.device_networks),
            *(("firewall", item.name) for item in self.firewalls),
        ]:
            # A host may be told of several times: once for each of its addresses.
            known = seen.get(checked_name(kind, name).lower())
            if known is not None and (known != kind or kind not in HOST_ROLES):
                raise InvalidInput(kind, name, "a name that nothing else at the site has")
            seen[name.lower()] = kind
        for host in self.hosts:
            if host.role not in HOST_ROLES:
                raise InvalidInput("role", host.role, " or ".join(HOST_ROLES))

    def _check_addresses(self) -> None:
        seen: dict[tuple[str, IpAddress], str] = {}
        for host in self.hosts:
            if host.address.is_multicast or host.address.is_unspecified or host.address.is_loopback:
                raise InvalidInput(host.role, str(host.address), "an address by which other machines reach it")
            if (host.role, host.address) in seen:
                raise InvalidInput(
                    host.role, str(host.address), f"another address than {seen[host.role, host.address]} has"
                )
            seen[host.role, host.address] = host.name
        for item in self.device_networks:
            if item.network.prefixlen == 0 or item.network.is_multicast or item.network.is_loopback:
                raise InvalidInput("device network", str(item.network), "the network that devices are in, not all")

    @property
    def machines(self) -> tuple[Machine, ...]:
        """The hosts, with those together that share a name or an address."""
        groups: list[list[Host]] = []
        for host in self.hosts:
            same = [group for group in groups if any(_one_machine(host, other) for other in group)]
            merged = [other for group in same for other in group] + [host]
            groups = [group for group in groups if group not in same] + [merged]
        found = []
        for group in sorted(groups, key=lambda group: self.hosts.index(group[0])):
            names = tuple(dict.fromkeys(host.name for host in group))
            found.append(Machine(names[0], names[1:], tuple(group)))
        return tuple(found)


def _one_machine(one: Host, other: Host) -> bool:
    return one.address == other.address or one.name.lower() == other.name.lower()


def parse_host(role: str, text: str, number: int = 1) -> Host:
    """Read ``NAME=ADDRESS[/PREFIX]`` or an address alone, which is named after its role.

    Raises:
        InvalidInput: Name or address are none.
    """
    name, equals, address = text.rpartition("=")
    if not equals:
        name = f"{role}{number}"
    try:
        interface = ipaddress.ip_interface(_without_zone(address.strip()))
    except ValueError:
        raise InvalidInput(role, text, "NAME=ADDRESS, such as main=192.168.1.5 or main=192.168.1.5/24") from None
    return Host(checked_name(role, name.strip()), role, interface.ip, interface.network)


def parse_device_network(text: str, number: int = 1) -> DeviceNetwork:
    """Read ``NAME=NETWORK`` or a network alone; a single address is a network of one.

    Raises:
        InvalidInput: Name or network are none.
    """
    name, equals, network = text.rpartition("=")
    if not equals:
        name = f"devices{number}"
    return DeviceNetwork(checked_name("device network", name.strip()), parse_network("device network", network.strip()))


def parse_firewall(text: str) -> Firewall:
    """Read ``NAME`` or ``NAME=NETWORK,NETWORK..``.

    Raises:
        InvalidInput: Name or networks are none.
    """
    name, equals, networks = text.partition("=")
    joined = tuple(parse_network("firewall", part.strip()) for part in networks.split(",")) if equals else ()
    if len(joined) == 1:
        raise InvalidInput("firewall", text, "two networks or more that it joins, or none for all")
    return Firewall(checked_name("firewall", name.strip()), joined)


def _without_zone(text: str) -> str:
    """Refuse the zone of an IPv6 address: it may hold any sign, and names a card of one machine only."""
    if "%" in text:
        raise ValueError(text)
    return text


def parse_network(field_name: str, text: str) -> Network:
    """Read a network in CIDR form.

    Raises:
        InvalidInput: It is none, or bits behind the mask are set.
    """
    try:
        return ipaddress.ip_network(_without_zone(text))
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(_without_zone(text), strict=False)
    except ValueError:
        raise InvalidInput(field_name, text, "a network such as 10.1.0.0/24") from None
    raise InvalidInput(field_name, text, f"the network's first address; meant is perhaps {meant}")


def parse_moved(texts: Iterable[str]) -> dict[str, PortRange]:
    """Read ``ENTRY=PORT`` for ports that differ from the catalogue.

    Raises:
        InvalidInput: There is no such entry, or the port is none.
    """
    moved = {}
    for text in texts:
        name, _, port = text.partition("=")
        moved[load_catalogue().entry(name.strip()).id] = PortRange.parse(port.strip(), field="port")
    return moved
