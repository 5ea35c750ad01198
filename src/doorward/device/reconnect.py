"""Connecting again: growing waits with jitter, a cap, and a way to cut a wait short.

A connection lives once, so every attempt makes a new object; what is here only decides when.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from doorward.device.errors import WrongDevice, WrongGeneration
from doorward.model.errors import DoorwardError, InvalidInput, NotReached, Unsupported

logger = logging.getLogger(__name__)

STABLE_SECONDS = 30.0
"""A connection that lasted so long starts the waits afresh; one that is lost at once does not, so that a device that
takes and drops connections is not asked more and more often."""

HOPELESS = (WrongDevice, WrongGeneration, Unsupported, InvalidInput)
"""Errors that waiting seldom mends: the next attempt comes after the longest wait."""


@dataclass(frozen=True, slots=True)
class ReconnectPolicy:
    """How long to wait between attempts.

    Attributes:
        first_wait: Seconds before the second attempt.
        factor: By how much each wait is longer than the one before.
        longest_wait: The cap, in seconds.
        jitter: The share by which a wait may be longer or shorter by chance, so that many do not come at once.
        attempts: Attempts in a row before it is given up; None for no end.
    """

    first_wait: float = 1.0
    factor: float = 2.0
    longest_wait: float = 60.0
    jitter: float = 0.2
    attempts: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.first_wait <= self.longest_wait:
            raise InvalidInput("first_wait", self.first_wait, f"more than 0 and at most {self.longest_wait:g} s")
        if self.factor < 1:
            raise InvalidInput("factor", self.factor, "1 or more")
        if not 0 <= self.jitter < 1:
            raise InvalidInput("jitter", self.jitter, "0 or more, less than 1")
        if self.attempts is not None and self.attempts < 1:
            raise InvalidInput("attempts", self.attempts, "1 or more, or none for no end")


class Backoff:
    """The waits of one policy, in order.

    Args:
        policy: How long to wait.
        chance: Where the jitter comes from.
    """

    def __init__(self, policy: ReconnectPolicy, *, chance: random.Random | None = None) -> None:
        self.policy = policy
        self.failures = 0
        self._chance = chance or random.Random()  # noqa: S311 - it spreads attempts, it guards nothing
        self._wait = policy.first_wait
        self._woken = asyncio.Event()

    @property
    def is_exhausted(self) -> bool:
        """Whether the policy's attempts are used up."""
        return self.policy.attempts is not None and self.failures >= self.policy.attempts

    def failed(self, error: DoorwardError) -> float:
        """Note a failed attempt; gives the seconds to wait before the next."""
        self.failures += 1
        wait = self.policy.longest_wait if isinstance(error, HOPELESS) else self._wait
        self._wait = min(self._wait * self.policy.factor, self.policy.longest_wait)
        spread = 1 + self.policy.jitter * (2 * self._chance.random() - 1)
        return min(wait * spread, self.policy.longest_wait)

    def reset(self) -> None:
        """Start afresh: the device was connected for a while."""
        self.failures = 0
        self._wait = self.policy.first_wait

    def wake(self) -> None:
        """Cut the present wait short, for example because a search has just heard the device."""
        self._woken.set()

    async def sleep(self, seconds: float) -> None:
        """Wait, or less when ``wake`` is called."""
        self._woken.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass


class Connection(Protocol):
    """What a reconnector looks after; every device is one."""

    async def wait_lost(self) -> DoorwardError:
        """Wait until the connection is over; gives the reason."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...


class ReconnectState(enum.Enum):
    """What a reconnector is doing."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    STOPPED = "stopped"


C = TypeVar("C", bound=Connection)


class Reconnector(Generic[C]):
    """Keeps something connected: a new connection for each attempt, until it is cancelled.

    Args:
        connect: Makes one attempt; gives the new connection.
        work: What to do with it. It may go on until the connection is over, and is cancelled then.
        policy: How long to wait between attempts.
        changed: Told each change of state and, where there is one, its reason.
        chance: Where the jitter comes from.

    Attributes:
        state: What it is doing.
        reason: Why the last connection or attempt ended; None before the first end.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[C]],
        work: Callable[[C], Awaitable[None]],
        *,
        policy: ReconnectPolicy | None = None,
        changed: Callable[[ReconnectState, DoorwardError | None], None] | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.state = ReconnectState.STOPPED
        self.reason: DoorwardError | None = None
        self._connect = connect
        self._work = work
        self._changed = changed
        self._backoff = Backoff(policy or ReconnectPolicy(), chance=chance)

    def wake(self) -> None:
        """Try now instead of at the end of the present wait."""
        self._backoff.wake()

    async def run(self) -> None:
        """Connect, work, wait, again and again; ends by cancellation.

        Raises:
            DoorwardError: The policy's attempts are used up; the last error.
        """
        try:
            while True:
                error = await self._once()
                wait = self._backoff.failed(error)
                if self._backoff.is_exhausted:
                    raise error
                # The first failure is news, its repetitions are not.
                level = logging.WARNING if self._backoff.failures == 1 else logging.DEBUG
                logger.log(level, "%s Next attempt in %.1f s", error.message, wait)
                self._set(ReconnectState.WAITING, error)
                await self._backoff.sleep(wait)
        finally:
            self._set(ReconnectState.STOPPED, self.reason)

    async def _once(self) -> DoorwardError:
        self._set(ReconnectState.CONNECTING, None)
        try:
            connection = await self._connect()
        except DoorwardError as error:
            return error
        loop = asyncio.get_running_loop()
        since = loop.time()
        self._set(ReconnectState.CONNECTED, None)
        try:
            return await self._until_lost(connection)
        finally:
            await connection.close()
            if loop.time() - since >= STABLE_SECONDS:
                self._backoff.reset()

    async def _until_lost(self, connection: C) -> DoorwardError:
        async def work() -> None:
            await self._work(connection)

        lost = asyncio.ensure_future(connection.wait_lost())
        working = asyncio.ensure_future(work())
        try:
            await asyncio.wait({lost, working}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                return await lost
            error = working.exception()
            if isinstance(error, DoorwardError):
                return lost.result() if lost.done() else error
            if error is not None:
                raise error
            return await lost
        finally:
            for task in (lost, working):
                task.cancel()
            await asyncio.gather(lost, working, return_exceptions=True)

    def _set(self, state: ReconnectState, reason: DoorwardError | None) -> None:
        self.state = state
        if reason is not None:
            self.reason = reason
        if self._changed is not None:
            self._changed(state, reason)


def closed_for_good(what: str) -> NotReached:
    """The error of a connection that its owner has closed."""
    return NotReached(f"The connection to {what} is closed.", advice="Connect again.")
