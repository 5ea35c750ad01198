"""The log: complete, in order, filtered, and flat in memory."""

from __future__ import annotations

import dataclasses
import struct
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from doorward.device.biostar1.log import LogChunk
from doorward.model.errors import InvalidInput, Unsupported
from doorward.model.events import Event
from doorward.protocol.biostar1.models import MODELS, Capability
from doorward.protocol.biostar1.records import ExtendedLogRecord, ImageLogHeader, LogRecord
from doorward.protocol.biostar1.results import NotFoundError
from doorward.protocol.errors import RemoteProtocolError
from doorward.simulator import history
from tests.device.fakes import frame, request_fields, scripted
from tests.device.virtual import virtual_device

ROW = struct.Struct("<BBHiII")
every_model = pytest.mark.parametrize("slug", [model.slug for model in MODELS])


def local(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def rows(first: int, count: int) -> bytes:
    return b"".join(ROW.pack(0x27, 0x2B, 0xFFFF, first + at, at + 1, 0) for at in range(count))


def reply(content: bytes, *, count: int | None = None, size: int = 16) -> list[bytes]:
    """The packets of a log reply."""
    number = len(content) // size if count is None else count
    packets = max(1, -(-len(content) // 2048))
    return [
        frame(0x12, 0, number, 0, content[at * 2048 : (at + 1) * 2048], index=at, count=packets)
        for at in range(packets)
    ]


class LogOf:
    """A fake device's log that comes in given replies; then nothing."""

    def __init__(self, *replies: bytes, total: int | None = None) -> None:
        self.replies = list(replies)
        self.place = 0
        self.asked: list[tuple[int, int, int]] = []
        self.packets: dict[bytes, list[bytes]] = {}
        self.total = sum(len(item) // 16 for item in replies) if total is None else total

    def __call__(self, packet: bytes) -> Sequence[bytes]:
        command, code, param1, param2 = request_fields(packet)
        if command == 0x14:
            return [frame(0x14, 0, self.total)]
        self.asked.append((code, param1, param2))
        if code == 0:
            self.place = 0
        content = self.replies[self.place] if self.place < len(self.replies) else b""
        self.place += 1
        if content not in self.packets:
            self.packets[content] = reply(content)
        return self.packets[content]


@every_model
async def test_the_whole_log_in_order(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        history(virtual, 20_000)
        told: list[tuple[int, int | None]] = []
        contents = [
            chunk async for chunk in device.log.records(progress=lambda done, total: told.append((done, total)))
        ]
        assert b"".join(chunk.content for chunk in contents) == virtual.log.content
        assert sum(map(len, contents)) == await device.event_count()
        assert told[-1] == (sum(map(len, contents)),) * 2
        expected = ExtendedLogRecord if virtual.model.can(Capability.EXTENDED_LOG) else LogRecord
        assert {chunk.record for chunk in contents} == {expected}
        events = [event for chunk in contents for event in chunk.events()]
        assert [event.local_time for event in events] == [record[3] for chunk in contents for record in chunk.records()]
        assert all(event.device_id for event in events)
        assert isinstance(events[0], Event)
        assert device.describe(events[0]).words


@every_model
async def test_bounds_are_included(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        history(virtual, 5_000)
        times = [event.local_time for chunk in [c async for c in device.events()] for event in chunk]
        first, last = times[1000], times[3000]
        inside = [time for time in times if first <= time <= last]
        found = [
            event.local_time
            for chunk in [c async for c in device.events(since=local(first), until=local(last))]
            for event in chunk
        ]
        assert found == inside
        with_zone = datetime.fromtimestamp(first, UTC)
        device.context = dataclasses.replace(device.context, zone=UTC)
        device.log._context = device.context
        found = [event.local_time for chunk in [c async for c in device.events(since=with_zone)] for event in chunk]
        assert found == [time for time in times if time >= first]
        with pytest.raises(InvalidInput, match="not before"):
            _ = [c async for c in device.events(since=local(last), until=local(first))]
        with pytest.raises(InvalidInput, match="2038"):
            _ = [c async for c in device.events(since=datetime(2040, 1, 1))]  # noqa: DTZ001


@every_model
async def test_deleting_and_the_cache(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        history(virtual, 300)
        cached = await device.log.cache()
        assert 0 < len(cached) <= 128
        await device.log.clear_cache()
        assert len(await device.log.cache()) == 0
        before = await device.event_count()
        assert await device.log.delete_oldest(100) == 100
        assert await device.event_count() == before - 100
        assert await device.log.delete_all() == before - 100
        assert [chunk async for chunk in device.log.records()] == []


async def test_an_empty_log_is_told_in_two_ways() -> None:
    async with scripted(lambda packet: [frame(0x12)]) as (device, _):
        assert [chunk async for chunk in device.log.records()] == []
    async with scripted(lambda packet: [frame(0x12, 0x68)]) as (device, _):
        assert [chunk async for chunk in device.log.records()] == []


async def test_replies_are_asked_for_until_nothing_comes() -> None:
    log = LogOf(rows(1000, 300), rows(1300, 200), rows(1500, 1))
    async with scripted(log) as (device, _):
        chunks = [chunk async for chunk in device.log.records()]
        assert [len(chunk) for chunk in chunks] == [300, 200, 1]
        assert log.asked == [(0, 0, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0)]


async def test_equal_records_in_two_replies_are_two_events() -> None:
    one = rows(1000, 1)
    async with scripted(LogOf(one, one, one)) as (device, _):
        assert [len(chunk) async for chunk in device.log.records()] == [1, 1, 1]


async def test_a_device_that_cannot_go_on_and_repeats_itself_does_not_keep_us_for_ever() -> None:
    def answer(packet: bytes) -> Sequence[bytes]:
        return [frame(0x14, 0, 300)] if request_fields(packet)[0] == 0x14 else reply(rows(1000, 300))

    async with scripted(answer) as (device, _):
        assert [len(chunk) async for chunk in device.log.records()] == [300]


async def test_the_count_decides_about_the_records() -> None:
    async with scripted(lambda packet: reply(rows(5, 10), count=7)) as (device, _):
        assert len(await anext(device.log.records())) == 7
    async with scripted(lambda packet: reply(rows(5, 10), count=11)) as (device, _):
        with pytest.raises(RemoteProtocolError, match="16 bytes of records are missing"):
            await anext(device.log.records())


async def test_a_device_that_ignores_the_bounds_is_filtered() -> None:
    async with scripted(LogOf(rows(1000, 300), total=300)) as (device, _):
        chunks = [chunk async for chunk in device.log.records(since=local(1100), until=local(1109))]
        assert [len(chunk) for chunk in chunks] == [10]
        assert [record.local_time for record in chunks[0].records()] == list(range(1100, 1110))


async def test_other_requests_find_their_turn_between_replies() -> None:
    log = LogOf(rows(1000, 300), rows(1300, 200))
    async with scripted(log) as (device, _):
        counts = []
        async for chunk in device.log.records():
            counts.append(await device.event_count())
            assert len(chunk)
        assert counts == [500, 500]


async def test_memory_is_flat_in_the_number_of_records() -> None:
    block = rows(1000, 32_768)

    async def peak_of(replies: int) -> int:
        log = LogOf(*[block] * replies, total=10**9)
        log.packets[block] = reply(block)
        async with scripted(log) as (device, _):
            tracemalloc.start()
            try:
                count = 0
                async for chunk in device.log.records():
                    count += len(chunk)
                assert count == replies * 32_768
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    few = await peak_of(2)
    many = await peak_of(20)
    assert many < few * 1.5


async def test_a_reply_that_is_larger_than_any_is_given_out_in_parts() -> None:
    whole = rows(1000, 65_535 * 8)

    async with scripted(LogOf(whole)) as (device, _):
        chunks = [chunk async for chunk in device.log.records()]
        assert len(chunks) > 1
        assert b"".join(chunk.content for chunk in chunks) == whole


def test_chunks_in_all_forms() -> None:
    content = struct.pack("<BBHiIIhhi", 0x27, 1, 2, 3, 4, 0, 5, 6, 7) * 2
    chunk = LogChunk(content, ExtendedLogRecord, 99)
    assert len(chunk) == 2
    assert chunk.events()[0] == Event(0x27, 1, 2, 3, 4, 99, 5)
    assert next(chunk.rows()) == (0x27, 1, 2, 3, 4, 0, 5, 6, 7)
    assert chunk.between(3, 3) is chunk
    assert len(chunk.between(4, 0)) == 0
    assert "x27" not in repr(chunk)
    event = Event(1, local_time=86_400)
    assert event.time == datetime(1970, 1, 2)  # noqa: DTZ001
    assert event.time - timedelta(days=1) == datetime(1970, 1, 1)  # noqa: DTZ001


# Pictures.


def picture(second: int, content: bytes) -> bytes:
    header = ImageLogHeader(event=0x27, local_time=second, user_id=5, image_size=len(content), device_id=9)
    return header.to_bytes() + content


def image_reply(content: bytes, count: int) -> list[bytes]:
    packets = max(1, -(-len(content) // 2048))
    return [
        frame(0x19, 0 if content else 0x68, count, 0, content[at * 2048 : (at + 1) * 2048], index=at, count=packets)
        for at in range(packets)
    ]


async def test_pictures_one_after_another() -> None:
    wanted = [(100, b"a" * 5000), (101, b""), (102, b"b" * 3000)]

    def answer(packet: bytes) -> Sequence[bytes]:
        content = b"".join(picture(*item) for item in wanted)
        return image_reply(content, 3) if request_fields(packet)[1] == 0 else image_reply(b"", 0)

    async with scripted(answer, device_type=4) as (device, fake):
        images = [image async for image in device.image_log.images()]
        assert [(image.event.local_time, image.picture) for image in images] == wanted
        assert images[0].event.device_id == 9
        assert [request_fields(packet)[1] for packet in fake.requests] == [0, 1]


@pytest.mark.parametrize(
    ("content", "words"),
    [(picture(1, b"abc")[:-1], "ends 26 bytes into a picture"), (b"\x27" + b"\xff" * 30, "at most 4194304")],
)
async def test_a_damaged_picture(content: bytes, words: str) -> None:
    async with scripted(lambda packet: image_reply(content, 1), device_type=4) as (device, _):
        with pytest.raises(RemoteProtocolError, match=words):
            _ = [image async for image in device.image_log.images()]


@every_model
async def test_image_log(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        if not virtual.model.can(Capability.CAMERA):
            for action in (device.image_log.count, device.image_log.delete_all):
                with pytest.raises(Unsupported, match="no camera"):
                    await action()
            return
        assert await device.image_log.count() == 0
        assert [image async for image in device.image_log.images()] == []
        with pytest.raises(InvalidInput):
            await device.image_log.delete_oldest(0)
        with pytest.raises(NotFoundError):
            await device.image_log.image(Event(0x27, local_time=5))
        assert await device.image_log.delete_all() == 0
