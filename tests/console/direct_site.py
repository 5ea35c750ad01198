"""A virtual device in direct mode beside a test, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from doorward.simulator import DialBehaviour, LineBehaviour, RunningDevice
from doorward.simulator.site import VirtualSite

T = TypeVar("T")


class DirectSite:
    """A virtual device that listens, answers UDP, and dials once its settings say so.

    Args:
        host: Its address.
        udp_port: Where it answers UDP.
        dials: Whether it dials when its settings say so; a device that never does takes every setting all the same.
    """

    def __init__(self, host: str, udp_port: int, *, dials: bool = True) -> None:
        self._host, self._udp_port, self._dials = host, udp_port, dials
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="virtual device", daemon=True)
        self._thread.start()
        self.site = self.run(self._start())

    async def _start(self) -> VirtualSite:
        dials = DialBehaviour(broken_wait=(0.1, 0.2), refused_wait=(0.3, 0.5), restart_seconds=0.1)
        behaviour = LineBehaviour(
            udp_port=self._udp_port, restart_seconds=0.1, server_mode=dials if self._dials else None
        )
        site = VirtualSite(1, models=["biostation-t2"], bind=[self._host], people=2, behaviour=behaviour)
        await site.start()
        return site

    @property
    def device(self) -> RunningDevice:
        """The device on its network."""
        found = self.site.running[0]
        assert isinstance(found, RunningDevice)
        return found

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine beside the device."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def close(self) -> None:
        """Take the device away."""
        self.run(self.site.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
