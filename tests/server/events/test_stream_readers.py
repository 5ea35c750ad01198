"""Readers of the stream over HTTP that are killed, and readers that are slow."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
import pytest
from asgiref.sync import sync_to_async

from doorward.server.events.happenings import tell
from doorward.server.events.models import Event, Happening
from doorward.server.events.shapes import shown_text
from doorward.server.operators.services import create_token
from doorward.server.run import Server
from tests.server.accounts import administrator
from tests.server.events.traffic import NOW, add_device, proof, submission
from tests.server.http import StreamClient
from tests.server.test_run import running_site

READER = Path(__file__).parents[3] / "benchmarks" / "stream_reader.py"


@pytest.fixture
async def token(each_database: str) -> str:
    await sync_to_async(add_device)(7)
    return await sync_to_async(lambda: create_token(administrator(), "test")[1])()


async def happen(server: Server, rate: float, until: asyncio.Event) -> int:
    """Let events happen at a rate, and something else now and then; gives how many events."""
    begin, made, told = time.monotonic(), 0, 0
    while not until.is_set():
        due = min(int((time.monotonic() - begin) * rate) - made, 50)
        if due > 0:
            # As from many devices: each event comes alone, many are committed together.
            await asyncio.gather(*(server.store.append(submission(proof(NOW + made + n))) for n in range(due)))
            made += due
        if made // 100 > told:
            told += 1
            await sync_to_async(tell)("server", {"made": made})
        await asyncio.sleep(0.005)
    return made


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


async def until_lines(path: Path, count: int) -> None:
    async with asyncio.timeout(60):
        while lines_of(path) < count:  # noqa: ASYNC110 - another process writes them
            await asyncio.sleep(0.01)


async def wanted_lines() -> list[int]:
    positions = [position async for position in Event.objects.values_list("position", flat=True)]
    return sorted(positions + [position async for position in Happening.objects.values_list("position", flat=True)])


async def test_a_reader_that_is_killed_again_and_again_sees_all_of_it_once_and_in_order(
    token: str, tmp_path: Path
) -> None:
    draw, path, enough = random.Random(7), tmp_path / "seen", asyncio.Event()
    environment = {**os.environ, "DOORWARD_TOKEN": token}
    async with running_site() as (server, port):
        working = asyncio.ensure_future(happen(server, 500, enough))
        for number in range(11):
            reader = await asyncio.create_subprocess_exec(
                sys.executable, str(READER), str(port), str(path), env=environment
            )
            if number < 10:
                # In the middle of its work, wherever that is.
                some = lines_of(path) + draw.randint(1, 60)
                await until_lines(path, some)
                reader.kill()
                await reader.wait()
        enough.set()
        made = await working
        wanted: list[int] = []
        seen: list[bytes] = []
        async with asyncio.timeout(60):
            while not wanted or len(seen) < len(wanted):
                await asyncio.sleep(0.1)
                # The server itself goes on telling: what was told until now is waited for.
                wanted = wanted or (await wanted_lines())
                seen = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        reader.kill()
        await reader.wait()
        wanted = await wanted_lines()
    assert made > 100
    positions = [int(line.split(b"\t")[0]) for line in seen]
    assert positions == wanted[: len(positions)]
    assert sum(line.split(b"\t")[1] == b"event" for line in seen) == made
    # What was written down is what the database holds.
    event = await Event.objects.order_by("position").afirst()
    assert event is not None
    first = next(json.loads(line.split(b"\t")[2]) for line in seen if line.split(b"\t")[1] == b"event")
    assert (first["position"], first["code"]) == (event.position, event.code)


async def test_slow_readers_take_no_memory_and_slow_nobody_down(token: str) -> None:
    size = 64
    async with running_site() as (server, port), AsyncExitStack() as stack:
        server.live._size = size
        for _ in range(30):
            line = stack.enter_context(socket.socket())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.setblocking(False)
            await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
            request = f"GET /api/v1/stream?after=0 HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
            await asyncio.get_running_loop().sock_sendall(line, request.encode())
            assert await asyncio.get_running_loop().sock_recv(line, 12) == b"HTTP/1.1 200"
        quick = StreamClient(port, token, "?after=0&kind=event")
        memory = psutil.Process().memory_info().rss
        following = asyncio.ensure_future(quick.follow(10_000))
        stack.callback(following.cancel)
        for batch in range(100):
            await asyncio.wait_for(
                server.store.append(submission(*(proof(NOW + 100 * batch + n) for n in range(100)))), 60
            )
        # Each line is some 400 bytes: had every slow reader a copy of what waits for it, they would have 120 MB.
        async with asyncio.timeout(60):
            await following
        grown = psutil.Process().memory_info().rss - memory
        assert [event["position"] for event in quick.events] == sorted({event["position"] for event in quick.events})
        assert len(server.live._rows) <= 2 * size + 100
        assert grown < 90_000_000


def test_what_is_written_to_a_reader_is_made_once() -> None:
    from tests.server.events.test_stream import row

    assert shown_text(row(1)) is shown_text(row(1))
