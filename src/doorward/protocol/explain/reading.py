"""Packets out of bytes that may be damaged, cut, or no packets at all (protocol notes, section 2).

A connection ends at the first broken rule; somebody who looks at a capture wants to know which rule was broken and
then to see the rest. So this reader says what is wrong with a packet and goes on at the next start mark.
"""

from __future__ import annotations

from dataclasses import dataclass

from doorward.protocol.biostar1.cipher import BLOCK, FixedCipher
from doorward.protocol.biostar1.packet import (
    ENCRYPTED_FLAG,
    END_MARK,
    HEADER_SIZE,
    MAXIMUM_PAYLOAD_RECEIVED,
    START_MARK,
    TRAILER_SIZE,
    Header,
    byte_sum,
    packet_size,
    read_header,
)

# Beyond this an announced size is nonsense and not waited for; up to it a packet is shown whole and called too large.
LARGEST_PAYLOAD_READ = 65_536
BEGINNING_SHOWN = 32  # bytes of an unreadable piece that are kept
_MARK_OVERLAP = len(START_MARK) - 1
_GOES_ON = "reading goes on at the next start mark"


@dataclass(frozen=True, slots=True)
class Found:
    """A packet, or what stands where one should be.

    Attributes:
        header: The header in clear; None when there is no whole one.
        payload: The payload in clear, as far as it arrived.
        checksum_ok: Whether the checksum is there and right.
        error: What is wrong; empty for a good packet.
        framed: Whether the packet is whole, so that its content is worth explaining.
        length: Bytes on the wire that belong to it, as far as known.
        beginning: The first bytes of a piece without a header.
    """

    header: Header | None = None
    payload: bytes = b""
    checksum_ok: bool = False
    error: str = ""
    framed: bool = False
    length: int = 0
    beginning: bytes = b""


