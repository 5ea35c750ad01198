"""The desk of the running server: ends holds whose client is gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol, TypeVar

from doorward.model.errors import DoorwardError
from doorward.server.holds.services import end_stale

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS: Final = 2.0


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class HoldDesk:
    """Looks now and then for holds whose client is gone. Lives in the event loop in which it is started.

    Args:
        writer: Runs what uses the database.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.get_running_loop().create_task(self._keep_looking(), name="holds")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_looking(self) -> None:
        while True:
            try:
                await asyncio.wrap_future(self._writer.call(end_stale))
            except DoorwardError as error:
                logger.debug("Holds are not looked at now: %s", error)
            except Exception:
                logger.exception("Looking at holds failed.")
            await asyncio.sleep(LOOK_SECONDS)
