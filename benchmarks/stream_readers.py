"""Readers of the stream that are killed, and readers that are slow.

Killed: a reader is killed with SIGKILL again and again while devices push events; what it has written down must in the
end be every line of the stream, once and in order.

Slow: the delay from device to commit without and with many readers that read a few bytes a second, in turn in one run
(without, with, with, without, ...), so that what changes by itself touches both alike. The two halves of the phases
without readers are set against each other as well: their ratio is what noise alone does.

Ends with status 1 when a line is missing, double or out of order, or when slow readers cost more than a tenth.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator import VirtualSite
from doorward.simulator.server_site import ServerModeSite
from doorward.transport.open_files import allow_open_files
from fleet import Watch, percentiles, traffic, until
from server_process import ServerProcess

READER = Path(__file__).parent / "stream_reader.py"
LAST_SECONDS = 60.0
# Until all slow readers were let in and have got what the system keeps for them: that costs once, not all the time.
SETTLE_SECONDS = 10.0
ALLOWED = 1.1
SLOW_BYTES = 8
SMALL_BUFFER = 4096


@contextlib.asynccontextmanager
async def running(devices: int, folder: Path, database: str) -> AsyncIterator[tuple[ServerProcess, ServerModeSite]]:
    """A server and its devices, all live."""
    virtual = VirtualSite(devices, people=0)
    server = ServerProcess(folder, database=database, log_level="error")
    await asyncio.to_thread(server.prepare, [(device.device_id, device.model.slug) for device in virtual.devices])
    await server.start()
    try:
        async with ServerModeSite(virtual, ServerAddress("127.0.0.1", server.device_port)) as site:
            await site.all_live()
            await until(lambda: server.live_devices() == devices, LAST_SECONDS)
            yield server, site
    finally:
        await server.stop()
        if server.log.strip():
            print("the server told:", server.log[-1500:])


# --- Killed -----------------------------------------------------------------------------------------------------------


def stream_in_database() -> list[tuple[int, str]]:
    """Position and kind of every line of the stream."""
    from doorward.server.events.models import Event, Happening

    lines = [(position, "event") for position in Event.objects.values_list("position", flat=True).iterator()]
    return sorted(lines + list(Happening.objects.values_list("position", "kind")))


def written_down(path: Path) -> list[tuple[int, str]]:
    """Position and kind of every whole line that the reader has written."""
    lines = [line.split(b"\t") for line in path.read_bytes().split(b"\n")[:-1]]
    return [(int(position), kind.decode()) for position, kind, _ in lines]


async def killed(server: ServerProcess, site: ServerModeSite, path: Path, options: argparse.Namespace) -> bool:
    """Kill a reader again and again; tells whether it has seen everything once and in order."""
    draw = random.Random(options.seed)
    environment = {**os.environ, "DOORWARD_TOKEN": server.token}
    watch = Watch()
    seconds = options.kills * 0.8
    working = asyncio.ensure_future(traffic(site, watch, options.rate, seconds))
    for number in range(options.kills + 1):
        reader = await asyncio.create_subprocess_exec(
            sys.executable, str(READER), str(server.web_port), str(path), env=environment
        )
        if number < options.kills:
            await asyncio.sleep(draw.uniform(0.1, 1.2))
            reader.kill()
            await reader.wait()
            await asyncio.sleep(draw.uniform(0.0, 0.3))
    await working
    try:
        deadline = time.monotonic() + LAST_SECONDS
        while True:
            wanted, seen = await asyncio.to_thread(stream_in_database), written_down(path)
            if wanted == seen or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.5)
    finally:
        reader.kill()
        await reader.wait()
    positions = [position for position, _ in seen]
    print(
        f"killed: {options.kills} kills in {seconds:.0f} s, {len(watch.made):,} events at {options.rate:g}/s, "
        f"{len(wanted):,} lines in the stream, {len(seen):,} written down; missing {len(set(wanted) - set(seen)):,}, "
        f"double {len(positions) - len(set(positions)):,}, in order: {positions == sorted(positions)}"
    )
    return wanted == seen and len(wanted) >= len(watch.made)


# --- Slow -------------------------------------------------------------------------------------------------------------


async def read_slowly(port: int, token: str) -> None:
    """Ask for the stream and take a few bytes of it each second, for ever."""
    loop = asyncio.get_running_loop()
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        line.setblocking(False)
        await loop.sock_connect(line, ("127.0.0.1", port))
        request = f"GET /api/v1/stream?after=0 HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        await loop.sock_sendall(line, request.encode())
        while await loop.sock_recv(line, SLOW_BYTES):  # noqa: ASYNC110 - it is what is slow
            await asyncio.sleep(1)
        raise ConnectionError("the server has closed the stream of a slow reader")


@contextlib.asynccontextmanager
async def slow_readers(count: int, server: ServerProcess) -> AsyncIterator[None]:
    """Slow readers stand while the body runs."""
    tasks = [asyncio.ensure_future(read_slowly(server.web_port, server.token)) for _ in range(count)]
    try:
        await asyncio.sleep(SETTLE_SECONDS)
        yield
        failed = [task for task in tasks if task.done()]
        if failed:
            failed[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def phase(server: ServerProcess, site: ServerModeSite, rate: float, seconds: float) -> tuple[list[float], float]:
    """Delays from device to commit while events happen, and the seconds of CPU that the server takes for each."""
    watch = Watch()
    cpu_before = sum(server.measured.cpu_times()[:2])
    await traffic(site, watch, rate, seconds)
    cpu = sum(server.measured.cpu_times()[:2]) - cpu_before
    return [watch.acknowledged[key] - watch.made[key] for key in watch.acknowledged], cpu / len(watch.made)


def p99(seconds: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(seconds, n=100)[-1]


async def slow(server: ServerProcess, site: ServerModeSite, options: argparse.Namespace) -> bool:
    """Measure without and with slow readers in turn; tells whether they cost less than a tenth."""
    without: list[list[float]] = []
    beside: list[list[float]] = []
    await phase(server, site, options.rate, 3)
    empty, most = server.measured.memory_info().rss, 0
    for number in range(2 * options.pairs):
        with_readers = number % 4 in {1, 2}
        if with_readers:
            async with slow_readers(options.readers, server):
                found, cpu = await phase(server, site, options.rate, options.seconds)
                most = max(most, server.measured.memory_info().rss)
            beside.append(found)
        else:
            await asyncio.sleep(SETTLE_SECONDS)
            found, cpu = await phase(server, site, options.rate, options.seconds)
            without.append(found)
        name = f"{options.readers} slow readers" if with_readers else "no reader"
        print(f"  {name:>16}: {percentiles(found)}, {1000 * cpu:.2f} ms of CPU an event", flush=True)
    plain, slowed = (p99([each for part in parts for each in part]) for parts in (without, beside))
    halves = [p99([each for part in without[first::2] for each in part]) for first in (0, 1)]
    print(
        f"slow: p99 from device to commit {1000 * plain:.1f} ms without and {1000 * slowed:.1f} ms with "
        f"{options.readers} slow readers: ratio {slowed / plain:.2f}; noise alone {max(halves) / min(halves):.2f}; "
        f"ratio of the medians of the phases' p99 "
        f"{statistics.median(map(p99, beside)) / statistics.median(map(p99, without)):.2f}"
    )
    print(f"memory of the server: {empty / 1e6:.0f} MB before, at most {most / 1e6:.0f} MB with slow readers")
    return slowed / plain <= ALLOWED


async def run(options: argparse.Namespace, folder: Path) -> bool:
    """Both, as chosen."""
    allow_open_files(6 * options.devices + options.readers + 200)
    good = True
    async with running(options.devices, folder, options.database) as (server, site):
        if "killed" in options.what:
            good &= await killed(server, site, folder / "seen", options)
        if "slow" in options.what:
            good &= await slow(server, site, options)
    return good


def main() -> int:
    """Run with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="killed,slow", choices=["killed", "slow", "killed,slow"])
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--rate", type=float, default=500.0, help="events a second")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each phase with and without slow readers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="URL of an empty PostgreSQL database; SQLite without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doorward-readers-") as folder:
        good = asyncio.run(run(options, Path(folder)))
    print("as it should be" if good else "FAILED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
