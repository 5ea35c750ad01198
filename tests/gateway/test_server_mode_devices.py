"""Devices that dial in: approval, catch-up, live pushes, lost and back, stop."""

from __future__ import annotations

import pytest

from doorward.gateway.collaborators import Approval, DeviceState, DeviceStateChanged
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.support.gateway_site import Ground, running


def states(ground: Ground) -> list[DeviceState]:
    return [change.state for change in ground.bus.of(DeviceStateChanged) if change.device_id == DEVICE]


@pytest.mark.parametrize("model", ["biostation", "bioentry-plus", "d-station", "facestation"])
async def test_stored_log_then_live_pushes(model: str) -> None:
    device = VirtualDevice(DEVICE, model)
    for user in range(40):
        device.log.add(events.VERIFY_SUCCESS, 0, user % 3)
    async with running(approved()) as ground, dialling(ground, device) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        await ground.until_kept(device)
        assert states(ground) == [DeviceState.CATCHING_UP, DeviceState.LIVE]
        assert ground.gateway.counters.pushes == 0
        for user in range(10):
            device.log.add(events.IDENTIFY_SUCCESS, 1, user)
        await ground.until_kept(device)
        await ground.bus.until(lambda: dialler.acknowledged == 10)
        assert ground.gateway.counters.pushes == 10
        assert ground.published(device) == len(device.log)


async def test_equal_events_of_one_second_are_all_kept() -> None:
    device = VirtualDevice(DEVICE, "bioentry-w")
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        moment = device.clock.host_time
        for _ in range(5):
            device.log.add(events.VERIFY_SUCCESS, 1, 7, host_time=moment)
        await ground.until_kept(device)
        await ground.bus.until(lambda: ground.gateway.counters.settled >= 1)


async def test_a_dropped_line_and_what_happened_meanwhile() -> None:
    device = VirtualDevice(DEVICE, "xpass")
    async with running(approved()) as ground, dialling(ground, device) as dialler:
        for turn in range(3):
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            seen = len(ground.bus.happenings)
            device.log.add(events.VERIFY_SUCCESS, 1, turn)
            dialler.drop()
            device.log.add(events.VERIFY_SUCCESS, 1, 100 + turn)
            await ground.bus.until_lost_and_back(DEVICE, seen)
        await ground.until_kept(device)


async def test_an_unknown_device_waits_and_says_nothing_that_is_kept() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    device.log.add(events.VERIFY_SUCCESS, 1, 1)
    async with running() as ground, dialling(ground, device) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.WAITING)
        assert "waits for an operator's approval" in ground.bus.reason(DEVICE)
        assert "127.0.0.1" in ground.bus.reason(DEVICE)
        assert not dialler.live.is_set()
        assert not ground.store.rows
        ground.directory.change(DEVICE, approval=Approval.APPROVED)
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        await ground.until_kept(device)
        assert ground.gateway.counters.quarantined == 1  # the held connection itself was taken
        ground.directory.change(DEVICE, approval=Approval.BLOCKED)
        await ground.bus.until_state(DEVICE, DeviceState.BLOCKED)
        kept = len(ground.store.rows)
        device.log.add(events.VERIFY_SUCCESS, 1, 2)
        await ground.bus.until(lambda: ground.gateway.counters.blocked >= 2)
        assert len(ground.store.rows) == kept
        assert states(ground)[-1] is DeviceState.BLOCKED


async def test_stopping_says_so_and_leaves_nothing_open() -> None:
    device = VirtualDevice(DEVICE, "biolite-net")
    ground = Ground(approved())
    await ground.gateway.start()
    async with dialling(ground, device) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        await ground.gateway.stop()
        assert ground.bus.state(DEVICE) is DeviceState.LOST
        assert ground.bus.reason(DEVICE) == "The server was stopped."
        await ground.bus.until(lambda: not dialler.live.is_set())
