"""Dialling and listening, over loopback."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable

import pytest

from doorward.model.errors import InvalidInput, NotReached, TimedOut
from doorward.transport.errors import PortBusy
from doorward.transport.socket_stream import READ_MARK, SocketStream
from doorward.transport.stream import Listener, Stream, dial, listen

SECONDS = 30.0


async def serve(
    handler: Callable[[Stream], Awaitable[None]], *, max_connections: int | None = None
) -> tuple[Listener, int]:
    listener = await listen(handler, "127.0.0.1", 0, max_connections=max_connections)
    return listener, listener.addresses[0].port


async def echo(stream: Stream) -> None:
    while data := await stream.receive():
        await stream.send(data)


async def collect(stream: Stream, count: int) -> bytes:
    parts = []
    while count > 0:
        parts.append(await asyncio.wait_for(stream.receive(), SECONDS))
        if not parts[-1]:
            break
        count -= len(parts[-1])
    return b"".join(parts)


async def ended(stream: Stream) -> bool:
    """Whether the peer has closed, in order or by a reset."""
    try:
        return await asyncio.wait_for(stream.receive(), SECONDS) == b""
    except NotReached:
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_both_ends_are_the_same_kind_of_stream() -> None:
    served: list[Stream] = []

    async def handler(stream: Stream) -> None:
        served.append(stream)
        await echo(stream)

    listener, port = await serve(handler)
    async with listener:
        stream = await dial("127.0.0.1", port, timeout=SECONDS)
        await stream.send(b"hello")
        assert await collect(stream, 5) == b"hello"
        assert type(served[0]) is type(stream)
        assert served[0].peer == stream.local
        assert served[0].local == stream.peer == listener.addresses[0]
        assert listener.connection_count == 1
        stream.close()
        assert stream.is_closing
        await asyncio.wait_for(stream.wait_closed(), SECONDS)


async def test_much_data_arrives_whole_in_large_pieces() -> None:
    sent = os.urandom(8 * 1024 * 1024)
    sizes = []

    async def handler(stream: Stream) -> None:
        await stream.send(sent)

    listener, port = await serve(handler)
    async with listener:
        stream = await dial("127.0.0.1", port, timeout=SECONDS)
        received = []
        while data := await asyncio.wait_for(stream.receive(), SECONDS):
            received.append(data)
            sizes.append(len(data))
        assert b"".join(received) == sent
        assert max(sizes) <= READ_MARK + 64 * 1024
        assert max(sizes) > 16 * 1024
        stream.close()
        await stream.wait_closed()


async def test_a_reader_that_does_not_read_stops_the_sender() -> None:
    sent = 0
    stuck = asyncio.Event()

    async def handler(stream: Stream) -> None:
        nonlocal sent
        block = bytes(64 * 1024)
        while True:
            try:
                async with asyncio.timeout(0.5):
                    await stream.send(block)
            except TimeoutError:
                stuck.set()
                return
            sent += len(block)

    listener, port = await serve(handler)
    async with listener:
        stream = await dial("127.0.0.1", port, timeout=SECONDS)
        await asyncio.wait_for(stuck.wait(), 30)
        assert sent < 64 * 1024 * 1024  # the kernel's buffers and ours, no more
        assert len(await stream.receive()) <= READ_MARK + 64 * 1024
        stream.abort()
        await stream.wait_closed()


async def test_the_end_is_told_after_the_last_bytes_and_stays() -> None:
    async def handler(stream: Stream) -> None:
        await stream.send(b"last words")

    listener, port = await serve(handler)
    async with listener:
        stream = await dial("127.0.0.1", port, timeout=SECONDS)
        assert await collect(stream, 10) == b"last words"
        assert await asyncio.wait_for(stream.receive(), SECONDS) == b""
        assert await stream.receive() == b""
        stream.close()
        await stream.wait_closed()


async def test_a_reset_is_an_error_after_the_bytes_before_it() -> None:
    async def handler(stream: Stream) -> None:
        await stream.receive()

    listener, port = await serve(handler)
    async with listener:
        raw = socket.create_connection(("127.0.0.1", port))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raw.close()

    server = socket.create_server(("127.0.0.1", 0))
    with server:
        stream = await dial("127.0.0.1", server.getsockname()[1], timeout=SECONDS)
        accepted, _ = server.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        accepted.close()
        with pytest.raises(NotReached, match="cut: it was reset"):
            await asyncio.wait_for(stream.receive(), SECONDS)
        with pytest.raises(NotReached):
            await stream.send(b"x")
        await asyncio.wait_for(stream.wait_closed(), SECONDS)


async def test_receiving_twice_at_once_is_refused() -> None:
    listener, port = await serve(echo)
    async with listener:
        stream = await dial("127.0.0.1", port, timeout=SECONDS)
        first = asyncio.create_task(stream.receive())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="one task"):
            await stream.receive()
        await stream.send(b"x")
        assert await asyncio.wait_for(first, SECONDS) == b"x"
        stream.close()
        await stream.wait_closed()


async def test_a_cancelled_receive_loses_nothing() -> None:
    listener, port = await serve(echo)
    async with listener:
        stream = await dial("127.0.0.1", port, timeout=SECONDS)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream.receive(), 0.01)
        await stream.send(b"abc")
        assert await collect(stream, 3) == b"abc"
        stream.close()
        await stream.wait_closed()


async def test_closing_ends_a_waiting_receive() -> None:
    listener, port = await serve(echo)
    async with listener:
        stream = await dial("127.0.0.1", port, timeout=SECONDS)
        waiting = asyncio.create_task(stream.receive())
        await asyncio.sleep(0)
        stream.close()
        assert await asyncio.wait_for(waiting, SECONDS) == b""
        with pytest.raises(NotReached, match="closed"):
            await stream.send(b"x")
        await stream.wait_closed()


async def test_nothing_listens() -> None:
    port = free_port()
    with pytest.raises(NotReached, match=f"Nothing listens on 127.0.0.1:{port}") as caught:
        await dial("127.0.0.1", port, timeout=SECONDS)
    assert "port" in caught.value.advice


async def test_an_unknown_name() -> None:
    with pytest.raises(NotReached, match="was not found"):
        await dial("no-such-device.invalid", 1470, timeout=30)


async def test_a_host_that_keeps_silent() -> None:
    # A listener whose backlog is full leaves further callers without an answer.
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        callers = []
        try:
            for _ in range(4):
                caller = socket.socket()
                caller.setblocking(False)
                caller.connect_ex(("127.0.0.1", port))
                callers.append(caller)
            with pytest.raises(TimedOut, match=r"did not answer within 0.3 s"):
                await dial("127.0.0.1", port, timeout=0.3)
        finally:
            for caller in callers:
                caller.close()


@pytest.mark.parametrize("port", [0, -1, 65536])
async def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(InvalidInput, match="port"):
        await dial("127.0.0.1", port, timeout=1)


async def test_what_is_no_host_is_refused() -> None:
    with pytest.raises(InvalidInput, match="host"):
        await dial("a" * 100 + ".example", 1470, timeout=SECONDS)


async def test_a_chosen_card_is_used_and_a_foreign_one_refused() -> None:
    listener, port = await serve(echo)
    async with listener:
        stream = await dial("127.0.0.1", port, timeout=SECONDS, local_address="127.0.0.77")
        assert stream.local.host == "127.0.0.77"
        stream.close()
        await stream.wait_closed()
        with pytest.raises(NotReached, match=r"192\.0\.2\.1"):
            await dial("127.0.0.1", port, timeout=SECONDS, local_address="192.0.2.1")


async def test_a_busy_port_names_its_holder() -> None:
    listener, port = await serve(echo)
    async with listener:
        with pytest.raises(PortBusy, match=f"TCP port {port} on 127.0.0.1") as caught:
            await listen(echo, "127.0.0.1", port)
        assert caught.value.port == port
        assert f"process {os.getpid()}" in (caught.value.holder or "")
        assert caught.value.advice


async def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(NotReached, match=r"No network card .* 192\.0\.2\.1"):
        await listen(echo, "192.0.2.1", 0)


async def test_connections_beyond_the_limit_are_closed_at_once() -> None:
    listener, port = await serve(echo, max_connections=1)
    async with listener:
        first = await dial("127.0.0.1", port, timeout=SECONDS)
        await first.send(b"x")
        assert await collect(first, 1) == b"x"
        second = await dial("127.0.0.1", port, timeout=SECONDS)
        assert await ended(second)
        second.close()
        first.close()
        await first.wait_closed()


async def test_closing_the_listener_ends_its_connections() -> None:
    entered = asyncio.Event()

    async def handler(stream: Stream) -> None:
        entered.set()
        await echo(stream)

    listener, port = await serve(handler)
    stream = await dial("127.0.0.1", port, timeout=SECONDS)
    await asyncio.wait_for(entered.wait(), SECONDS)
    listener.close()
    await asyncio.wait_for(listener.wait_closed(), SECONDS)
    assert listener.connection_count == 0
    assert await ended(stream)
    stream.close()
    await stream.wait_closed()
    with pytest.raises(NotReached):
        await dial("127.0.0.1", port, timeout=SECONDS)


async def test_a_handler_that_fails_closes_its_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(stream: Stream) -> None:
        if await stream.receive() == b"bad":
            raise ValueError("boom")
        await stream.send(b"good")

    listener, port = await serve(handler)
    async with listener:
        for word, answer in ((b"bad", b""), (b"ok", b"good")):
            stream = await dial("127.0.0.1", port, timeout=SECONDS)
            await stream.send(word)
            assert await collect(stream, len(answer) or 1) == answer
            stream.close()
            await stream.wait_closed()
    assert "boom" in caplog.text


async def test_a_silent_connection_takes_little_room_and_a_busy_one_what_it_needs() -> None:
    received: list[int] = []

    async def handler(stream: Stream) -> None:
        assert isinstance(stream, SocketStream)
        while data := await stream.receive():
            received.append(len(data))
            sizes.append(len(stream._buffer))
            arrived.set()

    sizes: list[int] = []
    arrived = asyncio.Event()
    listener, port = await serve(handler)
    async with listener:
        stream = await dial("127.0.0.1", port, timeout=SECONDS)
        for content in (b"x", bytes(3_000_000), b"y", b"z"):
            total = sum(received) + len(content)
            await stream.send(content)
            while sum(received) < total:
                await asyncio.wait_for(arrived.wait(), SECONDS)
                arrived.clear()
        stream.close()
        await stream.wait_closed()
    assert sum(received) == 3_000_003
    assert sizes[0] < 4096
    assert max(sizes) > READ_MARK
    assert sizes[-1] < 4096
