"""A desk that lends the drivers of virtual devices, in an event loop of its own, as the server's desk does."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from doorward.device import BioStar1Device
from doorward.model.errors import NotReached
from doorward.server.devices.commands import set_command_desk
from doorward.simulator import VirtualDevice
from tests.device.virtual import joined

T = TypeVar("T")


class DriverDesk:
    """Lends drivers.

    Attributes:
        drivers: Those of live devices, by their numbers.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.drivers: dict[int, BioStar1Device] = {}

    def work(self, device_id: int, work: Callable[[BioStar1Device], Coroutine[Any, Any, T]], *, seconds: float) -> T:
        driver = self.drivers.get(device_id)
        if driver is None:
            raise NotReached(f"Device {device_id} is not connected.", advice="Try again when the device is live.")
        return asyncio.run_coroutine_threadsafe(work(driver), self._loop).result(seconds)


@contextlib.contextmanager
def driver_desk(*virtual: VirtualDevice) -> Iterator[DriverDesk]:
    """Join virtual devices to a desk, which is the one of this process meanwhile."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    desk = DriverDesk(loop)
    stack = contextlib.AsyncExitStack()

    async def join() -> None:
        for device in virtual:
            desk.drivers[device.device_id] = await stack.enter_async_context(joined(device))

    asyncio.run_coroutine_threadsafe(join(), loop).result(30)
    set_command_desk(desk)  # type: ignore[arg-type] # has what is used of one
    try:
        yield desk
    finally:
        set_command_desk(None)
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
