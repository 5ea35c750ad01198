"""UDP for who is asked: a socket on an own address of this machine."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Callable
from typing import Self

from doorward.model.errors import NotReached
from doorward.transport.address import Address, check_port
from doorward.transport.broadcast_listener import BroadcastListener
from doorward.transport.errors import ADDRESS_IN_USE, UNREACHABLE, bind_error
from doorward.transport.port_holder import WILDCARD_ADDRESSES, is_held_exactly
from doorward.transport.udp import BROADCAST, Datagram, DatagramSocket, bound_socket

logger = logging.getLogger(__name__)

Handler = Callable[[Datagram], None]


class UdpServer:
    """Hears questions on one address of this machine and answers from it.

    Attributes:
        address: The address and the real port.
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._socket: DatagramSocket | None = None
        self._broadcasts: BroadcastListener | None = None
        self.address = Address("", 0)

    @classmethod
    async def open(
        cls, address: str, port: int, handler: Handler, *, broadcasts: BroadcastListener | None = None
    ) -> Self:
        """Start to hear.

        Args:
            address: An address of this machine; 127.x.y.z need not be set up on Linux.
            port: UDP port; 0 lets the system choose.
            handler: Called in the event loop for each datagram; answers with ``answer``.
            broadcasts: The shared ear for broadcasts; without it only datagrams to ``address`` are heard.

        Raises:
            PortBusy: The port is held; its holder is named where it may be seen.
            NotReached: The address is not one of this machine.
        """
        check_port(port, lowest=0)
        server = cls(handler)
        try:
            bound = _bind(address, port)
        except OSError as error:
            raise await asyncio.to_thread(bind_error, error, Address(address, port), "udp") from error
        server._socket = DatagramSocket(bound, server._hear)
        server.address = server._socket.address
        await server._socket.open()
        if broadcasts is not None and address not in WILDCARD_ADDRESSES:  # who listens on all hears them anyway
            broadcasts.add(server)
            server._broadcasts = broadcasts
        return server

    def _hear(self, data: bytes, source: Address) -> None:
        self.handle(Datagram(data, source, "", time.monotonic(), self.address))

    def handle(self, datagram: Datagram) -> None:
        """Give a datagram to the handler; what it raises is logged and does not end the server."""
        try:
            self._handler(datagram)
        except Exception:
            logger.exception("the handler of UDP %s failed", self.address)

    def answer(self, datagram: Datagram, data: bytes) -> None:
        """Send an answer to whoever sent ``datagram``, from this server's own address.

        A broadcast question may come from a subnet to which no route leads; the answer is broadcast then, so that
        a device with a wrong subnet can still be found. An answer that cannot be sent is dropped and logged.
        """
        if self._socket is None:
            return
        try:
            try:
                self._socket.send(data, datagram.source)
            except OSError as error:
                if error.errno not in UNREACHABLE or not datagram.broadcast:
                    raise
                self._socket.send(data, Address(BROADCAST, datagram.source.port))
        except (OSError, NotReached) as error:
            logger.debug("no answer from %s to %s: %s", self.address, datagram.source, error)

    def close(self) -> None:
        """Stop hearing."""
        if self._broadcasts is not None:
            self._broadcasts.remove(self)
            self._broadcasts = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        await asyncio.sleep(0)  # the event loop closes the socket in its next round


def _bind(address: str, port: int) -> socket.socket:
    """Bind alone if possible, so that a second program on the same address is noticed; else beside a wildcard."""
    share = sys.platform not in ("linux", "win32")  # elsewhere the broadcast listener sits on all addresses
    try:
        return bound_socket(address, port, share=share)
    except OSError as error:
        # A program that listens on all addresses and shares them leaves ours to us. One on the very address does
        # not: shared, the last to bind would take the datagrams away from the first without a word.
        if error.errno not in ADDRESS_IN_USE or is_held_exactly(Address(address, port), "udp"):
            raise
    return bound_socket(address, port, share=True)
