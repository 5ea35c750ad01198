"""The dashboard: it leads through a new installation, and shows how the site does now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer, DeviceSite
from tests.console.seeds import fill_site

# isort: split
from django.utils import timezone

from doorward.server.devices.services import approve
from doorward.server.people.models import Person


def test_a_new_installation_is_led_to_its_first_live_device(
    console_server: ConsoleServer,
    devices: Callable[..., DeviceSite],
    size: str,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    sign_in()
    steps = page.locator(".dw-setup > li")
    expect(steps.first).to_contain_text("Find your devices")
    assert page.locator(".dw-setup > li[data-done]").count() == 0
    check_access(page)
    screenshot(page, "dashboard-new")
    site = devices(1)
    # The page notices by itself that somebody waits.
    expect(page.locator(".dw-setup > li[data-done]")).to_have_count(1)
    expect(page.get_by_text("1 device waits for approval")).to_be_visible()
    console_server.database(lambda: approve(site.ids[0], by="chief", name="Front door"))
    site.all_live()
    # Found, approved, named, live: people are what is left.
    expect(page.locator(".dw-setup > li[data-done]")).to_have_count(3)
    expect(page.locator(".dw-setup > li:not([data-done])").first).to_contain_text("Add people")
    expect(page.locator("[data-number='fleet.live']")).to_have_text("1")
    now = timezone.now()
    console_server.database(lambda: Person.objects.create(number=1, name="Ada", created=now, changed=now))
    page.goto("/console/dashboard/")
    expect(page.locator("[data-number='fleet.live']")).to_have_text("1")
    expect(page.locator(".dw-setup")).to_have_count(0)


@pytest.mark.seed(fill=fill_site)
def test_the_dashboard_of_a_site_at_work(
    console_server: ConsoleServer,
    size: str,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    sign_in()
    expect(page.locator("[data-number=alarms]")).to_have_text("1")
    expect(page.locator("[data-number='fleet.waiting']")).to_have_text("1")
    expect(page.locator("#events .dw-event")).to_have_count(10)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    # The checks of the server have answered.
    expect(page.locator("#warnings, #warnings-words").filter(visible=True)).not_to_contain_text("Looking at")
    check_access(page)
    screenshot(page, "dashboard")
    page.evaluate("window.doorwardTheme.choose('dark')")
    check_access(page)
    screenshot(page, "dashboard-dark")


@pytest.mark.seed(fill=fill_site)
def test_who_may_not_see_events_gets_none(console_server: ConsoleServer, page: Page, sign_in: SignIn) -> None:
    from doorward.server.operators.models import Operator, Role
    from doorward.server.operators.services import give_role

    def make() -> None:
        console_server_role = Role.objects.create(slug="porter", name="Porter", rights=["alarms.view"])
        give_role(Operator.objects.get(username="porter"), console_server_role.slug)

    console_server.account("porter", "monitor")
    console_server.database(lambda: Operator.objects.get(username="porter").assignments.all().delete())
    console_server.database(make)
    sign_in("porter")
    expect(page.locator("[data-number=alarms]")).to_have_text("1")
    assert page.locator("#events").count() == 0
    assert page.locator("[data-number='fleet.live']").count() == 0
    for address in ("live/", "live/names/", "live/pictures/1/", "dashboard/warnings/"):
        answer = page.request.get(f"/console/{address}")
        assert answer.status == 403, address
        assert "Your roles do not include" in answer.text()
