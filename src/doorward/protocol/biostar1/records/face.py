"""Face matching, and the events that keep a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import U16, Record, array, i32, u8, u32


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSettingsDStation(Record):
    """Faces on a D-Station (configuration 0x70)."""

    SIZE: ClassVar[int] = 144
    STRUCTURE: ClassVar[str] = "DSFaceConfig"

    image_count: int = u32(0, "Images taken at enrolment")
    automatic_image_count: int = u32(4, "Images that the device adds by itself")
    threshold: int = u32(8, "Score from which a face matches")
    camera_input: int = u32(12, "Camera in use")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSettingsFaceStation(Record):
    """Faces on a FaceStation (configuration 0x83). Levels are the vendor's numbers."""

    SIZE: ClassVar[int] = 100
    STRUCTURE: ClassVar[str] = "FSFaceConfig"

    security_level: int = u8(0, "Security level")
    sensitivity: int = u8(1, "Sensitivity")
    search_range: int = u8(2, "Distance in which faces are looked for")
    size_range: int = u8(3, "Size of face that is taken")
    authentication_mode: int = u8(4, "Mode of face matching")
    brightness_threshold: int = u8(5, "Brightness below which lamps are used")
    filter_gain: int = u8(6, "Gain of the low-pass filter")
    calibration_x: int = i32(8, "Calibrated position, across")
    calibration_y: int = i32(12, "Calibrated position, down")
    motion_threshold: int = i32(16, "Threshold of motion detection")
    fake_threshold: int = i32(20, "Threshold of the check for pictures of faces")
    enrolment_sensitivity: int = u8(24, "Sensitivity at enrolment")
    failure_speed: int = u8(25, "How soon a face is refused")
    infrared_lamps: int = u8(26, "1 = infrared lamps are used")
    template_image: int = u8(27, "1 = an image is kept with the template")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveImageEvents(Record):
    """When D-Station, X-Station, BioStation T2 and FaceStation keep a picture (configuration 0x71)."""

    SIZE: ClassVar[int] = 1280
    STRUCTURE: ClassVar[str] = "BS2SaveImageEventConfig"

    events: tuple[int, ...] = array(0, U16, 256, "Event codes that keep a picture")
    schedules: tuple[int, ...] = array(640, U16, 256, "For each event: schedule in which it does")
