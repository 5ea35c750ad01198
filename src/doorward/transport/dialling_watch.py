"""What a card itself sees of TCP connections that begin: whether a firewall of this machine is in the way.

Packets that come are seen before the firewall of this machine, packets that go after it.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from dataclasses import dataclass
from typing import NamedTuple, Self

from doorward.model.errors import NotReached, Unsupported
from doorward.transport.errors import NOT_PERMITTED, reason_of
from doorward.transport.interfaces import Interface

ANSWER_SECONDS = 1.0
"""How long this machine may take to answer the first packet of a connection; it takes far less unless it drops it."""

WORDS_SECONDS = 2.0
"""How long a caller may take for his first words; one that begins TLS speaks at once."""

_ETHERTYPE_IPV4, _ALL_ETHERTYPES = 0x0800, 0x0003
_OUTGOING = 4
_TCP = 6
_SYN, _ACK = 0x02, 0x10
_SMALLEST_IP, _SMALLEST_TCP = 20, 20
_TLS_HANDSHAKE = b"\x16\x03"
_RECEIVE_SIZE = 2048


class Segment(NamedTuple):
    """What a TCP packet over IPv4 carries.

    Attributes:
        source: Address of who sent it.
        destination: Address of who gets it.
        source_port: The sender's port.
        port: The receiver's port.
        flags: The TCP flags.
        data: The bytes.
    """

    source: str
    destination: str
    source_port: int
    port: int
    flags: int
    data: bytes

    @property
    def begins(self) -> bool:
        """Whether it is the first of a connection."""
        return self.flags & (_SYN | _ACK) == _SYN

    @property
    def accepts(self) -> bool:
        """Whether it is the answer to the first."""
        return self.flags & (_SYN | _ACK) == _SYN | _ACK


def read_segment(packet: bytes) -> Segment | None:
    """Read an IPv4 packet; None when it carries no TCP."""
    if len(packet) < _SMALLEST_IP or packet[0] >> 4 != 4 or packet[9] != _TCP:
        return None
    size = int.from_bytes(packet[2:4], "big")
    tcp = packet[(packet[0] & 0x0F) * 4 : max(size, _SMALLEST_IP)]
    if len(tcp) < _SMALLEST_TCP:
        return None
    return Segment(
        socket.inet_ntoa(packet[12:16]),
        socket.inet_ntoa(packet[16:20]),
        int.from_bytes(tcp[0:2], "big"),
        int.from_bytes(tcp[2:4], "big"),
        tcp[13],
        tcp[(tcp[12] >> 4) * 4 :],
    )


@dataclass(frozen=True, slots=True)
class Dialling:
    """What was seen of a host that should dial a port of this machine.

    Attributes:
        knocks: The first packet of a connection came.
        answered: This machine answered it, so that neither its firewall nor one on the way is the matter.
        begins_tls: The host's first words begin TLS.
    """

    knocks: bool = False
    answered: bool = False
    begins_tls: bool = False


async def watch_dialling(
    card: Interface,
    host: str,
    port: int,
    *,
    timeout: float,  # noqa: ASYNC109 - how long is watched for the first packet
) -> Dialling:
    """Watch a card until a host dials a TCP port of this machine, and how that goes on.

    Args:
        card: The card.
        host: IPv4 address of who dials.
        port: The TCP port.
        timeout: Seconds to wait for the first packet; what follows it has limits of its own.

    Raises:
        Unsupported: This system or this user cannot look at raw packets.
        NotReached: The card cannot be used.
    """
    loop = asyncio.get_running_loop()
    knocks = answered = False
    with _open(card) as opened:
        end = loop.time() + timeout
        try:
            while True:
                async with asyncio.timeout_at(end):
                    data, source = await loop.sock_recvfrom(opened, _RECEIVE_SIZE)
                segment = _segment(data, source)
                if segment is None:
                    continue
                if source[2] == _OUTGOING:
                    if segment.accepts and (segment.destination, segment.source_port) == (host, port) and not answered:
                        answered = True
                        end = loop.time() + WORDS_SECONDS
                elif (segment.source, segment.port) == (host, port):
                    if segment.begins and not knocks:
                        knocks = True
                        end = loop.time() + ANSWER_SECONDS
                    elif segment.data and answered:
                        return Dialling(knocks, answered, segment.data.startswith(_TLS_HANDSHAKE))
        except TimeoutError:
            return Dialling(knocks, answered)
        except OSError as error:
            raise NotReached(f"{card.name} cannot be listened on: {reason_of(error)}.") from error


class DepartureWatch:
    """Notes which TCP ports of a host are really dialled: whose first packets leave by a card.

    Use it as a context manager around the dialling.

    Args:
        card: The card.
        host: IPv4 address of who is dialled.

    Attributes:
        active: Whether it sees anything; it does not without rights, or on other systems than Linux.
        ports: The ports whose first packets have left.

    Raises:
        NotReached: The card cannot be used.
    """

    def __init__(self, card: Interface, host: str) -> None:
        self._host = host
        self._socket: socket.socket | None = None
        self.ports: set[int] = set()
        try:
            self._socket = _open(card)
        except Unsupported:
            self._socket = None
        self.active = self._socket is not None

    def __enter__(self) -> Self:
        if self._socket is not None:
            asyncio.get_running_loop().add_reader(self._socket, self._look)
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._look()
            self._socket.close()
            self._socket = None

    def _look(self) -> None:
        while self._socket is not None:
            try:
                data, source = self._socket.recvfrom(_RECEIVE_SIZE)
            except OSError:
                return
            segment = _segment(data, source)
            if segment is not None and source[2] == _OUTGOING and segment.begins and segment.destination == self._host:
                self.ports.add(segment.port)


def _segment(data: bytes, source: tuple[str, int, int, int, bytes]) -> Segment | None:
    return read_segment(data) if source[1] == _ETHERTYPE_IPV4 else None


def _open(card: Interface) -> socket.socket:
    if sys.platform != "linux":
        raise Unsupported("Raw packets can be looked at on Linux only.")
    try:
        # Packets without their Ethernet header, as every kind of card gives them. Only who asks for all kinds of them
        # sees those that go out.
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_ETHERTYPES))
    except OSError as error:
        if error.errno in NOT_PERMITTED:
            raise Unsupported("Only an administrator may look at raw packets.") from error
        raise Unsupported(f"Raw packets cannot be looked at here: {reason_of(error)}.") from error
    try:
        opened.bind((card.name, _ALL_ETHERTYPES))
    except OSError as error:
        opened.close()
        raise NotReached(f"The card {card.name} cannot be used: {reason_of(error)}.") from error
    opened.setblocking(False)
    return opened
