"""Capture files and network packets made by hand."""

import ipaddress
import struct
from collections.abc import Iterable, Sequence

SECONDS = 1_700_000_000


def ip(source: str, destination: str, protocol: int, data: bytes, *, fragment: int = 0) -> bytes:
    """An IP packet, of the version of its addresses."""
    ends = [ipaddress.ip_address(address) for address in (source, destination)]
    packed = b"".join(end.packed for end in ends)
    if ends[0].version == 6:
        return struct.pack(">IHBB", 6 << 28, len(data), protocol, 64) + packed + data
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data), 1, fragment, 64, protocol, 0) + packed + data


def udp(source: int, destination: int, data: bytes) -> bytes:
    """A UDP datagram."""
    return struct.pack(">HHHH", source, destination, 8 + len(data), 0) + data


def tcp(source: int, destination: int, sequence: int, data: bytes, flags: int = 0x10, ack: int = 0) -> bytes:
    """A TCP segment."""
    header = struct.pack(">HHIIBBHHH", source, destination, sequence & 0xFFFFFFFF, ack, 5 << 4, flags, 65535, 0, 0)
    return header + data


def ethernet(packet: bytes, padding: bytes = b"") -> bytes:
    """An Ethernet frame."""
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    return bytes(12) + struct.pack(">H", kind) + packet + padding


def pcap(
    frames: Iterable[bytes],
    *,
    link: int = 1,
    order: str = "<",
    nanoseconds: bool = False,
    snapshot: int = 262_144,
) -> bytes:
    """A pcap file; a second between the frames."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    data = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snapshot, link)
    for number, frame in enumerate(frames):
        kept = frame[:snapshot]
        data += struct.pack(f"{order}IIII", SECONDS + number, 250, len(kept), len(frame)) + kept
    return data


def pcapng(
    frames: Iterable[bytes],
    *,
    link: int = 1,
    order: str = "<",
    packet: str = "enhanced",
    resolution: bytes = b"",
    ticks: int = 1_000_000,
) -> bytes:
    """A pcapng file; a second between the frames."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = len(body) + 12
        return struct.pack(f"{order}II", kind, size) + body + struct.pack(f"{order}I", size)

    options = struct.pack(f"{order}HH", 9, 1) + resolution + bytes(3) + bytes(4) if resolution else b""
    data = block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))
    data += block(1, struct.pack(f"{order}HHI", link, 0, 0) + options)
    data += block(5, bytes(20))  # statistics, which a reader leaves out
    for number, frame in enumerate(frames):
        stamp = (SECONDS + number) * ticks + (250 if ticks == 1_000_000 else 0)
        high, low, size = stamp >> 32, stamp & 0xFFFFFFFF, len(frame)
        if packet == "enhanced":
            data += block(6, struct.pack(f"{order}IIIII", 0, high, low, size, size) + frame)
        elif packet == "simple":
            data += block(3, struct.pack(f"{order}I", size) + frame)
        else:
            data += block(2, struct.pack(f"{order}HHIIII", 0, 0, high, low, size, size) + frame)
    return data


def conversation(
    pieces: Sequence[tuple[bool, bytes]],
    *,
    client: tuple[str, int] = ("10.0.0.1", 40000),
    server: tuple[str, int] = ("10.0.0.2", 1470),
    largest: int = 1000,
) -> list[bytes]:
    """The Ethernet frames of a TCP connection.

    Args:
        pieces: What is sent: whether by the client, and the bytes.
        client: The end that dials.
        server: The end that listens.
        largest: Most bytes of one segment.
    """
    numbers = {True: 1000, False: 0xFFFFFFF0}

    def frame(by_client: bool, data: bytes, flags: int) -> bytes:
        source, destination = (client, server) if by_client else (server, client)
        segment = tcp(source[1], destination[1], numbers[by_client], data, flags, numbers[not by_client])
        numbers[by_client] = (numbers[by_client] + len(data) + bool(flags & 0x03)) & 0xFFFFFFFF
        return ethernet(ip(source[0], destination[0], 6, segment))

    frames = [frame(True, b"", 0x02), frame(False, b"", 0x12), frame(True, b"", 0x10)]
    for by_client, data in pieces:
        frames += [frame(by_client, data[at : at + largest], 0x18) for at in range(0, len(data), largest)]
    return [*frames, frame(True, b"", 0x11), frame(False, b"", 0x11), frame(True, b"", 0x10)]
