"""Cards that carry templates, and command cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import I32, U8, Record, array, i32, opaque, u8, u32


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLayout(Record):
    """Where templates stand on MIFARE and iCLASS cards (commands 0x00B0 and 0x00B1)."""

    SIZE: ClassVar[int] = 128
    STRUCTURE: ClassVar[str] = "BSMifareConfig"

    magic_number: int = i32(0, "Mark of the block")
    disabled: int = i32(4, "1 = cards are not used")
    serial_number_only: int = i32(8, "1 = only the serial number of a card is read")
    bioentry_compatible: int = i32(12, "1 = cards of the older BioEntry readers are taken")
    secondary_key: int = i32(16, "1 = the secondary site key is tried as well")
    information_block: int = i32(40, "Block of the card information")
    template_count: int = i32(44, "Templates on a card")
    template_size: int = i32(48, "Bytes of a template")
    template_start_blocks: tuple[int, ...] = array(52, I32, 4, "First block of each template")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCardHeader(Record):
    """The head of a card that carries templates (commands 0x00B2 and 0x00B3); the templates follow."""

    SIZE: ClassVar[int] = 92
    STRUCTURE: ClassVar[str] = "BSMifareCardHeader"

    serial_number: int = u32(0, "Serial number of the card")
    user_id: int = u32(4, "User id")
    card_custom_id: int = u32(8, "Custom id of the card")
    version: int = u8(12, "Version of the card information")
    template_count: int = u8(13, "Templates on the card")
    administrator_level: int = u8(14, "0 normal user, 1 administrator")
    security_level: int = u8(15, "Security level of the user")
    duress: tuple[int, ...] = array(16, U8, 4, "For each template: 1 = duress finger")
    bypass_card: int = u8(20, "1 = the card alone is enough")
    access_groups: tuple[int, ...] = array(24, U8, 4, "Four access group numbers, 0xFF none")
    user_name: bytes = opaque(28, 16, "Name of the user in the device's code page, zero filled")
    pin: bytes = opaque(44, 8, "PIN of the user, zero filled", secret=True)
    start_time: int = i32(52, "Start of validity in local seconds since 1970, 0 none")
    expiry_time: int = i32(56, "End of validity in local seconds since 1970, 0 none")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCard(Record):
    """A card that enrols or deletes users at a 1471 model."""

    SIZE: ClassVar[int] = 12
    STRUCTURE: ClassVar[str] = "BECommandCard"

    card_id: int = u32(0, "Card number")
    card_custom_id: int = u8(4, "Custom id of the card, lowest byte")
    command: int = u8(5, "What the card does, vendor's number")
    administrator_finger: int = u8(6, "1 = an administrator's finger is asked as well")
    full_card_custom_id: int = u32(8, "Custom id of four bytes (iCLASS)")
