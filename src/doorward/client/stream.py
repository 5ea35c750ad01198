"""The stream: all that happens, in order; a line that breaks is taken up again where it was.

``Stream`` and ``AsyncStream`` connect anew by themselves, with growing waits, and go on after the last position that
they gave out, so that nothing is missed and nothing comes twice. A program that was away gives the position that it
has kept as ``after``.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

import httpx

from doorward.client.answers import READ_ADVICE, refusal
from doorward.client.errors import NotUnderstood
from doorward.client.models import EventOut
from doorward.client.values import moment, query_values

EVENT: Final = "event"
RESET: Final = "reset"
LONGEST_LINE: Final = 1024 * 1024
LONGEST_WAIT: Final = 30.0
# The server gives a sign of life more often than this.
SILENCE_SECONDS: Final = 60.0
# A server that starts, or a proxy before it, answers with these; all other refusals are final.
PASSING: Final = frozenset({429, 500, 502, 503, 504})
SHOWN: Final = frozenset({"position", "kind", "device", "at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that is no event of a device: an alarm, a door, a connection, a command.

    Attributes:
        position: Its place in the stream.
        kind: What it is about, such as ``alarm`` or ``door``.
        device: Number of the device that it concerns; None for none.
        at: When.
        data: What else the server tells of it; see the page on events of the documentation.
    """

    position: int
    kind: str
    device: int | None
    at: datetime
    data: Mapping[str, Any]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one."""
        return cls(
            position=data["position"],
            kind=data["kind"],
            device=data["device"],
            at=moment(data["at"]),
            data={name: value for name, value in data.items() if name not in SHOWN},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The position was none of this database, as after a restore: the stream goes on at another one.

    What the program has kept of positions after this one belongs to a history that the server does not have.

    Attributes:
        position: Where it goes on.
        words: Why.
    """

    position: int
    words: str


StreamItem = EventOut | Happening | Reset


@dataclass(slots=True)
class Wanted:
    """What of the stream is wanted."""

    kind: tuple[str, ...] = ()
    device: tuple[int, ...] = ()
    category: tuple[str, ...] = ()

    def query(self) -> dict[str, str | list[str]]:
        """The same as values of a query."""
        return query_values({"kind": self.kind, "device": self.device, "category": self.category})


