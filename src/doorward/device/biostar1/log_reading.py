"""Reads a span of a device's log so that every answer proves what it can, and tells whether all of it was seen.

An answer to one question shows one moment of the log, so it proves how often each key in it happened. Several answers
together do not: between two of them the log may turn over, and the device may resume at a wrong place. So:

- The whole log is read by "go on" (flag 1), which is quick, and believed only when nothing moved meanwhile: the log
  count stood still, as many records came as it tells, and the first answer comes out the same again (the count of a
  full log stands still while its records move).
- Everything else, and a log that moves, is cut into spans of time that fit one answer each. A cut is exact whatever
  the device makes of "go on"; spans overlap, since whether their bounds are included is not known for sure.

Protocol notes, server mode, section 14, "Reading".
"""

from __future__ import annotations

import enum
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from doorward.model.event_key import LARGEST_SECOND, EventKey
from doorward.protocol.biostar1.records.logs import ExtendedLogRecord, LogRecord
from doorward.protocol.errors import RemoteProtocolError

FROM_START = 0
CONTINUE = 1
ATTEMPTS = 3

LONG_ANSWER = 64
"""An answer of this many records that spans more than a second is not followed by an equal one."""

ANCHOR_REACH = 64
"""Newest records of an answer among which the anchor is chosen."""


@dataclass(frozen=True, slots=True)
class LogAnswer:
    """What a device gave in answer to one question for its log: records as they stand on the wire.

    Attributes:
        content: The records, one after another, in the order of the log.
        record: Their form.

    Raises:
        RemoteProtocolError: The content is not a whole number of records.
    """

    content: bytes
    record: type[LogRecord | ExtendedLogRecord]

    def __post_init__(self) -> None:
        if len(self.content) % self.record.SIZE:
            raise RemoteProtocolError(
                f"{len(self.content)} bytes of log are not a whole number of records of {self.record.SIZE}"
            )

    def __len__(self) -> int:
        return len(self.content) // self.record.SIZE

    def keys(self, device_id: int) -> list[EventKey]:
        """The keys of the records.

        Args:
            device_id: The device that gave them; the origin of records that name none.
        """
        return [
            EventKey(row[5] or device_id, row[0], row[1], row[2], row[3] & LARGEST_SECOND, row[4])
            for row in self.record.LAYOUT.iter_unpack(self.content)
        ]

    def records(self) -> Iterator[tuple[bytes, int]]:
        """Each record as it came, with its image slot (-1 in the form that has none)."""
        size = self.record.SIZE
        extended = self.record is ExtendedLogRecord
        for index, row in enumerate(self.record.LAYOUT.iter_unpack(self.content)):
            yield self.content[index * size : (index + 1) * size], row[6] if extended else -1


class LogPort(Protocol):
    """The questions for a device's log. No other question for the log may come in between.

    Every method raises a ``DoorwardError`` when no whole answer came; the connection is closed then, since a late
    answer would be taken for that to the next question.
    """

    async def clock(self) -> int:
        """The device's clock, in local seconds (0x0002)."""
        ...

    async def count(self) -> int:
        """Number of records in the log (0x0014)."""
        ...

    async def read(self, position: int, first: int, last: int) -> LogAnswer:
        """One answer (0x0012, or 0x0018 for the extended form); empty when there are no records.

        Args:
            position: 0 from the start, 1 go on after the last answer.
            first: Earliest local second; 0 without limit.
            last: Latest local second; 0 without limit.
        """
        ...


