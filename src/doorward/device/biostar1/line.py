"""The bytes of one connection: always one reading under way, so that its end is noticed while nothing is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from doorward.model.errors import DoorwardError, NotReached
from doorward.transport import Stream


class Line:
    """A stream that is watched between requests.

    The reading task is never cancelled while the line lives, so a request that gives up loses no bytes to it.

    Args:
        stream: The connected stream; owned from here on.
        stirred: Called when something happened while no request was under way: with the bytes that arrived (none
            when the peer closed) or with the error of the line. The line goes on reading unless it was aborted.
    """

    def __init__(self, stream: Stream, stirred: Callable[[bytes | DoorwardError], None]) -> None:
        self.peer = str(stream.peer)
        self._stream = stream
        self._stirred = stirred
        self._taken = False
        self._loop = asyncio.get_running_loop()
        self._reading = self._start_reading()

    def time(self) -> float:
        """Seconds of the event loop's clock."""
        return self._loop.time()

    def take(self) -> None:
        """Begin a request: what arrives from now on is for ``receive``."""
        if self._reading.done():
            self._watch(self._reading)  # its callback is due but has not run yet
        self._taken = True

    def release(self) -> None:
        """End a request: what arrives from now on is unasked."""
        self._taken = False
        if self._reading.done():
            self._watch(self._reading)

    async def receive(self, deadline: float) -> bytes:
        """Wait for bytes until ``deadline`` of the event loop's clock; none when the peer has closed.

        Raises:
            TimeoutError: Nothing arrived in time.
            NotReached: The connection was cut, or the line was closed by us.
        """
        reading = self._reading
        if not reading.done():
            await asyncio.wait({reading}, timeout=max(0.0, deadline - self._loop.time()))
            if not reading.done():
                raise TimeoutError
        if reading.cancelled():
            raise NotReached(f"The connection to {self.peer} is closed.", advice="Connect again.")
        data = reading.result()
        if data:
            self._reading = self._start_reading()
        return data

    async def send(self, data: bytes, limit: float) -> None:
        """Send bytes.

        Raises:
            TimeoutError: The peer took them not within ``limit`` seconds.
            NotReached: The connection was cut.
        """
        async with asyncio.timeout(limit):
            await self._stream.send(data)

    def abort(self) -> None:
        """Close at once."""
        self._stream.abort()
        self._reading.cancel()

    async def wait_closed(self) -> None:
        """Wait until nothing of the line is left."""
        await asyncio.wait({self._reading})

    def _start_reading(self) -> asyncio.Task[bytes]:
        task = self._loop.create_task(self._stream.receive(), name=f"read {self.peer}")
        task.add_done_callback(self._watch)
        return task

    def _watch(self, task: asyncio.Task[bytes]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if self._taken or task is not self._reading:
            return
        if error is None:
            data = task.result()
            self._stirred(data)
            if data and not self._stream.is_closing:
                self._reading = self._start_reading()
        elif isinstance(error, DoorwardError):
            self._stirred(error)
        else:
            self._stirred(NotReached(f"The connection to {self.peer} failed: {error}."))
