"""Talks to a virtual device with the client's end of the protocol, in memory or over a stream."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from doorward.model.errors import NotReached
from doorward.protocol.biostar1.client import ClientConnection, ReplyReceived, SendPayload
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.request import Request
from doorward.simulator.outcome import After
from doorward.simulator.session import DeviceSession, Follow, Send
from doorward.simulator.virtual_device import VirtualDevice
from doorward.transport import Stream, dial

WAIT = 5.0


class HostClock:
    """A host's clock that only moves when told."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Talk:
    """A client that is joined to a device without wires.

    Attributes:
        after: What the device wanted to do after its replies.
    """

    def __init__(self, device: VirtualDevice) -> None:
        self.client = ClientConnection(device_id=device.device_id, enciphered=device.model.enciphered)
        self.session = DeviceSession(device)
        self.after: list[After] = []

    def send(self, data: bytes) -> bytes:
        """Bytes to the device, bytes back."""
        answer = bytearray()
        for action in self.session.receive(data):
            if isinstance(action, Send):
                answer += b"".join(action.packets)
            elif isinstance(action, Follow):
                self.after.append(action.after)
        return bytes(answer)

    def ask(self, request: Request[Any]) -> Message:
        """One exchange."""
        waiting = [self.client.start(request)]
        while waiting:
            for event in self.client.receive(self.send(waiting.pop(0))):
                if isinstance(event, SendPayload):
                    waiting.append(b"".join(event.packets))
                elif isinstance(event, ReplyReceived):
                    return event.message
        raise AssertionError(f"no reply to {request}")


def ask(device: VirtualDevice, request: Request[Any]) -> Message:
    """One exchange over a connection of its own."""
    return Talk(device).ask(request)


def told(device: VirtualDevice, request: Request[Any]) -> Any:
    """The typed reply, which must be a success."""
    message = ask(device, request)
    assert message.code == 0, hex(message.code)
    return request.decode_reply(message)


class Caller:
    """A client over TCP."""

    def __init__(self, stream: Stream, device: VirtualDevice) -> None:
        self.stream = stream
        self.client = ClientConnection(device_id=device.device_id, enciphered=device.model.enciphered)

    @classmethod
    async def dial(cls, address: tuple[str, int], device: VirtualDevice) -> Caller:
        return cls(await dial(*address, timeout=WAIT), device)

    async def ask(self, request: Request[Any]) -> Message:
        """One exchange; an end of the connection fails the test."""
        await self.stream.send(self.client.start(request))
        while True:
            data = await asyncio.wait_for(self.stream.receive(), WAIT)
            assert data, "the device closed the connection"
            for event in self.client.receive(data):
                if isinstance(event, SendPayload):
                    await self.stream.send(b"".join(event.packets))
                elif isinstance(event, ReplyReceived):
                    return event.message

    async def rest(self) -> bytes:
        """All that still comes until the device closes or cuts the connection."""
        found = bytearray()
        with contextlib.suppress(NotReached):
            while data := await asyncio.wait_for(self.stream.receive(), WAIT):
                found += data
        return bytes(found)

    async def close(self) -> None:
        self.stream.abort()
        await asyncio.wait_for(self.stream.wait_closed(), WAIT)
