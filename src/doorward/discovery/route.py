"""Which way leads to a device: to its address, or by broadcast when no address does."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.model.errors import InvalidInput, NotReached
from doorward.model.found import FoundDevice
from doorward.transport.address import Address
from doorward.transport.interfaces import Interface, find_interface, interface_toward, interfaces
from doorward.transport.udp import UdpEndpoint

# A device that got no address gives itself this one; it is asked by broadcast (protocol notes, section 5.6).
FALLBACK_ADDRESS = "169.254.10.1"


@dataclass(frozen=True, slots=True)
class Route:
    """The way to one device.

    Attributes:
        cards: The cards to ask from.
        host: The address to ask; empty asks by broadcast.
        port: UDP port of the device.
    """

    cards: tuple[Interface, ...]
    host: str
    port: int

    @property
    def by_broadcast(self) -> bool:
        """Whether everybody on the wire hears the question; the id in it says who is meant."""
        return not self.host

    def send(self, endpoint: UdpEndpoint, data: bytes) -> None:
        """Send a datagram to the device; raises NotReached."""
        if self.by_broadcast:
            endpoint.send_broadcast(data, self.port)
        else:
            endpoint.send(data, Address(self.host, self.port))

    def __str__(self) -> str:
        if not self.by_broadcast:
            return f"{self.host}, UDP port {self.port}"
        return f"broadcast on {', '.join(sorted({card.name for card in self.cards}))}, UDP port {self.port}"


def route_to(device: FoundDevice, port: int, *, broadcast_allowed: bool = True) -> Route:
    """Choose the way to a device.

    Args:
        device: The device.
        port: UDP port that devices of its generation listen on.
        broadcast_allowed: Whether the request may be heard by all; else it goes to the address in any case.

    Raises:
        NotReached: No card leads there.
    """
    host = device.answered_from or device.address
    lost = device.foreign_subnet or FALLBACK_ADDRESS in (host, device.address) or not host
    if lost and broadcast_allowed:
        return Route(broadcast_cards(named_cards(device.interface)), "", port)
    for card in named_cards(device.interface):
        if card.reaches(host):
            return Route((card,), host, port)
    return Route((interface_toward(host),), host, port)


def named_cards(name: str) -> tuple[Interface, ...]:
    """The addresses of one card, or of all of them when there is no name or the card is gone."""
    if name:
        try:
            return find_interface(name)
        except InvalidInput:
            return interfaces()
    return interfaces()


def broadcast_cards(cards: tuple[Interface, ...]) -> tuple[Interface, ...]:
    """Those of the cards on which a broadcast can be sent.

    Raises:
        NotReached: None of them.
    """
    usable = tuple(card for card in cards if card.up and card.broadcast)
    if not usable:
        names = ", ".join(sorted({card.name for card in cards})) or "no card"
        raise NotReached(
            f"No network card is ready to broadcast (looked at: {names}).",
            advice="Plug in the cable, switch the card on, or name another one.",
        )
    return usable
