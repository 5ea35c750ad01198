"""Packets out of a byte stream that goes on after a damaged one (server-mode notes, sections 8 and 11).

On a request connection a damaged packet is dropped without an answer and the next one is served. The vendor's server
does so, and a device that was cut short sends its question again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from doorward.protocol.biostar1.cipher import TCP_CIPHER, FixedCipher
from doorward.protocol.biostar1.packet import (
    MAXIMUM_PACKET_SIZE,
    START_MARK,
    Packet,
    decode_packet,
    packet_size,
    read_header,
)
from doorward.protocol.errors import ChecksumError, RemoteProtocolError

MAXIMUM_DROPPED: Final = 2 * MAXIMUM_PACKET_SIZE
"""Bytes without a good packet among them after which the caller is taken for one that does not speak BioStar 1."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Bytes that are no packet were dropped.

    Attributes:
        reason: What was wrong, in words.
    """

    reason: str


class RecoveringDecoder:
    """Cuts a stream into packets and finds the next one after damage.

    It holds less than one packet, and it gives up once ``MAXIMUM_DROPPED`` bytes in a row were none.
    """

    __slots__ = ("_cipher", "_dropped", "_lost", "_rest")

    def __init__(self, cipher: FixedCipher = TCP_CIPHER) -> None:
        self._cipher = cipher
        self._rest = b""
        self._lost = False
        self._dropped = 0

    @property
    def buffered(self) -> int:
        """Bytes of an unfinished packet, less than 4,136."""
        return 0 if self._lost else len(self._rest)

    def feed(self, data: bytes) -> list[Packet | Dropped]:
        """Take received bytes and give the packets that became whole, with what was dropped between them.

        Raises:
            RemoteProtocolError: Too many bytes in a row are no packet; close the connection.
        """
        if self._rest:
            data = self._rest + data
        found: list[Packet | Dropped] = []
        offset = 0
        while True:
            if self._lost:
                offset, self._lost = self._search(data, offset)
                if self._lost:
                    break
            try:
                step = decode_packet(data, self._cipher, offset)
            except ChecksumError as error:
                # The end mark stood where it must: the size is right, and the next packet follows.
                size = packet_size(read_header(data, offset, self._cipher)[0])
                found.append(Dropped(error.message))
                self._drop(size)
                offset += size
                continue
            except RemoteProtocolError as error:
                found.append(Dropped(error.message))
                self._lost = True
                self._drop(1)
                offset += 1
                continue
            if step is None:
                break
            self._dropped = 0
            found.append(step[0])
            offset += step[1]
        self._rest = data[offset:]
        return found

    def end(self) -> None:
        """Tell that the stream has ended.

        Raises:
            RemoteProtocolError: It ended in the middle of a packet.
        """
        size, self._rest = self.buffered, b""
        if size:
            raise RemoteProtocolError(f"the connection ended in the middle of a packet, after {size} of its bytes")

    def _search(self, data: bytes, offset: int) -> tuple[int, bool]:
        """Go on to the next start mark; tells where, and whether it is still missing."""
        place = data.find(START_MARK, offset)
        missing = place < 0
        if missing:
            # The end of what is here may be the beginning of a mark.
            place = max(offset, len(data) - len(START_MARK) + 1)
        self._drop(place - offset)
        return place, missing

    def _drop(self, size: int) -> None:
        self._dropped += size
        if self._dropped > MAXIMUM_DROPPED:
            self._rest = b""
            raise RemoteProtocolError(f"{self._dropped} bytes in a row are no packet of BioStar 1")
