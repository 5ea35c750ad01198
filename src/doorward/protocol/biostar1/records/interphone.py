"""Interphone and videophone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import U32, Record, TextCodec, array, text, u8, u32


@dataclass(frozen=True, slots=True, kw_only=True)
class InterphoneSettings(Record):
    """Interphone of D-Station, X-Station, BioStation T2 and FaceStation (configuration 0x80)."""

    SIZE: ClassVar[int] = 232
    STRUCTURE: ClassVar[str] = "BS2InterphoneConfig"

    interphone_type: int = u32(0, "Kind of interphone, vendor's number")
    video_address: str = text(4, 32, "Address of the videophone")
    video_port: int = u32(36, "Port of the videophone")
    sip_server_address: str = text(40, 32, "Address of the SIP server")
    sip_server_port: int = u32(72, "Port of the SIP server")
    sip_user: str = text(76, 16, "User at the SIP server")
    sip_password: str = text(92, 16, "Password at the SIP server", secret=True)
    sip_phone_number: str = text(108, 32, "Own telephone number")
    sip_display_name: str = text(140, 32, "Name shown to the other side")
    speaker_gain: int = u8(172, "Volume of the loudspeaker")
    microphone_gain: int = u8(173, "Gain of the microphone")


@dataclass(frozen=True, slots=True, kw_only=True)
class VideophoneSettings(Record):
    """Videophones that a device calls (configuration 0x84)."""

    SIZE: ClassVar[int] = 476
    STRUCTURE: ClassVar[str] = "BSVideophoneConfig"

    mode: int = u8(0, "One or several videophones, vendor's number")
    device_password: str = text(1, 16, "Password of the device", secret=True)
    door_control: int = u8(17, "1 = a videophone may open the door")
    phone_numbers: tuple[int, ...] = array(20, U32, 8, "Number of each videophone")
    ip_addresses: tuple[str, ...] = array(52, TextCodec(32), 8, "Address of each videophone")
    session_passwords: tuple[str, ...] = array(308, TextCodec(16), 8, "Password of each videophone", secret=True)
    single_ip_address: str = text(436, 32, "Address of the only videophone")
