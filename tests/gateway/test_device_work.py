"""Work of the server's own with a device's driver, over the connection that stands."""

from __future__ import annotations

import asyncio

import pytest

from doorward.device.biostar1.driver import BioStar1Device
from doorward.gateway.collaborators import DeviceState, OpenDoor
from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.protocol.biostar1.results import NotFoundError
from doorward.simulator import VirtualDevice
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.support.gateway_site import running


async def test_work_has_its_turn_among_commands_and_ends_with_the_connection() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        gateway = ground.gateway
        assert await gateway.work(DEVICE, lambda driver: driver.event_count(), seconds=5) >= 0
        begun, ended = asyncio.Event(), asyncio.Event()

        async def wait_for_ever(driver: BioStar1Device) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        waiting = asyncio.create_task(gateway.work(DEVICE, wait_for_ever, seconds=60))
        await begun.wait()
        assert (await ground.bus.order(OpenDoor("1", DEVICE, 0))).succeeded
        link = gateway._devices[DEVICE].link
        assert link is not None
        link.end(NotReached("The line was cut."))
        with pytest.raises(NotReached, match="was cut"):
            await waiting
        assert ended.is_set()


async def test_what_goes_wrong_is_told_in_words() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with running(approved()) as ground, dialling(ground, device):
        gateway = ground.gateway
        with pytest.raises(NotReached, match="not connected"):
            await gateway.work(DEVICE + 1, lambda driver: driver.event_count(), seconds=5)
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        with pytest.raises(NotFoundError):
            await gateway.work(DEVICE, lambda driver: driver.people.get(77), seconds=5)

        async def wrong(driver: BioStar1Device) -> None:
            raise ValueError(driver.title)

        with pytest.raises(DoorwardError, match="fault of the server"):
            await gateway.work(DEVICE, wrong, seconds=5)
        with pytest.raises(TimedOut, match=r"within 0\.05 s"):
            await gateway.work(DEVICE, lambda _driver: asyncio.sleep(60), seconds=0.05)
        # Nothing was under way on the wire, so the connection stands.
        assert await gateway.work(DEVICE, lambda driver: driver.event_count(), seconds=5) >= 0
