"""A device by hand: it announces a connection and then says only what a test makes it say."""

from __future__ import annotations

import asyncio
import contextlib

from doorward.model.errors import NotReached
from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.device_end import (
    Admitted,
    DeviceCommandConnection,
    DialledConnection,
    SendPieces,
    TurnedAway,
)
from doorward.protocol.biostar1.device_side import RequestReceived
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.results import UNSUPPORTED
from doorward.transport import Stream, dial

SECONDS = 30.0


async def announced(
    port: int,
    device_id: int,
    device_type: int = 1,
    kind: ConnectionKind = ConnectionKind.COMMAND,
    *,
    local_address: str | None = None,
) -> tuple[Stream, DialledConnection]:
    """A connection that announced itself and has no decision yet."""
    stream = await dial("127.0.0.1", port, timeout=SECONDS, local_address=local_address)
    return stream, await announce(stream, DeviceIdentity(device_id, device_type), kind)


async def announce(stream: Stream, identity: DeviceIdentity, kind: ConnectionKind) -> DialledConnection:
    """Answer the identity question and announce the connection."""
    loop = asyncio.get_running_loop()
    connection = DialledConnection(identity, kind, loop.time())
    async with asyncio.timeout(SECONDS):
        for event in connection.receive(await stream.receive(), loop.time()):
            assert isinstance(event, SendPieces)
            for piece in event.pieces:
                await stream.send(piece)
    return connection


async def decision(stream: Stream, connection: DialledConnection) -> Admitted | TurnedAway | None:
    """The server's decision; None when it closed instead."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(SECONDS):
        data = await stream.receive()
    if not data:
        return None
    (event,) = connection.receive(data, loop.time())
    assert not isinstance(event, SendPieces)
    return event


async def until_closed(stream: Stream) -> bytes:
    """What still comes until the server closes."""
    received = b""
    async with asyncio.timeout(SECONDS):
        while data := await stream.receive():
            received += data
    return received


async def answering(stream: Stream, connection: DeviceCommandConnection, results: dict[int, int | None]) -> None:
    """Answer questions on a command connection until the server closes.

    Args:
        stream: The connection.
        connection: The device's end of it.
        results: The result for each command, without a payload; None leaves a question without an answer. Other
            commands are not known to the device.
    """
    with contextlib.suppress(NotReached):
        data = b""
        while True:
            for event in connection.receive(data):
                assert isinstance(event, RequestReceived)
                result = results.get(event.header.command, UNSUPPORTED)
                if result is not None:
                    for packet in connection.reply(event.header, Message(0, result)):
                        await stream.send(packet)
            data = await stream.receive()
            if not data:
                return
