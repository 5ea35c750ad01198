"""The frame of the console: signing in and out, the navigation, refusals in words, light and dark, languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer
from tests.console.guard import Guard
from tests.console.seeds import fill_site


def test_signing_in_and_out(
    console_server: ConsoleServer,
    size: str,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    page.goto("/")
    check_access(page)
    screenshot(page, "sign-in")
    sign_in(password="wrong password")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    sign_in()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    check_access(page)
    screenshot(page, "dashboard-new")
    if size == "phone":
        page.get_by_role("button", name="Open the navigation").click()
        page.get_by_text("Administration", exact=True).click()
        expect(page.get_by_role("link", name="Operators", exact=True)).to_be_visible()
        screenshot(page, "navigation")
    page.get_by_role("button", name="chief").click()
    check_access(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signed out")
    page.goto("/console/dashboard/")
    expect(page).to_have_url(re.compile("/console/login/.*next="))


@pytest.mark.seed(fill=fill_site)
def test_the_frame_by_keyboard_in_the_dark_and_in_other_languages(
    console_server: ConsoleServer, page: Page, sign_in: SignIn, guard: Guard, check_access: CheckAccess
) -> None:
    sign_in()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    page.goto("/console/devices/connectionhistory/")
    # The first stop of the keyboard leads past the navigation.
    page.locator("body").press("Tab")
    expect(page.locator(".dw-skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#content$"))
    page.keyboard.press("?")
    shortcuts = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_contain_text("Dashboard")
    check_access(page)
    page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile("/console/live/"))
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    # Letters that are typed lead nowhere.
    page.keyboard.type("gd?")
    expect(page.locator("[data-search]")).to_have_value("gd?")
    # Light and dark: chosen once, kept on every page, without a flash of the other.
    page.get_by_role("button", name="chief").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    page.goto("/console/devices/connectionhistory/")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    check_access(page)
    for language, words in (("Deutsch", "Übersicht"), ("한국어", "대시보드"), ("English", "Dashboard")):
        page.goto("/console/dashboard/")
        page.locator("[data-opens-menu=operator-menu]").click()
        page.get_by_role("button", name=language).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(words)
    page.goto("/console/live/")
    # A page of our own runs nothing that is not a file of this server.
    policy = page.request.get("/console/live/").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_refusals_are_told_in_words(
    console_server: ConsoleServer, page: Page, sign_in: SignIn, guard: Guard, check_access: CheckAccess
) -> None:
    console_server.account("watcher", "monitor")
    sign_in("watcher")
    navigation = page.get_by_role("navigation", name="Navigation")
    expect(navigation).to_contain_text("Devices")
    expect(navigation).not_to_contain_text("Operators")
    guard.allow("status of 40[34]")
    for address, status, words in (
        ("/console/audit/", 403, "Not for your account"),
        ("/console/no/such/page/", 404, "Nothing here"),
        ("/no-such-page", 404, "Nothing here"),
    ):
        response = page.goto(address)
        assert response is not None
        assert response.status == status, address
        expect(page.get_by_role("heading", level=1)).to_have_text(words)
        check_access(page)
        assert "Django" not in page.content()
    answer = page.request.post("/console/language/", form={"language": "de"})
    assert answer.status == 403
    assert "This form is too old" in answer.text()
    answer = page.request.get("/api/v1/no-such-thing")
    assert answer.status == 404
    assert answer.json()["error"]
