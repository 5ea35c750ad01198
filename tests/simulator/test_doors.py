from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest

from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.commands.doors import ControlDoor
from doorward.protocol.biostar1.records import DoorSettings
from doorward.protocol.biostar1.records.logs import read_log_records
from doorward.protocol.biostar1.results import INVALID_PARAMETER
from doorward.simulator.virtual_device import VirtualDevice
from tests.simulator.talk import HostClock, ask

DOORS = 0x60
FORCED, HELD, OPENED, CLOSED = 0x86, 0x88, 0x82, 0x84
RELAY_ON, RELAY_OFF, DOOR_RELAY_ON, INPUT = 0x80, 0x81, 0x8A, 0x54


def make(**values: Any) -> tuple[VirtualDevice, HostClock]:
    clock = HostClock()
    device = VirtualDevice(1, "biostation", host_time=clock)
    settings = DoorSettings.from_bytes(device.configuration.content(DOORS) or b"")
    first = replace(settings.doors[0], **values)
    device.configuration.put(DOORS, replace(settings, doors=(first, settings.doors[1])).to_bytes())
    return device, clock


def codes(device: VirtualDevice) -> list[int]:
    return [item.event for item in read_log_records(device.log.content)]


def test_a_door_locks_again_after_its_opening_time() -> None:
    device, clock = make(open_time=5)
    assert ask(device, ControlDoor(1, 0)).code == 0
    clock.now += 4.9
    assert device.doors.state(0).words == "unlocked"
    clock.now += 60
    assert device.doors.state(0).words == "locked"
    first, second = read_log_records(device.log.content)
    assert (first.event, second.event) == (DOOR_RELAY_ON, RELAY_OFF)
    assert second.local_time - first.local_time == 5  # noted when it happened, not when somebody looked


def test_opening_in_time_and_too_late() -> None:
    device, clock = make(open_time=5)
    device.press_exit_button()
    device.open_door()
    device.open_door()
    device.close_door()
    clock.now += 10
    device.open_door()
    assert codes(device) == [INPUT, DOOR_RELAY_ON, OPENED, CLOSED, RELAY_OFF, FORCED]
    assert device.doors.state(0).words == "open"


def test_forcing_holding_and_closing() -> None:
    device, clock = make(held_open_time=30)
    device.force_door()
    assert codes(device) == [FORCED]
    clock.now += 31
    device.close_door()
    assert codes(device) == [FORCED, HELD, CLOSED]
    device.hold_door(1)
    assert codes(device)[3:] == [FORCED + 1, HELD + 1]


def test_switching_off_locks_at_once() -> None:
    device, _ = make()
    ask(device, ControlDoor(1, 2))
    assert [device.doors.state(door).relay_on for door in (0, 1)] == [True, True]
    ask(device, ControlDoor(0, 1))
    assert [device.doors.state(door).relay_on for door in (0, 1)] == [True, False]
    assert codes(device) == [DOOR_RELAY_ON, DOOR_RELAY_ON + 1, RELAY_OFF]


def test_a_plain_relay_stays_until_it_is_switched_off() -> None:
    device, clock = make()
    ask(device, ControlDoor.relay(2, 1, 1))
    ask(device, ControlDoor.relay(2, 1, 1))
    clock.now += 100_000
    device.doors.refresh()
    assert device.doors.relays == {(2, 1)}
    ask(device, ControlDoor.relay(2, 1, 0))
    assert codes(device) == [RELAY_ON, RELAY_OFF]


def test_without_a_door_number_0_is_the_plain_relay() -> None:
    device, clock = make(relay=0xFFFF)
    ask(device, ControlDoor(1))
    clock.now += 100_000
    device.doors.refresh()
    assert device.doors.relays == {(0, 0)}


def test_the_door_of_a_reader() -> None:
    device, _ = make()
    assert ask(device, ControlDoor.reader_door(777, 1)).code == 0
    assert device.doors.state(0).relay_on


