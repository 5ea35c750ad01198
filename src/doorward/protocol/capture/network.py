"""From a captured frame to the TCP segment or UDP datagram in it."""

from __future__ import annotations

import enum
import ipaddress
import struct
from dataclasses import dataclass
from typing import NamedTuple

from doorward.protocol.capture.files import CapturedFrame

LINK_NULL = 0  # BSD loopback: address family in the byte order of the machine
LINK_ETHERNET = 1
LINK_LOOP = 108  # OpenBSD loopback: address family in network order
LINK_COOKED = 113  # Linux "any" device, version 1
LINK_COOKED_2 = 276
LINKS_BARE_IP = frozenset({12, 14, 101, 228, 229})

_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN_TYPES = frozenset({0x8100, 0x88A8, 0x9100})
_TCP, _UDP = 6, 17
_IPV6_EXTENSIONS = frozenset({0, 43, 60, 135})
_IPV6_FRAGMENT, _AUTHENTICATION = 44, 51
_MOST_EXTENSIONS = 16

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


class Endpoint(NamedTuple):
    """An address and a port."""

    address: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class TcpSegment:
    """A TCP segment.

    Attributes:
        source: Who sent it.
        destination: To whom.
        sequence: Number of its first byte.
        acknowledgement: Number of the next byte that the sender expects; None without the ACK flag.
        flags: FIN, SYN, RST, ACK and others.
        data: Its bytes, as far as they were captured.
        missing: Bytes at its end that were not captured.
    """

    source: Endpoint
    destination: Endpoint
    sequence: int
    acknowledgement: int | None
    flags: int
    data: bytes
    missing: int = 0


@dataclass(frozen=True, slots=True)
class UdpDatagram:
    """A UDP datagram.

    Attributes:
        source: Who sent it.
        destination: To whom.
        data: Its bytes, as far as they were captured.
        missing: Bytes at its end that were not captured.
    """

    source: Endpoint
    destination: Endpoint
    data: bytes
    missing: int = 0


class LeftOut(enum.Enum):
    """Why a frame brought neither."""

    OTHER = "another protocol than TCP or UDP over IP"
    FRAGMENT = "a fragment of an IP packet"
    BROKEN = "too short or broken"
    LINK = "a kind of network link that is not known"


def read_frame(frame: CapturedFrame) -> TcpSegment | UdpDatagram | LeftOut:
    """Take the TCP segment or UDP datagram out of a frame."""
    try:
        return _read_link(frame)
    except (struct.error, IndexError):
        return LeftOut.BROKEN


def _read_link(frame: CapturedFrame) -> TcpSegment | UdpDatagram | LeftOut:
    data, link = frame.data, frame.link_type
    if link == LINK_ETHERNET:
        place, kind = 14, int.from_bytes(data[12:14], "big")
        while kind in _VLAN_TYPES and place + 4 <= len(data):
            kind = int.from_bytes(data[place + 2 : place + 4], "big")
            place += 4
    elif link == LINK_COOKED:
        place, kind = 16, int.from_bytes(data[14:16], "big")
    elif link == LINK_COOKED_2:
        place, kind = 20, int.from_bytes(data[0:2], "big")
    elif link in (LINK_NULL, LINK_LOOP):
        place, kind = 4, 0
    elif link in LINKS_BARE_IP:
        place, kind = 0, 0
    else:
        return LeftOut.LINK
    packet = data[place:]
    if kind == 0 and packet:
        kind = {4: _IPV4, 6: _IPV6}.get(packet[0] >> 4, 0)
    if kind == _IPV4:
        return _read_ipv4(packet)
    if kind == _IPV6:
        return _read_ipv6(packet)
    return LeftOut.BROKEN if len(data) < place else LeftOut.OTHER


def _read_ipv4(packet: bytes) -> TcpSegment | UdpDatagram | LeftOut:
    header_size = (packet[0] & 0x0F) * 4
    total, _, fragment = struct.unpack_from(">HHH", packet, 2)
    if header_size < 20 or len(packet) < header_size:
        return LeftOut.BROKEN
    if fragment & 0x3FFF:
        return LeftOut.FRAGMENT
    # Segmentation in the network card leaves a length of 0 in what the sender captures.
    end = total or len(packet)
    if end < header_size:
        return LeftOut.BROKEN
    source, destination = (str(ipaddress.IPv4Address(packet[at : at + 4])) for at in (12, 16))
    return _read_transport(packet[9], packet[header_size:end], end - header_size, source, destination)


def _read_ipv6(packet: bytes) -> TcpSegment | UdpDatagram | LeftOut:
    size, protocol = struct.unpack_from(">HB", packet, 4)
    if len(packet) < 40:
        return LeftOut.BROKEN
    source, destination = (str(ipaddress.IPv6Address(packet[at : at + 16])) for at in (8, 24))
    place, end = 40, 40 + size if size else len(packet)
    for _ in range(_MOST_EXTENSIONS):
        if protocol in _IPV6_EXTENSIONS:
            protocol, length = packet[place], (packet[place + 1] + 1) * 8
        elif protocol == _AUTHENTICATION:
            protocol, length = packet[place], (packet[place + 1] + 2) * 4
        elif protocol == _IPV6_FRAGMENT:
            if struct.unpack_from(">H", packet, place + 2)[0] & 0xFFF9:
                return LeftOut.FRAGMENT
            protocol, length = packet[place], 8
        else:
            break
        place += length
    if end < place:
        return LeftOut.BROKEN
    return _read_transport(protocol, packet[place:end], end - place, source, destination)


def _read_transport(
    protocol: int, data: bytes, size: int, source: str, destination: str
) -> TcpSegment | UdpDatagram | LeftOut:
    """Read TCP or UDP.

    Args:
        protocol: Number of the protocol.
        data: The packet behind the IP header, as far as it was captured.
        size: Its size on the wire.
        source: Address of the sender.
        destination: Address of the receiver.
    """
    if protocol == _UDP:
        source_port, destination_port, length = struct.unpack_from(">HHH", data)
        length = length or size
        if len(data) < 8 or not 8 <= length <= size:
            return LeftOut.BROKEN
        content = data[8:length]
        return UdpDatagram(
            Endpoint(source, source_port),
            Endpoint(destination, destination_port),
            content,
            length - 8 - len(content),
        )
    if protocol != _TCP:
        return LeftOut.OTHER
    source_port, destination_port, sequence, acknowledgement, offset, flags = struct.unpack_from(">HHIIBB", data)
    header_size = (offset >> 4) * 4
    if header_size < 20 or header_size > size:
        return LeftOut.BROKEN
    content = data[header_size:]
    return TcpSegment(
        Endpoint(source, source_port),
        Endpoint(destination, destination_port),
        sequence,
        acknowledgement if flags & ACK else None,
        flags,
        content,
        size - header_size - len(content),
    )
