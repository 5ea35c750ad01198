"""Agents in the console: added with a one-time code that is shown once, seen, changed and revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from doorward.server.agents.models import Agent
from doorward.server.agents.services import add_agent
from doorward.server.devices.models import Device
from doorward.server.devices.services import add_direct_device
from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer

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
