"""A virtual site in a thread of its own, for tests of commands that run an event loop themselves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from doorward.simulator import VirtualSite

START_SECONDS = 60


def own_addresses(count: int, block: int) -> list[str]:
    """Loopback addresses that no other test process uses at the same time."""
    worker = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", "gw0"))) or 0)
    return [f"127.{100 + worker}.{block}.{number}" for number in range(1, count + 1)]


def becomes(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether a condition of the site's thread comes true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@contextlib.contextmanager
def site_in_thread(count: int, *, block: int, **options: Any) -> Iterator[VirtualSite]:
    """Run a site while the body runs; its devices have the addresses of ``own_addresses``."""
    site = VirtualSite(count, bind=own_addresses(count, block), **options)
    started = threading.Event()
    problems: list[BaseException] = []
    loop = asyncio.new_event_loop()
    stop: asyncio.Event = asyncio.Event()

    async def run() -> None:
        try:
            async with site:
                started.set()
                await stop.wait()
        except BaseException as error:
            problems.append(error)
            raise
        finally:
            started.set()

    def work() -> None:
        with contextlib.suppress(BaseException):
            loop.run_until_complete(run())
        loop.close()

    thread = threading.Thread(target=work, name="virtual site")
    thread.start()
    try:
        assert started.wait(START_SECONDS), "the site did not start"
        if problems:
            raise problems[0]
        yield site
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        thread.join(START_SECONDS)
