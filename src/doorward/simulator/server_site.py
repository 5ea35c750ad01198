"""Many virtual devices that dial one server."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import random
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Self

from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator.certificates import context_of_file
from doorward.simulator.event_rate import EventRate
from doorward.simulator.server_dialler import DialBehaviour, DiallerState, ServerDialler
from doorward.simulator.site import VirtualSite
from doorward.simulator.traffic import Traffic, TrafficPlan
from doorward.simulator.virtual_device import VirtualDevice
from doorward.transport import TlsContext, allow_open_files

logger = logging.getLogger(__name__)

_OTHER_FILES = 64
DIALS_PER_SECOND = 500
"""How fast the devices of a site come at its start; a server takes them in turn."""


class ServerModeSite:
    """The devices of a site in server mode.

    Use it as an async context manager, or call ``start`` and ``stop``::

        devices = VirtualSite(12, people=3)
        async with ServerModeSite(devices, ServerAddress("127.0.0.1", 1480), rate=10) as site:
            await site.all_live()

    Args:
        site: The devices; they do not listen, so do not start it. It is closed at the end.
        server: Where the server is.
        behaviour: How the devices behave toward it.
        tls: Makes the TLS context of a device; None speaks plainly.
        tls_of: Makes a TLS context of a certificate that the server has put on a device; None never uses one.
        rate: Events a second over all devices.
        repeat_share: Chance that such an event happens twice in one second, alike byte by byte.
        traffic: What people do at each device, beside the rate; None for nobody.
        seed: Decides waits and events.

    Attributes:
        diallers: The devices with their connections, in order.

    Raises:
        InvalidInput: A device of the site knows no server mode, or a value is not allowed.
    """

    def __init__(
        self,
        site: VirtualSite,
        server: ServerAddress,
        *,
        behaviour: DialBehaviour | None = None,
        tls: Callable[[VirtualDevice], TlsContext] | None = None,
        tls_of: Callable[[bytes], TlsContext] | None = context_of_file,
        rate: float = 0.0,
        repeat_share: float = 0.0,
        traffic: TrafficPlan | None = None,
        seed: int = 0,
    ) -> None:
        self._site = site
        self._draw = random.Random(f"server mode {seed}")  # noqa: S311 - no secret
        self._tasks: list[asyncio.Task[None]] = []
        devices = [device for device in site.devices if isinstance(device, VirtualDevice)]
        for device in site.devices:
            if not isinstance(device, VirtualDevice):
                raise InvalidInput("model", device.model.slug, "a BioStar 1 model; only these dial a server here")
        self._rate = EventRate(devices, rate, repeat_share=repeat_share, seed=seed)
        self._traffic = [Traffic(device, traffic, seed=seed) for device in devices] if traffic is not None else []
        self.diallers = [
            ServerDialler(
                device,
                server,
                behaviour=behaviour,
                tls=None if tls is None else tls(device),
                tls_of=tls_of,
                local_address=_own_loopback(device, server),
                draw=self._draw,
            )
            for device in devices
        ]
        self._by_id = {dialler.device.device_id: dialler for dialler in self.diallers}

    @property
    def event_count(self) -> int:
        """Events that the rate has made so far."""
        return self._rate.count

    def dialler(self, device_id: int) -> ServerDialler:
        """A device by its serial number.

        Raises:
            InvalidInput: There is none.
        """
        found = self._by_id.get(device_id)
        if found is None:
            known = [str(number) for number in self._by_id]
            raise InvalidInput("device_id", device_id, known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}")
        return found

    def states(self) -> Counter[DiallerState]:
        """How many devices have come how far."""
        return Counter(dialler.state for dialler in self.diallers)

    async def all_live(self) -> None:
        """Wait until every device is live."""
        for dialler in self.diallers:
            await dialler.live.wait()

    async def start(self) -> None:
        """Let the devices dial, one after another."""
        needed = 2 * len(self.diallers) + _OTHER_FILES
        allowed = allow_open_files(needed)
        if allowed < needed:
            logger.warning(
                "%d devices need %d open files and the system allows %d: some will not connect. Raise the limit "
                "(ulimit -n) or take fewer devices.",
                len(self.diallers),
                needed,
                allowed,
            )
        for place, dialler in enumerate(self.diallers):
            self._begin(_run_later(place / DIALS_PER_SECOND, dialler), f"device {dialler.device.device_id}")
        for traffic in self._traffic:
            self._begin(traffic.run(), "traffic")
        self._begin(self._rate.run(), "event rate")

    async def stop(self) -> None:
        """Take all devices off the network and let go of their state."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks.clear()
        await asyncio.sleep(0)  # the event loop closes the sockets in its next round
        self._site.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _begin(self, work: Coroutine[object, object, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        task.add_done_callback(_report)
        self._tasks.append(task)


async def _run_later(seconds: float, dialler: ServerDialler) -> None:
    await asyncio.sleep(seconds)
    await dialler.run()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("%s has ended", task.get_name(), exc_info=task.exception())


def _own_loopback(device: VirtualDevice, server: ServerAddress) -> str | None:
    """On the loopback net each device calls from its own address, where the system lets it."""
    own = ipaddress.ip_address(device.network.address)
    to_loopback = server.host == "localhost" or server.host.startswith("127.")
    return str(own) if to_loopback and own.is_loopback and sys.platform == "linux" else None
