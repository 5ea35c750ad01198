"""The one block that holds all settings of a BioLite Net."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.records.attendance import AttendanceKeysBioLite, AttendanceMode
from doorward.protocol.biostar1.records.cards import CommandCard
from doorward.protocol.biostar1.records.doors import DoorSettings
from doorward.protocol.biostar1.records.inputs_outputs import InputSettings, OutputSettings
from doorward.protocol.biostar1.records.signals import SignalSettingsBioLite
from doorward.protocol.biostar1.records.wiegand import WiegandSettings
from doorward.protocol.layout import I32, U8, U32, Record, address, array, boolean, i32, nested, records, u8, u32


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactSettingsBioLite(Record):
    """All settings of a BioLite Net (configuration 0x70)."""

    SIZE: ClassVar[int] = 15952
    STRUCTURE: ClassVar[str] = "BEConfigDataBLN"

    magic_number: int = u32(0, "Mark of the block")
    version: int = i32(4, "Version of the block")
    timestamp: int = u32(8, "Time of the last change")
    checksum: int = u32(12, "Checksum of the block, made by the device")

    # Operation mode
    operation_modes: tuple[int, ...] = array(32, I32, 5, "The operation modes, vendor's numbers")
    operation_mode_schedules: tuple[int, ...] = array(52, I32, 5, "For each operation mode: schedule in which it holds")
    dual_modes: tuple[int, ...] = array(72, U8, 5, "For each operation mode: 1 = two users must identify themselves")
    wiegand_card_bypass: int = u8(77, "1 = cards from a Wiegand reader bypass the device")
    dual_mode_option: int = u8(78, "Option of dual mode, vendor's number")
    private_authentication: int = i32(80, "1 = users have modes of their own")
    identification_modes: tuple[int, ...] = array(84, I32, 3, "When a finger alone is taken")
    identification_schedules: tuple[int, ...] = array(
        96, I32, 3, "For each identification mode: schedule in which it holds"
    )

    # Network
    dhcp: bool = boolean(112, "The address comes from a DHCP server")
    ip_address: str = address(116, "Address of the device")
    gateway: str = address(120, "Default gateway")
    subnet_mask: str = address(124, "Subnet mask")
    server_address: str = address(
        128, "Address of the server that the device dials in server mode; the port is not stored"
    )
    port: int = i32(132, "TCP port of the device, usually 1471")
    server_mode: bool = boolean(136, "The device dials the server")
    synchronize_time: bool = boolean(137, "The clock follows the server's")
    fast_ethernet: int = i32(140, "1 = 100 Mbit/s is allowed")
    mtu: int = i32(144, "Largest packet, 1024..1460 bytes")

    # Fingerprint
    image_quality: int = i32(168, "How good an image must be")
    security_level: int = i32(172, "Security level of the device")
    fast_mode: int = i32(176, "Speed of matching")
    scan_timeout: int = i32(184, "Seconds to wait for a finger, 1..20")
    matching_timeout: int = i32(188, "Seconds allowed for matching, 0..10")
    template_type: int = i32(192, "Form of templates")
    fake_detection: int = i32(196, "Check for false fingers")
    server_matching: bool = boolean(200, "The server matches")
    duplicate_check: bool = boolean(201, "A finger that exists already is refused")

    # Inputs, outputs and doors
    inputs: InputSettings = nested(232, InputSettings, "Inputs")
    outputs: OutputSettings = nested(1064, OutputSettings, "Outputs")
    doors: DoorSettings = nested(7592, DoorSettings, "Doors")
    fire_alarm: int = u8(7738, "1 = the fire alarm is on, kept by the device")

    # RS485
    host_id: int = u32(7744, "Device id of the RS485 host")
    slave_ids: tuple[int, ...] = array(7748, U32, 8, "Device ids of the RS485 slaves")
    slave_type: int = u32(7780, "Device type of the slave")
    serial_mode: int = i32(7784, "Place on the RS485 line, vendor's number")
    serial_baud_rate: int = i32(7788, "Speed of the RS485 line")
    secure_io: int = u8(7793, "Secure I/O units that are attached")
    slave_id: int = u32(7800, "Device id of the RS485 slave")

    # Entrance limits
    minimum_interval: int = i32(7872, "Least time between two entries of one user")
    limit_count: int = i32(7876, "Entrance limits in use")
    maximum_entries: tuple[int, ...] = array(7880, I32, 4, "For each limit: entries allowed")
    limit_intervals: tuple[int, ...] = array(7896, U32, 4, "For each limit: the part of the day in which it holds")
    bypass_group_id: int = i32(7912, "Access group to which no limit applies")

    # Command cards
    command_card_count: int = i32(7944, "Command cards in use")
    command_cards: tuple[CommandCard, ...] = records(7948, CommandCard, 16, "The command cards")

    # Attendance
    attendance_mode: int = i32(8152, "How attendance keys are chosen")
    automatic_in_schedule: int = i32(8156, "Schedule in which an entry counts as coming")
    automatic_out_schedule: int = i32(8160, "Schedule in which an entry counts as leaving")
    attendance_change: int = i32(8164, "Change of the attendance key, vendor's number")

    # Users
    default_access_group: int = i32(8184, "Access group of users without one: 0 none, 1 full")
    locked: int = i32(8300, "1 = the device is locked")

    # Wiegand
    wiegand_output: bool = boolean(8304, "The Wiegand interface sends")
    wiegand_input: bool = boolean(8305, "The Wiegand interface receives")
    wiegand_mode: int = i32(8308, "Use of an attached reader, vendor's number")
    wiegand_reader_id: int = u32(8312, "Device id of the attached reader")
    wiegand_id_type: int = i32(8328, "What is sent: a user id or a card number, vendor's number")
    wiegand: WiegandSettings = nested(8332, WiegandSettings, "Format of the Wiegand interface")

    # Signals
    signals: SignalSettingsBioLite = nested(8632, SignalSettingsBioLite, "Lamps and buzzer")
    backlight_mode: int = i32(15300, "When the display is lit")
    sound_mode: int = i32(15304, "When the device sounds")

    # Attendance keys
    attendance_keys: AttendanceKeysBioLite = nested(15308, AttendanceKeysBioLite, "The attendance keys")
    attendance_key_mode: AttendanceMode = nested(15628, AttendanceMode, "How attendance keys are chosen")

    # Cards
    card_id_format: int = i32(15712, "Form of a card number")
    card_id_byte_order: int = i32(15716, "Order of the bytes of a card number")
    card_id_bit_order: int = i32(15720, "Order of the bits of a card number")
