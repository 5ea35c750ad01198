"""Download of 100,000 log records through an agent beside the download over a connection of one's own, in turn.

Device, agent and server are three processes, as they are on a site; between agent and server is TLS on loopback. The
server's end is the gateway's own, with one agent in its directory. The memory of the agent's process is printed too.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from statistics import median

import psutil

from bench_log_download import RECORDS, serving
from doorward.device import connect
from doorward.device.connecting import Dial
from doorward.gateway.agent_line import AgentLine
from doorward.protocol.biostar1.models import MODELS_BY_TYPE
from doorward.protocol.tunnel.reach import Reach
from doorward.transport import dial
from harness import PAIRS, report

# The gateway with agents in memory is that of the tests.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from tests.gateway.agent_site import branches


async def download(port: int, dialer: Dial) -> None:
    """Read the log and go through every record."""
    found = 0
    async with await connect("127.0.0.1", port, dialer=dialer) as device:
        async for chunk in device.log.records():
            found += len(list(chunk.rows()))
    assert found == RECORDS, found


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start


@contextlib.asynccontextmanager
async def agent_process(ports: tuple[int, ...]) -> AsyncIterator[tuple[AgentLine, psutil.Process]]:
    """An agent in a process of its own; gives its line and its process."""
    async with branches() as ground:
        with tempfile.TemporaryDirectory() as folder:
            token = Path(folder) / "token"
            token.write_text(ground.agents.code(1, Reach(("127.0.0.0/8",), ports)))
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "doorward.agent",
                "--server", f"127.0.0.1:{ground.port}", "--token-file", str(token),
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                await ground.until_connected(1)
                yield ground.gateway.agent(1), psutil.Process(process.pid)
            finally:
                process.terminate()
                await process.wait()


async def compare(device_type: int) -> None:
    """Print a line for one model."""
    model = MODELS_BY_TYPE[device_type]
    with serving(device_type, RECORDS) as port:
        async with agent_process((port,)) as (line, process):
            idle = process.memory_info().rss
            through, direct = [], []
            for _ in range(PAIRS + 1):
                through.append(await timed(lambda: download(port, line.dial)))
                direct.append(await timed(lambda: download(port, dial)))
            # The first pair warms up.
            report(
                f"log of {model.title} by agent", median(through[1:]), median(direct[1:]), "records", RECORDS, "direct"
            )
            after = process.memory_info().rss
            print(
                f"{'memory of the agent':34} {idle / 1e6:.1f} MB when it is connected, {after / 1e6:.1f} MB afterwards"
            )


def main() -> None:
    """Print a line for a model that speaks in clear and one for a model that enciphers."""
    for device_type in (0, 1):
        asyncio.run(compare(device_type))


if __name__ == "__main__":
    main()
