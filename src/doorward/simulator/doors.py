"""The doors and relays of a virtual device, with their sensors and times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.commands import doors as commands
from doorward.protocol.biostar1.records.doors import NO_RELAY, Door, DoorSettings
from doorward.protocol.biostar1.results import INVALID_PARAMETER
from doorward.simulator import event_codes as events
from doorward.simulator.clock import DeviceClock
from doorward.simulator.log import DeviceLog
from doorward.simulator.outcome import DONE, Handlers, Outcome, refused

DOOR_COUNT = 2
LONGEST_OPEN_SECONDS = 3_600  # a larger or negative setting is taken as this and the default
DEFAULT_OPEN_SECONDS = 3
_OWN_RELAY_0 = (0, 0)
_LARGEST_RELAY_NUMBER = 0xFFFF


@dataclass(slots=True)
class DoorState:
    """What a door is doing.

    Attributes:
        relay_on: Whether the lock is released.
        relay_off_at: Host time at which the relay falls off by itself; None when it stays.
        open: Whether the leaf stands open.
        opened_at: Host time at which it was opened.
        held_noted: Whether "held open" stands in the log for this opening.
        kept_unlocked: The schedule in which the door stays open holds now.
        kept_locked: The schedule in which it stays closed holds now.
    """

    relay_on: bool = False
    relay_off_at: float | None = None
    open: bool = False
    opened_at: float = 0.0
    held_noted: bool = False
    kept_unlocked: bool = False
    kept_locked: bool = False

    @property
    def words(self) -> str:
        """``open``, ``unlocked`` or ``locked``."""
        return "open" if self.open else "unlocked" if self.relay_on else "locked"


class Doors:
    """Both doors and all relays of one device.

    Times run with the host's clock. They are looked at whenever somebody asks or does something, so nothing has to
    run in the background.

    Args:
        settings: Gives the present settings of the doors.
        clock: The device's clock.
        log: Takes what happens.
        schedule_holds: Whether the schedule of a number holds now; without it none ever does.
    """

    def __init__(
        self,
        settings: Callable[[], DoorSettings],
        clock: DeviceClock,
        log: DeviceLog,
        schedule_holds: Callable[[int], bool] = lambda _number: False,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._schedule_holds = schedule_holds
        self._states = [DoorState() for _ in range(DOOR_COUNT)]
        self.relays: set[tuple[int, int]] = set()

    def state(self, door: int) -> DoorState:
        """What a door is doing now.

        Raises:
            InvalidInput: There are only doors 0 and 1.
        """
        if not 0 <= door < DOOR_COUNT:
            raise InvalidInput("door", door, "0 or 1")
        self.refresh()
        return self._states[door]

    def refresh(self) -> None:
        """Let times take effect that have run out."""
        now = self._clock.host_time
        for number, state in enumerate(self._states):
            if state.relay_on and state.relay_off_at is not None and state.relay_off_at <= now:
                state.relay_on = False
                self._log.add(events.RELAY_OFF, host_time=state.relay_off_at)
                state.relay_off_at = None
            self._follow_schedules(number, state)
            held_after = self._door(number).held_open_time
            waited = held_after > 0 and state.opened_at + held_after <= now
            # Where a door stays unlocked nobody minds that it stands open.
            if state.open and not state.held_noted and not state.kept_unlocked and waited:
                state.held_noted = True
                self._log.add(events.DOOR_HELD_OPEN + number, host_time=state.opened_at + held_after)

    def _follow_schedules(self, number: int, state: DoorState) -> None:
        """Keep a door open or closed while a schedule says so; closed counts for more."""
        door = self._door(number)
        if door.relay == NO_RELAY or not (
            door.forced_open_schedule or door.forced_close_schedule or state.kept_unlocked or state.kept_locked
        ):
            return
        state.kept_locked = self._schedule_holds(door.forced_close_schedule)
        unlocked = not state.kept_locked and self._schedule_holds(door.forced_open_schedule)
        if unlocked and not state.relay_on:
            self._log.add(events.DOOR_RELAY_ON + number)
        if unlocked:
            state.relay_on, state.relay_off_at = True, None
        elif state.relay_on and (state.kept_locked or state.kept_unlocked):
            state.relay_on, state.relay_off_at = False, None
            self._log.add(events.RELAY_OFF)
        state.kept_unlocked = unlocked

    def unlock(self, door: int) -> None:
        """Release the lock for the door's opening time, unless a schedule keeps it as it is."""
        state = self.state(door)
        if state.kept_locked or state.kept_unlocked:
            return
        state.relay_on = True
        state.relay_off_at = self._clock.host_time + self._open_seconds(door)
        self._log.add(events.DOOR_RELAY_ON + door)

    def lock(self, door: int) -> None:
        """Let the relay fall off."""
        state = self.state(door)
        if state.relay_on and not state.kept_unlocked:
            state.relay_on, state.relay_off_at = False, None
            self._log.add(events.RELAY_OFF)

    def open(self, door: int) -> None:
        """Somebody opens the leaf; one that was not released counts as forced."""
        state = self.state(door)
        if state.open:
            return
        state.open, state.opened_at, state.held_noted = True, self._clock.host_time, False
        self._log.add((events.DOOR_OPEN if state.relay_on else events.DOOR_FORCED_OPEN) + door)

    def hold(self, door: int) -> None:
        """Somebody holds the door open until it counts as held."""
        self.open(door)
        state = self.state(door)
        if not state.held_noted:
            state.held_noted = True
            self._log.add(events.DOOR_HELD_OPEN + door)

    def close(self, door: int) -> None:
        """The leaf falls shut."""
        state = self.state(door)
        if state.open:
            state.open = False
            self._log.add(events.DOOR_CLOSED + door)

    def press_exit_button(self, door: int) -> None:
        """Somebody presses the exit button from the inside."""
        self.state(door)
        self._log.add(events.INPUT + door)
        self.unlock(door)

    def restart(self) -> None:
        """All relays fall off when the device restarts."""
        for state in self._states:
            state.relay_on, state.relay_off_at = False, None
            state.kept_unlocked = state.kept_locked = False
        self.relays.clear()

    def handlers(self) -> Handlers:
        """What the doors answer."""
        return {commands.ControlDoor: self._control}

    def _door(self, number: int) -> Door:
        return self._settings().doors[number]

    def _open_seconds(self, door: int) -> int:
        seconds = self._door(door).open_time
        return seconds if 0 < seconds <= LONGEST_OPEN_SECONDS else DEFAULT_OPEN_SECONDS

    def _control(self, request: commands.ControlDoor) -> Outcome:
        if request.switch not in (commands.ON, commands.OFF):
            return refused(INVALID_PARAMETER)
        on = request.switch == commands.ON
        if request.door == commands.RELAY_OF_DEVICE:
            self._switch_relay((request.target >> 16, request.target & _LARGEST_RELAY_NUMBER), on)
        elif request.door == commands.READER_DOOR:
            self._switch_door(0, on)
        elif request.door == 0 and self._door(0).relay == NO_RELAY:
            self._switch_relay(_OWN_RELAY_0, on)  # without a door, number 0 means the device's plain relay
        elif request.door == commands.BOTH_DOORS:
            for door in range(DOOR_COUNT):
                self._switch_door(door, on)
        elif request.door < DOOR_COUNT:
            self._switch_door(request.door, on)
        else:
            return refused(INVALID_PARAMETER)
        return DONE

    def _switch_door(self, door: int, on: bool) -> None:
        (self.unlock if on else self.lock)(door)

    def _switch_relay(self, relay: tuple[int, int], on: bool) -> None:
        """A plain relay stays as it was switched."""
        if on == (relay in self.relays):
            return
        if on:
            self.relays.add(relay)
        else:
            self.relays.remove(relay)
        self._log.add(events.RELAY_ON if on else events.RELAY_OFF)
