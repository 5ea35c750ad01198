"""Who has a device in direct mode, and bringing it to server mode and back, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from doorward.device.connecting import connect
from doorward.server.devices.models import Device
from doorward.server.devices.services import add_direct_device
from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import PASSWORD, ConsoleServer
from tests.console.direct_site import DirectSite
from tests.console.guard import Guard
from tests.support.site import own_addresses

UDP = 53_612
HOST = own_addresses(1, 97)[0]
DEVICE = 10_001


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[DirectSite]:
    """A device in direct mode; it never dials where the test says so."""
    made = DirectSite(HOST, UDP, dials="never_dials" not in request.keywords)
    yield made
    made.close()


def dialled_device() -> None:
    """The device, which the server dials."""
    add_direct_device(DEVICE, HOST, by="chief", name="Main entrance", model="biostation-t2")


@pytest.fixture
def installer(browser: Browser, console_server: ConsoleServer) -> Iterator[Page]:
    """A second browser, in which an installer is signed in."""
    console_server.account("kim", "installer")
    context = browser.new_context(base_url=console_server.url, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    guard = Guard(context)
    page = context.new_page()
    page.goto(f"/console/devices/{DEVICE}/")
    page.locator("input[name=username]").fill("kim")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    yield page
    guard.check()
    context.close()


@pytest.mark.seed(fill=dialled_device)
def test_one_has_it_another_is_refused_asks_and_takes_it_over(
    console_server: ConsoleServer,
    site: DirectSite,
    installer: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
    guard: Guard,
) -> None:
    guard.allow("409")
    page = sign_in(target=f"/console/devices/{DEVICE}/")
    card, others = page.locator("#hold-card"), installer.locator("#hold-card")
    expect(card).to_contain_text("this server", timeout=30_000)
    # Somebody takes it: everybody sees at once who, and why.
    others.get_by_role("button", name="Have it alone").click()
    installer.get_by_label("Reason").fill("Testing the reader.")
    installer.get_by_role("dialog").get_by_role("button", name="Have it alone").click()
    expect(others).to_contain_text("It is yours as long as this page is open")
    expect(card).to_contain_text(re.compile("kim at .* works with the device alone since .*Reason: Testing the reader"))
    check_access(page)
    screenshot(page, "device-held")
    # Another one is refused, in words.
    page.get_by_role("button", name="Set clock").click()
    page.get_by_role("dialog").get_by_role("button", name="Set clock").click()
    expect(page.get_by_role("alert").first).to_contain_text("kim")
    page.goto("/console/devices/")
    expect(page.locator("#tree")).to_contain_text("kim has it alone.")
    page.goto(f"/console/devices/{DEVICE}/")
    # He asks for it, and the holder sees that live.
    card.get_by_role("button", name="Ask for it").click()
    page.get_by_label("Reason").fill("A visitor waits.")
    page.get_by_role("dialog").get_by_role("button", name="Ask", exact=True).click()
    expect(others).to_contain_text("chief asks for it. A visitor waits.")
    screenshot(installer, "device-asked-for")
    check_access(installer)
    # He may take it over, and does.
    card.get_by_role("button", name="Take it over").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it over").click()
    expect(others).to_contain_text("chief")
    expect(others.get_by_role("button", name="Ask for it")).to_be_visible()
    expect(others.get_by_role("button", name="Take it over")).to_have_count(0)
    card.get_by_role("button", name="Give it back").click()
    expect(others.get_by_role("button", name="Have it alone")).to_be_visible()


@pytest.mark.seed(fill=dialled_device)
def test_the_line_is_left_to_another_program(
    console_server: ConsoleServer, site: DirectSite, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target=f"/console/devices/{DEVICE}/")
    card = page.locator("#hold-card")
    expect(card).to_contain_text("this server", timeout=30_000)
    card.get_by_role("button", name="Leave its line to another program").click()
    page.get_by_label("Program").fill("BioStar 1.93")
    screenshot(page, "device-leave-line")
    page.get_by_role("dialog").get_by_role("button", name="Leave the line").click()
    expect(page.locator("#state")).to_contain_text("line left")
    expect(card).to_contain_text("leave the device's line to BioStar 1.93")
    check_access(page)
    # The other program connects, and is named as what it is when the line is taken back.
    other = site.run(connect(HOST, device_id=DEVICE))
    card.get_by_role("button", name="Give it back").click()
    expect(card).to_contain_text("held by another client", timeout=30_000)
    expect(card).to_contain_text("another client holds it")
    screenshot(page, "device-foreign-client")
    site.run(other.close())


@pytest.mark.seed(fill=dialled_device)
def test_to_server_mode_and_back(
    console_server: ConsoleServer, site: DirectSite, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target=f"/console/devices/{DEVICE}/")
    expect(page.locator("#hold-card")).to_contain_text("this server", timeout=30_000)
    page.get_by_role("link", name="Bring it to server mode").click()
    expect(page.locator("#now")).to_contain_text("Direct mode is meant for temporary use")
    expect(page.locator("#plan")).to_contain_text("over the connection that this server keeps")
    expect(page.get_by_label("TCP port of this server")).to_have_value(str(console_server.device_port))
    check_access(page)
    screenshot(page, "mode-before")
    page.get_by_label("Address of this server").fill("127.0.0.1")
    page.get_by_role("button", name="Bring it to server mode").click()
    page.get_by_role("dialog").get_by_role("button", name="Begin").click()
    last = page.locator("#last")
    expect(last).to_contain_text("It is in server mode: it called, is let in", timeout=60_000)
    expect(last.locator("li")).to_have_count(4)
    expect(last).to_contain_text(f"server address 127.0.0.1, server port {console_server.device_port}")
    expect(page.locator("#now")).to_contain_text("server mode")
    check_access(page)
    screenshot(page, "mode-done")
    assert console_server.database(lambda: Device.objects.get(pk=DEVICE).mode) == "server"
    page.get_by_role("button", name="Bring it to direct mode").click()
    page.get_by_role("dialog").get_by_role("button", name="Begin").click()
    expect(last).to_contain_text(f"It is in direct mode: the server dials it at {HOST}", timeout=60_000)
    assert console_server.database(lambda: Device.objects.get(pk=DEVICE).mode) == "direct"


@pytest.mark.never_dials
@pytest.mark.seed(fill=dialled_device)
def test_a_device_that_does_not_come_back(
    console_server: ConsoleServer, site: DirectSite, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target=f"/console/devices/{DEVICE}/")
    expect(page.locator("#hold-card")).to_contain_text("this server", timeout=30_000)
    page.goto(f"/console/devices/{DEVICE}/mode/")
    page.get_by_label("Address of this server").fill("127.0.0.1")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Seconds that it has to come").fill("12")
    page.get_by_label("UDP port of the device").fill(str(UDP))
    page.get_by_role("button", name="Bring it to server mode").click()
    page.get_by_role("dialog").get_by_role("button", name="Begin").click()
    last = page.locator("#last")
    expect(last).to_contain_text("overdue", timeout=60_000)
    expect(last.locator(".md-reasons li").first).to_contain_text("A firewall on this machine or on the way")
    expect(last).to_contain_text("It says: server mode")
    check_access(page)
    screenshot(page, "mode-overdue")
    page.get_by_role("button", name="Set it back to direct mode").click()
    page.get_by_role("dialog").get_by_role("button", name="Begin").click()
    expect(last).to_contain_text("It is in direct mode: the server dials it", timeout=60_000)
