"""The log of a virtual device: records in the model's form, the cache of the newest, reading in portions."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

from doorward.protocol.biostar1.commands import logs
from doorward.protocol.biostar1.models import Capability, DeviceModel
from doorward.protocol.biostar1.records.logs import NO_ATTENDANCE_KEY, NO_IMAGE, ExtendedLogRecord, LogRecord
from doorward.protocol.biostar1.request import Request
from doorward.protocol.biostar1.results import INVALID_PARAMETER
from doorward.protocol.errors import LocalProtocolError
from doorward.simulator.clock import DeviceClock
from doorward.simulator.log_ring import LogRing
from doorward.simulator.outcome import DONE, Handlers, Outcome, refused, sent, told
from doorward.simulator.state import StateStore, Table

# As the records are declared, but with the time unsigned: a clock may be set beyond 2038.
_SHORT = struct.Struct("<BBHIII")
_LONG = struct.Struct("<BBHIIIhhi")
_LARGEST_NUMBER = 0xFFFFFFFF


class DeviceLog:
    """What happened at the device.

    Args:
        model: Decides the form of the records and the limits.
        clock: Gives each record its time.
        store: Keeps the records.
        capacity: Most records kept; the model's own number when not given.

    Attributes:
        records_per_read: Most records in one reply; the model's own number, settable.
        added: Called with the bytes of each record that the device itself adds.
    """

    def __init__(
        self, device_id: int, model: DeviceModel, clock: DeviceClock, store: StateStore, capacity: int | None = None
    ) -> None:
        self.extended = model.can(Capability.EXTENDED_LOG)
        self.record_size = ExtendedLogRecord.SIZE if self.extended else LogRecord.SIZE
        self.records_per_read = model.records_per_read
        self.added: Callable[[bytes], object] = lambda _record: None
        self._device_id = device_id
        self._clock = clock
        self._store = store
        self._ring = LogRing(self.record_size, capacity or model.log_capacity)
        self._table = Table(store, "log")
        self._load()
        self._next_read = self._ring.first

    def __len__(self) -> int:
        return len(self._ring)

    @property
    def capacity(self) -> int:
        """Most records kept; then the oldest is overwritten."""
        return self._ring.capacity

    @property
    def content(self) -> bytes:
        """All records as they stand on the wire, the oldest first."""
        return self._ring.read(self._ring.first, self._ring.end)

    def add(
        self,
        event: int,
        sub_event: int = 0,
        user_id: int = 0,
        *,
        attendance_key: int = NO_ATTENDANCE_KEY,
        image_slot: int = NO_IMAGE,
        host_time: float | None = None,
    ) -> None:
        """Note an event, now or at a moment of the host's clock that has just passed."""
        local = self._clock.local_time if host_time is None else int(self._clock.local_at(host_time))
        values = (event, sub_event, attendance_key, min(max(0, local), _LARGEST_NUMBER), user_id)
        # The last number of a short record is for what a zone master keeps of its members.
        record = _LONG.pack(*values, self._device_id, image_slot, 0, 0) if self.extended else _SHORT.pack(*values, 0)
        self.add_records(record)
        self.added(record)

    def add_records(self, records: bytes) -> None:
        """Take records as they stand on the wire, one after another.

        Raises:
            LocalProtocolError: The bytes are not a whole number of records of this model.
        """
        size = self.record_size
        if len(records) % size:
            raise LocalProtocolError(
                f"log records: {len(records)} bytes are not a whole number of records; allowed: a multiple of {size}"
            )
        first = self._ring.end
        self._ring.append(records)
        with self._store.batch():
            self._store.append_log(first, (records[at : at + size] for at in range(0, len(records), size)))
            self._store.trim_log(self._ring.first)

    def clear(self) -> None:
        """Delete everything."""
        self._drop(len(self._ring))

    def handlers(self) -> Handlers:
        """What the log answers; a model keeps one form of records and does not know the other."""
        common: dict[type[Request[Any]], Callable[[Any], Outcome]] = {
            logs.CountLogs: self._count,
            logs.DeleteLogs: self._delete,
            logs.DeleteAllLogs: self._delete_all,
        }
        if self.extended:
            return common | {
                logs.ReadExtendedLogs: self._read,
                logs.ReadExtendedLogCache: self._read_cache,
                logs.ClearExtendedLogCache: self._clear_cache,
            }
        return common | {
            logs.ReadLogs: self._read,
            logs.ReadLogCache: self._read_cache,
            logs.ClearLogCache: self._clear_cache,
        }

    def _load(self) -> None:
        first, records = self._store.log()
        kept = json.loads(self._table[0]) if 0 in self._table else {"cached_from": 0, "first": 0}
        self._cached_from = int(kept["cached_from"])
        # Running numbers never start again, also when all records were deleted before.
        self._ring.start_at(first if records else int(kept["first"]))
        self._ring.append(records)

    def _keep(self) -> None:
        self._table[0] = json.dumps({"cached_from": self._cached_from, "first": self._ring.first}).encode()

    def _drop(self, count: int) -> int:
        dropped = self._ring.drop_oldest(count)
        self._store.trim_log(self._ring.first)
        self._keep()
        return dropped

    def _read(self, request: logs.ReadLogs | logs.ReadExtendedLogs) -> Outcome:
        if request.position not in (logs.FROM_START, logs.CONTINUE):
            return refused(INVALID_PARAMETER)
        if request.end_time and request.end_time < request.start_time:
            return refused(INVALID_PARAMETER)
        start = self._ring.first if request.position == logs.FROM_START else self._next_read
        found, self._next_read = self._ring.select(start, request.start_time, request.end_time, self.records_per_read)
        return sent(found, len(found) // self.record_size)

    def _read_cache(self, _request: Request[Any]) -> Outcome:
        newest = max(self._cached_from, self._ring.end - logs.CACHE_RECORDS)
        found = self._ring.read(newest, self._ring.end)
        self._empty_cache()
        return sent(found, len(found) // self.record_size)

    def _clear_cache(self, _request: Request[Any]) -> Outcome:
        self._empty_cache()
        return DONE

    def _empty_cache(self) -> None:
        self._cached_from = self._ring.end
        self._keep()

    def _count(self, _request: logs.CountLogs) -> Outcome:
        return told(logs.Count(len(self._ring)))

    def _delete(self, request: logs.DeleteLogs) -> Outcome:
        return told(logs.Count(self._drop(request.count)))

    def _delete_all(self, _request: logs.DeleteAllLogs) -> Outcome:
        return told(logs.Count(self._drop(len(self._ring))))
