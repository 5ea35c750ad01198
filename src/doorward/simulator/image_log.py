"""Pictures that a device with a camera keeps of events."""

from __future__ import annotations

from itertools import islice

from doorward.protocol.biostar1.commands import logs
from doorward.protocol.biostar1.records.logs import ImageLogHeader
from doorward.protocol.biostar1.results import INVALID_PARAMETER, NOT_FOUND
from doorward.simulator.clock import DeviceClock
from doorward.simulator.outcome import Handlers, Outcome, refused, sent, told
from doorward.simulator.state import StateStore, Table

IMAGE_SLOTS = 5_000  # slots 0..4999, used in a circle
BYTES_PER_READ = 512 * 1024  # the largest message that the vendor states


class ImageLog:
    """The pictures of one device, the oldest first.

    Args:
        device_id: Stands in the header of each picture.
        clock: Gives each picture its time.
        store: Keeps the pictures.
        capacity: Most pictures kept; then the oldest is overwritten.
    """

    def __init__(self, device_id: int, clock: DeviceClock, store: StateStore, capacity: int = IMAGE_SLOTS) -> None:
        self.capacity = capacity
        self._device_id = device_id
        self._clock = clock
        self._pictures = Table(store, "image")
        self._next = max(self._pictures, default=-1) + 1
        self._next_read = 0

    def __len__(self) -> int:
        return len(self._pictures)

    def add(self, event: int, sub_event: int, user_id: int, picture: bytes) -> int:
        """Keep a picture of what happens now; tells its slot."""
        header = ImageLogHeader(
            event=event,
            sub_event=sub_event,
            local_time=min(self._clock.local_time, 0x7FFFFFFF),
            user_id=user_id,
            image_size=len(picture),
            device_id=self._device_id,
        )
        return self.add_record(header.to_bytes() + picture)

    def add_record(self, record: bytes) -> int:
        """Keep a picture with its header of 24 bytes; tells its slot."""
        number = self._next
        self._pictures[number] = record
        self._next += 1
        if len(self._pictures) > self.capacity:
            self._drop(1)
        return number % IMAGE_SLOTS

    def record_in(self, slot: int) -> bytes | None:
        """The picture in a slot with its header; None when it is gone."""
        newest = self._next - 1
        return self._pictures.get(newest - (newest - slot) % IMAGE_SLOTS)

    def clear(self) -> None:
        """Delete everything."""
        self._pictures.clear()

    def handlers(self) -> Handlers:
        """What the image log answers."""
        return {
            logs.CountImageLogs: self._count,
            logs.ReadImageLogs: self._read,
            logs.ReadImageLog: self._read_one,
            logs.DeleteImageLogs: self._delete,
            logs.DeleteAllImageLogs: self._delete_all,
        }

    def _drop(self, count: int) -> int:
        oldest = list(islice(self._pictures, count))
        for number in oldest:
            del self._pictures[number]
        return len(oldest)

    def _count(self, _request: logs.CountImageLogs) -> Outcome:
        return told(logs.Count(len(self._pictures)))

    def _read(self, request: logs.ReadImageLogs) -> Outcome:
        if request.position not in (logs.FROM_START, logs.CONTINUE):
            return refused(INVALID_PARAMETER)
        start = self._next_read if request.position == logs.CONTINUE else 0
        found: list[bytes] = []
        size = 0
        for number, record in self._pictures.items():
            if number < start:
                continue
            time = ImageLogHeader.from_bytes(record[: ImageLogHeader.SIZE]).local_time
            if time < request.start_time or (request.end_time and time > request.end_time):
                continue
            if found and size + len(record) > BYTES_PER_READ:
                break
            found.append(record)
            size += len(record)
            start = number + 1
        self._next_read = start
        return sent(b"".join(found), len(found))

    def _read_one(self, request: logs.ReadImageLog) -> Outcome:
        for record in self._pictures.values():
            header = ImageLogHeader.from_bytes(record[: ImageLogHeader.SIZE])
            if header.local_time == request.local_time and header.event == request.event:
                return sent(record, len(record))
        return refused(NOT_FOUND)

    def _delete(self, request: logs.DeleteImageLogs) -> Outcome:
        return told(logs.Count(self._drop(request.count)))

    def _delete_all(self, _request: logs.DeleteAllImageLogs) -> Outcome:
        count = len(self._pictures)
        self.clear()
        return told(logs.Count(count))
