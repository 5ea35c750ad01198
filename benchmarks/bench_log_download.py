"""Download of 100,000 log records beside a bare copy of their bytes over loopback plus ``struct.iter_unpack``.

The other end is a process of its own that sends prepared bytes, so that only the reading side is measured.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import struct
import tracemalloc
from functools import partial
from multiprocessing.connection import Connection

from doorward.device import connect
from doorward.protocol.biostar1.message import Message, encode_message
from doorward.protocol.biostar1.models import MODELS_BY_TYPE
from doorward.protocol.biostar1.stream import PacketDecoder
from harness import in_turn, report

RECORDS = 100_000
RECORD = struct.Struct("<BBHiII")
DEVICE_ID = 10_001
BARE = b"bare"


def content(count: int) -> bytes:
    """Records as a device would hold them."""
    return b"".join(RECORD.pack(0x37, 0x3A, 0xFFFF, 1_700_000_000 + number, number, 0) for number in range(count))


def prepared(device_type: int, log: bytes) -> dict[tuple[int, int], list[bytes]]:
    """The answers of a device by command and code; several for a question that is put again."""
    model = MODELS_BY_TYPE[device_type]

    def answer(command: int, param1: int = 0, param2: int = 0, payload: bytes = b"") -> bytes:
        message = Message(command, 0, param1, param2, payload, DEVICE_ID, model.enciphered and command != 1)
        return b"".join(encode_message(message))

    step = model.records_per_read * RECORD.size
    parts = [log[at : at + step] for at in range(0, len(log), step)] + [b""]
    reads = [answer(0x12, len(part) // RECORD.size, 0, part) for part in parts]
    return {(0x01, 0): [answer(0x01, DEVICE_ID, device_type)], (0x14, 0): [answer(0x14, len(log) // RECORD.size)]} | {
        (0x12, 0): reads[:1],
        (0x12, 1): reads[1:],
    }


def serve(ready: Connection, device_type: int, count: int) -> None:
    """Answer one connection after another until the process is ended."""
    log = content(count)
    answers = prepared(device_type, log)
    with socket.create_server(("127.0.0.1", 0)) as server:
        ready.send(server.getsockname()[1])
        while True:
            peer, _ = server.accept()
            with peer:
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                answer_connection(peer, answers, log)


def answer_connection(peer: socket.socket, answers: dict[tuple[int, int], list[bytes]], log: bytes) -> None:
    """Answer the questions of one connection, or send the bare bytes."""
    decoder = PacketDecoder()
    turns = dict.fromkeys(answers, 0)
    while data := peer.recv(65536):
        if data == BARE:
            peer.sendall(log)
            return
        for packet in decoder.feed(data):
            question = (packet.command, packet.code)
            given = answers[question]
            peer.sendall(given[turns[question] % len(given)])
            turns[question] += 1


async def download(port: int) -> int:
    """Read the log and go through every record."""
    found = 0
    async with await connect("127.0.0.1", port) as device:
        async for chunk in device.log.records():
            found += len(list(chunk.rows()))
    assert found == RECORDS, found
    return found


def run_download(port: int) -> int:
    """Read the log in an event loop of its own."""
    return asyncio.run(download(port))


def bare_copy(port: int) -> int:
    """Copy the same bytes over loopback and go through every record."""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(BARE)
        parts = []
        while part := peer.recv(262_144):
            parts.append(part)
    found = len(list(RECORD.iter_unpack(b"".join(parts))))
    assert found == RECORDS, found
    return found


def peak_memory(device_type: int, count: int) -> float:
    """Most MiB that Python held while it read so many records."""

    async def read(port: int) -> None:
        async with await connect("127.0.0.1", port) as device:
            async for chunk in device.log.records():
                for _ in chunk.rows():
                    pass

    with serving(device_type, count) as port:
        tracemalloc.start()
        asyncio.run(read(port))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak / 1024 / 1024


class serving:  # noqa: N801 - reads as a word in a with statement
    """The other end in a process of its own."""

    def __init__(self, device_type: int, count: int) -> None:
        ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=serve, args=(theirs, device_type, count), daemon=True)
        self._ready = ours

    def __enter__(self) -> int:
        self._process.start()
        port: int = self._ready.recv()
        return port

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def main() -> None:
    """Print a line for a model that speaks in clear and one for a model that enciphers, then the memory."""
    for device_type in (0, 1):
        model = MODELS_BY_TYPE[device_type]
        with serving(device_type, RECORDS) as port:
            subject, baseline = in_turn(partial(run_download, port), partial(bare_copy, port))
        report(f"log of {model.title}", subject, baseline, "records", RECORDS, "bare copy + iter_unpack")
    small, large = peak_memory(0, RECORDS), peak_memory(0, 10 * RECORDS)
    print(f"{'peak memory':34} {small:.1f} MiB for {RECORDS:,} records, {large:.1f} MiB for {10 * RECORDS:,}")


if __name__ == "__main__":
    main()