Take = Callable[[LogAnswer, Sequence[EventKey]], Awaitable[None]]
"""Keeps what an answer proves; returns when it is on disk."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a span.

    Attributes:
        hindrance: Why not everything in the span was seen, in words; empty when it was.
        count_before: Number of records in the log before the reading.
        count_read: Number of records in the log at a moment at which all of them had been seen; None when there was
            no such moment.
        saw_anchor: Whether the record that was looked for is in the log, also at the end of the reading.
        oldest: Key of the first record; None when there was none.
        newest: Key of a record near the end of the log, fit to be the next anchor; None when there was none.
        earliest: The earliest local second; None when there was no record.
        crowded: Seconds that hold more records than one answer, at a device that does not know "go on".
        ignores_continue: The device gives the same records again when it should go on.
        largest: Most records that an answer of this device ever held.
    """

    hindrance: str
    count_before: int
    count_read: int | None
    saw_anchor: bool
    oldest: EventKey | None
    newest: EventKey | None
    earliest: int | None
    crowded: tuple[int, ...]
    ignores_continue: bool
    largest: int


class _Astray(Exception):
    """A span needs far more answers than its records could fill."""


class _End(enum.Enum):
    REACHED = "nothing more came"
    REPEATS = "the same came again"
    MOVED = "the log moved"


