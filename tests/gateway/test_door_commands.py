"""Commands for doors: what the device does, and what it refuses."""

from __future__ import annotations

import pytest

from doorward.gateway.collaborators import (
    DeviceState,
    HoldDoorOpen,
    LockDoor,
    LockDownDoor,
    OpenDoor,
    ReadDoors,
    ReturnDoorToNormal,
)
from doorward.protocol.biostar1.models import MODELS
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from doorward.simulator.configuration_store import ConfigurationStore
from doorward.simulator.outcome import DONE, Outcome
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.support.gateway_site import running


@pytest.mark.parametrize("model", [model.slug for model in MODELS])
async def test_a_door_held_open_locked_down_and_returned_to_normal(model: str) -> None:
    device = VirtualDevice(DEVICE, model)
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        before = (await ground.bus.order(ReadDoors("0", DEVICE))).data["doors"]
        assert [(door["door"], door["has_relay"], door["has_sensor"], door["mode"]) for door in before] == [
            (0, True, True, "normal"),
            (1, False, False, "normal"),
        ]
        outcome = await ground.bus.order(HoldDoorOpen("1", DEVICE, 0))
        assert outcome.succeeded, outcome
        assert "Door 1 stays unlocked" in outcome.words
        assert device.doors.state(0).relay_on
        assert device.doors.state(0).relay_off_at is None
        # The opening time of somebody who passes does not end it.
        device.press_exit_button()
        assert device.doors.state(0).relay_off_at is None
        assert (await ground.bus.order(ReadDoors("2", DEVICE))).data["doors"][0]["mode"] == "held open"

        outcome = await ground.bus.order(LockDownDoor("3", DEVICE, 0))
        assert outcome.succeeded, outcome
        device.press_exit_button()
        assert not device.doors.state(0).relay_on
        assert (await ground.bus.order(ReadDoors("4", DEVICE))).data["doors"][0]["mode"] == "locked down"

        assert (await ground.bus.order(ReturnDoorToNormal("5", DEVICE, 0))).succeeded
        assert (await ground.bus.order(ReadDoors("6", DEVICE))).data["doors"] == before
        assert not device.doors.state(0).relay_on
        assert (await ground.bus.order(OpenDoor("7", DEVICE, 0))).succeeded
        assert device.doors.state(0).relay_off_at is not None
        assert (await ground.bus.order(LockDoor("8", DEVICE, 0))).succeeded
        assert not device.doors.state(0).relay_on


async def test_a_mode_outlives_a_restart_and_nothing_else_of_the_settings_changes() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    block = device.configuration.content(0x50) or b""
    device.configuration.put(0x50, block[:11592] + b"\x07" + block[11593:])  # a byte that no field names
    block = device.configuration.content(0x50) or b""
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        assert (await ground.bus.order(HoldDoorOpen("1", DEVICE))).succeeded
        device.restart()
        assert device.doors.state(0).relay_on
        assert (await ground.bus.order(ReturnDoorToNormal("2", DEVICE))).succeeded
        assert device.configuration.content(0x50) == block


async def test_the_schedules_that_a_door_had_come_back() -> None:
    device = VirtualDevice(DEVICE, "biostation-t2")
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        assert (await ground.bus.order(ReturnDoorToNormal("1", DEVICE, 0, 7, 9))).succeeded
        found = (await ground.bus.order(ReadDoors("2", DEVICE))).data["doors"][0]
        assert (found["open_schedule"], found["closed_schedule"], found["mode"]) == (7, 9, "normal")


@pytest.mark.parametrize("kind", [HoldDoorOpen, LockDownDoor, ReturnDoorToNormal])
async def test_what_is_no_door_is_refused_in_words(
    kind: type[HoldDoorOpen | LockDownDoor | ReturnDoorToNormal],
) -> None:
    device = VirtualDevice(DEVICE, "biostation")
    before = device.configuration.content(0x60)
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        outcome = await ground.bus.order(kind("1", DEVICE, 1))
        assert not outcome.succeeded
        assert "Door 2 has no relay at this device" in outcome.words
        assert outcome.advice
        outcome = await ground.bus.order(kind("2", DEVICE, 2))
        assert not outcome.succeeded
        assert "door: 2 is not allowed" in outcome.words
        assert device.configuration.content(0x60) == before
        assert events.DOOR_RELAY_ON not in device.log.content[:: device.log.record_size]


async def test_a_device_that_confirms_and_does_not_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    device = VirtualDevice(DEVICE, "biostation")

    def forgetful(self: ConfigurationStore, number: int, content: bytes) -> Outcome:
        return DONE

    monkeypatch.setattr(ConfigurationStore, "write", forgetful)
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        outcome = await ground.bus.order(LockDownDoor("1", DEVICE))
        assert not outcome.succeeded
        assert "has others" in outcome.words
