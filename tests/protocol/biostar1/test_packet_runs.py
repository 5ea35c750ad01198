"""Reading many packets at a time gives exactly what reading them one by one gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.protocol.biostar1.cipher import TCP_CIPHER, UDP_CIPHER, FixedCipher
from doorward.protocol.biostar1.packet import Packet, decode_packet, decode_packets, encode_packet
from doorward.protocol.biostar1.stream import PacketDecoder
from doorward.protocol.errors import ChecksumError, RemoteProtocolError

CIPHERS = [TCP_CIPHER, UDP_CIPHER]
SIZES = st.sampled_from([0, 1, 15, 16, 17, 255, 256, 2047, 2048, 2048, 2048, 2049, 4096])


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    return Packet(
        draw(st.integers(0, 0xFFFFFFFF)),
        draw(st.integers(0, 0xFFFF)),
        draw(st.integers(0, 0xFFFF)),
        draw(st.integers(0, 0xFFFFFFFF)),
        draw(st.integers(0, 0xFFFFFFFF)),
        bytes([draw(st.integers(0, 255))]) * draw(SIZES),
        draw(st.integers(0, 0xFFFF)),
        draw(st.integers(0, 0xFFFF)),
        draw(st.booleans()),
        draw(st.integers(0, 0xFFFF)),
    )


def one_by_one(data: bytes, cipher: FixedCipher) -> tuple[list[Packet], int] | type[RemoteProtocolError]:
    found: list[Packet] = []
    offset = 0
    try:
        while offset < len(data) and (step := decode_packet(data, cipher, offset)) is not None:
            found.append(step[0])
            offset += step[1]
    except RemoteProtocolError as error:
        return type(error)
    return found, offset


def all_at_once(data: bytes, cipher: FixedCipher) -> tuple[list[Packet], int] | type[RemoteProtocolError]:
    try:
        return decode_packets(data, cipher)
    except RemoteProtocolError as error:
        return type(error)


@settings(max_examples=80, deadline=None)
@given(run=st.lists(packets(), max_size=6), cipher=st.sampled_from(CIPHERS), cut=st.integers(0, 5000))
def test_whole_and_cut_runs(run: list[Packet], cipher: FixedCipher, cut: int) -> None:
    data = b"".join(encode_packet(packet, cipher) for packet in run)
    for piece in (data, data[: max(0, len(data) - cut)]):
        assert all_at_once(piece, cipher) == one_by_one(piece, cipher)
        assert all_at_once(piece, cipher.for_one_stream()) == one_by_one(piece, cipher)
    assert decode_packets(data, cipher) == (run, len(data))


@pytest.mark.parametrize("encrypted", [False, True])
@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 2 * 2088 - 1), bits=st.integers(1, 255))
def test_a_damaged_byte_is_judged_alike(encrypted: bool, place: int, bits: int) -> None:
    content = bytes(range(256)) * 8
    data = bytearray(encode_packet(Packet(7, 0x12, payload=content, count=2, encrypted=encrypted), TCP_CIPHER) * 2)
    data[place] ^= bits
    assert all_at_once(bytes(data), TCP_CIPHER) == one_by_one(bytes(data), TCP_CIPHER)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_checksum_that_is_off_by_a_multiple_of_what_the_sum_is_made_of(encrypted: bool) -> None:
    """The sum is exact, not only modulo the numbers that compute it fast."""
    good = encode_packet(Packet(7, 0x12, payload=b"\xff" * 2048, encrypted=encrypted), TCP_CIPHER)
    stated = int.from_bytes(good[-8:-4], "little")
    assert decode_packets(good, TCP_CIPHER)[0][0].payload == b"\xff" * 2048
    for wrong in (65_521, 65_536, 256, -65_521, 1, 1 << 31):
        bad = good[:-8] + ((stated + wrong) & 0xFFFFFFFF).to_bytes(4, "little") + good[-4:]
        with pytest.raises(ChecksumError):
            decode_packets(bad, TCP_CIPHER)


def test_a_limit_of_packets() -> None:
    data = encode_packet(Packet(7, 0x12, payload=b"x" * 2048), TCP_CIPHER) * 5
    found, offset = decode_packets(data, TCP_CIPHER, most=2)
    assert (len(found), offset) == (2, 2 * 2088)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"{{<<" + rest + bytes(2100)))
def test_any_bytes(data: bytes) -> None:
    assert all_at_once(data, TCP_CIPHER) == one_by_one(data, TCP_CIPHER)


def test_a_stream_cipher_starts_afresh_each_time() -> None:
    cipher = TCP_CIPHER.for_one_stream()
    for content in (b"a" * 16, b"b" * 4096, b"c" * 32, b"a" * 16):
        secret = TCP_CIPHER.encrypt(content)
        assert cipher.decrypt(secret) == TCP_CIPHER.decrypt(secret) == content
    with pytest.raises(ValueError, match="whole blocks"):
        cipher.decrypt(b"x" * 15)
    decoder = PacketDecoder()
    packet = Packet(7, 0x12, payload=b"x" * 2048, encrypted=True)
    wire = encode_packet(packet, TCP_CIPHER)
    assert [found for at in range(0, len(wire), 100) for found in decoder.feed(wire[at : at + 100])] == [packet]
