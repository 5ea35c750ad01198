"""Reading a log: one misbehaviour at a time, and what the operator is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC

import pytest

from doorward.device.biostar1.log_reading import LogAnswer
from doorward.gateway.catch_up import CatchUp, RecordKeeper
from doorward.gateway.collaborators import StoreUnavailable
from doorward.gateway.ledger import GapKind, LedgerState, Proof
from doorward.gateway.local_time import LocalTime
from doorward.model.errors import DeviceRefused, NotReached
from doorward.model.event_key import EventKey
from doorward.protocol.biostar1.records.logs import ExtendedLogRecord, LogRecord
from doorward.protocol.errors import RemoteProtocolError
from tests.gateway.model_device import DEVICE, FIRST_SECOND, MEMBER, ModelDevice, Resumes, as_answer
from tests.support.event_store import InMemoryEventStore


class Site:
    """A device, its log port and its keeper."""

    def __init__(self, device: ModelDevice | None = None) -> None:
        self.device = device or ModelDevice()
        self.store = InMemoryEventStore()
        self.told: list[tuple[int, Proof]] = []
        self.questions: list[tuple[int, ...]] = []
        self.before_read: dict[int, Callable[[], object]] = {}
        self.start()

    def start(self) -> None:
        """A new process: nothing is known but what the store holds."""
        self.keeper = RecordKeeper(
            DEVICE,
            self.store,
            now=lambda: self.device.moment,
            local_time=LocalTime(UTC),
            committed=self.told.extend,
        )

    async def clock(self) -> int:
        return self.device.clock

    async def count(self) -> int:
        return len(self.device.log)

    async def read(self, position: int, first: int, last: int) -> LogAnswer:
        self.before_read.pop(len(self.questions), lambda: None)()
        self.questions.append((position, first, last))
        return as_answer(self.device.answer(position, first, last))

    def pass_by(self, *users: int, seconds: int = 1) -> None:
        for user in users:
            self.device.happen(2, user)
            self.device.remove(self.device.surplus)
            self.device.pass_time(seconds)

    async def push(self, user: int) -> None:
        """Somebody passes, and it is pushed."""
        await self.keeper.push(as_answer([self.device.happen(2, user)]))

    async def catch_up(self) -> CatchUp:
        self.questions.clear()
        return await self.keeper.catch_up(self)

    @property
    def state(self) -> LedgerState:
        return self.store.states[DEVICE]

    @property
    def doubts(self) -> list[int]:
        """The seconds that wait to be read again."""
        assert self.keeper.doubtful == bool(self.state.doubtful)
        return [second for second, _ in self.state.doubtful]

    @property
    def kept(self) -> Counter[EventKey]:
        return Counter(key for key, _ in self.store.rows)

    @property
    def true(self) -> Counter[EventKey]:
        return Counter(each.key for each in self.device.truth)


async def contact(device: ModelDevice | None = None, people: int = 3) -> Site:
    """A site whose log was read once."""
    site = Site(device)
    site.pass_by(*range(1, people + 1))
    site.device.pass_time(30)
    await site.catch_up()
    site.device.pass_time(300)
    return site


async def test_first_contact_reads_the_whole_log() -> None:
    site = Site(ModelDevice(limit=4))
    site.pass_by(*range(11))
    result = await site.catch_up()
    assert result.complete == "the log was never read before"
    assert result.went_through
    assert site.kept == site.true
    assert result.new_rows == 11
    assert [row for row, _ in site.told] == list(range(1, 12))
    assert result.state.reaches_back_to == FIRST_SECOND
    assert result.state.complete_until == site.device.moment - 2


async def test_what_is_new_takes_one_answer() -> None:
    site = await contact()
    site.pass_by(7, 8)
    result = await site.catch_up()
    assert not result.complete
    assert site.kept == site.true
    assert {position for position, _, _ in site.questions} == {0, 1}
    assert all(first for _, first, _ in site.questions[:2])


@pytest.mark.parametrize("inclusive", [True, False])
async def test_equal_events_of_one_second_are_kept_as_often_as_they_happened(inclusive: bool) -> None:
    site = await contact(ModelDevice(inclusive=inclusive))
    for _ in range(3):
        await site.push(5)
    assert site.kept[site.device.truth[-1].key] == 1
    assert bool(site.keeper.doubtful) is True
    await site.keeper.settle(site)
    assert bool(site.keeper.doubtful) is False
    assert site.kept == site.true


async def test_a_doubt_that_comes_while_it_is_settled_stays() -> None:
    site = await contact(ModelDevice(limit=9))
    await site.push(5)
    await site.push(5)
    happened = site.device.happen(2, 5)
    pushed: list[asyncio.Task[object]] = []

    async def push_meanwhile() -> None:
        if not pushed:
            pushed.append(asyncio.create_task(site.keeper.push(as_answer([happened]))))
            site.store.before_commit = lambda: asyncio.sleep(0)
            await pushed[0]

    site.store.before_commit = push_meanwhile
    await site.keeper.settle(site)
    assert site.doubts
    await site.keeper.settle(site)
    assert not site.doubts


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("limit", [2, 3, 7])
async def test_a_device_that_does_not_know_go_on(limit: int, inclusive: bool) -> None:
    site = Site(ModelDevice(limit=limit, resumes=Resumes.NEVER, inclusive=inclusive))
    site.pass_by(1, 2, 3, seconds=1)
    site.pass_by(*range(20), seconds=3)
    assert (await site.catch_up()).went_through
    assert site.kept == site.true
    assert site.state.ignores_continue
    site.pass_by(*range(9), seconds=2)
    site.start()
    await site.catch_up()
    assert site.kept == site.true
    assert site.state.gaps == ()


async def test_a_crowded_second_of_such_a_device_is_told_once() -> None:
    site = Site(ModelDevice(limit=3, resumes=Resumes.NEVER))
    site.pass_by(1, 2)
    site.pass_by(*range(1, 6), seconds=0)
    site.device.pass_time(5)
    (found,) = (await site.catch_up()).gaps
    assert (found.kind, found.first_local) == (GapKind.CROWDED_SECOND, FIRST_SECOND + 2)
    assert not (await site.catch_up()).gaps
    assert len(site.state.gaps) == 1


async def test_more_in_one_second_than_an_answer_holds_is_no_loss_with_go_on() -> None:
    site = Site(ModelDevice(limit=3))
    site.pass_by(*[1] * 10, seconds=0)
    site.device.pass_time(5)
    result = await site.catch_up()
    assert result.went_through
    assert site.kept == site.true


async def test_a_log_that_turns_over_while_it_is_read_is_read_whole() -> None:
    """The count of a full log stands still, and a device that counts places skips a record."""
    site = Site(ModelDevice(capacity=8, limit=3, resumes=Resumes.BY_PLACE))
    site.pass_by(*range(8))
    site.before_read = {1: lambda: site.pass_by(90), 6: lambda: site.pass_by(91)}
    await site.catch_up()
    in_log = Counter(each.key for each in site.device.log)
    assert in_log - site.kept <= Counter([site.device.truth[-1].key])
    site.device.pass_time(60)
    await site.catch_up()
    assert site.kept >= Counter(each.key for each in site.device.log)


async def test_a_full_log_that_is_read_in_time_is_no_gap() -> None:
    site = await contact(ModelDevice(capacity=10, limit=20), people=10)
    for _ in range(5):
        site.pass_by(1, 2, 3, 4)
        site.device.pass_time(60)
        result = await site.catch_up()
        assert not result.complete
    assert site.kept == site.true
    assert site.state.turning_over
    assert site.state.gaps == ()


async def test_a_log_that_turned_over_unread_is_told_with_its_span() -> None:
    site = await contact(ModelDevice(capacity=10, limit=20), people=10)
    before = site.state.complete_until
    site.pass_by(*range(25))
    (found,) = (await site.catch_up()).gaps
    assert found.kind is GapKind.OVERWRITTEN
    assert (found.device_id, found.since, found.until) == (DEVICE, before, site.device.moment)
    assert found.first_local == FIRST_SECOND + 9
    assert found.last_local == site.device.log[0].key.time
    assert "overwrote" in found.reason
    assert site.kept >= Counter(each.key for each in site.device.log)


async def test_a_cleared_log_is_told() -> None:
    site = await contact()
    site.pass_by(4, 5)
    site.device.remove(5)
    site.pass_by(6)
    (found,) = (await site.catch_up()).gaps
    assert found.kind is GapKind.CLEARED
    assert "it held 3 records, now 1" in found.reason
    assert not (await site.catch_up()).gaps


async def test_a_log_that_was_empty_and_was_cleared_is_told_by_the_counts() -> None:
    site = Site()
    await site.catch_up()
    site.device.pass_time(60)
    for user in (1, 2, 3):
        await site.push(user)
    site.device.remove(3)
    (found,) = (await site.catch_up()).gaps
    assert found.kind is GapKind.CLEARED


async def test_loss_between_two_answers_of_one_reading_is_found() -> None:
    site = await contact(ModelDevice(limit=2))
    site.pass_by(4, 5, 6)

    def clear_and_go_on() -> None:
        site.device.remove(len(site.device.log))
        site.pass_by(7, 8, 9)

    site.before_read = {2: clear_and_go_on}
    first = await site.catch_up()
    site.device.pass_time(30)
    second = await site.catch_up()
    (found,) = (*first.gaps, *second.gaps)
    assert "cleared" in found.reason


async def test_an_answer_to_a_question_on_the_side_does_not_hide_a_loss() -> None:
    """The log is cleared between the reading and the question that tells the limit of an answer."""
    site = await contact(ModelDevice(limit=5), people=2)
    site.pass_by(4, 5, 6)

    def clear_and_go_on() -> None:
        site.pass_by(7)
        site.device.remove(len(site.device.log))
        site.pass_by(8, 9, 10, 11, 12)

    site.before_read = {2: clear_and_go_on}
    first = await site.catch_up()
    site.device.pass_time(30)
    second = await site.catch_up()
    (found,) = (*first.gaps, *second.gaps)
    assert found.first_local == site.device.truth[4].key.time


async def test_an_event_before_the_mark_is_found_by_the_counts() -> None:
    """The clock went back and forth between two catch-ups, and the push was lost."""
    site = await contact(ModelDevice(limit=20), people=6)
    site.device.clock -= 400
    site.pass_by(9)
    site.device.clock += 400
    result = await site.catch_up()
    assert "1 records more" in result.complete
    assert site.kept == site.true
    assert result.state.gaps == ()


async def test_a_clock_that_was_set_back_has_the_whole_log_read() -> None:
    site = await contact()
    site.device.clock -= 3600
    site.pass_by(9)
    result = await site.catch_up()
    assert "set back" in result.complete
    assert site.kept == site.true


async def test_an_event_taken_for_one_that_the_log_no_longer_holds_is_counted() -> None:
    site = await contact(people=4)
    again = site.device.truth[0]
    site.device.remove(1)  # somebody deleted the oldest record
    await site.catch_up()
    assert site.state.turning_over
    site.device.pass_time(300)
    clock = site.device.clock
    site.device.clock = again.key.time
    site.device.happen(2, again.key.user)
    site.device.clock = clock
    (found,) = (await site.catch_up()).gaps
    assert (found.kind, found.missing) == (GapKind.EQUAL, 1)


async def test_traffic_during_the_reading_is_no_reason_to_read_all() -> None:
    site = await contact(ModelDevice(limit=50))
    site.pass_by(4)
    site.before_read = {0: lambda: site.pass_by(5), 1: lambda: site.pass_by(6)}
    result = await site.catch_up()
    assert not result.complete
    assert result.went_through


def somebody_passes_at_every_question(site: Site, times: int) -> None:
    async def read(position: int, first: int, last: int) -> LogAnswer:
        answer = await type(site).read(site, position, first, last)
        site.pass_by(*[50 + len(site.questions)] * times, seconds=0)
        return answer

    site.read = read  # type: ignore[method-assign]


async def test_a_log_that_grows_with_every_question_is_not_run_after() -> None:
    site = await contact(ModelDevice(limit=4_000), people=900)
    site.pass_by(*range(200), seconds=0)
    due = len(site.device.truth)
    somebody_passes_at_every_question(site, 20)
    result = await site.catch_up()
    assert not result.complete
    assert len(site.questions) <= 2
    kept = site.kept
    assert all(kept[each.key] for each in site.device.truth[:due])


async def test_what_the_counts_cannot_tell_while_many_pass_is_not_claimed_and_found_in_a_quiet_moment() -> None:
    site = await contact(ModelDevice(limit=4_000), people=1_500)
    before = site.state.complete_until
    site.device.clock -= 400
    site.pass_by(9)  # where all was read already
    site.device.clock += 400
    lost = site.device.truth[-1].key
    read = site.read
    somebody_passes_at_every_question(site, 20)
    result = await site.catch_up()
    assert result.went_through
    assert not result.certain
    assert not result.complete
    assert not site.kept[lost]
    assert site.state.complete_until == before
    assert await site.keeper.before_deletion(site) == 0
    site.read = read  # type: ignore[method-assign]
    site.device.pass_time(60)
    result = await site.catch_up()
    assert "1 records more" in result.complete
    assert result.certain
    assert site.kept == site.true
    assert site.state.complete_until == site.device.moment - 2


async def test_where_people_never_cease_to_pass_the_whole_log_is_read_in_the_end() -> None:
    site = await contact(ModelDevice(limit=4_000), people=900)
    somebody_passes_at_every_question(site, 20)
    assert not (await site.catch_up()).certain
    site.device.pass_time(300)
    assert not (await site.catch_up()).complete
    site.device.pass_time(301)
    result = await site.catch_up()
    assert "without a pause" in result.complete
    assert site.state.complete_until is not None
    assert site.state.complete_until >= site.device.moment - 2


async def test_a_line_that_is_cut_leaves_everything_to_the_next_time() -> None:
    site = await contact()
    site.pass_by(4, 5)
    before = site.state

    def cut() -> None:
        raise NotReached("the line was cut")

    site.before_read = {1: cut}
    with pytest.raises(NotReached):
        await site.catch_up()
    assert site.state.read_until == before.read_until
    assert site.state.complete_until == before.complete_until
    site.start()
    await site.catch_up()
    assert site.kept == site.true


async def test_a_device_that_refuses_is_told_as_a_hindrance() -> None:
    site = await contact()
    until = site.state.complete_until

    def refuse() -> None:
        raise DeviceRefused("The device cannot read its log: file error.", code=0x66)

    site.before_read = {0: refuse}
    result = await site.catch_up()
    assert not result.went_through
    assert result.state.hindrance == "The device cannot read its log: file error."
    assert result.state.complete_until == until
    assert (await site.catch_up()).went_through
    assert site.state.hindrance == ""


async def test_a_device_that_ignores_the_span_of_time_does_not_hold_the_gateway_for_ever() -> None:
    site = await contact(ModelDevice(limit=3))
    site.pass_by(*range(30))
    answer = site.device.answer
    site.device.answer = lambda position, first, last: answer(position, 0, 0)  # type: ignore[method-assign]
    result = await site.catch_up()
    assert "do not keep to the span" in result.state.hindrance
    assert len(site.questions) < 1_000
    assert result.state.complete_owed


async def test_the_store_fails_and_nothing_is_claimed() -> None:
    site = await contact()
    site.pass_by(4)
    before = site.state
    site.store.failing = "the disk is full"
    with pytest.raises(StoreUnavailable, match="disk is full"):
        await site.catch_up()
    with pytest.raises(StoreUnavailable):
        await site.push(5)
    assert site.state == before
    site.store.failing = ""
    await site.catch_up()
    assert site.kept == site.true


async def test_a_zone_master_and_its_member_are_one_record() -> None:
    master = await contact()
    member = RecordKeeper(MEMBER, master.store, now=lambda: master.device.moment, local_time=LocalTime(UTC))
    theirs = master.device.happen(1, 3, MEMBER)
    await master.catch_up()
    assert master.kept[theirs.key] == 1
    own = LogRecord.LAYOUT.pack(1, 0, 0xFFFF, theirs.key.time, 3, 0)  # in its own log it names no device
    assert (await member.push(LogAnswer(own, LogRecord))).inserted == 0
    assert master.kept[theirs.key] == 1
    assert not (await master.catch_up()).complete
    for state in (master.state, master.store.states[MEMBER]):
        assert state.shared_at == master.device.moment
    master.device.pass_time(5 * 3600)
    assert (await master.catch_up()).complete  # more often, since the counts do not tell


async def test_the_clock_is_set_after_a_catch_up() -> None:
    site = await contact()
    site.pass_by(4)
    await site.keeper.before_clock_is_set(site, site.device.clock - 100)
    assert site.kept == site.true
    site.device.clock -= 100
    site.pass_by(5)
    result = await site.catch_up()
    assert not result.complete  # the server knew
    assert site.kept == site.true


async def test_the_newest_records_are_not_for_deletion() -> None:
    site = await contact(ModelDevice(limit=4_000), people=1_005)
    assert await site.keeper.before_deletion(site) == 5
    site.device.remove(5)
    site.pass_by(1)
    assert await site.keeper.before_deletion(site) == 1
    assert site.state.gaps == ()
    assert site.kept == site.true


async def test_the_time_that_is_told_lowers_the_mark_only_when_it_must() -> None:
    site = await contact()
    commits = site.store.committed
    await site.keeper.before_time_is_told(site.device.clock)
    assert site.store.committed == commits
    await site.keeper.before_time_is_told(FIRST_SECOND)
    assert site.state.read_until == FIRST_SECOND - 10


async def test_polling_asks_for_the_count_alone() -> None:
    site = await contact()
    assert not await site.keeper.has_news(site)
    site.pass_by(4)
    assert await site.keeper.has_news(site)
    await site.catch_up()
    site.start()
    assert not await site.keeper.has_news(site)


async def test_readings_of_one_device_wait_for_each_other() -> None:
    site = await contact()
    site.pass_by(4, 5)
    site.questions.clear()
    await asyncio.gather(site.keeper.catch_up(site), site.keeper.catch_up(site))
    first, second = [at for at, (position, _, _) in enumerate(site.questions) if not position][:2]
    assert second > first + 1  # "go on" of the first came before the second began
    assert site.kept == site.true


async def test_an_extended_record_keeps_its_picture_and_its_bytes() -> None:
    site = await contact()
    record = ExtendedLogRecord.LAYOUT.pack(39, 1, 0, site.device.clock, 12, DEVICE, 44, 1, 2)
    await site.keeper.push(LogAnswer(record, ExtendedLogRecord))
    _, proof = site.told[-1]
    assert proof.key == EventKey(DEVICE, 39, 1, 0, site.device.clock, 12)
    assert (proof.record, proof.image_slot, proof.reported_by) == (record, 44, DEVICE)
    # The clock is FIRST_SECOND + x when the right time is FIRST_MOMENT + x; the drift is measured.
    assert proof.utc == site.device.moment


async def test_half_a_record_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="not a whole number"):
        LogAnswer(bytes(17), LogRecord)


async def test_a_long_log_is_brought_in_once() -> None:
    site = Site(ModelDevice(limit=4_000))
    site.pass_by(*range(1, 9_001))
    await site.catch_up()
    assert site.kept == site.true
    commits = site.store.committed
    site.device.pass_time(86_400)
    result = await site.catch_up()
    assert result.complete
    assert result.new_rows == 0
    assert site.store.committed - commits <= 2  # known answers are not submitted again
