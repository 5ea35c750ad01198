"""From what devices and operators do to the state of a door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from doorward.server.doors.facts import Fact, FactKind, facts_in, live_devices_in
from doorward.server.doors.follower import TOLD_FOR, clear_told
from doorward.server.doors.models import Door, FollowedPosition
from doorward.server.doors.states import leaf_now, lock_now, take_in, take_setup
from doorward.server.events.live import EventRow, HappeningRow
from doorward.server.events.models import Alarm, Happening, OutboxEntry
from tests.server.doors.places import add_door

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fact(kind: FactKind, seconds: float = 0, door: int | None = 0, **values: object) -> Fact:
    return Fact(7, kind, after(seconds), door, **values)  # type: ignore[arg-type]  # a test's short form


def taken(*facts: Fact) -> Door:
    """The door after facts."""
    take_in(facts)
    return Door.objects.select_related("state", "device").get(device=7, number=0)


def event(code: int, seconds: float = 0, *, category: int = 5, received: float | None = None) -> EventRow:
    received_at = after(seconds + 1 if received is None else received)
    return EventRow(1, 7, 7, 0, code, 0, 0xFFFF, 5, 0, -1, after(seconds), received_at, category, 0, 1, b"")


def test_what_lines_of_the_stream_say() -> None:
    rows: Sequence[EventRow | HappeningRow] = [
        event(0x8B),
        event(0x81),
        event(0x27, category=1),
        event(0x54),  # an input is no door
        event(0x86, 3600, received=5),  # a clock that is an hour ahead
        HappeningRow(9, "command", 7, after(9), '{"what": "given", "command": "open-door", "door": 0, "by": "ann"}'),
        HappeningRow(
            10, "command", 7, after(10),
            '{"what": "ended", "command": "open-door", "succeeded": true, "door": 1, "by": "ann"}',
        ),
        HappeningRow(
            11, "command", 7, after(11),
            '{"what": "ended", "command": "open-door", "succeeded": false, "door": 1, "by": "ann"}',
        ),
        HappeningRow(12, "command", 7, after(11), '{"what": "ended", "command": "reboot", "succeeded": true}'),
        HappeningRow(13, "device", 7, after(12), '{"what": "state", "state": "live"}'),
        HappeningRow(14, "device", 8, after(12), '{"what": "state", "state": "live"}'),
        HappeningRow(15, "device", 8, after(13), '{"what": "state", "state": "lost"}'),
        HappeningRow(16, "device", 9, after(13), '{"what": "approved"}'),
    ]  # fmt: skip
    assert list(facts_in(rows)) == [
        Fact(7, FactKind.UNLOCKED, NOON, 1, position=1),
        Fact(7, FactKind.RELAY_OFF, NOON, position=1),
        Fact(7, FactKind.LET_IN, NOON, person=5, position=1),
        Fact(7, FactKind.FORCED, after(5), 0, position=1),
        Fact(7, FactKind.OPEN_ORDERED, after(10), 1, by="ann"),
    ]
    assert live_devices_in(rows) == {7}


def test_somebody_passes(database: str) -> None:
    add_door()
    door = taken(fact(FactKind.LET_IN, 0, None, person=42), fact(FactKind.UNLOCKED, 1), fact(FactKind.OPENED, 2))
    assert (door.state.lock, door.state.lock_person, door.state.leaf) == ("unlocked", 42, "open")
    assert door.state.unlocked_until == after(4)
    door = taken(fact(FactKind.RELAY_OFF, 4, None), fact(FactKind.CLOSED, 6))
    assert (door.state.lock, door.state.lock_since, door.state.lock_person) == ("locked", after(4), 0)
    assert (door.state.leaf, door.state.leaf_since) == ("closed", after(6))
    assert [entry.kind for entry in OutboxEntry.objects.all()] == ["door", "door"]


def test_that_a_door_locks_when_its_time_is_over_is_not_told(database: str) -> None:
    add_door()
    taken(fact(FactKind.UNLOCKED))
    assert OutboxEntry.objects.count() == 1
    assert taken(fact(FactKind.RELAY_OFF, 3, None)).state.lock == "locked"
    assert OutboxEntry.objects.count() == 1
    taken(fact(FactKind.UNLOCKED, 10))
    taken(fact(FactKind.RELAY_OFF, 10.5, None))  # before its time
    assert OutboxEntry.objects.count() == 3


def test_what_was_told_long_ago_is_removed(database: str) -> None:
    FollowedPosition.objects.create(pk=1, position=9)
    long_ago, lately = timezone.now() - 2 * TOLD_FOR, timezone.now()
    for position, kind, at in (
        (1, "door", long_ago),
        (2, "alarm", long_ago),
        (3, "door", long_ago),
        (4, "door", lately),
    ):
        Happening.objects.create(position=position, kind=kind, at=at, data="{}")
    assert not clear_told()
    assert list(Happening.objects.values_list("position", flat=True)) == [2, 4]
    assert not clear_told()


def test_the_same_twice_and_what_is_older_changes_nothing(database: str) -> None:
    add_door()
    facts = [fact(FactKind.UNLOCKED, 1), fact(FactKind.OPENED, 2), fact(FactKind.RELAY_OFF, 4, None)]
    before = taken(*facts).state.__dict__ | {"_state": None}
    told = OutboxEntry.objects.count()
    again = taken(*facts).state.__dict__ | {"_state": None}
    assert again == before
    assert OutboxEntry.objects.count() == told
    assert taken(fact(FactKind.CLOSED, -100)).state.leaf == "open"


def test_a_device_that_does_not_say_when_the_relay_falls(database: str) -> None:
    add_door()
    door = taken(fact(FactKind.UNLOCKED))
    assert lock_now(door, after(4)) == "unlocked"
    assert lock_now(door, after(60)) == "locked"
    door.open_seconds = None
    assert lock_now(door, after(60)) == "unknown"


def test_without_a_sensor_nobody_knows_whether_it_is_open(database: str) -> None:
    door = add_door(has_sensor=False)
    assert leaf_now(door) == "unknown"


def test_forced_and_held_open_until_it_is_closed(database: str) -> None:
    add_door()
    for kind in ("door-forced-open-0", "door-held-open-0", "door-forced-open-1", "tamper-on"):
        Alarm.objects.create(kind=kind, device_id=7, words=kind, raised=NOON)
    door = taken(fact(FactKind.FORCED, 1), fact(FactKind.HELD, 31))
    assert (door.state.leaf, door.state.forced_since, door.state.held_since) == ("open", after(1), after(31))
    door = taken(fact(FactKind.CLOSED, 40))
    assert (door.state.forced_since, door.state.held_since) == (None, None)
    cleared = Alarm.objects.filter(cleared=after(40)).order_by("kind").values_list("kind", flat=True)
    assert list(cleared) == ["door-forced-open-0", "door-held-open-0"]


def test_what_was_closed_long_ago_does_not_end_an_alarm_of_today(database: str) -> None:
    add_door()
    for position, seconds in ((3, 0.0), (9, 500.0)):
        Alarm.objects.create(kind="door-held-open-0", device_id=7, words="held", raised=after(seconds), event=position)
    # The record is taken in line by line, after alarms were raised from all of it.
    taken(fact(FactKind.HELD, 0, position=3), fact(FactKind.CLOSED, 40, position=4))
    assert list(Alarm.objects.order_by("event").values_list("cleared", flat=True)) == [after(40), None]
    Alarm.objects.filter(event=9).update(raised=after(4000))  # by a clock that was ahead
    taken(fact(FactKind.HELD, 500, position=9), fact(FactKind.CLOSED, 510, position=10))
    assert Alarm.objects.get(event=9).cleared == after(4000)  # not over before it began


@pytest.mark.parametrize("ordered_first", [True, False])
def test_an_operator_opens_it(database: str, ordered_first: bool) -> None:
    add_door()
    ordered, told = fact(FactKind.OPEN_ORDERED, 0.5, by="ann"), fact(FactKind.UNLOCKED, 0)
    door = taken(ordered) if ordered_first else taken(told)
    door = taken(told) if ordered_first else taken(ordered)
    assert (door.state.lock, door.state.lock_by) == ("unlocked", "ann")
    door = taken(fact(FactKind.RELAY_OFF, 3, None))
    assert (door.state.lock, door.state.lock_by) == ("locked", "")
    door = taken(fact(FactKind.UNLOCKED, 30))
    assert door.state.lock_by == ""


def test_modes(database: str) -> None:
    add_door()
    door = taken(fact(FactKind.HOLD_ORDERED, 10, by="ann"), fact(FactKind.UNLOCKED, 10))
    assert (door.state.mode, door.state.mode_by, door.state.lock, door.state.unlocked_until) == (
        "held open", "ann", "unlocked", None,
    )  # fmt: skip
    assert lock_now(door, after(100_000)) == "unlocked"
    assert taken(fact(FactKind.OPEN_ORDERED, 60, by="bob")).state.unlocked_until is None
    assert taken(fact(FactKind.STARTED, 100, None)).state.lock == "unlocked"
    # A device that lets the relay fall all the same is believed.
    assert taken(fact(FactKind.RELAY_OFF, 200, None)).state.lock == "locked"
    door = taken(fact(FactKind.LOCKDOWN_ORDERED, 300, by="bob"))
    assert (door.state.mode, door.state.mode_since, door.state.lock) == ("locked down", after(300), "locked")
    # Told twice: by whoever gave the command, and by the stream.
    assert taken(fact(FactKind.LOCKDOWN_ORDERED, 300.2, by="bob")).state.mode_since == after(300)
    assert taken(fact(FactKind.HOLD_ORDERED, 299, by="ann")).state.mode == "locked down"
    assert taken(fact(FactKind.NORMAL_ORDERED, 400, by="bob")).state.mode == "normal"
    assert taken(fact(FactKind.OPEN_ORDERED, 399, by="bob")).state.lock == "locked"


def test_a_relay_of_two(database: str) -> None:
    first = add_door()
    from doorward.server.doors.making import make_door

    second = make_door(first.device, 1)
    Door.objects.filter(pk=second.pk).update(open_seconds=60)
    taken(fact(FactKind.UNLOCKED, 0), fact(FactKind.UNLOCKED, 0, 1), fact(FactKind.RELAY_OFF, 3, None))
    states = list(Door.objects.order_by("number").values_list("state__lock", flat=True))
    assert states == ["locked", "unlocked"]


def test_how_the_device_has_it(database: str) -> None:
    door = add_door(has_relay=None, has_sensor=None, open_seconds=None)
    setup: dict[str, object] = {
        "door": 0, "has_relay": True, "has_sensor": False, "has_exit_button": True, "open_seconds": 9,
        "held_open_seconds": 20, "open_schedule": 4, "closed_schedule": 0, "mode": "normal",
    }  # fmt: skip
    assert not take_setup(door, {**setup, "open_schedule": 0})
    assert Door.objects.get().state.lock == "locked"  # left alone, it is
    assert not take_setup(door, setup)
    door = Door.objects.get()
    assert (door.has_relay, door.has_sensor, door.open_seconds, door.normal_open_schedule) == (True, False, 9, 4)
    # Whoever held it open, it shows; and what it does in normal times is not forgotten over it.
    assert take_setup(door, {**setup, "open_schedule": 0xFE, "mode": "held open"})
    door = Door.objects.select_related("state").get()
    assert (door.state.mode, door.state.lock, door.normal_open_schedule) == ("held open", "unlocked", 4)
