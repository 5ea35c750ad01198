"""Direct mode: a virtual device listens, and a client dials it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from doorward.model.errors import NotReached
from doorward.protocol.errors import RemoteProtocolError
from doorward.simulator.outcome import After
from doorward.simulator.session import Cut, DeviceSession, Follow, Send
from doorward.simulator.virtual_device import VirtualDevice
from doorward.transport import Address, Listener, Stream, listen

logger = logging.getLogger(__name__)

# Packets are handed to the stream in pieces of this many bytes: few calls, little memory.
_PIECE = 64 * 1024
# A client that has closed and dials again at once shall not find its own old connection in the way; the event loop
# needs a few rounds to notice the end.
_ROUNDS_OF_GRACE = 4


class DirectServer:
    """Serves the clients of one device over TCP.

    Args:
        device: The device.
        follow: Called when the device shall restart or restart its network.
        max_clients: Clients at once; a further one is closed at once.
        idle_limit: Seconds of silence after which a connection is closed; None never closes it.
    """

    def __init__(
        self, device: VirtualDevice, follow: Callable[[After], None], *, max_clients: int, idle_limit: float | None
    ) -> None:
        self._device = device
        self._follow = follow
        self.max_clients = max_clients
        self.idle_limit = idle_limit
        self._listener: Listener | None = None
        self._streams: set[Stream] = set()

    @property
    def client_count(self) -> int:
        """Clients that are connected."""
        return len(self._streams)

    @property
    def address(self) -> Address | None:
        """Where the device listens; None while it does not."""
        return self._listener.addresses[0] if self._listener is not None else None

    async def start(self, address: str, port: int) -> None:
        """Start to listen.

        Raises:
            PortBusy: The port is held.
            NotReached: The address is not one of this machine.
        """
        self._listener = await listen(self._serve, address, port)

    async def stop(self) -> None:
        """Stop listening and cut all connections."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        for stream in self._streams:
            stream.abort()
        listener.close()
        await listener.wait_closed()

    async def _serve(self, stream: Stream) -> None:
        for _ in range(_ROUNDS_OF_GRACE):
            if len(self._streams) < self.max_clients:
                break
            await asyncio.sleep(0)
        else:
            logger.info("device %d: %s is refused, a client is connected", self._device.device_id, stream.peer)
            stream.abort()
            return
        self._streams.add(stream)
        try:
            await self._converse(stream, DeviceSession(self._device))
        except RemoteProtocolError as error:
            logger.info("device %d closes the connection from %s: %s", self._device.device_id, stream.peer, error)
            stream.abort()
        except NotReached as error:
            logger.debug("device %d: %s", self._device.device_id, error)
        finally:
            self._streams.discard(stream)

    async def _converse(self, stream: Stream, session: DeviceSession) -> None:
        while True:
            try:
                async with asyncio.timeout(self.idle_limit):
                    data = await stream.receive()
            except TimeoutError:
                logger.info("device %d closes a connection that was idle", self._device.device_id)
                return
            if not data:
                return
            for action in session.receive(data):
                if isinstance(action, Send):
                    await send_packets(stream, action)
                elif isinstance(action, Cut):
                    await _cut(stream)
                    return
                elif isinstance(action, Follow):
                    self._follow(action.after)


async def send_packets(stream: Stream, action: Send) -> None:
    """Send packets in larger pieces, as they are made."""
    pieces: list[bytes] = []
    size = 0
    for packet in action.packets:
        pieces.append(packet)
        size += len(packet)
        if size >= _PIECE:
            await stream.send(b"".join(pieces))
            pieces, size = [], 0
    if pieces:
        await stream.send(b"".join(pieces))


async def _cut(stream: Stream) -> None:
    """End the connection so that what was sent still arrives: the frame is seen to end in its middle."""
    stream.close()
    await stream.wait_closed()
