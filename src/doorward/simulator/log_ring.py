"""A ring of log records as they stand on the wire, so that reading a million of them is slicing."""

from __future__ import annotations

import operator
import struct
from bisect import bisect_left, bisect_right
from itertools import compress

_TIME = struct.Struct("<I")
_TIME_OFFSET = 4  # in both sizes of record


class LogRing:
    """Records with running numbers; when it is full, each new one pushes out the oldest.

    Args:
        record_size: Bytes of a record, 16 or 24.
        capacity: Most records kept.

    Attributes:
        first: Running number of the oldest record.
        end: Running number of the next record to come.
    """

    def __init__(self, record_size: int, capacity: int) -> None:
        self.record_size = record_size
        self.capacity = capacity
        self.first = 0
        self.end = 0
        self._bytes = bytearray()
        self._times = struct.Struct(f"<{_TIME_OFFSET}xI{record_size - _TIME_OFFSET - 4}x")
        self._record = struct.Struct(f"{record_size}s")
        self._last_descent = 0  # the newest record whose time lies before that of its predecessor

    def __len__(self) -> int:
        return self.end - self.first

    def start_at(self, number: int) -> None:
        """Give the next record a running number; only while the ring is empty."""
        self.first = self.end = self._last_descent = number

    def append(self, records: bytes) -> None:
        """Add records, one after another in one piece."""
        size = self.record_size
        count = len(records) // size
        self._note_descents(records)
        skipped = max(0, count - self.capacity)
        self.end += count
        self._write(self.end - count + skipped, records[skipped * size :])
        self.first = max(self.first, self.end - self.capacity)

    def drop_oldest(self, count: int) -> int:
        """Delete the oldest records; tells how many there were to delete."""
        count = min(count, len(self))
        self.first += count
        return count

    def read(self, start: int, end: int) -> bytes:
        """The records from one running number up to, but not including, another."""
        start, end = max(start, self.first), min(end, self.end)
        if start >= end:
            return b""
        size, capacity = self.record_size, self.capacity
        slot, count = start % capacity, end - start
        until_wrap = min(count, capacity - slot)
        head = bytes(memoryview(self._bytes)[slot * size : (slot + until_wrap) * size])
        if until_wrap == count:
            return head
        return head + bytes(memoryview(self._bytes)[: (count - until_wrap) * size])

    def select(self, start: int, first_time: int, last_time: int, limit: int) -> tuple[bytes, int]:
        """Find records by their time.

        Args:
            start: Running number to begin with.
            first_time: Earliest second, included; 0 without limit.
            last_time: Latest second, included; 0 without limit.
            limit: Most records.

        Returns:
            The records, and the running number at which to go on.
        """
        start = max(start, self.first)
        if not first_time and not last_time:
            end = min(self.end, start + limit)
            return self.read(start, end), max(start, end)
        latest = last_time or _LATEST
        if self._last_descent <= start:  # the times ascend from here on, so the range is one piece
            numbers = range(start, self.end)
            low = start + bisect_left(numbers, first_time, key=self._time_at)
            high = start + bisect_right(numbers, latest, key=self._time_at)
            end = min(high, low + limit)
            return self.read(low, end), max(low, end)
        data = self.read(start, self.end)
        chosen = [first_time <= time <= latest for (time,) in self._times.iter_unpack(data)]
        places = list(compress(range(len(chosen)), chosen))[:limit]
        size = self.record_size
        found = b"".join(data[place * size : (place + 1) * size] for place in places)
        return found, start + places[-1] + 1 if places else self.end

    def _time_at(self, number: int) -> int:
        time: int = _TIME.unpack_from(self._bytes, number % self.capacity * self.record_size + _TIME_OFFSET)[0]
        return time

    def _note_descents(self, records: bytes) -> None:
        times = [time for (time,) in self._times.iter_unpack(records)]
        if not times:
            return
        if len(self) and times[0] < self._time_at(self.end - 1):
            self._last_descent = self.end
        if not all(map(operator.le, times, times[1:])):
            newest = next(place for place in range(len(times) - 1, 0, -1) if times[place] < times[place - 1])
            self._last_descent = self.end + newest

    def _write(self, number: int, records: bytes) -> None:
        size, capacity = self.record_size, self.capacity
        while records:
            slot = number % capacity
            piece = records[: (capacity - slot) * size]
            start, end = slot * size, slot * size + len(piece)
            if len(self._bytes) < start:
                self._bytes.extend(bytes(start - len(self._bytes)))
            self._bytes[start:end] = piece
            number += len(piece) // size
            records = records[len(piece) :]


_LATEST = 0xFFFFFFFF
