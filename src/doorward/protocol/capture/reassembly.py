"""TCP streams out of segments: put in order, without what was sent twice, within bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from doorward.protocol.capture.network import FIN, RST, SYN, Endpoint, TcpSegment

MOST_CONNECTIONS = 1024
MOST_BYTES_HELD = 1024 * 1024  # out of order, on one side of one connection
MOST_SEGMENTS_HELD = 4096
MOST_BYTES_HELD_IN_ALL = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Connection:
    """A TCP connection in a capture.

    Attributes:
        first: The end that was seen to send first: the one that dialled, when the beginning was captured.
        second: The other end.
        number: Tells connections between the same ends apart.
    """

    first: Endpoint
    second: Endpoint
    number: int


@dataclass(frozen=True, slots=True)
class StreamData:
    """The next bytes of one side."""

    connection: Connection
    source: Endpoint
    data: bytes
    time: int | None


@dataclass(frozen=True, slots=True)
class StreamGap:
    """Bytes of one side that were not captured."""

    connection: Connection
    source: Endpoint
    missing: int
    time: int | None


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The connection is over, or forgotten for want of room."""

    connection: Connection
    time: int | None


StreamEvent = StreamData | StreamGap | StreamEnd


@dataclass(slots=True)
class _Side:
    """One direction.

    Attributes:
        initial: Number of its first byte, when the beginning was captured.
        following: Number of the next byte; None before the first segment.
        held: Segments behind a hole, by their number: data, and how many bytes behind it are missing.
        held_bytes: Their size together.
        final: Number behind the last byte, once the side has closed.
    """

    initial: int | None = None
    following: int | None = None
    held: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    held_bytes: int = 0
    final: int | None = None

    @property
    def closed(self) -> bool:
        """Whether everything up to the end was seen."""
        return self.final is not None and self.following == self.final


@dataclass(slots=True)
class _State:
    connection: Connection
    sides: dict[Endpoint, _Side]
    ended: bool = False


