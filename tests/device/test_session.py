"""A session is never out of step: silence, cuts, damage, strangers, late replies and cancellations."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.device import BioStar1Device
from doorward.device.biostar1.session import Session
from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.protocol.biostar1.models import MODELS_BY_TYPE
from doorward.protocol.biostar1.results import BusyError, NotFoundError
from doorward.protocol.errors import ChecksumError, LocalProtocolError, RemoteProtocolError
from doorward.transport import Faults, null_modem
from tests.device.fakes import ScriptedDevice, frame, request_fields, scripted
from tests.support.virtual_time import in_virtual_time

CLOCK = 0x0002
STATUS = 0x0004
REPLY = frame(CLOCK, param1=1_600_000_000)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def clock_of(seconds: int) -> bytes:
    return frame(CLOCK, param1=seconds)


def nothing(packet: bytes) -> Sequence[bytes]:
    return ()


async def test_silence_ends_the_session_and_says_so() -> None:
    async with scripted(nothing, basic_timeout=0.05) as (device, _):
        with pytest.raises(TimedOut, match=r"did not answer within 0\.05 s"):
            await device.time()
        with pytest.raises(NotReached, match="over since an earlier error"):
            await device.time()


@pytest.mark.parametrize("size", range(len(REPLY)))
async def test_a_reply_that_is_cut_at_any_byte(size: int) -> None:
    async with scripted(lambda packet: [REPLY], to_client=Faults(cut_after=size), basic_timeout=2) as (device, _):
        with pytest.raises(NotReached if size == 0 else RemoteProtocolError):
            await device.time()
        assert not (await device.context.requester.current()).is_open


@pytest.mark.parametrize("place", range(len(REPLY)))
async def test_a_reply_with_any_byte_off_by_one_bit_is_never_a_time(place: int) -> None:
    faults = Faults(corrupt={place: 1})
    async with scripted(lambda packet: [REPLY], to_client=faults, basic_timeout=0.05) as (device, _):
        # A larger size leaves the client waiting for the rest; everything else is refused at once.
        with pytest.raises((RemoteProtocolError, TimedOut)):
            await device.time()


async def test_a_checksum_off_by_one() -> None:
    wrong = bytearray(REPLY)
    wrong[32:36] = ((int.from_bytes(REPLY[32:36], "little") + 1) & 0xFFFFFFFF).to_bytes(4, "little")
    async with scripted(lambda packet: [bytes(wrong)]) as (device, _):
        with pytest.raises(ChecksumError, match="damaged"):
            await device.time()


async def test_a_size_of_four_gibibytes_is_refused_from_the_header_alone() -> None:
    huge = bytearray(REPLY)
    huge[16:20] = b"\xff\xff\xff\xff"
    async with scripted(lambda packet: [bytes(huge[:32])]) as (device, _):
        with pytest.raises(RemoteProtocolError, match="4294967295 bytes of payload"):
            await device.time()


async def test_a_reply_to_another_command() -> None:
    async with scripted(lambda packet: [frame(0x0014, param1=3)]) as (device, _):
        with pytest.raises(RemoteProtocolError, match="0x0014"):
            await device.time()


async def test_two_replies_at_once_end_the_session() -> None:
    async with scripted(lambda packet: [REPLY + REPLY]) as (device, _):
        with pytest.raises(RemoteProtocolError, match="nothing was asked"):
            await device.time()


async def test_a_second_reply_that_comes_late_is_not_taken_for_the_next_one() -> None:
    async with scripted(lambda packet: [REPLY]) as (device, fake):
        assert await device.time() == moment(1_600_000_000)
        session = await device.context.requester.current()
        await fake._stream.send(REPLY)
        reason = await asyncio.wait_for(session.wait_lost(), 30)
        assert isinstance(reason, RemoteProtocolError)
        with pytest.raises(NotReached):
            await device.time()


async def test_the_end_of_the_line_is_noticed_while_nothing_is_asked() -> None:
    async with scripted(nothing) as (device, fake):
        session = await device.context.requester.current()
        fake._stream.close()
        assert "closed the connection" in (await asyncio.wait_for(session.wait_lost(), 30)).message


async def test_one_request_at_a_time() -> None:
    waiting: list[bytes] = []
    arrived = asyncio.Event()

    def keep(packet: bytes) -> Sequence[bytes]:
        waiting.append(packet)
        arrived.set()
        return ()

    async with scripted(keep) as (device, fake):
        first = asyncio.create_task(device.time())
        second = asyncio.create_task(device.event_count())
        await asyncio.wait_for(arrived.wait(), 30)
        for _ in range(20):
            await asyncio.sleep(0)
        assert [request_fields(packet)[0] for packet in waiting] == [CLOCK]
        arrived.clear()
        await fake._stream.send(REPLY)
        assert await first == moment(1_600_000_000)
        await asyncio.wait_for(arrived.wait(), 30)
        await fake._stream.send(frame(0x0014, param1=12))
        assert await second == 12


async def test_cancelling_a_request_that_waits_for_its_turn_leaves_the_session_as_it_was() -> None:
    arrived = asyncio.Event()

    def keep(packet: bytes) -> Sequence[bytes]:
        arrived.set()
        return ()

    async with scripted(keep) as (device, fake):
        first = asyncio.create_task(device.time())
        await asyncio.wait_for(arrived.wait(), 30)
        second = asyncio.create_task(device.time())
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        await fake._stream.send(REPLY)
        assert await first == moment(1_600_000_000)
        assert len(fake.requests) == 1
        fake._answer = lambda packet: [clock_of(5)]
        assert await device.time() == moment(5)


@pytest.mark.parametrize("steps", range(40))
async def test_cancelling_at_any_moment_never_lets_a_late_reply_pass_for_another(steps: int) -> None:
    """Every reply carries the number of its request, so an exchanged one would be seen."""
    count = 0

    def answer(packet: bytes) -> Sequence[bytes]:
        nonlocal count
        count += 1
        return [clock_of(count)]

    slow = Faults(piece_size=7)
    async with scripted(answer, to_client=slow, to_device=slow) as (device, fake):
        first = asyncio.create_task(device.time())
        for _ in range(steps):
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        asked = len(fake.requests)
        try:
            answered = await device.time()
        except NotReached:
            assert not (await device.context.requester.current()).is_open
        else:
            assert first.done()
            assert answered == moment(len(fake.requests))
            assert len(fake.requests) == asked + 1


@in_virtual_time
async def test_the_limit_starts_again_with_every_packet_but_not_with_every_byte() -> None:
    row = struct.pack("<BBHiII", 0x27, 0, 0xFFFF, 1, 2, 0)

    async def packets_of_a_log(fake: ScriptedDevice) -> None:
        for index in range(4):
            await asyncio.sleep(0.06)
            await fake._stream.send(frame(0x12, param1=512, payload=row * 128, index=index, count=4))

    async with scripted(nothing, basic_timeout=0.02) as (device, fake):  # a log read waits five times as long
        sender = asyncio.create_task(packets_of_a_log(fake))
        chunk = await anext(device.log.records())
        assert len(chunk) == 512
        await sender

    async def bytes_of_a_reply(fake: ScriptedDevice) -> None:
        for at in range(len(REPLY)):
            await asyncio.sleep(0.02)
            try:
                await fake._stream.send(REPLY[at : at + 1])
            except NotReached:
                return

    async with scripted(nothing, basic_timeout=0.1) as (device, fake):
        sender = asyncio.create_task(bytes_of_a_reply(fake))
        with pytest.raises(TimedOut):
            await device.time()
        await sender


@in_virtual_time
async def test_a_list_may_take_half_a_second_for_each_user() -> None:
    header = struct.pack("<I", 9).ljust(148, b"\0")

    async def slowly(fake: ScriptedDevice) -> None:
        await asyncio.sleep(0.15)
        await fake._stream.send(frame(0x25, param1=20, payload=header * 20, index=0, count=2)[:0])
        content = header * 20
        await fake._stream.send(
            frame(0x25, param1=20, payload=content[:2048], index=0, count=2)
            + frame(0x25, param1=20, payload=content[2048:], index=1, count=2)
        )

    sent: list[asyncio.Task[None]] = []

    def announce(packet: bytes) -> Sequence[bytes]:
        sent.append(asyncio.create_task(slowly(device_and_fake[1])))
        return [frame(0x25, param1=20)]

    # The basic limit is a fortieth of the usual one, so 20 users are given 0.25 s more.
    async with scripted(announce, basic_timeout=0.1) as device_and_fake:
        people = await device_and_fake[0].people_list()
        assert len(people) == 20
        await sent[0]


async def test_busy_is_repeated_a_few_times() -> None:
    answers = [frame(CLOCK, 0x64), frame(CLOCK, 0x72), REPLY]

    async with scripted(lambda packet: [answers.pop(0)], retry_delays=(0.0, 0.0)) as (device, fake):
        assert await device.time() == moment(1_600_000_000)
        assert len(fake.requests) == 3


async def test_busy_for_ever_is_told_and_leaves_the_session_open() -> None:
    async with scripted(lambda packet: [frame(CLOCK, 0x64)], retry_delays=(0.0, 0.0)) as (device, fake):
        with pytest.raises(BusyError, match="busy"):
            await device.time()
        assert len(fake.requests) == 3
        fake._answer = lambda packet: [REPLY]
        assert await device.time() == moment(1_600_000_000)


async def test_a_refusal_leaves_the_session_open() -> None:
    async with scripted(lambda packet: [frame(CLOCK, 0x68)]) as (device, fake):
        with pytest.raises(NotFoundError):
            await device.time()
        fake._answer = lambda packet: [REPLY]
        assert await device.time() == moment(1_600_000_000)


async def test_a_silent_connection_is_kept_alive() -> None:
    asked = asyncio.Event()

    def answer(packet: bytes) -> Sequence[bytes]:
        command = request_fields(packet)[0]
        if command == STATUS:
            asked.set()
        return [frame(command)]

    async with scripted(answer) as (device, fake):
        session = await device.context.requester.current()
        session.keep_alive(0.02)
        await asyncio.wait_for(asked.wait(), 30)
        asked.clear()
        await asyncio.wait_for(asked.wait(), 30)
        assert session.is_open
        fake._answer = nothing
        session.basic_timeout = 0.02
        assert isinstance(await asyncio.wait_for(session.wait_lost(), 30), TimedOut)


async def test_asking_from_within_a_long_reply_is_refused_instead_of_waiting_for_ever() -> None:
    row = struct.pack("<BBHiII", 0x27, 0, 0xFFFF, 1, 2, 0)
    first = frame(0x12, param1=256, payload=row * 128, index=0, count=2)
    second = frame(0x12, param1=256, payload=row * 128, index=1, count=2)

    async with scripted(lambda packet: [first]) as (device, fake):
        from doorward.protocol.biostar1.commands.logs import ReadLogs

        session = await device.context.requester.current()
        pieces = session.stream(ReadLogs())
        assert len((await anext(pieces)).content) == 2048
        with pytest.raises(LocalProtocolError, match="could never have its turn"):
            await device.time()
        await fake._stream.send(second)
        assert len((await anext(pieces)).content) == 2048
        assert await anext(pieces, None) is None
        fake._answer = lambda packet: [REPLY]
        assert await device.time() == moment(1_600_000_000)


async def test_leaving_a_long_reply_half_read_ends_the_session() -> None:
    row = struct.pack("<BBHiII", 0x27, 0, 0xFFFF, 1, 2, 0)
    first = frame(0x12, param1=256, payload=row * 128, index=0, count=2)

    async with scripted(lambda packet: [first]) as (device, _):
        from doorward.protocol.biostar1.commands.logs import ReadLogs

        session = await device.context.requester.current()
        pieces = session.stream(ReadLogs())
        await anext(pieces)
        await pieces.aclose()
        assert not session.is_open
        with pytest.raises(NotReached, match="given up"):
            await device.time()


async def test_a_value_that_does_not_fit_sends_nothing() -> None:
    from doorward.protocol.biostar1.commands.clock import SetClock

    async with scripted(lambda packet: [frame(0x0003)]) as (device, fake):
        with pytest.raises(LocalProtocolError, match="local_time"):
            await device.context.requester.request(SetClock(-1))
        assert fake.requests == []
        await device.set_time(moment(1_600_000_000))
        assert len(fake.requests) == 1


async def test_closing_ends_a_request_under_way() -> None:
    arrived = asyncio.Event()

    def keep(packet: bytes) -> Sequence[bytes]:
        arrived.set()
        return ()

    async with scripted(keep) as (device, _):
        asking = asyncio.create_task(device.time())
        await asyncio.wait_for(arrived.wait(), 30)
        await device.close()
        with pytest.raises(NotReached, match="is closed"):
            await asking


@settings(max_examples=60, deadline=None)
@given(
    cut=st.none() | st.integers(0, 300),
    stall=st.none() | st.integers(0, 300),
    reset=st.booleans(),
    corrupt=st.dictionaries(st.integers(0, 300), st.integers(1, 255), max_size=2),
    piece=st.none() | st.integers(1, 50),
)
def test_a_bad_line_never_gives_a_wrong_answer(
    cut: int | None, stall: int | None, reset: bool, corrupt: dict[int, int], piece: int | None
) -> None:
    async def ask() -> None:
        count = 0

        def answer(packet: bytes) -> Sequence[bytes]:
            nonlocal count
            count += 1
            return [clock_of(count)]

        faults = Faults(cut_after=cut, stall_after=stall, reset=reset, corrupt=corrupt, piece_size=piece)
        ours, theirs = null_modem(right_to_left=faults)
        fake = ScriptedDevice(theirs, answer)
        session = Session(ours, device_id=7, basic_timeout=0.02, retry_delays=())
        try:
            async with BioStar1Device(session, MODELS_BY_TYPE[0], 7) as device:
                for number in range(1, 8):
                    try:
                        assert await device.time() == moment(number)
                    except DoorwardError:
                        assert not session.is_open or corrupt
        finally:
            await fake.close()

    asyncio.run(ask())
