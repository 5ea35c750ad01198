"""One UDP datagram: a packet at the start of exactly 982 bytes (protocol notes, section 5.1)."""

from __future__ import annotations

from dataclasses import replace

from doorward.protocol.biostar1.cipher import UDP_CIPHER
from doorward.protocol.biostar1.packet import (
    END_MARK,
    HEADER_SIZE,
    TRAILER_SIZE,
    Packet,
    decode_packet,
    encode_packet,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

DATAGRAM_SIZE = 982
MAXIMUM_DATAGRAM_PAYLOAD = 928


def encode_datagram(packet: Packet) -> bytes:
    """Give the 982 bytes of a datagram; it is enciphered whatever the packet says, as every peer expects.

    Raises:
        LocalProtocolError: The payload is larger than 928 bytes or a number does not fit its field.
    """
    if len(packet.payload) > MAXIMUM_DATAGRAM_PAYLOAD:
        raise LocalProtocolError(
            f"payload: {len(packet.payload)} bytes do not fit a datagram; allowed: at most {MAXIMUM_DATAGRAM_PAYLOAD}"
        )
    return encode_packet(replace(packet, encrypted=True), UDP_CIPHER).ljust(DATAGRAM_SIZE, b"\0")


def decode_datagram(data: bytes) -> Packet:
    """Read a datagram; what follows the end mark is not looked at.

    Raises:
        ChecksumError: The datagram is damaged.
        RemoteProtocolError: It is not a BioStar 1 datagram.
    """
    if len(data) != DATAGRAM_SIZE:
        raise RemoteProtocolError(f"a datagram of {len(data)} bytes arrived; every one has {DATAGRAM_SIZE}")
    step = decode_packet(data, UDP_CIPHER)
    if step is None:
        raise RemoteProtocolError(
            f"a datagram announces more payload than the {MAXIMUM_DATAGRAM_PAYLOAD} bytes that fit into it"
        )
    return step[0]


assert HEADER_SIZE + MAXIMUM_DATAGRAM_PAYLOAD + TRAILER_SIZE <= DATAGRAM_SIZE
assert len(END_MARK) < TRAILER_SIZE
