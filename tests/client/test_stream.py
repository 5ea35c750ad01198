"""The stream of the client, against a server that breaks lines, is away, restarts and forgets."""

from __future__ import annotations

import asyncio
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from doorward.client import AsyncClient, Client, EventOut, Happening, NotAllowed, NotUnderstood, Reset
from doorward.client.stream import LONGEST_LINE, MessageReader
from tests.client.test_client import EVENT

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 20\n"
DOOR = {"kind": "door", "device": 7, "at": "2026-11-22T08:00:00+00:00", "lock": "unlocked", "words": "line\u2028end"}


def event(position: int) -> str:
    return f"id: {position}\nevent: event\ndata: {json.dumps({**EVENT, 'position': position})}\n\n"


def door(position: int) -> str:
    data = json.dumps({**DOOR, "position": position}, ensure_ascii=False)
    return f"id: {position}\nevent: door\ndata: {data}\n\n"


class Lines:
    """A server that gives each connection the next of its answers, and keeps the last one open."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.holding = threading.Event()
        self.release = threading.Event()
        lines = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                first = self.rfile.readline().decode().split()[1]
                headers = {}
                while line := self.rfile.readline().decode().strip():
                    name, _, value = line.partition(": ")
                    headers[name.lower()] = value
                lines.asked.append((first, headers))
                self.wfile.write(lines.answers.pop(0).encode())
                if not lines.answers:
                    self.wfile.flush()
                    lines.holding.set()
                    lines.release.wait(30)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Lines]]:
    made: list[Lines] = []

    def start(*answers: str) -> Lines:
        made.append(Lines(*answers))
        return made[-1]

    yield start
    for lines in made:
        lines.close()


BROKEN = (
    HEAD + "id: 10\n\n" + event(11) + door(12) + event(13)[:40],  # cut in the middle of a line
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
    "",  # cut before it answers
    HEAD + "id: 12\n\n" + event(13) + ": alive\n\n" + "id: 40\n: alive\n\n",
    HEAD + "event: reset\nid: 5\ndata: " + json.dumps({"position": 5, "words": "Restored."}) + "\n\n" + event(6),
)


def test_it_goes_on_where_it_was(serve: Callable[..., Lines]) -> None:
    lines = serve(*BROKEN)
    with Client(lines.url, "doorward_a_b") as client, client.stream(kinds=["event", "door"], devices=[7]) as stream:
        items = []
        for item in stream:
            items.append(item)
            assert stream.position == item.position
            if len(items) == 5:
                break
    assert [(type(item), item.position) for item in items] == [
        (EventOut, 11), (Happening, 12), (EventOut, 13), (Reset, 5), (EventOut, 6),
    ]  # fmt: skip
    happening = items[1]
    assert isinstance(happening, Happening)
    assert (happening.kind, happening.device, happening.data["lock"]) == ("door", 7, "unlocked")
    assert happening.data["words"] == "line\u2028end"
    assert [headers.get("last-event-id") for _, headers in lines.asked] == [None, "12", "12", "12", "40"]
    assert {path for path, _ in lines.asked} == {"/api/v1/stream?kind=event&kind=door&device=7"}
    assert lines.asked[0][1]["authorization"] == "Bearer doorward_a_b"


async def test_the_same_for_coroutines(serve: Callable[..., Lines]) -> None:
    lines = serve(*BROKEN)
    positions = []
    async with AsyncClient(lines.url, "doorward_a_b") as client, client.stream(after=9) as stream:
        async for item in stream:
            positions.append(item.position)
            if len(positions) == 5:
                break
    assert positions == [11, 12, 13, 5, 6]
    assert [headers.get("last-event-id") for _, headers in lines.asked] == ["9", "12", "12", "12", "40"]


def test_it_ends_while_it_waits_for_the_next_item(serve: Callable[..., Lines]) -> None:
    lines = serve(HEAD + event(1))
    found: list[Any] = []
    with Client(lines.url, "doorward_a_b") as client:
        stream = client.stream()
        reader = threading.Thread(target=lambda: found.extend(stream))
        reader.start()
        assert lines.holding.wait(10)
        stream.close()
        reader.join(10)
        assert not reader.is_alive()
    assert len(found) <= 1


async def test_a_task_that_reads_can_be_cancelled(serve: Callable[..., Lines]) -> None:
    lines = serve(HEAD + event(1))
    async with AsyncClient(lines.url, "doorward_a_b") as client:
        stream = client.stream()
        first = asyncio.Event()

        async def read() -> None:
            async for _ in stream:
                first.set()

        task = asyncio.create_task(read())
        await asyncio.wait_for(first.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_a_refusal_is_final(serve: Callable[..., Lines]) -> None:
    body = json.dumps({"error": "A token is needed.", "advice": "Make one."})
    lines = serve(f"HTTP/1.1 401 Unauthorized\r\nContent-Length: {len(body)}\r\n\r\n{body}", "")
    with Client(lines.url, "doorward_a_b") as client, pytest.raises(NotAllowed, match="A token is needed"):
        next(iter(client.stream()))
    assert len(lines.asked) == 1


def test_nonsense_is_said() -> None:
    for text in ("data: {\n\n", "id: x\n", "event: event\ndata: {}\n\n", "event: reset\ndata: []\n\n", "data: 7\n\n"):
        with pytest.raises(NotUnderstood):
            list(MessageReader().feed(text.encode()))
    with pytest.raises(NotUnderstood):
        list(MessageReader().feed(b"\xff\n"))
    reader = MessageReader()
    list(reader.feed(b"x" * LONGEST_LINE))
    with pytest.raises(NotUnderstood, match="longer"):
        list(reader.feed(b"x"))


def test_pieces_of_any_size_give_the_same() -> None:
    text = (event(1) + door(2) + "id: 3\n: alive\n\n" + event(4)).encode()
    for size in (1, 2, 7, 100, len(text)):
        reader = MessageReader()
        items = [item for at in range(0, len(text), size) for item in reader.feed(text[at : at + size])]
        assert [item.position for item in items] == [1, 2, 4]
        assert reader.position == 4
