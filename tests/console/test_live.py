"""The live monitor: complete, filtered, paused, and back by itself after the server was gone."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import MINUTES, CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer, DeviceSite
from tests.console.guard import Guard
from tests.console.seeds import fill_site

# isort: split
from doorward.server.devices.models import Device
from doorward.server.devices.services import approve
from doorward.server.events.models import Event
from doorward.simulator import event_codes

EVENTS_A_SECOND = 300
FULL = 1500


def _live_site(
    console_server: ConsoleServer, devices: Callable[..., DeviceSite], count: int, rate: float = 0.0
) -> DeviceSite:
    """Devices that are let in and live."""
    site = devices(count, rate=rate)

    def approve_all() -> bool:
        known = set(Device.objects.values_list("pk", flat=True))
        for number in site.ids:
            if number in known:
                approve(number, by="chief", name=f"Door {number}")
        return known >= set(site.ids)

    deadline = time.monotonic() + 60
    while not console_server.database(approve_all):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    site.all_live()
    return site


def _happen(site: DeviceSite, code: int, person: int = 0, place: int = 0) -> None:
    """Let something happen at a device."""

    async def make() -> None:
        device = site.site.diallers[place].device
        with device.changing():
            device.log.add(code, 0, person, host_time=device.clock.host_time)

    site.run(make())


def _received(page: Page) -> int:
    return int(page.locator("#count").get_attribute("data-received") or 0)


def _until_received(page: Page, count: int, seconds: float = 120.0) -> None:
    """Wait until so many events have come; the page's policy keeps Playwright's own way of waiting out."""
    deadline = time.monotonic() + seconds
    while _received(page) < count:
        assert time.monotonic() < deadline, f"{_received(page)} of {count} events came"
        time.sleep(0.1)


@pytest.mark.seed(fill=fill_site)
def test_the_live_page_and_its_filters(
    console_server: ConsoleServer,
    size: str,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    sign_in(target="/console/live/?severity=alarm")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.locator(".dw-event").first).to_contain_text("forced open")
    assert {row.get_attribute("data-severity") for row in page.locator(".dw-event").all()} == {"alarm"}
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".dw-event")).to_have_count(50)
    expect(page).to_have_url(re.compile(r"/console/live/$"))
    check_access(page)
    screenshot(page, "live")
    page.keyboard.press("/")
    page.keyboard.type("main entrance")
    expect(page).to_have_url(re.compile(r"q=main\+entrance"))
    for row in page.locator(".dw-event").all():
        expect(row).to_contain_text("Main entrance")
    page.reload()
    expect(page.locator(".dw-event").first).to_contain_text("Main entrance")
    page.evaluate("window.doorwardTheme.choose('dark')")
    check_access(page)


def test_pausing_counts_what_waits_and_shows_it_afterwards(
    console_server: ConsoleServer, devices: Callable[..., DeviceSite], page: Page, sign_in: SignIn
) -> None:
    sign_in(target="/console/live/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    site = _live_site(console_server, devices, 1)
    _happen(site, event_codes.DOOR_OPEN)
    expect(page.locator(".dw-event").first).to_contain_text("opened")
    page.keyboard.press("p")
    shown, before = page.locator(".dw-event").count(), _received(page)
    for _ in range(5):
        _happen(site, event_codes.DOOR_FORCED_OPEN)
    expect(page.locator("#pause")).to_contain_text(re.compile(r"Go on \(5 waiting\)"))
    assert page.locator(".dw-event").count() == shown
    page.locator("#pause").click()
    expect(page.locator(".dw-event")).to_have_count(shown + 5)
    assert _received(page) == before + 5
    assert "forced open" in page.locator("#alarm-words").inner_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_the_page_comes_back_by_itself_and_shows_what_was_missed(
    console_server: ConsoleServer,
    devices: Callable[..., DeviceSite],
    page: Page,
    sign_in: SignIn,
    guard: Guard,
    screenshot: Screenshot,
    number: signal.Signals,
) -> None:
    sign_in(target="/console/live/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    site = _live_site(console_server, devices, 1)
    _happen(site, event_codes.DOOR_OPEN)
    expect(page.locator(".dw-event").first).to_contain_text("opened")
    guard.allow("ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|Failed to load resource")
    console_server.stop(number)
    expect(page.locator("#connection")).to_contain_text("reconnecting since")
    for _ in range(3):
        _happen(site, event_codes.DOOR_FORCED_OPEN)
    console_server.start(program=number is signal.SIGKILL)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live", timeout=30_000)
    expect(page.locator(".dw-event-divider").first).to_contain_text("The connection was away from")
    # The device kept them, the server read them when it was back, and this page says that it had not seen them.
    expect(page.locator(".dw-event-missed")).to_have_count(3, timeout=60_000)
    screenshot(page, "live-back")
    kept = console_server.database(lambda: sorted(Event.objects.values_list("position", flat=True)))
    positions = [int(text or 0) for text in page.eval_on_selector_all(
        ".dw-event", "rows => rows.map(row => row.dataset.position)"
    )]  # fmt: skip
    assert positions == sorted(positions, reverse=True)
    assert set(positions) == set(kept)


@pytest.mark.timeout(900)
def test_three_hundred_events_a_second_are_all_counted_and_take_no_memory(
    console_server: ConsoleServer, devices: Callable[..., DeviceSite], page: Page, sign_in: SignIn
) -> None:
    """Takes DOORWARD_CONSOLE_MINUTES where the machine keeps up; a fraction of a minute when it is not set."""
    sign_in(target="/console/live/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    _live_site(console_server, devices, 12, rate=float(EVENTS_A_SECOND))
    chrome = page.context.new_cdp_session(page)

    def memory() -> tuple[float, int]:
        chrome.send("HeapProfiler.collectGarbage")
        metrics = {item["name"]: item["value"] for item in chrome.send("Performance.getMetrics")["metrics"]}
        return float(metrics["JSHeapUsedSize"]), int(metrics["Nodes"])

    chrome.send("Performance.enable")
    # The list is full by then: what comes pushes out what is there.
    _until_received(page, FULL)
    early = memory()
    assert page.locator("#events > li").count() <= 1000
    _until_received(page, FULL + round(EVENTS_A_SECOND * 60 * MINUTES), seconds=60 * (MINUTES + 2))
    # Whoever clicks meanwhile is obeyed.
    pause = page.locator("#pause")
    pause.click()
    expect(pause).to_contain_text("Go on")
    pause.click()
    expect(pause).to_contain_text("Pause")
    assert page.locator("#events > li").count() <= 1000
    late = memory()
    received = _received(page)
    assert late[0] < early[0] * 1.25 + 2_000_000, (early, late, received)
    assert late[1] < early[1] * 1.1 + 2000, (early, late)
    # As many as the record holds: none is missed, none counted twice.
    deadline = time.monotonic() + 60
    while True:
        newest = int(page.locator(".dw-event").first.get_attribute("data-position") or 0)
        kept = console_server.database(Event.objects.filter(position__lte=newest).count)
        counted = _received(page)
        if counted == kept:
            break
        assert time.monotonic() < deadline, (counted, kept)
