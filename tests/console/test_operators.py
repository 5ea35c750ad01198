"""Operators, roles, tokens and the audit log in the browser."""

from __future__ import annotations

import base64
import re
import time

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Page, expect

from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import PASSWORD, ConsoleServer


def test_a_role_is_made_given_and_used(
    console_server: ConsoleServer, size: str, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target="/console/roles/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Roles")
    check_access(page)
    screenshot(page, "roles")
    page.get_by_role("link", name="Make a role").click()
    page.get_by_label("Name", exact=True).fill("Night <b>watch</b>")
    page.get_by_label("What for").fill("Looks after the doors at night")
    page.get_by_label("See doors, their state and the floor plans").check()
    page.get_by_label("Open, hold open, lock and release doors").check()
    check_access(page)
    screenshot(page, "role-form")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Night <b>watch</b>")
    check_access(page)
    screenshot(page, "role-own")

    page.goto("/console/operators/add/")
    page.get_by_label("Name", exact=True).fill("nina")
    page.get_by_label("Person", exact=True).fill("Nina <img src=x onerror=alert(1)>")
    page.get_by_label("First password").fill("short")
    page.get_by_label("Role 1").select_option(label="Night <b>watch</b>")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("password")
    page.get_by_label("First password").fill(PASSWORD)
    check_access(page)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("cell", name="Nina <img src=x onerror=alert(1)>")).to_be_visible()
    check_access(page)
    screenshot(page, "operators")
    page.get_by_role("link", name="nina").click()
    expect(page.get_by_role("heading", name="Signing in")).to_be_visible()
    check_access(page)
    screenshot(page, "operator")

    page.context.clear_cookies()
    sign_in("nina")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    assert page.request.get("/console/operators/").status == 403


def test_the_tour_of_each_role(
    console_server: ConsoleServer, size: str, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in()
    for slug in ("administrator", "operator", "monitor", "installer"):
        page.goto(f"/console/roles/{slug}/")
        expect(page.get_by_role("heading", name="What it may do")).to_be_visible()
        check_access(page)
        screenshot(page, f"role-{slug}")
    page.goto("/console/roles/monitor/")
    held = page.locator(".dw-held")
    expect(held.filter(has_text="See events as they come")).to_have_count(1)
    expect(held.filter(has_text="Open, hold open")).to_have_count(0)


def test_whoever_has_a_role_may_read_its_tour_and_no_other(console_server: ConsoleServer, sign_in: SignIn) -> None:
    console_server.account("mona", "monitor")
    page = sign_in("mona")
    for slug, status in (("monitor", 200), ("administrator", 404)):
        answer = page.request.get(f"/console/roles/{slug}/")
        assert answer.status == status


def test_a_token_is_shown_once_and_revoked(
    console_server: ConsoleServer, size: str, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target="/console/tokens/")
    expect(page.get_by_role("heading", level=1)).to_have_text("API tokens")
    check_access(page)
    page.get_by_label("What for").fill("Time sheets")
    page.get_by_label("See events as they come and search them").check()
    page.get_by_role("button", name="Make a token").click()
    token = page.locator("code.dw-token").inner_text()
    assert re.fullmatch(r"doorward_[0-9a-f]+_\S+", token)
    screenshot(page, "tokens")

    def ask(path: str) -> int:
        return page.request.get(path, headers={"Authorization": f"Bearer {token}"}).status

    assert (ask("/api/v1/events"), ask("/api/v1/devices")) == (200, 403)
    page.goto("/console/tokens/")
    expect(page.get_by_text(token)).to_have_count(0)
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("revoked", exact=True)).to_be_visible()
    assert ask("/api/v1/events") == 401


def test_setting_up_a_second_factor_and_signing_in_with_it(
    console_server: ConsoleServer, size: str, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target="/console/account/")
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")
    check_access(page)
    screenshot(page, "account")
    page.get_by_role("link", name="Set up").click()
    check_access(page)
    screenshot(page, "second-factor")
    secret = page.locator(".dw-steps code").inner_text().replace(" ", "")
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("alert")).to_contain_text("not the code of now")
    used = int(time.time())
    page.get_by_label("Code", exact=True).fill(totp.generate(used).decode())
    page.get_by_role("button", name="Set up").click()
    recovery = page.locator(".dw-codes code").first.inner_text()
    check_access(page)
    page.get_by_role("link", name="I have kept them").click()
    page.context.clear_cookies()
    sign_in()
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    check_access(page)
    page.get_by_label("Code", exact=True).fill(totp.generate(used).decode())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("used before")
    page.get_by_label("Code", exact=True).fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


def test_the_audit_log_tells_who_did_what(
    console_server: ConsoleServer, size: str, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target="/console/operators/add/")
    page.get_by_label("Name", exact=True).fill("otto")
    page.get_by_label("First password").fill(PASSWORD)
    page.get_by_label("Role 1").select_option(label="Monitor")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("link", name="otto")).to_be_visible()
    page.goto("/console/audit/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")
    check_access(page)
    screenshot(page, "audit")
    page.get_by_label("Action", exact=True).fill("operator.add")
    page.get_by_role("button", name="Search").click()
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="otto")).to_have_count(1)
    rows.filter(has_text="otto").get_by_role("link").click()
    check_access(page)
    expect(page.get_by_text(PASSWORD)).to_have_count(0)
    expect(page.get_by_role("cell", name="(secret)")).to_be_visible()
    screenshot(page, "audit-entry")
    page.get_by_role("link", name="All of the same request").click()
    expect(page.get_by_role("cell", name="roleassignment.add")).to_be_visible()


def _shown(page: Page) -> list[str]:
    return page.locator("nav a").all_inner_texts()


def test_the_navigation_shows_what_a_role_may_see(console_server: ConsoleServer, sign_in: SignIn) -> None:
    console_server.account("mona", "monitor")
    page = sign_in("mona")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    shown = " ".join(_shown(page))
    assert "Devices" in shown
    for hidden in ("Operators", "Audit log", "API tokens", "Find devices"):
        assert hidden not in shown
