"""What to open, this machine's ports, and why a device is not reached, in a real browser."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from doorward.discovery import NetworkChanges, find_device, write_network_settings
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import Device, DeviceStatus
from doorward.server.devices.services import add_direct_device
from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer
from tests.console.direct_site import DirectSite
from tests.console.test_find_devices import HOST, UDP

SITE = (
    "/console/ports/?plan=1&systems=biostar1&systems=doorward&modes=server&modes=direct"
    "&servers="
    + quote("main=192.168.1.5/24")
    + "&clients="
    + quote("office=192.168.1.20/24")
    + "&devices="
    + quote("doors=10.1.0.0/24")
)
DEAD = f"{HOST[:-1]}201"


@pytest.fixture
def site() -> Iterator[DirectSite]:
    """A device in direct mode."""
    made = DirectSite(HOST, UDP)
    yield made
    made.close()


@pytest.fixture
def silent_site() -> Iterator[DirectSite]:
    """A device that takes every setting and dials nobody."""
    made = DirectSite(HOST, UDP, dials=False)
    yield made
    made.close()


def test_a_site_its_plan_and_its_rules(
    console_server: ConsoleServer, size: str, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target="/console/ports/")
    # Filled in from this server.
    expect(page.get_by_label("Doorward", exact=True)).to_be_checked()
    expect(page.get_by_label("BioStar 2", exact=True)).not_to_be_checked()
    page.goto(SITE)
    picture = page.get_by_role("region", name="Picture of the site")
    expect(picture.get_by_role("img", name=re.compile("Ports of"))).to_be_visible()
    expect(picture).to_contain_text("10.1.0.0/24")
    page.get_by_label("Written for").select_option("nftables")
    text = page.get_by_role("region", name="Rules", exact=True)
    expect(text).to_contain_text("51110")
    check_access(page)
    screenshot(page, "ports-plan")
    page.get_by_role("button", name="Show what to open").click()
    expect(page).to_have_url(re.compile("#plan$"))
    expect(picture).to_be_in_viewport(ratio=0.5)
    screenshot(page, "ports-picture")
    page.get_by_label("Written for").select_option("nftables")
    expect(text).to_contain_text("51110")
    page.locator("#rules").scroll_into_view_if_needed()
    screenshot(page, "ports-rules")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download", exact=True).click()
    assert coming.value.suggested_filename.startswith("main-nftables.")
    written = coming.value.path().read_text()
    assert written == text.text_content()
    assert "1480" in written
    page.get_by_label("What takes them away again").check()
    expect(text).not_to_have_text(written)
    # A machine's own rules are none of a firewall's between networks: said in words.
    page.get_by_label("What takes them away again").uncheck()
    page.get_by_label("Machine", exact=True).select_option("between")
    page.get_by_label("Written for").select_option("powershell")
    expect(text).to_contain_text("is a firewall between networks")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Plan as SVG").click()
    assert coming.value.path().read_text().startswith("<svg")


def test_what_is_wrong_is_said_at_its_field(
    console_server: ConsoleServer, sign_in: SignIn, check_access: CheckAccess
) -> None:
    evil = "<img src=x onerror=alert(1)>"
    page = sign_in(target=SITE.replace(quote("doors=10.1.0.0/24"), quote(f"{evil}=10.1.0.0/24")))
    expect(page.get_by_role("alert")).to_contain_text(f"“{evil}” is not allowed")
    expect(page.get_by_label("Networks of devices")).to_have_value(f"{evil}=10.1.0.0/24")
    expect(page.get_by_role("heading", name="Rules for one machine")).to_be_hidden()
    check_access(page)


def test_this_machines_ports(
    console_server: ConsoleServer, size: str, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target="/console/ports/check/")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        try:
            other.bind(("127.0.0.1", 51110))
        except OSError:
            pytest.skip("UDP 51110 of this machine is held already")
        page.get_by_role("button", name="Check now").click()
        expect(page.locator("#summary")).to_contain_text("ports are free", timeout=30_000)
    lines = page.locator("#lines > li")
    own = lines.filter(has_text=f"TCP {console_server.web_port}")
    expect(own).to_contain_text("Held by this server.")
    # A port that another program holds, by name and in words.
    expect(lines.filter(has_text="UDP 51110")).to_contain_text(re.compile(r"Held .*\(process \d+"))
    check_access(page)
    screenshot(page, "ports-check")
    page.get_by_role("button", name="Show free ports too").click()
    expect(lines.filter(has_text="Free.").first).to_be_visible()


def test_a_probe_of_a_device_and_of_nobody(
    console_server: ConsoleServer,
    site: DirectSite,
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    number = site.device.device.device_id
    console_server.database(lambda: add_direct_device(number, HOST, by="x", name="Main entrance"))
    deadline = time.monotonic() + 30
    while not console_server.database(DeviceStatus.objects.filter(state="live").exists):
        assert time.monotonic() < deadline, "the device does not come live"
        time.sleep(0.1)
    page = sign_in(target=f"/console/ports/probe/{number}/")
    expect(page.get_by_role("heading", name="Why is Main entrance not reached?")).to_be_visible()
    expect(page.get_by_label("Device, address or name")).to_have_value(HOST)
    page.get_by_label("UDP port of the device").fill(str(UDP))
    check_access(page)
    page.get_by_role("button", name="Find out").click()
    steps = page.locator("#lines > li")
    expect(steps.filter(has_text="Card and route")).to_be_visible()
    verdict = page.locator("#verdict")
    expect(verdict).not_to_be_empty(timeout=30_000)
    expect(steps).to_have_count(7)
    expect(steps.filter(has_text="Search by UDP")).to_contain_text("BioStation T2")
    # The server holds the line itself, and says so rather than telling to end "the other program".
    expect(verdict).to_contain_text("this server is connected to the device")
    check_access(page)
    screenshot(page, "ports-probe-device")

    page.get_by_label("Device, address or name").fill(DEAD)
    page.get_by_role("button", name="Find out").click()
    expect(verdict).to_contain_text(DEAD, timeout=30_000)
    check_access(page)
    screenshot(page, "ports-probe-nobody")

    def entries() -> list[tuple[str, str]]:
        rows = AuditEntry.objects.filter(action="network.probe").order_by("pk")
        return [(row.object_id, row.actor) for row in rows if row.finished is not None]

    assert console_server.database(entries) == [(HOST, "chief"), (DEAD, "chief")]


def test_a_probe_ends_with_its_reader(console_server: ConsoleServer, sign_in: SignIn) -> None:
    page = sign_in(target="/console/ports/probe/?target=192.0.2.250")
    page.get_by_role("button", name="Find out").click()
    expect(page.locator("#lines > li").first).to_be_visible()
    page.goto("/console/dashboard/")

    def words() -> str:
        return AuditEntry.objects.filter(action="network.probe").values_list("words", flat=True).get()

    deadline = time.monotonic() + 20
    while not (found := console_server.database(words)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found == "The reader went before it was over."


async def put_into_server_mode() -> None:
    """As an installer does it."""
    device = await find_device(10_001, addresses=[HOST], generations=("biostar1",), timeout=4, port=UDP)
    await write_network_settings(device, NetworkChanges(mode="server", server_address="127.0.0.1"), port=UDP)


def in_server_mode() -> None:
    """A device that is known to dial this server."""
    now = timezone.now()
    Device.objects.create(
        device_id=10_001, name="Main entrance", model="biostation-t2", mode=Mode.SERVER, approval=Approval.APPROVED,
        last_address=HOST, first_seen=now, changed=now,
    )  # fmt: skip


@pytest.mark.seed(fill=in_server_mode)
def test_a_port_is_moved_and_sent_to_a_device(
    console_server: ConsoleServer,
    silent_site: DirectSite,
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    page = sign_in(target="/console/ports/move/")
    page.get_by_role("spinbutton", name="Becomes").fill("8443")
    page.get_by_role("button", name="Show what must follow").click()
    table = page.get_by_role("region", name="What must follow")
    # The settings of this server come from variables, which nothing can change from here.
    expect(table).to_contain_text("DOORWARD_WEB_PORT")
    expect(table).to_contain_text("Bookmarks")
    expect(page.get_by_role("heading", name="Send it to the devices")).to_be_hidden()
    page.get_by_label("Port", exact=True).select_option(str(console_server.device_port))
    page.get_by_role("spinbutton", name="Becomes").fill("1490")
    page.get_by_role("button", name="Show what must follow").click()
    expect(table).to_contain_text(f"doorward ports move {console_server.device_port} 1490 --send")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("UDP port of the devices").fill(str(UDP))
    check_access(page)
    screenshot(page, "ports-move")
    lines = page.locator("#lines > li")

    def send() -> None:
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()

    send()
    expect(lines).to_contain_text("It is in direct mode and dials nobody")
    silent_site.run(put_into_server_mode())
    send()
    expect(lines).to_contain_text("The device took the settings")
    assert silent_site.device.device.network.server_port == 1490
    assert console_server.database(AuditEntry.objects.filter(action="network.change", outcome="done").count) == 1
    check_access(page)
    screenshot(page, "ports-move-sent")


def test_who_may_not_search_may_not_probe(console_server: ConsoleServer, sign_in: SignIn) -> None:
    console_server.account("mona", "monitor")
    page = sign_in("mona")
    assert page.request.get("/console/ports/").status == 403
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    headers = {"X-CSRFToken": cookies["csrftoken"]}
    answer = page.request.post("/console/ports/probe/run/", data={"target": "127.0.0.1"}, headers=headers)
    assert answer.status == 403
    assert not console_server.database(AuditEntry.objects.filter(action="network.probe").exists)
