"""The golden vectors' decoded values against what the records read from the same bytes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from doorward.protocol.biostar1.records import (
    STRUCTURES,
    CompactSettings,
    ExtendedLogRecord,
    LogRecord,
    NetworkSettings,
    read_extended_log_records,
    read_log_records,
    write_extended_log_records,
    write_log_records,
)
from doorward.protocol.layout import Record, RecordCodec, WideTextCodec, layout_of, split_records
from tests.support.vectors import case, cases, structures

RESERVED = re.compile("reserve|^padding$", re.IGNORECASE)


def payload_of(item: dict[str, Any]) -> bytes:
    """The payload of a case; in none of these cases do both sides send one."""
    sent = {packet["dir"] for packet in item["packets"] if packet["payload_hex"]}
    assert len(sent) == 1
    return b"".join(bytes.fromhex(packet["payload_hex"]) for packet in item["packets"])


def agrees(record: Record, values: dict[str, Any], structure: str) -> int:
    """Compare a record with decoded values; returns how many were compared."""
    by_offset = {item.offset: item for item in layout_of(type(record))}
    compared = 0
    for offset, _, _, name in structures()[structure]["fields"]:
        if name not in values or RESERVED.search(name):
            continue
        item, expected = by_offset[offset], values[name]
        value = getattr(record, item.name)
        if isinstance(item.codec, WideTextCodec):
            units = b"".join(unit.to_bytes(2, "little") for unit in expected)
            expected = units.decode("utf-16-le").split("\0", 1)[0]
        elif isinstance(getattr(item.codec, "element", item.codec), RecordCodec):
            value = item.codec.write(value, "utf-8").hex()
        elif isinstance(expected, list):
            value = list(value)
        assert value == expected, item.name
        compared += 1
    return compared


def with_structure() -> list[Any]:
    return [
        pytest.param(item, id=f"{group}/{item['name']}")
        for group in ("config", "access")
        for item in cases(group)
        if "struct" in item.get("decoded", {})
    ]


@pytest.mark.parametrize("item", with_structure())
def test_configuration_and_rights(item: dict[str, Any]) -> None:
    name = item["decoded"]["struct"]
    record, payload = STRUCTURES[name], payload_of(item)
    assert issubclass(record, Record)
    read = split_records(record, payload)
    assert b"".join(part.to_bytes() for part in read) == payload
    known = [field for field in item["decoded"]["fields"] if not RESERVED.search(field)]
    assert agrees(read[0], item["decoded"]["fields"], name) == len(known)


def test_decoded_values_are_there_to_compare() -> None:
    with_values = {
        param.values[0]["decoded"]["struct"]
        for param in with_structure()
        if len(param.values[0]["decoded"]["fields"]) > 2
    }
    assert {"BSIPConfig", "BSSysInfoConfig", "BSOPModeConfig", "BSTimeScheduleEx", "BSAccessGroupEx"} <= with_values


@pytest.mark.parametrize(
    "item",
    [pytest.param(item, id=item["name"]) for item in cases("users") if "users" in item.get("decoded", {})],
)
def test_lists_of_users(item: dict[str, Any]) -> None:
    users, payload = item["decoded"]["users"], payload_of(item)
    size = len(payload) // len(users)
    (name,) = {
        STRUCTURES[name].STRUCTURE
        for name, published in structures().items()
        if published["size"] == size and [field[3] for field in published["fields"]] == list(users[0])
    }
    record = STRUCTURES[name]
    assert issubclass(record, Record)
    read = split_records(record, payload)
    assert len(read) == len(users)
    for header, values in zip(read, users, strict=True):
        assert agrees(header, values, name) == len([field for field in values if not RESERVED.search(field)])
        assert header.to_bytes() == payload[:size]
        payload = payload[size:]


@pytest.mark.parametrize(
    "item",
    [pytest.param(item, id=item["name"]) for item in cases("logs") if "records" in item.get("decoded", {})],
)
def test_log_records(item: dict[str, Any]) -> None:
    expected, payload = item["decoded"]["records"], payload_of(item)
    read: list[LogRecord] | list[ExtendedLogRecord]
    if len(payload) == LogRecord.SIZE * len(expected):
        read = read_log_records(payload)
        assert write_log_records(read) == payload
    else:
        read = read_extended_log_records(payload)
        assert write_extended_log_records(read) == payload
    assert [tuple(record) for record in read] == [tuple(values.values()) for values in expected]


def test_network_settings_by_udp() -> None:
    payload = payload_of(case("udp", "read_ipconfig"))
    read = NetworkSettings.from_bytes(payload)
    assert (read.port, read.ip_address, read.server_port) == (1470, "10.78.0.2", 1480)
    assert read.to_bytes() == payload


def test_all_settings_of_a_compact_model_by_udp() -> None:
    payload = payload_of(case("udp", "read_be_config"))
    assert CompactSettings.from_bytes(payload).to_bytes() == payload
