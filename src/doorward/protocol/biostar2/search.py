"""Search over UDP 51210 (protocol notes for BioStar 2, section 5): the question and both forms of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar2.frame import Frame, decode_datagram, encode_datagram
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.layout import Record, TextCodec, address, array, text, u8, u16, u32

SEARCH = 0x1000
SEARCH_CORE_STATION = 0x1004
SEARCH_COMMANDS = frozenset((SEARCH, SEARCH_CORE_STATION))

DIRECT_MODE = 0
SERVER_MODE = 1

TLS_SUPPORTED = 0x01
ROOT_CERTIFICATE_STORED = 0x02
DUAL_ID = 0x04
ALPHANUMERIC_USER_ID = 0x08

SMALLEST_DEVICE_ID = 0x01000000
LARGEST_DEVICE_ID = 0x3FFFFFFF

_SEARCH_PARAM1 = 1  # what clients send with 0x1000; 0x1004 goes without


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer(Record):
    """What a device says of itself, in the 32-byte form."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BioStar 2 search answer (32 bytes)"

    device_id: int = u32(0, "serial number of the device, 0x01000000 to 0x3FFFFFFF")
    device_type: int = u16(4, "model number")
    connection_mode: int = u8(7, "0 the server dials the device (direct mode), 1 the device dials the server")
    ip_address: str = text(8, 16, "IPv4 address of the device, dotted")
    port: int = u16(24, "TCP port of the device")
    rs485_mode: int = u8(26, "0 off, 1 master, 2 slave, 3 standalone")
    capabilities: int = u8(27, "bit 0 TLS, bit 1 root certificate stored, bit 2 dual id, bit 3 alphanumeric user id")
    connected_server: str = address(28, "IPv4 address of the server that is connected now, 0.0.0.0 for none")

    @property
    def valid_device_id(self) -> bool:
        """Whether the serial number lies in the range of this generation."""
        return SMALLEST_DEVICE_ID <= self.device_id <= LARGEST_DEVICE_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class LongSearchAnswer(SearchAnswer):
    """What a device says of itself, in the 400-byte form, with IPv6."""

    SIZE: ClassVar[int] = 400
    STRUCTURE: ClassVar[str] = "BioStar 2 search answer (400 bytes)"

    ipv6_mode: int = u8(32, "IPv6 mode, meaning not known")
    ipv6_address_count: int = u8(33, "how many of the addresses are used")
    ipv6_addresses: tuple[str, ...] = array(36, TextCodec(40), 8, "IPv6 addresses of the device")
    ipv6_port: int = u16(356, "TCP port over IPv6")
    ipv6_connected_server: str = text(360, 40, "IPv6 address of the server that is connected now")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """The question that every device in hearing distance answers.

    Attributes:
        core_station: Ask CoreStation controllers only (0x1004).
        sequence: The frame's sequence number; not checked by anyone.
    """

    core_station: bool = False
    sequence: int = 0

    def to_datagram(self) -> bytes:
        """Give the 1024 bytes to send."""
        command, param1 = (SEARCH_CORE_STATION, 0) if self.core_station else (SEARCH, _SEARCH_PARAM1)
        return encode_datagram(Frame(command=command, param1=param1, sequence=self.sequence))

    @classmethod
    def from_frame(cls, frame: Frame) -> SearchRequest:
        """Read the question as a device does.

        Raises:
            RemoteProtocolError: The frame is not a search.
        """
        if frame.command not in SEARCH_COMMANDS:
            raise RemoteProtocolError(f"Command 0x{frame.command:04X} is not a search")
        return cls(core_station=frame.command == SEARCH_CORE_STATION, sequence=frame.sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReply:
    """A device's answer on the wire.

    Attributes:
        answer: What the device says of itself.
        core_station: Whether it answers the CoreStation search.
        sequence: The sequence number of the question.
    """

    answer: SearchAnswer
    core_station: bool = False
    sequence: int = 0

    def to_datagram(self) -> bytes:
        """Give the 1024 bytes that a device sends."""
        return encode_datagram(
            Frame(
                command=SEARCH_CORE_STATION if self.core_station else SEARCH,
                device_id=self.answer.device_id,
                sequence=self.sequence,
                param1=0 if self.core_station else _SEARCH_PARAM1,
                payload=self.answer.to_bytes(),
            )
        )

    @classmethod
    def from_frame(cls, frame: Frame) -> SearchReply:
        """Read an answer, in either form.

        Raises:
            RemoteProtocolError: Not a search answer, an error, a fragment, or a payload of another size.
        """
        if frame.command not in SEARCH_COMMANDS:
            raise RemoteProtocolError(f"Command 0x{frame.command:04X} is not a search")
        if frame.option or frame.fragment_index:
            raise RemoteProtocolError(f"A search answer with result {frame.option}, fragment {frame.fragment_index}")
        kind: type[SearchAnswer]
        if len(frame.payload) == SearchAnswer.SIZE:
            kind = SearchAnswer
        elif len(frame.payload) == LongSearchAnswer.SIZE:
            kind = LongSearchAnswer
        else:
            raise RemoteProtocolError(f"A search answer has 32 or 400 bytes, this one {len(frame.payload)}")
        return cls(
            answer=kind.from_bytes(frame.payload),
            core_station=frame.command == SEARCH_CORE_STATION,
            sequence=frame.sequence,
        )

    @classmethod
    def from_datagram(cls, data: bytes) -> SearchReply:
        """Read an answer from a datagram; raises RemoteProtocolError as ``from_frame``."""
        return cls.from_frame(decode_datagram(data))
