"""The records against the published structures, and what a record promises about its bytes."""

from __future__ import annotations

import dataclasses
import random
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.protocol.biostar1.records import (
    ALIASES,
    STRUCTURES,
    AccessZoneProperties,
    AttendanceKeys,
    ExtendedLogRecord,
    ExtendedZoneProperties,
    LogRecord,
    MasterPassword,
    NetworkSettings,
    PinOnlyMode,
    UserHeaderBioStation,
    UserHeaderWide,
    VideophoneSettings,
    WiegandCustomFormat,
    WiegandField,
    WiegandFormatData,
    WiegandPassThroughFormat,
    WirelessPresetTouch,
    ZoneProperties,
    access_group_ids,
    access_group_mask,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from doorward.protocol.layout import (
    AddressCodec,
    ArrayCodec,
    BooleanCodec,
    FieldCodec,
    FieldLayout,
    IntegerCodec,
    OpaqueCodec,
    Record,
    RecordCodec,
    TextCodec,
    WideTextCodec,
    layout_of,
)
from tests.support.vectors import structures

RECORDS: dict[str, type[Record]] = {
    name: record for name, record in STRUCTURES.items() if issubclass(record, Record) and name not in ALIASES
}
each_record = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())

SIZE_ONLY = "BSCardReaderConfigData"  # published by its size alone
RESERVED = re.compile("reserve|^padding$", re.IGNORECASE)
SIGNED_BYTES = ("activeSecureIO", "activeSIO", "useOneTemplate")
WIDE_NAMES = ("name", "department", "password")
ADDRESSES = {"ipAddr", "gateway", "subnetMask", "serverIpAddr", "memberIpAddr", "masterIpAddr"}
INTEGERS = {
    "int": (4, True),
    "unsigned int": (4, False),
    "time_t": (4, True),
    "short": (2, True),
    "unsigned short": (2, False),
    "char": (1, True),
    "unsigned char": (1, False),
}


def published_fields(structure: str) -> list[tuple[int, int, str, str]]:
    return [tuple(field) for field in structures()[structure]["fields"] if not RESERVED.search(field[3])]


def as_flat_array(codec: FieldCodec[Any]) -> tuple[FieldCodec[Any], int]:
    return (codec.element, codec.count) if isinstance(codec, ArrayCodec) else (codec, 1)


def kind_agrees(codec: FieldCodec[Any], c_type: str, name: str) -> bool:
    """Whether a codec reads what the C type of a field says."""
    parts = re.fullmatch(r"(?:struct )?([\w ]+?)((?:\[\d+\])*)", c_type)
    assert parts is not None
    base, shape = parts[1], [int(number) for number in re.findall(r"\d+", parts[2])]
    count = 1
    for length in shape:
        count *= length
    element, elements = as_flat_array(codec)
    if base == "char" and shape and name not in SIGNED_BYTES:
        return isinstance(element, TextCodec) and element.size == shape[-1] and elements * shape[-1] == count
    if base == "unsigned short" and shape and name in WIDE_NAMES:
        return isinstance(codec, WideTextCodec) and codec.units == count
    if isinstance(codec, OpaqueCodec):
        return base == "unsigned char" and codec.size == count
    if elements != count:
        return False
    if base == "bool":
        return isinstance(element, BooleanCodec)
    if base not in INTEGERS:
        return isinstance(element, RecordCodec) and element.record is STRUCTURES[base]
    if base == "unsigned int" and name in ADDRESSES:
        return isinstance(element, AddressCodec)
    return isinstance(element, IntegerCodec) and (element.size, element.signed) == INTEGERS[base]


def another_value(codec: FieldCodec[Any], value: Any) -> Any:
    """A value that fits the field and differs from the one it has."""
    match codec:
        case IntegerCodec():
            return 1 if value != 1 else 2
        case BooleanCodec():
            return not value
        case TextCodec() | WideTextCodec():
            return "changed" if value != "changed" else "other"
        case OpaqueCodec():
            return bytes(byte ^ 0xFF for byte in value)
        case AddressCodec():
            return "10.1.2.3" if value != "10.1.2.3" else "10.1.2.4"
        case ArrayCodec():
            return (*value[:-1], another_value(codec.element, value[-1]))
        case RecordCodec():
            first = layout_of(codec.record)[0]
            return dataclasses.replace(value, **{first.name: another_value(first.codec, getattr(value, first.name))})
    raise AssertionError(f"no other value known for {codec}")


def random_bytes(record: type[Record], seed: int) -> bytes:
    return random.Random(seed).randbytes(record.SIZE)


def with_short_labels(record: type[Record], raw: bytes) -> bytes:
    """Put writable text into the arrays of text: all texts of an array are written when one of them changes."""
    data = bytearray(raw)
    for item in layout_of(record):
        element, count = as_flat_array(item.codec)
        if count > 1 and isinstance(element, TextCodec):
            data[item.offset : item.offset + item.codec.size] = b"label".ljust(element.size, b"\0") * count
    return bytes(data)


def made(record: type[Record], **values: Any) -> Record:
    return record(**values)


