"""The one block that holds all settings of a BioEntry Plus, BioEntry W or Xpass model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from doorward.protocol.biostar1.records.cards import CommandCard
from doorward.protocol.biostar1.records.doors import DoorSettings
from doorward.protocol.biostar1.records.inputs_outputs import InputSettings, OutputSettings
from doorward.protocol.biostar1.records.signals import SignalSettingsCompact
from doorward.protocol.biostar1.records.wiegand import WiegandSettings
from doorward.protocol.layout import I32, U8, U32, Record, address, array, boolean, i32, nested, records, u8, u32

COMPACT_SETTINGS_MAGIC = 0x1F2F3F00


class DefaultAccessGroup(IntEnum):
    """What users without an access group may do."""

    NONE = 0
    FULL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactSettings(Record):
    """All settings of a BioEntry Plus, BioEntry W or Xpass model (configuration 0x50)."""

    SIZE: ClassVar[int] = 12288
    STRUCTURE: ClassVar[str] = "BEConfigData"

    magic_number: int = u32(0, "Mark of the block, 0x1F2F3F00", default=COMPACT_SETTINGS_MAGIC)
    version: int = i32(4, "Version of the block")
    timestamp: int = u32(8, "Time of the last change")
    checksum: int = u32(12, "Checksum of the block, made by the device")

    # Operation mode
    operation_modes: tuple[int, ...] = array(32, I32, 4, "The operation modes, vendor's numbers")
    operation_mode_schedules: tuple[int, ...] = array(48, I32, 4, "For each operation mode: schedule in which it holds")
    dual_modes: tuple[int, ...] = array(64, U8, 4, "For each operation mode: 1 = two users must identify themselves")
    private_authentication: int = i32(68, "1 = users have modes of their own")
    wiegand_card_bypass: int = u8(72, "1 = cards from a Wiegand reader bypass the device")
    dual_mode_option: int = u8(73, "Option of dual mode, vendor's number")

    # Network
    dhcp: bool = boolean(100, "The address comes from a DHCP server")
    ip_address: str = address(104, "Address of the device")
    gateway: str = address(108, "Default gateway")
    subnet_mask: str = address(112, "Subnet mask")
    server_address: str = address(
        116, "Address of the server that the device dials in server mode; the port is not stored"
    )
    port: int = i32(120, "TCP port of the device, usually 1471")
    server_mode: bool = boolean(124, "The device dials the server")
    synchronize_time: bool = boolean(125, "The clock follows the server's")
    fast_ethernet: int = i32(128, "1 = 100 Mbit/s is allowed")
    mtu: int = i32(132, "Largest packet, 1024..1460 bytes")

    # Fingerprint
    security_level: int = i32(160, "Security level of the device")
    fast_mode: int = i32(164, "Speed of matching")
    scan_timeout: int = i32(172, "Seconds to wait for a finger, 1..20")
    matching_timeout: int = i32(176, "Seconds allowed for matching, 0..10")
    template_type: int = i32(180, "Form of templates")
    fake_detection: int = i32(184, "Check for false fingers")
    server_matching: bool = boolean(188, "The server matches")

    # Inputs, outputs and doors
    inputs: InputSettings = nested(224, InputSettings, "Inputs")
    outputs: OutputSettings = nested(1056, OutputSettings, "Outputs")
    doors: DoorSettings = nested(7584, DoorSettings, "Doors")
    lift_relay_duration: int = i32(7724, "How long a relay of a Lift I/O stays on")
    fire_alarm: int = u8(7730, "1 = the fire alarm is on, kept by the device")

    # RS485
    host_id: int = u32(7736, "Device id of the RS485 host")
    slave_ids: tuple[int, ...] = array(7740, U32, 8, "Device ids of the RS485 slaves")
    slave_type: int = u32(7772, "Device type of the slave")
    serial_mode: int = i32(7776, "Place on the RS485 line, vendor's number")
    serial_baud_rate: int = i32(7780, "Speed of the RS485 line")
    secure_io: int = u8(7785, "Secure I/O units that are attached")
    termination: int = u8(7786, "1 = the line is terminated here")
    slave_id: int = u32(7792, "Device id of the RS485 slave")

    # Entrance limits
    minimum_interval: int = i32(7864, "Least time between two entries of one user")
    limit_count: int = i32(7868, "Entrance limits in use")
    maximum_entries: tuple[int, ...] = array(7872, I32, 4, "For each limit: entries allowed")
    limit_intervals: tuple[int, ...] = array(7888, U32, 4, "For each limit: the part of the day in which it holds")
    bypass_group_id: int = i32(7904, "Access group to which no limit applies")

    # Command cards
    command_card_count: int = i32(7936, "Command cards in use")
    command_cards: tuple[CommandCard, ...] = records(7940, CommandCard, 16, "The command cards")

    # Attendance
    attendance_mode: int = i32(8144, "How attendance keys are chosen")
    automatic_in_schedule: int = i32(8148, "Schedule in which an entry counts as coming")
    automatic_out_schedule: int = i32(8152, "Schedule in which an entry counts as leaving")

    # Users
    default_access_group: int = i32(8176, "Access group of users without one: 0 none, 1 full")
    locked: int = i32(8292, "1 = the device is locked")

    # Wiegand
    wiegand_output: bool = boolean(8296, "The Wiegand interface sends")
    wiegand_input: int = i32(8300, "The Wiegand interface receives")
    wiegand_mode: int = i32(8304, "Use of an attached reader, vendor's number")
    wiegand_reader_id: int = u32(8308, "Device id of the attached reader")
    wiegand_id_type: int = i32(8324, "What is sent: a user id or a card number, vendor's number")
    wiegand: WiegandSettings = nested(8328, WiegandSettings, "Format of the Wiegand interface")

    # Signals
    signals: SignalSettingsCompact = nested(8628, SignalSettingsCompact, "Lamp and buzzer")

    # Cards
    card_id_format: int = i32(11580, "Form of a card number")
    card_id_byte_order: int = i32(11584, "Order of the bytes of a card number")
    card_id_bit_order: int = i32(11588, "Order of the bits of a card number")
