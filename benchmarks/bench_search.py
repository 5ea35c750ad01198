"""One broadcast search that 500 virtual devices answer, beside 500 bare UDP sockets asked one by one.

The devices, or the bare sockets, are a process of their own; the time runs until the last of them is known.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import select
import socket
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from statistics import median

from doorward.discovery import FoundDevice, search
from doorward.protocol.biostar1.datagram import DATAGRAM_SIZE
from doorward.simulator import VirtualSite
from harness import PAIRS, report

DEVICES = 500
BARE_PORT = 53999


def addresses() -> list[str]:
    """An own loopback address for each."""
    return [f"127.0.{2 + number // 250}.{1 + number % 250}" for number in range(DEVICES)]


def run_site(ready: Connection) -> None:
    """Virtual devices of all models."""

    async def run() -> None:
        async with VirtualSite(DEVICES, bind=addresses(), people=0):
            ready.send(True)
            await asyncio.Event().wait()

    asyncio.run(run())


def run_bare(ready: Connection) -> None:
    """Bare sockets that send back what they get."""
    poll = select.poll()
    sockets = {}
    for address in addresses():
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind((address, BARE_PORT))
        sockets[bound.fileno()] = bound
        poll.register(bound, select.POLLIN)
    ready.send(True)
    while True:
        for number, _ in poll.poll():
            data, source = sockets[number].recvfrom(2048)
            sockets[number].sendto(data, source)


@contextlib.contextmanager
def running(target: Callable[[Connection], None]) -> Iterator[None]:
    """Run the other side while the body runs."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=target, args=(theirs,), daemon=True)
    process.start()
    ours.recv()
    try:
        yield
    finally:
        process.terminate()
        process.join()


async def search_seconds() -> float:
    """Seconds until every device is known."""
    known: set[int] = set()
    started = time.perf_counter()
    finished = 0.0

    def found(device: FoundDevice) -> None:
        nonlocal finished
        known.add(device.device_id)
        finished = time.perf_counter()

    await search(interfaces=["lo"], generations=["biostar1"], timeout=3, found=found)
    assert len(known) == DEVICES, len(known)
    return finished - started


def bare_seconds() -> float:
    """Seconds until every bare socket has answered."""
    question = bytes(DATAGRAM_SIZE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        started = time.perf_counter()
        for address in addresses():
            asking.sendto(question, (address, BARE_PORT))
        for _ in range(DEVICES):
            asking.recv(2048)
        return time.perf_counter() - started


def main() -> None:
    """Print one line."""
    with running(run_site), running(run_bare):
        pairs = [(asyncio.run(search_seconds()), bare_seconds()) for _ in range(PAIRS)]
    subject, baseline = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    report(f"search, {DEVICES} virtual devices", subject, baseline, "answers", DEVICES, "bare echo")


if __name__ == "__main__":
    main()
