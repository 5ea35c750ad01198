"""What an agent may reach: the server does not ask for more, and the agent does no more than it was last told."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from doorward.model.errors import InvalidInput

DEVICE_TCP_PORTS: Final = (1470, 1471)
BIOSTAR1_UDP_PORT: Final = 51110
BIOSTAR2_UDP_PORT: Final = 51210
DEVICE_UDP_PORTS: Final = (BIOSTAR1_UDP_PORT, BIOSTAR2_UDP_PORT)
LARGEST_PORT: Final = 65535
MOST_NETWORKS: Final = 64
MOST_PORTS: Final = 64

_UNREACHABLE: Final = "What an agent may reach is in its settings on the server."


class OutOfReach(InvalidInput):
    """An address or port that the agent's settings do not allow; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Addresses and ports.

    Attributes:
        networks: IPv4 networks such as ``192.168.1.0/24``; empty: the private networks of the agent's own cards.
        tcp_ports: TCP ports that may be dialled.
        udp_ports: UDP ports that may be asked.
    """

    networks: tuple[str, ...] = ()
    tcp_ports: tuple[int, ...] = DEVICE_TCP_PORTS
    udp_ports: tuple[int, ...] = DEVICE_UDP_PORTS

    def check(self) -> None:
        """Refuse what is no network or no port.

        Raises:
            InvalidInput: The first wrong value, with what is allowed.
        """
        if len(self.networks) > MOST_NETWORKS:
            raise InvalidInput("networks", len(self.networks), f"at most {MOST_NETWORKS} networks")
        for network in self.networks:
            _network(network)
        for name, ports in (("tcp_ports", self.tcp_ports), ("udp_ports", self.udp_ports)):
            if len(ports) > MOST_PORTS:
                raise InvalidInput(name, len(ports), f"at most {MOST_PORTS} ports")
            for port in ports:
                if not 1 <= port <= LARGEST_PORT:
                    raise InvalidInput(name, port, f"whole numbers from 1 to {LARGEST_PORT}")

    def within(self, own: Iterable[tuple[str, str]]) -> Allowed:
        """The same for an agent with these cards.

        Args:
            own: Address and mask of each of its cards.
        """
        if self.networks:
            networks = tuple(_network(each) for each in self.networks)
        else:
            networks = tuple(dict.fromkeys(own_networks(own)))
        return Allowed(networks, frozenset(self.tcp_ports), frozenset(self.udp_ports))


@dataclass(frozen=True, slots=True)
class Allowed:
    """What one agent with its cards may reach.

    Attributes:
        networks: The networks.
        tcp_ports: TCP ports that may be dialled there.
        udp_ports: UDP ports that may be asked there.
    """

    networks: tuple[ipaddress.IPv4Network, ...]
    tcp_ports: frozenset[int]
    udp_ports: frozenset[int]

    def check_host(self, host: str) -> None:
        """Refuse an address outside.

        Raises:
            OutOfReach: It is outside, or no IPv4 address: names are not resolved for the server.
        """
        if not self.reaches(host):
            shown = ", ".join(map(str, self.networks)) or "none: the agent has no card in a private network"
            raise _out("address", host, f"an IPv4 address in the networks that the agent may reach ({shown})")

    def reaches(self, host: str) -> bool:
        """Whether an address lies inside."""
        try:
            address = ipaddress.IPv4Address(host)
        except ValueError:
            return False
        return any(address in network for network in self.networks)

    def check_tcp(self, host: str, port: int) -> None:
        """Refuse to dial an address or port outside; raises OutOfReach."""
        self.check_host(host)
        _check_port("port", port, self.tcp_ports)

    def check_udp(self, port: int) -> None:
        """Refuse to ask a UDP port outside; raises OutOfReach."""
        _check_port("udp_port", port, self.udp_ports)


def own_networks(own: Iterable[tuple[str, str]]) -> list[ipaddress.IPv4Network]:
    """The private networks of some cards; what only reaches the machine itself is none."""
    found = []
    for address, mask in own:
        try:
            network = ipaddress.IPv4Network(f"{address}/{mask}", strict=False)
        except ValueError:
            continue
        if network.is_private and not network.is_loopback and not network.is_link_local and network.prefixlen > 0:
            found.append(network)
    return found


def _network(text: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        raise InvalidInput("networks", text, "IPv4 networks such as 192.168.1.0/24") from None


def _check_port(field: str, port: int, allowed: frozenset[int]) -> None:
    if port not in allowed:
        raise _out(field, port, f"a port that the agent may reach ({', '.join(map(str, sorted(allowed))) or 'none'})")


def _out(field: str, value: object, allowed: str) -> OutOfReach:
    error = OutOfReach(field, value, allowed)
    error.advice = _UNREACHABLE
    return error
