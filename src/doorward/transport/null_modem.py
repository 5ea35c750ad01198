"""Two streams joined without a socket, with a line between them that fails on command."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from doorward.model.errors import NotReached
from doorward.transport.address import Address

CAPACITY = 256 * 1024  # bytes that wait unread before the sender waits


@dataclass(frozen=True, slots=True)
class Faults:
    """What one direction of the line does to the bytes. Positions count all bytes of the direction, from 0.

    Attributes:
        cut_after: Bytes that still pass; then the line is cut, also in the middle of a frame. None: never.
        reset: Whether a cut shows as an error (reset) rather than as an ordinary end.
        stall_after: Bytes that still pass; then nothing arrives any more, without an error. None: never.
        corrupt: For a byte position the bits to turn over (1 to 255).
        piece_size: At most so many bytes arrive at a time. None: as they were sent.
        delay: Seconds that every send takes on its way.
    """

    cut_after: int | None = None
    reset: bool = False
    stall_after: int | None = None
    corrupt: Mapping[int, int] = field(default_factory=dict)
    piece_size: int | None = None
    delay: float = 0.0


class _Line:
    """One direction: what was sent and not yet received."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.sent = 0
        self.waiting: deque[bytes] = deque()
        self.size = 0
        self.ended = False
        self.cut = False
        self.changed = asyncio.Event()

    def notify(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def carry(self, data: bytes) -> bool:
        """Put the bytes on the line as the faults allow; False when the line was cut by them."""
        faults = self.faults
        start, end = self.sent, self.sent + len(data)
        self.sent = end
        if any(start <= place < end for place in faults.corrupt):
            damaged = bytearray(data)
            for place, bits in faults.corrupt.items():
                if start <= place < end:
                    damaged[place - start] ^= bits
            data = bytes(damaged)
        limits = [limit for limit in (faults.cut_after, faults.stall_after) if limit is not None]
        allowed = max(0, min(limits) - start) if limits else len(data)
        self._append(data[:allowed])
        return faults.cut_after is None or end < faults.cut_after

    def _append(self, data: bytes) -> None:
        step = self.faults.piece_size or max(1, len(data))
        self.waiting.extend(data[at : at + step] for at in range(0, len(data), step))
        self.size += len(data)
        self.notify()


class NullModemStream:
    """One end of a null modem; see ``Stream`` for what its methods promise."""

    def __init__(self, outgoing: _Line, incoming: _Line, local: Address, peer: Address) -> None:
        self._outgoing = outgoing
        self._incoming = incoming
        self._closing = False
        self.local = local
        self.peer = peer

    async def receive(self) -> bytes:
        """Give the next piece."""
        line = self._incoming
        while not line.waiting:
            if line.cut and line.faults.reset:
                raise self._cut()
            if line.ended or self._closing:
                return b""
            await line.changed.wait()
        data = line.waiting.popleft()
        line.size -= len(data)
        line.notify()
        return data

    async def send(self, data: bytes) -> None:
        """Put bytes on the line; waits while the other end reads nothing."""
        self._check_open()
        if self._outgoing.faults.delay:
            await asyncio.sleep(self._outgoing.faults.delay)
            self._check_open()
        if not self._outgoing.carry(bytes(data)):
            self._outgoing.cut = self._incoming.cut = True
            self._outgoing.ended = self._incoming.ended = True
            self._outgoing.notify()
            self._incoming.notify()
        while self._outgoing.size > CAPACITY and not self._outgoing.ended:
            await self._outgoing.changed.wait()

    def _check_open(self) -> None:
        if self._outgoing.cut:
            raise self._cut()
        if self._closing or self._outgoing.ended:
            raise NotReached(f"The connection to {self.peer} is closed.", advice="Connect again.")

    def _cut(self) -> NotReached:
        return NotReached(f"The connection to {self.peer} was cut.", advice="Check the line, then connect again.")

    @property
    def is_closing(self) -> bool:
        """Whether this end is closed or the line is cut."""
        return self._closing or self._outgoing.ended

    def close(self) -> None:
        """Close both directions; the other end still receives what was sent."""
        self._closing = True
        self._outgoing.ended = True
        # The other end may go on sending until it sees the end; nobody reads that any more.
        self._incoming.ended = True
        self._incoming.waiting.clear()
        self._incoming.size = 0
        self._outgoing.notify()
        self._incoming.notify()

    def abort(self) -> None:
        """Close at once; what the other end has not received yet is lost."""
        self._outgoing.waiting.clear()
        self._outgoing.size = 0
        self.close()

    async def wait_closed(self) -> None:
        """Wait until this end or the line is closed."""
        while not self.is_closing:
            await self._outgoing.changed.wait()


def null_modem(
    *, left_to_right: Faults | None = None, right_to_left: Faults | None = None
) -> tuple[NullModemStream, NullModemStream]:
    """Join two streams; what one sends the other receives, changed as the faults of that direction say.

    The same calls give the same bytes at every run: nothing is random.

    Args:
        left_to_right: Faults of what the first stream sends.
        right_to_left: Faults of what the second stream sends.
    """
    forth, back = _Line(left_to_right or Faults()), _Line(right_to_left or Faults())
    left, right = Address("null-modem-left", 0), Address("null-modem-right", 0)
    return NullModemStream(forth, back, left, right), NullModemStream(back, forth, right, left)
