"""Finding a device, giving it network settings, waiting for it and letting it in, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from doorward.server.devices.models import Device, DeviceGroup
from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer
from tests.console.direct_site import DirectSite
from tests.support.site import own_addresses

UDP = 53610
HOST = own_addresses(1, 98)[0]
NEW_HOST, NOBODY = f"{HOST[:-1]}77", f"{HOST[:-1]}200"


@pytest.fixture
def site() -> Iterator[DirectSite]:
    """A device in direct mode, as it comes out of its box."""
    made = DirectSite(HOST, UDP)
    yield made
    made.close()


@pytest.fixture
def silent_site() -> Iterator[DirectSite]:
    """A device that takes every setting and never calls."""
    made = DirectSite(HOST, UDP, dials=False)
    yield made
    made.close()


def groups() -> None:
    """A place for the device."""
    DeviceGroup.objects.create(name="Headquarters")


@pytest.mark.seed(fill=groups)
def test_from_a_search_to_a_live_device(
    console_server: ConsoleServer,
    site: DirectSite,
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    page = sign_in(target="/console/find-devices/")
    expect(page.locator("#search-sends")).to_contain_text("UDP port 51110")
    screenshot(page, "find-devices-search")
    check_access(page)
    page.get_by_label("Single addresses").check()
    page.get_by_label("Addresses", exact=True).fill(f"{HOST}, {NOBODY}")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("UDP port of the devices").fill(str(UDP))
    expect(page.locator("#search-sends")).to_contain_text(f"UDP port {UDP}")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#found")).to_contain_text("BioStation T2")
    # The address that kept silent gets the likely reasons, in order.
    expect(page.locator("#silent")).to_contain_text(f"No answer from {NOBODY}")
    expect(page.locator("#silent li")).to_have_count(5)
    check_access(page)
    screenshot(page, "find-devices-found")
    # Another address first.
    page.get_by_role("button", name=re.compile("^Set up")).click()
    network = page.locator("#network")
    expect(network).to_contain_text("Server mode: the device dials this server")
    expect(network.get_by_role("list")).to_contain_text("Mode:direct mode→server mode")
    check_access(page)
    screenshot(page, "find-devices-network")
    network.get_by_text("Change its address or other settings").click()
    network.get_by_label("Address", exact=True).fill(NEW_HOST)
    network.get_by_role("button", name="Send").click()
    dialog = page.get_by_role("dialog", name=re.compile("Set up device"))
    expect(dialog).to_contain_text(f"sent to {HOST}, UDP port {UDP}")
    expect(dialog).to_contain_text(f"{HOST}→{NEW_HOST}")
    check_access(page)
    screenshot(page, "find-devices-question")
    dialog.get_by_role("button", name="Send").click()
    expect(network).to_contain_text(f"· {NEW_HOST} ·")
    # Then server mode, in one click.
    network.get_by_role("button", name="Put it into server mode").click()
    dialog = page.get_by_role("dialog", name=re.compile("Set up device"))
    expect(dialog).to_contain_text(f"→{console_server.device_port}")
    dialog.get_by_role("button", name="Send").click()
    # It calls by itself, mostly at once.
    expect(page.get_by_label("Name")).to_be_visible()
    expect(page.locator("#approve")).to_contain_text(f"called from {NEW_HOST} and waits")
    page.get_by_label("Name").fill("Main entrance")
    page.get_by_label("Group").select_option(label="Headquarters")
    check_access(page)
    screenshot(page, "find-devices-approve")
    page.get_by_role("button", name="Let it in").click()
    expect(page.get_by_text("Main entrance is live")).to_be_visible()
    check_access(page)
    screenshot(page, "find-devices-done")
    assert site.device.device.network.server_mode
    assert site.device.device.network.address == NEW_HOST
    kept = console_server.database(lambda: Device.objects.select_related("group").get())
    assert (kept.name, kept.approved_address, str(kept.group)) == ("Main entrance", NEW_HOST, "Headquarters")
    page.get_by_role("link", name="To the device").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Main entrance")


def test_nobody_answers_and_nothing_is_for_who_may_not(
    console_server: ConsoleServer,
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
    guard: Any,
) -> None:
    page = sign_in(target="/console/find-devices/")
    page.get_by_label("Single addresses").check()
    page.get_by_label("Addresses", exact=True).fill(NOBODY)
    page.get_by_text("More", exact=True).click()
    page.get_by_label("UDP port of the devices").fill(str(UDP))
    page.get_by_label("Seconds to listen").fill("1")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("No device answered")).to_be_visible()
    expect(page.locator("#silent li").first).to_contain_text("another one by now")
    check_access(page)
    screenshot(page, "find-devices-nobody")
    console_server.account("mona", "monitor")
    page.context.clear_cookies()
    guard.allow("403")
    sign_in("mona", target="/console/find-devices/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not for your account")


def test_a_device_that_does_not_call(
    console_server: ConsoleServer,
    silent_site: DirectSite,
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    page = sign_in(target="/console/find-devices/")
    page.get_by_label("Single addresses").check()
    page.get_by_label("Addresses", exact=True).fill(HOST)
    page.get_by_text("More", exact=True).click()
    page.get_by_label("UDP port of the devices").fill(str(UDP))
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("button", name=re.compile("^Set up")).click()
    page.get_by_role("button", name="Put it into server mode").click()
    page.clock.install()
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    wait = page.locator("#wait")
    expect(wait).to_contain_text("Now nothing is sent")
    expect(wait.get_by_text("It has not called yet")).to_be_hidden()
    page.clock.run_for(35_000)
    expect(wait.get_by_text("It has not called yet")).to_be_visible()
    expect(wait.locator("li").first).to_contain_text(f"TCP port {console_server.device_port}")
    check_access(page)
    screenshot(page, "find-devices-wait")
    page.get_by_role("button", name="Back to the settings").click()
    expect(page.get_by_role("heading", name="Network settings")).to_be_visible()
    assert silent_site.device.device.network.server_mode
