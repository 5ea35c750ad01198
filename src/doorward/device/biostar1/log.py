"""The log of a device, read chunk by chunk so that a million records need no million objects."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from doorward.device.biostar1.clock import to_local_seconds
from doorward.device.biostar1.context import DeviceContext
from doorward.device.biostar1.session import Progress, Session
from doorward.model.errors import InvalidInput
from doorward.model.events import Event
from doorward.protocol.biostar1.commands import logs
from doorward.protocol.biostar1.models import Capability
from doorward.protocol.biostar1.records import (
    ExtendedLogRecord,
    LogRecord,
    read_extended_log_records,
    read_log_records,
)
from doorward.protocol.biostar1.request import Request
from doorward.protocol.biostar1.results import NotFoundError
from doorward.protocol.errors import RemoteProtocolError

LARGEST_LOG_SECOND = 0x7FFFFFFF  # log records carry signed seconds
CHUNK_LIMIT = 4 * 1024 * 1024
"""Bytes of one reply that are held before they are given out; a usual reply (512 KiB) is given out whole, after it
has ended, so that the connection is free while the caller works on it."""


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Log records as they stand on the wire, one after another.

    Attributes:
        content: The bytes; a whole number of records.
        record: The kind of record, which decides the size.
        device_id: The device whose log it is.
    """

    content: bytes = field(repr=False)
    record: type[LogRecord | ExtendedLogRecord]
    device_id: int

    def __len__(self) -> int:
        return len(self.content) // self.record.SIZE

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The records as plain tuples in the order of the record's fields; the fastest way through many."""
        return self.record.LAYOUT.iter_unpack(self.content)

    def records(self) -> list[LogRecord] | list[ExtendedLogRecord]:
        """The records with named fields."""
        if self.record is LogRecord:
            return read_log_records(self.content)
        return read_extended_log_records(self.content)

    def events(self) -> list[Event]:
        """The records as events; where a record names no device it is the one whose log this is."""
        new, own = tuple.__new__, self.device_id
        if self.record is LogRecord:
            rows: list[Any] = [
                new(Event, (code, sub_code, key, time, person, device or own, -1))
                for code, sub_code, key, time, person, device in self.rows()
            ]
        else:
            rows = [
                new(Event, (code, sub_code, key, time, person, device or own, slot))
                for code, sub_code, key, time, person, device, slot, _, _ in self.rows()
            ]
        return cast("list[Event]", rows)

    def between(self, first: int, last: int) -> LogChunk:
        """The records whose local second lies in ``first`` to ``last``, both included; 0 leaves a side open."""
        size = self.record.SIZE
        last = last or LARGEST_LOG_SECOND
        times = [row[3] for row in self.rows()]
        if not times or (first <= min(times) and max(times) <= last):
            return self
        kept = (self.content[at * size : (at + 1) * size] for at, time in enumerate(times) if first <= time <= last)
        return LogChunk(b"".join(kept), self.record, self.device_id)


