"""The drill: a server is killed again and again, lines are cut anywhere, and every event is in the database once.

Virtual devices of all families let events happen, a third of them equal byte by byte to another. The server is killed
with SIGKILL at random moments, the lines of devices are cut in random places, in the middle of packets too. At the end
the events in the database must equal the logs of the devices: none missing, none double, none out of order within a
device.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator import VirtualDevice, VirtualSite
from doorward.simulator.event_rate import EventRate
from doorward.simulator.server_dialler import DialBehaviour
from doorward.simulator.server_site import ServerModeSite
from doorward.transport import Stream, dial, listen
from doorward.transport.open_files import allow_open_files
from server_process import ServerProcess, background

QUIET_SECONDS = 240.0
EQUAL_SHARE = 0.2
"""Chance that an event happens twice: at least a third of all are equal to another then."""

Key = tuple[int, int, int, int, int]


class CuttingProxy:
    """Stands between devices and server and cuts lines after a random number of bytes.

    Args:
        port: Where the server listens.
        draw: Decides when a line is cut.

    Attributes:
        cuts: Lines that were cut.
    """

    def __init__(self, port: int, draw: random.Random) -> None:
        self.cuts = 0
        self._port = port
        self._draw = draw
        self._lines: dict[int, tuple[Stream, Stream]] = {}
        self._doomed: dict[int, int] = {}
        self._next = 0

    def cut_one(self) -> None:
        """Doom a line: it is cut within the next bytes that pass, wherever that is."""
        free = [number for number in self._lines if number not in self._doomed]
        if free:
            self._doomed[self._draw.choice(free)] = self._draw.randrange(1, 120)

    async def serve(self, device: Stream) -> None:
        """Join a device's connection with the server."""
        try:
            server = await dial("127.0.0.1", self._port, timeout=5, local_address=device.peer.host)
        except DoorwardError:
            return
        self._next += 1
        number = self._next
        self._lines[number] = device, server
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._carry(number, device, server))
                tasks.create_task(self._carry(number, server, device))
        except* (DoorwardError, ConnectionError):
            pass
        finally:
            del self._lines[number]
            self._doomed.pop(number, None)
            device.abort()
            server.abort()

    async def _carry(self, number: int, source: Stream, target: Stream) -> None:
        while data := await source.receive():
            left = self._doomed.get(number)
            if left is not None and len(data) >= left:
                self.cuts += 1
                await target.send(data[:left])
                target.close()  # what was sent still arrives: a packet ends in its middle
                source.abort()
                raise ConnectionError
            if left is not None:
                self._doomed[number] = left - len(data)
            await target.send(data)
        raise ConnectionError


def truth(devices: list[VirtualDevice]) -> dict[int, list[Key]]:
    """What happened at each device, in order: event, sub event, attendance key, time, person."""
    found: dict[int, list[Key]] = {}
    for device in devices:
        size, content = device.log.record_size, device.log.content
        found[device.device_id] = [
            (
                content[at],
                content[at + 1],
                int.from_bytes(content[at + 2 : at + 4], "little"),
                int.from_bytes(content[at + 4 : at + 8], "little"),
                int.from_bytes(content[at + 8 : at + 12], "little"),
            )
            for at in range(0, len(content), size)
        ]
    return found


def recorded() -> dict[int, list[Key]]:
    """What the database holds of each device, in the order of the device's time and then of the record."""
    from doorward.server.events.models import Event

    found: dict[int, list[Key]] = {}
    rows = Event.objects.order_by("origin", "local_time", "position").values_list(
        "origin", "code", "sub_code", "attendance_key", "local_time", "person"
    )
    for origin, code, sub_code, attendance_key, local_time, person in rows.iterator():
        found.setdefault(origin, []).append((code, sub_code, attendance_key, local_time, person))
    return found


def late_arrivals() -> int:
    """First occurrences that came into the record after a later one of the same device."""
    from doorward.server.events.models import Event

    latest: dict[int, int] = {}
    late = 0
    for origin, local_time in Event.objects.filter(ordinal=0).order_by("position").values_list("origin", "local_time"):
        late += local_time < latest.get(origin, 0)
        latest[origin] = max(latest.get(origin, 0), local_time)
    return late