class LogReader:
    """One reading of a span.

    Args:
        port: The device's log.
        device_id: The device.
        take: Keeps what an answer proves.
        clock: The device's clock: what is older stands still, and an anchor is not from the future.
        anchor: The record to look for; None when there is none.
        largest: Most records that an answer of this device ever held.
        ignores_continue: The device is known not to go on.
    """

    def __init__(
        self,
        port: LogPort,
        device_id: int,
        take: Take,
        *,
        clock: int,
        anchor: EventKey | None = None,
        largest: int = 0,
        ignores_continue: bool = False,
    ) -> None:
        self._port = port
        self._device_id = device_id
        self._take = take
        self._clock = clock
        self._anchor = anchor
        self._largest = largest
        self._ignores_continue = ignores_continue
        self._count = 0
        self._count_read: int | None = None
        self._suspicions = 0
        self._questions_left = math.inf
        self._saw_anchor = False
        self._oldest: EventKey | None = None
        self._newest: EventKey | None = None
        self._earliest: int | None = None
        self._crowded: list[int] = []
        self._hindrance = ""

    async def read(self, first: int, last: int) -> Reading:
        """Read all records whose local second lies between two seconds.

        Args:
            first: Earliest second; 0 without limit.
            last: Latest second; 0 without limit.
        """
        count_before = self._count = await self._port.count()
        try:
            atomic = await self._read_whole_log() if not first and not last else await self._read_span(first, last)
        except _Astray:
            atomic = True
            self._hindrance = "the device's answers do not keep to the span of time that was asked for"
        self._questions_left = math.inf
        if not atomic and self._saw_anchor and self._anchor is not None:
            # Seen in one answer, it says nothing about the moment of the others.
            self._saw_anchor = await self._holds(self._anchor)
        return Reading(
            self._hindrance,
            count_before,
            self._count_read,
            self._saw_anchor,
            self._oldest,
            self._newest,
            self._earliest,
            tuple(self._crowded),
            self._ignores_continue,
            self._largest,
        )

    # --- The whole log, by "go on" -----------------------------------------------------------------------------------

    async def _read_whole_log(self) -> bool:
        self._ignores_continue = False  # asked anew each time: firmware is replaced
        first_answer: LogAnswer | None = None
        last_total = -1
        for _ in range(ATTEMPTS):
            before = self._count
            answers, end = await self._sequence(0, 0)
            if not answers and end is _End.REACHED:
                self._count_read = 0
                return True
            total = sum(map(len, answers))
            if end is _End.REPEATS:
                self._ignores_continue = True
                first_answer = answers[0]
                self._count = await self._port.count()
                if len(first_answer) == before == self._count:
                    self._count_read = self._count
                    return True
                break
            count = await self._port.count()
            unmoved, self._count = end is _End.REACHED and count == self._count, count
            if unmoved and len(answers) > 1:
                unmoved = (await self._ask(FROM_START, 0, 0)).content == answers[0].content
            # A firmware whose count is not that of the records it gives is believed when it repeats itself.
            if unmoved and total in (count, last_total):
                self._count_read = count
                for second in self._shared_seconds(answers):
                    await self._cut(max(0, second - 1), second + 1, None)
                return len(answers) == 1
            last_total = total
        await self._cut(0, 0, first_answer)
        return False

    async def _sequence(self, first: int, last: int) -> tuple[list[LogAnswer], _End]:
        """Ask and go on until nothing comes."""
        answers: list[LogAnswer] = []
        total = 0
        while True:
            answer = await self._question(CONTINUE if answers else FROM_START, first, last)
            if not answer:
                return answers, _End.REACHED
            if answers and self._repeats(answers[-1], answer):
                return answers, _End.REPEATS
            self._largest = max(self._largest, len(answer))
            await self._accept(answer)
            answers.append(answer)
            total += len(answer)
            if total > self._count:
                return answers, _End.REPEATS if self._too_many(answers) else _End.MOVED

    def _shared_seconds(self, answers: Sequence[LogAnswer]) -> list[int]:
        """The seconds of keys that lie in more than one answer, so that no answer shows how often they happened."""
        shared: set[int] = set()
        earlier: list[tuple[int, int, LogAnswer]] = []
        for answer in answers:
            keys = answer.keys(self._device_id)
            low, high = min(key.time for key in keys), max(key.time for key in keys)
            known = set(keys)
            for other_low, other_high, other in earlier:
                if other_low <= high and low <= other_high:
                    shared.update(key.time for key in other.keys(self._device_id) if key in known)
            earlier.append((low, high, answer))
        return sorted(shared)

    # --- A span of time, in spans that fit one answer ----------------------------------------------------------------

    async def _read_span(self, first: int, last: int) -> bool:
        answer = await self._ask(FROM_START, first, last)
        if await self._is_whole(answer, first, last):
            return True
        await self._cut(first, last, answer)
        return False

    async def _cut(self, first: int, last: int, answer: LogAnswer | None) -> None:
        """Read a span in single answers.

        A span reaches from ``first`` to ``last``, and answers for the seconds between the two, since the bounds may be
        excluded.
        """
        self._questions_left = 200 + 20 * (self._count // max(1, self._largest) + 1)
        spans = [(first, last, answer)]
        while spans:
            first, last, answer = spans.pop()
            if answer is None:
                answer = await self._ask(FROM_START, first, last)
                if await self._is_whole(answer, first, last):
                    continue
            end = last or LARGEST_SECOND
            if end - first <= 2:
                await self._read_second(first + 1, answer)
                continue
            times = sorted(key.time for key in answer.keys(self._device_id))
            # Three quarters of an answer leave room for what the answer did not show.
            middle = min(max(times[3 * len(times) // 4], first + 1), end - 2)
            spans.append((middle, last, None))
            spans.append((first, middle + 1, None))

    async def _is_whole(self, answer: LogAnswer, first: int, last: int) -> bool:
        """Whether an answer to a question from the start, the last one asked, holds all records of the span."""
        if not answer:
            return True
        if not self._ignores_continue:
            more = await self._ask(CONTINUE, first, last, anchors=False)
            if more and self._repeats(answer, more):
                self._ignores_continue = True
            elif more and len(answer) + len(more) > self._count:
                self._ignores_continue = self._too_many([answer, more])
            if more and not self._ignores_continue:
                # Where time still goes on, more may have come since, and would for as long as it is run after.
                grows = not last or last > self._clock
                return grows and len(answer) < self._largest
        if len(answer) < self._largest:
            return True
        # As long as the longest: perhaps cut off. The whole log has at least as many, so it tells the limit.
        await self._ask(FROM_START, 0, 0, anchors=False)
        before, self._count = self._count, await self._port.count()
        return len(answer) < self._largest or len(answer) == before == self._count

    async def _read_second(self, second: int, around: LogAnswer) -> None:
        """Read one second that, with its neighbours, does not fit one answer.

        Args:
            second: The second.
            around: The beginning of what the span of three seconds gave.
        """
        first = last = second
        answer = await self._ask(FROM_START, first, last)
        if not answer:
            if any(key.time != second for key in around.keys(self._device_id)):
                return  # bounds are included, so there is nothing in this second
            first, last = second - 1, second + 1
            answer = around
        elif await self._is_whole(answer, first, last):
            return
        previous: list[bytes] | None = None
        for _ in range(ATTEMPTS + 1):
            if self._ignores_continue:
                if not await self._is_whole(answer, first, last):
                    self._crowded.append(second)
                return
            before = self._count = await self._port.count()
            answers, end = await self._sequence(first, last)
            self._ignores_continue = end is _End.REPEATS
            unmoved = end is _End.REACHED and await self._port.count() == before
            contents = [each.content for each in answers]
            if unmoved and contents == previous:
                if contents:
                    await self._accept(LogAnswer(b"".join(contents), answer.record))
                return
            previous = contents if unmoved else None
        self._hindrance = f"the records of one second ({second}) do not fit one answer and moved while they were read"

    def _repeats(self, answer: LogAnswer, more: LogAnswer) -> bool:
        """Whether a device that was to go on gave the same again.

        Few equal records may fill two answers in turn; but nothing comes after an answer that had room left, and no
        log repeats itself over a long one.
        """
        if more.content != answer.content:
            return False
        seconds = {key.time for key in answer.keys(self._device_id)}
        return len(answer) < self._largest or (len(answer) >= LONG_ANSWER and len(seconds) > 1)

    def _too_many(self, answers: Sequence[LogAnswer]) -> bool:
        """Whether more records than the log holds mean that the device does not go on.

        They may also have come in and gone out while they were read, so it must be seen twice.
        """
        if any(answer.content == before.content for before, answer in pairwise(answers)):
            self._suspicions += 1
        return self._suspicions > 1

    # --- Questions ---------------------------------------------------------------------------------------------------

    async def _ask(self, position: int, first: int, last: int, *, anchors: bool = True) -> LogAnswer:
        answer = await self._question(position, first, last)
        if answer:
            self._largest = max(self._largest, len(answer))
            await self._accept(answer, anchors=anchors)
        return answer

    async def _question(self, position: int, first: int, last: int) -> LogAnswer:
        self._questions_left -= 1
        if self._questions_left < 0:
            raise _Astray
        return await self._port.read(position, first, last)

    async def _accept(self, answer: LogAnswer, *, anchors: bool = True) -> None:
        """Bring in what an answer proves.

        Args:
            answer: The answer.
            anchors: Whether it may give the next anchor. An answer to a question asked on the side may not: it shows
                a later log than the answers that the reading rests on, and what was lost between would not be seen.
        """
        keys = answer.keys(self._device_id)
        self._saw_anchor = self._saw_anchor or self._anchor in keys
        self._oldest = self._oldest or keys[0]
        earliest = min(key.time for key in keys)
        self._earliest = earliest if self._earliest is None else min(self._earliest, earliest)
        if anchors:
            newest = self._candidate(keys)
            if self._newest is None or newest.time >= self._newest.time or self._newest.time > self._clock:
                self._newest = newest
        await self._take(answer, keys)

    def _candidate(self, keys: Sequence[EventKey]) -> EventKey:
        """A record near the end whose time is near the clock's, so that little has to be read to find it again."""
        best = keys[-1]
        for key in keys[-ANCHOR_REACH:]:
            if key.time <= self._clock and (best.time > self._clock or key.time >= best.time):
                best = key
        return best

    async def _holds(self, wanted: EventKey) -> bool:
        """Whether a record is in the log now."""
        for first, last in ((max(0, wanted.time - 1), wanted.time + 1), (wanted.time, wanted.time)):
            answer = await self._ask(FROM_START, first, last, anchors=False)
            for _ in range(ATTEMPTS):
                if wanted in answer.keys(self._device_id):
                    return True
                if not answer or self._ignores_continue:
                    break
                answer = await self._ask(CONTINUE, first, last, anchors=False)
        return False
