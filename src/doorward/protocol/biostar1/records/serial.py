"""Serial lines, USB sockets and the RS485 network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import I8, U8, Record, array, boolean, i32, records, u8, u16, u32


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialSettingsBioStation(Record):
    """Serial interfaces of a BioStation (configuration 0x12). Modes and speeds are the vendor's numbers."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BSSerialConfig"

    rs485: int = i32(0, "Use or speed of the RS485 line")
    rs232: int = i32(4, "Use or speed of the RS232 line")
    secure_io: int = i32(8, "Secure I/O units are attached")
    active_secure_io: tuple[int, ...] = array(12, I8, 4, "Which of the four Secure I/O units are active")
    slave_id: int = u32(16, "Device id of the RS485 slave")
    device_type: int = i32(20, "Place on the RS485 line: host or slave")


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialSettingsTouch(Record):
    """Serial interfaces of D-Station, X-Station, BioStation T2 and FaceStation (configuration 0x75)."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BS2SerialConfig"

    rs485: int = i32(0, "Use or speed of the RS485 line")
    rs232: int = i32(4, "Use or speed of the RS232 line")


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbSettingsBioStation(Record):
    """USB socket of a BioStation (configuration 0x13)."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BSUSBConfig"

    computer_connection: bool = boolean(0, "A computer may connect")


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbSettingsTouch(Record):
    """USB sockets of BioStation T2 and FaceStation (configuration 0x81)."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BS2USBConfig"

    computer_connection: int = u8(0, "1 = a computer may connect")
    memory_connection: int = u8(1, "1 = a memory stick may be used")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rs485Slave(Record):
    """A device on the RS485 line, as listed in the network block and by the search for slaves (command 0x000C)."""

    SIZE: ClassVar[int] = 8
    STRUCTURE: ClassVar[str] = "BS485SlaveInfo"

    device_id: int = u32(0, "Device id of the slave")
    device_type: int = i32(4, "Device type of the slave")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rs485NetworkBioStation(Record):
    """RS485 network of a BioStation (configuration 0x65)."""

    SIZE: ClassVar[int] = 136
    STRUCTURE: ClassVar[str] = "BS485NetworkConfig"

    device_type: int = u16(0, "Place on the line: host or slave")
    secure_io: int = u16(2, "Secure I/O units are attached")
    active_secure_io: tuple[int, ...] = array(4, I8, 4, "Which of the four Secure I/O units are active")
    slaves: tuple[Rs485Slave, ...] = records(8, Rs485Slave, 7, "The slaves on the line")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rs485NetworkTouch(Record):
    """RS485 network of D-Station, X-Station, BioStation T2 and FaceStation (configuration 0x74)."""

    SIZE: ClassVar[int] = 136
    STRUCTURE: ClassVar[str] = "BS2485NetworkConfig"

    baud_rate: int = i32(0, "Speed of the line")
    device_type: int = u16(4, "Place on the line: host or slave")
    active_secure_io: tuple[int, ...] = array(8, U8, 4, "Which of the four Secure I/O units are active")
    slaves: tuple[Rs485Slave, ...] = records(12, Rs485Slave, 7, "The slaves on the line")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rs485SettingsCompact(Record):
    """RS485 line of a 1471 model."""

    SIZE: ClassVar[int] = 40
    STRUCTURE: ClassVar[str] = "BE485Config"

    baud_rate: int = i32(0, "Speed of the line")
    master: bool = boolean(4, "This device is the master of the line")
    anti_passback_type: int = i32(8, "Kind of anti-passback between the devices of the line")
    fallback_mode: int = i32(12, "What the device does while the master is away")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rs485SlaveCompact(Record):
    """A device on the RS485 line of a 1471 model."""

    SIZE: ClassVar[int] = 8
    STRUCTURE: ClassVar[str] = "BE485Slave"

    device_id: int = u32(0, "Device id of the slave")
    device_type: int = u32(4, "Device type of the slave")
