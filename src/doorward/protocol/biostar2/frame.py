"""The frame of BioStar 2 devices and its datagram (protocol notes for BioStar 2, sections 2 and 5).

Only clear frames are read and written here: over UDP every frame is clear.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

UDP_PORT = 51210
DIRECT_MODE_PORT = 51211
SERVER_MODE_PORT = 51212
TLS_SERVER_MODE_PORT = 51213

MAGIC = b"{{<<"
HEADER_SIZE = 36
DATAGRAM_SIZE = 1024
DATAGRAM_PAYLOAD_SIZE = DATAGRAM_SIZE - HEADER_SIZE

CIPHERED_FLAG = 0x0001
MORE_FRAGMENTS_FLAG = 0x0004

_HEADER = struct.Struct("<4sIIHHHHIHHII")
_LARGEST_DATAGRAM = 65507  # what UDP over IPv4 can carry


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame in clear.

    Attributes:
        command: What is asked; a reply repeats the command of its request.
        device_id: Target of a request, sender of a reply; 0 while not known.
        sequence: Rises by 1 with each request; not checked in search replies.
        option: In a request a modifier, in a reply the result code.
        param1: Meaning by command.
        param2: Meaning by command.
        payload: The bytes behind the header, without padding.
        flags: Bit 0 ciphered, bit 2 more fragments follow.
        fragment_index: Place of this frame in its message, from 0.
        fragment_total: Number of frames of the message.
        reserved: The second word of the header, 0 as far as known.
    """

    command: int
    device_id: int = 0
    sequence: int = 0
    option: int = 0
    param1: int = 0
    param2: int = 0
    payload: bytes = b""
    flags: int = 0
    fragment_index: int = 0
    fragment_total: int = 1
    reserved: int = 0

    @property
    def more_fragments(self) -> bool:
        """Whether further frames of the same message follow."""
        return bool(self.flags & MORE_FRAGMENTS_FLAG)


def encode_frame(frame: Frame) -> bytes:
    """Give the bytes of a clear frame, without padding.

    Raises:
        LocalProtocolError: A field does not fit, or the frame is marked as ciphered.
    """
    if frame.flags & CIPHERED_FLAG:
        raise LocalProtocolError("A ciphered BioStar 2 frame cannot be written: its keys are not published")
    try:
        header = _HEADER.pack(
            MAGIC,
            frame.reserved,
            frame.device_id,
            frame.flags,
            frame.sequence,
            frame.fragment_index,
            frame.fragment_total,
            len(frame.payload),
            frame.option,
            frame.command,
            frame.param1,
            frame.param2,
        )
    except struct.error as error:
        raise LocalProtocolError(f"A field of the frame does not fit: {error}") from None
    return header + frame.payload


def decode_frame(data: bytes) -> Frame:
    """Read the clear frame at the start of ``data``; bytes after its payload are not looked at.

    Raises:
        RemoteProtocolError: Not a frame, cut short, or ciphered.
    """
    if len(data) < HEADER_SIZE:
        raise RemoteProtocolError(f"A BioStar 2 frame has at least {HEADER_SIZE} bytes, {len(data)} arrived")
    (
        magic,
        reserved,
        device_id,
        flags,
        sequence,
        fragment_index,
        fragment_total,
        size,
        option,
        command,
        param1,
        param2,
    ) = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise RemoteProtocolError(f"A BioStar 2 frame starts with {MAGIC.hex()}, this one with {magic.hex()}")
    if flags & CIPHERED_FLAG:
        raise RemoteProtocolError(
            "The frame is ciphered with keys that are not published", advice="Only UDP 51210 is spoken in clear."
        )
    if size > len(data) - HEADER_SIZE:
        raise RemoteProtocolError(f"The frame announces {size} payload bytes, {len(data) - HEADER_SIZE} arrived")
    return Frame(
        command=command,
        device_id=device_id,
        sequence=sequence,
        option=option,
        param1=param1,
        param2=param2,
        payload=bytes(data[HEADER_SIZE : HEADER_SIZE + size]),
        flags=flags,
        fragment_index=fragment_index,
        fragment_total=fragment_total,
        reserved=reserved,
    )


def encode_datagram(frame: Frame) -> bytes:
    """Give the 1024 bytes of a datagram, zero filled behind the frame.

    Raises:
        LocalProtocolError: The payload has more than 988 bytes, or a field does not fit.
    """
    if len(frame.payload) > DATAGRAM_PAYLOAD_SIZE:
        raise LocalProtocolError(
            f"A datagram carries at most {DATAGRAM_PAYLOAD_SIZE} payload bytes, this has {len(frame.payload)}"
        )
    return encode_frame(frame).ljust(DATAGRAM_SIZE, b"\0")


def decode_datagram(data: bytes) -> Frame:
    """Read a datagram: less than 1024 bytes are refused, more are taken (section 5).

    Raises:
        RemoteProtocolError: Too short or too long, not a frame, cut, or ciphered.
    """
    if len(data) < DATAGRAM_SIZE:
        raise RemoteProtocolError(f"A BioStar 2 datagram has at least {DATAGRAM_SIZE} bytes, {len(data)} arrived")
    if len(data) > _LARGEST_DATAGRAM:
        raise RemoteProtocolError(f"{len(data)} bytes cannot be one datagram")
    return decode_frame(data)
