"""The desk of the running server: takes orders from the database and gives them to the gateway."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Final, Protocol, TypeVar

from doorward.gateway.collaborators import Command, CommandOutcome
from doorward.model.errors import DoorwardError
from doorward.server.orders.services import OUTCOME_WITHIN, finish, take_open

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS: Final = 0.5


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class Sender(Protocol):
    """Gives commands to the gateway; see ``doorward.server.events.bus``."""

    async def send(self, command: Command, *, seconds: float) -> CommandOutcome:
        """Give a command and wait for its outcome."""
        ...


class OrderDesk:
    """Looks for orders of other processes. Lives in the event loop in which it is started.

    Args:
        writer: Runs what uses the database.
        bus: Takes the commands.
    """

    def __init__(self, writer: Writer, bus: Sender) -> None:
        self._writer = writer
        self._bus = bus
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to look."""
        self._begin(self._keep_looking())

    async def stop(self) -> None:
        """Take no more, and end what waits."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_looking(self) -> None:
        while True:
            try:
                for command in await asyncio.wrap_future(self._writer.call(take_open)):
                    self._begin(self._carry_out(command))
            except DoorwardError as error:
                logger.debug("Orders cannot be looked for: %s", error)
            except Exception:
                logger.exception("Looking for orders failed.")
            await asyncio.sleep(LOOK_SECONDS)

    async def _carry_out(self, command: Command) -> None:
        try:
            outcome = await self._bus.send(command, seconds=OUTCOME_WITHIN)
        except DoorwardError as error:
            outcome = CommandOutcome(command.command_id, False, error.message, error.advice)
        try:
            await asyncio.wrap_future(self._writer.call(lambda: finish(outcome)))
        except DoorwardError as error:
            logger.warning("The outcome of an order for device %s was not noted: %s", command.device_id, error)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
