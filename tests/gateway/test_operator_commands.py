"""Commands of operators: what came of them, in the device's own words."""

from __future__ import annotations

import dataclasses

import pytest

from doorward.gateway.collaborators import (
    Command,
    DeviceState,
    FetchLog,
    LockDoor,
    OpenDoor,
    Reboot,
    Reconnect,
    SyncTime,
)
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.support.gateway_site import running


async def test_commands() -> None:
    device = VirtualDevice(DEVICE, "biostation-t2")
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        outcome = await ground.bus.order(OpenDoor("1", DEVICE, 0))
        assert outcome.succeeded, outcome
        assert "Door 1 was opened" in outcome.words
        assert (await ground.bus.order(LockDoor("2", DEVICE, 0))).succeeded
        device.clock.set(device.clock.exact_local_time - 3600)
        assert (await ground.bus.order(SyncTime("3", DEVICE))).succeeded
        assert abs(device.clock.exact_local_time - ground_time(ground)) < 60
        device.log.add_records(device.log.content[: device.log.record_size])
        outcome = await ground.bus.order(FetchLog("4", DEVICE, complete=True))
        assert outcome.succeeded, outcome
        await ground.until_kept(device)
        outcome = await ground.bus.order(OpenDoor("5", DEVICE, 9))
        assert not outcome.succeeded
        assert "door: 9 is not allowed" in outcome.words
        seen = len(ground.bus.happenings)
        assert (await ground.bus.order(Reconnect("6", DEVICE))).succeeded
        await ground.bus.until_lost_and_back(DEVICE, seen)
        seen = len(ground.bus.happenings)
        assert (await ground.bus.order(Reboot("7", DEVICE))).succeeded
        await ground.bus.until_lost_and_back(DEVICE, seen)


def ground_time(ground: object) -> float:
    import time

    return time.time()


async def test_a_device_that_is_not_there() -> None:
    async with running(approved()) as ground:
        outcome = await ground.bus.order(OpenDoor("1", DEVICE))
        assert not outcome.succeeded
        assert f"Device {DEVICE} is not connected" in outcome.words
        assert outcome.advice


async def test_a_command_that_takes_too_long_and_an_unknown_one() -> None:
    device = VirtualDevice(DEVICE, "biostation-t2")

    @dataclasses.dataclass(frozen=True, slots=True)
    class Dance(Command):
        """Something new."""

    async with running(approved(), command_limit=0.001) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        outcome = await ground.bus.order(Dance("1", DEVICE))
        assert "does not know the command Dance" in outcome.words
        outcome = await ground.bus.order(Reboot("2", DEVICE))
        if not outcome.succeeded:
            assert "did not finish this within 0.001 s" in outcome.words


@pytest.mark.parametrize("off", [-7200, 7200, -30])
async def test_a_clock_that_is_off_is_set(off: int) -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    device.log.add(events.VERIFY_SUCCESS, 1, 1)
    right = device.clock.exact_local_time
    device.clock.set(right + off)
    device.log.add(events.VERIFY_SUCCESS, 1, 2)
    async with running(approved(), catch_up_every=1.0) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        await ground.bus.until(lambda: abs(off) < 60 or ground.gateway.counters.clocks_set == 1)
        still_off = abs(device.clock.exact_local_time - ground_time(ground)) > 10
        assert still_off is (abs(off) < 60)
        assert ground.gateway.counters.clocks_set == (0 if still_off else 1)
        device.log.add(events.VERIFY_SUCCESS, 1, 3)
        await ground.until_kept(device)


async def test_a_clock_that_is_not_to_be_set_raises_an_alarm() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    device.clock.set(device.clock.exact_local_time + 600)
    async with running(approved(time_sync=False)) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        assert ground.bus.alarms("clock-wrong") == (1, 0)
        assert ground.gateway.counters.clocks_set == 0
