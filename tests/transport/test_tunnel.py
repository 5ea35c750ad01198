"""Streams through a tunnel in memory: many at once, slow ones, ends, cuts, and a far end that breaks the rules."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.protocol.tunnel.flow import WINDOW
from doorward.protocol.tunnel.messages import MOST_DATA, Data, Message, Open, Ping, encode
from doorward.transport import Address, Stream, null_modem
from doorward.transport.tunnel import Tunnel


class MemoryLine:
    """Whole messages between two ends."""

    def __init__(self, incoming: asyncio.Queue[bytes | None], outgoing: asyncio.Queue[bytes | None]) -> None:
        self.peer = Address("memory", 0)
        self._incoming, self._outgoing = incoming, outgoing
        self._open = True

    async def receive(self) -> bytes:
        message = await self._incoming.get()
        if message is None or not self._open:
            self._open = False
            raise NotReached("cut")
        return message

    async def send(self, message: bytes) -> None:
        if not self._open:
            raise NotReached("cut")
        self._outgoing.put_nowait(message)
        await asyncio.sleep(0)

    def abort(self) -> None:
        self._open = False
        self._outgoing.put_nowait(None)
        self._incoming.put_nowait(None)


class Ends:
    """A server's end and an agent's, and the devices' ends of what was dialled."""

    def __init__(self) -> None:
        to_agent: asyncio.Queue[bytes | None] = asyncio.Queue()
        to_server: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.line = MemoryLine(to_agent, to_server)
        self.other_line = MemoryLine(to_server, to_agent)
        self.devices: dict[int, Stream] = {}
        self.taken: list[Message] = []
        self.server = Tunnel(self.other_line, self._take)
        self.agent = Tunnel(self.line, self._take, serve=self._dial)

    async def _take(self, message: Message) -> None:
        self.taken.append(message)

    async def _dial(self, message: Open) -> Stream:
        if message.port == 1:
            raise TimedOut("no answer from there")
        if message.port == 2:
            await asyncio.Event().wait()
        ours, theirs = null_modem()
        self.devices[message.port] = theirs
        return ours


@contextlib.asynccontextmanager
async def joined() -> AsyncIterator[Ends]:
    ends = Ends()
    tasks = [asyncio.create_task(ends.server.run()), asyncio.create_task(ends.agent.run())]
    try:
        async with asyncio.timeout(20):
            yield ends
    finally:
        ends.server.give_up()
        reasons = await asyncio.gather(*tasks)
        assert all(isinstance(reason, NotReached) for reason in reasons)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - it changes in tasks of the same loop
        await asyncio.sleep(0)


async def echo(device: Stream) -> None:
    with contextlib.suppress(DoorwardError):
        while data := await device.receive():
            await device.send(data)


async def test_many_streams_carry_their_own_bytes() -> None:
    async with joined() as ends:

        async def one(port: int) -> None:
            stream = await ends.server.open("10.0.0.9", port, timeout=1)
            assert stream.peer == Address("10.0.0.9", port)
            answering = asyncio.create_task(echo(ends.devices[port]))
            wanted = bytes([port % 256]) * 100_000
            sending = asyncio.create_task(stream.send(wanted))
            got = b""
            while len(got) < len(wanted):
                got += await stream.receive()
            assert got == wanted
            await sending
            stream.close()
            await answering

        await asyncio.gather(*(one(port) for port in range(100, 180)))


async def test_a_slow_stream_does_not_stop_another() -> None:
    async with joined() as ends:
        slow = await ends.server.open("10.0.0.9", 10, timeout=1)
        quick = await ends.server.open("10.0.0.9", 11, timeout=1)
        flood = asyncio.create_task(ends.devices[10].send(b"x" * 10 * WINDOW))
        answering = asyncio.create_task(echo(ends.devices[11]))
        for number in range(50):
            await quick.send(b"%d" % number)
            assert await quick.receive() == b"%d" % number
        got = 0
        # Nobody took any of it so far, and no more than the window is held here.
        first = await slow.receive()
        assert len(first) <= WINDOW
        got = len(first)
        while got < 10 * WINDOW:
            got += len(await slow.receive())
        await flood
        quick.close()
        await answering


