"""Thousands of virtual devices in server mode at one server on one machine: all live, every event kept, and how fast.

Prints the time until all are live, the delays from device to commit and from commit to stream, and what the server
needs of memory and CPU. Ends with status 1 when a device is not live or an event is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.models import MODELS
from doorward.protocol.biostar1.records.logs import (
    ExtendedLogRecord,
    LogRecord,
    write_extended_log_records,
    write_log_records,
)
from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator import VirtualSite
from doorward.simulator import event_codes as events
from doorward.simulator.server_dialler import DialBehaviour, DiallerState, ServerDialler
from doorward.simulator.server_site import ServerModeSite
from doorward.transport.open_files import allow_open_files
from server_process import ServerProcess, background

TICK = 0.01
LIVE_SECONDS = 300.0
LAST_SECONDS = 60.0


class Watch:
    """Notes when each event was made, when it was acknowledged, and when it came by the stream."""

    def __init__(self) -> None:
        self.made: dict[tuple[int, int], float] = {}
        self.acknowledged: dict[tuple[int, int], float] = {}
        self.streamed: dict[tuple[int, int], float] = {}
        self.not_pushed = 0

    def take(self, event: dict[str, Any], at: float) -> None:
        """An event came by the stream."""
        self.streamed.setdefault((event["origin"], event["person"]), at)

    async def happen(self, dialler: ServerDialler, person: int) -> None:
        """Let an event happen at a device."""
        device = dialler.device
        fields = (events.VERIFY_SUCCESS, 0, 0xFFFF, device.clock.local_time, person, device.device_id)
        if device.log.extended:
            record = write_extended_log_records([ExtendedLogRecord(*fields)])
        else:
            record = write_log_records([LogRecord(*fields[:5])])
        device.log.add_records(record)
        key = device.device_id, person
        self.made[key] = time.monotonic()
        try:
            answered = await dialler.push(record)
        except DoorwardError:
            self.not_pushed += 1  # it stays in the device's log, where the server reads it
            return
        if answered.result == 0:
            self.acknowledged[key] = time.monotonic()


def percentiles(seconds: list[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    if not seconds:
        return "none"
    seconds.sort()
    last = len(seconds) - 1
    return f"p50 {1000 * seconds[last // 2]:.1f} ms, p99 {1000 * seconds[int(last * 0.99)]:.1f} ms"


async def traffic(site: ServerModeSite, watch: Watch, rate: float, seconds: float) -> None:
    """Let events happen at random devices at a steady rate."""
    draw = random.Random("fleet")
    tasks: set[asyncio.Task[None]] = set()
    start, made = time.monotonic(), 0
    while (passed := time.monotonic() - start) < seconds:
        while made < min(passed, seconds) * rate:
            made += 1
            task = asyncio.ensure_future(watch.happen(draw.choice(site.diallers), made))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(TICK)
    if tasks:
        await asyncio.wait(tasks)


async def until(condition: Any, seconds: float) -> bool:
    """Wait until a condition holds; False when the time runs out first."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


async def run(devices: int, rate: float, seconds: float, folder: Path, log_level: str) -> bool:
    """One run; tells whether all went well."""
    wanted = 2 * devices + 200
    if allow_open_files(wanted) < wanted:
        print(f"the system lets this process hold too few connections for {devices} devices")
        return False
    virtual = VirtualSite(devices, people=0)
    server = ServerProcess(folder, log_level=log_level)
    await asyncio.to_thread(server.prepare, [(each.device_id, each.model.slug) for each in virtual.devices])
    await server.start()
    try:
        await asyncio.sleep(0.5)
        empty = server.measured.memory_info().rss
        site = ServerModeSite(
            virtual, ServerAddress("127.0.0.1", server.device_port), behaviour=DialBehaviour(keep_alive=30.0)
        )
        start = time.monotonic()
        cpu_before = sum(server.measured.cpu_times()[:2])
        async with site:
            live = await until(lambda: site.states()[DiallerState.LIVE] == devices, LIVE_SECONDS)
            connected = time.monotonic() - start
            live = live and await until(lambda: server.live_devices() == devices, LIVE_SECONDS)
            took = time.monotonic() - start
            print(
                f"{server.live_devices():,} of {devices:,} devices live, all connected after {connected:.1f} s, all "
                f"logs read after {took:.1f} s"
            )
            print(f"CPU of the server for that: {sum(server.measured.cpu_times()[:2]) - cpu_before:.1f} s")
            await asyncio.sleep(5)
            gc.freeze()  # millions of objects of the virtual devices: looking through them would be measured too
            memory = server.measured.memory_info().rss
            print(
                f"memory of the server: {empty / 1e6:.0f} MB empty, {memory / 1e6:.0f} MB with all devices, "
                f"{(memory - empty) / devices / 1e3:.1f} KB for each"
            )
            watch = Watch()
            async with background(server.events(watch.take)):
                await asyncio.sleep(1)
                cpu_before, at = sum(server.measured.cpu_times()[:2]), time.monotonic()
                await traffic(site, watch, rate, seconds)
                share = (sum(server.measured.cpu_times()[:2]) - cpu_before) / (time.monotonic() - at)
                kept = await until(lambda: len(watch.streamed) >= len(watch.made), LAST_SECONDS)
            still = site.states()[DiallerState.LIVE]
            lost = sum(dialler.admissions - 1 for dialler in site.diallers)
        print(
            f"{len(watch.made):,} events at {rate:,.0f} a second; {len(watch.acknowledged):,} acknowledged, "
            f"{len(watch.streamed):,} kept and streamed"
        )
        commit = [watch.acknowledged[key] - watch.made[key] for key in watch.acknowledged]
        stream = [
            max(0.0, watch.streamed[key] - watch.acknowledged[key])
            for key in watch.acknowledged
            if key in watch.streamed
        ]
        print(f"from device to commit (seen by its acknowledgement): {percentiles(commit)}")
        print(f"from commit to stream: {percentiles(stream)}")
        print(f"CPU of the server: {100 * share:.0f} % of one core")
        print(f"devices live at the end: {still:,}; reconnections: {lost}")
        return live and kept and still == devices and set(watch.made) == set(watch.streamed)
    finally:
        await server.stop()
        if server.log.strip():
            print("the server told:", server.log[-1500:])


def main() -> int:
    """Run with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=5_000)
    parser.add_argument("--rate", type=float, default=1_000.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--log-level", default="error")
    options = parser.parse_args()
    print(f"{options.devices:,} devices of {len(MODELS)} models")
    with tempfile.TemporaryDirectory(prefix="doorward-fleet-") as folder:
        good = asyncio.run(run(options.devices, options.rate, options.seconds, Path(folder), options.log_level))
    print("all live, every event kept" if good else "FAILED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