class TolerantReader:
    """Cuts a stream into packets and into what is none.

    It holds at most one unfinished packet, less than 66 KB.

    Args:
        cipher: The cipher of the channel.
    """

    def __init__(self, cipher: FixedCipher) -> None:
        self._cipher = cipher
        self._rest = b""
        self._skipped = 0
        self._beginning = b""
        self._silent = False  # after a damaged packet, up to the next start mark: told already

    @property
    def buffered(self) -> int:
        """Bytes of an unfinished packet."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Found]:
        """Take the next bytes and give what became whole."""
        self._rest = self._rest + data if self._rest else bytes(data)
        return self._read(final=False)

    def end(self) -> list[Found]:
        """Give what is left; the reader can be fed again as for a new stream."""
        found = self._read(final=True)
        self._flush(found)
        self._silent = False
        return found

    def _read(self, *, final: bool) -> list[Found]:
        data, position, found = self._rest, 0, list[Found]()
        while True:
            start = data.find(START_MARK, position)
            if start < 0:
                end = len(data) - (0 if final else _begun_mark(data, position))
                self._skip(data[position:end])
                position = end
                break
            if start > position:
                self._skip(data[position:start])
            step = examine(data, self._cipher, start, final=final)
            self._flush(found)
            if step is None:
                position = start
                break
            found.append(step)
            self._silent = not step.framed
            # A packet that is out of frame may hide the beginning of the next one.
            position = start + (step.length if step.framed else len(START_MARK))
        self._rest = data[position:]
        return found

    def _skip(self, piece: bytes) -> None:
        if self._silent:
            return
        self._skipped += len(piece)
        self._beginning += piece[: BEGINNING_SHOWN - len(self._beginning)]

    def _flush(self, found: list[Found]) -> None:
        if self._skipped:
            found.append(
                Found(
                    error=_junk_words(self._skipped, self._beginning), length=self._skipped, beginning=self._beginning
                )
            )
        self._skipped, self._beginning = 0, b""


def examine(data: bytes, cipher: FixedCipher, start: int = 0, *, final: bool = True) -> Found | None:
    """Look at the packet that begins at a start mark.

    Args:
        data: The bytes.
        cipher: The cipher of the channel.
        start: Where the start mark stands.
        final: Whether no more bytes will come.

    Returns:
        What stands there, or None while bytes are missing and may still come.
    """
    available = len(data) - start
    if available < HEADER_SIZE:
        if not final:
            return None
        rest = data[start:]
        return Found(
            error=f"the packet is cut: {len(rest)} of {HEADER_SIZE} header bytes are there",
            length=len(rest),
            beginning=rest[:BEGINNING_SHOWN],
        )
    header, checksum = read_header(data, start, cipher)
    if header.size > LARGEST_PAYLOAD_READ:
        return Found(
            header,
            error=f"the header announces {header.size} bytes of payload, at most {MAXIMUM_PAYLOAD_RECEIVED} "
            f"are allowed; {_GOES_ON}",
            length=HEADER_SIZE,
        )
    total = packet_size(header)
    payload_start, trailer_start = start + HEADER_SIZE, start + total - TRAILER_SIZE
    if available < total:
        if not final:
            return None
        return _cut(data, cipher, start, header, total)
    stated = int.from_bytes(data[trailer_start : trailer_start + 4], "little")
    end_mark = data[trailer_start + 4 : start + total]
    if end_mark != END_MARK:
        # The next packet may begin inside the end mark of one that is cut.
        if available < total + _MARK_OVERLAP and not final:
            return None
        begins_next = data.find(START_MARK, trailer_start, start + total + _MARK_OVERLAP) >= 0
        if begins_next or header.size > MAXIMUM_PAYLOAD_RECEIVED:
            return _out_of_frame(data, cipher, start, header, total)
    payload = _clear(data[payload_start:trailer_start], header, cipher)
    checksum = (checksum + byte_sum(payload)) & 0xFFFFFFFF
    if end_mark != END_MARK and stated != checksum:
        return _out_of_frame(data, cipher, start, header, total)
    error = ""
    if end_mark != END_MARK:
        error = f"the packet ends in {end_mark.hex()} instead of the mark {END_MARK.hex()}"
    elif stated != checksum:
        error = f"the checksum is {stated:#010x}, the bytes sum to {checksum:#010x}: the packet is damaged"
    elif header.size > MAXIMUM_PAYLOAD_RECEIVED:
        error = f"the packet carries {header.size} bytes of payload, at most {MAXIMUM_PAYLOAD_RECEIVED} are allowed"
    return Found(header, payload, stated == checksum, error, framed=True, length=total)


def _cut(data: bytes, cipher: FixedCipher, start: int, header: Header, total: int) -> Found:
    """A packet whose bytes end early: at the end of the data, or where another packet begins."""
    end = _end_of_piece(data, start, total)
    return Found(
        header,
        _clear(data[start + HEADER_SIZE : end], header, cipher),
        error=f"the packet is cut: {end - start} of {total} bytes are there",
        length=end - start,
    )


def _out_of_frame(data: bytes, cipher: FixedCipher, start: int, header: Header, total: int) -> Found:
    end = _end_of_piece(data, start, total)
    if end < start + total:
        return _cut(data, cipher, start, header, total)
    return Found(
        header,
        _clear(data[start + HEADER_SIZE : end - TRAILER_SIZE], header, cipher),
        error=f"neither checksum nor end mark stand where the size of {header.size} bytes puts them; {_GOES_ON}",
        length=total,
    )


def _end_of_piece(data: bytes, start: int, total: int) -> int:
    following = data.find(START_MARK, start + len(START_MARK), start + total + _MARK_OVERLAP)
    return following if following >= 0 else min(len(data), start + total)


def _clear(payload: bytes, header: Header, cipher: FixedCipher) -> bytes:
    """The payload in clear, as far as it is there; of an enciphered one only whole blocks can be read."""
    if header.flags & ENCRYPTED_FLAG and payload:
        payload = cipher.decrypt(payload[: len(payload) // BLOCK * BLOCK])
    return payload[: header.size]


def _begun_mark(data: bytes, position: int) -> int:
    """How many bytes at the end may be the beginning of a start mark."""
    for size in range(len(START_MARK) - 1, 0, -1):
        if len(data) - position >= size and data.endswith(START_MARK[:size]):
            return size
    return 0


def _junk_words(size: int, beginning: bytes) -> str:
    words = f"{size} bytes are not a packet: a packet starts with {START_MARK.hex()}"
    if beginning[:1] == b"\x16" and beginning[1:2] == b"\x03":
        return f"{words}. This looks like TLS, whose content cannot be read here"
    if beginning.startswith((b"GET ", b"POST ", b"HTTP/")):
        return f"{words}. This looks like HTTP"
    return words
