"""The pages of devices in a real browser: the tree, many at once, one device, its settings."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from doorward.server.devices.models import Device, DeviceGroup
from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer, DeviceSite
from tests.console.guard import Guard
from tests.server.events.traffic import add_device

EVIL = "<img src=x onerror=alert(1)>"


def tree_of_groups() -> None:
    """Two buildings, one with floors."""
    house = DeviceGroup.objects.create(name="Headquarters")
    DeviceGroup.objects.create(name="Ground floor", parent=house)
    DeviceGroup.objects.create(name="First floor", parent=house)
    DeviceGroup.objects.create(name="Warehouse")


def name_devices(ids: list[int]) -> None:
    """Give devices of the test names and places."""
    groups = list(DeviceGroup.objects.order_by("pk"))
    places = [("Main entrance", 1), ("Back door", 1), ("Laboratory", 2), ("Gate", 3), ("Cold store", 3)]
    for number, (name, group) in zip(ids, places, strict=False):
        Device.objects.filter(pk=number).update(name=name, group=groups[group])


@pytest.mark.seed(fill=tree_of_groups)
def test_many_devices_at_once(
    console_server: ConsoleServer,
    devices: Callable[..., DeviceSite],
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
    guard: Guard,
) -> None:
    # The browser notes the answer of a device that does not obey.
    guard.allow("409")
    site = devices(5, models=["biostation-t2", "bioentry-plus", "x-station"])
    page = sign_in(target="/console/devices/")
    for number in site.ids:
        expect(page.get_by_role("link", name=str(number))).to_be_visible()
    console_server.database(lambda: name_devices(site.ids))
    page.reload()
    expect(page.get_by_role("row", name=re.compile("Main entrance"))).to_contain_text("waiting for approval")
    check_access(page)
    page.evaluate("scrollTo(0, 0)")
    # Everything in two groups is chosen, and let in together.
    page.get_by_role("checkbox", name="Choose all in Headquarters").check()
    page.get_by_role("checkbox", name="Choose Gate").check()
    expect(page.get_by_text("4 chosen")).to_be_visible()
    screenshot(page, "devices-chosen")
    page.get_by_role("region", name="What to do").get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog", name="Approve")
    expect(dialog).to_contain_text("let in at the address")
    expect(dialog).to_contain_text("4 devices: ")
    screenshot(page, "devices-bulk-question")
    check_access(page)
    dialog.get_by_role("button", name="Approve").click()
    expect(dialog.get_by_text("4 of 4 done")).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="Gate")).to_contain_text("Let in at 127.")
    screenshot(page, "devices-bulk-done")
    check_access(page)
    dialog.get_by_role("button", name="Close").click()
    row = page.get_by_role("row", name=re.compile("Main entrance"))
    expect(row.get_by_text("live", exact=True)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Cold store"))).to_contain_text("waiting for approval")
    screenshot(page, "devices")
    check_access(page)
    # A device that answers with an error shows it, beside those that obey.
    page.get_by_role("checkbox", name="Choose Cold store").check()
    page.get_by_role("region", name="What to do").get_by_role("button", name="Set clock").click()
    dialog = page.get_by_role("dialog", name="Set clock")
    dialog.get_by_role("button", name="Set clock").click()
    expect(dialog.get_by_text("4 of 5 done, 1 failed")).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="Cold store")).to_contain_text("is not connected")
    screenshot(page, "devices-bulk-failed")
    dialog.get_by_role("button", name="Close").click()
    # What is filtered stays in the address.
    page.get_by_role("searchbox").fill("store")
    expect(page.get_by_role("row", name=re.compile("Main entrance"))).to_have_count(0)
    expect(page).to_have_url(re.compile("q=store"))


@pytest.mark.seed(fill=tree_of_groups)
def test_the_tree_by_keys(console_server: ConsoleServer, devices: Callable[..., DeviceSite], sign_in: SignIn) -> None:
    site = devices(3, models=["x-station"])
    page = sign_in(target="/console/devices/")
    expect(page.get_by_role("link", name=str(site.ids[0]))).to_be_visible()
    console_server.database(lambda: name_devices(site.ids))
    page.reload()
    house = page.get_by_role("row", name=re.compile("Headquarters"))
    house.focus()
    expect(house).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowLeft")
    expect(house).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("row", name=re.compile("Laboratory"))).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    laboratory = page.get_by_role("row", name=re.compile("Laboratory"))
    expect(laboratory).to_be_focused()
    page.keyboard.press(" ")
    expect(laboratory).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("row", name=re.compile("First floor"))).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/console/devices/\d+/"))


def test_names_of_devices_are_text_and_who_lacks_a_right_sees_no_button(
    console_server: ConsoleServer, sign_in: SignIn
) -> None:
    def fill() -> None:
        group = DeviceGroup.objects.create(name=EVIL)
        add_device(7, name=EVIL, group=group, last_address=EVIL)

    console_server.database(fill)
    console_server.account("mona", "monitor")
    page = sign_in("mona", target="/console/devices/")
    expect(page.get_by_role("link", name=EVIL)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    page.get_by_role("checkbox", name=re.compile("Choose <img")).first.check()
    expect(page.get_by_text("chosen", exact=False).first).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.goto("/console/devices/7/")
    expect(page.get_by_role("heading", level=1)).to_have_text(EVIL)
    assert page.locator("img[src=x]").count() == 0


def test_one_device_and_its_settings(
    console_server: ConsoleServer,
    devices: Callable[..., DeviceSite],
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    site = devices(1, models=["biostation-t2"])
    number = site.ids[0]
    page = sign_in(target="/console/devices/")
    page.get_by_role("link", name=str(number)).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(str(number))
    state = page.locator("#state")
    expect(state).to_contain_text("waiting for approval")
    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog", name=re.compile("Approve"))
    expect(dialog).to_contain_text("let in at the address")
    dialog.get_by_role("button", name="Approve").click()
    expect(state.get_by_text("live", exact=True)).to_be_visible()
    expect(page.locator("#history")).to_contain_text("Approved at 127.")
    page.reload()
    page.get_by_role("button", name="Ask it").click()
    expect(page.locator("#information")).to_contain_text("Firmware")
    check_access(page)
    page.evaluate("scrollTo(0, 0)")
    screenshot(page, "device")
    # Settings: read, changed, changed behind our back, kept.
    page.get_by_role("button", name="Doors", exact=True).click()
    family = page.locator("#family")
    expect(family.get_by_role("heading", name="Doors")).to_be_visible()
    family.get_by_text("Door 1", exact=True).click()
    expect(family).to_contain_text("Seconds the relay stays on")
    family.get_by_role("button", name="Change").click()
    family.get_by_text("Door 1", exact=True).click()
    family.get_by_label("Open time").first.fill("9")
    family.get_by_role("button", name="Write to the device").click()
    dialog = page.get_by_role("dialog", name=re.compile("Write to"))
    expect(dialog).to_contain_text(re.compile("Open time: [0-9]+ → 9"))
    dialog.get_by_role("button", name="Write", exact=True).click()
    expect(page.get_by_text("The device took the settings.")).to_be_visible()
    device = site.site.dialler(number).device
    assert device.configuration.doors.doors[0].open_time == 9
    content = bytearray(device.configuration.content(0x60) or b"")
    content[16] = 4

    async def at_the_device() -> None:
        device.configuration.write(0x60, bytes(content))

    site.run(at_the_device())
    family.get_by_role("button", name="Read again").click()
    expect(family).to_contain_text("1 setting at the device differs from what is stored")
    page.get_by_role("button", name="Close").last.click()
    page.locator("#settings-card").evaluate("card => card.scrollIntoView()")
    page.mouse.wheel(0, -70)
    check_access(page)
    screenshot(page, "device-settings")
    family.get_by_role("button", name="Keep what the device has").click()
    expect(family.get_by_text("differs from what is stored")).to_have_count(0)
    page.get_by_role("button", name="Network settings").click()
    expect(family.get_by_label("Subnet mask")).to_have_value(re.compile(r"255\."))
    page.get_by_role("button", name="Close").last.click()
    page.locator("#settings-card").evaluate("card => card.scrollIntoView()")
    check_access(page)
    screenshot(page, "device-network")


def test_a_device_that_is_not_wanted_is_removed(
    console_server: ConsoleServer, devices: Callable[..., DeviceSite], sign_in: SignIn
) -> None:
    console_server.database(lambda: add_device(7, approval="blocked"))
    page = sign_in(target="/console/devices/7/")
    page.get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog", name=re.compile("Remove"))
    expect(dialog).to_contain_text("events, gaps and alarms stay")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No device yet")).to_be_visible()


def test_what_is_done_with_many_can_be_stopped(
    console_server: ConsoleServer, sign_in: SignIn, screenshot: Screenshot, guard: Guard
) -> None:
    guard.allow("409")

    def fill() -> None:
        for number in range(1, 10):
            add_device(number, name=f"Door {number}", approval="approved", model="xpass")

    console_server.database(fill)
    held: list[Route] = []
    page = sign_in(target="/console/devices/")
    page.route("**/sync-time", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handlers
    for number in range(1, 10):
        page.get_by_role("checkbox", name=f"Choose Door {number}").check()
    page.get_by_role("region", name="What to do").get_by_role("button", name="Set clock").click()
    dialog = page.get_by_role("dialog", name="Set clock")
    dialog.get_by_role("button", name="Set clock").click()
    expect(dialog.get_by_text("under way")).to_have_count(4)
    dialog.get_by_role("button", name="Stop").click()
    expect(dialog.get_by_role("status")).to_contain_text("what was begun is finished first")
    for route in held:
        route.continue_()
    expect(dialog.get_by_role("status")).to_have_text("0 done, 4 failed, 5 not begun")
    expect(dialog.get_by_text("not begun", exact=True)).to_have_count(5)
    assert len(held) == 4
