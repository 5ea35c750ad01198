"""How users must identify themselves, a form for each model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import U8, Record, array, i32, text, u8, u16


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationModeBioStation(Record):
    """How a BioStation asks for users (configuration 0x30). Modes are the vendor's numbers."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BSOPModeConfig"

    authentication_mode: int = i32(
        0, "Mode after an id or card (1020 finger, 1021 finger and PIN, 1022 finger or PIN, 1023 PIN, 1024 card)"
    )
    identification_mode: int = i32(4, "When a finger alone is taken")
    attendance_mode: int = i32(8, "How attendance keys are chosen")
    attendance_change: int = u16(12, "Change of the attendance key, vendor's number")
    wiegand_card_bypass: int = u8(14, "1 = cards from a Wiegand reader bypass the device")
    dual_mode_option: int = u8(15, "Option of dual mode, vendor's number")
    authentication_schedules: tuple[int, ...] = array(16, U8, 4, "Schedule of each authentication mode")
    identification_schedule: int = u8(20, "Schedule of identification by finger")
    dual_mode: int = u8(21, "1 = two users must identify themselves")
    dual_mode_schedule: int = u8(22, "Schedule of dual mode")
    version: int = u8(23, "Version of the block")
    card_mode: int = u16(24, "Use of cards, vendor's number")
    fast_id_matching: int = u8(26, "1 = fingers are matched among ids that begin alike")
    card_id_format: int = u8(27, "Form of a card number")
    authentication_schedules_extended: tuple[int, ...] = array(28, U8, 1, "Schedule of the further authentication mode")
    private_authentication: int = u8(29, "1 = users have modes of their own")
    card_id_byte_order: int = u8(30, "Order of the bytes of a card number")
    card_id_bit_order: int = u8(31, "Order of the bits of a card number")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationModeDStation(Record):
    """How a D-Station asks for users (configuration 0x76). Modes are the vendor's numbers."""

    SIZE: ClassVar[int] = 100
    STRUCTURE: ClassVar[str] = "DSOPModeConfig"

    identification_mode: int = u8(0, "When a finger alone is taken")
    attendance_mode: int = u8(1, "How attendance keys are chosen")
    card_mode: int = u8(2, "Use of cards, vendor's number")
    authentication_schedules: tuple[int, ...] = array(3, U8, 5, "Schedule of each authentication mode")
    identification_schedule: int = u8(8, "Schedule of identification by finger")
    dual_mode_schedule: int = u8(9, "Schedule of dual mode")
    private_authentication: int = u8(10, "1 = users have modes of their own")
    card_id_format: int = u8(11, "Form of a card number")
    card_id_byte_order: int = u8(12, "Order of the bytes of a card number")
    card_id_bit_order: int = u8(13, "Order of the bits of a card number")
    enhanced_mode: int = u8(14, "Combination of finger and face")
    fusion_type: int = u8(15, "Kind of that combination")
    fusion_timeout: int = u8(16, "Time for that combination")
    face_detection: int = u8(17, "1 = a face must be seen")
    wiegand_card_bypass: int = u8(18, "1 = cards from a Wiegand reader bypass the device")
    dual_mode_option: int = u8(19, "Option of dual mode, vendor's number")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationModeXStation(Record):
    """How an X-Station asks for users (configuration 0x76). Modes are the vendor's numbers."""

    SIZE: ClassVar[int] = 100
    STRUCTURE: ClassVar[str] = "XSOPModeConfig"

    attendance_mode: int = u8(1, "How attendance keys are chosen")
    card_mode: int = u8(2, "Use of cards, vendor's number")
    authentication_schedules: tuple[int, ...] = array(3, U8, 2, "Schedule of each authentication mode")
    dual_mode_schedule: int = u8(9, "Schedule of dual mode")
    private_authentication: int = u8(10, "1 = users have modes of their own")
    card_id_format: int = u8(11, "Form of a card number")
    card_id_byte_order: int = u8(12, "Order of the bytes of a card number")
    card_id_bit_order: int = u8(13, "Order of the bits of a card number")
    face_detection: int = u8(17, "1 = a face must be seen")
    server_matching: int = u8(18, "1 = the server matches")
    matching_timeout: int = u8(19, "Time allowed for matching")
    wiegand_card_bypass: int = u8(20, "1 = cards from a Wiegand reader bypass the device")
    dual_mode_option: int = u8(21, "Option of dual mode, vendor's number")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationModeBioStationT2(Record):
    """How a BioStation T2 asks for users (configuration 0x76). Modes are the vendor's numbers."""

    SIZE: ClassVar[int] = 100
    STRUCTURE: ClassVar[str] = "BS2OPModeConfig"

    finger_schedules: tuple[int, ...] = array(0, U8, 4, "Schedule of each mode that begins with a finger")
    card_schedules: tuple[int, ...] = array(4, U8, 5, "Schedule of each mode that begins with a card")
    id_schedules: tuple[int, ...] = array(9, U8, 4, "Schedule of each mode that begins with an id")
    attendance_mode: int = u8(13, "How attendance keys are chosen")
    card_mode: int = u8(14, "Use of cards, vendor's number")
    dual_mode_schedule: int = u8(15, "Schedule of dual mode")
    private_authentication: int = u8(16, "1 = users have modes of their own")
    card_id_format: int = u8(17, "Form of a card number")
    card_id_byte_order: int = u8(18, "Order of the bytes of a card number")
    card_id_bit_order: int = u8(19, "Order of the bits of a card number")
    face_detection: int = u8(20, "1 = a face must be seen")
    server_matching: int = u8(21, "1 = the server matches")
    matching_timeout: int = u8(22, "Time allowed for matching")
    wiegand_card_bypass: int = u8(23, "1 = cards from a Wiegand reader bypass the device")
    dual_mode_option: int = u8(24, "Option of dual mode, vendor's number")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationModeFaceStation(Record):
    """How a FaceStation asks for users (configuration 0x76). Modes are the vendor's numbers."""

    SIZE: ClassVar[int] = 102
    STRUCTURE: ClassVar[str] = "FSOPModeConfig"

    face_schedules: tuple[int, ...] = array(0, U8, 6, "Schedule of each mode that begins with a face")
    card_schedules: tuple[int, ...] = array(6, U8, 5, "Schedule of each mode that begins with a card")
    id_schedules: tuple[int, ...] = array(11, U8, 4, "Schedule of each mode that begins with an id")
    attendance_mode: int = u8(15, "How attendance keys are chosen")
    card_mode: int = u8(16, "Use of cards, vendor's number")
    dual_mode_schedule: int = u8(17, "Schedule of dual mode")
    private_authentication: int = u8(18, "1 = users have modes of their own")
    card_id_format: int = u8(19, "Form of a card number")
    card_id_byte_order: int = u8(20, "Order of the bytes of a card number")
    card_id_bit_order: int = u8(21, "Order of the bits of a card number")
    face_detection: int = u8(22, "1 = a face must be seen")
    server_matching: int = u8(23, "1 = the server matches")
    matching_timeout: int = u8(24, "Time allowed for matching")
    wiegand_card_bypass: int = u8(25, "1 = cards from a Wiegand reader bypass the device")
    dual_mode_option: int = u8(26, "Option of dual mode, vendor's number")


@dataclass(frozen=True, slots=True, kw_only=True)
class PinOnlyMode(Record):
    """An X-Station that opens on a PIN alone (configuration 0x85)."""

    SIZE: ClassVar[int] = 100
    STRUCTURE: ClassVar[str] = "XSPINOnlyModeConfig"

    pin_only: int = u8(0, "1 = a PIN alone opens")
    global_pin_1: str = text(1, 8, "First PIN of everybody", secret=True)
    global_pin_2: str = text(9, 8, "Second PIN of everybody", secret=True)
    global_pin_3: str = text(17, 8, "Third PIN of everybody", secret=True)
