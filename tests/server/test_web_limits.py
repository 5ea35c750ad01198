"""What strangers may send to the web server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from doorward.server import web_limits
from doorward.server.web import WebServer
from doorward.transport import Address
from doorward.transport.bound_socket import listening_socket

PLAIN = "Content-Type: text/plain"


@pytest.fixture
async def port(database: str) -> AsyncIterator[int]:
    bound = listening_socket(Address("127.0.0.1", 0))
    web = WebServer(bound)
    task = web.start()
    try:
        yield web.port
    finally:
        await web.stop()
        await task
        bound.close()


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    for _ in range(500):
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        await asyncio.sleep(0.01)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def head(*lines: str) -> bytes:
    return "\r\n".join(("POST /api/v1/tokens HTTP/1.1", "Host: localhost", PLAIN, *lines, "", "")).encode()


async def status(reader: asyncio.StreamReader) -> int:
    return int((await asyncio.wait_for(reader.readline(), 60)).split()[1])


@pytest.mark.parametrize("length", ["12582913", "9" * 40, "99999999999"])
async def test_a_body_that_is_said_to_be_too_large_is_not_waited_for(port: int, length: str) -> None:
    async with connected(port) as (reader, writer):
        writer.write(head(f"Content-Length: {length}"))
        assert await status(reader) in {400, 413}


async def test_a_body_that_is_too_large_is_not_kept(port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = 0
    piece = b"x" * 65536

    def count(self: object, data: bytes) -> int:
        nonlocal kept
        kept += len(data)
        return len(data)

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.write", count)
    async with connected(port) as (reader, writer):
        writer.write(head("Transfer-Encoding: chunked"))
        with contextlib.suppress(OSError):
            for _ in range(web_limits.LARGEST_BODY // len(piece) + 40):
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                await writer.drain()
        assert await status(reader) == 413
    assert kept <= web_limits.LARGEST_BODY


async def test_a_body_of_the_usual_size_is_taken(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(head("Content-Length: 2") + b"{}")
        assert await status(reader) == 401


@pytest.mark.parametrize("begun", [b"", b"GET / HT", head("Content-Length: 10") + b"123"])
async def test_a_connection_is_not_held_without_a_request(
    port: int, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_limits, "LOOK_SECONDS", 0.05)
    async with connected(port) as (reader, writer):
        writer.write(begun)
        await writer.drain()
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 60) == b""


async def test_a_connection_that_answered_is_not_held_by_half_a_request(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_limits, "LOOK_SECONDS", 0.2)
    async with connected(port) as (reader, writer):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await status(reader) == 200
        writer.write(b"GET /hea")
        await writer.drain()
        with contextlib.suppress(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 60)


async def test_so_many_connections_and_no_more(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_limits, "MOST_OF_ONE_ADDRESS", 2)
    monkeypatch.setattr(web_limits, "_is_this_machine", lambda address: False)
    async with contextlib.AsyncExitStack() as stack:
        held = [await stack.enter_async_context(connected(port)) for _ in range(3)]
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(held[2][0].read(), 60) == b""
        held[0][1].write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await status(held[0][0]) == 200
    monkeypatch.setattr(web_limits, "MOST_OF_ONE_ADDRESS", 512)
    for _ in range(500):
        if not web_limits.BoundedProtocol._by_address:
            break
        await asyncio.sleep(0.01)
    assert not web_limits.BoundedProtocol._by_address
