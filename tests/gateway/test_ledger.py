"""The ledger's values and rules, one by one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.gateway import ledger_rules as rules
from doorward.gateway.ledger import GAPS_KEPT, Balance, ClockReading, Gap, GapKind, LedgerState, Proof
from doorward.gateway.ledger_rules import Asked, Progress, Timing
from doorward.model.event_key import EventKey

DEVICE = 7
NOON = 1_000_000
KEY = EventKey(DEVICE, 39, 0, 0xFFFF, NOON, 12)
TIMING = Timing()


def proof(time: int = NOON, ordinal: int = 0, origin: int = DEVICE) -> Proof:
    return Proof(KEY._replace(time=time, origin=origin), ordinal, b"", -1, DEVICE, time)


def gap(number: int) -> Gap:
    return Gap(DEVICE, GapKind.CLEARED, f"reason {number}", float(number), number + 1.0, number, number + 1, 1)


def known(**changes: object) -> LedgerState:
    """A device whose whole log was read at noon."""
    state = LedgerState(
        read_until=NOON - TIMING.margin,
        clock=ClockReading(NOON, 5_000.0),
        complete_at=5_000.0,
        complete_until=4_998.0,
        balance=Balance(0, 0),
    )
    return replace(state, **changes)  # type: ignore[arg-type]  # names and values are the tests' own


def progress(**changes: object) -> Progress:
    plain = Progress(NOON - 12, None, Balance(0, 0), 3, KEY, None, None, False, 3)
    return replace(plain, **changes)  # type: ignore[arg-type]  # as above


class TestState:
    @given(
        st.builds(
            LedgerState,
            rows=st.integers(0, 10**6),
            doubtful=st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 99)), max_size=3).map(tuple),
            read_until=st.none() | st.integers(0, 2**32 - 1),
            balance=st.none() | st.builds(Balance, st.integers(-9, 9), st.integers(-9, 9)),
            clock=st.none() | st.builds(ClockReading, st.integers(0, 2**32 - 1), st.floats(0, 1e10)),
            anchor=st.none() | st.just(KEY),
            turning_over=st.booleans(),
            complete_owed=st.text(max_size=5),
            gaps=st.lists(st.integers(0, 9).map(gap), max_size=3).map(tuple),
        )
    )
    def test_json_gives_the_same_state(self, state: LedgerState) -> None:
        assert LedgerState.from_json(json.loads(json.dumps(state.to_json()))) == state

    def test_an_empty_state_is_an_empty_object(self) -> None:
        assert LedgerState().to_json() == {}

    def test_a_newer_version_is_refused_by_name(self) -> None:
        with pytest.raises(ValueError, match=r"\(colour\); a newer version"):
            LedgerState.from_json({"rows": 1, "colour": "red"})

    @pytest.mark.parametrize("content", [{"balance": [1]}, {"anchor": 7}, {"gaps": [{"kind": "cleared"}]}])
    def test_damage_is_told(self, content: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="damaged"):
            LedgerState.from_json(content)

    def test_too_many_gaps_are_joined_and_none_is_forgotten(self) -> None:
        state = LedgerState()
        for number in range(GAPS_KEPT + 10):
            state = state.with_gaps([gap(number)])
        assert len(state.gaps) == GAPS_KEPT
        assert state.gaps[0].since == 0.0
        assert state.gaps[0].until == 11.0
        assert sum(each.missing for each in state.gaps) == GAPS_KEPT + 10
        assert state.gaps[0].reason == "several gaps, the first of them: reason 0"


class TestPush:
    def test_a_new_event_only_counts(self) -> None:
        state = rules.push([proof()], 1.0)(known(), [True])
        assert state == known(rows=1)

    def test_a_known_event_makes_its_second_doubtful(self) -> None:
        state = rules.push([proof()], 1.0)(known(), [False])
        assert [second for second, _ in state.doubtful] == [NOON]
        assert state.rows == 0

    @pytest.mark.parametrize("inserted", [True, False])
    @pytest.mark.parametrize(("time", "expected"), [(-11, -13), (-10, -10), (0, -10)])
    def test_a_push_from_where_all_was_read_is_read_around(self, time: int, expected: int, inserted: bool) -> None:
        state = rules.push([proof(NOON + time)], 1.0)(known(), [inserted])
        assert state.read_until == NOON + expected

    def test_a_first_second_does_not_underflow(self) -> None:
        assert rules.push([proof(1)], 1.0)(known(), [True]).read_until == 0

    def test_too_many_doubtful_seconds_become_one_reading(self) -> None:
        state = known()
        for second in range(rules.DOUBTFUL_KEPT + 1):
            state = rules.push([proof(NOON + 5 + second)], 1.0)(state, [False])
        assert state.doubtful == ()
        assert state.read_until == NOON - TIMING.margin  # the earliest doubtful second lies after it
        assert state.lowered == state.stamp  # a catch-up under way must not claim them

    def test_a_record_of_another_device_mutes_the_counts(self) -> None:
        state = rules.push([proof(origin=8)], 9_000.0)(known(), [True])
        assert not rules.counts_compare(state, 9_001.0)
        assert rules.counts_compare(state, 9_000.0 + rules.SHARED_FOR)


class TestCatchUp:
    asked = Asked(ClockReading(NOON + 100, 5_100.0), stamp=3)

    def test_moves_on_to_the_clock_less_the_margin(self) -> None:
        state = rules.caught_up(self.asked, progress(), TIMING)(known(hindrance="busy"), [])
        assert state.read_until == NOON + 100 - TIMING.margin
        assert state.complete_until == 5_098.0
        assert state.clock == self.asked.clock
        assert not state.hindrance

    def test_does_not_move_past_a_push_that_came_after_the_question(self) -> None:
        before = known(read_until=NOON - 500, lowered=4, stamp=4)
        assert rules.caught_up(self.asked, progress(), TIMING)(before, []).read_until == NOON - 500
        before = known(read_until=NOON - 500, lowered=3, stamp=3)
        assert rules.caught_up(self.asked, progress(), TIMING)(before, []).read_until == NOON + 90

    def test_settles_what_it_read_but_not_what_came_later(self) -> None:
        before = known(doubtful=((NOON - 12, 1), (NOON - 11, 1), (NOON + 5, 3), (NOON + 6, 4)))
        state = rules.caught_up(self.asked, progress(), TIMING)(before, [])
        assert state.doubtful == ((NOON - 12, 1), (NOON + 6, 4))

    def test_settling_leaves_what_came_after_the_question(self) -> None:
        before = known(doubtful=((NOON - 1, 1), (NOON, 1), (NOON + 1, 2), (NOON + 9, 1)))
        state = rules.settled(NOON, NOON + 5, 1)(before, [])
        assert state.doubtful == ((NOON - 1, 1), (NOON + 1, 2), (NOON + 9, 1))

    def test_an_owed_reading_stays_owed_until_the_whole_log_is_read(self) -> None:
        owed = rules.hindered("it moved", owed=True)(known(), [])
        assert owed.hindrance == owed.complete_owed == "it moved"
        assert owed.complete_until == 4_998.0
        assert rules.caught_up(self.asked, progress(), TIMING)(owed, []).complete_owed
        whole = progress(first=0, complete_at=5_100.0, reaches_back_to=5)
        state = rules.caught_up(self.asked, whole, TIMING)(owed, [])
        assert not state.complete_owed
        assert (state.complete_at, state.reaches_back_to) == (5_100.0, 5)

    @pytest.mark.parametrize(
        ("state", "clock", "reason"),
        [
            (LedgerState(), ClockReading(NOON, 5_000.0), "never read"),
            (known(), ClockReading(NOON + 95, 5_100.0), ""),
            (known(), ClockReading(NOON + 94, 5_100.0), "6 s behind"),
            (known(), ClockReading(NOON + 9_999, 5_100.0), ""),
            (known(complete_owed="it moved"), ClockReading(NOON + 100, 5_100.0), "it moved"),
            (known(), ClockReading(NOON + 86_400, 91_400.0), "from time to time"),
            (known(shared_at=5_000.0), ClockReading(NOON + 14_400, 19_400.0), "from time to time"),
            (known(), ClockReading(NOON + 14_400, 19_400.0), ""),
            (known(), ClockReading(NOON, 4_000.0), "from time to time"),
        ],
    )
    def test_when_the_whole_log_is_read(self, state: LedgerState, clock: ClockReading, reason: str) -> None:
        told = rules.complete_reason(state, clock, TIMING)
        assert (reason in told) if reason else not told

    def test_the_start_includes_the_anchor(self) -> None:
        assert rules.reading_start(known()) == NOON - 10
        assert rules.reading_start(known(anchor=KEY._replace(time=NOON - 50))) == NOON - 52
        assert rules.reading_start(known(anchor=KEY._replace(time=1))) == 0
        assert rules.reading_start(known(anchor=KEY)) == NOON - 10

    def test_neighbouring_doubts_are_read_together(self) -> None:
        state = known(doubtful=((90, 1), (40, 1), (60, 2), (91, 3)))
        assert rules.doubtful_span(state) == (40, 91)
        assert rules.doubtful_span(state, reach=5) == (40, 40)
        assert rules.doubtful_span(known()) is None


class TestClock:
    def test_setting_it_back_reads_from_there(self) -> None:
        state = rules.clock_set(NOON - 100, 5_050.0, TIMING)(known(), [])
        assert state.read_until == NOON - 110
        assert state.clock == ClockReading(NOON - 100, 5_050.0)
        assert state.lowered == state.stamp == 1

    def test_setting_it_forward_changes_nothing_that_is_read(self) -> None:
        assert rules.clock_set(NOON + 100, 5_050.0, TIMING)(known(), []).read_until == NOON - 10

    def test_telling_the_time_leaves_the_expected_clock(self) -> None:
        state = rules.time_told(NOON - 100, TIMING)(known(), [])
        assert (state.read_until, state.clock) == (NOON - 110, known().clock)
