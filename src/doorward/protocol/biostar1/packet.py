"""One packet: 32 bytes of header, a payload, a checksum and the end mark (protocol notes, section 2)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple

from doorward.protocol.biostar1.cipher import FixedCipher, padded_size
from doorward.protocol.errors import ChecksumError, LocalProtocolError, RemoteProtocolError

START_MARK = b"{{<<"
END_MARK = b">>}}"
HEADER_SIZE = 32
TRAILER_SIZE = 8
CLEAR_HEADER_SIZE = 16  # bytes 0..15 are never enciphered
MAXIMUM_PAYLOAD_SENT = 2048  # what every peer takes
MAXIMUM_PAYLOAD_RECEIVED = 4096  # what a peer may send; a larger size means that we are out of step
MAXIMUM_PACKET_SIZE = HEADER_SIZE + MAXIMUM_PAYLOAD_RECEIVED + TRAILER_SIZE
ENCRYPTED_FLAG = 1

_HEADER = struct.Struct("<4sIBHBHHIHHII")
_CIPHERED_HEADER = struct.Struct("<IHHII")
_TRAILER = struct.Struct("<I4s")
_ADLER_PIECE = 256  # 256 bytes of 255 stay below the modulus of Adler-32, so its low half is the plain sum
_FULL_SIZE = HEADER_SIZE + MAXIMUM_PAYLOAD_SENT
_FULL_PIECES = struct.Struct(f"{HEADER_SIZE}s" + f"{_ADLER_PIECE}s" * (MAXIMUM_PAYLOAD_SENT // _ADLER_PIECE))


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet in clear.

    Attributes:
        device_id: Serial number of the device; 0 for the identity question and while it is not known.
        command: Command number.
        code: A request's code or flag, a reply's result code.
        param1: First parameter.
        param2: Second parameter.
        payload: The payload without cipher padding.
        index: Place of this packet in its message, from 0.
        count: Number of packets of the message.
        encrypted: Whether the packet is or was enciphered on the wire.
        sequence: On UDP, the number of the packet in its exchange; 0 on TCP.
    """

    device_id: int
    command: int
    code: int = 0
    param1: int = 0
    param2: int = 0
    payload: bytes = b""
    index: int = 0
    count: int = 1
    encrypted: bool = False
    sequence: int = 0

    @property
    def size(self) -> int:
        """Payload bytes before cipher padding."""
        return len(self.payload)


class Header(NamedTuple):
    """The 32 header bytes in clear, as numbers."""

    mark: bytes
    device_id: int
    flags: int
    sequence: int
    reserved: int
    packet_index: int
    packet_count: int
    size: int
    command: int
    code: int
    param1: int
    param2: int


def byte_sum(data: bytes | bytearray | memoryview) -> int:
    """The arithmetic sum of the bytes.

    Adler-32 keeps the plain sum of a short piece in its low half, which is many times faster than ``sum``.
    """
    if len(data) <= _ADLER_PIECE:
        return zlib.adler32(data, 0) & 0xFFFF
    view = memoryview(data)
    adler32 = zlib.adler32
    total = 0
    for start in range(0, len(data), _ADLER_PIECE):
        total += adler32(view[start : start + _ADLER_PIECE], 0) & 0xFFFF
    return total


def encode_packet(packet: Packet, cipher: FixedCipher) -> bytes:
    """Give a packet's bytes.

    Args:
        packet: The packet; ``encrypted`` decides whether the cipher is used.
        cipher: The cipher of the channel (TCP or UDP).

    Raises:
        LocalProtocolError: A number does not fit its field, or the payload is larger than a peer takes.
    """
    if len(packet.payload) > MAXIMUM_PAYLOAD_RECEIVED:
        raise LocalProtocolError(
            f"payload: {len(packet.payload)} bytes do not fit one packet; allowed: at most {MAXIMUM_PAYLOAD_RECEIVED}"
        )
    try:
        header = _HEADER.pack(
            START_MARK,
            packet.device_id,
            ENCRYPTED_FLAG if packet.encrypted else 0,
            packet.sequence,
            0,
            packet.index,
            packet.count,
            len(packet.payload),
            packet.command,
            packet.code,
            packet.param1,
            packet.param2,
        )
    except struct.error as error:
        raise LocalProtocolError(f"packet header: {error}") from None
    checksum = byte_sum(header) + byte_sum(packet.payload)
    payload = packet.payload
    if packet.encrypted:
        header = header[:CLEAR_HEADER_SIZE] + cipher.encrypt(header[CLEAR_HEADER_SIZE:])
        if payload:
            payload = cipher.encrypt(payload)
    return b"".join((header, payload, _TRAILER.pack(checksum & 0xFFFFFFFF, END_MARK)))


def read_header(data: bytes | bytearray | memoryview, offset: int, cipher: FixedCipher) -> tuple[Header, int]:
    """Read 32 header bytes, enciphered or not, without judging them.

    Returns:
        The header and the sum of its clear bytes, which starts the checksum.
    """
    header = Header(*_HEADER.unpack_from(data, offset))
    clear = bytes(data[offset : offset + HEADER_SIZE])
    if header.flags & ENCRYPTED_FLAG:
        inner = cipher.decrypt(clear[CLEAR_HEADER_SIZE:])
        size, command, code, param1, param2 = _CIPHERED_HEADER.unpack(inner)
        header = header._replace(size=size, command=command, code=code, param1=param1, param2=param2)
        clear = clear[:CLEAR_HEADER_SIZE] + inner
    return header, byte_sum(clear)


def packet_size(header: Header) -> int:
    """Bytes of the whole packet on the wire."""
    size = padded_size(header.size) if header.flags & ENCRYPTED_FLAG else header.size
    return HEADER_SIZE + size + TRAILER_SIZE


