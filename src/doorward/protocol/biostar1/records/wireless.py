"""Wireless networks. Modes and types are the vendor's numbers and are carried as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import Record, i16, i32, records, text, u8


@dataclass(frozen=True, slots=True, kw_only=True)
class WirelessPresetBioStation(Record):
    """One wireless network that a BioStation knows."""

    SIZE: ClassVar[int] = 204
    STRUCTURE: ClassVar[str] = "BSWLANPreset"

    name: str = text(0, 32, "Name of the preset")
    operation_mode: int = i32(32, "Infrastructure or ad hoc")
    authentication_type: int = i16(36, "Authentication of the network")
    encryption_type: int = i16(38, "Encryption of the network")
    key_type: int = i32(40, "Form of the keys")
    network_name: str = text(44, 32, "Name of the network (ESSID)")
    key_1: str = text(76, 32, "First WEP key", secret=True)
    key_2: str = text(108, 32, "Second WEP key", secret=True)
    wpa_passphrase: str = text(140, 64, "WPA passphrase", secret=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WirelessSettingsBioStation(Record):
    """Wireless networks of a BioStation (configuration 0x11)."""

    SIZE: ClassVar[int] = 820
    STRUCTURE: ClassVar[str] = "BSWLANConfig"

    selected_preset: int = i32(0, "Number of the preset in use")
    presets: tuple[WirelessPresetBioStation, ...] = records(4, WirelessPresetBioStation, 4, "The four presets")


@dataclass(frozen=True, slots=True, kw_only=True)
class WirelessPresetTouch(Record):
    """One wireless network that a D-Station, BioStation T2 or FaceStation knows."""

    SIZE: ClassVar[int] = 236
    STRUCTURE: ClassVar[str] = "BS2WLANPreset"

    name: str = text(0, 32, "Name of the preset")
    operation_mode: int = u8(32, "Infrastructure or ad hoc")
    authentication_type: int = u8(33, "Authentication of the network")
    encryption_type: int = u8(34, "Encryption of the network")
    key_type: int = u8(35, "Form of the keys")
    network_name: str = text(36, 32, "Name of the network (ESSID)")
    key_1: str = text(68, 32, "First WEP key", secret=True)
    key_2: str = text(100, 32, "Second WEP key", secret=True)
    wpa_passphrase: str = text(132, 64, "WPA passphrase", secret=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WirelessSettingsTouch(Record):
    """Wireless networks of a D-Station, BioStation T2 or FaceStation (configuration 0x79)."""

    SIZE: ClassVar[int] = 948
    STRUCTURE: ClassVar[str] = "BS2WLANConfig"

    selected_preset: int = i32(0, "Number of the preset in use")
    presets: tuple[WirelessPresetTouch, ...] = records(4, WirelessPresetTouch, 4, "The four presets")
