"""Every list and form of what is kept: in our words, free of leftovers of the admin, without a fault of access."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer
from tests.console.seeds import ATTACK, FIRST, fill_site

# isort: split
from doorward.server.devices.models import Device, DeviceGroup
from doorward.server.events.models import Alarm

LISTS = {
    "devices/device": ["10001"],
    "devices/devicegroup": ["1", "add"],
    "devices/connectionhistory": [],
    "events/event": ["5"],
    "events/alarm": ["1"],
    "events/gap": [],
    "certificates/devicecertificate": ["1"],
}
WORDS = """() => {
    const body = document.body.cloneNode(true);
    body.querySelectorAll(".material-symbols-outlined, script").forEach(item => item.remove());
    return body.textContent.replace(/\\s+/g, " ");
}"""
LEFTOVERS = re.compile(
    r"Django|administration site|site admin|Local_time|local time|_id\b|objects?\b|\bNone\b|Unfold|"
    r"Select .* to change|obj\b",
    re.IGNORECASE,
)


@pytest.mark.long
@pytest.mark.seed(fill=fill_site)
def test_every_list_and_form_is_in_our_words(
    console_server: ConsoleServer,
    size: str,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    sign_in()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    faults = []
    for table, forms in LISTS.items():
        for form in ["", *forms]:
            address = f"/console/{table}/" + (f"{form}/" if form == "add" else f"{form}/change/" if form else "")
            response = page.goto(address)
            assert response is not None
            assert response.status == 200, address
            words = f"{page.title()}\n{page.evaluate(WORDS)}"
            found = LEFTOVERS.search(words)
            if found:
                faults.append(f"{address}: {words[max(0, found.start() - 60) : found.end() + 60]!r}")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                faults.append(f"{address}: {wide} pixels wider than the screen")
            try:
                check_access(page)
            except AssertionError as error:
                faults.append(f"{address}: {error}")
            if form in {"", *forms[:1]}:
                screenshot(page, f"list-{table.split('/')[1]}{'-form' if form else ''}")
    assert not faults, "\n\n".join(faults)


def _plant() -> None:
    fill_site(events=9)
    Device.objects.update(name=ATTACK)
    Alarm.objects.update(words=ATTACK, note=ATTACK)


@pytest.mark.seed(fill=_plant)
def test_a_name_that_is_markup_shows_as_text(console_server: ConsoleServer, page: Page, sign_in: SignIn) -> None:
    sign_in()
    for address in (
        "devices/device/", f"devices/device/{FIRST}/change/", "events/event/", "events/alarm/", "events/gap/",
        "devices/connectionhistory/", "dashboard/", "events/alarm/1/change/",
    ):  # fmt: skip
        page.goto(f"/console/{address}")
        expect(page.locator("body")).to_contain_text(ATTACK)
        assert page.locator("img[src=x]").count() == 0, address


@pytest.mark.seed(fill=fill_site)
def test_what_is_chosen_is_approved_and_what_is_removed_is_asked_for(
    console_server: ConsoleServer, page: Page, sign_in: SignIn, check_access: CheckAccess
) -> None:
    sign_in(target="/console/devices/device/")
    bar = page.locator(".dw-actions")
    expect(bar).to_be_hidden()
    page.locator("tr", has_text=str(FIRST + 4)).locator("input.action-select").check()
    expect(bar).to_be_visible()
    check_access(page)
    bar.locator("select").select_option("approve_devices")
    bar.get_by_role("button", name="Do it").click()
    expect(page.locator(".dw-message")).to_contain_text(f"Approved: {FIRST + 4}")
    # A group in which others lie is not removed; an empty one is, after a question.
    page.goto("/console/devices/devicegroup/1/delete/")
    expect(page.locator("#content-main")).to_contain_text("It cannot be removed")
    assert "object" not in page.locator("#content-main").inner_text()
    page.goto("/console/devices/devicegroup/add/")
    page.locator("input[name=name]").fill("Annex")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Annex").first.click()
    page.get_by_role("link", name=re.compile("Delete")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Remove Annex")
    check_access(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".dw-message")).to_contain_text("Annex")
    assert not console_server.database(DeviceGroup.objects.filter(name="Annex").exists)


def _kind(path: str) -> str:
    """One page of each kind is enough; sorting and filters lead to the same page."""
    return re.sub(r"/\d+/", "/1/", path)


@pytest.mark.long
@pytest.mark.seed(fill=fill_site)
def test_every_link_of_every_page_leads_somewhere(console_server: ConsoleServer, page: Page, sign_in: SignIn) -> None:
    sign_in()
    # Links are all that is asked of these many pages, so they need not be drawn.
    page.context.route(re.compile(r"\.css$"), lambda route: route.fulfill(content_type="text/css", body=""))
    ahead, seen = ["/console/dashboard/"], set[str]()
    while ahead and len(seen) < 80:
        address = ahead.pop()
        kind = _kind(urlsplit(address).path)
        if kind in seen:
            continue
        seen.add(kind)
        answer = page.request.get(address)
        assert answer.status == 200, f"{address}: {answer.status}"
        if "html" not in answer.headers["content-type"]:
            continue  # a file to be taken away
        page.goto(address)
        for target in page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)"):
            parts = urlsplit(target)
            if parts.path.startswith("/console/"):
                ahead.append(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    assert len(seen) > 15