def compare(devices: list[VirtualDevice]) -> tuple[int, int, int]:
    """Events that are missing, that are double, and devices whose order of seconds differs."""
    wanted, found = truth(devices), recorded()
    missing = double = disordered = 0
    for number, events in wanted.items():
        kept = found.get(number, [])
        missing += (Counter(events) - Counter(kept)).total()
        double += (Counter(kept) - Counter(events)).total()
        disordered += [event[3] for event in events] != [event[3] for event in kept]
    double += sum(len(events) for number, events in found.items() if number not in wanted)
    return missing, double, disordered


async def run(options: argparse.Namespace, folder: Path) -> bool:
    """One drill; tells whether the record is right."""
    draw = random.Random(options.seed)
    virtual = VirtualSite(options.devices, people=0)
    devices = [device for device in virtual.devices if isinstance(device, VirtualDevice)]
    allow_open_files(6 * options.devices + 200)
    server = ServerProcess(folder, database=options.database, log_level="error")
    await asyncio.to_thread(server.prepare, [(device.device_id, device.model.slug) for device in devices])
    await server.start()
    proxy = CuttingProxy(server.device_port, draw)
    try:
        async with await listen(proxy.serve, "127.0.0.1", 0, backlog=1024) as listener:
            site = ServerModeSite(
                virtual,
                ServerAddress("127.0.0.1", listener.addresses[0].port),
                behaviour=DialBehaviour(broken_wait=(0.5, 2.0), refused_wait=(1.0, 3.0)),
                seed=options.seed,
            )
            happenings = EventRate(devices, options.rate, repeat_share=EQUAL_SHARE, seed=options.seed)
            start = time.monotonic()
            async with site:
                await site.all_live()
                print(f"{len(devices)} devices live after {time.monotonic() - start:.1f} s")
                async with background(happenings.run()):
                    await trouble(server, proxy, draw, options)
                happened = sum(len(device.log) for device in devices)
                print(f"{options.kills} kills, {proxy.cuts} lines cut, {happened:,} events happened; now it is quiet")
                return await settled(devices)
    finally:
        await server.stop()


async def trouble(server: ServerProcess, proxy: CuttingProxy, draw: random.Random, options: argparse.Namespace) -> None:
    """Kill the server and cut lines, spread over the time of the drill."""
    moments = [(draw.uniform(0, options.seconds), "kill") for _ in range(options.kills)]
    moments += [(draw.uniform(0, options.seconds), "cut") for _ in range(options.cuts)]
    start = time.monotonic()
    for moment, what in sorted(moments):
        await asyncio.sleep(max(0.0, start + moment - time.monotonic()))
        if what == "kill":
            await server.kill()
            await asyncio.sleep(draw.uniform(0, 1))
            await server.start()
            await asyncio.sleep(draw.uniform(0, 3))
        else:
            proxy.cut_one()
    while proxy.cuts < options.cuts:
        proxy.cut_one()
        await asyncio.sleep(0.02)


async def settled(devices: list[VirtualDevice]) -> bool:
    """Wait until the record is right, or say what is wrong with it."""
    start = time.monotonic()
    while True:
        missing, double, disordered = await asyncio.to_thread(compare, devices)
        if not (missing or double or disordered):
            total = sum(len(device.log) for device in devices)
            print(
                f"after {time.monotonic() - start:.0f} s the record is right: {total:,} events, "
                f"{equal_share(devices):.0%} of them equal to another, "
                f"{await asyncio.to_thread(late_arrivals)} came after a later one"
            )
            return True
        if double or time.monotonic() - start > QUIET_SECONDS:
            print(f"{missing} events missing, {double} double, {disordered} devices out of order")
            return False
        await asyncio.sleep(2)


def equal_share(devices: list[VirtualDevice]) -> float:
    """The share of events that are equal to another of their device."""
    equal = total = 0
    for events in truth(devices).values():
        counts = Counter(events)
        total += len(events)
        equal += sum(count for count in counts.values() if count > 1)
    return equal / max(1, total)


def main() -> int:
    """Run with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--rate", type=float, default=500.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="URL of an empty PostgreSQL database; SQLite without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doorward-drill-") as folder:
        good = asyncio.run(run(options, Path(folder)))
    print("every event once" if good else "FAILED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
