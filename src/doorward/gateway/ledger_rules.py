"""The rules of the ledger, pure: what a push, a reading and a catch-up make of the state of a device.

Letters in brackets are those of the protocol notes, server mode, section 14. Time is passed in; nothing here waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from doorward.gateway.ledger import Balance, ClockReading, Gap, LedgerState, Proof, Update
from doorward.model.event_key import EventKey

PUSH_MARGIN = 2
"""Seconds before a pushed record that are read again with it."""

DOUBTFUL_KEPT = 256
"""Most doubtful seconds that are kept one by one."""

SHARED_FOR = 2 * 86_400.0
"""Seconds for which counts are not compared after a record of another device was seen in a log."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When a log is read, and how much earlier than need be.

    Attributes:
        clock_tolerance: A clock that is this many seconds behind the expected time was set back.
        margin: Seconds by which the time before which all is read stays behind the clock; more than the tolerance, so
            that what the tolerance lets pass cannot lie before it.
        complete_every: Seconds between two readings of the whole log.
        complete_every_shared: The same where counts do not compare (zone masters and their members).
        rounds: How often a reading is repeated because of traffic.
        uncertain_for: Seconds for which traffic may keep the counts from telling anything before the whole log is read.
    """

    clock_tolerance: int = 5
    margin: int = 10
    complete_every: float = 86_400.0
    complete_every_shared: float = 4 * 3_600.0
    rounds: int = 3
    uncertain_for: float = 600.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What was known when a catch-up asked its first question.

    Attributes:
        clock: The device's clock.
        stamp: The ledger's stamp before the question.
    """

    clock: ClockReading
    stamp: int


def push(proofs: Sequence[Proof], received_at: float) -> Update:
    """What pushed records make of the state.

    A push of a known key proves nothing new and may be a repetition or an equal event: its second becomes doubtful
    (D). A push from before the time up to which all was read tells that the clock was set back, so that time is
    lowered (W), since other records may lie there.
    """
    shared = any(proof.key.origin != proof.reported_by for proof in proofs)

    def update(state: LedgerState, inserted: Sequence[bool]) -> LedgerState:
        new_rows = sum(inserted)
        doubts: list[int] = []
        read_until = state.read_until
        for proof, new in zip(proofs, inserted, strict=True):
            if not new:
                doubts.append(proof.key.time)
            if read_until is not None and proof.key.time < read_until:
                read_until = max(0, proof.key.time - PUSH_MARGIN)
        if not doubts and not shared and read_until == state.read_until:
            return replace(state, rows=state.rows + new_rows)
        stamp = state.stamp + 1
        changed = replace(
            state,
            rows=state.rows + new_rows,
            stamp=stamp,
            read_until=read_until,
            lowered=stamp if read_until != state.read_until else state.lowered,
            shared_at=received_at if shared else state.shared_at,
        )
        return _with_doubts(changed, doubts, stamp) if doubts else changed

    return update


def _with_doubts(state: LedgerState, seconds: Sequence[int], stamp: int) -> LedgerState:
    doubtful = dict(state.doubtful)
    doubtful.update(dict.fromkeys(seconds, stamp))
    if len(doubtful) <= DOUBTFUL_KEPT:
        return replace(state, doubtful=tuple(doubtful.items()))
    # Too many to be read one by one: one reading from the earliest on settles all of them.
    lowest = max(0, min(doubtful) - PUSH_MARGIN)
    read_until = None if state.read_until is None else min(state.read_until, lowest)
    return replace(state, doubtful=(), read_until=read_until, lowered=stamp)


def reading(proofs: Sequence[Proof], received_at: float) -> Update:
    """What an answer, or a part of it, makes of the state before the reading has ended.

    Args:
        proofs: The proofs that are submitted.
        received_at: When it came.
    """
    shared = any(proof.key.origin != proof.reported_by for proof in proofs)

    def update(state: LedgerState, inserted: Sequence[bool]) -> LedgerState:
        return replace(
            state,
            rows=state.rows + sum(inserted),
            shared_at=received_at if shared else state.shared_at,
        )

    return update


def seen_in_another_log(at: float) -> Update:
    """A zone master's log holds records of this device: counts of its own log do not compare for a while."""

    def update(state: LedgerState, _inserted: Sequence[bool]) -> LedgerState:
        return replace(state, shared_at=at, version=state.version + 1)

    return update


def counts_compare(state: LedgerState, now: float) -> bool:
    """Whether rows and log count can be held against each other."""
    shared = state.shared_at is not None and now - state.shared_at < SHARED_FOR
    return state.balance is not None and not shared


def complete_reason(state: LedgerState, clock: ClockReading, timing: Timing) -> str:
    """Why the whole log must be read now; empty when what is new will do."""
    if state.read_until is None or state.complete_at is None or state.clock is None:
        return "the log was never read before"
    expected = state.clock.local + (clock.at - state.clock.at)
    behind = expected - clock.local
    if behind > timing.clock_tolerance:
        return f"the device's clock is {behind:.0f} s behind the expected time: it was set back"
    if state.complete_owed:
        return state.complete_owed
    due = timing.complete_every if counts_compare(state, clock.at) else timing.complete_every_shared
    if clock.at - state.complete_at >= due or clock.at < state.complete_at:
        return "the whole log is read again from time to time"
    return ""


