"""Capture files of every kind, and TCP streams out of order, doubled, cut and full of holes."""

import ipaddress
import random
import struct
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.protocol.capture import (
    CapturedFrame,
    CaptureError,
    CaptureReader,
    Endpoint,
    LeftOut,
    NotACapture,
    StreamData,
    StreamEnd,
    StreamEvent,
    StreamGap,
    TcpReassembler,
    TcpSegment,
    UdpDatagram,
    is_capture,
    read_frame,
)
from doorward.protocol.capture.network import ACK, FIN, RST, SYN
from doorward.protocol.capture.reassembly import MOST_BYTES_HELD, MOST_CONNECTIONS
from tests.support.captures import ethernet, ip, pcap, pcapng, tcp, udp

CLIENT, DEVICE = Endpoint("10.0.0.1", 40000), Endpoint("10.0.0.2", 1470)
FRAMES = [ethernet(ip("10.0.0.1", "10.0.0.2", 17, udp(5, 6, bytes([number]) * number))) for number in range(1, 6)]


def read_all(data: bytes, piece: int = 0) -> list[CapturedFrame]:
    reader = CaptureReader()
    step = piece or len(data)
    frames = [frame for at in range(0, len(data), step) for frame in reader.feed(data[at : at + step])]
    reader.end()
    return frames


# Files


@pytest.mark.parametrize("piece", [0, 1, 7, 100])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_pcap(piece: int, order: str, nanoseconds: bool) -> None:
    frames = read_all(pcap(FRAMES, order=order, nanoseconds=nanoseconds), piece)
    assert [frame.data for frame in frames] == FRAMES
    assert {frame.link_type for frame in frames} == {1}
    assert frames[2].time == 1_700_000_002_000_000_000 + (250 if nanoseconds else 250_000)


@pytest.mark.parametrize("piece", [0, 1, 7, 100])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packet", ["enhanced", "simple", "obsolete"])
def test_pcapng(piece: int, order: str, packet: str) -> None:
    frames = read_all(pcapng(FRAMES, order=order, packet=packet), piece)
    assert [frame.data for frame in frames] == FRAMES
    assert frames[2].time == (None if packet == "simple" else 1_700_000_002_000_250_000)


def test_pcapng_time_resolutions() -> None:
    for option, ticks in ((b"\x09", 10**9), (b"\x8a", 1 << 10)):
        (frame,) = read_all(pcapng(FRAMES[:1], resolution=option, ticks=ticks))
        assert frame.time is not None
        assert frame.time // 10**9 == 1_700_000_000


def test_sections_of_different_byte_order_follow_each_other() -> None:
    data = pcapng(FRAMES[:2], order="<") + pcapng(FRAMES[2:], order=">")
    assert [frame.data for frame in read_all(data, 13)] == FRAMES


def test_a_cut_frame_keeps_its_length() -> None:
    (frame,) = read_all(pcap([FRAMES[4]], snapshot=44))
    assert (len(frame.data), frame.original_length) == (44, len(FRAMES[4]))
    datagram = read_frame(frame)
    assert isinstance(datagram, UdpDatagram)
    assert (datagram.data, datagram.missing) == (b"\x05\x05", 3)


@pytest.mark.parametrize("data", [b"", b"\xd4\xc3", b"{{<<" + bytes(40), b"\x1f\x8b" + bytes(40), b"PK\x03\x04"])
def test_what_is_no_capture(data: bytes) -> None:
    with pytest.raises(NotACapture):
        read_all(data, 50)
    assert not is_capture(data)


