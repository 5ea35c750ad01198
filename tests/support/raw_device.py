"""A device by hand: it announces a connection and then says only what a test makes it say."""

from __future__ import annotations

import asyncio

from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.device_end import Admitted, DialledConnection, SendPieces, TurnedAway
from doorward.transport import Stream, dial

SECONDS = 10.0


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
    loop = asyncio.get_running_loop()
    connection = DialledConnection(DeviceIdentity(device_id, device_type), kind, loop.time())
    async with asyncio.timeout(SECONDS):
        for event in connection.receive(await stream.receive(), loop.time()):
            assert isinstance(event, SendPieces)
            for piece in event.pieces:
                await stream.send(piece)
    return stream, connection


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