def reading_start(state: LedgerState) -> int:
    """From which local second what is new is read; 0 from the beginning. Includes the anchor."""
    start = state.read_until or 0
    if state.anchor is not None:
        start = min(start, state.anchor.time - PUSH_MARGIN)
    return max(0, start)


def doubtful_span(state: LedgerState, reach: int = 30) -> tuple[int, int] | None:
    """The first span of doubtful seconds to be read, both ends included; neighbours are read together.

    Args:
        state: The state.
        reach: Seconds between two doubtful ones that are read along.
    """
    if not state.doubtful:
        return None
    seconds = sorted(second for second, _ in state.doubtful)
    first = last = seconds[0]
    for second in seconds[1:]:
        if second - last > reach:
            break
        last = second
    return first, last


def settled(first: int, last: int, stamp: int, gaps: Sequence[Gap] = ()) -> Update:
    """Doubtful seconds were read by a question that went out when the stamp was ``stamp``; later ones stay."""

    def update(state: LedgerState, _inserted: Sequence[bool]) -> LedgerState:
        return replace(state, doubtful=_unsettled(state.doubtful, first, last, stamp)).with_gaps(gaps)

    return update


def _unsettled(
    doubtful: tuple[tuple[int, int], ...], first: int, last: int | None, stamp: int
) -> tuple[tuple[int, int], ...]:
    return tuple(
        (second, added)
        for second, added in doubtful
        if added > stamp or second < first or (last is not None and second > last)
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """What a catch-up that went through found out.

    Attributes:
        first: From which local second everything was read; 0 the whole log.
        complete_at: When the whole log was read; None when only what is new was.
        balance: Rows less records.
        log_count: Number of records in the log.
        anchor: A record that stands in the log.
        turning_over: The log drops its oldest records; None: no sign either way.
        reaches_back_to: Earliest local second in the log; used after a complete reading.
        ignores_continue: The device does not know "go on".
        largest_answer: Most records that one answer held.
        gaps: Spans in which events can be missing.
        certain: Whether the counts leave no doubt; if not, nothing more is claimed than before.
    """

    first: int
    complete_at: float | None
    balance: Balance | None
    log_count: int
    anchor: EventKey | None
    turning_over: bool | None
    reaches_back_to: int | None
    ignores_continue: bool
    largest_answer: int
    gaps: tuple[Gap, ...] = ()
    certain: bool = True


def caught_up(asked: Asked, progress: Progress, timing: Timing) -> Update:
    """A catch-up went through: all that was written before its first question is in the record."""

    def update(state: LedgerState, _inserted: Sequence[bool]) -> LedgerState:
        read_until: int | None = max(0, asked.clock.local - timing.margin)
        told_of_more = state.lowered > asked.stamp
        if told_of_more:  # by a push after the question; what lies around it may not have been read
            read_until = None if state.read_until is None else min(state.read_until, read_until or 0)
        complete = progress.complete_at is not None
        first = progress.first + 1 if progress.first else 0
        return replace(
            state,
            read_until=read_until,
            doubtful=_unsettled(state.doubtful, first, None, asked.stamp),
            balance=progress.balance,
            log_count=progress.log_count,
            clock=asked.clock,
            anchor=progress.anchor,
            turning_over=state.turning_over if progress.turning_over is None else progress.turning_over,
            complete_at=progress.complete_at if complete else state.complete_at,
            complete_owed="" if complete else state.complete_owed,
            reaches_back_to=progress.reaches_back_to if complete else state.reaches_back_to,
            ignores_continue=progress.ignores_continue,
            largest_answer=max(state.largest_answer, progress.largest_answer),
            complete_until=state.complete_until
            if told_of_more or not progress.certain
            else asked.clock.at - PUSH_MARGIN,
            hindrance="",
        ).with_gaps(progress.gaps)

    return update


def seen_until(anchor: EventKey) -> Update:
    """All up to a record was brought in from elsewhere: the log has to hold that record, not the older ones."""

    def update(state: LedgerState, _inserted: Sequence[bool]) -> LedgerState:
        return replace(state, anchor=anchor)

    return update


def hindered(reason: str, *, owed: bool) -> Update:
    """A catch-up did not go through: the record is complete up to where it was before.

    Args:
        reason: Why, in words.
        owed: Whether the next reading must be that of the whole log.
    """

    def update(state: LedgerState, _inserted: Sequence[bool]) -> LedgerState:
        return replace(state, hindrance=reason, complete_owed=reason if owed else state.complete_owed)

    return update


def clock_set(local: int, at: float, timing: Timing) -> Update:
    """The device's clock is about to be set: records with times from ``local`` on will come.

    To be committed before the command goes out, after a catch-up.
    """

    def update(state: LedgerState, _inserted: Sequence[bool]) -> LedgerState:
        return replace(_lowered(state, local - timing.margin), clock=ClockReading(local, at))

    return update


def time_told(local: int, timing: Timing) -> Update:
    """The device asked for the time and may set its clock to ``local``; whether it does, only its clock will tell."""

    def update(state: LedgerState, _inserted: Sequence[bool]) -> LedgerState:
        return _lowered(state, local - timing.margin)

    return update


def _lowered(state: LedgerState, read_until: int) -> LedgerState:
    if state.read_until is None or read_until >= state.read_until:
        return state
    stamp = state.stamp + 1
    return replace(state, read_until=max(0, read_until), stamp=stamp, lowered=stamp)
