"""Virtual devices that dial the gateway of a test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from doorward.gateway.collaborators import Approval, DeviceEntry
from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator import VirtualDevice
from doorward.simulator.server_dialler import DialBehaviour, ServerDialler
from tests.support.gateway_site import QUICK, Ground

DEVICE = 12_345


@contextlib.asynccontextmanager
async def dialling(
    ground: Ground, device: VirtualDevice, *, behaviour: DialBehaviour = QUICK, **options: Any
) -> AsyncIterator[ServerDialler]:
    """A virtual device that dials the gateway while the body runs."""
    dialler = ServerDialler(device, ServerAddress("127.0.0.1", ground.port), behaviour=behaviour, **options)
    task = asyncio.get_running_loop().create_task(dialler.run())
    try:
        yield dialler
    finally:
        task.cancel()
        await asyncio.wait({task})
        await asyncio.sleep(0)


def approved(**changes: Any) -> DeviceEntry:
    """An approved device."""
    return DeviceEntry(device_id=DEVICE, approval=Approval.APPROVED, **changes)
