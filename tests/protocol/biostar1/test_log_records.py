"""Log records: exact bytes, clear refusals, and no Python loop over them."""

from __future__ import annotations

import gc
import struct
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.protocol.biostar1.records import (
    ExtendedLogRecord,
    LogRecord,
    iterate_extended_log_records,
    iterate_log_records,
    read_extended_log_records,
    read_log_records,
    write_extended_log_records,
    write_log_records,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from tests.support.vectors import structures

Read = Callable[[bytes], list[Any]]
Write = Callable[[list[Any]], bytes]
BOTH = pytest.mark.parametrize(
    ("record", "read", "write"),
    [
        (LogRecord, read_log_records, write_log_records),
        (ExtendedLogRecord, read_extended_log_records, write_extended_log_records),
    ],
    ids=["LogRecord", "ExtendedLogRecord"],
)
LogClass = type[LogRecord] | type[ExtendedLogRecord]
C_TYPES = {"B": "unsigned char", "H": "unsigned short", "h": "short", "i": "int", "I": "unsigned int"}


@BOTH
def test_layout_is_the_published_one(record: LogClass, read: Read, write: Write) -> None:
    codes = record.LAYOUT.format.removeprefix("<")
    offset, declared = 0, []
    for code in codes:
        declared.append((offset, struct.calcsize(code), C_TYPES[code]))
        offset += struct.calcsize(code)
    published = [
        (offset, size, "int" if c_type == "time_t" else c_type)
        for offset, size, c_type, _ in structures()[record.STRUCTURE]["fields"]
    ]
    assert declared == published
    assert record.LAYOUT.size == record.SIZE == structures()[record.STRUCTURE]["size"]
    assert len(record._fields) == len(codes)


def test_fields_of_the_short_record() -> None:
    raw = bytes([0x27, 0x2F]) + struct.pack("<HiII", 3, -5, 4_000_000_000, 543210)
    (read,) = read_log_records(raw)
    assert read == LogRecord(0x27, 0x2F, 3, -5, 4_000_000_000, 543210)
    assert isinstance(read, LogRecord)
    assert (read.event, read.sub_event, read.attendance_key) == (0x27, 0x2F, 3)
    assert (read.local_time, read.user_id, read.device_id) == (-5, 4_000_000_000, 543210)


def test_fields_of_the_long_record() -> None:
    raw = bytes([0x27, 0x2F]) + struct.pack("<HiIIhhi", 0xFFFF, 1_600_000_000, 100, 543210, -2, 7, -8)
    (read,) = read_extended_log_records(raw)
    assert isinstance(read, ExtendedLogRecord)
    assert (read.image_slot, read.reserved_1, read.reserved_2) == (-2, 7, -8)
    assert (read.device_id, read.user_id, read.local_time) == (543210, 100, 1_600_000_000)


@BOTH
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_any_bytes_come_back(record: LogClass, read: Read, write: Write, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 20))
    raw = data.draw(st.binary(min_size=record.SIZE * count, max_size=record.SIZE * count))
    records = read(raw)
    assert len(records) == count
    assert write(records) == raw


@BOTH
@settings(max_examples=50, deadline=None)
@given(raw=st.binary(max_size=100))
def test_a_cut_record_is_refused(record: LogClass, read: Read, write: Write, raw: bytes) -> None:
    if len(raw) % record.SIZE == 0:
        assert len(read(raw)) == len(raw) // record.SIZE
        return
    with pytest.raises(RemoteProtocolError, match=f"not a whole number of records of {record.SIZE}"):
        read(raw)


@BOTH
def test_a_value_that_does_not_fit_is_named(record: LogClass, read: Read, write: Write) -> None:
    good: Any = record(event=1)
    for name, value, allowed in (
        ("event", 256, "0 to 255"),
        ("attendance_key", -1, "0 to 65535"),
        ("local_time", 1 << 31, "-2147483648 to 2147483647"),
        ("user_id", "42", "0 to 4294967295"),
    ):
        with pytest.raises(LocalProtocolError) as caught:
            write([good, good._replace(**{name: value})])
        assert str(caught.value).startswith(f"log record 1, {record.__name__}.{name}: ")
        assert f"a whole number from {allowed}" in str(caught.value)


@BOTH
def test_a_record_of_the_other_kind_is_refused(record: LogClass, read: Read, write: Write) -> None:
    other = ExtendedLogRecord(event=1) if record is LogRecord else LogRecord(event=1)
    with pytest.raises(LocalProtocolError, match=f"allowed: a {record.__name__}"):
        write([other])


@BOTH
def test_no_function_is_called_for_each_record(record: LogClass, read: Read, write: Write) -> None:
    def calls(work: Callable[[], object]) -> int:
        count = 0

        def see(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event in {"call", "c_call"}

        gc.disable()  # a collection runs callbacks of its own
        sys.setprofile(see)
        try:
            work()
        finally:
            sys.setprofile(None)
            gc.enable()
        return count

    few, many = write([record(event=1)] * 2), write([record(event=1)] * 2000)
    few_records, many_records = read(few), read(many)
    assert calls(lambda: read(many)) == calls(lambda: read(few)) > 0
    assert calls(lambda: write(many_records)) == calls(lambda: write(few_records)) > 0


def test_records_can_be_taken_one_by_one() -> None:
    raw = write_log_records([LogRecord(event=number) for number in range(5)])
    records = iterate_log_records(raw)
    assert next(records) == LogRecord(event=0)
    assert [record.event for record in records] == [1, 2, 3, 4]
    raw = write_extended_log_records([ExtendedLogRecord(event=7)])
    assert list(iterate_extended_log_records(raw)) == [ExtendedLogRecord(event=7)]
    with pytest.raises(RemoteProtocolError):
        iterate_log_records(raw[:-1])
