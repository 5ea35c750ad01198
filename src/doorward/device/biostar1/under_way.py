"""One request under way: what is sent, what is waited for, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doorward.device.biostar1.line import Line
from doorward.model.errors import NotReached, TimedOut
from doorward.protocol.biostar1.client import ClientConnection, ClientEvent, ListAnnounced, SendPayload
from doorward.protocol.biostar1.commands.users import LIST_SECONDS_PER_USER
from doorward.protocol.biostar1.request import Request

Progress = Callable[[int, int | None], None]
"""Told how much is done and, where it is known, of how much."""

LONGEST_LIST_WAIT = 600.0
"""Most seconds of silence before the second reply of a list, however many users were announced."""

SEND_PIECE = 64 * 1024
"""Bytes handed to the stream at a time; the time limit of a write starts again with each piece."""


class RequestUnderWay:
    """A request under way: sends what is due, waits for packets, minds the time limit."""

    def __init__(
        self,
        line: Line,
        connection: ClientConnection,
        request: Request[Any],
        opening: bytes,
        limit: float,
        title: str,
        progress: Progress | None,
    ) -> None:
        self.seconds_per_user = LIST_SECONDS_PER_USER
        self._line = line
        self._connection = connection
        self._request = request
        self._opening = opening
        self._limit = limit
        self._title = title
        self._progress = progress
        self._deadline = 0.0

    async def events(self) -> list[ClientEvent]:
        """Wait for packets and give what they mean, without what is dealt with here."""
        try:
            return await self._events()
        except TimeoutError:
            raise TimedOut(
                f"{self._title} at {self._line.peer} did not answer within {self._limit:g} s "
                f"(asked to {self._request.PURPOSE}).",
                advice="Check that the device is switched on and not busy at its menu, then connect again.",
            ) from None

    async def _events(self) -> list[ClientEvent]:
        if self._opening:
            opening, self._opening = self._opening, b""
            await self._send(opening)
        data = await self._line.receive(self._deadline)
        if not data:
            self._connection.end()
            raise closed_by_device(self._title, self._line.peer)
        seen = self._connection.packets_received
        events = self._connection.receive(data)
        if self._connection.packets_received != seen:
            # Whole packets count, so a device that sends a byte now and then is not waited for for ever.
            self._deadline = self._line.time() + self._limit
        told: list[ClientEvent] = []
        for event in events:
            if isinstance(event, SendPayload):
                await self._send_payload(event)
            elif isinstance(event, ListAnnounced):
                wait = self._limit + event.count * self.seconds_per_user
                self._limit = min(wait, max(self._limit, LONGEST_LIST_WAIT))
                self._deadline = self._line.time() + self._limit
            else:
                told.append(event)
        return told

    async def _send(self, data: bytes) -> None:
        await self._line.send(data, self._limit)
        self._deadline = self._line.time() + self._limit

    async def _send_payload(self, event: SendPayload) -> None:
        """Send the packets of a write in pieces, so that a large file neither fills memory nor the time limit."""
        sent = 0
        piece: list[bytes] = []
        size = 0
        for packet in event.packets:
            piece.append(packet)
            size += len(packet)
            if size >= SEND_PIECE:
                await self._send(b"".join(piece))
                sent += size
                piece, size = [], 0
                if self._progress is not None:
                    self._progress(sent, None)
        if piece:
            await self._send(b"".join(piece))
        if self._progress is not None:
            self._progress(sent + size, sent + size)


def closed_by_device(title: str, peer: str) -> NotReached:
    """The error of a connection that the device closed."""
    return NotReached(
        f"{title} at {peer} closed the connection.",
        advice="The device may serve another client, may have restarted, or its idle limit has passed; connect again.",
    )
