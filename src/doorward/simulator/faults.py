"""Faults on demand: what goes wrong between a virtual device and whoever speaks to it."""

from __future__ import annotations

import enum
import random
from collections import deque
from collections.abc import Mapping

from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.results import BUSY, SUCCESS


class Fault(enum.Enum):
    """What can go wrong with a reply."""

    DROP_LINE = "the line is cut in the middle of a frame"
    STALL = "nothing arrives any more, the line stays open"
    WRONG_CHECKSUM = "a checksum is wrong"
    BUSY = "the device says that it is busy, or refuses with another result code"
    REBOOT = "the device restarts instead of answering"


class FaultPlan:
    """Which fault meets which reply.

    Faults are set for the n-th reply from now, for a number of commands in a row, or with a probability from a
    seeded source, so that every run is the same. Replies are counted over all connections of the device; a request
    counts once, whatever the number of its replies.

    Attributes:
        udp_loss: Part of the UDP datagrams that are lost in each direction, 0 to 1.
        happened: The faults that took place, in order.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(f"faults {seed}")  # noqa: S311 - no secret
        self._planned: dict[int, Fault] = {}
        self._chances: dict[Fault, float] = {}
        self._refusals: deque[int] = deque()
        self._count = 0
        self.udp_loss = 0.0
        self.happened: list[Fault] = []

    def seed(self, seed: int) -> None:
        """Begin the random choices anew."""
        self._random.seed(f"faults {seed}")

    def at_reply(self, number: int, fault: Fault) -> None:
        """Let a fault meet the n-th reply from now; 1 is the next.

        Raises:
            InvalidInput: The number is less than 1.
        """
        if number < 1:
            raise InvalidInput("number of the reply", number, "1 for the next one, or more")
        self._planned[self._count + number] = fault

    def busy_for(self, commands: int) -> None:
        """Answer the next commands with "busy"."""
        self.refuse_for(commands, BUSY)

    def refuse_for(self, commands: int, code: int) -> None:
        """Answer the next commands with a result code, as if the device could not do what they ask."""
        self._refusals.extend([code] * commands)

    def with_probability(self, chances: Mapping[Fault, float]) -> None:
        """Let faults meet replies by chance.

        Args:
            chances: For each fault the part of the replies that it meets, 0 to 1; together at most 1.

        Raises:
            InvalidInput: A part is not between 0 and 1, or they are more than 1 together.
        """
        if any(not 0 <= chance <= 1 for chance in chances.values()) or sum(chances.values()) > 1:
            raise InvalidInput("chances", dict(chances), "parts from 0 to 1, together at most 1")
        self._chances = dict(chances)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._planned.clear()
        self._chances.clear()
        self._refusals.clear()
        self.udp_loss = 0.0

    def next_fault(self) -> tuple[Fault | None, int]:
        """Count a reply and tell what meets it, with the result code of a refusal."""
        self._count += 1
        fault, code = self._planned.pop(self._count, None), BUSY
        if fault is None and self._refusals:
            fault, code = Fault.BUSY, self._refusals.popleft()
        if fault is None and self._chances:
            fault = self._by_chance()
        if fault is None:
            return None, SUCCESS
        self.happened.append(fault)
        return fault, code

    def loses_datagram(self) -> bool:
        """Whether the next UDP datagram is lost."""
        return bool(self.udp_loss) and self._random.random() < self.udp_loss

    def _by_chance(self) -> Fault | None:
        drawn = self._random.random()
        for fault, chance in self._chances.items():
            if drawn < chance:
                return fault
            drawn -= chance
        return None