@dataclass(slots=True)
class MessageReader:
    """Takes bytes of server-sent events and gives items.

    Attributes:
        position: Where the stream is: that of the last item, or of a sign of life after it.
        retry_seconds: How long the server wants to be left alone before it is asked again.
    """

    position: int | None = None
    retry_seconds: float = 1.0
    _rest: bytes = b""
    _event: str = ""
    _id: int | None = None
    _data: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Forget what is left of a line that broke."""
        self._rest, self._event, self._id, self._data = b"", "", None, []

    def feed(self, piece: bytes) -> Iterator[StreamItem]:
        """Take in bytes; ``position`` moves with each item that is taken out.

        Raises:
            NotUnderstood: They are no server-sent events of Doorward.
        """
        # Only these ends of lines occur; JSON may hold other characters that split lines elsewhere.
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise NotUnderstood(f"A line of the stream is longer than {LONGEST_LINE} bytes.", advice=READ_ADVICE)
        for line in lines:
            try:
                item = self._line(line.removesuffix(b"\r").decode())
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise NotUnderstood(f"A message of the stream is not understood: {error!r}.", advice=READ_ADVICE) from (
                    error
                )
            if item is not None:
                yield item

    def _line(self, line: str) -> StreamItem | None:
        if not line:
            return self._message()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id":
            self._id = int(value)
        elif name == "retry":
            self.retry_seconds = int(value) / 1000
        return None

    def _message(self) -> StreamItem | None:
        event, text = self._event, "\n".join(self._data)
        if self._id is not None:
            self.position = self._id
        self._event, self._id, self._data = "", None, []
        if not text:
            return None
        data = json.loads(text)
        if event == RESET:
            return Reset(position=data["position"], words=data["words"])
        return EventOut.from_json(data) if event == EVENT else Happening.from_json(data)


class _Waits:
    """How long to wait before the server is asked again."""

    def __init__(self, reader: MessageReader) -> None:
        self._reader = reader
        self._failures = 0

    def reached(self) -> None:
        """It has answered."""
        self._failures = 0

    def next(self) -> float:
        """Seconds to the next attempt, with some chance in it so that many readers do not come at once."""
        longest = min(LONGEST_WAIT, self._reader.retry_seconds * 2.0 ** min(self._failures, 10))
        self._failures += 1
        return float(longest) * random.uniform(0.5, 1.0)  # noqa: S311 - a wait is no secret


def _headers(reader: MessageReader) -> dict[str, str]:
    found = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if reader.position is not None:
        found["Last-Event-ID"] = str(reader.position)
    return found


class Stream:
    """All that happens, for ever; made by ``Client.stream``.

    It ends when its ``close`` is called, from any thread, or when it is left as a context manager.
    """

    def __init__(self, http: httpx.Client, wanted: Wanted, after: int | None) -> None:
        self._http = http
        self._wanted = wanted
        self._reader = MessageReader(after)
        self._waits = _Waits(self._reader)
        self._closed = threading.Event()
        self._response: httpx.Response | None = None
        self._items = self._follow()

    @property
    def position(self) -> int | None:
        """Where the stream is; to be kept, and given as ``after`` the next time."""
        return self._reader.position

    def __iter__(self) -> Iterator[StreamItem]:
        return self._items

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._items.close()

    def close(self) -> None:
        """End it; whoever waits for the next item gets none."""
        self._closed.set()
        response = self._response
        if response is not None:
            line = response.extensions.get("network_stream")
            plug = line.get_extra_info("socket") if line is not None else None
            if plug is not None:
                # Wakes the thread that reads; the line is closed there.
                with suppress(OSError):
                    plug.shutdown(socket.SHUT_RDWR)

    def _follow(self) -> Generator[StreamItem, None, None]:
        while not self._closed.is_set():
            with suppress(httpx.TransportError):
                yield from self._one_line()
            if self._closed.wait(self._waits.next()):
                return

    def _one_line(self) -> Iterator[StreamItem]:
        self._reader.begin()
        with self._http.stream(
            "GET", "/stream", params=self._wanted.query(), headers=_headers(self._reader), timeout=SILENCE_SECONDS
        ) as response:
            if response.status_code in PASSING:
                return
            if response.status_code != httpx.codes.OK:
                response.read()
                raise refusal(response)
            self._response = response
            try:
                for piece in response.iter_bytes():
                    self._waits.reached()
                    for item in self._reader.feed(piece):
                        yield item
                        if self._closed.is_set():
                            return
                    if self._closed.is_set():
                        return
            finally:
                self._response = None


class AsyncStream:
    """The same for coroutines; made by ``AsyncClient.stream``.

    It ends when the task that reads is cancelled, or when ``aclose`` is called.
    """

    def __init__(self, http: httpx.AsyncClient, wanted: Wanted, after: int | None) -> None:
        self._http = http
        self._wanted = wanted
        self._reader = MessageReader(after)
        self._waits = _Waits(self._reader)
        self._items = self._follow()

    @property
    def position(self) -> int | None:
        """Where the stream is; to be kept, and given as ``after`` the next time."""
        return self._reader.position

    def __aiter__(self) -> AsyncIterator[StreamItem]:
        return self._items

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End it; not while another task waits for the next item: cancel that one."""
        await self._items.aclose()

    async def _follow(self) -> AsyncGenerator[StreamItem, None]:
        while True:
            try:
                async with self._http.stream(
                    "GET", "/stream", params=self._wanted.query(), headers=_headers(self._reader),
                    timeout=SILENCE_SECONDS,
                ) as response:  # fmt: skip
                    async for item in self._one_line(response):
                        yield item
            except httpx.TransportError:
                pass
            await asyncio.sleep(self._waits.next())

    async def _one_line(self, response: httpx.Response) -> AsyncIterator[StreamItem]:
        self._reader.begin()
        if response.status_code in PASSING:
            return
        if response.status_code != httpx.codes.OK:
            await response.aread()
            raise refusal(response)
        async for piece in response.aiter_bytes():
            self._waits.reached()
            for item in self._reader.feed(piece):
                yield item
