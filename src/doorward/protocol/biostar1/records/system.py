"""What a device says about itself, its master password and its template encryption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import Record, boolean, i32, opaque, text, u32

COMPACT_SYSTEM_MAGIC = 0x1F2F3F01


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemInformation(Record):
    """What a model on port 1470 says about itself (configuration 0x41, read only)."""

    SIZE: ClassVar[int] = 168
    STRUCTURE: ClassVar[str] = "BSSysInfoConfig"

    device_id: int = u32(0, "Id (serial number) of the device")
    mac_address: str = text(4, 32, "MAC address as text")
    product_name: str = text(36, 32, "Name of the product")
    board_version: str = text(68, 16, "Version of the board")
    firmware_version: str = text(84, 16, "Version of the firmware")
    coprocessor_version: str = text(100, 16, "Version of the coprocessor's firmware")
    kernel_version: str = text(116, 16, "Version of the kernel")
    language: int = i32(132, "Language of the display, vendor's number")
    private_key: str = text(136, 32, "Key of the device, as text", secret=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemInformationCompact(Record):
    """What a BioEntry Plus, BioEntry W or Xpass model says about itself (configuration 0x51)."""

    SIZE: ClassVar[int] = 236
    STRUCTURE: ClassVar[str] = "BESysInfoData"

    magic_number: int = u32(0, "Mark of the block, 0x1F2F3F01", default=COMPACT_SYSTEM_MAGIC)
    version: int = i32(4, "Version of the block")
    timestamp: int = u32(8, "Time of the last change")
    checksum: int = u32(12, "Checksum of the block, made by the device")
    device_id: int = u32(32, "Id (serial number) of the device")
    mac_address: bytes = opaque(36, 8, "MAC address, six bytes and two of fill")
    board_version: str = text(44, 16, "Version of the board")
    firmware_version: str = text(60, 16, "Version of the firmware")
    product_name: str = text(76, 32, "Name of the product")


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemInformationBioLite(Record):
    """What a BioLite Net says about itself (configuration 0x71)."""

    SIZE: ClassVar[int] = 236
    STRUCTURE: ClassVar[str] = "BESysInfoDataBLN"

    magic_number: int = u32(0, "Mark of the block")
    version: int = i32(4, "Version of the block")
    timestamp: int = u32(8, "Time of the last change")
    checksum: int = u32(12, "Checksum of the block, made by the device")
    device_id: int = u32(32, "Id (serial number) of the device")
    mac_address: bytes = opaque(36, 8, "MAC address, six bytes and two of fill")
    board_version: str = text(44, 16, "Version of the board")
    firmware_version: str = text(60, 16, "Version of the firmware")
    product_name: str = text(76, 32, "Name of the product")
    language: int = i32(108, "Language of the display, vendor's number")


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterPassword(Record):
    """The master password block of a BioStation (configuration 0x40)."""

    SIZE: ClassVar[int] = 64
    STRUCTURE: ClassVar[str] = "BSInfoConfig"

    master_password: bytes = opaque(4, 16, "Master password as the device stores it", secret=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionSettings(Record):
    """Encryption of stored templates (configuration 0x04). On the wire the password is two enciphered blocks."""

    SIZE: ClassVar[int] = 48
    STRUCTURE: ClassVar[str] = "BSEncryptionConfig"

    encryption: bool = boolean(0, "Templates are stored enciphered")
    password: bytes = opaque(1, 32, "The enciphered password; read back as stored (notes, section 4.4)", secret=True)
    protection: int = i32(36, "Protection of templates, vendor's number")
