"""Capture files, fed in pieces: pcap and pcapng, as tcpdump, Wireshark and dumpcap write them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from doorward.protocol.errors import RemoteProtocolError

LARGEST_FRAME = 262_144  # what capture programs allow at the most
LARGEST_BLOCK = 16 * 1024 * 1024
MOST_INTERFACES = 4096

_NANOSECONDS = 1_000_000_000
_PCAP_HEADER_SIZE = 24
_PCAP_RECORD_SIZE = 16
# The first four bytes of a pcap file: byte order and nanoseconds in one fraction of a time stamp.
_PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_SECTION_HEADER = b"\x0a\x0d\x0d\x0a"
_BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE, _OBSOLETE_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET = 1, 2, 3, 6
_OPTION_RESOLUTION, _OPTION_OFFSET = 9, 14
_SMALLEST_BLOCK = 12


def is_capture(beginning: bytes) -> bool:
    """Whether bytes, at least four, begin a capture file."""
    return beginning[:4] in _PCAP_MAGICS or beginning[:4] == _SECTION_HEADER


class CaptureError(RemoteProtocolError):
    """A capture file is damaged; what came before the damage was read."""

    default_advice = "The file is cut or damaged; record again, or repair it with Wireshark."


class NotACapture(CaptureError):
    """The bytes are not a capture file."""

    default_advice = "Give a file that tcpdump, Wireshark or dumpcap wrote, pcap or pcapng, not compressed."


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """One frame as it was captured.

    Attributes:
        link_type: What the frame begins with, a number of the published list (1 Ethernet, 101 bare IP ...).
        data: Its bytes, which may be cut.
        original_length: Its length on the wire.
        time: Nanoseconds since 1970 in UTC; None where the file does not tell.
    """

    link_type: int
    data: bytes
    original_length: int
    time: int | None


@dataclass(frozen=True, slots=True)
class _Interface:
    link_type: int
    snapshot_length: int
    ticks: int = 1_000_000  # a second
    offset: int = 0  # seconds

    def nanoseconds(self, high: int, low: int) -> int:
        """A time stamp of a packet."""
        return (((high << 32) | low) * _NANOSECONDS) // self.ticks + self.offset * _NANOSECONDS


class CaptureReader:
    """Reads a capture file.

    It holds at most one unfinished record or block.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._order = ""
        self._fraction = 0  # pcap: nanoseconds; 0 while unknown or for pcapng
        self._link_type = 0
        self._section = False
        self._interfaces: list[_Interface] = []
        self._damage: CaptureError | None = None

    @property
    def damaged(self) -> bool:
        """Whether a record was damaged; nothing behind it can be read, and ``end`` tells what it was."""
        return self._damage is not None

    def feed(self, data: bytes) -> list[CapturedFrame]:
        """Take the next bytes of the file and give the frames that became whole.

        Raises:
            NotACapture: The file is none.
        """
        if self._damage is not None:
            return []
        data = self._rest + data if self._rest else bytes(data)
        frames: list[CapturedFrame] = []
        offset = self._begin(data) if not self._order and not self._section else 0
        try:
            while offset is not None:
                step = self._record(data, offset, frames) if self._fraction else self._block(data, offset, frames)
                if step == 0:
                    break
                offset += step
        except CaptureError as damage:
            self._damage, self._rest = damage, b""
            return frames
        self._rest = data[offset or 0 :]
        return frames

    def end(self) -> None:
        """Tell that the file has ended.

        Raises:
            NotACapture: It is too short for any capture file.
            CaptureError: It ends in the middle of a record, or a record was damaged.
        """
        if self._damage is not None:
            raise self._damage
        if not self._order and not self._section:
            raise NotACapture(f"{len(self._rest)} bytes are too few for a capture file")
        if self._rest:
            raise CaptureError(f"the capture file ends in the middle of a record, after {len(self._rest)} of its bytes")

    def _begin(self, data: bytes) -> int | None:
        """Read what the file begins with; None while bytes are missing."""
        magic = data[:4]
        if len(magic) < 4:
            return None
        if magic == _SECTION_HEADER:
            self._section = True
            return 0
        if magic not in _PCAP_MAGICS:
            raise NotACapture(f"a capture file does not begin with {magic.hex()}")
        if len(data) < _PCAP_HEADER_SIZE:
            return None
        self._order, self._fraction = _PCAP_MAGICS[magic]
        major, _, _, _, _, network = struct.unpack_from(f"{self._order}HHiIII", data, 4)
        if major != 2:
            raise NotACapture(f"a capture file of version {major} is not known")
        self._link_type = network & 0xFFFF  # the upper bits tell of frame check sequences
        return _PCAP_HEADER_SIZE

    def _record(self, data: bytes, offset: int, frames: list[CapturedFrame]) -> int:
        """Read a record of a pcap file; gives its size, 0 while bytes are missing."""
        if len(data) - offset < _PCAP_RECORD_SIZE:
            return 0
        seconds: int
        fraction: int
        size: int
        original: int
        seconds, fraction, size, original = struct.unpack_from(f"{self._order}IIII", data, offset)
        if size > LARGEST_FRAME:
            raise CaptureError(f"a record of {size} bytes is announced, at most {LARGEST_FRAME} are allowed")
        end = offset + _PCAP_RECORD_SIZE + size
        if end > len(data):
            return 0
        time = seconds * _NANOSECONDS + fraction * self._fraction
        frames.append(CapturedFrame(self._link_type, data[offset + _PCAP_RECORD_SIZE : end], original, time))
        return end - offset

    def _block(self, data: bytes, offset: int, frames: list[CapturedFrame]) -> int:
        """Read a block of a pcapng file; gives its size, 0 while bytes are missing."""
        if len(data) - offset < _SMALLEST_BLOCK:
            return 0
        if data[offset : offset + 4] == _SECTION_HEADER:
            order = _BYTE_ORDERS.get(data[offset + 8 : offset + 12])
            if order is None:
                raise CaptureError("a section of the capture file has no byte order mark")
            self._order, self._interfaces = order, []
        kind: int
        size: int
        kind, size = struct.unpack_from(f"{self._order}II", data, offset)
        if size < _SMALLEST_BLOCK or size % 4 or size > LARGEST_BLOCK:
            raise CaptureError(f"a block of {size} bytes is announced, which cannot be")
        if len(data) - offset < size:
            return 0
        (repeated,) = struct.unpack_from(f"{self._order}I", data, offset + size - 4)
        if repeated != size:
            raise CaptureError(f"a block of {size} bytes ends with the size {repeated}")
        body = data[offset + 8 : offset + size - 4]
        try:
            self._take(kind, body, frames)
        except struct.error:
            raise CaptureError(f"a block of kind {kind} with {len(body)} bytes is too short") from None
        return size

    def _take(self, kind: int, body: bytes, frames: list[CapturedFrame]) -> None:
        order = self._order
        if kind == _INTERFACE:
            if len(self._interfaces) >= MOST_INTERFACES:
                raise CaptureError(f"more than {MOST_INTERFACES} network interfaces are described")
            self._interfaces.append(_read_interface(order, body))
        elif kind == _ENHANCED_PACKET:
            number, high, low, size, original = struct.unpack_from(f"{order}IIIII", body)
            frames.append(self._frame(number, body[20:], size, original, (high, low)))
        elif kind == _OBSOLETE_PACKET:
            number, _, high, low, size, original = struct.unpack_from(f"{order}HHIIII", body)
            frames.append(self._frame(number, body[20:], size, original, (high, low)))
        elif kind == _SIMPLE_PACKET:
            (original,) = struct.unpack_from(f"{order}I", body)
            limit = self._interface(0).snapshot_length or original
            frames.append(self._frame(0, body[4:], min(original, limit), original, None))

    def _interface(self, number: int) -> _Interface:
        if number >= len(self._interfaces):
            raise CaptureError(f"a packet names the network interface {number}, which is not described")
        return self._interfaces[number]

    def _frame(self, number: int, data: bytes, size: int, original: int, time: tuple[int, int] | None) -> CapturedFrame:
        interface = self._interface(number)
        if size > len(data):
            raise CaptureError(f"a packet of {size} bytes is announced, but its block holds {len(data)}")
        stamp = interface.nanoseconds(*time) if time else None
        return CapturedFrame(interface.link_type, data[:size], original, stamp)


def _read_interface(order: str, body: bytes) -> _Interface:
    link_type, _, snapshot_length = struct.unpack_from(f"{order}HHI", body)
    ticks, offset, place = 1_000_000, 0, 8
    while place + 4 <= len(body):
        code, size = struct.unpack_from(f"{order}HH", body, place)
        value = body[place + 4 : place + 4 + size]
        if code == 0:
            break
        if code == _OPTION_RESOLUTION and len(value) == 1:
            exponent = value[0] & 0x7F
            ticks = 1 << exponent if value[0] & 0x80 else 10 ** min(exponent, 30)
        elif code == _OPTION_OFFSET and len(value) == 8:
            (offset,) = struct.unpack(f"{order}q", value)
        place += 4 + size + (-size % 4)
    return _Interface(link_type, snapshot_length, ticks, offset)