@pytest.mark.parametrize("request_", [ControlDoor(2, 0), ControlDoor(1, 3), ControlDoor(1, 0xFD)])
def test_what_is_no_door_is_refused(request_: ControlDoor) -> None:
    device, _ = make()
    assert ask(device, request_).code == INVALID_PARAMETER
    assert codes(device) == []


def test_there_are_two_doors() -> None:
    with pytest.raises(InvalidInput, match="0 or 1"):
        make()[0].open_door(2)


@pytest.mark.parametrize("seconds", [-5, 0, 2_000_000_000])
def test_a_senseless_opening_time_does_not_hold_the_door_forever(seconds: int) -> None:
    device, clock = make(open_time=seconds)
    ask(device, ControlDoor(1, 0))
    clock.now += 4
    assert device.doors.state(0).words == "locked"


def test_the_1471_models_keep_their_doors_in_the_one_block() -> None:
    clock = HostClock()
    for model, number, place in (("xpass", 0x50, 7584), ("biolite-net", 0x70, 7592)):
        device = VirtualDevice(1, model, host_time=clock)
        block = bytearray(device.configuration.content(number) or b"")
        struct.pack_into("<i", block, place + 16, 20)
        device.configuration.put(number, bytes(block))
        ask(device, ControlDoor(1, 0))
        clock.now += 19
        assert device.doors.state(0).words == "unlocked"
        clock.now += 2
        assert device.doors.state(0).words == "locked"


def test_a_restart_lets_all_relays_fall() -> None:
    device, _ = make()
    ask(device, ControlDoor(1, 0))
    ask(device, ControlDoor.relay(0, 1, 1))
    device.restart()
    assert not device.doors.state(0).relay_on
    assert not device.doors.relays
    assert codes(device)[-1] == 0x6A


def test_a_door_that_is_kept_unlocked_by_its_schedule() -> None:
    device, clock = make(forced_open_schedule=0xFE, held_open_time=30, open_time=5)
    assert device.doors.state(0).words == "unlocked"
    device.open_door()
    clock.now += 100
    device.press_exit_button()
    clock.now += 100
    assert device.doors.state(0).relay_on
    ask(device, ControlDoor(0, 0))
    assert device.doors.state(0).relay_on
    assert codes(device) == [DOOR_RELAY_ON, OPENED, INPUT]
    device.restart()
    assert device.doors.state(0).relay_on


def test_a_door_that_is_kept_locked_by_its_schedule() -> None:
    device, _clock = make(open_time=5)
    device.press_exit_button()
    settings = DoorSettings.from_bytes(device.configuration.content(DOORS) or b"")
    for open_schedule, closed_schedule in ((0, 0xFE), (0xFE, 0xFE)):
        first = replace(settings.doors[0], forced_open_schedule=open_schedule, forced_close_schedule=closed_schedule)
        device.configuration.put(DOORS, replace(settings, doors=(first, settings.doors[1])).to_bytes())
        assert not device.doors.state(0).relay_on
        device.press_exit_button()
        assert not device.doors.state(0).relay_on
    assert codes(device) == [INPUT, DOOR_RELAY_ON, RELAY_OFF, INPUT, INPUT]
    device.configuration.put(DOORS, settings.to_bytes())
    device.press_exit_button()
    assert device.doors.state(0).relay_on


def test_a_schedule_that_is_over_locks_the_door() -> None:
    device, _clock = make(forced_open_schedule=0xFE)
    assert device.doors.state(0).relay_on
    settings = DoorSettings.from_bytes(device.configuration.content(DOORS) or b"")
    first = replace(settings.doors[0], forced_open_schedule=0xFD)
    device.configuration.put(DOORS, replace(settings, doors=(first, settings.doors[1])).to_bytes())
    assert not device.doors.state(0).relay_on
    assert codes(device) == [DOOR_RELAY_ON, RELAY_OFF]
