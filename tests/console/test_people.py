"""People and their rights: from the first person to the open door, files, the list, and what a name may hold."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from doorward.server.access.models import AccessGroup, AccessRight, Schedule
from doorward.server.devices.models import Device
from doorward.server.devices.services import approve
from doorward.server.doors.models import Door
from doorward.server.people.models import Card, Person
from doorward.server.people.services import create_person
from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer, DeviceSite
from tests.console.guard import Guard

Devices = Callable[..., DeviceSite]
EVIL = "<img src=x onerror=alert(1)>"
CARD = 47110815


def let_in(server: ConsoleServer, site: DeviceSite, name: str) -> None:
    """Approve the only device of a site, and name it and its door."""

    def approve_it() -> None:
        deadline = time.monotonic() + 20
        while not Device.objects.exists():
            assert time.monotonic() < deadline, "the device does not show"
            time.sleep(0.05)
        approve(site.ids[0], by="test", name=name)
        Door.objects.filter(device=site.ids[0]).update(name=name)

    server.database(approve_it)
    site.all_live()


def opens(site: DeviceSite, card: int) -> bool:
    """Whether the device lets somebody in by a card: it decides alone, from what it holds."""
    device = site.site.diallers[0].device

    async def swipe() -> bool:
        decision = device.swipe(card)
        return decision is not None and decision.granted

    return bool(site.run(swipe()))


def draw(page: Page, row: str, start: float, end: float) -> None:
    """Draw hours into the row of a day."""
    track = page.locator(f'[data-key="{row}"] .wg-track')
    box = track.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * start / 24, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end / 24, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()


@pytest.mark.long
def test_from_the_first_person_to_the_open_door(
    console_server: ConsoleServer,
    devices: Devices,
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
    guard: Guard,
) -> None:
    guard.allow("status of 422")
    site = devices(1, models=["biostation-t2"])
    let_in(console_server, site, "Main entrance")
    page = sign_in(target="/console/people/")
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Name", exact=True).fill("Ada Abel")
    page.get_by_label("Number", exact=True).fill("1001")
    check_access(page)
    screenshot(page, "person-add")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Abel")
    # A card that no device can hold is refused in words; then the right one.
    for text, words in (("0", "greater than or equal to 1"), (str(CARD), "The card was added")):
        page.get_by_role("button", name="Card", exact=True).click()
        page.get_by_label("Card", exact=True).fill(text)
        page.get_by_role("dialog").get_by_role("button", name="Add").click()
        expect(page.locator("#toasts")).to_contain_text(words)
    expect(page.locator("#credentials")).to_contain_text(f"Card {CARD}")
    # A group with the door, at all hours.
    page.goto("/console/access/groups/add/")
    page.get_by_label("Name of the group").fill("Everybody")
    page.get_by_role("button", name="Add doors").click()
    page.get_by_role("checkbox", name="Main entrance").check()
    check_access(page)
    page.get_by_role("button", name="Add 1 door").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Everybody")
    page.get_by_role("button", name="Add people").click()
    page.get_by_role("checkbox", name=re.compile("Ada Abel")).check()
    page.get_by_role("button", name="Add 1 person").click()
    expect(page.locator("#members")).to_contain_text("Ada Abel")
    check_access(page)
    screenshot(page, "access-group")
    # The device gets it.
    page.goto("/console/sync/")
    page.get_by_role("link", name="Main entrance").click()
    page.get_by_role("button", name="Switch on").click()
    dialog = page.get_by_role("dialog")
    # The three who are on it already are shown by name before anything happens to them.
    expect(dialog).to_contain_text("3 people are not known here and stay until you decide")
    expect(dialog).to_contain_text("Pavel Okafor (2)")
    expect(dialog.get_by_role("link", name="Take it over")).to_be_visible()
    check_access(page)
    screenshot(page, "sync-switch-on")
    dialog.get_by_role("button", name="Switch on").click()
    expect(page.locator("#state")).to_contain_text("Switched on")
    expect(page.locator("#state")).to_contain_text(re.compile("as it should be|differences"), timeout=30_000)
    check_access(page)
    screenshot(page, "sync-device")
    page.goto("/console/people/1001/")
    expect(page.locator("#devices")).to_contain_text("on the device")
    page.locator("#checker").get_by_role("button", name="May it be passed?").click()
    expect(page.locator("#checker")).to_contain_text("An access group lets the person pass then.")
    check_access(page)
    screenshot(page, "person")
    page.goto("/console/live/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    assert opens(site, CARD)
    expect(page.locator("#events")).to_contain_text("Ada Abel")
    # A right that is withdrawn is gone from the device.
    page.goto("/console/people/1001/")
    page.get_by_role("button", name="Groups").click()
    page.get_by_role("dialog").get_by_role("checkbox", name="Everybody").uncheck()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#access")).to_contain_text("In no access group")
    expect(page.locator("#devices")).to_contain_text("On no device")
    assert not opens(site, CARD)


def test_hours_by_pointer_by_keys_and_as_text(
    console_server: ConsoleServer, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target="/console/access/holidays/")
    page.get_by_role("link", name="Add a table of holidays").click()
    page.get_by_label("Name").fill("Public holidays")
    page.get_by_role("button", name="Add days").click()
    page.get_by_label("Day of line 1", exact=True).fill("31")
    page.get_by_label("Month of line 1").select_option("2")
    expect(page.locator("#periods")).to_contain_text("There is no such day.")
    page.get_by_label("Day of line 1", exact=True).fill("24")
    page.get_by_label("Month of line 1").select_option("12")
    page.get_by_label("Number of days of line 1").fill("3")
    expect(page.locator("#periods")).to_contain_text("every year")
    check_access(page)
    screenshot(page, "holidays")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Public holidays")).to_be_visible()
    page.goto("/console/access/schedules/add/")
    page.get_by_label("Name").fill("Office hours")
    draw(page, "day-1", 8, 12)
    text = page.get_by_label("Monday, hours as text")
    expect(text).to_have_value("08:00-12:00")
    draw(page, "day-1", 13, 16)
    draw(page, "day-1", 15.9, 17)  # an end is pulled
    expect(text).to_have_value("08:00-12:00, 13:00-17:00")
    # Keys: the part has the focus; it is moved, its end and its beginning too, and taken away.
    bar = page.get_by_role("button", name="Monday, 13:00 to 17:00")
    expect(bar).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+ArrowLeft")
    expect(text).to_have_value("08:00-12:00, 13:00-17:30")
    page.keyboard.press("Enter")
    page.keyboard.type("12:30")
    page.keyboard.press("Enter")
    expect(text).to_have_value("08:00-12:00, 12:30-17:30")
    page.keyboard.press("Delete")
    expect(text).to_have_value("08:00-12:00")
    # Text: what is wrong is named, and nothing is saved meanwhile.
    friday = page.get_by_label("Friday, hours as text")
    friday.fill("9-17, 16-18")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#schedule")).to_contain_text("overlap")
    friday.fill("9-15:30")
    page.get_by_role("button", name="Copy Monday to other days").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="Friday").uncheck()
    dialog.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name="Other hours on these holidays").click()
    check_access(page)
    screenshot(page, "schedule")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("table")).to_contain_text("Mon–Thu 08:00–12:00 · Fri 09:00–15:30")
    check_access(page)
    screenshot(page, "schedules")

    def kept() -> tuple[list[list[list[int]]], list[list[list[int]]]]:
        schedule = Schedule.objects.get()
        return schedule.days, [row.intervals for row in schedule.holidays.all()]

    morning = [[480, 720]]
    assert console_server.database(kept) == ([[], *[morning] * 4, [[540, 930]], []], [[]])


def test_a_file_with_faults_then_a_good_one_and_back(
    console_server: ConsoleServer, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot, tmp_path: Path
) -> None:
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("number,name,email\n1001,Ada Abel,ada@example.com\n0,Nobody,nowhere\n", encoding="utf-8")
    good.write_text(f"number,name,cards\n1001,Ada Abel,{CARD}\n1002,{EVIL},\n", encoding="utf-8")
    page = sign_in(target="/console/people/import/")
    check_access(page)
    page.locator("input[type=file]").set_input_files(bad)
    step = page.locator("#step")
    expect(step).to_contain_text("2 faults")
    expect(step.get_by_role("row").filter(has_text="nowhere")).to_contain_text("email")
    check_access(page)
    screenshot(page, "import-faults")
    assert console_server.database(Person.objects.count) == 0
    page.get_by_role("button", name="Another file").click()
    page.locator("input[type=file]").set_input_files(good)
    expect(step).to_contain_text("Nothing was changed yet")
    expect(step.get_by_role("row").filter(has_text="1002")).to_contain_text(EVIL)
    check_access(page)
    screenshot(page, "import")
    assert console_server.database(Person.objects.count) == 0
    page.get_by_role("button", name="Import these people").click()
    expect(step).to_contain_text("Imported: good.csv")
    assert console_server.database(Card.objects.get).number == CARD
    page.get_by_role("link", name="To the people").click()
    expect(page.get_by_role("link", name=EVIL)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    page.goto("/console/people/import/")
    page.get_by_role("button", name="good.csv").click()
    page.get_by_role("button", name="Undo it").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo it").click()
    expect(step).to_contain_text("Undone: good.csv")
    assert console_server.database(Person.objects.count) == 0


def _fifty_people() -> None:
    for number in range(1, 56):
        create_person({"name": EVIL if number == 1 else f"Person {number:02}"}, number=1000 + number)
    group = AccessGroup.objects.create(number=1, name=EVIL)
    AccessRight.objects.bulk_create([AccessRight(group=group, door=door) for door in Door.objects.all()])


@pytest.mark.seed(fill=_fifty_people)
def test_many_at_once_and_who_may_only_look(
    console_server: ConsoleServer,
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
    guard: Guard,
) -> None:
    page = sign_in(target="/console/people/")
    expect(page.get_by_role("link", name=EVIL)).to_be_visible()
    check_access(page)
    page.get_by_role("checkbox", name="Choose all on this page").check()
    bar = page.get_by_role("region", name="What to do with the chosen people")
    expect(bar).to_contain_text("50 chosen")
    bar.get_by_role("button", name="Choose all 55 that were found").click()
    screenshot(page, "people")
    bar.get_by_role("button", name="Add to group").click()
    page.get_by_role("radio", name=EVIL).check()
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("55 of 55 done")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("searchbox").fill("Person 07")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("row", name=re.compile("Person 07"))).to_contain_text(EVIL)
    page.get_by_role("checkbox", name="Choose Person 07").check()
    bar.get_by_role("button", name="Block", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Block").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("row", name=re.compile("Person 07"))).to_contain_text("blocked")
    assert page.locator("img[src=x]").count() == 0
    # Who may only look finds no button, and no way around it.
    page.context.clear_cookies()
    console_server.account("mona", "monitor")
    sign_in("mona", target="/console/people/1007/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Person 07")
    for name in ("Change", "Delete", "Card", "Groups"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    guard.allow("status of 40[13]")
    answer = page.goto("/console/people/add/")
    assert answer is not None
    assert answer.status == 403


@pytest.mark.seed(fill=lambda: create_person({"name": EVIL}, number=1001))
def test_a_card_is_read_at_a_device_and_its_owner_is_erased(
    console_server: ConsoleServer, devices: Devices, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    site = devices(1, models=["biostation-t2"])
    let_in(console_server, site, "Reception")
    device = site.site.diallers[0].device

    async def show_a_card() -> None:
        device.readers.show_card(CARD)

    page = sign_in(target="/console/people/1001/")
    expect(page.get_by_role("heading", level=1)).to_have_text(EVIL)
    page.get_by_role("button", name="Read at a device").click()
    dialog = page.get_by_role("dialog", name="Read at a device")
    expect(dialog.get_by_label("Device")).to_contain_text("Reception")
    check_access(page)
    screenshot(page, "read-at-a-device")
    site.run(show_a_card())
    dialog.get_by_role("button", name="Begin").click()
    expect(dialog).to_contain_text(f"Card {CARD}")
    dialog.get_by_label("Label").fill("blue")
    dialog.get_by_role("button", name="Give it to the person").click()
    expect(page.locator("#credentials")).to_contain_text(f"Card {CARD}")
    page.get_by_role("button", name="Erase", exact=True).click()
    dialog = page.get_by_role("dialog", name=re.compile("Erase"))
    expect(dialog).to_contain_text("under a pseudonym")
    erase = dialog.get_by_role("button", name="Erase for good")
    expect(erase).to_be_disabled()
    check_access(page)
    screenshot(page, "erase")
    dialog.get_by_label(re.compile("Type the number")).fill("1001")
    erase.click()
    expect(page.get_by_role("heading", name="Nobody yet")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert console_server.database(lambda: (Person.objects.count(), Card.objects.count())) == (0, 0)


def test_a_running_device_is_taken_over(
    console_server: ConsoleServer, devices: Devices, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    site = devices(1, models=["biostation-t2"])
    let_in(console_server, site, "Old gate")
    page = sign_in(target="/console/people/take-over/")
    expect(page.get_by_role("checkbox", name="Old gate")).to_be_checked()
    check_access(page)
    page.get_by_role("button", name="Read 1 device").click()
    step = page.locator("#step")
    expect(step).to_contain_text("What was found", timeout=30_000)
    check_access(page)
    screenshot(page, "take-over")
    assert console_server.database(Person.objects.count) == 0
    page.get_by_role("button", name="Bring it in").click()
    expect(step).to_contain_text("Taken over")
    assert console_server.database(Person.objects.count) == 3
