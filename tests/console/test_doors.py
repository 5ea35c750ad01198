"""Doors, their alarms and floor plans, as operators work with them; the doors are those of virtual devices."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import Device
from doorward.server.devices.services import approve
from doorward.server.doors.models import Door, DoorPlacement
from doorward.simulator.virtual_device import VirtualDevice
from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer, DeviceSite
from tests.console.guard import Guard
from tests.server.doors.drawing import drawn_plan

Devices = Callable[..., DeviceSite]
NASTY = "<img src=x onerror=alert(1)>"
NAMES = ["Main entrance", "Loading bay", "Server room", "Workshop", "Canteen", "Archive"]


class Doors:
    """The doors of virtual devices that were let in.

    Attributes:
        site: The devices.
        server: The server.
    """

    def __init__(self, server: ConsoleServer, site: DeviceSite, names: list[str]) -> None:
        self.server, self.site = server, site
        server.database(lambda: self._let_in(names))
        site.all_live()
        self._until_read(len(names))

    def _let_in(self, names: list[str]) -> None:
        import time

        deadline = time.monotonic() + 20
        while Device.objects.count() < len(names):
            assert time.monotonic() < deadline, "the devices do not show"
            time.sleep(0.05)
        for device_id, name in zip(self.site.ids, names, strict=True):
            approve(device_id, by="test")
            Door.objects.filter(device=device_id).update(name=name)

    def _until_read(self, count: int) -> None:
        import time

        deadline = time.monotonic() + 20
        while self.server.database(lambda: Door.objects.filter(read_at__isnull=False).count()) < count:
            assert time.monotonic() < deadline, "the devices do not tell how their doors are set up"
            time.sleep(0.05)

    def at(self, place: int, act: Callable[[VirtualDevice], object]) -> object:
        """Do something at a device, in the thread in which it lives."""
        device = self.site.site.diallers[place].device

        async def do() -> object:
            return act(device)

        return self.site.run(do())

    def is_unlocked(self, place: int) -> bool:
        """Whether the relay of a device is on: the device itself is asked."""
        return bool(self.at(place, lambda device: device.doors.state(0).relay_on))


@pytest.fixture
def doors(console_server: ConsoleServer, devices: Devices) -> Doors:
    models = ["biostation-t2", "bioentry-plus", "d-station", "xpass", "biostation", "bioentry-w"]
    return Doors(console_server, devices(len(NAMES), models=models), NAMES)


def test_an_operator_opens_a_door(
    console_server: ConsoleServer,
    doors: Doors,
    size: str,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    console_server.account("olga", "operator")
    console_server.database(lambda: Door.objects.filter(name="Archive").update(name=NASTY))
    sign_in("olga", target="/console/doors/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Doors")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.locator("li.dr-door")).to_have_count(len(NAMES))
    check_access(page)
    main = page.locator("li.dr-door").filter(has_text="Main entrance")
    assert not doors.is_unlocked(0)
    main.get_by_role("button", name="Open Main entrance", exact=True).click()
    expect(main).to_contain_text("Unlocked")
    assert doors.is_unlocked(0)
    expect(main).to_contain_text("by olga")
    doors.at(0, lambda device: device.open_door())
    expect(main).to_contain_text("door open")
    doors.at(0, lambda device: device.close_door())
    expect(main).to_contain_text("Locked")
    expect(main).to_contain_text("door closed")

    bay = page.locator("li.dr-door").filter(has_text="Loading bay")
    bay.get_by_role("button", name="Hold open").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("stays unlocked for everybody")
    check_access(page)
    screenshot(page, "door-hold-open")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).not_to_be_visible()
    assert not doors.is_unlocked(1)
    bay.get_by_role("button", name="Hold open").click()
    dialog.get_by_label("Reason").fill("delivery")
    dialog.get_by_role("button", name="Hold open").click()
    expect(bay).to_contain_text("Held open")
    assert doors.is_unlocked(1)

    room = page.locator("li.dr-door").filter(has_text="Server room")
    room.get_by_role("button", name="Lock down").click()
    expect(dialog).to_contain_text("exit button")
    dialog.get_by_role("button", name="Lock down").click()
    expect(room).to_contain_text("Locked down")
    doors.at(2, lambda device: device.press_exit_button())
    assert not doors.is_unlocked(2)
    page.get_by_role("button", name="Not as usual").click()
    expect(page.locator("li.dr-door:visible")).to_have_count(2)
    page.get_by_role("button", name="All", exact=True).click()
    check_access(page)

    room.get_by_role("button", name="Return to normal").click()
    dialog.get_by_role("button", name="Return to normal").click()
    expect(room.get_by_role("button", name="Open Server room", exact=True)).to_be_visible()
    # Names are text, whatever they hold.
    expect(page.get_by_role("heading", name=NASTY, exact=True)).to_be_visible()
    page.get_by_label("Find a door").fill("img src")
    expect(page.locator("li.dr-door:visible")).to_have_count(1)
    page.get_by_label("Find a door").fill("nothing like it")
    expect(page.get_by_text("No door is like that")).to_be_visible()
    entry = console_server.database(lambda: AuditEntry.objects.get(action="door.hold-open"))
    assert (entry.actor, entry.via, entry.outcome, entry.after) == (
        "olga", "console", "done", {"door": 0, "reason": "delivery"},
    )  # fmt: skip


def test_a_monitor_sees_and_is_refused(
    console_server: ConsoleServer, doors: Doors, page: Page, sign_in: SignIn, check_access: CheckAccess, guard: Guard
) -> None:
    console_server.account("mona", "monitor")
    sign_in("mona", target="/console/doors/")
    main = page.locator("li.dr-door").filter(has_text="Main entrance")
    expect(main.locator("[data-action=open]")).to_be_disabled()
    expect(main).to_contain_text("Your roles do not include opening this door.")
    expect(main.get_by_role("button", name="Settings")).to_have_count(0)
    check_access(page)
    # Whoever goes round the page is refused by the server.
    guard.allow("403")
    door_id = main.get_attribute("data-door")
    answer = page.evaluate(
        """async (id) => {
          const {post} = await import("/static/console/api.js");
          try { await post(`/api/v1/doors/${id}/open`, {}); return null; }
          catch (error) { return [error.status, error.message]; }
        }""",
        door_id,
    )
    assert answer == [403, "mona lacks the right doors.open here."]
    assert not doors.is_unlocked(0)
    refused = console_server.database(lambda: AuditEntry.objects.get(outcome="refused"))
    assert (refused.actor, refused.action, refused.object_name) == ("mona", "refused doors.open", "Main entrance")


def test_a_door_is_named(doors: Doors, page: Page, sign_in: SignIn, check_access: CheckAccess) -> None:
    sign_in(target="/console/doors/")
    page.get_by_role("button", name="Settings of Canteen").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Opens for")
    check_access(page)
    dialog.get_by_label("Name").fill("Kitchen")
    dialog.get_by_label("In use").uncheck()
    dialog.get_by_role("button", name="Save").click()
    kitchen = page.locator("li.dr-door").filter(has_text="Kitchen")
    expect(kitchen).to_contain_text("Not in use")
    expect(kitchen.locator("[data-action=open]")).to_have_count(0)


def test_from_an_alarm_to_its_acknowledgement(
    console_server: ConsoleServer,
    doors: Doors,
    size: str,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    console_server.account("olga", "operator")
    sign_in("olga", target="/console/doors/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.get_by_role("heading", name="Open door alarms")).not_to_be_visible()
    doors.at(3, lambda device: device.force_door())
    workshop = page.locator("li.dr-door").filter(has_text="Workshop")
    expect(workshop).to_contain_text("Forced open")
    alarm = page.locator("li.dr-alarm").filter(has_text="Workshop")
    expect(alarm).to_contain_text("Forced open")
    doors.at(1, lambda device: device.hold_door())
    doors.at(4, lambda device: device.press_exit_button())
    doors.at(4, lambda device: device.open_door())
    doors.at(4, lambda device: device.hold_door())
    expect(page.locator("li.dr-door").filter(has_text="Canteen")).to_contain_text("Open for too long")
    expect(page.locator("li.dr-alarm")).to_have_count(4)
    for name, act in (("Main entrance", "Hold open"), ("Server room", "Lock down")):
        page.locator("li.dr-door").filter(has_text=name).get_by_role("button", name=act).click()
        page.get_by_role("dialog").get_by_role("button", name=act).click()
        expect(page.locator("li.dr-door").filter(has_text=name).get_by_role("button", name="Return")).to_be_visible()
    page.evaluate("document.querySelectorAll('.dw-toast').forEach((note) => note.remove())")
    check_access(page)
    page.evaluate("window.scrollTo(0, 0)")
    screenshot(page, "doors")
    page.evaluate("document.documentElement.classList.add('dark')")
    check_access(page)
    screenshot(page, "doors-dark")
    page.evaluate("document.documentElement.classList.remove('dark')")
    doors.at(3, lambda device: device.close_door())
    expect(workshop).to_contain_text("Locked")
    expect(alarm).to_contain_text("over")
    alarm.get_by_role("button", name="Acknowledge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note").fill("The wind. It is closed again.")
    check_access(page)
    screenshot(page, "alarm-acknowledge")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(alarm).to_have_count(0)

    page.goto("/console/alarms/")
    expect(page.locator("li.dr-alarm")).to_have_count(3)
    check_access(page)
    screenshot(page, "alarms")
    page.get_by_role("button", name="Acknowledge all shown").click()
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("No open alarm")).to_be_visible()
    # What comes now shows by itself.
    doors.at(0, lambda device: device.tamper(on=True))
    expect(page.locator("li.dr-alarm")).to_have_count(1)
    page.get_by_role("link", name="Acknowledged").click()
    done = page.locator("li.dr-alarm").filter(has_text="Workshop")
    expect(done).to_contain_text("Acknowledged by olga")
    expect(done).to_contain_text("The wind. It is closed again.")
    check_access(page)
    screenshot(page, "alarms-acknowledged")
    done.get_by_role("button", name="Add a note").click()
    dialog.get_by_label("Note").fill("<b>Hinges</b> checked")
    dialog.get_by_role("button", name="Add").click()
    expect(done).to_contain_text("olga: <b>Hinges</b> checked")


def test_a_floor_plan(
    console_server: ConsoleServer,
    doors: Doors,
    size: str,
    tmp_path: Path,
    page: Page,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
    guard: Guard,
) -> None:
    guard.allow("status of 422")
    picture = tmp_path / "plan.png"
    picture.write_bytes(drawn_plan())
    sign_in(target="/console/floor-plans/")
    expect(page.get_by_text("No floor plans yet")).to_be_visible()
    check_access(page)
    page.get_by_role("button", name="Add floor plan").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Ground floor")
    dialog.get_by_label("Picture").set_input_files({"name": "evil.svg", "mimeType": "image/png", "buffer": b"<svg/>"})
    guarded = page.get_by_role("alert")
    dialog.get_by_role("button", name="Upload").click()
    expect(guarded.first).to_contain_text("PNG, JPEG or WebP")
    dialog.get_by_label("Picture").set_input_files(picture)
    check_access(page)
    dialog.get_by_role("button", name="Upload").click()
    expect(page).to_have_url(re.compile(r"/console/floor-plans/\d+/#place"))

    def place(name: str, keys: list[str]) -> None:
        page.locator("#unplaced-list").get_by_role("button", name=name, exact=False).click()
        for key in keys:
            page.keyboard.press(key)

    place("Main entrance", ["ArrowLeft"] * 15 + ["ArrowDown"] * 44)
    place("Loading bay", ["ArrowRight"] * 24 + ["ArrowUp"] * 40)
    place("Server room", ["ArrowLeft"] * 39 + ["ArrowUp"] * 33)
    place("Canteen", ["Shift+ArrowRight"])
    marker = page.locator(".dr-marker").filter(has_text="Canteen")
    box, plan = marker.bounding_box(), page.locator("#plan").bounding_box()
    assert box is not None
    assert plan is not None
    page.mouse.move(box["x"] + 16, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(plan["x"] + plan["width"] * 0.3, plan["y"] + plan["height"] * 0.3, steps=4)
    page.mouse.move(plan["x"] + plan["width"] * 0.62, plan["y"] + plan["height"] * 0.6, steps=4)
    page.mouse.up()
    place("Workshop", ["Delete"])
    expect(page.locator(".dr-marker")).to_have_count(4)
    check_access(page)
    screenshot(page, "floor-plan-placing")
    expect(page.locator("#plan")).to_have_attribute("data-saved", re.compile(r"^([4-9]|\d\d+)$"))
    page.get_by_role("button", name="Done").click()

    def places() -> dict[str, tuple[float, float]]:
        return {place.door.name: (place.x, place.y) for place in DoorPlacement.objects.select_related("door")}

    found = console_server.database(places)
    assert set(found) == {"Main entrance", "Loading bay", "Server room", "Canteen"}
    assert found["Canteen"] == pytest.approx((0.62, 0.6), abs=0.02)
    assert found["Main entrance"] == pytest.approx((0.25, 0.84), abs=0.001)

    console_server.account("olga", "operator")
    page.context.clear_cookies()
    sign_in("olga", target=page.url.split("#")[0])
    expect(page.get_by_role("button", name="Place doors")).to_have_count(0)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.locator(".dr-marker")).to_have_count(4)
    doors.at(2, lambda device: device.force_door())
    expect(page.locator(".dr-marker").filter(has_text="Server room")).to_have_attribute("data-tone", "bad")
    page.locator(".dr-marker").filter(has_text="Main entrance").click()
    side = page.locator("#door-side")
    side.get_by_role("button", name="Open Main entrance", exact=True).click()
    expect(side).to_contain_text("Unlocked")
    assert doors.is_unlocked(0)
    check_access(page)
    screenshot(page, "floor-plan")
    page.evaluate("document.documentElement.classList.add('dark')")
    check_access(page)
    screenshot(page, "floor-plan-dark")
    page.goto("/console/floor-plans/")
    expect(page.get_by_text("4 doors")).to_be_visible()
    check_access(page)
    screenshot(page, "floor-plans")
