"""Several UDP endpoints, one for each card, that are heard together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Self

from doorward.model.errors import NotReached
from doorward.transport.interfaces import Interface
from doorward.transport.udp import DEFAULT_QUEUE_SIZE, Datagram, DatagramQueue, UdpEndpoint


class UdpGroup:
    """Endpoints on several cards with one queue.

    Attributes:
        endpoints: One for each card that could be opened.
        problems: What went wrong with the others.
    """

    def __init__(self, queue: DatagramQueue) -> None:
        self._queue = queue
        self.endpoints: tuple[UdpEndpoint, ...] = ()
        self.problems: tuple[NotReached, ...] = ()

    @classmethod
    async def open(cls, cards: Iterable[Interface], *, queue_size: int = DEFAULT_QUEUE_SIZE) -> Self:
        """Open an endpoint on every card.

        Raises:
            NotReached: Not one could be opened; the reason of the first.
        """
        group = cls(DatagramQueue(queue_size))
        for card in cards:
            try:
                endpoint = await UdpEndpoint.open(card, queue=group._queue)
            except NotReached as problem:
                group.problems += (problem,)
            else:
                group.endpoints += (endpoint,)
        if not group.endpoints and group.problems:
            raise group.problems[0]
        return group

    def endpoint_of(self, datagram: Datagram) -> UdpEndpoint | None:
        """The endpoint that heard a datagram."""
        return next((item for item in self.endpoints if item.bind == datagram.local), None)

    @property
    def dropped(self) -> int:
        """Datagrams that were dropped because nobody took the earlier ones."""
        return self._queue.dropped

    async def receive(self) -> Datagram:
        """Wait for the next datagram on any card; raises NotReached when the group is closed."""
        return await self._queue.take()

    def close(self) -> None:
        """Close every endpoint."""
        for endpoint in self.endpoints:
            endpoint.close()
        self._queue.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        await asyncio.sleep(0)  # the event loop closes the sockets in its next round
