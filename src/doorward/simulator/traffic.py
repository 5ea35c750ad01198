"""People and mischief at a virtual device: live traffic, and a plausible past."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.models import Capability
from doorward.protocol.biostar1.records.logs import NO_ATTENDANCE_KEY, NO_IMAGE
from doorward.simulator import event_codes as events
from doorward.simulator.access import Decision
from doorward.simulator.virtual_device import VirtualDevice

UNKNOWN_CARDS = range(0xF0000000, 0xF0001000)  # no enrolled card has a number among these
_HOLD_SHARE = 0.1
_SECONDS_PER_DAY = 86_400
_WORKING_SECONDS = 12 * 3_600
_FIRST_WORKING_SECOND = 7 * 3_600
_SHORT = struct.Struct("<BBHIII")
_LONG = struct.Struct("<BBHIIIhhi")


@dataclass(frozen=True, slots=True)
class TrafficPlan:
    """How much happens.

    Attributes:
        swipes_a_minute: People who come to the door, on average.
        denied_share: Part of them who are refused: unknown cards.
        duress_share: Part of them who are under duress.
        forced_share: Events at the door, as a part of the people, in which it is broken open.
        button_share: Events, as a part of the people, in which somebody leaves by the exit button.

    Raises:
        InvalidInput: A share is not between 0 and 1, or the number of people is negative.
    """

    swipes_a_minute: float = 6.0
    denied_share: float = 0.05
    duress_share: float = 0.001
    forced_share: float = 0.002
    button_share: float = 0.2

    def __post_init__(self) -> None:
        if self.swipes_a_minute < 0:
            raise InvalidInput("swipes a minute", self.swipes_a_minute, "0 or more")
        for name in ("denied_share", "duress_share", "forced_share", "button_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidInput(name.replace("_", " "), getattr(self, name), "0 to 1")


class Traffic:
    """Lets people act at a device; the same seed gives the same people in the same order.

    Args:
        device: The device.
        plan: How much happens.
        seed: Decides who comes when.
        sleep: Waits for so many seconds; a test gives its own.
    """

    def __init__(
        self,
        device: VirtualDevice,
        plan: TrafficPlan | None = None,
        *,
        seed: int = 0,
        sleep: Callable[[float], asyncio.Future[None]] | None = None,
    ) -> None:
        self._device = device
        self._plan = plan or TrafficPlan()
        self._random = random.Random(f"traffic {seed} {device.device_id}")  # noqa: S311 - no secret
        self._sleep = sleep or asyncio.sleep
        self.count = 0

    def step(self) -> Decision | None:
        """Let one thing happen at the door; gives the decision when somebody asked to pass."""
        self.count += 1
        device, plan, draw = self._device, self._plan, self._random.random
        device.close_door()
        drawn = draw()
        if drawn < plan.forced_share:
            device.force_door()
            return None
        if drawn < plan.forced_share + plan.button_share:
            device.press_exit_button()
            device.open_door()
            return None
        decision = self._ask_to_pass()
        if decision is not None and decision.granted:
            device.open_door()
            if draw() < _HOLD_SHARE * plan.forced_share:
                device.hold_door()
        return decision

    async def run(self) -> None:
        """Let things happen at their pace, until cancelled."""
        if not self._plan.swipes_a_minute:
            return
        while True:
            await self._sleep(self._random.expovariate(self._plan.swipes_a_minute / 60))
            self.step()

    def _ask_to_pass(self) -> Decision | None:
        device, plan = self._device, self._plan
        people = device.people.users
        duress = self._random.random() < plan.duress_share
        cards = people.cards()
        if self._random.random() < plan.denied_share or not cards:
            if not device.model.can(Capability.CARD):
                return device.finger(0)
            return device.swipe(self._random.choice(UNKNOWN_CARDS))
        card = self._random.choice(cards)
        user_id = people.by_card(card)
        assert user_id is not None
        fingers = device.model.can(Capability.FINGERPRINT) and people[user_id].view.get("finger_count", 0)
        if fingers and self._random.random() < 1 / 2:
            return device.finger(user_id, duress=duress)
        return device.swipe(card, duress=duress)


def history(device: VirtualDevice, records: int, *, days: float = 30.0, seed: int = 0) -> None:
    """Fill the log with a plausible past that ends about now, oldest first.

    Times rise through the working hours of the days; equal records occur, as they do on real devices when a card is
    shown twice within a second. Nothing but the log is touched.

    Args:
        device: The device.
        records: How many records to add.
        days: How many days they spread over.
        seed: Decides what happened.

    Raises:
        InvalidInput: The number is negative or the days are not positive.
    """
    if records < 0:
        raise InvalidInput("records", records, "0 or more")
    if days <= 0:
        raise InvalidInput("days", days, "more than 0")
    draw = random.Random(f"history {seed} {device.device_id}")  # noqa: S311 - no secret
    end = device.clock.local_time
    times = sorted(_past_second(draw, end, days) for _ in range(records))
    kinds = draw.choices(_PAST_EVENTS, weights=_PAST_WEIGHTS, k=records)
    people = tuple(device.people.users) or (1,)
    persons = draw.choices(people, k=records)
    keys = NO_ATTENDANCE_KEY
    if device.log.extended:
        pack, device_id = _LONG.pack, device.device_id
        rows = [
            pack(event, how, keys, time, person if known else 0, device_id, NO_IMAGE, 0, 0)
            for (event, how, known), time, person in zip(kinds, times, persons, strict=True)
        ]
    else:
        pack = _SHORT.pack
        rows = [
            pack(event, how, keys, time, person if known else 0, 0)
            for (event, how, known), time, person in zip(kinds, times, persons, strict=True)
        ]
    with device.changing():
        device.log.add_records(b"".join(rows))


# Event, how the user was recognised, whether the user is known; and how often each happens.
_PAST_EVENTS = (
    (events.VERIFY_SUCCESS, events.BY_CARD, True),
    (events.DOOR_RELAY_ON, 0, False),
    (events.DOOR_OPEN, 0, False),
    (events.DOOR_CLOSED, 0, False),
    (events.UNREGISTERED_CARD, 0, False),
    (events.VERIFY_NOT_GRANTED, 0, True),
    (events.DOOR_HELD_OPEN, 0, False),
    (events.DOOR_FORCED_OPEN, 0, False),
    (events.VERIFY_DURESS, events.BY_CARD, True),
)
_PAST_WEIGHTS = (40, 18, 18, 18, 3, 2, 0.7, 0.2, 0.1)


def _past_second(draw: random.Random, end: int, days: float) -> int:
    moment = int(end - draw.random() * days * _SECONDS_PER_DAY)
    day = moment - moment % _SECONDS_PER_DAY
    worked = day + _FIRST_WORKING_SECOND + int(draw.random() * _WORKING_SECONDS)
    return max(0, min(worked, end))
