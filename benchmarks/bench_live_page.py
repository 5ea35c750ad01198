"""How the console's pages feel in a real browser, each beside a baseline in the same run.

- Turns: how soon the live page at 300 events a second does what it is asked next, beside an empty page of the same
  browser. The median and the slowest hundredth.
- To the screen: from the commit of an event to its line on the live page, beside a bare reader of the stream.
- Dashboard: the page of a site with 4,000 devices, beside that of the same site with a dozen.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator import VirtualSite
from doorward.simulator.server_site import ServerModeSite
from harness import PAIRS, report
from server_process import ServerProcess, background

DEVICES = 12
MANY_DEVICES = 4000
RATE = 300.0
QUIET_RATE = 10.0
LIST_IS_FULL = 1500
SAMPLE_SECONDS = 1.0
NAME, PASSWORD = "admin", "a long benchmark phrase"  # as ServerProcess.prepare makes it

TURNS = """async (seconds) => {
    const end = performance.now() + 1000 * seconds, found = [];
    while (performance.now() < end) {
        const start = performance.now();
        await new Promise(done => setTimeout(done, 5));
        found.push((performance.now() - start) / 1000);
    }
    return found;
}"""
WATCH = """() => {
    window.lags = [];
    new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(row => {
        const came = row.event && Date.parse(row.event.received);
        if (came) requestAnimationFrame(() => window.lags.push((Date.now() - came) / 1000));
    }))).observe(document.getElementById("events"), {childList: true});
}"""
FETCH = """async () => {
    const start = performance.now();
    await (await fetch("/console/dashboard/")).text();
    return (performance.now() - start) / 1000;
}"""


async def received(page: Page) -> int:
    """How many events the live page has counted."""
    return int(await page.locator("#count").get_attribute("data-received") or 0)


async def turns(live: Page, empty: Page) -> None:
    """Both pages in turn, while events come."""
    while await received(live) < LIST_IS_FULL:  # noqa: ASYNC110 - it changes in the browser
        await asyncio.sleep(0.1)
    found: dict[Page, list[float]] = {live: [], empty: []}
    for _ in range(PAIRS):
        for page, times in found.items():
            times += await page.evaluate(TURNS, SAMPLE_SECONDS)
    for name, part in (("median", 0.5), ("slowest hundredth", 0.99)):
        ours, idle = (sorted(times)[int(len(times) * part)] for times in found.values())
        report(f"turns at {RATE:.0f} events/s, {name}", ours, idle, "turns", 1, "empty page")


async def to_the_screen(live: Page, server: ServerProcess) -> None:
    """The page and a bare reader see the same events."""
    bare: list[float] = []

    def take(event: dict[str, Any], _: float) -> None:
        bare.append(time.time() - datetime.fromisoformat(event["received"]).timestamp())

    async with background(server.events(take)):
        await asyncio.sleep(1)
        bare.clear()
        await live.evaluate(WATCH)
        while len(lags := await live.evaluate("window.lags")) < 10 * PAIRS:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
    ours, base = statistics.median(lags), max(statistics.median(bare), 1e-4)
    report("from commit to the screen", ours, base, "events", 1, "bare reader")


async def dashboard(page: Page, add_devices: Any) -> None:
    """The same page with few devices and with many."""
    await page.goto("/console/dashboard/")
    few = statistics.median([await page.evaluate(FETCH) for _ in range(PAIRS + 1)][1:])
    await asyncio.to_thread(add_devices)
    many = statistics.median([await page.evaluate(FETCH) for _ in range(PAIRS + 1)][1:])
    report(f"dashboard of {MANY_DEVICES:,} devices", many, few, "pages", 1, f"of {DEVICES} devices")


def add_devices() -> None:
    """Many devices that are let in and away."""
    from django.utils import timezone

    from doorward.server.devices.models import Device

    now = timezone.now()
    Device.objects.bulk_create(
        Device(device_id=500_000 + place, name=f"Door {place}", approval="approved", first_seen=now, changed=now)
        for place in range(MANY_DEVICES)
    )


async def measure(folder: Path, chromium: str) -> None:
    """One server, one browser, all of it."""
    virtual = VirtualSite(DEVICES, people=3)
    server = ServerProcess(folder, log_level="error")
    await asyncio.to_thread(server.prepare, [(device.device_id, device.model.slug) for device in virtual.devices])
    await server.start()
    address = ServerAddress("127.0.0.1", server.device_port)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            context = await browser.new_context(base_url=f"http://127.0.0.1:{server.web_port}")
            live, empty = await context.new_page(), await context.new_page()
            await live.goto("/console/live/")
            await live.locator("input[name=username]").fill(NAME)
            await live.locator("input[name=password]").fill(PASSWORD)
            await live.get_by_role("button", name="Sign in").click()
            await live.locator("#connection[data-state=live]").wait_for()
            async with ServerModeSite(virtual, address, rate=QUIET_RATE) as site:
                await site.all_live()
                await to_the_screen(live, server)
            async with ServerModeSite(VirtualSite(DEVICES, people=3), address, rate=RATE) as site:
                await site.all_live()
                await turns(live, empty)
            await dashboard(live, add_devices)
            await browser.close()
    finally:
        await server.stop()
        if server.log.strip():
            print("the server told:", server.log[-1500:])


def main() -> None:
    """Run it where there is a browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("bench_live_page: not run, Chromium is not installed on this machine", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as folder:
        asyncio.run(measure(Path(folder), chromium))


if __name__ == "__main__":
    main()
