"""Network settings of the models on port 1470 (protocol notes, section 9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from doorward.protocol.layout import Record, boolean, i32, text, u8, u32


class LanType(IntEnum):
    """Which network a device uses."""

    OFF = 0
    ETHERNET = 1
    WIRELESS = 2


class ServerMode(IntEnum):
    """Whether a device dials a server. BioStation counts an administrator program as 1; the others use OFF and ON."""

    OFF = 0
    ON = 1
    BIOSTATION_SERVER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings(Record):
    """TCP/IP settings of the models that listen on port 1470 (configuration 0x10). Addresses are dotted text."""

    SIZE: ClassVar[int] = 204
    STRUCTURE: ClassVar[str] = "BSIPConfig"

    lan_type: int = i32(0, "Network in use: 0 off, 1 Ethernet, 2 wireless")
    dhcp: bool = boolean(4, "The address comes from a DHCP server")
    port: int = u32(8, "TCP port of the device")
    ip_address: str = text(12, 32, "Address of the device")
    gateway: str = text(44, 32, "Default gateway")
    subnet_mask: str = text(76, 32, "Subnet mask")
    server_address: str = text(108, 32, "Address of the server that the device dials in server mode")
    maximum_connections: int = i32(140, "TCP clients allowed at once")
    server_mode: int = u8(144, "BioStation: 0 off, 1 administrator, 2 server; other models: 0 off, 1 server")
    server_port: int = u32(148, "TCP port of the server, usually 1480")
    synchronize_time: bool = boolean(152, "The clock follows the server's")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings(Record):
    """Whether the device speaks TLS to the server (configuration 0x66)."""

    SIZE: ClassVar[int] = 12
    STRUCTURE: ClassVar[str] = "BSSSLConfig"

    tls: bool = boolean(0, "TLS is in use")
