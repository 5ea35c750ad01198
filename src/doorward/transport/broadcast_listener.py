"""One listener for broadcasts that all servers of a port on this machine share.

A socket bound to 127.0.1.1 does not hear a datagram to 255.255.255.255. On Linux the broadcast addresses themselves
can be bound, beside the sockets of single addresses and without taking anything away from them; other POSIX systems
need a socket on all addresses; Windows hands broadcasts to every bound socket of the card, so nothing is needed.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import Protocol, Self

from doorward.model.errors import NotReached
from doorward.transport.address import Address, check_port
from doorward.transport.errors import ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, bind_error
from doorward.transport.interfaces import Interface, interfaces
from doorward.transport.udp import BROADCAST, Datagram, DatagramSocket, bound_socket

logger = logging.getLogger(__name__)

# A broadcast reaches this many servers in one round of the event loop. All at once, their answers would overflow
# the receive buffer of an asker in the same process before it gets a turn.
_FAN_OUT = 32
_WAITING_DELIVERIES = 64 * 1024  # further ones are dropped, as a busy network does
_CARDS_STAY_KNOWN = 1.0  # seconds; reading the cards costs more than answering
_LARGEST_DATAGRAM = 65535
_READS_A_ROUND = 64

# struct in_pktinfo of Linux: card number, own address, destination.
_PACKET_INFORMATION = struct.Struct("=i4s4s")
_IP_PKTINFO = getattr(socket, "IP_PKTINFO", 8)


class BroadcastServer(Protocol):
    """What the listener serves."""

    address: Address

    def handle(self, datagram: Datagram) -> None:
        """Take a datagram that was broadcast."""
        ...


@dataclass(frozen=True, slots=True)
class _Wire:
    """The cards that have a server's address."""

    cards: frozenset[str]
    loopback: bool

    def hears(self, card: str, *, from_this_machine: bool) -> bool:
        """Whether a broadcast that came in by ``card`` (empty: not known) is on this wire."""
        if self.loopback:
            return from_this_machine
        return not self.cards or not card or card in self.cards


