"""A small HTTP client over asyncio, for tests that talk to the real web server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def request(port: int, method: str, path: str, *headers: str) -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """Send a request; gives the status and the body as it comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = [f"{method} {path} HTTP/1.0", "Host: localhost", *headers]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        yield int(head.split()[1]), reader
    finally:
        writer.close()
        await writer.wait_closed()


async def call(port: int, method: str, path: str, token: str = "") -> tuple[int, Any]:
    """Send a request and read its JSON answer."""
    headers = [f"Authorization: Bearer {token}"] if token else []
    async with request(port, method, path, *headers) as (status, body):
        return status, json.loads(await body.read())


async def messages(reader: asyncio.StreamReader) -> AsyncIterator[dict[str, str]]:
    """The messages of a stream of server-sent events; comments come under an empty name."""
    while True:
        text = (await reader.readuntil(b"\n\n")).decode()
        found = {}
        for line in text.strip().splitlines():
            name, _, value = line.partition(":")
            found[name] = value.strip()
        yield found


class StreamClient:
    """Follows a stream and collects the positions of its events."""

    def __init__(self, port: int, token: str, query: str = "") -> None:
        self.port = port
        self.token = token
        self.query = query
        self.last: str | None = None
        self.events: list[dict[str, Any]] = []

    async def follow(self, until: int) -> None:
        """Read on from the last event until there are so many."""
        headers = [f"Authorization: Bearer {self.token}"]
        if self.last is not None:
            headers.append(f"Last-Event-ID: {self.last}")
        async with request(self.port, "GET", f"/api/v1/stream{self.query}", *headers) as (status, body):
            assert status == 200
            async for message in messages(body):
                self.last = message.get("id", self.last)
                if message.get("event") == "event":
                    self.events.append(json.loads(message["data"]))
                if len(self.events) >= until:
                    return
