"""The outbox of the running server: what was told in other threads and processes gets its place in the stream."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol, TypeVar

from doorward.model.errors import DoorwardError
from doorward.server.events.happenings import listen, take_up

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Another process, such as the command line, gives no hint: it is looked for so often.
LOOK_SECONDS: Final = 0.5


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class Outbox:
    """Empties the outbox. Lives in the event loop in which it is started.

    Args:
        writer: Gives positions.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._hint = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._end_listening: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin to look."""
        loop = asyncio.get_running_loop()
        self._end_listening = listen(lambda: _set_soon(loop, self._hint))
        self._task = loop.create_task(self._keep_looking(), name="outbox")

    async def stop(self) -> None:
        """Take what is there, and end."""
        if self._end_listening is not None:
            self._end_listening()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(DoorwardError):
            await self._empty()

    async def _keep_looking(self) -> None:
        while True:
            try:
                await self._empty()
            except DoorwardError as error:
                logger.debug("The outbox waits: %s", error)
            except Exception:
                logger.exception("The outbox cannot be emptied.")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._hint.wait()

    async def _empty(self) -> None:
        self._hint.clear()
        # Shielded: what the writer has begun with it finishes, whoever stops waiting for it.
        while await asyncio.shield(asyncio.wrap_future(self._writer.call(take_up))):
            pass


def _set_soon(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    loop.call_soon_threadsafe(event.set)
