"""Keeps the record of one device: takes in what it pushes, and reads in its log what was never pushed.

Who holds the connection decides when (protocol notes, server mode, section 14, "When"): ``catch_up`` after the device
was accepted and before it is asked to push, again right after its request connection stands, then every few minutes,
and before records are deleted; ``settle`` as soon as the command connection is free while ``doubtful`` says so;
``before_clock_is_set`` before the clock is set. A push is answered after ``push`` has returned.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from doorward.device.biostar1.log_reading import LogAnswer, LogPort, LogReader, Reading
from doorward.gateway import ledger_rules as rules
from doorward.gateway.collaborators import EventStore
from doorward.gateway.ledger import Appended, ClockReading, Gap, LedgerState, Proof, Source, Submission, Update
from doorward.gateway.ledger_rules import Asked, Timing
from doorward.gateway.local_time import LocalTime
from doorward.gateway.log_findings import Findings
from doorward.model.errors import DeviceRefused, Unsupported
from doorward.model.event_key import EventKey

PROOFS_PER_SUBMISSION = 2_048
"""A long answer is brought in piece by piece, so that pushes of other devices find their place in between."""

LONG_ANSWER = 128
"""Answers of this many records are remembered by a digest, and skipped when they come again."""

DIGESTS_KEPT = 256

RECORDS_LEFT = 1_000
"""Newest records that are left in the log when records are deleted."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What a catch-up came to.

    Attributes:
        state: The device's state after it.
        new_rows: How many rows it inserted.
        complete: Why the whole log was read; empty when only what is new was.
        gaps: Spans that were found now in which events can be missing.
        clock_before: What the device's clock showed at the reading before; None at the first one.
        certain: Whether the log's counts agree; else so much came meanwhile that they told nothing, and
            ``state.complete_until`` stands where it stood.
    """

    state: LedgerState
    new_rows: int
    complete: str
    gaps: tuple[Gap, ...]
    clock_before: ClockReading | None = None
    certain: bool = True

    @property
    def went_through(self) -> bool:
        """Whether all that was to be read was read; else ``state.hindrance`` says why not."""
        return not self.state.hindrance


class RecordKeeper:
    """Keeps the record of one device, over any number of connections.

    Args:
        device_id: The device.
        store: Where events are kept.
        now: Gives the moment, in seconds since 1970 in UTC.
        local_time: The zone of the device's clock; one object serves all devices of a zone.
        timing: When the log is read.
        committed: Called with what was inserted, in the order of the rows, right after each commit.
    """

    def __init__(
        self,
        device_id: int,
        store: EventStore,
        *,
        now: Callable[[], float],
        local_time: LocalTime,
        timing: Timing | None = None,
        committed: Callable[[tuple[tuple[int, Proof], ...]], None] | None = None,
    ) -> None:
        self.device_id = device_id
        self._store = store
        self._now = now
        self._local_time = local_time
        self._timing = timing or Timing()
        self._committed = committed
        self._reading = asyncio.Lock()
        self._state: LedgerState | None = None
        self._members: dict[int, float] = {}
        self._digests: dict[bytes, None] = {}
        self._new_rows = 0
        self._uncertain_since: float | None = None

    async def state(self) -> LedgerState:
        """The last state that is known here.

        Raises:
            StoreUnavailable: It was not read before and cannot be now.
        """
        return await self._fresh_state() if self._state is None else self._state

    @property
    def doubtful(self) -> bool:
        """Whether seconds wait to be read again by ``settle``; a new keeper knows after its first catch-up."""
        return self._state is not None and bool(self._state.doubtful)

    # --- Pushes ------------------------------------------------------------------------------------------------------

    async def push(self, answer: LogAnswer) -> Appended:
        """Take in what the device pushed, usually one record. It may be acknowledged when this returns.

        Raises:
            StoreUnavailable: It was not kept: do not answer, close both connections of the device.
        """
        received_at = self._now()
        keys = answer.keys(self.device_id)
        # Several records in one push are not one look at the log, so each proves itself alone.
        proofs = await self._proofs(keys, [0] * len(keys), answer.records(), received_at)
        await self._mark_members(keys, received_at)
        return await self._append(Source.PUSH, proofs, rules.push(proofs, received_at), received_at)

    # --- The log -----------------------------------------------------------------------------------------------------

    async def catch_up(self, port: LogPort, *, complete: str = "") -> CatchUp:
        """Read what is new in the log, or all of it when there is a reason to.

        Args:
            port: The device's log.
            complete: Why the whole log is wanted; empty leaves it to the rules.

        Raises:
            StoreUnavailable: The store cannot take it; what was read so far is kept, the next catch-up begins anew.
            DoorwardError: The device did not answer; likewise.
        """
        async with self._reading:
            return await self._catch_up(port, complete)

    async def forwarded(self, answer: LogAnswer) -> None:
        """Take in one answer of the device that somebody else read and kept; it proves what it would have proved here.

        Raises:
            StoreUnavailable: It was not kept.
        """
        async with self._reading:
            await self._take(answer, answer.keys(self.device_id))

    async def seen_until(self, anchor: EventKey) -> None:
        """Note that nothing was lost up to a record that stood in the log when somebody else read it last.

        Raises:
            StoreUnavailable: It was not noted.
        """
        await self._update(rules.seen_until(anchor))

    async def settle(self, port: LogPort) -> CatchUp:
        """Read the first span of doubtful seconds again; ``doubtful`` tells whether more are left.

        Raises:
            StoreUnavailable: The store cannot take it.
            DoorwardError: The device did not answer.
        """
        async with self._reading:
            self._new_rows = 0
            state = await self._fresh_state()
            span = rules.doubtful_span(state)
            if span is None:
                return CatchUp(state, 0, "", ())
            first, last = span
            findings = Findings(self.device_id, state, self._now())
            try:
                reading = await self._read(port, state, max(0, first - 1), last + 1, clock=last)
            except (DeviceRefused, Unsupported) as error:
                return await self._hindered(error.message, "", owed=False)
            if reading.hindrance:
                return await self._hindered(reading.hindrance, "", owed=True)
            findings.crowded(reading, self._now())
            gaps = tuple(findings.gaps)
            state = await self._update(rules.settled(first, last, state.stamp, gaps))
            return CatchUp(state, self._new_rows, "", gaps)

    async def has_news(self, port: LogPort) -> bool:
        """Ask for the log count alone, and tell whether a catch-up would find anything; for frequent polling.

        Where counts do not tell (a full log, a zone master), the answer is yes.

        Raises:
            StoreUnavailable: The state cannot be read.
            DoorwardError: The device did not answer.
        """
        async with self._reading:
            state = await self.state()
            if state.balance is None or state.doubtful or state.hindrance or state.turning_over:
                return True
            if not rules.counts_compare(state, self._now()) or state.balance.low != state.balance.high:
                return True
            return state.rows - await port.count() != state.balance.low

    async def before_clock_is_set(self, port: LogPort, local: int) -> CatchUp:
        """Catch up, then note that the clock is about to be set; the command may go out when this returns.

        Args:
            port: The device's log.
            local: The local second that will be set.

        Raises:
            StoreUnavailable: The clock must not be set now.
            DoorwardError: The device did not answer.
        """
        async with self._reading:
            result = await self._catch_up(port, "")
            await self._update(rules.clock_set(local, self._now(), self._timing))
            return result

    async def before_deletion(self, port: LogPort) -> int:
        """Catch up, and tell how many of the oldest records may be deleted; 0 when none may.

        Never all: the newest may have come after the reading, and a full log moves on meanwhile.

        Raises:
            StoreUnavailable: Nothing may be deleted now.
            DoorwardError: The device did not answer.
        """
        async with self._reading:
            result = await self._catch_up(port, "")
            sure = result.went_through and result.certain
            return max(0, (result.state.log_count or 0) - RECORDS_LEFT) if sure else 0

    async def before_time_is_told(self, local: int) -> None:
        """Note that the device asked for the time and will be told ``local``; the answer may go out afterwards.

        Raises:
            StoreUnavailable: Do not answer.
        """
        state = await self.state()
        if state.read_until is not None and local - self._timing.margin < state.read_until:
            await self._update(rules.time_told(local, self._timing))

    # --- Inner working -----------------------------------------------------------------------------------------------

    async def _fresh_state(self) -> LedgerState:
        return self._adopt(await self._store.state(self.device_id))

    def _adopt(self, state: LedgerState) -> LedgerState:
        # A push and a reading may learn of their commits in the other order.
        if self._state is None or state.version >= self._state.version:
            self._state = state
        return self._state

    async def _catch_up(self, port: LogPort, wanted: str) -> CatchUp:
        self._new_rows = 0
        state = await self._fresh_state()
        clock_before = state.clock
        at = self._now()
        asked = Asked(ClockReading(await port.clock(), at), state.stamp)
        complete = rules.complete_reason(state, asked.clock, self._timing) or wanted or self._uncertain_too_long(at)
        findings = Findings(self.device_id, state, at)
        whole, rounds = bool(complete), 0
        first = 0 if whole else rules.reading_start(state)
        while True:
            try:
                reading = await self._read(port, state, first, 0, clock=asked.clock.local, anchor=findings.anchor)
                now = await self._fresh_state()
                count = await port.count()
            except (DeviceRefused, Unsupported) as error:
                return await self._hindered(error.message, complete, owed=False)
            if reading.hindrance:
                return await self._hindered(reading.hindrance, complete, owed=True)
            verdict = findings.judge(reading, now, count, whole=whole, at=self._now())
            if verdict.traffic and rounds < self._timing.rounds:
                rounds += 1
            elif verdict.why_whole and not complete:
                complete, first, whole = verdict.why_whole, 0, True
            else:
                break
        certain = not verdict.uncertain
        progress = findings.progress(0 if complete else first, at if complete else None, certain=certain)
        state = await self._update(rules.caught_up(asked, progress, self._timing))
        self._uncertain_since = None if certain else self._uncertain_since or at
        return CatchUp(state, self._new_rows, complete, progress.gaps, clock_before, certain)

    def _uncertain_too_long(self, at: float) -> str:
        if self._uncertain_since is None or at - self._uncertain_since < self._timing.uncertain_for:
            return ""
        return "events come without a pause, so that the counts do not tell whether one is missing"

    async def _hindered(self, reason: str, complete: str, *, owed: bool) -> CatchUp:
        state = await self._update(rules.hindered(reason, owed=owed))
        return CatchUp(state, self._new_rows, complete, ())

    async def _read(
        self, port: LogPort, state: LedgerState, first: int, last: int, *, clock: int, anchor: EventKey | None = None
    ) -> Reading:
        reader = LogReader(
            port,
            self.device_id,
            self._take,
            clock=clock,
            anchor=anchor,
            largest=state.largest_answer,
            ignores_continue=state.ignores_continue,
        )
        return await reader.read(first, last)

    async def _take(self, answer: LogAnswer, keys: Sequence[EventKey]) -> None:
        """Bring in one answer: a key that it holds m times proves m rows."""
        digest = b""
        if len(answer) >= LONG_ANSWER:
            # Rows are never taken back, so an answer that was brought in proves nothing new when it comes again.
            digest = hashlib.blake2b(answer.content, digest_size=12).digest()
            if digest in self._digests:
                return
        received_at = self._now()
        await self._mark_members(keys, received_at)
        times: dict[EventKey, int] = {}
        records = answer.records()
        for start in range(0, len(keys), PROOFS_PER_SUBMISSION):
            part = keys[start : start + PROOFS_PER_SUBMISSION]
            ordinals = []
            for key in part:
                ordinals.append(ordinal := times.get(key, 0))
                times[key] = ordinal + 1
            proofs = await self._proofs(part, ordinals, records, received_at)
            update = rules.reading(proofs, received_at)
            self._new_rows += (await self._append(Source.READING, proofs, update, received_at)).inserted
        if digest:
            while len(self._digests) >= DIGESTS_KEPT:
                del self._digests[next(iter(self._digests))]
            self._digests[digest] = None

    async def _proofs(
        self,
        keys: Sequence[EventKey],
        ordinals: Sequence[int],
        records: Iterator[tuple[bytes, int]],
        received_at: float,
    ) -> tuple[Proof, ...]:
        """Make the proofs of some keys; takes as many records."""
        state = await self.state()
        drift = 0 if state.clock is None else self._local_time.drift(state.clock)
        utc, earliest = self._local_time.utc, state.complete_until
        return tuple(
            Proof(key, ordinal, record, slot, self.device_id, utc(key.time, drift, earliest, received_at))
            for key, ordinal, (record, slot) in zip(keys, ordinals, records, strict=False)
        )

    async def _mark_members(self, keys: Sequence[EventKey], at: float) -> None:
        """Tell the ledgers of other devices whose records are in this log that their counts do not compare."""
        for origin in {key.origin for key in keys} - {self.device_id}:
            if at - self._members.get(origin, 0.0) > rules.SHARED_FOR / 4:
                update = rules.seen_in_another_log(at)
                await self._store.append(Submission(origin, at, Source.READING, (), update))
                self._members[origin] = at

    async def _update(self, update: Update) -> LedgerState:
        return (await self._append(Source.READING, (), update, self._now())).state

    async def _append(self, source: Source, proofs: tuple[Proof, ...], update: Update, received_at: float) -> Appended:
        def versioned(state: LedgerState, inserted: Sequence[bool]) -> LedgerState:
            return replace(update(state, inserted), version=state.version + 1)

        appended = await self._store.append(Submission(self.device_id, received_at, source, proofs, versioned))
        self._adopt(appended.state)
        if self._committed is not None and appended.inserted:
            self._committed(
                tuple((row, proof) for row, proof in zip(appended.row_ids, proofs, strict=True) if row is not None)
            )
        return appended
