from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.protocol.biostar1.commands import logs
from doorward.protocol.biostar1.records.logs import read_extended_log_records, read_log_records
from doorward.protocol.biostar1.results import INVALID_PARAMETER, NOT_FOUND, UNSUPPORTED
from doorward.protocol.errors import LocalProtocolError
from doorward.simulator.log_ring import LogRing
from doorward.simulator.traffic import history
from doorward.simulator.virtual_device import Limits, VirtualDevice
from tests.simulator.talk import HostClock, ask, told


def record(number: int, moment: int) -> bytes:
    return struct.pack("<BBHIII", 0x27, 0x2F, 0xFFFF, moment, number, 0)


def device_with(*times: int, limits: Limits | None = None, model: str = "bioentry-plus") -> VirtualDevice:
    device = VirtualDevice(10_001, model, limits=limits, host_time=HostClock())
    for number, moment in enumerate(times):
        device.log.add_records(record(number, moment))
    return device


def numbers(reply: Any) -> list[int]:
    found = read_log_records(reply.content)
    assert reply.record_count == len(found)
    return [item.user_id for item in found]


def test_reads_everything_in_portions_and_then_nothing() -> None:
    device = device_with(*range(100, 110))
    device.log.records_per_read = 4
    first = numbers(told(device, logs.ReadLogs(logs.FROM_START)))
    rest = [numbers(told(device, logs.ReadLogs(logs.CONTINUE))) for _ in range(3)]
    assert [first, *rest] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], []]


def test_continuing_is_a_matter_of_the_device_not_of_the_connection() -> None:
    device = device_with(1, 2, 3)
    device.log.records_per_read = 2
    assert numbers(told(device, logs.ReadLogs(logs.FROM_START))) == [0, 1]
    device.log.add_records(record(3, 4))
    assert numbers(told(device, logs.ReadLogs(logs.CONTINUE))) == [2, 3]


def test_bounds_are_included_and_0_is_open() -> None:
    device = device_with(100, 200, 200, 300)
    asked = {
        (100, 200): [0, 1, 2],
        (200, 200): [1, 2],
        (0, 199): [0],
        (201, 0): [3],
        (301, 0): [],
        (0, 0): [0, 1, 2, 3],
    }
    for (start, end), expected in asked.items():
        assert numbers(told(device, logs.ReadLogs(logs.FROM_START, start, end))) == expected


def test_a_clock_that_was_set_back_hides_nothing() -> None:
    device = device_with(100, 200, 150, 160, 210)
    assert numbers(told(device, logs.ReadLogs(logs.FROM_START, 150, 200))) == [1, 2, 3]
    device.log.records_per_read = 2
    assert numbers(told(device, logs.ReadLogs(logs.FROM_START, 150, 200))) == [1, 2]
    assert numbers(told(device, logs.ReadLogs(logs.CONTINUE, 150, 200))) == [3]


def test_wrong_questions_are_refused() -> None:
    device = device_with(1)
    assert ask(device, logs.ReadLogs(2)).code == INVALID_PARAMETER
    assert ask(device, logs.ReadLogs(0, 20, 10)).code == INVALID_PARAMETER


def test_the_form_of_records_is_that_of_the_model() -> None:
    compact, wide = VirtualDevice(1, "xpass"), VirtualDevice(2, "d-station")
    assert ask(compact, logs.ReadExtendedLogs()).code == UNSUPPORTED
    assert ask(wide, logs.ReadLogs()).code == UNSUPPORTED
    wide.tamper(on=True)
    (found,) = read_extended_log_records(told(wide, logs.ReadExtendedLogs()).content)
    assert (found.event, found.device_id, found.image_slot) == (0x64, 2, -1)


def test_a_full_log_overwrites_the_oldest() -> None:
    device = device_with(*range(1, 8), limits=Limits(log_records=5))
    assert told(device, logs.CountLogs()).count == 5
    assert numbers(told(device, logs.ReadLogs())) == [2, 3, 4, 5, 6]
    assert numbers(told(device, logs.ReadLogs(0, 4, 5))) == [3, 4]


def test_more_than_the_capacity_at_once_leaves_the_newest() -> None:
    device = device_with(limits=Limits(log_records=3))
    device.log.add_records(b"".join(record(number, number) for number in range(1, 9)))
    assert numbers(told(device, logs.ReadLogs())) == [6, 7, 8]


