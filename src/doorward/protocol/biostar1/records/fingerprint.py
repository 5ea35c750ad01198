"""Fingerprint matching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import Record, boolean, i8, i16, i32, u8


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintSettingsBioStation(Record):
    """Fingerprints on a BioStation (configuration 0x01). Levels are the vendor's numbers."""

    SIZE: ClassVar[int] = 48
    STRUCTURE: ClassVar[str] = "BSFingerprintConfig"

    security_level: int = i32(0, "Security level of the device")
    user_security: int = i32(4, "1 = users have levels of their own")
    fast_mode: int = i32(8, "Speed of matching")
    sensitivity: int = i32(12, "Sensitivity of the sensor")
    scan_timeout: int = i32(16, "Time to wait for a finger")
    image_quality: int = i32(20, "How good an image must be")
    image_shown: bool = boolean(24, "The image is shown")
    free_scan_delay: int = i32(28, "Delay between two scans")
    duplicate_check: int = i32(32, "1 = a finger that exists already is refused")
    matching_timeout: int = i32(36, "Time allowed for matching")
    template_type: int = i16(40, "Form of templates")
    fake_detection: int = i16(42, "Check for false fingers")
    server_matching: bool = boolean(44, "The server matches")
    one_template: int = i8(45, "1 = one template a finger")


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintSettingsDStation(Record):
    """Fingerprints on a D-Station (configuration 0x78). Levels are the vendor's numbers."""

    SIZE: ClassVar[int] = 96
    STRUCTURE: ClassVar[str] = "DSFingerprintConfig"

    security_level: int = u8(0, "Security level of the device")
    user_security: int = u8(1, "1 = users have levels of their own")
    fast_mode: int = u8(2, "Speed of matching")
    sensitivity: int = u8(3, "Sensitivity of the sensor")
    scan_timeout: int = u8(4, "Time to wait for a finger")
    image_quality: int = u8(5, "How good an image must be")
    image_shown: int = u8(6, "1 = the image is shown")
    free_scan_delay: int = u8(7, "Delay between two scans")
    duplicate_check: int = u8(8, "1 = a finger that exists already is refused")
    matching_timeout: int = u8(9, "Time allowed for matching")
    template_type: int = u8(10, "Form of templates")
    fake_detection: int = u8(11, "Check for false fingers")
    server_matching: int = u8(12, "1 = the server matches")


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintSettingsBioStationT2(Record):
    """Fingerprints on a BioStation T2 (configuration 0x78). Levels are the vendor's numbers."""

    SIZE: ClassVar[int] = 97
    STRUCTURE: ClassVar[str] = "BS2FingerprintConfig"

    security_level: int = u8(0, "Security level of the device")
    user_security: int = u8(1, "1 = users have levels of their own")
    fast_mode: int = u8(2, "Speed of matching")
    sensitivity: int = u8(3, "Sensitivity of the sensor")
    scan_timeout: int = u8(4, "Time to wait for a finger")
    image_shown: int = u8(5, "1 = the image is shown")
    matching_timeout: int = u8(9, "Time allowed for matching")
    template_type: int = u8(10, "Form of templates")
    fake_detection: int = u8(11, "Check for false fingers")
    protection: int = u8(12, "1 = templates are protected")
