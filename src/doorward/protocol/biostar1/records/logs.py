"""Log records, by far the most frequent records: plain tuples, read and written without a Python loop."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat, starmap
from typing import ClassVar, Final, NamedTuple, cast

from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from doorward.protocol.layout import Record, i32, shown, u8, u16, u32

NO_ATTENDANCE_KEY: Final = 0xFFFF
NO_IMAGE: Final = -1
IMAGE_WRITE_ERROR: Final = -2


class _LogFields(NamedTuple):
    event: int
    sub_event: int = 0
    attendance_key: int = NO_ATTENDANCE_KEY
    local_time: int = 0
    user_id: int = 0
    device_id: int = 0


class LogRecord(_LogFields):
    """A log record of 16 bytes: BioStation and the 1471 models (commands 0x0011 and 0x0012).

    Attributes:
        event: Event code (protocol notes, section 10).
        sub_event: How the user was verified, for success events.
        attendance_key: Index of the attendance key, 0xFFFF none.
        local_time: Seconds since 1970-01-01 00:00 in the device's local time, not UTC.
        user_id: User, 0 if none.
        device_id: The member whose record it is when a zone master holds the log, else 0.
    """

    __slots__ = ()

    SIZE: ClassVar[int] = 16
    STRUCTURE: ClassVar[str] = "BSLogRecord"
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBHiII")


class _ExtendedLogFields(NamedTuple):
    event: int
    sub_event: int = 0
    attendance_key: int = NO_ATTENDANCE_KEY
    local_time: int = 0
    user_id: int = 0
    device_id: int = 0
    image_slot: int = NO_IMAGE
    reserved_1: int = 0
    reserved_2: int = 0


class ExtendedLogRecord(_ExtendedLogFields):
    """A log record of 24 bytes: D-Station, X-Station, BioStation T2 and FaceStation (commands 0x0017 and 0x0018).

    Attributes:
        event: Event code (protocol notes, section 10).
        sub_event: How the user was verified, for success events.
        attendance_key: Index of the attendance key, 0xFFFF none.
        local_time: Seconds since 1970-01-01 00:00 in the device's local time, not UTC.
        user_id: User, 0 if none.
        device_id: Device that made the record.
        image_slot: Place of the picture, 0..4999 in a circle; -1 none, -2 it could not be written.
        reserved_1: Carried as it came.
        reserved_2: Carried as it came.
    """

    __slots__ = ()

    SIZE: ClassVar[int] = 24
    STRUCTURE: ClassVar[str] = "BSLogRecordEx"
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBHiIIhhi")


def iterate_log_records(data: bytes) -> Iterator[LogRecord]:
    """Read 16 byte log records one by one, as they are asked for.

    Raises:
        RemoteProtocolError: The bytes are not a whole number of records; raised at once.
    """
    return cast("Iterator[LogRecord]", _iterate(LogRecord, data))


def iterate_extended_log_records(data: bytes) -> Iterator[ExtendedLogRecord]:
    """Read 24 byte log records one by one, as they are asked for.

    Raises:
        RemoteProtocolError: The bytes are not a whole number of records; raised at once.
    """
    return cast("Iterator[ExtendedLogRecord]", _iterate(ExtendedLogRecord, data))


def read_log_records(data: bytes) -> list[LogRecord]:
    """Read 16 byte log records that follow each other.

    A long log is better read in pieces, or by ``iterate_log_records``: the garbage collector visits kept records.

    Raises:
        RemoteProtocolError: The bytes are not a whole number of records.
    """
    return list(iterate_log_records(data))


def read_extended_log_records(data: bytes) -> list[ExtendedLogRecord]:
    """Read 24 byte log records that follow each other; see ``read_log_records``.

    Raises:
        RemoteProtocolError: The bytes are not a whole number of records.
    """
    return list(iterate_extended_log_records(data))


def write_log_records(records: Iterable[LogRecord]) -> bytes:
    """Write 16 byte log records one after another.

    Raises:
        LocalProtocolError: A value does not fit; the record, the field and what is allowed are named.
    """
    return _write(LogRecord, records)


def write_extended_log_records(records: Iterable[ExtendedLogRecord]) -> bytes:
    """Write 24 byte log records one after another.

    Raises:
        LocalProtocolError: A value does not fit; the record, the field and what is allowed are named.
    """
    return _write(ExtendedLogRecord, records)


def _iterate(record: type[LogRecord | ExtendedLogRecord], data: bytes) -> Iterator[object]:
    if len(data) % record.SIZE:
        raise RemoteProtocolError(
            f"{record.STRUCTURE}: {len(data)} bytes are not a whole number of records of {record.SIZE}"
        )
    # No Python code runs for each record: tuple.__new__ fills the class from the unpacked tuple, and starmap with zip
    # reuses one argument tuple where map would build a new one each time.
    return starmap(tuple.__new__, zip(repeat(record), record.LAYOUT.iter_unpack(data), strict=False))


def _write(record: type[LogRecord | ExtendedLogRecord], records: Iterable[LogRecord | ExtendedLogRecord]) -> bytes:
    rows = tuple(records)
    try:
        return b"".join(starmap(record.LAYOUT.pack, rows))
    except struct.error:
        _explain(record, rows)
        raise


def _explain(record: type[LogRecord | ExtendedLogRecord], rows: tuple[LogRecord | ExtendedLogRecord, ...]) -> None:
    """Find the value that did not fit and name it."""
    codes = record.LAYOUT.format.removeprefix("<")
    for number, row in enumerate(rows):
        if len(row) != len(codes):
            raise LocalProtocolError(f"log record {number}: {len(row)} values; allowed: a {record.__name__}")
        for name, code, value in zip(record._fields, codes, row, strict=True):
            bits = 8 * struct.calcsize(code)
            low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if code.islower() else (0, (1 << bits) - 1)
            if not isinstance(value, int) or not low <= value <= high:
                raise LocalProtocolError(
                    f"log record {number}, {record.__name__}.{name}: {shown(value)} does not fit; "
                    f"allowed: a whole number from {low} to {high}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLogHeader(Record):
    """The 24 bytes before each picture of an image log."""

    SIZE: ClassVar[int] = 24
    STRUCTURE: ClassVar[str] = "BSImageLogHdr"

    event: int = u8(0, "Event code")
    sub_event: int = u8(1, "How the user was verified")
    local_time: int = i32(4, "Seconds since 1970-01-01 00:00 in the device's local time")
    user_id: int = u32(8, "User, 0 if none")
    image_size: int = u32(12, "Bytes of the picture that follows")
    device_id: int = u32(16, "Device that took the picture")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLogRecord(Record):
    """A log record with the place it came from, as the vendor's database keeps it; no command carries it."""

    SIZE: ClassVar[int] = 24
    STRUCTURE: ClassVar[str] = "BSDBLogRecord"

    event: int = u8(0, "Event code")
    sub_event: int = u8(1, "How the user was verified")
    attendance_key: int = u16(2, "Index of the attendance key, 0xFFFF none", default=NO_ATTENDANCE_KEY)
    local_time: int = i32(4, "Seconds since 1970-01-01 00:00 in the device's local time")
    user_id: int = u32(8, "User, 0 if none")
    source: int = u32(16, "Kind of device that made the record")
    device_id: int = u32(20, "Device that made the record")
