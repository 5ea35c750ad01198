"""A server whose clock is wrong does not set the clocks of its devices wrong, says so, and loses nothing."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from doorward.gateway.clock_guard import SERVER_CLOCK, ClockGuard, common_drift, span_words
from doorward.gateway.collaborators import AlarmCleared, AlarmRaised, Approval, DeviceEntry, Happening, SyncTime
from doorward.gateway.context import Alarms
from doorward.gateway.ledger import ClockReading
from doorward.gateway.local_time import LocalTime
from doorward.protocol.biostar1.server_mode import AskTime, ServerTime
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from doorward.simulator.server_dialler import ServerDialler
from tests.gateway.dialling_devices import dialling
from tests.support.gateway_site import Ground, running

NOON = 1_790_000_000.0
HOUR = 3600
ZULU = LocalTime(UTC)


class Moments:
    """A guard, with a clock of the server that jumps, and one that does not."""

    def __init__(self, *, known: float | None = None, wait: float = 60.0) -> None:
        self.steady = 1000.0
        self.wall = NOON
        self.told: list[Happening] = []
        self.alarms = Alarms(self.told.append, lambda: self.wall)
        self.guard = ClockGuard(
            self.alarms, lambda: self.wall, steady=lambda: self.steady, tolerance=60.0, wait=wait, known=known
        )

    def pass_by(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds

    def reading(self, ahead: float = 0.0) -> ClockReading:
        return ClockReading(round(self.wall + ahead), self.wall)


def test_a_jump_of_the_server_is_seen_by_what_devices_show() -> None:
    moments = Moments()
    before = moments.reading()
    moments.pass_by(300)
    moments.wall += HOUR
    moments.guard.observed(1, before, moments.reading(-HOUR), ZULU)
    assert "first heard" in moments.guard.hold(1)
    assert not moments.guard.doubt
    moments.guard.observed(2, before, moments.reading(-HOUR + 3), ZULU)
    assert "60 min behind the server's" in moments.guard.doubt
    assert moments.guard.hold(1) == moments.guard.hold(2) == moments.guard.doubt
    assert moments.guard.drift_of(2) == -HOUR + 3
    assert [type(each) for each in moments.told] == [AlarmRaised]
    # The clock is put right: the devices agree with it again.
    earlier = moments.reading(-HOUR)
    moments.wall -= HOUR
    for number in (1, 2):
        moments.guard.observed(number, earlier, moments.reading(), ZULU)
    assert not moments.guard.doubt
    assert [type(each) for each in moments.told] == [AlarmRaised, AlarmCleared]


def test_the_beginning_of_summer_time_is_no_doubt() -> None:
    berlin = LocalTime(ZoneInfo("Europe/Berlin"))
    guard = Moments().guard
    before = 1_774_745_700.0  # some minutes before the night of 29 March 2026 loses an hour
    after = before + 600
    assert berlin.local(after) - berlin.local(before) == 600 + HOUR
    for number in range(5):
        shown = berlin.local(before)
        guard.observed(number, ClockReading(shown, before), ClockReading(shown + 600, after), berlin)
        assert not guard.hold(number)
    assert not guard.doubt


def test_one_device_among_many_is_its_own_fault() -> None:
    moments = Moments()
    before = moments.reading()
    moments.pass_by(300)
    for number in range(4):
        moments.guard.observed(number, before, moments.reading(), ZULU)
    moments.guard.observed(9, before, moments.reading(HOUR), ZULU)
    assert not moments.guard.hold(9)


def test_devices_without_a_battery_are_set() -> None:
    moments = Moments()
    before = moments.reading()
    moments.pass_by(300)
    for number in range(3):
        moments.guard.observed(number, before, ClockReading(946_684_800 + number, moments.wall), ZULU)
        assert not moments.guard.hold(number)
    fresh = Moments()
    for number in range(3):
        fresh.guard.observed(number, None, ClockReading(946_684_800 + number, fresh.wall), ZULU)
        assert not fresh.guard.hold(number)


def test_clocks_that_went_wrong_slowly_are_set() -> None:
    moments = Moments()
    before = moments.reading()
    moments.pass_by(90 * 86_400)  # the server was off for the winter
    for number in range(3):
        moments.guard.observed(number, before, moments.reading(-600 - number), ZULU)
        assert not moments.guard.hold(number)


def test_a_lonely_device_is_set_after_a_while() -> None:
    moments = Moments(wait=60)
    moments.guard.observed(1, None, moments.reading(HOUR), ZULU)
    assert moments.guard.hold(1)
    before = moments.reading(HOUR)
    moments.pass_by(61)
    moments.guard.observed(1, before, moments.reading(HOUR), ZULU)
    assert not moments.guard.hold(1)


def test_a_clock_behind_the_record_is_in_doubt_until_it_is_put_right() -> None:
    moments = Moments(known=NOON + HOUR)
    assert "60 min behind" in moments.guard.check()
    moments.pass_by(2 * HOUR)  # its clock passes the moment that was written down, and still is wrong
    assert "60 min behind" in moments.guard.check()
    assert moments.guard.hold(1)
    moments.wall += HOUR
    assert not moments.guard.check()
    assert [type(each) for each in moments.told] == [AlarmRaised, AlarmCleared]
    assert not Moments(known=NOON - 5).guard.check()


def test_an_operator_may_vouch_for_the_clock() -> None:
    moments = Moments()
    moments.guard.vouch()  # there is no doubt, so this says nothing
    for number in range(3):
        moments.guard.observed(number, None, moments.reading(HOUR), ZULU)
    assert moments.guard.doubt
    moments.guard.vouch()
    assert not moments.guard.doubt
    moments.guard.observed(1, moments.reading(HOUR), moments.reading(HOUR), ZULU)
    assert not moments.guard.hold(1)


@pytest.mark.parametrize(
    ("drifts", "found"),
    [
        ([], None),
        ([HOUR], None),
        ([HOUR, 0, 0], None),
        ([HOUR, HOUR + 50, 0], (HOUR, 2)),
        ([-HOUR - 1, -HOUR + 1, -HOUR], (-HOUR, 3)),
        ([HOUR, -HOUR, 7200, 900], None),
    ],
)
def test_what_most_clocks_agree_on(drifts: list[float], found: tuple[float, int] | None) -> None:
    common = common_drift(drifts, 60.0)
    if found is None:
        assert common is None
    else:
        assert common is not None
        assert abs(common[0] - found[0]) <= 60
        assert common[1] == found[1]


def test_spans_in_words() -> None:
    assert [span_words(each) for each in (45, -3600, 3 * HOUR, 86_400 * 12)] == ["45 s", "60 min", "3.0 h", "12 days"]


@contextlib.asynccontextmanager
async def site(clock: Callable[[], float]) -> AsyncIterator[tuple[Ground, list[ServerDialler]]]:
    devices = [VirtualDevice(number, "bioentry-plus") for number in (71, 72, 73)]
    entries = [DeviceEntry(device_id=each.device_id, approval=Approval.APPROVED) for each in devices]
    for device in devices:
        device.clock.set(round(time.time()))
        device.log.add(events.VERIFY_SUCCESS, 1, 5)
    async with contextlib.AsyncExitStack() as stack:
        ground = await stack.enter_async_context(running(*entries, clock=clock))
        diallers = [await stack.enter_async_context(dialling(ground, device)) for device in devices]
        yield ground, diallers


@pytest.mark.parametrize("off", [HOUR, -HOUR])
async def test_a_server_an_hour_off_sets_no_clock_and_keeps_every_event(off: int) -> None:
    async with site(lambda: time.time() + off) as (ground, diallers):
        devices = [dialler.device for dialler in diallers]
        await ground.bus.until(lambda: ground.bus.alarms(SERVER_CLOCK) == (1, 0))
        for device in devices:
            device.log.add(events.VERIFY_SUCCESS, 1, 6)
        await ground.until_kept(*devices)
        assert ground.gateway.counters.clocks_set == 0
        for device in devices:
            assert abs(device.clock.exact_local_time - time.time()) < 60
        assert "time zone" in ground.gateway.clock_doubt
        # A device that asks for the time is told what it shows itself.
        await ground.bus.until(diallers[0].live.is_set)
        answered = await diallers[0].ask(AskTime())
        assert isinstance(answered.reply, ServerTime)
        assert abs(answered.reply.local_time - time.time()) < 60
        # The operator says that the server is right.
        assert (await ground.bus.order(SyncTime("1", 71))).succeeded
        await ground.bus.until(lambda: ground.bus.alarms(SERVER_CLOCK) == (1, 1))
        assert not ground.gateway.clock_doubt
        await ground.bus.until(lambda: ground.gateway.counters.clocks_set == 3)
