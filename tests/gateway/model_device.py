"""A model of a device's log with every kind of misbehaviour that a test can choose, and all that truly happened."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from doorward.device.biostar1.log_reading import CONTINUE, LogAnswer
from doorward.model.event_key import EventKey
from doorward.protocol.biostar1.records.logs import LogRecord

DEVICE = 4711
MEMBER = 4712
FIRST_SECOND = 1_000_000
FIRST_MOMENT = 50_000_000.0
UNLIMITED = 1_000_000


class Resumes(enum.Enum):
    """What a device makes of "go on"."""

    BY_NUMBER = "after the record it gave last"
    BY_PLACE = "after as many records as it gave, counted from the oldest: wrong once the log turns over"
    NEVER = "gives the same again"


@dataclass
class Happened:
    """Something that truly happened.

    Attributes:
        number: Its place among all that happened.
        key: Its key.
        moment: When, by a right clock.
        removed: The log let go of it.
        read: An answer that held it was brought in.
        anchor: What the ledger held on to when it was removed unread; None: the loss cannot be found out.
        late: The ledger could not know of it at an earlier catch-up, and only a reading of the whole log can find it.
        backdated: The clock was so far behind when it happened that its time may lie where all was read.
    """

    number: int
    key: EventKey
    moment: float
    removed: bool = False
    read: bool = False
    anchor: EventKey | None = None
    late: bool = False
    backdated: bool = False

    @property
    def content(self) -> bytes:
        """The record as it stands on the wire."""
        origin, event, sub_event, attendance_key, time, user = self.key
        member = 0 if origin == DEVICE else origin
        return LogRecord.LAYOUT.pack(event, sub_event, attendance_key, time, user, member)


@dataclass
class ModelDevice:
    """The device.

    Attributes:
        capacity: Most records in its log.
        limit: Most records in one answer.
        resumes: What it makes of "go on".
        inclusive: Whether the bounds of a span are included.
        clock: Its clock.
        moment: The time of a right clock.
    """

    capacity: int = UNLIMITED
    limit: int = 4
    resumes: Resumes = Resumes.BY_NUMBER
    inclusive: bool = True
    clock: int = FIRST_SECOND
    moment: float = FIRST_MOMENT
    truth: list[Happened] = field(default_factory=list)
    log: list[Happened] = field(default_factory=list)
    unpushed: list[Happened] = field(default_factory=list)
    pushed: list[Happened] = field(default_factory=list)
    next_number: int = 0
    next_place: int = 0

    def happen(self, event: int, user: int, origin: int = DEVICE) -> Happened:
        """Something happens at the door, or at that of a member."""
        key = EventKey(origin, event, 0, 0xFFFF, self.clock, user)
        happened = Happened(len(self.truth), key, self.moment)
        self.truth.append(happened)
        self.log.append(happened)
        self.unpushed.append(happened)
        return happened

    @property
    def surplus(self) -> int:
        """Records that the log has no room for."""
        return max(0, len(self.log) - self.capacity)

    def remove(self, count: int) -> list[Happened]:
        """Let go of the oldest records; gives them."""
        removed, self.log = self.log[:count], self.log[count:]
        for each in removed:
            each.removed = True
        return removed

    def pass_time(self, seconds: int) -> None:
        """Time goes by."""
        self.clock += seconds
        self.moment += seconds

    def answer(self, position: int, first: int, last: int) -> list[Happened]:
        """What one question for the log gives."""
        start = 0
        if position == CONTINUE and self.resumes is Resumes.BY_NUMBER:
            start = next((at for at, each in enumerate(self.log) if each.number >= self.next_number), len(self.log))
        elif position == CONTINUE and self.resumes is Resumes.BY_PLACE:
            start = self.next_place
        margin = 0 if self.inclusive else 1
        found: list[Happened] = []
        for at, each in enumerate(self.log[start:], start):
            if len(found) == self.limit:
                break
            self.next_number, self.next_place = each.number + 1, at + 1
            if (not first or each.key.time >= first + margin) and (not last or each.key.time <= last - margin):
                found.append(each)
        return found


def as_answer(happened: list[Happened]) -> LogAnswer:
    """The records of an answer."""
    return LogAnswer(b"".join(each.content for each in happened), LogRecord)
