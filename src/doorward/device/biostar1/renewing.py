"""Requests that find a new session when the last one was lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from doorward.device.biostar1.session import Progress, Session
from doorward.device.reconnect import HOPELESS, Backoff, ReconnectPolicy, closed_for_good
from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.request import Reply, Request

logger = logging.getLogger(__name__)

R = TypeVar("R", bound=Reply)


class RenewingSession:
    """Carries requests over one session after another.

    A request that fails is never repeated, since the device may have obeyed it; the next request makes a new session.

    Args:
        first: The first session.
        connect: Makes one attempt for a new session to the same device.
        policy: How long to wait between attempts.
    """

    def __init__(self, first: Session, connect: Callable[[], Awaitable[Session]], policy: ReconnectPolicy) -> None:
        self._session = first
        self._connect = connect
        self._backoff = Backoff(policy)
        self._renewing = asyncio.Lock()
        self._closed = asyncio.Event()
        self._title = first.title

    def wake(self) -> None:
        """Try now instead of at the end of the present wait."""
        self._backoff.wake()

    async def current(self) -> Session:
        """A session that is open, a new one if need be.

        Raises:
            NotReached: It was closed by us, or the policy's attempts are used up.
        """
        async with self._renewing:
            while not self._session.is_open:
                self._check_open()
                try:
                    self._session = await self._connect()
                except DoorwardError as error:
                    wait = self._backoff.failed(error)
                    if self._backoff.is_exhausted or isinstance(error, HOPELESS):
                        raise
                    logger.debug("%s Next attempt in %.1f s", error.message, wait)
                    await self._backoff.sleep(wait)
                else:
                    self._backoff.reset()
                    if self._closed.is_set():
                        await self._session.close()
            return self._session

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise closed_for_good(self._title)

    async def request(
        self,
        request: Request[R],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it counts from packet to packet, not for the whole call
        progress: Progress | None = None,
    ) -> R:
        """Ask, and give the reply; see ``Session.request``."""
        session = await self.current()
        return await session.request(request, timeout=timeout, progress=progress)

    async def wait_lost(self) -> DoorwardError:
        """Wait until it is closed by us; a lost session is renewed and does not count."""
        await self._closed.wait()
        return closed_for_good(self._title)

    async def close(self) -> None:
        """Close the connection and make no new one."""
        self._closed.set()
        self._backoff.wake()
        await self._session.close()