class TcpReassembler:
    """Puts the segments of many connections in order.

    A hole in a stream is waited for until 1 MiB stands behind it or the other end has acknowledged what is missing;
    then it is told as a gap. 1,024 connections are followed at a time; the oldest is given up for a new one.
    """

    def __init__(self) -> None:
        self._states: OrderedDict[tuple[Endpoint, Endpoint], _State] = OrderedDict()
        self._held_in_all = 0
        self._number = 0

    @property
    def held_bytes(self) -> int:
        """Bytes that wait for others before them."""
        return self._held_in_all

    def take(self, segment: TcpSegment, time: int | None = None) -> list[StreamEvent]:
        """Take the next segment and give what it brought."""
        events: list[StreamEvent] = []
        key = (min(segment.source, segment.destination), max(segment.source, segment.destination))
        state = self._states.get(key)
        if state is not None and self._begins_anew(state, segment):
            self._finish(state, events, time)
            state = None
        if state is None:
            if not (segment.data or segment.missing or segment.flags & SYN):
                return events
            state = self._open(key, segment, events, time)
        self._states.move_to_end(key)
        side = state.sides[segment.source]
        sequence = segment.sequence
        if segment.flags & SYN:
            sequence = (sequence + 1) & 0xFFFFFFFF
            if side.following is None:
                side.initial = side.following = sequence
        if side.following is None:
            side.following = sequence
        if segment.data or segment.missing:
            self._hold(side, sequence, segment.data, segment.missing)
            self._drain(state, segment.source, events, time)
        if segment.flags & FIN:
            side.final = (sequence + len(segment.data) + segment.missing) & 0xFFFFFFFF
        self._acknowledge(state, segment, events, time)
        if segment.flags & RST or all(each.closed for each in state.sides.values()):
            self._finish(state, events, time)
        return events

    def end(self) -> list[StreamEvent]:
        """Give what still waits when the capture has ended."""
        events: list[StreamEvent] = []
        for state in self._states.values():
            self._finish(state, events, None)
        self._states.clear()
        return events

    @staticmethod
    def _begins_anew(state: _State, segment: TcpSegment) -> bool:
        """Whether the same ends begin another connection; a SYN that is only repeated does not."""
        side = state.sides[segment.source]
        if not segment.flags & SYN or side.following is None:
            return False
        return side.initial != (segment.sequence + 1) & 0xFFFFFFFF

    def _open(
        self, key: tuple[Endpoint, Endpoint], segment: TcpSegment, events: list[StreamEvent], time: int | None
    ) -> _State:
        self._number += 1
        ends = segment.source, segment.destination
        connection = Connection(*ends, self._number)
        state = self._states[key] = _State(connection, {end: _Side() for end in ends})
        if len(self._states) > MOST_CONNECTIONS:
            _, oldest = self._states.popitem(last=False)
            self._finish(oldest, events, time)
        return state

    def _hold(self, side: _Side, sequence: int, data: bytes, missing: int) -> None:
        known = side.held.get(sequence)
        if known is not None:
            if len(known[0]) >= len(data):
                return
            self._release(side, sequence)
        side.held[sequence] = data, missing
        side.held_bytes += len(data)
        self._held_in_all += len(data)

    def _release(self, side: _Side, sequence: int) -> tuple[bytes, int]:
        data, missing = side.held.pop(sequence)
        side.held_bytes -= len(data)
        self._held_in_all -= len(data)
        return data, missing

    def _drain(self, state: _State, source: Endpoint, events: list[StreamEvent], time: int | None) -> None:
        """Give what is in order; jump over a hole when too much waits behind it."""
        side = state.sides[source]
        self._give(state, source, events, time)
        while side.held and (
            side.held_bytes > MOST_BYTES_HELD
            or len(side.held) > MOST_SEGMENTS_HELD
            or self._held_in_all > MOST_BYTES_HELD_IN_ALL
        ):
            self._jump(state, source, events, time)

    def _give(self, state: _State, source: Endpoint, events: list[StreamEvent], time: int | None) -> None:
        side = state.sides[source]
        assert side.following is not None
        while side.held:
            sequence = side.following
            if sequence not in side.held:
                sequence = min(side.held, key=lambda number: _distance(side.following, number))
                if _distance(side.following, sequence) > 0:
                    return
            data, missing = self._release(side, sequence)
            old = -_distance(side.following, sequence)  # bytes that were given already
            if old < len(data):
                events.append(StreamData(state.connection, source, data[old:], time))
                side.following = (sequence + len(data)) & 0xFFFFFFFF
            if missing and _distance(side.following, sequence + len(data) + missing) > 0:
                absent = _distance(side.following, sequence + len(data) + missing)
                events.append(StreamGap(state.connection, source, absent, time))
                side.following = (side.following + absent) & 0xFFFFFFFF

    def _jump(self, state: _State, source: Endpoint, events: list[StreamEvent], time: int | None) -> None:
        """Tell the hole before the first waiting segment as a gap and go on behind it."""
        side = state.sides[source]
        nearest = min(side.held, key=lambda number: _distance(side.following, number))
        events.append(StreamGap(state.connection, source, _distance(side.following, nearest), time))
        side.following = nearest
        self._give(state, source, events, time)

    def _acknowledge(self, state: _State, segment: TcpSegment, events: list[StreamEvent], time: int | None) -> None:
        """What the receiver has acknowledged will not be sent again: a hole before it was not captured."""
        other = state.sides[segment.destination]
        if segment.acknowledgement is None or other.following is None:
            return
        while other.held:
            nearest = min(other.held, key=lambda number: _distance(other.following, number))
            if _distance(nearest, segment.acknowledgement) <= 0:
                return
            self._jump(state, segment.destination, events, time)

    def _finish(self, state: _State, events: list[StreamEvent], time: int | None) -> None:
        for source, side in state.sides.items():
            while side.held:
                self._jump(state, source, events, time)
        if not state.ended:
            state.ended = True
            events.append(StreamEnd(state.connection, time))


def _distance(start: int | None, end: int) -> int:
    """How far one sequence number is behind another; they have 32 bits and begin again at 0."""
    assert start is not None
    difference = (end - start) & 0xFFFFFFFF
    return difference - 0x1_0000_0000 if difference & 0x8000_0000 else difference
