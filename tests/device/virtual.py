"""A device of the library joined to a virtual device by a null modem."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from doorward.device import BioStar1Device
from doorward.device.biostar1.opening import open_session
from doorward.model.errors import NotReached
from doorward.simulator import Cut, DeviceSession, Follow, Limits, Send, VirtualDevice
from doorward.simulator.outcome import After
from doorward.transport import Stream, null_modem


async def serve(stream: Stream, virtual: VirtualDevice) -> None:
    """Answer for a virtual device until the line ends, or until the device restarts."""
    session = DeviceSession(virtual)
    with contextlib.suppress(NotReached):
        while data := await stream.receive():
            for action in session.receive(data):
                if isinstance(action, Send):
                    await stream.send(b"".join(action.packets))
                elif isinstance(action, Cut) or action.after is not After.NOTHING:
                    assert isinstance(action, Cut | Follow)
                    stream.close()
                    return


@contextlib.asynccontextmanager
async def joined(virtual: VirtualDevice, **options: Any) -> AsyncIterator[BioStar1Device]:
    """Connect to a virtual device; the identity question is asked."""
    ours, theirs = null_modem()
    serving = asyncio.create_task(serve(theirs, virtual))
    try:
        session, model, number = await open_session(ours, basic_timeout=2, retry_delays=(0.0, 0.0))
        async with BioStar1Device(session, model, number, **options) as device:
            yield device
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@contextlib.asynccontextmanager
async def virtual_device(
    model: str, *, device_id: int = 4711, limits: Limits | None = None, password: bytes | None = None, **options: Any
) -> AsyncIterator[tuple[BioStar1Device, VirtualDevice]]:
    """A connected device of a model, with nothing on it yet."""
    virtual = VirtualDevice(device_id, model, limits=limits, password=password)
    try:
        async with joined(virtual, **options) as device:
            yield device, virtual
    finally:
        virtual.close()