class BroadcastListener:
    """Hears broadcasts to one port and hands each to every server whose wire it came on, once.

    A server on a loopback address hears what this machine itself broadcasts on any card, and nothing from outside:
    no answer from 127.0.1.1 can leave the machine.

    Attributes:
        port: The UDP port.
        problem: Why broadcasts are not heard, with what to do; None when they are. Servers work without them.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.problem: NotReached | None = None
        self._servers: dict[BroadcastServer, None] = {}  # an ordered set
        self._sockets: list[socket.socket] = []
        self._wildcard: DatagramSocket | None = None
        self._deliveries: deque[tuple[BroadcastServer, Datagram]] = deque()
        self._delivering = False
        self._cards: tuple[Interface, ...] = ()
        self._cards_read_at = float("-inf")
        self._wires: dict[str, _Wire] = {}
        self._first = 0
        self.dropped = 0

    @classmethod
    async def open(cls, port: int) -> Self:
        """Start to hear. A port that another program holds is no error: ``problem`` says it."""
        check_port(port)
        listener = cls(port)
        try:
            if sys.platform == "linux":
                listener._bind_broadcast_addresses()
            elif sys.platform != "win32":
                bound = bound_socket("0.0.0.0", port, share=True)  # noqa: S104 - broadcasts arrive on no other
                listener._wildcard = DatagramSocket(bound, listener._hear_on_wildcard)
                await listener._wildcard.open()
        except OSError as error:
            listener.close()
            listener.problem = await asyncio.to_thread(bind_error, error, Address(BROADCAST, port), "udp")
            if error.errno in ADDRESS_IN_USE:
                listener.problem.advice = (
                    "Broadcast searches are not heard, searches to a single address are. Stop the program that "
                    "holds the port to be found by broadcast too."
                )
        return listener

    def _bind_broadcast_addresses(self) -> None:
        loop = asyncio.get_running_loop()
        for address in [BROADCAST, *sorted({card.broadcast for card in interfaces() if card.broadcast})]:
            try:
                bound = bound_socket(address, self.port, share=True)
            except OSError as error:
                if error.errno in ADDRESS_NOT_AVAILABLE and address != BROADCAST:
                    continue  # the card is down, or has gone since
                raise
            bound.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
            self._sockets.append(bound)
            loop.add_reader(bound, self._read, bound)

    def _read(self, bound: socket.socket) -> None:
        for _ in range(_READS_A_ROUND):
            try:
                data, ancillary, _, source = bound.recvmsg(
                    _LARGEST_DATAGRAM, socket.CMSG_SPACE(_PACKET_INFORMATION.size)
                )
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                logger.debug("broadcasts to port %d: %s", self.port, error)
                return
            self._hear(data, Address(str(source[0]), int(source[1])), _card_name(ancillary))

    def _hear_on_wildcard(self, data: bytes, source: Address) -> None:
        self._hear(data, source, "")

    def _hear(self, data: bytes, source: Address, card: str) -> None:
        datagram = Datagram(data, source, card, time.monotonic(), Address(BROADCAST, self.port), broadcast=True)
        self._read_cards()
        ours = any(item.address == source.host or _is_loopback(item, source.host) for item in self._cards)
        servers = [server for server in self._servers if self._wire_of(server).hears(card, from_this_machine=ours)]
        if not servers or len(self._deliveries) + len(servers) > _WAITING_DELIVERIES:
            self.dropped += 1
            return
        # Each time another one is first: where answers are lost in a crowd, not always the same are.
        self._first = (self._first + _FAN_OUT) % len(servers)
        ordered = servers[self._first :] + servers[: self._first]
        self._deliveries.extend((server, datagram) for server in ordered)
        if not self._delivering:
            self._delivering = True
            self._deliver()

    def _deliver(self) -> None:
        for _ in range(min(_FAN_OUT, len(self._deliveries))):
            server, datagram = self._deliveries.popleft()
            if server in self._servers:
                server.handle(datagram)
        self._delivering = bool(self._deliveries)
        if self._delivering:
            asyncio.get_running_loop().call_soon(self._deliver)

    def _read_cards(self) -> None:
        now = time.monotonic()
        if now - self._cards_read_at > _CARDS_STAY_KNOWN:
            cards, self._cards_read_at = interfaces(), now
            if cards != self._cards:
                self._cards, self._wires = cards, {}

    def _wire_of(self, server: BroadcastServer) -> _Wire:
        host = server.address.host
        wire = self._wires.get(host)
        if wire is None:
            own = [card for card in self._cards if card.address == host or _is_loopback(card, host)]
            wire = _Wire(frozenset(card.name for card in own), any(card.loopback for card in own))
            self._wires[host] = wire
        return wire

    def add(self, server: BroadcastServer) -> None:
        """Let a server hear broadcasts."""
        self._servers[server] = None

    def remove(self, server: BroadcastServer) -> None:
        """Let a server hear no more."""
        self._servers.pop(server, None)

    def close(self) -> None:
        """Stop hearing."""
        for bound in self._sockets:
            asyncio.get_running_loop().remove_reader(bound)
            bound.close()
        self._sockets.clear()
        if self._wildcard is not None:
            self._wildcard.close()
            self._wildcard = None
        self._deliveries.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        await asyncio.sleep(0)  # the event loop closes the sockets in its next round


def _is_loopback(card: Interface, host: str) -> bool:
    return card.loopback and card.reaches(host)


def _card_name(ancillary: list[tuple[int, int, bytes]]) -> str:
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(data) >= _PACKET_INFORMATION.size:
            try:
                return socket.if_indextoname(_PACKET_INFORMATION.unpack_from(data)[0])
            except OSError:
                return ""
    return ""
