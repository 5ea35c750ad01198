"""Every event exactly once, with devices that misbehave in every way that is known, and a server that is killed.

The machine runs the real keeper as a coroutine, one operation at a time: between the question and the answer, between
the answer and the commit, between the commit and its return, anything can happen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine, Generator
from datetime import UTC
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from doorward.device.biostar1.log_reading import LogAnswer
from doorward.gateway.catch_up import CatchUp, RecordKeeper
from doorward.gateway.collaborators import StoreUnavailable
from doorward.gateway.ledger import GapKind, LedgerState
from doorward.gateway.ledger_rules import Timing
from doorward.gateway.local_time import LocalTime
from doorward.model.errors import NotReached
from doorward.model.event_key import EventKey
from tests.gateway.model_device import DEVICE, MEMBER, UNLIMITED, Happened, ModelDevice, Resumes, as_answer
from tests.support.event_store import InMemoryEventStore

EXAMPLES = 110
STEPS = 60
SECONDS_OF_A_DAY = 86_400


class Operation:
    """Something that a coroutine waits for; the machine decides when it happens and what comes of it."""

    def __init__(self, name: str, *arguments: int) -> None:
        self.name = name
        self.arguments = arguments

    def __await__(self) -> Generator[Operation, Any, Any]:
        return (yield self)


class SteppedPort:
    """A log port whose every question is an operation."""

    async def clock(self) -> int:
        return int(await Operation("clock"))

    async def count(self) -> int:
        return int(await Operation("count"))

    async def read(self, position: int, first: int, last: int) -> LogAnswer:
        answer: LogAnswer = await Operation("read", position, first, last)
        return answer


class Run:
    """A coroutine under way."""

    def __init__(self, coroutine: Coroutine[Operation, Any, Any], device: ModelDevice) -> None:
        self._coroutine = coroutine
        self._device = device
        self._answer: tuple[Any, list[Happened]] | None = None
        self._given: list[Happened] = []
        self.waiting: Operation | None = None
        self.result: Any = None
        self.error: Exception | None = None
        self._go_on(None)

    @property
    def over(self) -> bool:
        return self.waiting is None

    def step(self) -> None:
        """The device or the store does its part, or the answer arrives."""
        assert self.waiting is not None
        name, arguments = self.waiting.name, self.waiting.arguments
        if self._answer is None and name in ("clock", "count", "read"):
            if name == "read":
                found = self._device.answer(*arguments)
                self._answer = as_answer(found), found
            else:
                self._answer = (self._device.clock if name == "clock" else len(self._device.log)), []
            return
        if self._answer is None:
            self._go_on(None)
            return
        value, found = self._answer
        self._answer = None
        self._brought_in()
        self._given = found
        self._go_on(value)

    def run(self) -> None:
        while not self.over:
            self.step()

    def cut(self) -> None:
        """The line is cut: a question gets no answer; what waits for the store goes on."""
        if self.waiting is not None and self.waiting.name in ("clock", "count", "read"):
            self._brought_in()
            self._go_on(NotReached("the line was cut"))

    def kill(self) -> None:
        """The process is gone."""
        self._coroutine.close()
        self.waiting = None

    def _brought_in(self) -> None:
        # The keeper asks its next question only after the last answer is on disk.
        for each in self._given:
            each.read = True
        self._given = []

    def _go_on(self, value: Any) -> None:
        try:
            if isinstance(value, Exception):
                self.waiting = self._coroutine.throw(value)
            else:
                self.waiting = self._coroutine.send(value)
        except StopIteration as stop:
            self.waiting = None
            self.result = stop.value
            self._brought_in()
        except (NotReached, StoreUnavailable) as error:
            self.waiting = None
            self.error = error


class ExactlyOnce(RuleBasedStateMachine):
    """A device, a line, a server and its store."""

    @initialize(
        capacity=st.sampled_from([UNLIMITED, UNLIMITED, 5, 10]),
        limit=st.integers(2, 5),
        resumes=st.sampled_from(Resumes),
        inclusive=st.booleans(),
        repeats=st.booleans(),
        shared=st.booleans(),
        known=st.booleans(),
    )
    def begin(
        self, capacity: int, limit: int, resumes: Resumes, inclusive: bool, repeats: bool, shared: bool, known: bool
    ) -> None:
        self.device = ModelDevice(capacity, limit, resumes, inclusive)
        self.repeats = repeats
        self.shared = shared
        self.store = InMemoryEventStore()
        self.store.before_commit = lambda: self.wait("before commit")
        self.store.after_commit = lambda: self.wait("after commit")
        self.instant = False
        self.reading: Run | None = None
        self.pushing: Run | None = None
        self.push_heard = True
        self.setting: int | None = None
        self.suspects: dict[EventKey, int] = {}  # with what had happened when they were pushed
        self.lost_meanwhile: list[Happened] = []
        self.turned_over = 0
        # What the last reading of the whole log that went through cannot have seen.
        self.asked = self.whole_asked = (0, 0)
        self.start_server()
        if known:
            self.happens(1, 1, 1)
            self.device.pass_time(20)
            self.catch_up_at_once()
            self.device.pass_time(20)

    async def wait(self, name: str) -> None:
        if not self.instant:
            await Operation(name)

    def start_server(self) -> None:
        self.keeper = RecordKeeper(DEVICE, self.store, now=lambda: self.device.moment, local_time=LocalTime(UTC))

    def state(self) -> LedgerState:
        return self.store.states.get(DEVICE, LedgerState())

    # --- What happens at the device ----------------------------------------------------------------------------------

    @rule(event=st.integers(1, 2), user=st.integers(1, 2), times=st.integers(1, 3))
    def happens(self, event: int, user: int, times: int) -> None:
        for _ in range(times):
            self.happen(event, user)

    def happen(self, event: int, user: int) -> None:
        origin = MEMBER if self.shared and event == 1 else DEVICE
        happened = self.device.happen(event, user, origin)
        clock = self.state().clock
        if clock is not None:
            expected = clock.local + self.device.moment - clock.at
            happened.backdated = self.device.clock < expected - Timing().clock_tolerance
        surplus = self.device.surplus
        self.turned_over += surplus
        self.remove(surplus)

    @rule(users=st.lists(st.integers(1, 3), min_size=2, max_size=7), lost=st.booleans())
    def people_pass(self, users: list[int], lost: bool) -> None:
        for user in users:
            self.happen(2, user)
            self.device.pass_time(1)
        if lost:
            del self.device.unpushed[-len(users) :]

    @rule(seconds=st.sampled_from([-3600, -60, -7, -4, 30]), lost=st.integers(0, 2), pushed=st.booleans())
    def happens_while_the_clock_is_wrong(self, seconds: int, lost: int, pushed: bool) -> None:
        self.device.clock += seconds
        self.happen(2, 3)
        self.happen(2, 4)
        del self.device.unpushed[-2 : lost - 2 or None]
        self.device.clock -= seconds
        if pushed and self.pushing is None and not self.store.failing:
            self.device_pushes_all()
            if self.reading is None:
                self.catch_up_at_once()

    @rule(seconds=st.sampled_from([1, 1, 2, 4, 12, 400]))
    def time_passes(self, seconds: int) -> None:
        self.device.pass_time(seconds)

    @rule(seconds=st.sampled_from([-3600, -60, -11, -7, -4, -2, 2, 30, 3600]))
    def clock_is_set(self, seconds: int) -> None:
        self.device.clock += seconds

    @rule(data=st.data())
    def clock_is_set_to_the_second_of_an_event(self, data: st.DataObject) -> None:
        if self.device.truth:
            self.device.clock = data.draw(st.sampled_from(self.device.truth[-4:])).key.time

    @precondition(lambda self: len(self.device.log) > 3)
    @rule()
    def log_is_cleared(self) -> None:
        self.remove(len(self.device.log))

    def remove(self, count: int) -> None:
        state = self.state()
        places = [each.number for each in self.device.truth if each.key == state.anchor]
        for each in self.device.remove(count):
            if not each.read and places and places[-1] < each.number:
                each.anchor = state.anchor
                if self.reading is not None:
                    self.lost_meanwhile.append(each)

    # --- Pushes ------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.pushing is None and self.device.unpushed)
    @rule(steps=st.integers(0, 3))
    def device_pushes(self, steps: int) -> None:
        self.start_push(self.device.unpushed[0])
        self.push_goes_on(steps)

    @precondition(lambda self: self.pushing is None and self.device.unpushed and not self.store.failing)
    @rule()
    def device_pushes_all(self) -> None:
        while self.device.unpushed and not self.store.failing:
            self.device_pushes(10)

    @precondition(lambda self: self.pushing is None and not self.store.failing)
    @rule(user=st.integers(1, 2), times=st.integers(2, 3))
    def equal_events_are_pushed(self, user: int, times: int) -> None:
        self.happens(2, user, times)
        self.device_pushes_all()

    @precondition(lambda self: self.pushing is None and self.repeats and self.device.pushed)
    @rule(data=st.data())
    def device_pushes_again_on_the_standing_connection(self, data: st.DataObject) -> None:
        self.start_push(data.draw(st.sampled_from(self.device.pushed[-3:])))

    @precondition(lambda self: self.device.unpushed)
    @rule()
    def device_loses_a_push(self) -> None:
        self.device.unpushed.pop(0)

    def start_push(self, happened: Happened) -> None:
        self.push_heard = True
        self.on_its_way = happened
        self.pushing = Run(self.keeper.push(as_answer([happened])), self.device)
        self.after_push_step()

    @precondition(lambda self: self.pushing is not None)
    @rule(steps=st.integers(1, 3))
    def push_goes_on(self, steps: int) -> None:
        for _ in range(steps):
            if self.pushing is not None:
                read_until = self.state().read_until
                known = self.store.count(self.on_its_way.key)
                rows = len(self.store.rows)
                committed = self.pushing.waiting is not None and self.pushing.waiting.name == "before commit"
                self.pushing.step()
                if committed and self.pushing.error is None:
                    if known and rows == len(self.store.rows):
                        self.suspects[self.on_its_way.key] = len(self.device.truth)
                    self.push_tells_of_neighbours(self.on_its_way.key.time, read_until)
                self.after_push_step()

    def push_tells_of_neighbours(self, time: int, read_until: int | None) -> None:
        """A push from where all was read: what lies around it is no longer an excuse."""
        if read_until is not None and time < read_until:
            for each in self.device.truth:
                if each.key.time >= time - 2:
                    each.backdated = False

    def after_push_step(self) -> None:
        run = self.pushing
        if run is None or not run.over:
            return
        self.pushing = None
        if run.error is not None:
            self.cut_line()
        elif self.push_heard:
            assert self.store.count(self.on_its_way.key), "acknowledged, but not on disk"
            self.device_is_done_with(self.on_its_way)
        self.lost_acknowledgement(self.push_heard and run.error is None)

    def lost_acknowledgement(self, heard: bool) -> None:
        if not heard and not self.repeats:
            self.device_is_done_with(self.on_its_way)

    def device_is_done_with(self, happened: Happened) -> None:
        if happened in self.device.unpushed:
            self.device.unpushed.remove(happened)
            self.device.pushed.append(happened)

    # --- Readings ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.reading is None)
    @rule(steps=st.integers(0, 12))
    def catch_up_begins(self, steps: int) -> None:
        self.start_reading(self.keeper.catch_up(SteppedPort()))
        self.reading_goes_on(steps)

    @precondition(lambda self: self.reading is None)
    @rule()
    def catch_up_at_once(self) -> None:
        self.start_reading(self.keeper.catch_up(SteppedPort()))
        self.reading_ends()

    @precondition(lambda self: self.reading is None and self.pushing is None and not self.store.failing)
    @rule(steps=st.integers(2, 12))
    def clock_is_wrong_during_a_catch_up(self, steps: int) -> None:
        self.start_reading(self.keeper.catch_up(SteppedPort()))
        self.reading_goes_on(steps)
        self.happens_while_the_clock_is_wrong(seconds=-60, lost=1, pushed=True)
        self.reading_ends()
        self.device.pass_time(3)
        self.catch_up_at_once()

    @precondition(lambda self: self.reading is None and not self.store.failing)
    @rule(seconds=st.sampled_from([-60, -4, -2, -1, 0]))
    def something_is_lost_right_after_a_catch_up(self, seconds: int) -> None:
        self.catch_up_at_once()
        self.device.clock += seconds
        self.happen(2, 1)
        self.device.unpushed.pop()
        self.device.pass_time(3)
        self.catch_up_at_once()

    @precondition(lambda self: self.reading is None and self.keeper.doubtful)
    @rule(steps=st.integers(0, 6))
    def settling_begins(self, steps: int) -> None:
        self.start_reading(self.keeper.settle(SteppedPort()))
        self.reading_goes_on(steps)

    @precondition(lambda self: self.reading is None and self.pushing is None and not self.store.failing)
    @rule(steps=st.integers(2, 12))
    def equal_events_are_pushed_while_their_second_is_settled(self, steps: int) -> None:
        self.equal_events_are_pushed(1, 2)
        self.start_reading(self.keeper.settle(SteppedPort()))
        self.reading_goes_on(steps)
        self.equal_events_are_pushed(1, 1)
        self.reading_ends()
        self.all_doubts_are_settled()

    @precondition(lambda self: self.reading is None and self.pushing is None and not self.store.failing)
    @rule()
    def all_doubts_are_settled(self) -> None:
        going, hindered = True, False
        while going and not hindered:
            self.start_reading(self.keeper.settle(SteppedPort()))
            self.reading_ends()
            going, hindered = self.keeper.doubtful, bool(self.state().hindrance)
        if not hindered and self.device.resumes is not Resumes.NEVER:
            for key, number in self.suspects.items():
                in_log = sum(each.key == key and each.number < number for each in self.device.log)
                assert self.store.count(key) >= in_log, f"an equal push of {key} was not looked into"
        self.suspects.clear()

    @precondition(lambda self: self.reading is None)
    @rule(seconds=st.sampled_from([-30, -3, 0, 20]), lost=st.booleans())
    def server_sets_the_clock(self, seconds: int, lost: bool) -> None:
        self.setting = self.device.clock + seconds
        self.start_reading(self.keeper.before_clock_is_set(SteppedPort(), self.setting))
        self.reading_ends()
        self.happen(2, 1)
        if lost:
            self.device.unpushed.pop()

    def start_reading(self, coroutine: Coroutine[Operation, Any, Any]) -> None:
        self.asked = (len(self.device.truth), self.turned_over)
        if self.state().anchor is None:
            for each in self.lost_meanwhile:
                each.anchor = None  # the reading under way found an empty log, which leaves nothing to hold on to
        self.lost_meanwhile.clear()
        self.reading = Run(coroutine, self.device)
        self.after_reading_step()

    @precondition(lambda self: self.reading is not None)
    @rule(steps=st.integers(1, 6))
    def reading_goes_on(self, steps: int) -> None:
        for _ in range(steps):
            if self.reading is not None:
                self.reading.step()
                self.after_reading_step()

    @precondition(lambda self: self.reading is not None)
    @rule()
    def reading_ends(self) -> None:
        while self.reading is not None:
            self.reading.step()
            self.after_reading_step()

    def after_reading_step(self) -> None:
        run = self.reading
        if run is None or not run.over:
            return
        self.reading = None
        setting, self.setting = self.setting, None
        if run.error is not None:
            self.cut_line()
            return
        if setting is not None:
            self.device.clock = setting
        result = run.result
        assert isinstance(result, CatchUp)
        if result.complete and result.went_through:
            self.whole_asked = self.asked
        self.complete_until_is_true()

    # --- What happens to the line and the server ---------------------------------------------------------------------

    @rule(what=st.sampled_from(["line", "server", "store"]))
    def trouble(self, what: str) -> None:
        if what == "line":
            self.cut_line()
        elif what == "server":
            self.kill_server()
        else:
            self.store.failing = "the disk is full"

    @precondition(lambda self: self.store.failing)
    @rule()
    def store_is_back(self) -> None:
        self.store.failing = ""

    def cut_line(self) -> None:
        self.push_heard = False
        if self.reading is not None:
            self.reading.cut()
            if self.reading.over:
                self.reading = self.setting = None

    def kill_server(self) -> None:
        for run in (self.reading, self.pushing):
            if run is not None:
                run.kill()
        if self.pushing is not None:
            self.lost_acknowledgement(heard=False)
        self.reading = self.pushing = self.setting = None
        self.start_server()

    # --- What must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_doubled(self) -> None:
        true = Counter(each.key for each in self.device.truth)
        kept = Counter(key for key, _ in self.store.rows)
        assert kept <= true, f"doubled: {kept - true}"

    def complete_until_is_true(self) -> None:
        """What the ledger claims: all that happened before a moment is in the record, but for gaps that it names."""
        state = self.state()
        if state.complete_until is None:
            return
        due: dict[EventKey, list[Happened]] = {}
        for each in self.device.truth:
            if each.moment <= state.complete_until:
                due.setdefault(each.key, []).append(each)
        for key, events in due.items():
            missing = len(events) - self.store.count(key)
            if missing > 0:
                self.explain(key, events, missing, state)

    def explain(self, key: EventKey, events: list[Happened], missing: int, state: LedgerState) -> None:
        """An event is missing: only what the table of losses names may be missing, and a gap must tell."""
        crowd = [each for each in self.device.truth if each.key.time == key.time]
        if self.device.resumes is Resumes.NEVER and len(crowd) > self.device.limit:
            told = any(gap.kind is GapKind.CROWDED_SECOND and gap.first_local == key.time for gap in state.gaps)
            if told:
                return
        exact = state.balance is not None and state.balance.low == state.balance.high
        if self.shared or self.turned_over > self.whole_asked[1] or not exact:  # the counts tell nothing for sure
            for each in events:
                # Only the next reading of the whole log finds it, unless the log loses it before.
                each.late = each.late or (each.backdated and each.number >= self.whole_asked[0])
        late = [
            each
            for each in events
            if each.late and not each.read and (each.removed or each.number >= self.whole_asked[0])
        ]
        removed = [each for each in events if each.removed]
        explained = {each.number for each in (*late, *removed)}
        assert len(explained) >= missing, f"{missing} of {key} missing, though in the log"
        if not late and all(self.loss_can_be_found(each) for each in removed):
            covered = [each for each in removed if self.is_in_gap(each, state)]
            assert len(covered) >= missing, f"{missing} of {key} lost without a gap: {removed} {state}"

    def loss_can_be_found(self, lost: Happened) -> bool:
        """What the ledger held on to when the log let go of it is gone too, and nothing looks like it."""
        if lost.read or lost.anchor is None:
            return False
        return not any(each.key == lost.anchor and each.number > lost.number for each in self.device.truth)

    def is_in_gap(self, lost: Happened, state: LedgerState) -> bool:
        return any((gap.since is None or gap.since <= lost.moment) and lost.moment <= gap.until for gap in state.gaps)

    def teardown(self) -> None:
        if not hasattr(self, "device"):
            return
        self.store.failing = ""
        self.kill_server()
        self.instant = True
        self.device.pass_time(60)
        for _ in range(2):
            self.start_reading(self.keeper.catch_up(SteppedPort()))
            self.reading_ends()
            self.all_doubts_are_settled()
            self.nothing_is_doubled()
            claimed = self.state().complete_until
            assert claimed is not None
            assert claimed >= self.device.moment - 2, "the record does not get on"
            # The second time the whole log is due, and nothing is late any more.
            self.device.pass_time(SECONDS_OF_A_DAY)
        if not any(each.removed for each in self.device.truth) and not self.state().gaps:
            kept = [key for key, _ in sorted(self.store.rows, key=lambda row: (row[0].time, row[0]))]
            true = sorted((each.key for each in self.device.truth), key=lambda key: (key.time, key))
            assert kept == true


TestExactlyOnce = ExactlyOnce.TestCase
TestExactlyOnce.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,  # the same examples in every run; for a longer search raise the number and take this line out
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
