"""Packets, datagrams and streams against the golden vectors, and against rubbish."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.protocol.biostar1.cipher import (
    TCP_CIPHER,
    UDP_CIPHER,
    FixedCipher,
    decrypt_password,
    encrypt_password,
)
from doorward.protocol.biostar1.datagram import DATAGRAM_SIZE, decode_datagram, encode_datagram
from doorward.protocol.biostar1.message import Message, MessageAssembler, encode_message
from doorward.protocol.biostar1.packet import (
    HEADER_SIZE,
    MAXIMUM_PACKET_SIZE,
    MAXIMUM_PAYLOAD_RECEIVED,
    TRAILER_SIZE,
    Packet,
    byte_sum,
    decode_packet,
    encode_packet,
)
from doorward.protocol.biostar1.stream import PacketDecoder
from doorward.protocol.errors import ChecksumError, LocalProtocolError, RemoteProtocolError
from tests.support.vectors import cases, tcp_cases

PACKETS = [
    pytest.param(packet, id=f"{name}-{number}")
    for name, item in tcp_cases()
    for number, packet in enumerate(item["packets"])
]
DATAGRAMS = [
    pytest.param(packet, id=f"{item['name']}-{number}")
    for item in cases("udp")
    for number, packet in enumerate(item["packets"])
]

packets = st.builds(
    Packet,
    device_id=st.integers(0, 0xFFFFFFFF),
    command=st.integers(0, 0xFFFF),
    code=st.integers(0, 0xFFFF),
    param1=st.integers(0, 0xFFFFFFFF),
    param2=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=300),
    index=st.integers(0, 0xFFFF),
    count=st.integers(0, 0xFFFF),
    encrypted=st.booleans(),
    sequence=st.integers(0, 0xFFFF),
)


@pytest.mark.parametrize(
    ("cipher", "key", "vector"),
    [
        (
            TCP_CIPHER,
            "d3cf20e8c8d6a34506ff6fcfdf9d205d7a6cc968038f4a11e98da690fce9a1da",
            "b98e11ad89a1ee0635b03682abed7739",
        ),
        (
            UDP_CIPHER,
            "dddc00f209076fd52c2942ac104ed1cde72fa0addb396209fd8edf1e4cf72374",
            "b79d30b7487022961f661be1643e86a9",
        ),
    ],
)
def test_keys_are_the_published_ones(cipher: FixedCipher, key: str, vector: str) -> None:
    assert cipher.key.hex() == key
    assert cipher.initialisation_vector.hex() == vector


@pytest.mark.parametrize(
    ("password", "block"),
    [(b"hello", "25e47376d4721db99d2cca3dffb9953c"), (b"secret12", "7e7cf4a6e8c0d428e88acc92452da761")],
)
def test_password_block(password: bytes, block: str) -> None:
    assert encrypt_password(password).hex() == block
    assert decrypt_password(bytes.fromhex(block)) == password


def test_password_that_is_too_long_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="at most 16 bytes"):
        encrypt_password(b"x" * 17)


@pytest.mark.parametrize("vector", PACKETS)
def test_packet_vector_both_ways(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    if not vector["checksum_ok"]:
        with pytest.raises(ChecksumError):
            decode_packet(raw, TCP_CIPHER)
        return
    decoded = decode_packet(raw, TCP_CIPHER)
    assert decoded is not None
    packet, size = decoded
    assert size == len(raw)
    assert packet.device_id == vector["deviceID"]
    assert packet.index == vector["index"]
    assert packet.count == vector["count"]
    assert packet.size == vector["size"]
    assert packet.command == int(vector["command"], 16)
    assert packet.code == vector["code"]
    assert packet.param1 == vector["param1"]
    assert packet.param2 == vector["param2"]
    assert packet.payload.hex() == vector["payload_hex"]
    assert packet.encrypted == vector["encrypted"]
    assert encode_packet(packet, TCP_CIPHER) == raw


@pytest.mark.parametrize("vector", DATAGRAMS)
def test_datagram_vector_both_ways(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    packet = decode_datagram(raw)
    assert packet.sequence == vector["sequence"]
    assert packet.command == int(vector["command"], 16)
    assert packet.payload.hex() == vector["payload_hex"]
    assert encode_datagram(packet) == raw


@given(packets)
def test_packet_round_trip(packet: Packet) -> None:
    raw = encode_packet(packet, TCP_CIPHER)
    assert decode_packet(raw, TCP_CIPHER) == (packet, len(raw))


@given(packets, st.lists(st.integers(0, 400), max_size=6))
def test_stream_in_any_pieces(packet: Packet, cuts: list[int]) -> None:
    raw = encode_packet(packet, TCP_CIPHER) * 2
    decoder = PacketDecoder()
    found: list[Packet] = []
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    for start, end in pairwise(edges):
        found += decoder.feed(raw[start:end])
    assert found == [packet, packet]
    assert decoder.buffered == 0
    decoder.end()


@given(st.binary(max_size=5000))
@settings(max_examples=300)
def test_stream_of_rubbish_is_refused_or_waited_for(data: bytes) -> None:
    decoder = PacketDecoder()
    try:
        decoder.feed(data)
    except RemoteProtocolError:
        with pytest.raises(RemoteProtocolError, match="out of step"):
            decoder.feed(b"")
    assert decoder.buffered < MAXIMUM_PACKET_SIZE


@given(packets, st.integers(0, 10_000), st.integers(1, 255))
def test_one_damaged_byte_in_clear_never_passes(packet: Packet, position: int, change: int) -> None:
    packet = replace(packet, encrypted=False)
    raw = bytearray(encode_packet(packet, TCP_CIPHER))
    position %= len(raw)
    raw[position] ^= change
    try:
        decoded = decode_packet(bytes(raw), TCP_CIPHER)
    except RemoteProtocolError:
        return
    # A larger size makes the packet wait for bytes that never come; nothing else may go unnoticed.
    assert decoded is None


@given(st.binary(max_size=1100))
def test_datagram_of_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_datagram(data)


@given(st.binary(max_size=9000))
def test_byte_sum_is_the_sum(data: bytes) -> None:
    assert byte_sum(data) == sum(data)


@pytest.mark.parametrize("cut", range(1, 47))
def test_packet_cut_at_any_byte(cut: int) -> None:
    raw = encode_packet(Packet(7, 0x31, payload=b"abcdefg"), TCP_CIPHER)
    assert len(raw) == 47
    decoder = PacketDecoder()
    assert decoder.feed(raw[:cut]) == []
    with pytest.raises(RemoteProtocolError, match=f"after {cut} of its bytes"):
        decoder.end()


def test_checksum_off_by_one() -> None:
    raw = bytearray(encode_packet(Packet(7, 0x30, payload=b"abc"), TCP_CIPHER))
    raw[-TRAILER_SIZE] = (raw[-TRAILER_SIZE] + 1) % 256
    with pytest.raises(ChecksumError, match="0x0030 arrived damaged"):
        PacketDecoder().feed(bytes(raw))


@pytest.mark.parametrize("size", [MAXIMUM_PAYLOAD_RECEIVED + 1, 0xFFFFFFFF])
@pytest.mark.parametrize("encrypted", [False, True])
def test_size_beyond_the_allowed_is_refused_from_the_header_alone(size: int, encrypted: bool) -> None:
    raw = bytearray(encode_packet(Packet(7, 0x30), TCP_CIPHER))
    raw[16:20] = size.to_bytes(4, "little")
    if encrypted:
        raw[8] = 1
        raw[16:32] = TCP_CIPHER.encrypt(bytes(raw[16:32]))
    with pytest.raises(RemoteProtocolError, match=f"announces {size} bytes"):
        PacketDecoder().feed(bytes(raw[:HEADER_SIZE]))


def test_wrong_start_mark_is_noticed_at_once() -> None:
    with pytest.raises(RemoteProtocolError, match="does not speak BioStar 1"):
        PacketDecoder().feed(b"HT")


def test_largest_packet_that_a_peer_may_send() -> None:
    packet = Packet(7, 0x30, payload=bytes(MAXIMUM_PAYLOAD_RECEIVED))
    assert PacketDecoder().feed(encode_packet(packet, TCP_CIPHER)) == [packet]
    with pytest.raises(LocalProtocolError, match="do not fit one packet"):
        encode_packet(Packet(7, 0x30, payload=bytes(MAXIMUM_PAYLOAD_RECEIVED + 1)), TCP_CIPHER)


@given(st.binary(max_size=9000), st.booleans())
@settings(max_examples=50)
def test_message_round_trip(payload: bytes, encrypted: bool) -> None:
    message = Message(0x31, 1, 2, 3, payload, 99, encrypted)
    assembler = MessageAssembler(len(payload))
    decoder = PacketDecoder()
    received = [decoder.feed(raw) for raw in encode_message(message)]
    joined = [assembler.add(packet) for (packet,) in received]
    assert joined[:-1] == [None] * (len(joined) - 1)
    assert joined[-1] == message


def test_message_that_grows_beyond_the_cap() -> None:
    assembler = MessageAssembler(3000)
    assert assembler.add(Packet(1, 0x12, payload=bytes(2048), index=0, count=9)) is None
    with pytest.raises(RemoteProtocolError, match="beyond 3000 bytes"):
        assembler.add(Packet(1, 0x12, payload=bytes(2048), index=1, count=9))


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (Packet(1, 0x12, index=0, count=3), "packet 0 of command 0x0012 arrived where 1 was due"),
        (Packet(1, 0x12, index=1, count=4), "announced with 3 packets, then with 4"),
        (Packet(1, 0x14, index=1, count=3), "inside a message of command 0x0012"),
    ],
)
def test_message_out_of_order(second: Packet, words: str) -> None:
    assembler = MessageAssembler(10_000)
    assembler.add(Packet(1, 0x12, index=0, count=3))
    with pytest.raises(RemoteProtocolError, match=words):
        assembler.add(second)


def test_datagram_size() -> None:
    assert len(encode_datagram(Packet(0, 0x04A0))) == DATAGRAM_SIZE
    with pytest.raises(LocalProtocolError, match="at most 928"):
        encode_datagram(Packet(0, 0x04A3, payload=bytes(929)))