class Log:
    """Reads and clears the log of one device."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context
        self._extended = context.model.can(Capability.EXTENDED_LOG)

    @property
    def record(self) -> type[LogRecord | ExtendedLogRecord]:
        """The kind of record that the model writes."""
        return ExtendedLogRecord if self._extended else LogRecord

    async def count(self) -> int:
        """Number of records in the log."""
        return (await self._context.requester.request(logs.CountLogs())).count

    async def records(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Progress | None = None,
    ) -> AsyncIterator[LogChunk]:
        """Read the log, oldest records first, reply by reply.

        The device gives a part of its log in each reply (8,192 to 32,768 records by model) and is asked to go on until
        nothing comes. All replies come over one connection; when it is lost in between, reading ends with the error
        and is begun anew, for example from the time of the last record. Equal records are never dropped: two people
        may pass in one second. A reply that repeats the previous one whole, after as many records as the log
        holds, ends the reading: a device that cannot go on repeats itself.

        Args:
            since: First second, included. Without a zone: the device's local time. With one: converted.
            until: Last second, included.
            progress: Told the number of records read, and the number in the log when the whole log is read.

        Raises:
            InvalidInput: A time lies outside 1970 to 2038.
            ResultError: The device said no.
            RemoteProtocolError: The device broke a rule.
            TimedOut: The device fell silent.
            NotReached: The connection was cut.
        """
        first = self._bound("since", since)
        last = self._bound("until", until)
        if first and last and first > last:
            raise InvalidInput("until", str(until), f"a time not before {since}")
        session = await self._context.requester.current()
        total = await self.count() if progress is not None and not first and not last else None
        done = 0
        position = logs.FROM_START
        previous = b""
        while True:
            start = b""
            size = 0
            async with contextlib.aclosing(self._reply(session, position, first, last)) as chunks:
                async for chunk in chunks:
                    if not size and chunk.content == previous and done >= await self.count():
                        return
                    size += len(chunk.content)
                    start = chunk.content if size == len(chunk.content) else b""
                    done += len(chunk)
                    if progress is not None:
                        progress(done, total)
                    news = chunk.between(first, last) if first or last else chunk
                    if news.content:
                        yield news
            if not size:
                return
            previous = start
            position = logs.CONTINUE

    async def _reply(self, session: Session, position: int, first: int, last: int) -> AsyncGenerator[LogChunk, None]:
        """The records of one reply: one chunk, or several where the reply is very large."""
        request: Request[logs.Logs] = (
            logs.ReadExtendedLogs(position, first, last) if self._extended else logs.ReadLogs(position, first, last)
        )
        record = self.record
        due = None
        pieces: list[bytes] = []
        size = 0
        try:
            async with contextlib.aclosing(session.stream(request)) as stream:
                async for piece in stream:
                    if due is None:
                        due = piece.header.param1 * record.SIZE
                    content = piece.content[:due]
                    due -= len(content)
                    pieces.append(content)
                    size += len(content)
                    if size >= CHUNK_LIMIT:
                        joined = b"".join(pieces)
                        whole = size - size % record.SIZE
                        pieces = [joined[whole:]]
                        size -= whole
                        yield LogChunk(joined[:whole], record, self._context.device_id)
        except NotFoundError:
            return  # some devices say "not found" where others say "none" (section 3.3)
        if due:
            error = RemoteProtocolError(
                f"the log reply announces more records than arrived: {due} bytes of records are missing"
            )
            session.end(error)
            raise error
        if size:
            yield LogChunk(b"".join(pieces), record, self._context.device_id)

    def _bound(self, field_name: str, moment: datetime | None) -> int:
        if moment is None:
            return 0
        return to_local_seconds(moment, zone=self._context.zone, field=field_name, largest=LARGEST_LOG_SECOND)

    async def delete_oldest(self, count: int) -> int:
        """Delete the oldest records.

        Args:
            count: How many, at least 1; 0 is refused, since on the wire it means all.

        Returns:
            How many the device deleted.

        Raises:
            InvalidInput: The count is below 1.
        """
        _at_least_one("count", count)
        return (await self._context.requester.request(logs.DeleteLogs(count))).count

    async def delete_all(self) -> int:
        """Delete the whole log; gives how many records the device deleted."""
        return (await self._context.requester.request(logs.DeleteAllLogs())).count

    async def cache(self) -> LogChunk:
        """The newest records, at most 128. Reading empties the cache, so never rely on it alone."""
        request: Request[logs.Logs] = logs.ReadExtendedLogCache() if self._extended else logs.ReadLogCache()
        try:
            reply = await self._context.requester.request(request)
        except NotFoundError:
            return LogChunk(b"", self.record, self._context.device_id)
        size = reply.record_count * self.record.SIZE
        if size > len(reply.content):
            raise RemoteProtocolError(
                f"the log cache announces {reply.record_count} records, but {len(reply.content)} bytes arrived"
            )
        return LogChunk(reply.content[:size], self.record, self._context.device_id)

    async def clear_cache(self) -> None:
        """Empty the cache of the newest records; the log itself stays."""
        await self._context.requester.request(logs.ClearExtendedLogCache() if self._extended else logs.ClearLogCache())


def _at_least_one(field_name: str, count: int) -> None:
    if count < 1:
        raise InvalidInput(field_name, count, "1 or more; to delete all there is a method of its own")
