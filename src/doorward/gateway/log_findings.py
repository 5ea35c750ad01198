"""What a catch-up finds out about a log: whether all of it is in the record, and what may have been lost.

Two witnesses are asked. The *anchor* is a record that stood in the log at the last reading; a log loses its oldest
records first, so an anchor that is still there says that nothing newer was lost. The *balance* is rows less records:
fewer rows than it allows say that something in the log was not read (or was taken for an equal event), more rows say
that the log let go of records.
"""

from __future__ import annotations

from dataclasses import dataclass

from doorward.device.biostar1.log_reading import Reading
from doorward.gateway import ledger_rules as rules
from doorward.gateway.ledger import Balance, Gap, GapKind, LedgerState
from doorward.gateway.ledger_rules import Progress

A_FEW = 8
"""Where more records than this came during a reading, the next one will not be quieter."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do after a reading.

    Attributes:
        traffic: Events came during the reading, so the counts say nothing for sure: read what is new again.
        why_whole: Why the whole log must be read; empty when it need not.
        uncertain: So much came during the reading that the counts do not tell whether something else is missing.
    """

    traffic: bool = False
    why_whole: str = ""
    uncertain: bool = False


class Findings:
    """Judges the readings of one catch-up.

    Args:
        device_id: The device.
        state: Its state before.
        at: When the catch-up began.

    Attributes:
        gaps: Spans found in which events can be missing.
        anchor: The record to look for in the next reading.
    """

    def __init__(self, device_id: int, state: LedgerState, at: float) -> None:
        self.gaps: list[Gap] = []
        self.anchor = state.anchor
        self._device_id = device_id
        self._before = state
        self._at = at
        self._balance = state.balance
        self._count = state.log_count or 0
        self._turning_over: bool | None = None
        self._earliest: int | None = None
        self._ignores_continue = state.ignores_continue
        self._largest = state.largest_answer
        self._known_gaps = {(gap.kind, gap.first_local) for gap in state.gaps}

    def judge(self, reading: Reading, state: LedgerState, count: int, *, whole: bool, at: float) -> Verdict:
        """Hold a reading that was not hindered against what is known.

        Args:
            reading: The reading.
            state: The state after it.
            count: Number of records in the log, asked after ``state``.
            whole: Whether the whole log was read.
            at: When.
        """
        self.crowded(reading, at)
        self._ignores_continue = reading.ignores_continue
        self._largest = max(self._largest, reading.largest)
        # Every row was in the log before ``count`` was asked, so the balance is not below this.
        least = state.rows - count
        compare = self._balance is not None and rules.counts_compare(state, at)
        lost = self.anchor is not None and not reading.saw_anchor
        if self.anchor is None and compare and self._balance is not None:
            lost = least > self._balance.high  # the log was empty, so there was nothing to hold on to
        if not whole:
            if lost:
                return Verdict(why_whole="the log no longer holds what was read last: records were lost")
            return self._judge_counts(reading, least, count, compare=compare)
        # All records that were in the log then have their row, so it is not above this.
        seen = reading.count_before if reading.count_read is None else reading.count_read
        most = max(least, state.rows - seen)
        if lost:
            self._note_loss(reading, count, at)
        elif compare and self._balance is not None:
            if most < self._balance.low:
                self._note_equal(self._balance.low - most, at)
            self._turning_over = least > self._balance.high
        self._balance = Balance(least, most)
        self._count = count
        self.anchor = reading.newest
        self._earliest = reading.earliest
        return Verdict(traffic=reading.count_read not in (None, count))

    def _judge_counts(self, reading: Reading, least: int, count: int, *, compare: bool) -> Verdict:
        verdict = Verdict()
        if compare and self._balance is not None:
            low, high = self._balance
            arrived = count - reading.count_before
            if (missing := low - least - arrived) > 0:
                # All that the log held before the reading should have its row by now.
                return Verdict(why_whole=f"the log holds {missing} records more than the record shows")
            if least < low:
                # What came during the reading and what is missing look alike: only a quieter moment can tell.
                verdict = Verdict(traffic=arrived <= A_FEW, uncertain=True)
            elif least > high:
                # The anchor is there: only old records went, all of them known.
                self._turning_over = True
                self._balance = Balance(least, max(least, least + arrived))
            else:
                # Never lower ``high`` here: what was not read because of its time would be taken for read.
                self._balance = Balance(max(low, least), high)
                if count > self._count:
                    self._turning_over = False
        self._count = count
        self.anchor = reading.newest or self.anchor
        return verdict

    def crowded(self, reading: Reading, at: float) -> None:
        """Note the seconds of which a device cannot show all."""
        for second in reading.crowded:
            if (GapKind.CROWDED_SECOND, second) not in self._known_gaps:
                self._known_gaps.add((GapKind.CROWDED_SECOND, second))
                reason = (
                    "one second holds more records than the device gives in one answer, and it does not go on; "
                    "events of that second may be missing"
                )
                self._gap(GapKind.CROWDED_SECOND, reason, at, second, second + 1)

    def progress(self, first: int, complete_at: float | None, *, certain: bool) -> Progress:
        """What came out in the end; see ``Progress``."""
        return Progress(
            first,
            complete_at,
            self._balance,
            self._count,
            self.anchor,
            self._turning_over,
            self._earliest,
            self._ignores_continue,
            self._largest,
            tuple(self.gaps),
            certain,
        )

    def _note_loss(self, reading: Reading, count: int, at: float) -> None:
        anchor = self.anchor
        first = None if anchor is None else anchor.time
        last = None if reading.oldest is None else reading.oldest.time
        if count < self._count or anchor is None:
            kind = GapKind.CLEARED
            what = f"the device's log was cleared (it held {self._count} records, now {count})"
        else:
            kind = GapKind.OVERWRITTEN
            what = "the device's log overwrote records before they were read, or was cleared and has filled up since"
            self._turning_over = True
        reason = f"{what}; of the events in between only those are kept that the device pushed"
        self._gap(kind, reason, at, first, last)

    def _note_equal(self, missing: int, at: float) -> None:
        words = "1 event was" if missing == 1 else f"{missing} events were"
        reason = (
            f"{words} equal, to the second, to events that the log no longer holds, and cannot be told from them; "
            "the device's clock went through the same time twice"
        )
        self._gap(GapKind.EQUAL, reason, at, None, None, missing)

    def _gap(
        self, kind: GapKind, reason: str, at: float, first: int | None, last: int | None, missing: int = 0
    ) -> None:
        since = self._before.complete_until
        self.gaps.append(Gap(self._device_id, kind, reason, since, at, first, last, missing))
