"""`doorward serve-test`: says what it is, shows who came, and has limits."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from doorward.model.errors import InvalidInput, NotReached
from doorward.ports.probe.facts import Speaker
from doorward.ports.serve_test import (
    ANSWERS_PER_SECOND,
    MOST_BYTES,
    MOST_CONNECTIONS,
    SIGNATURE,
    Listening,
    NotListening,
    ServeTestEvent,
    Visitor,
    serve_test,
)
from doorward.transport import Address, dial
from doorward.transport.udp_question import ask_by_udp
from tests.ports.probe_site import result_of
from tests.support.site import own_addresses

SECONDS = 30.0
QUESTION = bytes(100)


@contextlib.asynccontextmanager
async def running(
    address: str, tcp: tuple[int, ...], udp: tuple[int, ...]
) -> AsyncIterator[tuple[asyncio.Queue[ServeTestEvent], list[Address]]]:
    events: asyncio.Queue[ServeTestEvent] = asyncio.Queue()

    async def read() -> None:
        async with contextlib.aclosing(serve_test(address=address, tcp_ports=tcp, udp_ports=udp)) as coming:
            async for event in coming:
                events.put_nowait(event)

    task = asyncio.create_task(read())
    try:
        places = []
        for _ in (*tcp, *udp):
            event = await asyncio.wait_for(events.get(), SECONDS)
            assert isinstance(event, Listening)
            places.append(event.address)
        yield events, places
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_visitor_is_greeted_and_shown() -> None:
    (address,) = own_addresses(1, 80)
    async with running(address, (0,), (0,)) as (events, (tcp, udp)):
        stream = await dial(*tcp, timeout=SECONDS)
        greeting = await asyncio.wait_for(stream.receive(), SECONDS)
        assert greeting.startswith(SIGNATURE + b" ")
        assert greeting.endswith(f" tcp {tcp.port}\r\n".encode())
        await stream.send(b"hello")
        source = stream.local
        stream.close()
        assert await asyncio.wait_for(events.get(), SECONDS) == Visitor(
            protocol="tcp", port=tcp.port, source=source, size=5
        )
        answer = await ask_by_udp(udp, QUESTION, lambda data: data, timeout=SECONDS)
        assert answer.startswith(SIGNATURE)
        visitor = await asyncio.wait_for(events.get(), SECONDS)
        assert isinstance(visitor, Visitor)
        assert (visitor.protocol, visitor.port, visitor.size) == ("udp", udp.port, len(QUESTION))


async def test_it_takes_little_and_answers_with_less_than_came() -> None:
    (address,) = own_addresses(1, 81)
    async with running(address, (0,), (0,)) as (events, (tcp, udp)):
        stream = await dial(*tcp, timeout=SECONDS)
        with contextlib.suppress(NotReached):
            await stream.send(bytes(100 * MOST_BYTES))
        visitor = await asyncio.wait_for(events.get(), SECONDS)
        assert isinstance(visitor, Visitor)
        assert MOST_BYTES <= visitor.size < 100 * MOST_BYTES
        stream.abort()
        with pytest.raises(Exception, match="did not answer by UDP"):
            await ask_by_udp(udp, b"?", lambda data: data, timeout=0.2, times=1)
        answers = 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flooding:
            flooding.connect(udp)
            flooding.setblocking(False)
            for _ in range(4 * ANSWERS_PER_SECOND):
                flooding.send(QUESTION)
            loop = asyncio.get_running_loop()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    while await loop.sock_recv(flooding, 100):
                        answers += 1
        assert 0 < answers <= 2 * ANSWERS_PER_SECOND


async def test_only_so_many_connections_stand_at_once() -> None:
    (address,) = own_addresses(1, 82)
    async with running(address, (0,), ()) as (_, (tcp,)):
        streams = [await dial(*tcp, timeout=SECONDS) for _ in range(MOST_CONNECTIONS)]
        for stream in streams:
            assert (await asyncio.wait_for(stream.receive(), SECONDS)).startswith(SIGNATURE)
        further = await dial(*tcp, timeout=SECONDS)
        with contextlib.suppress(NotReached):
            assert await asyncio.wait_for(further.receive(), SECONDS) == b""
        for stream in (*streams, further):
            stream.abort()
            await stream.wait_closed()


async def test_a_port_that_is_held_is_told_and_the_others_are_open() -> None:
    (address,) = own_addresses(1, 83)
    with socket.create_server((address, 0)) as held:
        number = held.getsockname()[1]
        options = {"address": address, "udp_ports": (), "seconds": 0.3}
        events = [event async for event in serve_test(tcp_ports=(number, 0), **options)]  # type: ignore[arg-type]
        assert isinstance(events[0], NotListening)
        assert "is held by" in events[0].reason
        assert isinstance(events[1], Listening)
        with pytest.raises(NotReached, match="is held by"):
            _ = [event async for event in serve_test(tcp_ports=(number,), **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options", [{"tcp_ports": (70_000,)}, {"tcp_ports": (), "udp_ports": ()}, {"seconds": 0}, {"tcp_ports": (1,) * 70}]
)
async def test_what_is_not_allowed_is_refused(options: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(InvalidInput):
        _ = [event async for event in serve_test(**options)]  # type: ignore[arg-type] # that is the point


async def test_a_probe_knows_it() -> None:
    (address,) = own_addresses(1, 84)
    async with running(address, (1470, 1480), (51110,)):
        result = await result_of(address)
        assert result.verdict.code == "path-open"
        assert [fact.port for fact in result.facts.speaking(Speaker.SERVE_TEST)] == [1470, 1480]
        assert result.facts.udp.serve_test
