"""The state of doors: how facts change it, and how it is told.

Facts may come twice and late: what a device told of an earlier moment than is known already changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from doorward.server.doors.choices import DoorMode, Leaf, Lock
from doorward.server.doors.facts import FORCED_OPEN, HELD_OPEN, Fact, FactKind
from doorward.server.doors.models import Door, DoorState
from doorward.server.events.alarms import clear_alarms
from doorward.server.events.choices import AlarmSource, Kind
from doorward.server.events.happenings import tell

# An event of a device and the outcome of the command that made it come within this time of each other.
TOGETHER: Final = timedelta(seconds=10)
# Between somebody who was let in and the door that opens for him.
LET_IN_WITHIN: Final = timedelta(seconds=3)
# A device that does not say when a relay falls off: so long after its time it is taken to have fallen.
GRACE: Final = timedelta(seconds=2)
# Where the opening time is not known, nothing is said of the lock any more after this.
UNKNOWN_OPEN_TIME: Final = timedelta(seconds=60)

_ORDERED: Final = frozenset(
    {
        FactKind.OPEN_ORDERED,
        FactKind.LOCK_ORDERED,
        FactKind.HOLD_ORDERED,
        FactKind.LOCKDOWN_ORDERED,
        FactKind.NORMAL_ORDERED,
    }
)
_SHOWN: Final = (
    "lock", "lock_since", "lock_by", "lock_person", "unlocked_until", "leaf", "leaf_since", "mode", "mode_since",
    "mode_by", "forced_since", "held_since",
)  # fmt: skip
_KEPT: Final = (*_SHOWN, "told_at", "person", "person_at")
_UPDATE: Final = (
    f"UPDATE {DoorState._meta.db_table} SET {', '.join(f'{name} = %s' for name in _KEPT)} WHERE door_id = %s"  # noqa: S608 - names are ours
)


def take_in(facts: Sequence[Fact]) -> None:
    """Let facts change the doors that they are about, and tell what changed."""
    if not facts:
        return
    numbers = sorted({fact.device_id for fact in facts})
    by_device: dict[int, list[Door]] = {}
    for begin in range(0, len(numbers), 900):  # older SQLite takes at most 999 values in one statement
        found = Door.objects.filter(device__in=numbers[begin : begin + 900]).select_related("state", "device")
        for door in found:
            by_device.setdefault(door.device_id, []).append(door)
    before = {door.pk: _values(door.state) for doors in by_device.values() for door in doors}
    for fact in facts:
        for door in _meant(by_device.get(fact.device_id, ()), fact):
            apply(door, fact)
    changed = [door for doors in by_device.values() for door in doors if _values(door.state) != before[door.pk]]
    _save([door.state for door in changed])
    for door in changed:
        if _worth_telling(before[door.pk], _values(door.state)):
            tell_state(door)


def _values(state: DoorState) -> tuple[Any, ...]:
    return tuple(getattr(state, name) for name in _KEPT)


def _save(states: Sequence[DoorState]) -> None:
    """Write states in one go: Django's own way takes long for many columns, and the thread that writes waits for it."""
    if not states:
        return
    connection = transaction.get_connection()
    moment = connection.ops.adapt_datetimefield_value
    rows = [
        (*(moment(value) if isinstance(value, datetime) else value for value in _values(state)), state.pk)
        for state in states
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_UPDATE, rows)


