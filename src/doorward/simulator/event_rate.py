"""Events at a steady rate over many devices, for measuring a server rather than for living like people."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from doorward.model.errors import InvalidInput
from doorward.simulator import event_codes as events
from doorward.simulator.virtual_device import VirtualDevice

_TICK = 0.02  # seconds
_EVENTS = (
    (events.VERIFY_SUCCESS, events.BY_CARD, True),
    (events.DOOR_RELAY_ON, 0, False),
    (events.DOOR_OPEN, 0, False),
    (events.DOOR_CLOSED, 0, False),
    (events.UNREGISTERED_CARD, 0, False),
    (events.VERIFY_NOT_GRANTED, 0, True),
    (events.DOOR_FORCED_OPEN, 0, False),
)
_WEIGHTS = (40, 18, 18, 18, 3, 2, 0.2)


class EventRate:
    """Lets things happen at devices, so many a second over all of them.

    Args:
        devices: The devices; each event happens at one of them.
        events_per_second: How many, on average.
        repeat_share: Chance, 0 to 1, that an event happens twice in one second, alike byte by byte.
        seed: Decides what happens where.

    Attributes:
        count: Events so far.

    Raises:
        InvalidInput: The rate is negative, or the share is none.
    """

    def __init__(
        self, devices: Sequence[VirtualDevice], events_per_second: float, *, repeat_share: float = 0.0, seed: int = 0
    ) -> None:
        if events_per_second < 0:
            raise InvalidInput("rate", events_per_second, "0 or more events a second")
        if not 0 <= repeat_share <= 1:
            raise InvalidInput("repeat share", repeat_share, "0 to 1")
        self.count = 0
        self._devices = devices
        self._rate = events_per_second
        self._repeat_share = repeat_share
        self._draw = random.Random(f"rate {seed}")  # noqa: S311 - no secret

    def step(self) -> None:
        """Let one thing happen, or the same thing twice."""
        draw = self._draw
        device = draw.choice(self._devices)
        ((event, how, known),) = draw.choices(_EVENTS, _WEIGHTS)
        users = device.people.users
        user_id = 1 + draw.randrange(max(1, len(users))) if known else 0
        now = device.clock.host_time
        times = 2 if draw.random() < self._repeat_share else 1
        with device.changing():
            for _ in range(times):
                device.log.add(event, how, user_id, host_time=now)
        self.count += times

    async def run(self) -> None:
        """Let things happen at their rate, until cancelled."""
        if not self._rate:
            return
        loop = asyncio.get_running_loop()
        start, done = loop.time(), self.count
        while True:
            due = int((loop.time() - start) * self._rate)
            while self.count - done < due:
                self.step()
            await asyncio.sleep(_TICK)
