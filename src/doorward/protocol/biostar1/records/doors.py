"""Doors and the relay that opens them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from doorward.protocol.layout import I16, Record, array, boolean, i32, records, u8, u16

NO_RELAY = 0xFFFF


class OpenEvent(IntEnum):
    """What opens a door."""

    ALL = 0
    AUTHENTICATION = 1
    ATTENDANCE_KEY = 2
    AUTHENTICATION_AND_ATTENDANCE_KEY = 3
    NONE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Door(Record):
    """One door: its relay, exit button, sensor and times."""

    SIZE: ClassVar[int] = 64
    STRUCTURE: ClassVar[str] = "BSDoor"

    relay: int = i32(
        0, "(device << 8) + relay, 0xFFFF none; devices: 0 own, 1 slave, 2..5 Secure I/O 0..3", default=NO_RELAY
    )
    exit_button_enabled: int = i32(4, "1 = the exit button is in use")
    door_sensor_enabled: int = i32(8, "1 = the door sensor is in use")
    open_event: int = u16(12, "What opens the door: 0 all, 1 authentication, 2 attendance key, 3 both, 4 nothing")
    unlock_trigger_option: int = u8(14, "What triggers the unlocking, vendor's number")
    input_delay_enabled: int = u8(15, "1 = inputs are delayed")
    open_time: int = i32(16, "Seconds the relay stays on")
    held_open_time: int = i32(20, "Seconds before the door counts as held open")
    forced_open_schedule: int = i32(24, "Schedule in which the door stays open")
    forced_close_schedule: int = i32(28, "Schedule in which the door stays closed")
    exit_button_type: int = i32(32, "0 normally open, 1 normally closed")
    door_sensor_type: int = i32(36, "0 normally open, 1 normally closed")
    readers: tuple[int, ...] = array(40, I16, 2, "Readers on the two sides of the door")
    exit_button_enabled_extended: int = u8(44, "1 = the exit button is in use, extended form")
    forced_open_sound: int = u8(45, "1 = a sound when the door is forced open")
    held_open_sound: int = u8(46, "1 = a sound when the door is held open")
    open_once: int = u8(47, "1 = the door locks again once it was opened")
    exit_button: int = i32(48, "Input of the exit button")
    door_sensor_enabled_extended: int = u8(52, "1 = the door sensor is in use, extended form")
    alarm_status: int = u8(53, "Alarm of the door, kept by the device")
    door_sensor: int = i32(56, "Input of the door sensor")
    relay_device_id: int = i32(60, "Device id of the relay's owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings(Record):
    """The two doors of a device and their anti-passback (configuration 0x60)."""

    SIZE: ClassVar[int] = 140
    STRUCTURE: ClassVar[str] = "BSDoorConfig"

    doors: tuple[Door, ...] = records(0, Door, 2, "The two doors")
    anti_passback_type: int = i32(128, "Kind of anti-passback, vendor's number")
    anti_passback_reset_time: int = i32(132, "Time after which anti-passback forgets an entry")
    door_mode: int = i32(136, "How the two doors work together, vendor's number")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings(Record):
    """The relay of a BioStation in its older form (configuration 0x03)."""

    SIZE: ClassVar[int] = 48
    STRUCTURE: ClassVar[str] = "BSRelayConfig"

    event: int = i32(0, "What switches the relay, vendor's number")
    open_duration: int = i32(4, "How long the relay stays on")
    lock_schedule: int = i32(8, "Schedule in which the relay stays off")
    unlock_schedule: int = i32(12, "Schedule in which the relay stays on")
    interphone: bool = boolean(16, "The interphone may switch the relay")
