"""Fake devices that share no code with the client: they compare and send bytes that are given to them."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from doorward.device import BioStar1Device
from doorward.device.biostar1.session import Session
from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.models import MODELS_BY_TYPE
from doorward.transport import Faults, Stream, null_modem

HEADER = struct.Struct("<4sIBHBHHIHHII")


def frame(
    command: int,
    code: int = 0,
    param1: int = 0,
    param2: int = 0,
    payload: bytes = b"",
    *,
    index: int = 0,
    count: int = 1,
    device_id: int = 0,
) -> bytes:
    """A packet in clear, written from the notes and not with the library."""
    header = HEADER.pack(b"{{<<", device_id, 0, 0, 0, index, count, len(payload), command, code, param1, param2)
    return header + payload + struct.pack("<I", (sum(header) + sum(payload)) & 0xFFFFFFFF) + b">>}}"


async def read_exactly(stream: Stream, size: int, waiting: bytearray) -> bytes:
    while len(waiting) < size:
        data = await stream.receive()
        if not data:
            raise EOFError(f"the client closed after {len(waiting)} of {size} bytes")
        waiting += data
    taken = bytes(waiting[:size])
    del waiting[:size]
    return taken


async def play(stream: Stream, packets: Sequence[dict[str, Any]]) -> None:
    """Expect the host's packets byte for byte and send the device's, in the order of a vector."""
    waiting = bytearray()
    for number, packet in enumerate(packets):
        content = bytes.fromhex(packet["hex"])
        if packet["dir"] == "device":
            await stream.send(content)
            continue
        try:
            came = await asyncio.wait_for(read_exactly(stream, len(content), waiting), 30)
        except TimeoutError:
            came = bytes(waiting)
        assert came.hex() == content.hex(), f"packet {number} differs"
    assert not waiting, f"the client sent more: {waiting.hex()}"


@contextlib.asynccontextmanager
async def playing(
    packets: Sequence[dict[str, Any]], device_type: int, device_id: int, **options: Any
) -> AsyncIterator[BioStar1Device]:
    """A device whose other end plays a vector; afterwards the whole vector must have been played."""
    ours, theirs = null_modem()
    player = asyncio.create_task(play(theirs, packets))
    model = MODELS_BY_TYPE[device_type]
    session = Session(
        ours,
        device_id=device_id,
        enciphered=model.enciphered,
        basic_timeout=options.pop("basic_timeout", 5.0),
        retry_delays=options.pop("retry_delays", ()),
    )
    player.add_done_callback(lambda task: theirs.close() if not task.cancelled() and task.exception() else None)
    try:
        async with BioStar1Device(session, model, device_id, **options) as device:
            yield device
            await asyncio.wait_for(asyncio.shield(player), 30)
    except DoorwardError:
        if player.done():
            player.result()  # what the player saw says more than the end of the line
        raise
    finally:
        player.cancel()
        await asyncio.gather(player, return_exceptions=True)


Answer = Callable[[bytes], Sequence[bytes]]


class ScriptedDevice:
    """Answers each request packet with what a function gives; keeps what it received.

    Attributes:
        requests: The request packets, each 40 bytes or more.
    """

    def __init__(self, stream: Stream, answer: Answer) -> None:
        self.requests: list[bytes] = []
        self._stream = stream
        self._answer = answer
        self.task = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        waiting = bytearray()
        with contextlib.suppress(EOFError):
            while True:
                header = await read_exactly(self._stream, 32, waiting)
                rest = await read_exactly(self._stream, int.from_bytes(header[16:20], "little") + 8, waiting)
                self.requests.append(header + rest)
                for reply in self._answer(header + rest):
                    await self._stream.send(reply)

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self._stream.abort()


def request_fields(packet: bytes) -> tuple[int, int, int, int]:
    """Command, code and parameters of a request packet in clear."""
    command, code, param1, param2 = struct.unpack_from("<HHII", packet, 20)
    return command, code, param1, param2


@contextlib.asynccontextmanager
async def scripted(
    answer: Answer,
    *,
    device_type: int = 0,
    device_id: int = 77,
    to_client: Faults | None = None,
    to_device: Faults | None = None,
    **options: Any,
) -> AsyncIterator[tuple[BioStar1Device, ScriptedDevice]]:
    """A device in clear (types 0, 4, 5, 6, 10) whose other end is a function."""
    ours, theirs = null_modem(left_to_right=to_device, right_to_left=to_client)
    fake = ScriptedDevice(theirs, answer)
    model = MODELS_BY_TYPE[device_type]
    session = Session(
        ours,
        device_id=device_id,
        basic_timeout=options.pop("basic_timeout", 5.0),
        retry_delays=options.pop("retry_delays", ()),
    )
    try:
        async with BioStar1Device(session, model, device_id, **options) as device:
            yield device, fake
    finally:
        await fake.close()
