"""The headers of users, one form for each family of models, and private greetings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from doorward.protocol.biostar1.records.access_groups import NO_ACCESS_GROUPS
from doorward.protocol.layout import U8, U16, U32, Record, array, boolean, i32, text, u8, u16, u32, wide_text


class BioStationAdministratorLevel(IntEnum):
    """Rights at the terminal, in the 116 and 148 byte headers."""

    ADMINISTRATOR = 240
    NORMAL = 241


class AdministratorLevel(IntEnum):
    """Rights at the terminal, in all other headers."""

    NORMAL = 0
    ADMINISTRATOR = 1


class BioStationSecurityLevel(IntEnum):
    """How strictly fingers are matched, in the 116 and 148 byte headers."""

    DEVICE_DEFAULT = 260
    LOWEST = 261
    LOW = 262
    NORMAL = 263
    HIGH = 264
    HIGHEST = 265


class SecurityLevel(IntEnum):
    """How strictly fingers are matched, in the 128 byte header."""

    DEVICE_DEFAULT = 0
    LOWEST = 1
    LOW = 2
    NORMAL = 3
    HIGH = 4
    HIGHEST = 5


class BioStationAuthenticationMode(IntEnum):
    """What a user must show, in the 148 byte header."""

    DEVICE_DEFAULT = 0
    FINGER = 1020
    FINGER_AND_PIN = 1021
    FINGER_OR_PIN = 1022
    PIN = 1023
    CARD = 1024


class CardFlag(IntEnum):
    """What the card of a 128 byte header is good for."""

    NORMAL = 0
    BYPASS = 1


CARD_VERSION = 0x13


@dataclass(frozen=True, slots=True, kw_only=True)
class UserHeaderLegacy(Record):
    """User header of 116 bytes, the oldest form (commands 0x0020 and 0x0022). No card and no dates."""

    SIZE: ClassVar[int] = 116
    STRUCTURE: ClassVar[str] = "BSUserHdr"

    user_id: int = u32(0, "User id")
    administrator_level: int = u16(6, "240 administrator, 241 normal user", default=BioStationAdministratorLevel.NORMAL)
    security_level: int = u16(
        8, "260 device default, 261 lowest .. 265 highest", default=BioStationSecurityLevel.DEVICE_DEFAULT
    )
    status_mask: int = u16(10, "Status bits, kept by the device")
    access_group_mask: int = u32(12, "Four access group numbers, one a byte, 0xFF none", default=NO_ACCESS_GROUPS)
    name: str = text(16, 33, "Name")
    department: str = text(49, 33, "Department")
    pin: str = text(82, 17, "PIN", secret=True)
    finger_count: int = u16(100, "Fingers; two templates of 384 bytes each")
    duress_mask: int = u16(102, "Bit n: finger n is a duress finger")
    finger_checksums: tuple[int, ...] = array(
        104, U16, 5, "For each finger: sum of the bytes of its two templates, modulo 65536"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserHeaderBioStation(Record):
    """User header of 148 bytes of a BioStation (commands 0x0024 and 0x0025)."""

    SIZE: ClassVar[int] = 148
    STRUCTURE: ClassVar[str] = "BSUserHdrEx"

    user_id: int = u32(0, "User id")
    header_version: int = u16(4, "Version of the header")
    administrator_level: int = u16(6, "240 administrator, 241 normal user", default=BioStationAdministratorLevel.NORMAL)
    security_level: int = u16(
        8,
        "260 device default, 261 lowest (1/1000) .. 265 highest (1/10,000,000)",
        default=BioStationSecurityLevel.DEVICE_DEFAULT,
    )
    status_mask: int = u16(10, "Status bits, kept by the device")
    access_group_mask: int = u32(12, "Four access group numbers, one a byte, 0xFF none", default=NO_ACCESS_GROUPS)
    name: str = text(16, 33, "Name")
    department: str = text(49, 33, "Department")
    pin: str = text(82, 17, "PIN", secret=True)
    finger_count: int = u16(100, "Fingers; two templates of 384 bytes each")
    duress_mask: int = u16(102, "Bit n: finger n is a duress finger")
    finger_checksums: tuple[int, ...] = array(
        104, U16, 5, "For each finger: sum of the bytes of its two templates, modulo 65536"
    )
    authentication_mode: int = u16(
        114, "0 device default, 1020 finger, 1021 finger + PIN, 1022 finger or PIN, 1023 PIN, 1024 card"
    )
    daily_entry_limit: int = u16(116, "Entries allowed a day, 0 no limit")
    timed_anti_passback: int = u16(120, "Minutes before the user may enter again, 0 off")
    card_id: int = u32(124, "Card number, 0 no card")
    bypass_card: bool = boolean(128, "The card alone is enough")
    disabled: bool = boolean(129, "The user is blocked")
    expiry_time: int = u32(132, "End of validity in local seconds since 1970, 0 none")
    card_custom_id: int = u32(136, "Custom id of the card")
    card_version: int = i32(140, "Version of the card information, 0x13", default=CARD_VERSION)
    start_time: int = u32(144, "Start of validity in local seconds since 1970, 0 none")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserHeaderCompact(Record):
    """User header of 128 bytes of BioEntry Plus, BioEntry W, BioLite Net and Xpass (commands 0x0029 and 0x002A)."""

    SIZE: ClassVar[int] = 128
    STRUCTURE: ClassVar[str] = "BEUserHdr"

    version: int = i32(0, "Version of the header")
    user_id: int = u32(4, "User id")
    start_time: int = i32(8, "Start of validity in local seconds since 1970, 0 none")
    expiry_time: int = i32(12, "End of validity in local seconds since 1970, 0 none")
    card_id: int = u32(16, "Card number, 0 no card")
    card_custom_id: int = u8(20, "Custom id of the card, lowest byte")
    command_card_flag: int = u8(21, "Marks a command card")
    card_flag: int = u8(22, "0 normal, 1 the card alone is enough")
    card_version: int = u8(23, "Version of the card information, 0x13", default=CARD_VERSION)
    administrator_level: int = u16(24, "0 normal user, 1 administrator")
    security_level: int = u16(26, "0 device default, 1 lowest .. 5 highest")
    access_group_mask: int = u32(28, "Four access group numbers, one a byte, 0xFF none", default=NO_ACCESS_GROUPS)
    finger_count: int = u16(32, "Fingers, 0 to 2; two templates of 384 bytes each")
    finger_checksums: tuple[int, ...] = array(
        34, U16, 2, "For each finger: sum of the bytes of its two templates, modulo 65536"
    )
    duress: tuple[int, ...] = array(38, U8, 2, "For each finger: 1 = duress finger")
    disabled: int = i32(40, "1 = the user is blocked")
    operation_mode: int = i32(44, "Mode of this user, 0 device default")
    dual_mode: int = i32(48, "Two users must identify themselves, vendor's number")
    pin: str = text(52, 16, "PIN, BioLite Net only", secret=True)
    full_card_custom_id: int = u32(68, "Custom id of four bytes (iCLASS)")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserHeaderWide(Record):
    """User header of 388 bytes of D-Station, X-Station and BioStation T2 (commands 0x002C and 0x002D)."""

    SIZE: ClassVar[int] = 388
    STRUCTURE: ClassVar[str] = "DSUserHdr"

    user_id: int = u32(0, "User id")
    header_version: int = u16(4, "Version of the header")
    administrator_level: int = u16(6, "0 normal user, 1 administrator")
    security_level: int = u16(8, "Security level, 0 device default")
    status_mask: int = u16(10, "Status bits, kept by the device")
    access_group_mask: int = u32(12, "Four access group numbers, one a byte, 0xFF none", default=NO_ACCESS_GROUPS)
    name: str = wide_text(16, 48, "Name")
    department: str = wide_text(112, 48, "Department")
    pin: str = wide_text(208, 16, "PIN", secret=True)
    finger_count: int = u16(240, "Fingers; two templates of 384 bytes each")
    face_count: int = u16(242, "Faces of 2284 bytes each, D-Station only")
    duress: tuple[int, ...] = array(244, U8, 10, "For each finger: 1 = duress finger")
    finger_types: tuple[int, ...] = array(256, U8, 10, "For each finger: which finger it is")
    finger_checksums: tuple[int, ...] = array(268, U32, 10, "For each finger: sum of the bytes of its two templates")
    face_checksums: tuple[int, ...] = array(308, U32, 5, "For each face: checksum of its template")
    authentication_mode: int = u16(328, "Mode of this user, 0 device default")
    bypass_card: int = u8(330, "1 = the card alone is enough")
    disabled: int = u8(331, "1 = the user is blocked")
    card_id: int = u32(332, "Card number, 0 no card")
    card_custom_id: int = u32(336, "Custom id of the card")
    start_time: int = u32(340, "Start of validity in local seconds since 1970, 0 none")
    expiry_time: int = u32(344, "End of validity in local seconds since 1970, 0 none")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateGreeting(Record):
    """What the display shows when one user enters (commands 0x0080 and 0x0081); a picture may follow."""

    SIZE: ClassVar[int] = 136
    STRUCTURE: ClassVar[str] = "BSPrivateInfo"

    user_id: int = u32(0, "User id")
    department: str = text(4, 33, "Department")
    greeting: str = text(37, 65, "Text of the greeting")
    image: int = i32(104, "1 = a picture belongs to the greeting")
    duration: int = u32(108, "How long the greeting is shown")
    daily_count: int = u32(112, "How often a day the greeting is shown")
    image_checksum: int = u32(116, "Checksum of the picture")