def test_every_published_structure_has_its_record() -> None:
    assert set(STRUCTURES) - {SIZE_ONLY} == set(structures())
    assert len(structures()) == 157


def test_an_alias_has_the_layout_of_its_record() -> None:
    def layout(name: str) -> list[tuple[int, int, str]]:
        fields = structures()[name]["fields"]
        return [(offset, size, c_type) for offset, size, c_type, _ in fields]

    for alias, name in ALIASES.items():
        assert STRUCTURES[alias] is STRUCTURES[name]
        assert name == STRUCTURES[alias].STRUCTURE
        assert layout(alias) == layout(name)


@pytest.mark.parametrize("structure", structures())
def test_size_is_the_published_one(structure: str) -> None:
    assert structures()[structure]["size"] == STRUCTURES[structure].SIZE


@each_record
def test_fields_are_the_published_ones(record: type[Record]) -> None:
    if record.STRUCTURE == SIZE_ONLY:
        assert not layout_of(record)
        return
    declared = {item.offset: item for item in layout_of(record)}
    published = published_fields(record.STRUCTURE)
    assert len(declared) == len(layout_of(record)), "two fields at one offset"
    assert sorted(declared) == sorted(offset for offset, *_ in published)
    for offset, size, c_type, name in published:
        item = declared[offset]
        assert item.codec.size == size, item.name
        assert kind_agrees(item.codec, c_type, name), f"{item.name} is not a {c_type}"
        assert item.meaning, f"{item.name} has no meaning"


@each_record
def test_fields_lie_inside_and_do_not_overlap(record: type[Record]) -> None:
    end = 0
    for item in sorted(layout_of(record), key=lambda item: item.offset):
        assert item.offset >= end, item.name
        end = item.offset + item.codec.size
    assert end <= record.SIZE


@each_record
def test_zero_bytes_come_back(record: type[Record]) -> None:
    zero = bytes(record.SIZE)
    assert record.from_bytes(zero).to_bytes() == zero


@each_record
def test_a_new_record_has_its_size_and_comes_back_equal(record: type[Record]) -> None:
    new = record()
    raw = new.to_bytes()
    assert len(raw) == record.SIZE
    assert record.from_bytes(raw) == new


@each_record
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(seed=st.integers(0, 2**32))
def test_any_bytes_come_back(record: type[Record], seed: int) -> None:
    raw = random_bytes(record, seed)
    assert record.from_bytes(raw).to_bytes() == raw


@pytest.mark.parametrize(
    "record", [record for record in RECORDS.values() if record.SIZE <= 400], ids=lambda record: record.__name__
)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_any_bytes_of_small_records_come_back(record: type[Record], data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=record.SIZE, max_size=record.SIZE))
    assert record.from_bytes(raw).to_bytes() == raw


@each_record
def test_a_changed_field_changes_its_own_bytes_alone(record: type[Record]) -> None:
    raw = with_short_labels(record, random_bytes(record, 1))
    read = record.from_bytes(raw)
    for item in layout_of(record):
        value = another_value(item.codec, getattr(read, item.name))
        written = dataclasses.replace(read, **{item.name: value}).to_bytes()
        end = item.offset + item.codec.size
        assert written[: item.offset] == raw[: item.offset], item.name
        assert written[end:] == raw[end:], item.name
        assert written[item.offset : end] != raw[item.offset : end], item.name
        assert item.codec.read(written, item.offset, "utf-8") == value


@each_record
def test_a_wrong_size_is_refused(record: type[Record]) -> None:
    for size in (0, record.SIZE - 1, record.SIZE + 1):
        with pytest.raises(RemoteProtocolError, match=f"the structure has {record.SIZE}"):
            record.from_bytes(bytes(size))


def test_bytes_after_the_published_end_are_kept() -> None:
    raw = random_bytes(NetworkSettings, 2) + b"newer firmware"
    read = NetworkSettings.from_bytes(raw, longer=True)
    written = dataclasses.replace(read, port=1470).to_bytes()
    assert written[8:12] == b"\xbe\x05\0\0"
    assert written[:8] + written[12:] == raw[:8] + raw[12:]


@each_record
def test_text_that_is_too_long_is_refused(record: type[Record]) -> None:
    for item in layout_of(record):
        element, count = as_flat_array(item.codec)
        if isinstance(element, TextCodec):
            limit, unit = element.size - 1, "bytes"
        elif isinstance(element, WideTextCodec):
            limit, unit = element.units - 1, "UTF-16 units"
        else:
            continue
        texts = ["x" * limit, "x" * (limit + 1)]
        fits, too_long = ((words,) * count if isinstance(item.codec, ArrayCodec) else words for words in texts)
        assert getattr(record.from_bytes(made(record, **{item.name: fits}).to_bytes()), item.name) == fits
        with pytest.raises(LocalProtocolError) as caught:
            made(record, **{item.name: too_long}).to_bytes()
        assert f"{record.__name__}.{item.name}" in str(caught.value)
        assert f"at most {limit} {unit}" in str(caught.value)
        assert ("xxxx" in str(caught.value)) is not item.secret