@pytest.mark.parametrize("data", [pcap(FRAMES), pcapng(FRAMES)], ids=["pcap", "pcapng"])
def test_a_file_cut_at_any_byte_gives_what_came_before(data: bytes) -> None:
    for size in range(4, len(data)):
        reader = CaptureReader()
        frames = reader.feed(data[:size])
        assert [frame.data for frame in frames] == FRAMES[: len(frames)]
        try:
            reader.end()
        except CaptureError as error:
            assert "ends in the middle" in error.message or isinstance(error, NotACapture)  # noqa: PT017


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pcap(FRAMES)[:24] + struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 0), "4294967295 bytes"),
        (pcapng(FRAMES) + struct.pack("<II", 6, 0xFFFFFFFC) + bytes(8), "which cannot be"),
        (pcapng(FRAMES) + struct.pack("<IIIIIIII", 6, 32, 9, 0, 0, 0, 0, 32), "interface 9"),
        (pcapng(FRAMES) + struct.pack("<IIIIIIII", 6, 32, 0, 0, 0, 99, 99, 32), "99 bytes"),
        (pcapng(FRAMES) + struct.pack("<III", 6, 12, 12), "too short"),
        (pcapng(FRAMES) + struct.pack("<III", 6, 12, 16), "ends with the size 16"),
    ],
)
def test_damage_is_told_at_the_end_and_what_came_before_is_kept(data: bytes, words: str) -> None:
    reader = CaptureReader()
    frames = reader.feed(data)
    assert len(frames) in (0, len(FRAMES))
    assert reader.damaged
    assert reader.feed(b"more") == []
    with pytest.raises(CaptureError, match=words):
        reader.end()


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([pcap(FRAMES), pcapng(FRAMES), pcapng(FRAMES, order=">")]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=8),
)
def test_no_damaged_file_breaks_the_reader(data: bytes, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(data)
    for place, value in changes:
        changed[place % len(changed)] = value
    reader = CaptureReader()
    try:
        for frame in reader.feed(bytes(changed)):
            read_frame(frame)
        reader.end()
    except CaptureError:
        pass


# Frames

DATAGRAM = udp(1234, 51110, b"payload")


@pytest.mark.parametrize(
    ("link", "beginning"),
    [
        (1, bytes(12) + b"\x08\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x05\x08\x00"),
        (1, bytes(12) + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00"),
        (0, b"\x02\x00\x00\x00"),
        (108, b"\x00\x00\x00\x02"),
        (113, bytes(14) + b"\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
        (101, b""),
        (12, b""),
        (228, b""),
    ],
)
def test_every_kind_of_link(link: int, beginning: bytes) -> None:
    data = beginning + ip("10.0.0.1", "10.0.0.2", 17, DATAGRAM)
    packet = read_frame(CapturedFrame(link, data, len(data), None))
    assert packet == UdpDatagram(Endpoint("10.0.0.1", 1234), Endpoint("10.0.0.2", 51110), b"payload")


def test_ipv6_with_extension_headers() -> None:
    extensions = bytes([60, 0]) + bytes(6) + bytes([44, 0]) + bytes(6) + bytes([17, 0]) + bytes(6)
    data = ip("fe80::1", "fe80::2", 0, extensions + DATAGRAM)
    packet = read_frame(CapturedFrame(101, data, len(data), None))
    assert isinstance(packet, UdpDatagram)
    assert packet.data == b"payload"
    assert str(packet.source) == "[fe80::1]:1234"


def test_padding_behind_a_short_packet_is_no_data() -> None:
    data = ethernet(ip("10.0.0.1", "10.0.0.2", 6, tcp(1, 1470, 5, b"")), b"\0" * 6)
    packet = read_frame(CapturedFrame(1, data, len(data), None))
    assert isinstance(packet, TcpSegment)
    assert (packet.data, packet.missing) == (b"", 0)


def test_a_segment_that_the_card_will_cut_has_no_length() -> None:
    data = bytearray(ip("10.0.0.1", "10.0.0.2", 6, tcp(1, 1470, 5, b"x" * 3000)))
    data[2:4] = b"\0\0"
    packet = read_frame(CapturedFrame(101, bytes(data), len(data), None))
    assert isinstance(packet, TcpSegment)
    assert len(packet.data) == 3000


@pytest.mark.parametrize(
    ("link", "data", "reason"),
    [
        (1, bytes(12) + b"\x08\x06" + bytes(28), LeftOut.OTHER),
        (101, ip("10.0.0.1", "10.0.0.2", 1, bytes(8)), LeftOut.OTHER),
        (101, ip("10.0.0.1", "10.0.0.2", 17, DATAGRAM, fragment=0x2000), LeftOut.FRAGMENT),
        (101, ip("10.0.0.1", "10.0.0.2", 17, DATAGRAM, fragment=0x0001), LeftOut.FRAGMENT),
        (101, ip("fe80::1", "fe80::2", 44, bytes([17, 0, 0, 8]) + bytes(4) + DATAGRAM), LeftOut.FRAGMENT),
        (101, ip("10.0.0.1", "10.0.0.2", 17, DATAGRAM)[:24], LeftOut.BROKEN),
        (1, b"\0" * 10, LeftOut.BROKEN),
        (147, b"\0" * 60, LeftOut.LINK),
    ],
)
def test_frames_that_bring_nothing_say_why(link: int, data: bytes, reason: LeftOut) -> None:
    assert read_frame(CapturedFrame(link, data, len(data), None)) is reason


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([0, 1, 12, 101, 108, 113, 276, 9]), st.binary(max_size=120))
def test_no_frame_breaks_the_reader(link: int, data: bytes) -> None:
    read_frame(CapturedFrame(link, data, len(data), None))


# Streams


def segment(
    sequence: int, data: bytes = b"", flags: int = ACK, *, back: bool = False, ack: int | None = None, missing: int = 0
) -> TcpSegment:
    ends = (DEVICE, CLIENT) if back else (CLIENT, DEVICE)
    return TcpSegment(*ends, sequence & 0xFFFFFFFF, ack, flags, data, missing)


def stream(events: list[StreamEvent], source: Endpoint = CLIENT) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, StreamData) and event.source == source)


def take(reassembler: TcpReassembler, segments: Iterator[TcpSegment] | list[TcpSegment]) -> list[StreamEvent]:
    return [event for each in segments for event in reassembler.take(each)]


CONTENT = bytes(range(256)) * 8


def cut_into_segments(start: int, size: int = 100) -> list[TcpSegment]:
    return [segment(start + at, CONTENT[at : at + size]) for at in range(0, len(CONTENT), size)]


