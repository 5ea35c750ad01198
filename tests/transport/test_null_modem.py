"""The null modem carries bytes as a socket does, and fails as it is told."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.errors import NotReached
from doorward.transport.null_modem import CAPACITY, Faults, null_modem
from doorward.transport.stream import Stream
from tests.support.virtual_time import in_virtual_time

SECONDS = 30.0


async def read_all(stream: Stream) -> bytes:
    parts = []
    while data := await asyncio.wait_for(stream.receive(), SECONDS):
        parts.append(data)
    return b"".join(parts)


async def test_both_ways_and_the_end() -> None:
    left, right = null_modem()
    assert left.peer == right.local
    await left.send(b"question")
    assert await right.receive() == b"question"
    await right.send(b"answer")
    right.close()
    assert await read_all(left) == b"answer"
    assert left.is_closing
    with pytest.raises(NotReached, match="closed"):
        await left.send(b"more")
    await asyncio.wait_for(left.wait_closed(), SECONDS)
    left.close()


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.integers(1, 9), st.integers(0, 200))
def test_pieces_and_a_cut(blocks: list[bytes], piece_size: int, cut_after: int) -> None:
    async def run() -> None:
        left, right = null_modem(left_to_right=Faults(piece_size=piece_size, cut_after=cut_after))
        sent = b""
        for block in blocks:
            try:
                await left.send(block)
            except NotReached:
                break
            sent += block
        if len(sent) < cut_after or not sent:
            left.close()
        received = []
        while data := await asyncio.wait_for(right.receive(), SECONDS):
            assert len(data) <= piece_size
            received.append(data)
        assert b"".join(received) == sent[:cut_after]

    asyncio.run(run())


async def test_a_cut_in_the_middle_of_a_frame_ends_both_ends() -> None:
    left, right = null_modem(left_to_right=Faults(cut_after=3, reset=True))
    waiting = asyncio.create_task(left.receive())
    await left.send(b"frame")
    assert await right.receive() == b"fra"
    with pytest.raises(NotReached, match="cut"):
        await right.receive()
    with pytest.raises(NotReached, match="cut"):
        await right.send(b"x")
    with pytest.raises(NotReached, match="cut"):
        await left.send(b"x")
    assert await asyncio.wait_for(waiting, SECONDS) == b""
    assert left.is_closing
    assert right.is_closing


async def test_corrupt_bytes_stand_where_they_were_asked_for() -> None:
    left, right = null_modem(left_to_right=Faults(corrupt={1: 0xFF, 4: 0x01}))
    await left.send(b"\0\0\0")
    await left.send(b"\0\0\0")
    right_got = await right.receive() + await right.receive()
    assert right_got == b"\x00\xff\x00\x00\x01\x00"


async def test_a_stalled_line_stays_open_and_silent() -> None:
    left, right = null_modem(left_to_right=Faults(stall_after=2))
    await left.send(b"abcd")
    await left.send(b"ef")
    assert await right.receive() == b"ab"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(right.receive(), 0.02)
    assert not left.is_closing
    await right.send(b"still here")
    assert await left.receive() == b"still here"


@in_virtual_time
async def test_a_slow_line_takes_its_time() -> None:
    left, right = null_modem(left_to_right=Faults(delay=0.05))
    loop = asyncio.get_running_loop()
    started = loop.time()
    sending = asyncio.create_task(left.send(b"late"))
    assert await asyncio.wait_for(right.receive(), SECONDS) == b"late"
    assert loop.time() - started == pytest.approx(0.05)
    await sending


async def test_a_sender_waits_for_a_reader() -> None:
    left, right = null_modem()
    await left.send(bytes(CAPACITY))
    sending = asyncio.create_task(left.send(b"more"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not sending.done()
    assert len(await right.receive()) == CAPACITY
    await asyncio.wait_for(sending, SECONDS)
    assert await right.receive() == b"more"


async def test_aborting_drops_what_was_not_received() -> None:
    left, right = null_modem()
    await left.send(b"lost")
    left.abort()
    assert await right.receive() == b""
