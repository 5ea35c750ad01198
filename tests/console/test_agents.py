"""Agents in the console: added with a one-time code that is shown once, seen, changed and revoked."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from doorward.server.agents.models import Agent
from doorward.server.agents.services import add_agent
from doorward.server.devices.models import Device
from doorward.server.devices.services import add_direct_device
from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer
from tests.console.direct_site import DirectSite
from tests.support.site import own_addresses

HOST = own_addresses(1, 96)[0]
UDP = 53_613
CARD = {"name": "eth0", "address": "192.168.20.2", "mask": "255.255.255.0", "up": True, "loopback": False}


def branches() -> None:
    """Agents of branches, one of which was heard lately, and a device behind it."""
    now = timezone.now()
    harbour = add_agent("Harbour", by="chief", networks=["192.168.20.0/24"]).agent
    Agent.objects.filter(pk=harbour.pk).update(
        fingerprint="a1" * 32, enrolled=now - timedelta(days=3), expires=now + timedelta(days=700), version="0.1.0",
        system="Linux 6.1 aarch64", cards=[CARD], last_contact=now - timedelta(hours=2), last_address="203.0.113.7",
        latency_ms=12.4, memory_bytes=31_000_000,
    )  # fmt: skip
    add_agent("Hill", by="chief")
    add_direct_device(10_004, "192.168.20.31", by="chief", name="Quay gate", model="bioentry-plus", agent=harbour)


@pytest.mark.seed(fill=branches)
def test_agents_are_added_seen_changed_and_revoked(
    console_server: ConsoleServer, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target="/console/agents/")
    table = page.locator("#agents")
    expect(table).to_contain_text("Harbour")
    expect(table.get_by_role("row").filter(has_text="Harbour")).to_contain_text("away")
    expect(table.get_by_role("row").filter(has_text="Hill")).to_contain_text("waits for its first call")
    check_access(page)
    screenshot(page, "agents")
    # Added: the code is there once, with the command for the branch.
    page.get_by_role("button", name="Add an agent").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Airport")
    dialog.get_by_label("Networks").fill("10.9.0.0/16")
    screenshot(page, "agents-add")
    dialog.get_by_role("button", name="Add").click()
    fresh = page.locator("#fresh")
    expect(fresh).to_contain_text(f"doorward agent --server 127.0.0.1:{console_server.device_port} --token-file")
    check_access(page)
    screenshot(page, "agents-code")
    page.reload()
    expect(table).to_contain_text("Airport")
    expect(fresh).to_be_hidden()
    # One of them, with its machine, its reach and its devices.
    table.get_by_role("link", name="Harbour").click()
    expect(page.locator("#facts")).to_contain_text("Linux 6.1 aarch64")
    expect(page.locator("#devices")).to_contain_text("Quay gate")
    check_access(page)
    screenshot(page, "agent")
    page.get_by_role("button", name="Edit").click()
    dialog.get_by_label("Networks").fill("192.168.20.0/24\n192.168.21.0/24")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#reach")).to_contain_text("192.168.20.0/24, 192.168.21.0/24")
    page.get_by_role("link", name="Quay gate").click()
    expect(page.locator("#facts")).to_contain_text("Harbour")
    page.go_back()
    page.get_by_role("button", name="Revoke").click()
    dialog.get_by_label("Reason").fill("The machine was stolen.")
    dialog.get_by_role("button", name="Revoke").click()
    expect(page.locator("#state")).to_contain_text("Revoked by chief. The machine was stolen.")
    assert console_server.database(lambda: Agent.objects.get(name="Harbour").revoked) is not None
    assert console_server.database(lambda: Device.objects.get(pk=10_004).agent_id) is not None


@pytest.fixture
def site() -> Iterator[DirectSite]:
    """A device in the branch of an agent."""
    made = DirectSite(HOST, UDP)
    yield made
    made.close()


@contextmanager
def agent_process(commands: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The agent, started in its branch by the commands that the console showed."""
    found = re.search(r"'(doorward-agent\.[^']+)'", commands)
    server = re.search(r"--server (\S+)", commands)
    assert found is not None
    assert server is not None
    token = folder / "doorward-agent.token"
    token.write_text(found[1] + "\n")
    token.chmod(0o600)
    log = (folder / "agent.log").open("wb")
    process = subprocess.Popen(
        [
            sys.executable, "-c", "from doorward.cli.main import main; main()",
            "agent", "--server", server[1], "--token-file", str(token),
        ],
        stdout=log, stderr=log, cwd=folder,
    )  # fmt: skip
    log.close()
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
        print((folder / "agent.log").read_text(errors="replace"))  # noqa: T201 - shown with a test that failed


@pytest.mark.long
def test_devices_are_found_and_dialled_by_an_agent(
    console_server: ConsoleServer,
    site: DirectSite,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
    tmp_path: Path,
) -> None:
    page = sign_in(target="/console/agents/")
    page.get_by_role("button", name="Add an agent").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Harbour")
    dialog.get_by_label("Networks").fill("127.0.0.0/8")
    dialog.get_by_label("UDP ports").fill(f"51110, 51210, {UDP}")
    dialog.get_by_role("button", name="Add").click()
    commands = page.locator(".ag-code").inner_text()
    with agent_process(commands, tmp_path):
        row = page.locator("#agents").get_by_role("row").filter(has_text="Harbour")
        expect(row).to_contain_text("connected", timeout=60_000)
        screenshot(page, "agents-connected")
        # Found from its branch, and the results say so.
        page.goto("/console/find-devices/")
        page.get_by_label("Search from").select_option(label="agent Harbour")
        page.get_by_label("Single addresses").check()
        page.get_by_label("Addresses", exact=True).fill(HOST)
        page.get_by_text("More", exact=True).click()
        page.get_by_label("UDP port of the devices").fill(str(UDP))
        expect(page.locator("#search-sends")).to_contain_text("The agent Harbour sends a question to each address")
        check_access(page)
        screenshot(page, "find-devices-agent")
        page.get_by_role("button", name="Search", exact=True).click()
        expect(page.locator("#found")).to_contain_text("heard by the agent Harbour", timeout=30_000)
        # Added in direct mode, it is dialled through the agent.
        page.get_by_role("button", name=re.compile("^Set up")).click()
        page.locator("#network").get_by_role("button", name=re.compile("Let the server dial")).click()
        page.get_by_role("dialog").get_by_role("button", name="Add").click()
        expect(page.locator("#approve")).to_contain_text("is live", timeout=60_000)
        page.get_by_role("link", name="To the device").click()
        expect(page.locator("#facts")).to_contain_text("Harbour")
        screenshot(page, "device-agent")
        # Looked at from its branch, step by step.
        page.goto("/console/ports/probe/")
        page.get_by_label("Look from").select_option(label="agent Harbour")
        page.get_by_label("Device, address or name").fill(f"{HOST}:1470")
        page.get_by_role("button", name="Find out").click()
        expect(page.locator("#verdict .pp-verdict-sentence")).not_to_be_empty(timeout=60_000)
        check_access(page)
        screenshot(page, "ports-probe-agent")
    assert console_server.database(lambda: Device.objects.get().agent_id) is not None
