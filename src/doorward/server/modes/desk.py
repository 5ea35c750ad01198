"""The desk of the running server: does the changes of mode that are open, each in a thread of its own."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol, TypeVar

from django.db import connections

from doorward.model.errors import DoorwardError
from doorward.server.modes.models import ModeChange
from doorward.server.modes.running import ModeRun
from doorward.server.modes.services import listen

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS: Final = 2.0
MOST_AT_ONCE: Final = 64
STOP_SECONDS: Final = 10.0


class Reader(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class ModeDesk:
    """Looks for changes that are to be made. Lives in the event loop in which it is started.

    Args:
        reader: Runs what uses the database in the loop's stead.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._stop = threading.Event()
        self._threads: dict[int, threading.Thread] = {}
        self._hint = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._end_listening: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin; what a server that ended had begun is gone on with."""
        loop = asyncio.get_running_loop()

        def hint() -> None:
            loop.call_soon_threadsafe(self._hint.set)

        self._end_listening = listen(hint)
        self._task = loop.create_task(self._keep_looking(), name="changes of mode")

    async def stop(self) -> None:
        """End; changes go on at the next start."""
        self._stop.set()
        if self._end_listening is not None:
            self._end_listening()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for thread in list(self._threads.values()):
            await asyncio.to_thread(thread.join, STOP_SECONDS)

    async def _keep_looking(self) -> None:
        while True:
            self._hint.clear()
            try:
                numbers = await asyncio.wrap_future(self._reader.call(_open_changes))
                self._threads = {number: thread for number, thread in self._threads.items() if thread.is_alive()}
                for number in numbers:
                    if number not in self._threads and len(self._threads) < MOST_AT_ONCE:
                        self._begin(number)
            except DoorwardError as error:
                logger.debug("Changes of mode cannot be looked for: %s", error)
            except Exception:
                logger.exception("Looking for changes of mode failed.")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._hint.wait()
            except TimeoutError:
                continue

    def _begin(self, number: int) -> None:
        # A context of its own: what is done in it is noted in the name of whoever wanted the change.
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._do, number), name=f"change of mode {number}")
        self._threads[number] = thread
        thread.daemon = True
        thread.start()

    def _do(self, number: int) -> None:
        try:
            change = ModeChange.objects.filter(pk=number, finished__isnull=True).first()
            if change is not None:
                ModeRun(change, self._stop).run()
        except Exception:
            logger.exception("Change of mode %s failed.", number)
        finally:
            connections.close_all()


def _open_changes() -> list[int]:
    return list(ModeChange.objects.filter(finished__isnull=True).order_by("pk").values_list("pk", flat=True))
