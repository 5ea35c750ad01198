"""A TCP connection as a stream, on asyncio's buffered protocol."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable
from typing import cast

from doorward.model.errors import NotReached
from doorward.transport.address import Address
from doorward.transport.errors import RESET, reason_of

# Reading stops at the mark and goes on when the bytes are taken. The room behind the mark is for what an event
# loop may still deliver after it was told to stop (Windows reads up to 64 KiB ahead).
READ_MARK = 256 * 1024
_READ_CAPACITY = READ_MARK + 64 * 1024
# A connection begins with little room, since a server holds thousands that say little, and gets more when it fills it.
_FIRST_CAPACITY = 2 * 1024
_GROWTH = 8
_WRITE_MARK = 256 * 1024

_KEEP_ALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPALIVE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))


class SocketStream(asyncio.BufferedProtocol):
    """One TCP connection; see ``Stream`` for what its methods promise.

    Args:
        connected: Called with the stream when the connection stands (a listener starts its handler there).
    """

    def __init__(self, connected: Callable[[SocketStream], None] | None = None) -> None:
        self._connected = connected
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = memoryview(bytearray(_FIRST_CAPACITY))
        self._filled = 0
        self._was_small = False
        self._reading_paused = False
        self._writing_paused = False
        self._ended = False
        self._problem: NotReached | None = None
        self._receiver: asyncio.Future[None] | None = None
        self._senders: deque[asyncio.Future[None]] = deque()
        self._lost = self._loop.create_future()
        self.peer = Address("", 0)
        self.local = Address("", 0)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport and set the socket up."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_WRITE_MARK)
        self.peer = Address.from_socket(transport.get_extra_info("peername"))
        self.local = Address.from_socket(transport.get_extra_info("sockname"))
        _set_options(transport.get_extra_info("socket"))
        if self._connected is not None:
            self._connected(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Offer the free part of the buffer."""
        del sizehint
        if self._filled > len(self._buffer) // 2:
            self._resize(min(_GROWTH * len(self._buffer), _READ_CAPACITY))
        return self._buffer[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Note what arrived; stop reading when enough is waiting."""
        self._filled += nbytes
        if self._filled == len(self._buffer) < _READ_CAPACITY:
            self._resize(min(_GROWTH * len(self._buffer), _READ_CAPACITY))
        if self._filled >= READ_MARK and not self._reading_paused and self._transport is not None:
            self._reading_paused = True
            self._transport.pause_reading()
        self._wake_receiver()

    def _resize(self, capacity: int) -> None:
        if capacity != len(self._buffer):
            larger = memoryview(bytearray(capacity))
            larger[: self._filled] = self._buffer[: self._filled]
            self._buffer = larger

    def eof_received(self) -> bool:
        """The peer sends no more; our direction stays open until we close."""
        self._ended = True
        self._wake_receiver()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over, by either side or by the line."""
        self._ended = True
        if exc is not None:
            self._problem = _cut(self.peer, exc)
        self._wake_receiver()
        self._wake_senders()
        if not self._lost.done():
            self._lost.set_result(None)

    def pause_writing(self) -> None:
        """Too much waits to be sent."""
        self._writing_paused = True

    def resume_writing(self) -> None:
        """Enough has left."""
        self._writing_paused = False
        self._wake_senders()

    def _wake_receiver(self) -> None:
        if self._receiver is not None and not self._receiver.done():
            self._receiver.set_result(None)

    def _wake_senders(self) -> None:
        for sender in self._senders:
            if not sender.done():
                sender.set_result(None)

    # What the owner of the stream calls.

    async def receive(self) -> bytes:
        """Give what has arrived, as much as there is; wait when there is nothing."""
        while not self._filled:
            if self._problem is not None:
                raise self._problem
            if self._ended or self.is_closing:
                return b""
            if self._receiver is not None:
                raise RuntimeError("one stream is read by one task at a time")
            self._receiver = self._loop.create_future()
            try:
                await self._receiver
            finally:
                self._receiver = None
        data = bytes(self._buffer[: self._filled])
        self._filled = 0
        small = len(data) < _FIRST_CAPACITY
        if small and self._was_small:  # a burst is over, if there was one
            self._resize(_FIRST_CAPACITY)
        self._was_small = small
        if self._reading_paused and self._transport is not None and not self._transport.is_closing():
            self._reading_paused = False
            self._transport.resume_reading()
        return data

    async def send(self, data: bytes) -> None:
        """Hand bytes to the operating system; wait while it takes none."""
        transport = self._open_transport()
        transport.write(data)
        while self._writing_paused and not self._lost.done():
            sender = self._loop.create_future()
            self._senders.append(sender)
            try:
                await sender
            finally:
                self._senders.remove(sender)
        if self._lost.done():
            raise self._problem or _closed(self.peer)

    def _open_transport(self) -> asyncio.Transport:
        if self._problem is not None:
            raise self._problem
        if self._transport is None or self._transport.is_closing():
            raise _closed(self.peer)
        return self._transport

    @property
    def is_closing(self) -> bool:
        """Whether the connection is closed or about to be."""
        return self._transport is None or self._transport.is_closing()

    def close(self) -> None:
        """Send what is waiting, then close."""
        if self._transport is not None:
            self._transport.close()
        self._wake_receiver()

    def abort(self) -> None:
        """Close at once; what is waiting is dropped."""
        if self._transport is not None:
            self._transport.abort()
        self._wake_receiver()

    async def wait_closed(self) -> None:
        """Wait until the connection is over."""
        await asyncio.shield(self._lost)


def _set_options(connection: socket.socket) -> None:
    # A peer that vanished (power cut, cable) is noticed after about a minute of silence.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, option, value)


def _cut(peer: Address, cause: Exception) -> NotReached:
    why = "it was reset by the other side"
    if not (isinstance(cause, OSError) and cause.errno in RESET):
        why = reason_of(cause) if isinstance(cause, OSError) else str(cause)
    return NotReached(
        f"The connection to {peer} was cut: {why}.", advice="Check the device and the network, then connect again."
    )


def _closed(peer: Address) -> NotReached:
    return NotReached(f"The connection to {peer} is closed.", advice="Connect again.")
