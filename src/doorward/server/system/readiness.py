"""Whether the server of this process can do its work now: for load balancers and service managers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol, TypeVar

from django.db import connection

from doorward.model.errors import DoorwardError
from doorward.server.database import FULL_BYTES, free_bytes
from doorward.server.database_url import DatabaseTarget

logger = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_SECONDS: Final = 5.0
LASTS_SECONDS: Final = 1.0
"""So long an answer is given again: whoever asks without end costs nothing."""

READY: Final = "ok"
STARTING: Final = "starting"
DATABASE: Final = "database"
DISK_FULL: Final = "disk full"


class Writer(Protocol):
    """The thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run a function there."""
        ...


class Readiness:
    """Looks whether the server is ready.

    Args:
        writer: The thread that writes; a question that it answers shows that it and the database work.
        target: The database.
        patience: Seconds that the answer may take.
    """

    def __init__(self, writer: Writer, target: DatabaseTarget, *, patience: float = PATIENCE_SECONDS) -> None:
        self._writer = writer
        self._target = target
        self._patience = patience
        self._looking = asyncio.Lock()
        self._found = STARTING
        self._until = 0.0

    async def state(self) -> str:
        """``ok``, or one word for what is wrong."""
        loop = asyncio.get_running_loop()
        async with self._looking:
            if loop.time() >= self._until:
                before, self._found = self._found, await self._look()
                self._until = loop.time() + LASTS_SECONDS
                if self._found != before:
                    level = logging.INFO if self._found == READY else logging.WARNING
                    logger.log(level, "readiness: %s", self._found)
        return self._found

    async def _look(self) -> str:
        try:
            if (free := free_bytes(self._target)) is not None and free < FULL_BYTES:
                return DISK_FULL
            async with asyncio.timeout(self._patience):
                await asyncio.wrap_future(self._writer.call(_ask))
        except (DoorwardError, OSError, TimeoutError):
            return DATABASE
        return READY


def _ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


class _Current:
    readiness: Readiness | None = None


def set_readiness(readiness: Readiness | None) -> None:
    """The server of this process came up, or goes down (None)."""
    _Current.readiness = readiness


async def readiness_state() -> str:
    """``ok``, or one word for what is wrong; ``starting`` also while the server stops."""
    return STARTING if _Current.readiness is None else await _Current.readiness.state()