def decode_packet(
    data: bytes | bytearray | memoryview, cipher: FixedCipher, offset: int = 0
) -> tuple[Packet, int] | None:
    """Read one packet from ``data`` at ``offset``.

    Returns:
        The packet and the bytes it took, or None while bytes are missing.

    Raises:
        ChecksumError: The packet is whole but damaged.
        RemoteProtocolError: The bytes are not a packet, or its size is beyond what a peer may send.
    """
    available = len(data) - offset
    if available < HEADER_SIZE:
        check_start(data, offset)
        return None
    header, checksum = read_header(data, offset, cipher)
    if header.mark != START_MARK:
        check_start(data, offset)
    if header.size > MAXIMUM_PAYLOAD_RECEIVED:
        raise RemoteProtocolError(
            f"a packet announces {header.size} bytes of payload; at most {MAXIMUM_PAYLOAD_RECEIVED} are allowed"
        )
    total = packet_size(header)
    if available < total:
        return None
    payload_start = offset + HEADER_SIZE
    trailer_start = offset + total - TRAILER_SIZE
    payload = bytes(data[payload_start:trailer_start])
    encrypted = bool(header.flags & ENCRYPTED_FLAG)
    if encrypted and payload:
        payload = cipher.decrypt(payload)[: header.size]
    stated, end = _TRAILER.unpack_from(data, trailer_start)
    if end != END_MARK:
        raise RemoteProtocolError(f"a packet ends in {end.hex()} instead of the mark {END_MARK.hex()}")
    checksum = (checksum + byte_sum(payload)) & 0xFFFFFFFF
    if stated != checksum:
        raise ChecksumError(
            f"a packet of command {header.command:#06x} arrived damaged: checksum {stated:#010x}, "
            f"its bytes sum to {checksum:#010x}"
        )
    packet = Packet(
        header.device_id,
        header.command,
        header.code,
        header.param1,
        header.param2,
        payload,
        header.packet_index,
        header.packet_count,
        encrypted,
        header.sequence,
    )
    return packet, total


def decode_packets(
    data: bytes, cipher: FixedCipher, offset: int = 0, *, most: int | None = None
) -> tuple[list[Packet], int]:
    """Read all whole packets from ``data``, from ``offset`` on.

    Full packets, of which long replies consist, are read here in one go; whatever else comes, and whatever is wrong,
    goes through ``decode_packet``.

    Args:
        data: The received bytes.
        cipher: The cipher of the channel.
        offset: Where the first packet begins.
        most: Stop after so many packets.

    Returns:
        The packets, and where the first unfinished one begins.

    Raises:
        ChecksumError: A packet is whole but damaged.
        RemoteProtocolError: The bytes are not packets.
    """
    packets: list[Packet] = []
    end = len(data)
    unpack_header, unpack_ciphered, unpack_trailer = (
        _HEADER.unpack_from,
        _CIPHERED_HEADER.unpack_from,
        _TRAILER.unpack_from,
    )
    pieces_of = _FULL_PIECES.unpack_from
    adler32 = zlib.adler32
    while offset < end and (most is None or len(packets) < most):
        trailer = offset + _FULL_SIZE
        if trailer + TRAILER_SIZE <= end:
            mark, device_id, flags, sequence, _, index, count, size, command, code, param1, param2 = unpack_header(
                data, offset
            )
            clear, begin = data, offset
            if flags & ENCRYPTED_FLAG and mark == START_MARK:
                clear, begin = _clear_full_packet(data, offset, cipher), 0
                size, command, code, param1, param2 = unpack_ciphered(clear, CLEAR_HEADER_SIZE)
            if size == MAXIMUM_PAYLOAD_SENT and mark == START_MARK:
                total = 0
                for piece in pieces_of(clear, begin):
                    total += adler32(piece, 0) & 0xFFFF
                if unpack_trailer(data, trailer) == (total, END_MARK):
                    packets.append(
                        Packet(
                            device_id,
                            command,
                            code,
                            param1,
                            param2,
                            clear[begin + HEADER_SIZE : begin + _FULL_SIZE],
                            index,
                            count,
                            flags & ENCRYPTED_FLAG != 0,
                            sequence,
                        )
                    )
                    offset = trailer + TRAILER_SIZE
                    continue
        step = decode_packet(data, cipher, offset)
        if step is None:
            break
        packets.append(step[0])
        offset += step[1]
    return packets, offset


def _clear_full_packet(data: bytes, offset: int, cipher: FixedCipher) -> bytes:
    """Header and payload in clear of what may be a full enciphered packet, deciphered in one run.

    The vector between header and payload makes the payload start afresh, as it does on the wire.
    """
    second_half = offset + CLEAR_HEADER_SIZE
    payload = offset + HEADER_SIZE
    clear = cipher.decrypt(
        b"".join(
            (
                data[second_half:payload],
                cipher.initialisation_vector,
                data[payload : payload + MAXIMUM_PAYLOAD_SENT],
            )
        )
    )
    return b"".join((data[offset:second_half], clear[:CLEAR_HEADER_SIZE], clear[2 * CLEAR_HEADER_SIZE :]))


def check_start(data: bytes | bytearray | memoryview, offset: int = 0) -> None:
    """Refuse bytes that cannot be the beginning of a packet.

    Raises:
        RemoteProtocolError: The start mark is wrong, as far as it has arrived.
    """
    begin = bytes(data[offset : offset + len(START_MARK)])
    if begin != START_MARK[: len(begin)]:
        raise RemoteProtocolError(
            f"the peer does not speak BioStar 1: a packet starts with {START_MARK.hex()}, this one with {begin.hex()}"
        )