async def test_a_slow_device_holds_the_sender_back() -> None:
    async with joined() as ends:
        stream = await ends.server.open("10.0.0.9", 10, timeout=1)
        sending = asyncio.create_task(stream.send(b"x" * 10 * WINDOW))
        for _ in range(500):
            await asyncio.sleep(0)
        assert not sending.done()
        got = 0
        while got < 10 * WINDOW:
            got += len(await ends.devices[10].receive())
        await sending


async def test_what_went_wrong_there_is_told_here() -> None:
    async with joined() as ends:
        with pytest.raises(TimedOut, match="no answer from there"):
            await ends.server.open("10.0.0.9", 1, timeout=1)
        assert not ends.server.stream_count


async def test_given_up_while_it_is_dialled() -> None:
    async with joined() as ends:
        opening = asyncio.create_task(ends.server.open("10.0.0.9", 2, timeout=1))
        await until(lambda: bool(ends.agent._serving))
        opening.cancel()
        await asyncio.wait({opening})
        await until(lambda: not ends.agent._serving)


async def test_the_device_closes() -> None:
    async with joined() as ends:
        stream = await ends.server.open("10.0.0.9", 10, timeout=1)
        await ends.devices[10].send(b"last words")
        ends.devices[10].close()
        assert await stream.receive() == b"last words"
        assert await stream.receive() == b""
        stream.close()
        await stream.wait_closed()
        assert not ends.server.stream_count


async def test_the_server_closes_after_its_last_words() -> None:
    async with joined() as ends:
        stream = await ends.server.open("10.0.0.9", 10, timeout=1)
        await stream.send(b"last words")
        stream.close()
        assert await ends.devices[10].receive() == b"last words"
        assert await ends.devices[10].receive() == b""
        await stream.wait_closed()
        with pytest.raises(NotReached, match="closed"):
            await stream.send(b"more")


async def test_a_cut_line_cuts_every_stream() -> None:
    async with joined() as ends:
        stream = await ends.server.open("10.0.0.9", 10, timeout=1)
        blocked = asyncio.create_task(stream.send(b"x" * 4 * WINDOW))
        opening = asyncio.create_task(ends.server.open("10.0.0.9", 2, timeout=1))
        await asyncio.sleep(0)
        ends.line.abort()
        with pytest.raises(NotReached, match="was cut"):
            await stream.receive()
        for task in (blocked, opening):
            with pytest.raises(NotReached):
                await task
        while await ends.devices[10].receive():
            pass
        with pytest.raises(NotReached):
            await ends.server.open("10.0.0.9", 10, timeout=1)


@pytest.mark.parametrize(
    "rubbish",
    [b"", b"\xff" * 20, encode(Open(1, "h", 1)), encode(Data(1, b"x" * (MOST_DATA + 1))), encode(Data(1, b""))],
)
async def test_a_far_end_that_breaks_the_rules_is_left(rubbish: bytes) -> None:
    ends = Ends()
    running = asyncio.create_task(ends.server.run())
    opening = asyncio.create_task(ends.server.open("10.0.0.9", 10, timeout=1))
    await asyncio.sleep(0)
    await ends.line.send(rubbish)
    reason = await running
    assert "tunnel" in reason.message
    with pytest.raises(DoorwardError):
        await opening


async def test_other_messages_are_handed_over_and_late_ones_dropped() -> None:
    async with joined() as ends:
        await ends.agent.send(Data(77, b"for nobody"))
        await ends.agent.send(Ping(5))
        await until(lambda: bool(ends.taken))
        assert ends.taken == [Ping(5)]