def test_deleting_takes_the_oldest_and_tells_how_many() -> None:
    device = device_with(*range(1, 6))
    assert told(device, logs.DeleteLogs(2)).count == 2
    assert numbers(told(device, logs.ReadLogs())) == [2, 3, 4]
    assert told(device, logs.DeleteLogs(9)).count == 3
    assert told(device, logs.DeleteAllLogs()).count == 0
    device.log.add_records(record(5, 1))
    assert numbers(told(device, logs.ReadLogs())) == [5]


def test_the_cache_holds_the_newest_128_and_reading_empties_it() -> None:
    device = device_with(*range(1, 200))
    assert numbers(told(device, logs.ReadLogCache())) == list(range(71, 199))
    assert numbers(told(device, logs.ReadLogCache())) == []
    device.log.add_records(record(500, 500))
    assert numbers(told(device, logs.ReadLogCache())) == [500]
    device.log.add_records(record(501, 501))
    told(device, logs.ClearLogCache())
    assert numbers(told(device, logs.ReadLogCache())) == []
    assert told(device, logs.CountLogs()).count == 201


def test_half_a_record_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="16"):
        device_with().log.add_records(bytes(17))


def test_image_logs() -> None:
    device = VirtualDevice(5, "facestation", limits=Limits(images=2), host_time=HostClock())
    for user_id in (1, 2, 3):
        device.images.add(0x27, 0x32, user_id, b"picture %d" % user_id)
    assert told(device, logs.CountImageLogs()).count == 2
    found = told(device, logs.ReadImageLogs())
    assert found.image_count == 2
    assert found.content.endswith(b"picture 3")
    assert told(device, logs.ReadImageLogs(logs.CONTINUE)).image_count == 0
    moment = int.from_bytes(found.content[4:8], "little")
    assert told(device, logs.ReadImageLog(moment, 0x27)).content.endswith(b"picture 2")
    assert ask(device, logs.ReadImageLog(moment, 0x28)).code == NOT_FOUND
    assert told(device, logs.DeleteImageLogs(1)).count == 1
    assert told(device, logs.DeleteAllImageLogs()).count == 1
    assert told(device, logs.ReadImageLogs()).image_count == 0
    assert ask(VirtualDevice(1, "xpass"), logs.CountImageLogs()).code == UNSUPPORTED


def test_ten_of_a_million_records() -> None:
    device = VirtualDevice(1, "d-station", host_time=HostClock())
    device.log.add_records(b"".join(struct.pack("<BBHIIIhhi", 0x27, 0, 0, n, n, 1, -1, 0, 0) for n in range(1_000_000)))
    found = told(device, logs.ReadExtendedLogs(0, 700_000, 700_009))
    assert [item.user_id for item in read_extended_log_records(found.content)] == list(range(700_000, 700_010))


def test_a_long_history_ends_about_now() -> None:
    device = VirtualDevice(1, "bioentry-plus", host_time=HostClock())
    history(device, 50_000, seed=3)
    times = [item.local_time for item in read_log_records(device.log.content)]
    assert times == sorted(times)
    assert device.clock.local_time - 2 * 86_400 < times[-1] <= device.clock.local_time
    assert len(times) == 50_000


@given(
    capacity=st.integers(1, 12),
    steps=st.lists(
        st.one_of(
            st.lists(st.integers(0, 30), min_size=1, max_size=15).map(lambda times: ("append", times)),
            st.integers(0, 6).map(lambda count: ("drop", count)),
        ),
        max_size=12,
    ),
    bounds=st.tuples(st.integers(0, 30), st.integers(0, 30)),
    limit=st.integers(1, 8),
)
@settings(max_examples=200, deadline=None)
def test_the_ring_does_what_a_list_does(
    capacity: int, steps: list[tuple[str, Any]], bounds: tuple[int, int], limit: int
) -> None:
    ring, count = LogRing(16, capacity), 0
    plain: list[bytes] = []
    for what, value in steps:
        if what == "drop":
            assert ring.drop_oldest(value) == min(value, len(plain))
            plain = plain[value:]
            continue
        new = [record(count + place, moment) for place, moment in enumerate(value)]
        count += len(new)
        ring.append(b"".join(new))
        plain = (plain + new)[-capacity:]
    assert ring.read(ring.first, ring.end) == b"".join(plain)
    start, end = min(bounds), max(bounds)
    expected = [item for item in plain if start <= int.from_bytes(item[4:8], "little") <= (end or 0xFFFFFFFF)]
    found: list[bytes] = []
    number = ring.first
    for _ in range(capacity + 2):
        piece, number = ring.select(number, start, end, limit)
        assert len(piece) <= 16 * limit
        if not piece:
            break
        found.append(piece)
    assert b"".join(found) == b"".join(expected)
