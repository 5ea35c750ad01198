"""The network cards of this machine, read anew at every call since cables and addresses change."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

import psutil

from doorward.model.errors import InvalidInput, NotReached
from doorward.transport.errors import reason_of

_LONGEST_BROADCAST_PREFIX = 30  # a /31 or /32 has no broadcast address
_ANY_PORT = 9  # no datagram is sent; the port only completes the address


@dataclass(frozen=True, slots=True)
class Interface:
    """One IPv4 address of a network card; a card with several addresses is several of these.

    Attributes:
        name: The operating system's name of the card.
        address: IPv4 address.
        mask: Subnet mask.
        broadcast: Broadcast address of the subnet; empty where there is none.
        up: Whether the card is switched on.
        loopback: Whether it only reaches this machine.
    """

    name: str
    address: str
    mask: str
    broadcast: str
    up: bool
    loopback: bool

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The subnet of the card."""
        return ipaddress.IPv4Network(f"{self.address}/{self.mask}", strict=False)

    def reaches(self, address: str) -> bool:
        """Whether an address lies in the card's own subnet."""
        try:
            return ipaddress.IPv4Address(address) in self.network
        except ValueError:
            return False


def interfaces() -> tuple[Interface, ...]:
    """Every IPv4 address of every card, also of those that are down."""
    states = psutil.net_if_stats()
    found = []
    for name, addresses in psutil.net_if_addrs().items():
        state = states.get(name)
        flags = state.flags.split(",") if state else []
        for entry in addresses:
            if entry.family != socket.AF_INET:
                continue
            mask = entry.netmask or "255.255.255.255"
            found.append(
                Interface(
                    name=name,
                    address=entry.address,
                    mask=mask,
                    broadcast=_broadcast(entry.address, mask, point_to_point="pointopoint" in flags),
                    up=state is None or state.isup,
                    loopback=ipaddress.IPv4Address(entry.address).is_loopback,
                )
            )
    return tuple(found)


def _broadcast(address: str, mask: str, *, point_to_point: bool) -> str:
    # Computed, because some systems report none for the loopback card and a wrong one after a change.
    network = ipaddress.IPv4Network(f"{address}/{mask}", strict=False)
    if point_to_point or network.prefixlen > _LONGEST_BROADCAST_PREFIX:
        return ""
    return str(network.broadcast_address)


def find_interface(name: str) -> tuple[Interface, ...]:
    """The addresses of one card, by the card's name or by one of its addresses.

    Raises:
        InvalidInput: There is no such card, or it has no IPv4 address; the existing ones are told.
    """
    known = interfaces()
    found = tuple(item for item in known if name in (item.name, item.address))
    if not found:
        names = ", ".join(f"{item.name} ({item.address})" for item in known)
        raise InvalidInput("interface", name, names or "no network card has an IPv4 address")
    return found


def interface_toward(host: str) -> Interface:
    """The card through which this machine would send to an IPv4 address.

    Raises:
        NotReached: No card leads there.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, _ANY_PORT))  # sends nothing, but makes the system choose a way
        except OSError as error:
            raise NotReached(
                f"No network card of this machine leads to {host}: {reason_of(error)}.",
                advice="Check the address, and the subnet mask and gateway of this machine.",
            ) from error
        local = str(probe.getsockname()[0])
    for item in interfaces():
        if item.address == local:
            return item
    return Interface(
        name="", address=local, mask="255.255.255.255", broadcast="", up=True, loopback=local.startswith("127.")
    )