@pytest.mark.parametrize("start", [0, 1000, 0xFFFFFF00])
@pytest.mark.parametrize("seed", range(5))
def test_segments_in_any_order_and_doubled(start: int, seed: int) -> None:
    chance = random.Random(seed)
    segments = cut_into_segments(start + 1) * 2 + [segment(start + 1 + 50, CONTENT[50:350])]
    chance.shuffle(segments)
    events = take(TcpReassembler(), [segment(start, flags=SYN), *segments])
    assert stream(events) == CONTENT
    assert not any(isinstance(event, StreamGap) for event in events)


def test_both_directions_are_kept_apart() -> None:
    events = take(
        TcpReassembler(),
        [
            segment(1, flags=SYN),
            segment(9, flags=SYN | ACK, back=True),
            segment(2, b"ask"),
            segment(10, b"answer", back=True),
        ],
    )
    assert stream(events) == b"ask"
    assert stream(events, DEVICE) == b"answer"
    assert {event.connection.first for event in events} == {CLIENT}


def test_a_capture_that_begins_in_the_middle() -> None:
    assert (
        stream(take(TcpReassembler(), [segment(500, b"abc"), segment(503, b"def"), segment(400, b"old")])) == b"abcdef"
    )


def test_a_hole_is_told_once_the_other_end_acknowledged_it() -> None:
    reassembler = TcpReassembler()
    events = take(reassembler, [segment(0, flags=SYN), segment(1, b"abc"), segment(104, b"xyz")])
    assert stream(events) == b"abc"
    events = reassembler.take(segment(1, ack=107, back=True))
    assert [event.missing for event in events if isinstance(event, StreamGap)] == [100]
    assert stream(events) == b"xyz"


def test_a_hole_is_told_at_the_end() -> None:
    reassembler = TcpReassembler()
    take(reassembler, [segment(1, b"abc"), segment(14, b"xyz")])
    gap, data, end = reassembler.end()
    assert isinstance(gap, StreamGap)
    assert gap.missing == 10
    assert isinstance(data, StreamData)
    assert isinstance(end, StreamEnd)


def test_bytes_cut_by_the_capture_are_a_gap() -> None:
    events = take(TcpReassembler(), [segment(1, b"abc", missing=7), segment(11, b"xyz")])
    assert [type(event) for event in events] == [StreamData, StreamGap, StreamData]
    assert stream(events) == b"abcxyz"


def test_a_hole_does_not_fill_the_memory() -> None:
    reassembler = TcpReassembler()
    reassembler.take(segment(1, b"begin"))
    piece = bytes(60_000)
    gaps = 0
    for number in range(100):
        for event in reassembler.take(segment(1000 + number * len(piece), piece)):
            gaps += isinstance(event, StreamGap)
        assert reassembler.held_bytes <= MOST_BYTES_HELD + len(piece)
    assert gaps == 1


def test_many_connections_do_not_fill_the_memory() -> None:
    reassembler = TcpReassembler()
    ended = 0
    for number in range(MOST_CONNECTIONS + 100):
        source = Endpoint(str(ipaddress.IPv4Address(0x0A000000 + number)), 5)
        events = reassembler.take(TcpSegment(source, DEVICE, 1, None, 0, b"x"))
        ended += sum(isinstance(event, StreamEnd) for event in events)
    assert ended == 100


def test_the_end_of_a_connection() -> None:
    reassembler = TcpReassembler()
    events = take(
        reassembler,
        [
            segment(1, b"ask"),
            segment(1, b"answer", back=True),
            segment(4, flags=FIN | ACK),
            segment(7, flags=FIN | ACK, back=True),
        ],
    )
    assert isinstance(events[-1], StreamEnd)
    assert reassembler.take(segment(1, b"ask")) == []  # sent once more
    assert reassembler.end() == []


def test_a_reset_ends_a_connection_and_its_ports_may_be_used_again() -> None:
    reassembler = TcpReassembler()
    events = take(
        reassembler,
        [
            segment(1, flags=SYN),
            segment(2, b"one"),
            segment(5, flags=RST),
            segment(9000, flags=SYN),
            segment(9000, flags=SYN),
            segment(9001, b"two"),
        ],
    )
    data = [event for event in events if isinstance(event, StreamData)]
    assert [event.data for event in data] == [b"one", b"two"]
    assert data[0].connection != data[1].connection
    assert sum(isinstance(event, StreamEnd) for event in events) == 1


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(
            segment,
            st.one_of(st.integers(0, 60), st.integers(0xFFFFFFF0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF)),
            st.binary(max_size=12),
            st.integers(0, 0x1F),
            back=st.booleans(),
            ack=st.one_of(st.none(), st.integers(0, 0xFFFFFFFF)),
            missing=st.integers(0, 3),
        ),
        max_size=30,
    )
)
def test_no_segments_break_the_reassembler(segments: list[TcpSegment]) -> None:
    reassembler = TcpReassembler()
    events = take(reassembler, segments) + reassembler.end()
    assert all(event.data for event in events if isinstance(event, StreamData))
    assert all(event.missing > 0 for event in events if isinstance(event, StreamGap))
    assert reassembler.held_bytes == 0
