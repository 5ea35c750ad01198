"""Display and sound. Languages, backgrounds, themes and formats are the vendor's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import Record, i32, u8, u16


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplaySettingsBioStation(Record):
    """Display and sound of a BioStation (configuration 0x20)."""

    SIZE: ClassVar[int] = 64
    STRUCTURE: ClassVar[str] = "BSDisplayConfig"

    language: int = i32(0, "Language")
    background: int = i32(4, "Kind of background")
    bottom_information: int = i32(8, "What the bottom line shows")
    menu_timeout: int = i32(16, "Time before a menu closes")
    volume: int = i32(20, "Volume")
    message_timeout: int = i32(24, "Time a message is shown")
    private_authentication: int = i32(28, "1 = users have modes of their own")
    date_format: int = i32(32, "Order of day and month")
    hide_authentication_result: int = i32(36, "1 = results are not shown")
    theme: int = i32(40, "Theme")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplaySettingsDStation(Record):
    """Display and sound of a D-Station (configuration 0x77)."""

    SIZE: ClassVar[int] = 90
    STRUCTURE: ClassVar[str] = "DSDisplayConfig"

    background: int = u8(0, "Kind of background")
    theme: int = u8(1, "Theme")
    menu_timeout: int = u8(2, "Time before a menu closes")
    volume: int = u8(3, "Volume")
    message_timeout: int = u16(4, "Time a message is shown")
    date_format: int = u8(6, "Order of day and month")
    backlight_timeout: int = u16(8, "Time before the light goes off")
    time_format: int = u8(10, "12 or 24 hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplaySettingsXStation(Record):
    """Display and sound of an X-Station (configuration 0x77)."""

    SIZE: ClassVar[int] = 90
    STRUCTURE: ClassVar[str] = "XSDisplayConfig"

    language: int = u8(0, "Language")
    background: int = u8(1, "Kind of background")
    menu_timeout: int = u8(2, "Time before a menu closes")
    volume: int = u8(3, "Volume")
    message_timeout: int = u16(4, "Time a message is shown")
    date_format: int = u8(6, "Order of day and month")
    backlight_timeout: int = u16(8, "Time before the light goes off")
    theme: int = u8(10, "Theme")
    clock_shown: int = u8(11, "1 = date and time are shown")
    time_format: int = u8(12, "12 or 24 hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplaySettingsBioStationT2(Record):
    """Display and sound of BioStation T2 and FaceStation (configuration 0x77)."""

    SIZE: ClassVar[int] = 90
    STRUCTURE: ClassVar[str] = "BS2DisplayConfig"

    language: int = u8(0, "Language")
    background: int = u8(1, "Kind of background")
    menu_timeout: int = u8(2, "Time before a menu closes")
    volume: int = u8(3, "Volume")
    message_timeout: int = u16(4, "Time a message is shown")
    date_format: int = u8(6, "Order of day and month")
    backlight_timeout: int = u16(8, "Time before the light goes off")
    theme: int = u8(10, "Theme")
    clock_shown: int = u8(11, "1 = date and time are shown")
    voice: int = u8(12, "1 = the device speaks")
    time_format: int = u8(13, "12 or 24 hours")
