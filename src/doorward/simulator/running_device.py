"""A virtual device on the network: it listens, answers UDP, restarts and moves to a new address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from doorward.model.errors import NotReached
from doorward.protocol.biostar1.redial import ServerAddress
from doorward.protocol.biostar1.udp_exchange import UDP_PORT
from doorward.simulator.direct_server import DirectServer
from doorward.simulator.outcome import After
from doorward.simulator.server_dialler import DialBehaviour, ServerDialler
from doorward.simulator.udp_hub import UdpHub
from doorward.simulator.udp_responder import UdpResponder
from doorward.simulator.virtual_device import VirtualDevice
from doorward.transport import Address

logger = logging.getLogger(__name__)

RESTART_SECONDS = 2.0
RETRY_SECONDS = 1.0  # when another program holds the device's port


@dataclass(frozen=True, slots=True)
class LineBehaviour:
    """How a device behaves on the network.

    Attributes:
        max_clients: TCP clients at once, whatever the device's settings say; a further one is closed at once.
        idle_limit: Seconds of silence after which a connection is closed; 0 never closes it, None as the model does.
        restart_seconds: How long the device is away when it restarts.
        udp_port: The port for search and network settings.
        port: TCP port instead of the one in the device's settings; 0 lets the system choose, None keeps the settings.
        server_mode: How the device behaves toward the server that its settings name, once they say server mode; None:
            it never dials.
    """

    max_clients: int = 1
    idle_limit: float | None = None
    restart_seconds: float = RESTART_SECONDS
    udp_port: int = UDP_PORT
    port: int | None = None
    server_mode: DialBehaviour | None = None


class RunningDevice:
    """Puts a device on the network and does what it asks for: restart, new address.

    Use it as an async context manager, or call ``start`` and ``stop``.

    Args:
        device: The device.
        behaviour: How it behaves on the network.
        hub: Shares UDP sockets and broadcasts; without it only datagrams to the device's own address are heard.
        home: Where the device goes when the address of its settings is not one of this machine.

    Attributes:
        device: The device.
        running: Set while the device is on the network.
        restarts: How often it has restarted.
        returns: How often it has come back to the network after a restart or a move.
        problem: Why the device is not where its settings say; None when it is.
    """

    def __init__(
        self,
        device: VirtualDevice,
        behaviour: LineBehaviour | None = None,
        *,
        hub: UdpHub | None = None,
        home: str | None = None,
    ) -> None:
        self.device = device
        self.behaviour = behaviour or LineBehaviour()
        idle_limit = device.model.idle_limit if self.behaviour.idle_limit is None else self.behaviour.idle_limit or None
        self.direct = DirectServer(device, self._follow, max_clients=self.behaviour.max_clients, idle_limit=idle_limit)
        self.udp = UdpResponder(device, self._follow)
        self.running = asyncio.Event()
        self.restarts = 0
        self.returns = 0
        self._returned = asyncio.Event()
        self.problem: NotReached | None = None
        self._hub = hub or UdpHub()
        self._home = home
        self._place: tuple[str, int] | None = None
        self._following: asyncio.Task[None] | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def address(self) -> Address | None:
        """Where the device listens for clients; None while it is away."""
        return self.direct.address

    async def start(self) -> None:
        """Go to the address of the device's settings.

        Raises:
            PortBusy: The TCP or UDP port is held there.
            NotReached: The address is not one of this machine.
        """
        wanted = self._wanted_place()
        self._stopping = False
        self.problem = None
        try:
            await self._listen_at(wanted)
        except NotReached as problem:
            if self._home is None or self._home == wanted[0]:
                raise
            await self._listen_at((self._home, wanted[1]))
            self.problem = problem
        self._dial_if_told()
        self.running.set()

    async def stop(self) -> None:
        """Leave the network; the device itself keeps its state."""
        self._stopping = True
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait({self._following})
            self._following = None
        await self._leave()

    def restart(self) -> None:
        """Pull the plug for a moment."""
        self._follow(After.RESTART)

    async def wait_returned(self, times: int) -> None:
        """Wait until the device has come back so many times in all."""
        while self.returns < times:
            await self._returned.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _wanted_place(self) -> tuple[str, int]:
        network = self.device.network
        return network.address, network.port if self.behaviour.port is None else self.behaviour.port

    async def _listen_at(self, place: tuple[str, int]) -> None:
        await self.direct.start(*place)
        try:
            await self.udp.start(place[0], self.behaviour.udp_port, self._hub)
        except NotReached:
            await self.direct.stop()
            raise
        # A port that the system chose stays the device's port when it comes back.
        listening = self.direct.address
        self._place = (place[0], listening.port) if listening is not None else place

    def _dial_if_told(self) -> None:
        network, behaviour = self.device.network, self.behaviour.server_mode
        if behaviour is None or not network.server_mode or self._place is None:
            return
        own, server = self._place[0], ServerAddress(network.server_address, network.server_port)
        # On the loopback net each device calls from its own address.
        own_address = own if own.startswith("127.") and server.host.startswith("127.") else None
        dialler = ServerDialler(
            self.device, server, behaviour=behaviour, local_address=own_address, follow=self._follow
        )
        name = f"device {self.device.device_id} dials {server.host}:{server.port}"
        self._dialling = asyncio.get_running_loop().create_task(dialler.run(), name=name)

    async def _leave(self) -> None:
        self.running.clear()
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.wait({self._dialling})
            self._dialling = None
        self.udp.stop()
        await self.direct.stop()

    def _follow(self, after: After) -> None:
        if self._stopping or after is After.NOTHING:
            return
        if self._following is not None and not self._following.done():
            return  # it is on its way already
        self._following = asyncio.get_running_loop().create_task(
            self._carry_out(after), name=f"device {self.device.device_id}: {after.value}"
        )

    async def _carry_out(self, after: After) -> None:
        await asyncio.sleep(0)  # the last bytes of the reply are handed over before the line is cut
        await self._leave()
        if after is After.RESTART:
            self.device.restart()
            self.restarts += 1
            await asyncio.sleep(self.behaviour.restart_seconds)
        await self._come_back()

    async def _come_back(self) -> None:
        """Go where the settings say; else back to where the device was; else try again until one of them works."""
        wanted, before = self._wanted_place(), self._place
        if self.behaviour.port == 0 and before is not None:
            wanted = wanted[0], before[1]
        places = [wanted] if before in (None, wanted) else [wanted, before]
        self.problem = None
        while (reached := await self._first_free(places)) is None:  # noqa: ASYNC110 - nothing tells of a free port
            await asyncio.sleep(RETRY_SECONDS)
        if reached == wanted:
            self.problem = None
        self._dial_if_told()
        self.running.set()
        self.returns += 1
        self._returned.set()
        self._returned = asyncio.Event()

    async def _first_free(self, places: Sequence[tuple[str, int] | None]) -> tuple[str, int] | None:
        for place in places:
            if place is None:
                continue
            try:
                await self._listen_at(place)
            except NotReached as problem:
                if self.problem is None:
                    self.problem = problem
                    logger.warning("device %d cannot go to %s: %s", self.device.device_id, place[0], problem)
            else:
                return place
        return None