def _worth_telling(before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    """Whether those who follow the stream learn something: that a door locks when its time is over they know."""
    known, told = dict(zip(_SHOWN, before, strict=False)), dict(zip(_SHOWN, after, strict=False))
    if known == told:
        return False
    if known["lock"] == Lock.UNLOCKED and told["lock"] == Lock.LOCKED and known["unlocked_until"] is not None:
        late = told["lock_since"] - known["unlocked_until"]
        if abs(late) <= GRACE and not told["lock_by"]:
            return any(known[name] != told[name] for name in _SHOWN if not name.startswith(("lock", "unlocked")))
    return True


def _meant(doors: Iterable[Door], fact: Fact) -> list[Door]:
    """The doors of a device that a fact is about."""
    if fact.door is not None:
        return [door for door in doors if door.number == fact.door]
    if fact.kind is not FactKind.RELAY_OFF:
        return list(doors)
    unlocked = [door for door in doors if door.state.lock == Lock.UNLOCKED]
    if len(unlocked) < 2:
        return unlocked
    # The device does not say which relay: those whose time is over.
    return [
        door
        for door in unlocked
        if door.state.unlocked_until is not None and door.state.unlocked_until <= fact.at + GRACE
    ]


def apply(door: Door, fact: Fact) -> None:
    """Let a fact change the state of a door, which is not saved here."""
    state, at = door.state, fact.at
    if fact.kind not in _ORDERED:
        if state.told_at is not None and at < state.told_at:
            return
        state.told_at = at
    match fact.kind:
        case FactKind.UNLOCKED:
            _unlocked(door, at)
        case FactKind.RELAY_OFF:
            if state.mode_since is None or at >= state.mode_since + GRACE or state.mode != DoorMode.HELD_OPEN:
                _lock(state, Lock.LOCKED, at)
        case FactKind.OPENED:
            _leaf(state, Leaf.OPEN, at)
        case FactKind.CLOSED:
            _leaf(state, Leaf.CLOSED, at)
            _no_alarm(door, fact)
        case FactKind.FORCED:
            _leaf(state, Leaf.OPEN, at)
            state.forced_since = at
        case FactKind.HELD:
            _leaf(state, Leaf.OPEN, at)
            state.held_since = at
        case FactKind.LET_IN:
            state.person, state.person_at = fact.person, at
        case FactKind.STARTED:
            _lock(state, Lock.UNLOCKED if state.mode == DoorMode.HELD_OPEN else Lock.LOCKED, at)
        case FactKind.OPEN_ORDERED:
            known = state.lock == Lock.UNLOCKED and _near(state.lock_since, at)
            if not known and not _late(state.lock_since, at) and state.mode != DoorMode.HELD_OPEN:
                _lock(state, Lock.UNLOCKED, at, until=at + _open_time(door))
            if state.lock == Lock.UNLOCKED:
                state.lock_by, state.lock_person = fact.by, 0
        case FactKind.LOCK_ORDERED:
            # The device's own schedule goes before.
            if state.mode != DoorMode.HELD_OPEN and not _late(state.lock_since, at):
                _lock(state, Lock.LOCKED, at, by=fact.by)
        case FactKind.HOLD_ORDERED:
            _mode(state, DoorMode.HELD_OPEN, at, fact.by)
        case FactKind.LOCKDOWN_ORDERED:
            _mode(state, DoorMode.LOCKED_DOWN, at, fact.by)
        case FactKind.NORMAL_ORDERED:
            _mode(state, DoorMode.NORMAL, at, fact.by)


def take_setup(door: Door, setup: dict[str, object]) -> bool:
    """Note how a device says that a door is set up; gives whether its mode changed by that.

    Args:
        door: The door, which is saved.
        setup: A ``DoorSetup`` as the gateway gives it.
    """
    now = timezone.now()
    mode = DoorMode(str(setup["mode"]))
    door.has_relay, door.has_sensor = bool(setup["has_relay"]), bool(setup["has_sensor"])
    door.open_seconds, door.held_open_seconds = _whole(setup["open_seconds"]), _whole(setup["held_open_seconds"])
    door.read_at = now
    if mode is DoorMode.NORMAL:
        door.normal_open_schedule = _whole(setup["open_schedule"])
        door.normal_closed_schedule = _whole(setup["closed_schedule"])
    Door.objects.filter(pk=door.pk).update(
        **{
            name: getattr(door, name)
            for name in (
                "has_relay", "has_sensor", "open_seconds", "held_open_seconds", "read_at", "normal_open_schedule",
                "normal_closed_schedule",
            )
        }
    )  # fmt: skip
    changed = door.state.mode != mode
    if changed:
        _mode(door.state, mode, now, "")
        door.state.save()
    elif (
        mode is DoorMode.NORMAL and door.has_relay and door.state.lock == Lock.UNKNOWN and not door.normal_open_schedule
    ):
        # Nothing was told of it, and nothing keeps it unlocked: a door is locked when it is left alone.
        door.state.lock = Lock.LOCKED
        door.state.save()
    tell_state(door)
    return changed


def tell_state(door: Door) -> None:
    """Tell all who follow the stream how a door does now."""
    tell(Kind.DOOR, {"what": "state", **state_values(door)}, device_id=door.device_id)


def state_values(door: Door, now: datetime | None = None) -> dict[str, object]:
    """How a door does, as the stream tells it."""
    state = door.state
    return {
        "door": door.pk,
        "number": door.number,
        "name": door.title,
        "enabled": door.enabled,
        "has_relay": door.has_relay,
        "has_sensor": door.has_sensor,
        "open_seconds": door.open_seconds,
        "lock": lock_now(door, now or timezone.now()).value,
        "leaf": leaf_now(door).value,
        **{name: getattr(state, name) for name in _SHOWN if name not in ("lock", "leaf")},
    }


def lock_now(door: Door, now: datetime) -> Lock:
    """Whether the relay lets people through at a moment, as far as that is known."""
    state = door.state
    if state.lock == Lock.UNLOCKED and state.unlocked_until is not None and now > state.unlocked_until + GRACE:
        return Lock.LOCKED if door.open_seconds else Lock.UNKNOWN
    return Lock(state.lock)


def leaf_now(door: Door) -> Leaf:
    """Whether a door stands open, as far as that is known; without a sensor nobody knows."""
    return Leaf.UNKNOWN if door.has_sensor is False else Leaf(door.state.leaf)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _near(one: datetime | None, other: datetime) -> bool:
    return one is not None and abs(one - other) <= TOGETHER


def _late(since: datetime | None, at: datetime) -> bool:
    return since is not None and at < since


def _open_time(door: Door) -> timedelta:
    return timedelta(seconds=door.open_seconds) if door.open_seconds else UNKNOWN_OPEN_TIME


def _unlocked(door: Door, at: datetime) -> None:
    state = door.state
    ordered = state.lock == Lock.UNLOCKED and state.lock_by and _near(state.lock_since, at)
    held = state.mode == DoorMode.HELD_OPEN
    if not ordered:
        _lock(state, Lock.UNLOCKED, at)
        if state.person_at is not None and timedelta(0) <= at - state.person_at <= LET_IN_WITHIN:
            state.lock_person = state.person
    state.unlocked_until = None if held else at + _open_time(door)


def _lock(state: DoorState, lock: Lock, at: datetime, *, by: str = "", until: datetime | None = None) -> None:
    if state.lock == lock and lock is Lock.LOCKED and not by:
        return
    state.lock, state.lock_since, state.lock_by, state.lock_person, state.unlocked_until = lock, at, by, 0, until


def _leaf(state: DoorState, leaf: Leaf, at: datetime) -> None:
    if state.leaf != leaf:
        state.leaf, state.leaf_since = leaf, at


def _mode(state: DoorState, mode: DoorMode, at: datetime, by: str) -> None:
    if _late(state.mode_since, at) or (state.mode == mode and _near(state.mode_since, at)):
        return  # told twice: by whoever gave the command, and by the stream
    state.mode, state.mode_since, state.mode_by = mode, at, by
    _lock(state, Lock.UNLOCKED if mode is DoorMode.HELD_OPEN else Lock.LOCKED, at, by=by)


def _no_alarm(door: Door, fact: Fact) -> None:
    """A door that is closed is neither forced nor held open any more; what came after that, is another alarm."""
    state = door.state
    for since, kind in ((state.forced_since, FORCED_OPEN), (state.held_since, HELD_OPEN)):
        if since is not None:
            clear_alarms(
                kind.format(door.number),
                device_id=door.device_id,
                at=fact.at,
                source=AlarmSource.EVENT,
                before=fact.position,
            )
    state.forced_since = state.held_since = None
