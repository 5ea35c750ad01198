"""The record in a browser: find, filter, keep, export in the background and take the file, print, reports."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import TAKES_PICTURES, CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer
from tests.console.seeds import ATTACK, FIRST, fill_site

# isort: split
from doorward.server.devices.models import Device
from doorward.server.events.models import SavedFilter

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
EVENTS = 400
# Pictures for people show names that people give.
DEVICE = "Loading dock" if TAKES_PICTURES else ATTACK
FILTER = "Alarms of the head office" if TAKES_PICTURES else ATTACK


def _fill() -> None:
    fill_site(events=EVENTS)
    Device.objects.filter(pk=FIRST + 1).update(name=DEVICE)


@pytest.mark.long
@pytest.mark.seed(fill=_fill)
def test_the_record_is_searched_kept_exported_and_printed(
    console_server: ConsoleServer,
    size: str,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    sign_in(target="/console/events/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Events")
    expect(page.locator("#count")).to_contain_text(f"{EVENTS} events")
    # A name that is markup stands there as text.
    assert page.locator("img[src=x]").count() == 0
    assert DEVICE in page.locator(".ev-table").inner_text()
    check_access(page)
    screenshot(page, "events")

    # Older, and back.
    first = page.locator(".ev-table tbody a").first.get_attribute("href")
    page.get_by_role("link", name="Older", exact=True).click()
    expect(page.locator(".ev-table tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Newer", exact=True).click()
    expect(page.locator(".ev-table tbody a").first).to_have_attribute("href", str(first))

    # Filters stand in the address and are still there when it is opened again.
    page.get_by_label("Severity", exact=True).select_option(label="alarms alone")
    page.get_by_text("More to search by").click()
    page.get_by_label("Group of devices").select_option(label="Head office")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#count")).to_contain_text("alarms alone")
    assert "severity=alarm" in page.url
    found = page.locator("#count").inner_text().split()[0]
    page.reload()
    expect(page.get_by_label("Severity", exact=True)).to_have_value("alarm")
    expect(page.get_by_label("Group of devices")).to_be_visible()

    # Kept under a name, and found again by it.
    page.get_by_text("Save this filter").click()
    page.get_by_label("Name of the filter").fill(FILTER)
    page.get_by_label("Others see it too").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="is kept")).to_be_visible()
    page.goto("/console/events/")
    page.get_by_role("navigation", name="Saved filters").get_by_role("link").click()
    expect(page.locator("#count")).to_contain_text(found)
    assert page.locator("img[src=x]").count() == 0

    # Exported in the background; the file comes under a name of ours and holds what was found.
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Workbook")).to_be_checked()
    check_access(page)
    screenshot(page, "events-export")
    dialog.get_by_role("button", name="Export").click()
    done = page.locator(".jb-job[data-state=done]")
    expect(done).to_contain_text(f"{found} events")
    check_access(page)
    screenshot(page, "events-exported")
    with page.expect_download() as coming:
        done.get_by_role("link", name="Download").click()
    assert coming.value.suggested_filename.endswith(".xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(coming.value.path().read_bytes())).active.iter_rows(values_only=True))
    assert len(rows) == int(found) + 1

    # One event in detail.
    page.locator(".ev-table tbody a").first.click()
    expect(page.get_by_text("As the device told it")).to_be_visible()
    check_access(page)
    assert page.evaluate(WIDE) <= 0
    screenshot(page, "event")

    # On paper there is the list alone.
    page.goto("/console/events/print/?severity=alarm")
    expect(page.locator(".ev-paper")).to_contain_text("alarms alone")
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    check_access(page)
    page.emulate_media(media="print")
    expect(page.locator(".dw-sidebar")).to_be_hidden()
    expect(page.locator(".dw-header")).to_be_hidden()
    expect(page.locator(".ev-table")).to_be_visible()
    screenshot(page, "events-print")
    page.emulate_media(media="screen")

    # The filter goes when its owner says so.
    page.goto("/console/events/")
    assert page.evaluate(WIDE) <= 0
    # Its scripts are there, and ask before.
    expect(page.get_by_role("button", name="Export")).to_be_enabled()
    page.get_by_role("button", name=f"Remove {FILTER}").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status").filter(has_text="was removed")).to_be_visible()
    assert not console_server.database(SavedFilter.objects.exists)


@pytest.mark.seed(fill=_fill)
def test_reports_are_shown_and_taken_away(
    console_server: ConsoleServer,
    size: str,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    sign_in(target="/console/reports/")
    for kind in ("Entries by day", "Presence by hour", "Refusals by reason", "Alarms by door"):
        page.get_by_role("navigation", name="Kinds of reports").get_by_role("link", name=kind).click()
        expect(page.get_by_role("heading", level=2, name=kind)).to_be_visible()
        expect(page.locator(".ev-report tbody tr").first).to_be_visible()
        assert page.locator("img[src=x]").count() == 0
        assert page.evaluate(WIDE) <= 0, kind
        screenshot(page, f"report-{kind.split()[0].lower()}")
    check_access(page)
    now = datetime.now(UTC)
    page.get_by_label("Time").select_option(label="from … to …")
    page.get_by_label("From").fill(f"{now - timedelta(days=40):%Y-%m-%dT00:00}")
    page.get_by_label("To", exact=True).fill(f"{now:%Y-%m-%dT00:00}")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("31 days at most")
    if size == "desktop":
        page.goto("/console/reports/denied/")
        with page.expect_download() as coming:
            page.get_by_role("link", name="XLSX").click()
        assert next(openpyxl.load_workbook(io.BytesIO(coming.value.path().read_bytes())).active.values)[0] == "Reason"
