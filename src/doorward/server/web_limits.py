"""What the web server takes from anybody, before it is known who that is.

Web and gateway live in one process: whoever fills the memory, the disk or the table of open files through the port of
the console keeps devices out too.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Final, TypeAlias

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

Event: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
Application: TypeAlias = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

LARGEST_BODY: Final = 12 * 1024 * 1024
"""Bytes. The largest that is taken is the picture of a floor plan, with what a form puts around it."""

MOST_CONNECTIONS: Final = 4096
MOST_OF_ONE_ADDRESS: Final = 512
"""A proxy on this machine speaks for many, and is not counted."""

LOOK_SECONDS: Final = 30.0
"""A connection on which no request is in hand at two looks in a row is closed."""

LOOKS_FOR_BODY: Final = 10
"""After so many looks a request has to be there as a whole."""


class BodyLimit:
    """Refuses requests with too large a body (413).

    Django keeps the whole body in a file before it looks at who sends it.

    Args:
        application: The application inside.
        largest: Bytes that a body may have.
    """

    def __init__(self, application: Application, largest: int = LARGEST_BODY) -> None:
        self._application = application
        self._largest = largest

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not told.isdigit() or len(told) > len(str(self._largest)) or int(told) > self._largest:
            await self._refuse(send)
            return
        read = 0

        async def counted() -> Event:
            nonlocal read
            event = await receive()
            read += len(event.get("body", b""))
            # The application gives up, as when a caller goes away in the middle of his request.
            return event if read <= self._largest else {"type": "http.disconnect"}

        await self._application(scope, counted, send)
        if read > self._largest:
            # Nothing was sent yet: Django reads all of a request before it answers.
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        words = f"This is too much at once; at most {self._largest // 1024 // 1024} MB are taken."
        body = json.dumps({"error": words, "advice": "Nothing was changed."}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


class BoundedProtocol(H11Protocol):
    """HTTP for callers who may be strangers: so many connections, and none that is held without a request."""

    _by_address: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        """Take a connection, or close it at once where there are too many."""
        peer = transport.get_extra_info("peername")
        self._address = "" if not peer or _is_this_machine(str(peer[0])) else str(peer[0])
        self._looks: asyncio.TimerHandle | None = None
        self._seen: tuple[RequestResponseCycle | None, int] = (None, 0)
        if self._address:
            self._by_address[self._address] += 1
        super().connection_made(transport)
        full = len(self.connections) > MOST_CONNECTIONS
        if full or self._by_address[self._address] > MOST_OF_ONE_ADDRESS:
            transport.abort()
            return
        self._looks = self.loop.call_later(LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._looks is not None:
            self._looks.cancel()
        if self._address:
            self._by_address[self._address] -= 1
            if not self._by_address[self._address]:
                del self._by_address[self._address]
        super().connection_lost(exc)

    def _look(self) -> None:
        cycle: Any = self.cycle
        idle = cycle is None or cycle.response_complete
        before, count = self._seen
        count = count + 1 if before is cycle else 0
        self._seen = cycle, count
        # The first look comes as late as the second one would for a connection that had a request.
        if (idle and (cycle is None or count)) or (cycle is not None and cycle.more_body and count >= LOOKS_FOR_BODY):
            self.transport.abort()
            return
        self._looks = self.loop.call_later(LOOK_SECONDS, self._look)


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
