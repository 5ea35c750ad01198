"""UDP sockets that several virtual devices share: one for each address and port, and one ear for broadcasts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Self

from doorward.model.errors import NotReached
from doorward.transport import Address, BroadcastListener, Datagram, UdpServer

logger = logging.getLogger(__name__)

Handler = Callable[[Datagram], None]


class _Table:
    """The devices at one address and port."""

    def __init__(self) -> None:
        self.server: UdpServer | None = None
        self.seats: list[UdpSeat] = []

    def hear(self, datagram: Datagram) -> None:
        for seat in tuple(self.seats):
            seat.handler(datagram)


class UdpSeat:
    """A device's place at an address and port.

    Attributes:
        address: The address and the real port.
        handler: Takes the datagrams.
    """

    def __init__(self, table: _Table, handler: Handler, leave: Callable[[UdpSeat], None]) -> None:
        assert table.server is not None
        self.address: Address = table.server.address
        self.handler = handler
        self._server = table.server
        self._leave = leave

    def answer(self, datagram: Datagram, data: bytes) -> None:
        """Send an answer to whoever sent a datagram, from this address."""
        self._server.answer(datagram, data)

    def leave(self) -> None:
        """Hear no more; the last to leave closes the socket."""
        self._leave(self)


class UdpHub:
    """Gives devices their place on UDP.

    Without ``open`` only datagrams to a device's own address are heard, no broadcasts.
    """

    def __init__(self) -> None:
        self._tables: dict[tuple[str, int], _Table] = {}
        self._broadcasts: dict[int, BroadcastListener] = {}

    async def open(self, *ports: int) -> Self:
        """Hear broadcasts to these ports too. A port that another program holds is told in ``problems``."""
        for port in ports:
            if port not in self._broadcasts:
                self._broadcasts[port] = await BroadcastListener.open(port)
        for problem in self.problems:
            logger.warning("%s %s", problem, problem.advice)
        return self

    @property
    def problems(self) -> tuple[NotReached, ...]:
        """Why broadcasts are not heard; empty when they are."""
        return tuple(listener.problem for listener in self._broadcasts.values() if listener.problem is not None)

    async def join(self, address: str, port: int, handler: Handler) -> UdpSeat:
        """Hear what is sent to an address.

        Raises:
            PortBusy: The port is held.
            NotReached: The address is not one of this machine.
        """
        key = (address, port)
        table = self._tables.get(key) if port else None
        if table is None:
            table = _Table()
            table.server = await UdpServer.open(address, port, table.hear, broadcasts=self._broadcasts.get(port))
            key = (address, table.server.address.port)
            self._tables[key] = table
        seat = UdpSeat(table, handler, lambda leaving: self._leave(key, leaving))
        table.seats.append(seat)
        return seat

    def _leave(self, key: tuple[str, int], seat: UdpSeat) -> None:
        table = self._tables.get(key)
        if table is None or seat not in table.seats:
            return
        table.seats.remove(seat)
        if not table.seats and table.server is not None:
            table.server.close()
            del self._tables[key]

    def close(self) -> None:
        """Hear no more broadcasts."""
        for listener in self._broadcasts.values():
            listener.close()
        self._broadcasts.clear()