def test_text_is_cut_nowhere_when_its_code_page_needs_more_bytes() -> None:
    header = UserHeaderBioStation(name="ä" * 17)
    with pytest.raises(LocalProtocolError, match=r"name: .*at most 32 bytes in utf-8 \(this has 34\)"):
        header.to_bytes()
    assert UserHeaderBioStation.from_bytes(header.to_bytes(text_codec="latin-1"), text_codec="latin-1") == header


def test_secrets_are_neither_shown_nor_told() -> None:
    secrets = [
        UserHeaderBioStation(pin="271828"),
        UserHeaderWide(pin="271828"),
        PinOnlyMode(global_pin_2="271828"),
        VideophoneSettings(device_password="271828", session_passwords=("271828",) * 8),
        WirelessPresetTouch(key_1="271828", wpa_passphrase="271828"),
        MasterPassword(master_password=b"271828".ljust(16)),
    ]
    for record in secrets:
        assert "271828" not in repr(record)
        assert any(item.secret for item in layout_of(type(record)))
    with pytest.raises(LocalProtocolError) as caught:
        UserHeaderBioStation(pin="271828" * 3).to_bytes()
    assert "UserHeaderBioStation.pin" in str(caught.value)
    assert "271828" not in str(caught.value)


@pytest.mark.parametrize("word", ["password", "passphrase", "pin", "key_1", "key_2", "private_key"])
def test_no_secret_was_forgotten(word: str) -> None:
    pattern = re.compile(rf"(^|_){word}s?(_\d+)?$")
    named: list[FieldLayout] = [
        item for record in RECORDS.values() for item in layout_of(record) if pattern.search(item.name)
    ]
    assert named
    assert all(item.secret for item in named)


def test_a_number_that_does_not_fit_is_named() -> None:
    with pytest.raises(LocalProtocolError, match=r"NetworkSettings.port: 4294967296 .*from 0 to 4294967295"):
        NetworkSettings(port=1 << 32).to_bytes()


def test_a_union_is_read_as_the_member_that_is_asked_for() -> None:
    custom = WiegandCustomFormat(field_count=1, id_field_mask=1, fields=(WiegandField(bit_length=24),) * 12)
    union = WiegandFormatData.holding(custom)
    assert union.read_as(WiegandCustomFormat) == custom
    short = WiegandPassThroughFormat(id_field_count=2)
    assert WiegandFormatData.holding(short).to_bytes() == short.to_bytes() + bytes(136)
    assert WiegandFormatData.holding(short).read_as(WiegandPassThroughFormat) == short


@pytest.mark.parametrize("union", [WiegandFormatData, ZoneProperties, ExtendedZoneProperties])
def test_members_of_a_union_are_the_published_ones(union: type[ZoneProperties]) -> None:
    published = structures()[union.STRUCTURE]["union_of"]
    assert {STRUCTURES[name] for name in published} <= set(union.MEMBERS)
    assert all(member.SIZE <= union.SIZE for member in union.MEMBERS)


def test_a_record_that_is_no_member_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="AccessZoneProperties is not allowed"):
        ExtendedZoneProperties.holding(AccessZoneProperties())
    with pytest.raises(LocalProtocolError, match="NetworkSettings is not allowed"):
        ZoneProperties().read_as(NetworkSettings)


@pytest.mark.parametrize(
    ("groups", "mask"), [((), 0xFFFFFFFF), ((4, 1), 0xFFFF0104), ((1, 4), 0xFFFF0401), ((1, 2, 3, 254), 0xFE030201)]
)
def test_access_groups_of_a_user(groups: tuple[int, ...], mask: int) -> None:
    assert access_group_mask(groups) == mask
    assert access_group_ids(mask) == groups


@pytest.mark.parametrize("groups", [(1, 2, 3, 4, 5), (255,), (-1,)])
def test_access_groups_that_do_not_fit_are_refused(groups: tuple[int, ...]) -> None:
    with pytest.raises(LocalProtocolError, match=r"access groups: .*allowed"):
        access_group_mask(groups)


def test_a_new_record_says_none_where_zero_would_mean_something() -> None:
    assert UserHeaderBioStation().access_group_mask == 0xFFFFFFFF
    assert UserHeaderWide().to_bytes()[12:16] == b"\xff\xff\xff\xff"
    assert LogRecord(event=1).attendance_key == 0xFFFF
    assert ExtendedLogRecord(event=1).image_slot == -1


def test_one_text_of_several_changes_alone() -> None:
    """A neighbour that fills its field or is in another code page stays as it came."""
    full = b"x" * 16
    other = b"\xff\xfe".ljust(16, b"\0")
    raw = bytearray(bytes(AttendanceKeys.SIZE))
    raw[64:96] = full + other
    keys = AttendanceKeys.from_bytes(bytes(raw))
    changed = dataclasses.replace(keys, labels=(*keys.labels[:2], "lunch", *keys.labels[3:])).to_bytes()
    assert changed[64:112] == full + other + b"lunch".ljust(16, b"\0")
    assert changed[:64] == raw[:64]
    assert changed[112:] == raw[112:]
