"""UDP from one network card: three addresses kept apart (bind, broadcast, listen), and answers that say who heard them.

A socket bound to the card's own address leaves by that card, also with a broadcast, and hears what is sent to that
address from anywhere, inside the subnet or not. It does not hear an answer that is broadcast, as a device with a
wrong subnet may send it; on POSIX systems a second socket on the broadcast address, with the same port, does.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from doorward.model.errors import NotReached
from doorward.transport.address import Address
from doorward.transport.errors import REFUSED, RESET, bind_error, reason_of
from doorward.transport.interfaces import Interface

BROADCAST = "255.255.255.255"

DEFAULT_QUEUE_SIZE = 4096  # datagrams; hundreds of devices may answer one search within milliseconds
_RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024  # asked for; the system gives what it allows
_DARWIN_IP_BOUND_IF = 25


@dataclass(frozen=True, slots=True)
class Datagram:
    """What arrived.

    Attributes:
        data: The bytes.
        source: Who sent it.
        interface_name: The card that heard it; empty where the system does not tell.
        received_at: When, on the monotonic clock, in seconds.
        local: Our address that heard it.
        broadcast: Whether it was sent to everybody; False where the system does not tell.
    """

    data: bytes
    source: Address
    interface_name: str
    received_at: float
    local: Address
    broadcast: bool = False


class DatagramQueue:
    """Datagrams that wait to be taken; when it is full, new ones are dropped and counted."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: deque[Datagram] = deque()
        self._taker: asyncio.Future[None] | None = None
        self._closed = False
        self.dropped = 0

    def put(self, datagram: Datagram) -> None:
        """Add a datagram unless the queue is full."""
        if len(self._waiting) >= self._size:
            self.dropped += 1
            return
        self._waiting.append(datagram)
        self._wake()

    def close(self) -> None:
        """Let a waiting taker know that nothing comes any more."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    async def take(self) -> Datagram:
        """Give the oldest datagram; wait for one; raises NotReached when closed."""
        while not self._waiting:
            if self._closed:
                raise NotReached("The UDP endpoint is closed.")
            self._taker = asyncio.get_running_loop().create_future()
            try:
                await self._taker
            finally:
                self._taker = None
        return self._waiting.popleft()


class DatagramSocket(asyncio.DatagramProtocol):
    """One bound UDP socket in the event loop.

    Args:
        deliver: Called with the bytes and the source of every datagram.
    """

    def __init__(self, bound: socket.socket, deliver: Callable[[bytes, Address], None]) -> None:
        self._socket = bound
        self._deliver = deliver
        self._transport: asyncio.DatagramTransport | None = None
        self.address = Address.from_socket(bound.getsockname())
        self.icmp_errors = 0

    async def open(self) -> None:
        """Start receiving."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=self._socket)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...] | None) -> None:
        """Pass a datagram on."""
        if addr:  # Windows reports an ICMP error as empty data from nobody
            self._deliver(data, Address(str(addr[0]), int(addr[1])))

    def error_received(self, exc: Exception) -> None:
        """Count what ICMP says of a datagram sent before: it concerns one peer and does not end the socket."""
        del exc
        self.icmp_errors += 1

    def send(self, data: bytes, destination: Address) -> None:
        """Send a datagram at once; raises OSError when the system refuses it."""
        if self._transport is None or self._transport.is_closing():
            raise NotReached("The UDP endpoint is closed.")
        try:
            self._socket.sendto(data, destination)
        except BlockingIOError:
            self._transport.sendto(data, destination)
        except OSError as error:
            if error.errno not in REFUSED | RESET:
                raise
            # The system hands out the ICMP error of an earlier datagram here and has not sent this one.
            self.icmp_errors += 1
            self._socket.sendto(data, destination)

    def close(self) -> None:
        """Stop receiving and close the socket."""
        if self._transport is not None:
            self._transport.close()
        else:
            self._socket.close()


