"""Attendance keys (T&A events): the keys themselves and how they are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import I32, U8, U16, Record, TextCodec, array, i32, u8


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceKeys(Record):
    """The sixteen attendance keys of the models on port 1470 (configuration 0x31)."""

    SIZE: ClassVar[int] = 320
    STRUCTURE: ClassVar[str] = "BSTnaEventConfig"

    enabled: tuple[int, ...] = array(0, U8, 16, "For each key: 1 = in use")
    relay: tuple[int, ...] = array(16, U8, 16, "For each key: 1 = the key opens the door")
    labels: tuple[str, ...] = array(64, TextCodec(16), 16, "Label of each key")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceKeysBioLite(Record):
    """The sixteen attendance keys of a BioLite Net."""

    SIZE: ClassVar[int] = 320
    STRUCTURE: ClassVar[str] = "BETnaEventConfig"

    enabled: tuple[int, ...] = array(0, U8, 16, "For each key: 1 = in use")
    relay: tuple[int, ...] = array(16, U8, 16, "For each key: 1 = the key opens the door")
    keys: tuple[int, ...] = array(32, U16, 16, "Physical key of each attendance key")
    labels: tuple[str, ...] = array(64, TextCodec(16), 16, "Label of each key")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceMode(Record):
    """How attendance keys are chosen on BioStation and BioLite Net (configuration 0x32)."""

    SIZE: ClassVar[int] = 72
    STRUCTURE: ClassVar[str] = "BSTnaEventExConfig"

    fixed_key: int = i32(0, "Key that always holds in fixed mode")
    manual_key: int = i32(4, "Key that was chosen last in manual mode")
    schedule_ids: tuple[int, ...] = array(8, I32, 16, "For each key: schedule in which it holds")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceModeTouch(Record):
    """How attendance keys are chosen on X-Station, BioStation T2 and FaceStation (configuration 0x32)."""

    SIZE: ClassVar[int] = 72
    STRUCTURE: ClassVar[str] = "BS2TnaEventExConfig"

    fixed_key: int = u8(0, "Key that always holds in fixed mode")
    manual_key: int = u8(4, "Key that was chosen last in manual mode")
    schedule_ids: tuple[int, ...] = array(8, I32, 16, "For each key: schedule in which it holds")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceModeDStation(Record):
    """How attendance keys are chosen on a D-Station, which has a finger sensor on each side (configuration 0x32)."""

    SIZE: ClassVar[int] = 72
    STRUCTURE: ClassVar[str] = "DSTnaEventExConfig"

    fixed_key: int = u8(0, "Key that always holds in fixed mode")
    left_fixed_key: int = u8(1, "Key of the left sensor")
    right_fixed_key: int = u8(2, "Key of the right sensor")
    manual_key: int = u8(4, "Key that was chosen last in manual mode")
    schedule_ids: tuple[int, ...] = array(8, I32, 16, "For each key: schedule in which it holds")
