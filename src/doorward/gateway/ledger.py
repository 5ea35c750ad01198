"""What is known about the log of a device, as plain values: keys, proofs, gaps and the state of the ledger.

Log records of BioStar 1 have no number, equal records are real, and an event arrives more than once: by a push, by a
repeated push, by several readings. So arrivals are not counted; they are proofs of a lower bound (protocol notes,
server mode, section 14). A push of a key K proves that K happened once; *one* answer of the device that holds K
m times proves m. The store numbers the rows of K 0, 1, 2, ... and a proof is an insert-or-ignore of one such row:
no order, repetition or overlap of arrivals changes the result.

The rules are in ``doorward.gateway.ledger_rules``, the reading in ``doorward.device.biostar1.log_reading``, the
procedure in ``doorward.gateway.catch_up``. Where durable storage allows more than section 14, they do more:

- **Several answers are never added up.** Section 14 adds them when the log count stood still. But the count of a full
  log always stands still, and a device that resumes at a wrong place inside a span of time gives records twice with no
  sign of it. Here each answer is a proof of its own, always; a key that lies in two answers (equal events on both sides
  of a boundary) has its second read again in a single answer.
- **A busy log is cut** into spans that fit one answer, where section 14 gives up after three attempts.
- **An anchor** is kept: one record that stood in the log at the last reading. A log loses its oldest records first, so
  while the anchor is there, nothing newer was lost unread; when it is gone, the loss is known at the next reading, and
  so is the span. Section 14 cannot see a log that turned over or was cleared while the server was away.
- **The balance** (rows of the record less records of the log) is an interval, with counts taken on both sides of a
  reading. Traffic during the reading is told from missing events, and no busy moment is baked into it.
- **The time before which all is read is not raised past a push** that lowered it while the reading was under way.
- **The safety margin is wider than the tolerance for the clock**, so a clock that goes back unnoticed within the
  tolerance cannot put an event before the margin.
- **Doubtful seconds carry stamps** and are bounded: when there are too many, the ledger lowers the time before which
  all is read, and one reading settles them together.
- **"Complete until" is told in the server's time**: all that happened at the device up to then is in the record,
  whatever the device's clock did, but for the gaps that are listed.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple, Self

from doorward.model.event_key import EventKey

GAPS_KEPT = 32


class Proof(NamedTuple):
    """Proof that ``key`` happened at least ``ordinal + 1`` times, with what the row of that ordinal needs.

    An answer that holds a key m times gives m proofs, with the ordinals 0 to m-1.

    Attributes:
        key: The key.
        ordinal: The row of the key, from 0.
        record: The record as it came, 16 or 24 bytes.
        image_slot: Place of the picture; -1 none, -2 it could not be kept.
        reported_by: The device that gave the record; the zone master for a member's.
        utc: When it happened, in seconds since 1970 in UTC, estimated by the device's zone and measured drift.
    """

    key: EventKey
    ordinal: int
    record: bytes
    image_slot: int
    reported_by: int
    utc: int


class Source(enum.Enum):
    """How a record came."""

    PUSH = "push"
    READING = "reading"


class ClockReading(NamedTuple):
    """The device's clock at one moment.

    Attributes:
        local: Seconds since 1970-01-01 00:00 in the device's local time.
        at: When it was asked, in seconds since 1970 in UTC by the server's clock.
    """

    local: int
    at: float


class Balance(NamedTuple):
    """Rows of the record less records of the log, once all is read: lies between ``low`` and ``high``."""

    low: int
    high: int


class GapKind(enum.Enum):
    """Why events may be missing."""

    CLEARED = "cleared"
    OVERWRITTEN = "overwritten"
    EQUAL = "equal"
    CROWDED_SECOND = "crowded second"


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which events of a device can be missing.

    Attributes:
        device_id: The device whose log it is.
        kind: Why.
        reason: The reason in words, for the operator.
        since: The record is complete up to here, seconds since 1970 in UTC by the server's clock; None: from the
            beginning.
        until: Nothing that happened after this moment is missing for this reason.
        first_local: The last second of the device's local time that is known to be complete; None when not known.
        last_local: The first second of the device's local time after the gap; None when not known.
        missing: How many events are missing at least; 0 when that cannot be known.
    """

    device_id: int
    kind: GapKind
    reason: str
    since: float | None
    until: float
    first_local: int | None = None
    last_local: int | None = None
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """What the ledger knows of one device. Kept in the same transaction as the rows; survives connections and restarts.

    Attributes:
        version: Rises with every change, so that of two states the later one is known.
        rows: Rows that this device's submissions inserted.
        stamp: Counts what pushes added below; tells a reading what came after its question.
        doubtful: Seconds of local time in which a push proved nothing new, each with its stamp, to be read again (D).
        read_until: All records with an earlier local time were read (W); None before the first complete reading.
        lowered: Stamp of the last push, or change of the clock, that lowered ``read_until``.
        balance: Rows less records when all is read (B); None before the first complete reading.
        log_count: Number of records in the log when it was last asked; None before.
        clock: The device's clock when it was last asked (c); None before.
        anchor: A record that stood in the log at the last reading; None when the log was empty.
        turning_over: The log drops its oldest records: its count stands still or falls while rows are added.
        shared_at: When records of another device were last seen in this log, or records of this device in another's
            (UTC seconds); None never. Counts do not compare then.
        complete_at: When the whole log was last read (UTC seconds); None never.
        complete_owed: Why the whole log must be read next time; empty when it need not.
        ignores_continue: The device answers "go on" with the same records again.
        largest_answer: Most records that one answer ever held.
        reaches_back_to: The earliest local second in the log at the last complete reading; rows before it cannot come
            back by a reading. None when the log was empty or never read.
        complete_until: All that happened at the device before this moment (UTC seconds, server's clock) is in the
            record but for the gaps; None before the first complete reading.
        hindrance: Why the record did not get further at the last attempt, in words; empty when it did.
        gaps: Spans in which events can be missing, the oldest first.
    """

    version: int = 0
    rows: int = 0
    stamp: int = 0
    doubtful: tuple[tuple[int, int], ...] = ()
    read_until: int | None = None
    lowered: int = 0
    balance: Balance | None = None
    log_count: int | None = None
    clock: ClockReading | None = None
    anchor: EventKey | None = None
    turning_over: bool = False
    shared_at: float | None = None
    complete_at: float | None = None
    complete_owed: str = ""
    ignores_continue: bool = False
    largest_answer: int = 0
    reaches_back_to: int | None = None
    complete_until: float | None = None
    hindrance: str = ""
    gaps: tuple[Gap, ...] = ()

    def with_gaps(self, gaps: Sequence[Gap]) -> LedgerState:
        """The state with more gaps; the oldest ones are joined when there are too many, never forgotten."""
        together = (*self.gaps, *gaps)
        if len(together) > GAPS_KEPT:
            surplus = len(together) - GAPS_KEPT + 1
            together = (_joined(together[:surplus]), *together[surplus:])
        return replace(self, gaps=together)

    def to_json(self) -> dict[str, Any]:
        """The state as values that JSON knows; what has its default is left out."""
        content: dict[str, Any] = {}
        for each, default in _DEFAULTS.items():
            value = getattr(self, each)
            if value != default:
                content[each] = value
        if "gaps" in content:
            content["gaps"] = [
                {each.name: getattr(gap, each.name) for each in fields(Gap)} | {"kind": gap.kind.value}
                for gap in self.gaps
            ]
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The state that ``to_json`` wrote.

        Raises:
            ValueError: The content is of a newer version, or damaged.
        """
        unknown = sorted(content.keys() - _DEFAULTS.keys())
        if unknown:
            raise ValueError(
                f"the kept state of a device's log has unknown entries ({', '.join(unknown)}); a newer version wrote it"
            )
        values = dict(content)
        try:
            for name, kind in (("balance", Balance), ("clock", ClockReading), ("anchor", EventKey)):
                if values.get(name) is not None:
                    values[name] = kind(*values[name])
            values["doubtful"] = tuple((int(second), int(stamp)) for second, stamp in values.get("doubtful", ()))
            values["gaps"] = tuple(Gap(**gap | {"kind": GapKind(gap["kind"])}) for gap in values.get("gaps", ()))
        except (TypeError, KeyError) as error:
            raise ValueError(f"the kept state of a device's log is damaged: {error}") from error
        return cls(**values)


_DEFAULTS: dict[str, Any] = {each.name: each.default for each in fields(LedgerState)}


_SEVERAL = "several gaps, the first of them: "


def _joined(gaps: Sequence[Gap]) -> Gap:
    first = gaps[0].reason.removeprefix(_SEVERAL)
    starts = [gap.since for gap in gaps]
    return Gap(
        gaps[0].device_id,
        gaps[-1].kind,
        _SEVERAL + first,
        None if None in starts else min(start for start in starts if start is not None),
        max(gap.until for gap in gaps),
        missing=sum(gap.missing for gap in gaps),
    )


Update = Callable[[LedgerState, Sequence[bool]], LedgerState]
"""Makes the next state of a device from the last one and, for each proof in order, whether it inserted a row."""


def unchanged(state: LedgerState, _inserted: Sequence[bool]) -> LedgerState:
    """An update that leaves the state as it is."""
    return state


class ImageProof(NamedTuple):
    """A picture of the image log. The same picture is equal byte by byte and is kept once for each ``digest``.

    It belongs to the event of equal origin, event code, time and user; with several such events the choice is open.

    Attributes:
        origin: The device that took it.
        event: Event code.
        time: Local second, as in ``EventKey``.
        user: Number of the person.
        digest: SHA-256 of header and picture.
        picture: The picture, usually a JPEG file.
    """

    origin: int
    event: int
    time: int
    user: int
    digest: bytes
    picture: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """What one transaction brings in for one device.

    Attributes:
        device_id: The device whose ledger it is.
        received_at: When it arrived, seconds since 1970 in UTC.
        source: How it came.
        proofs: Rows to insert unless they are there.
        update: Makes the new state; called inside the transaction, perhaps more than once, so it must be pure.
        images: Pictures to keep unless they are there.
    """

    device_id: int
    received_at: float
    source: Source
    proofs: tuple[Proof, ...] = field(repr=False)
    update: Update = field(repr=False)
    images: tuple[ImageProof, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Appended:
    """What came of a submission; it is on disk.

    Attributes:
        row_ids: For each proof in order: the number of the new row, None where the row was there already.
        state: The device's state after it.
    """

    row_ids: tuple[int | None, ...]
    state: LedgerState

    @property
    def inserted(self) -> int:
        """How many rows are new."""
        return len(self.row_ids) - self.row_ids.count(None)