def bound_socket(address: str, port: int, *, share: bool = False) -> socket.socket:
    """Make a UDP socket that may broadcast and is bound to an address of this machine.

    Args:
        address: The address to bind to.
        port: The port; 0 lets the system choose.
        share: Let others bind the same address and port (they must ask for it too).

    Raises:
        OSError: The system refuses.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        with contextlib.suppress(OSError):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        if share:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elif sys.platform == "win32" and port:
            # Windows would let another program take the port over.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    return made


class UdpEndpoint:
    """The client's side on one card: asks and hears answers, on a port of its own.

    Use ``UdpEndpoint.open`` to make one, and close it with ``close`` or as an async context manager.

    Attributes:
        interface: The card.
        bind: The address that datagrams leave from.
        broadcast: The address that reaches everybody on the card's wire.
        listen: The address on which broadcast answers are heard; None where the system hears them at ``bind``.
    """

    def __init__(self, interface: Interface, queue: DatagramQueue) -> None:
        self.interface = interface
        self.bind = Address(interface.address, 0)
        self.broadcast = BROADCAST
        self.listen: Address | None = None
        self._queue = queue
        self._socket: DatagramSocket | None = None
        self._broadcast_socket: DatagramSocket | None = None

    @classmethod
    async def open(
        cls, interface: Interface, *, queue_size: int = DEFAULT_QUEUE_SIZE, queue: DatagramQueue | None = None
    ) -> Self:
        """Open an endpoint on a card.

        Args:
            interface: The card; read from ``interfaces()``.
            queue_size: Datagrams that may wait to be received; further ones are dropped and counted.
            queue: Where datagrams wait, when several endpoints are heard together; ``queue_size`` is its own then.

        Raises:
            NotReached: The card's address is gone, or the system refuses a socket.
        """
        endpoint = cls(interface, queue or DatagramQueue(queue_size))
        try:
            bound = bound_socket(interface.address, 0)
        except OSError as error:
            raise bind_error(error, endpoint.bind, "udp") from error
        endpoint._leave_by_card(bound)
        endpoint._socket = DatagramSocket(bound, endpoint._hear)
        endpoint.bind = endpoint._socket.address
        await endpoint._socket.open()
        await endpoint._listen_to_broadcasts()
        return endpoint

    def _leave_by_card(self, bound: socket.socket) -> None:
        # macOS sends every broadcast by the first card unless it is told the card's number.
        if sys.platform == "darwin" and self.interface.name:
            with contextlib.suppress(OSError):
                number = socket.if_nametoindex(self.interface.name)
                bound.setsockopt(socket.IPPROTO_IP, _DARWIN_IP_BOUND_IF, number)

    async def _listen_to_broadcasts(self) -> None:
        if sys.platform == "win32":
            return  # a bound socket hears broadcasts there
        try:
            bound = bound_socket(BROADCAST, self.bind.port)
        except OSError:
            return  # not every system allows it; then only answers to our own address are heard
        self._broadcast_socket = DatagramSocket(bound, self._hear_broadcast)
        self.listen = self._broadcast_socket.address
        await self._broadcast_socket.open()

    def _hear(self, data: bytes, source: Address) -> None:
        self._queue.put(Datagram(data, source, self.interface.name, time.monotonic(), self.bind))

    def _hear_broadcast(self, data: bytes, source: Address) -> None:
        self._queue.put(Datagram(data, source, self.interface.name, time.monotonic(), self.bind, broadcast=True))

    @property
    def dropped(self) -> int:
        """Datagrams that were dropped because nobody took the earlier ones."""
        return self._queue.dropped

    def send(self, data: bytes, destination: Address) -> None:
        """Send a datagram to one address.

        Raises:
            NotReached: No way leads there, or the endpoint is closed.
        """
        if self._socket is None:
            raise NotReached("The UDP endpoint is closed.")
        try:
            self._socket.send(data, destination)
        except OSError as error:
            raise NotReached(
                f"Nothing can be sent to {destination} from {self.interface.name or self.bind.host}: "
                f"{reason_of(error)}.",
                advice="Check the address, the cable, and the subnet mask and gateway of this machine.",
            ) from error

    def send_broadcast(self, data: bytes, port: int) -> None:
        """Send a datagram to everybody on the card's wire, whatever subnet they are set to.

        Raises:
            NotReached: The card is down or cannot broadcast.
        """
        try:
            self.send(data, Address(BROADCAST, port))
        except NotReached:
            # Some systems refuse the address of all networks on some cards; the subnet's own often works.
            if not self.interface.broadcast:
                raise
            self.send(data, Address(self.interface.broadcast, port))

    async def receive(self) -> Datagram:
        """Wait for the next datagram; raises NotReached when the endpoint is closed."""
        return await self._queue.take()

    def close(self) -> None:
        """Close the sockets; a waiting ``receive`` ends with NotReached."""
        for item in (self._socket, self._broadcast_socket):
            if item is not None:
                item.close()
        self._socket = self._broadcast_socket = None
        self._queue.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        await asyncio.sleep(0)  # the event loop closes the sockets in its next round
