"""Frames per second, encoded and decoded, in clear and enciphered, beside a bare loop of ``struct``."""

from __future__ import annotations

import struct
from functools import partial

from doorward.protocol.biostar1.cipher import TCP_CIPHER
from doorward.protocol.biostar1.packet import HEADER_SIZE, TRAILER_SIZE, Packet, encode_packet
from doorward.protocol.biostar1.stream import PacketDecoder
from harness import in_turn, report

COUNT = 2_000
PAYLOAD = bytes(range(256)) * 8
HEADER = struct.Struct("<4sIBHBHHIHHII")
TRAILER = struct.Struct("<I4s")


def bare_decode(data: bytes) -> int:
    """Unpack headers and trailers and slice payloads; no checksum, no cipher, no checks."""
    offset = 0
    found = 0
    while offset < len(data):
        fields = HEADER.unpack_from(data, offset)
        size = fields[7]
        payload = data[offset + HEADER_SIZE : offset + HEADER_SIZE + size]
        TRAILER.unpack_from(data, offset + HEADER_SIZE + len(payload))
        offset += HEADER_SIZE + size + TRAILER_SIZE
        found += 1
    return found


def bare_encode(packets: list[Packet]) -> bytes:
    """Pack headers and trailers around payloads."""
    return b"".join(
        HEADER.pack(b"{{<<", item.device_id, 0, 0, 0, item.index, item.count, len(item.payload), item.command, 0, 0, 0)
        + item.payload
        + TRAILER.pack(0, b">>}}")
        for item in packets
    )


def decode_all(data: bytes) -> int:
    """Decode a stream."""
    return len(PacketDecoder().feed(data))


def encode_all(packets: list[Packet]) -> bytes:
    """Encode packets."""
    return b"".join(encode_packet(item, TCP_CIPHER) for item in packets)


def main() -> None:
    """Print one line for each way."""
    for size in (0, 2048):
        payload = PAYLOAD[:size]
        clear = [Packet(10001, 0x0012, payload=payload, index=number, count=COUNT) for number in range(COUNT)]
        clear_bytes = encode_all(clear)
        for words, encrypted in (("in clear", False), ("enciphered", True)):
            packets = [
                Packet(10001, 0x0012, payload=payload, index=number, count=COUNT, encrypted=encrypted)
                for number in range(COUNT)
            ]
            data = encode_all(packets)
            decode, bare = in_turn(partial(decode_all, data), partial(bare_decode, clear_bytes))
            report(f"decode {size:4} bytes {words}", decode, bare, "frames", COUNT, "bare struct")
            encode, bare = in_turn(partial(encode_all, packets), partial(bare_encode, clear))
            report(f"encode {size:4} bytes {words}", encode, bare, "frames", COUNT, "bare struct")


if __name__ == "__main__":
    main()
