"""The Wiegand interface and its bit formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.records.unions import UnionRecord
from doorward.protocol.layout import U32, Record, array, i32, nested, opaque, records, u8, u16, u32


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandField(Record):
    """Where a field stands in a Wiegand bit string."""

    SIZE: ClassVar[int] = 8
    STRUCTURE: ClassVar[str] = "BSWiegandField"

    bit_index: int = i32(0, "First bit")
    bit_length: int = i32(4, "Number of bits")


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandParity(Record):
    """A parity bit of a Wiegand bit string."""

    SIZE: ClassVar[int] = 16
    STRUCTURE: ClassVar[str] = "BSWiegandParity"

    bit_index: int = i32(0, "Place of the parity bit")
    parity_type: int = i32(4, "Even or odd, vendor's number")
    bit_mask: bytes = opaque(8, 8, "The bits that are counted")


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandFormatHeader(Record):
    """Kind and length of a Wiegand format."""

    SIZE: ClassVar[int] = 8
    STRUCTURE: ClassVar[str] = "BSWiegandFormatHeader"

    format: int = i32(0, "Fixed 26 bit, pass through or custom, vendor's number")
    total_bits: int = i32(4, "Number of bits")


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandPassThroughFormat(Record):
    """A Wiegand format that passes the bits on; only the id fields are known."""

    SIZE: ClassVar[int] = 100
    STRUCTURE: ClassVar[str] = "BSWiegandPassThruData"

    id_field_count: int = i32(0, "Id fields in use")
    fields: tuple[WiegandField, ...] = records(4, WiegandField, 12, "The id fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandCustomFormat(Record):
    """A Wiegand format with fields and parity bits of its own."""

    SIZE: ClassVar[int] = 236
    STRUCTURE: ClassVar[str] = "BSWiegandCustomData"

    field_count: int = i32(0, "Fields in use")
    id_field_mask: int = u32(4, "Bit n: field n belongs to the id")
    fields: tuple[WiegandField, ...] = records(8, WiegandField, 12, "The fields")
    parity_count: int = i32(104, "Parity bits in use")
    parities: tuple[WiegandParity, ...] = records(108, WiegandParity, 8, "The parity bits")


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandFormatData(UnionRecord):
    """Details of a Wiegand format; the fixed 26 bit format has none."""

    SIZE: ClassVar[int] = 236
    STRUCTURE: ClassVar[str] = "BSWiegandFormatData"
    MEMBERS: ClassVar[tuple[type[Record], ...]] = (
        WiegandPassThroughFormat,
        WiegandCustomFormat,
    )

    raw: bytes = opaque(0, 236, "One of the members, zero filled")


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandSettings(Record):
    """Wiegand interface of BioStation and the 1471 models (configuration 0x42)."""

    SIZE: ClassVar[int] = 300
    STRUCTURE: ClassVar[str] = "BSWiegandConfig"

    pulse_width: int = u16(0, "Width of an output pulse")
    pulse_interval: int = u16(4, "Time between output pulses")
    fail_code_enabled: int = u8(6, "1 = a fixed code is sent when a user is refused")
    fail_code: int = u8(7, "The byte of that code")
    format_header: WiegandFormatHeader = nested(8, WiegandFormatHeader, "Kind and length of the format")
    format_data: WiegandFormatData = nested(16, WiegandFormatData, "Details of the format")
    field_values: tuple[int, ...] = array(252, U32, 12, "Fixed values of the fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandSettingsTouch(Record):
    """Wiegand interface of D-Station, X-Station, BioStation T2 and FaceStation (configuration 0x73)."""

    SIZE: ClassVar[int] = 368
    STRUCTURE: ClassVar[str] = "BS2WiegandConfig"

    pulse_width: int = u16(0, "Width of an output pulse")
    pulse_interval: int = u16(2, "Time between output pulses")
    direction: int = u16(4, "Input or output, vendor's number")
    mode: int = u16(6, "Use of an attached reader, vendor's number")
    card_reader_ids: tuple[int, ...] = array(8, U32, 9, "Device ids of the attached card readers")
    fail_code_enabled: int = u8(44, "1 = a fixed code is sent when a user is refused")
    fail_code: int = u8(45, "The byte of that code")
    format_header: WiegandFormatHeader = nested(76, WiegandFormatHeader, "Kind and length of the format")
    format_data: WiegandFormatData = nested(84, WiegandFormatData, "Details of the format")
    field_values: tuple[int, ...] = array(320, U32, 12, "Fixed values of the fields")
