"""A drill for the line of an agent: delay, jitter, stalls, resets, and a cut of minutes under traffic.

A device whose log is small writes 100 events a second. The agent is a process of its own; between it and the gateway
stands a proxy that does to the line what bad lines do, since not every kernel can (netem). At the end the record is
held against everything that the device ever wrote: each event once, in order, and no gap.

    python benchmarks/drill_agent_line.py --cut 180
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from pathlib import Path

from doorward.gateway.collaborators import (
    Approval,
    ConnectionMode,
    DeviceEntry,
    DeviceState,
    DeviceStateChanged,
    GapFound,
    PollSettings,
    ReadInformation,
)
from doorward.protocol.tunnel.reach import Reach
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from doorward.simulator.direct_server import DirectServer
from doorward.simulator.virtual_device import Limits
from doorward.transport import Address

# The gateway with agents in memory is that of the tests.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from tests.gateway.agent_site import BadLine, Branches, branches

DEVICE = 10_001
ROOM = 5_000
RATE = 100
STALL = 10.0


class Drill:
    """One run."""

    def __init__(self, ground: Branches, device: VirtualDevice, line: BadLine) -> None:
        self.ground, self.device, self.line = ground, device, line
        self.written = 0
        self.number = 0

    async def traffic(self) -> None:
        """Write events at the rate, each by another person."""
        began = time.monotonic()
        while True:
            due = int((time.monotonic() - began) * RATE)
            while self.written < due:
                self.device.log.add(events.VERIFY_SUCCESS, 1, self.written)
                self.written += 1
            await asyncio.sleep(0.02)

    async def commands(self, seconds: float) -> str:
        """Give one command after another; tells how they went."""
        end, longest, failed, count = time.monotonic() + seconds, 0.0, 0, 0
        while time.monotonic() < end:
            self.number += 1
            began = time.monotonic()
            outcome = await asyncio.wait_for(self.ground.bus.order(ReadInformation(f"c{self.number}", DEVICE)), 60)
            longest = max(longest, time.monotonic() - began)
            count += 1
            failed += not outcome.succeeded
            await asyncio.sleep(0.2)
        return f"{count} commands, {failed} failed, the longest took {longest:.2f} s"

    def lost(self) -> int:
        """How often the device was lost so far."""
        return sum(each.state is DeviceState.LOST for each in self.ground.bus.of(DeviceStateChanged))

    async def live(self) -> float:
        """Wait until the device is live; gives how long that took."""
        began = time.monotonic()
        while self.ground.bus.state(DEVICE) is not DeviceState.LIVE:  # noqa: ASYNC110 - it changes in other tasks
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    async def resets(self, name: str) -> None:
        """Reset the line, three times."""
        for _ in range(3):
            self.line.reset()
            await asyncio.sleep(0.5)
            print(f"{name:28} live again after {0.5 + await self.live():.1f} s")

    async def run(self, cut: float) -> None:
        """Do everything, and print what came of it."""
        faults = self.line.faults
        print(f"{'plain line':28} {await self.commands(5)}")
        faults.delay, faults.jitter = 0.1, 0.05  # there and back 200 ms
        print(f"{'200 ms with jitter':28} {await self.commands(15)}")
        lost = self.lost()
        for _ in range(2):
            working = asyncio.create_task(self.commands(STALL + 5))
            await asyncio.sleep(1)
            faults.stalled = True
            await asyncio.sleep(STALL)
            faults.stalled = False
            print(f"{f'a stall of {STALL:g} s':28} {await working}; the device was lost {self.lost() - lost} times")
        await self.live()
        await self.resets("a reset, 200 ms")
        faults.delay = faults.jitter = 0.0
        await self.resets("a reset")
        before = self.written
        faults.shut = True
        self.line.reset()
        await asyncio.sleep(cut)
        faults.shut = False
        print(f"{f'cut for {cut:g} s':28} {self.written - before} events happened; the log holds {ROOM}")
        print(f"{'':28} live again after {await self.live():.1f} s")


async def drill(cut: float) -> bool:
    """Run it; gives whether the record is whole."""
    device = VirtualDevice(DEVICE, "bioentry-plus", limits=Limits(log_records=ROOM))
    server = DirectServer(device, lambda _after: None, max_clients=1, idle_limit=None)
    await server.start("127.0.0.1", 0)
    assert server.address is not None
    port = server.address.port
    entry = DeviceEntry(
        device_id=DEVICE, mode=ConnectionMode.DIRECT, address="127.0.0.1", port=port, agent=1,
        approval=Approval.APPROVED, poll=PollSettings(shortest=1.0, longest=5.0),
    )  # fmt: skip
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(server.stop)
        ground = await stack.enter_async_context(branches(entry, first_redial=0.5, longest_redial=5.0))
        line = await stack.enter_async_context(BadLine(Address("127.0.0.1", ground.port)))
        token = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "token"
        token.write_text(ground.agents.code(1, Reach(("127.0.0.0/8",), (port,)), DEVICE))
        agent = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "doorward.agent", "--server", f"127.0.0.1:{line.port}", "--token-file", str(token),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        work = Drill(ground, device, line)
        try:
            await work.live()
            traffic = asyncio.create_task(work.traffic())
            await work.run(cut)
            traffic.cancel()
            async with asyncio.timeout(60):
                while len(ground.store.rows) < work.written:  # noqa: ASYNC110 - it changes in other tasks
                    await asyncio.sleep(0.2)
        finally:
            agent.terminate()
            await agent.wait()
        users = [key.user for key, _ in ground.store.rows]
        gaps = ground.bus.of(GapFound)
        whole = users == list(range(work.written)) and not gaps
        print(
            f"{'the record':28} {work.written} events written, {len(users)} rows, "
            f"{len(users) - len(set(users))} double, {'in order' if users == sorted(users) else 'out of order'}, "
            f"{len(gaps)} gaps"
        )
        return whole


def main() -> None:
    """Run the drill; ends with 1 when the record is not whole."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cut", type=float, default=180.0, help="seconds for which the line is cut")
    sys.exit(0 if asyncio.run(drill(parser.parse_args().cut)) else 1)


if __name__ == "__main__":
    main()
