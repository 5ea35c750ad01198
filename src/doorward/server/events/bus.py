"""The gateway's bus in one process: what happened is written down and told, commands are passed on.

Events themselves go from the store to the readers of the stream; the bus carries what is around them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from functools import partial
from typing import Final, Protocol, TypeVar

from doorward.gateway.collaborators import (
    AlarmCleared,
    AlarmRaised,
    Command,
    CommandOutcome,
    DeviceStateChanged,
    GapFound,
    Happening,
    RecordProgressed,
    StoreUnavailable,
)
from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.server.events.noting import (
    CommandEnded,
    CommandGiven,
    Noted,
    forget_states,
    known_hindrances,
    write_down,
)
from doorward.server.operators.actor import THE_SERVER, current_actor

logger = logging.getLogger(__name__)

T = TypeVar("T")

# States of thousands of devices change together when a line comes back; they are written together.
FLUSH_SECONDS: Final = 0.25
# Pushes wait while this many are written.
AT_ONCE: Final = 500
# While the database is away so much is remembered; the oldest is forgotten first.
MOST_REMEMBERED: Final = 100_000


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class DatabaseBus:
    """The bus of one process. Lives in the event loop in which it is started."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._noted: deque[Noted] = deque(maxlen=MOST_REMEMBERED)
        self._something = asyncio.Event()
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._outcomes: dict[str, asyncio.Future[CommandOutcome]] = {}
        self._task: asyncio.Task[None] | None = None
        self._hindrances: dict[int, str] = {}

    async def start(self) -> None:
        """Begin; whatever the last run of the server said of the devices holds no more."""
        await asyncio.wrap_future(self._writer.call(forget_states))
        self._hindrances = await asyncio.wrap_future(self._writer.call(known_hindrances))
        self._task = asyncio.create_task(self._keep_writing(), name="bus")

    async def stop(self) -> None:
        """Write down what is left, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for outcome in self._outcomes.values():
            if not outcome.done():
                outcome.set_exception(NotReached("The server is stopping."))
        await asyncio.sleep(0)  # whoever waited takes notice, which is noted too
        await self._write()

    def publish(self, happening: Happening) -> None:
        """Tell what happened; see ``doorward.gateway.collaborators.Bus``."""
        if isinstance(happening, RecordProgressed):
            # Readings that just went on are not worth telling: there are thousands an hour.
            if happening.hindrance == self._hindrances.get(happening.device_id, ""):
                return
            if happening.hindrance:
                self._hindrances[happening.device_id] = happening.hindrance
            else:
                del self._hindrances[happening.device_id]
            self._note(happening)
        elif isinstance(happening, DeviceStateChanged | GapFound | AlarmRaised | AlarmCleared):
            self._note(happening)

    async def commands(self) -> AsyncIterator[Command]:
        """The commands for the devices, as they come."""
        while True:
            yield await self._commands.get()

    async def finished(self, outcome: CommandOutcome) -> None:
        """Give back what came of a command."""
        waiting = self._outcomes.get(outcome.command_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(outcome)

    async def send(self, command: Command, *, seconds: float) -> CommandOutcome:
        """Give a command to the gateway, in the name of who acts now, and wait for its outcome.

        Raises:
            TimedOut: There was none in time; whether the device did it is not known.
            NotReached: The server is stopping.
        """
        actor = current_actor()
        by = "" if actor == THE_SERVER else actor.name
        waiting: asyncio.Future[CommandOutcome] = asyncio.get_running_loop().create_future()
        self._outcomes[command.command_id] = waiting
        self._note(CommandGiven(command, time.time(), by))
        self._commands.put_nowait(command)
        outcome, words = None, "Nobody waited for its outcome."
        try:
            async with asyncio.timeout(seconds):
                outcome = await waiting
        except TimeoutError:
            words = (
                f"Device {command.device_id} has not answered in {seconds:g} seconds; whether it did it is not known."
            )
            raise TimedOut(words, advice="Look at the device's state, then try again.") from None
        except DoorwardError as error:
            words = error.message
            raise
        finally:
            self._note(CommandEnded(command, time.time(), by, outcome, words))
            del self._outcomes[command.command_id]
        return outcome

    def _note(self, happening: Noted) -> None:
        self._noted.append(happening)
        self._something.set()

    async def _keep_writing(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(FLUSH_SECONDS)
            await self._write()

    async def _write(self) -> None:
        self._something.clear()
        while self._noted:
            noted = [self._noted.popleft() for _ in range(min(len(self._noted), AT_ONCE))]
            try:
                # Shielded: what the writer has begun with it finishes, whoever stops waiting for it.
                await asyncio.shield(asyncio.wrap_future(self._writer.call(partial(write_down, noted))))
            except StoreUnavailable as error:
                logger.debug("%s happenings wait for the database: %s", len(self._noted) + len(noted), error)
                self._noted.extendleft(reversed(noted[: MOST_REMEMBERED - len(self._noted)]))
                self._something.set()
                return
            except Exception:
                logger.exception("%s happenings could not be written down.", len(noted))
