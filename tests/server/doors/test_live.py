"""Doors behind a running server: virtual devices do what is asked, and what happens at them is shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from asgiref.sync import sync_to_async

from doorward.protocol.biostar1.redial import ServerAddress
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.services import approve
from doorward.server.doors.follower import forget_states
from doorward.server.doors.models import Door, FollowedPosition
from doorward.server.operators.services import create_token
from doorward.server.run import Server
from doorward.server.web import WebServer
from doorward.simulator.server_site import ServerModeSite
from doorward.simulator.site import VirtualSite
from doorward.simulator.virtual_device import VirtualDevice
from doorward.transport import Address
from doorward.transport.bound_socket import listening_socket
from tests.server.accounts import account, administrator
from tests.server.conftest import SETTINGS
from tests.server.http import request

LONGEST = 20.0


class Site:
    """A server with one device.

    Attributes:
        server: The server.
        port: Of its API.
        device: The device.
        token: May do everything.
    """

    def __init__(self, server: Server, port: int, device: VirtualDevice, token: str) -> None:
        self.server, self.port, self.device, self.token = server, port, device, token

    async def call(self, method: str, path: str, token: str = "") -> tuple[int, Any]:
        headers = [f"Authorization: Bearer {token or self.token}", "Content-Length: 0"]
        async with request(self.port, method, f"/api/v1{path}", *headers) as (status, body):
            return status, json.loads(await body.read())

    async def door(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = (await self.call("GET", "/doors"))[1]["items"]
        return found[0]

    async def until(self, condition: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Wait until the door is as a condition wants it."""
        async with asyncio.timeout(LONGEST):
            while not condition(door := await self.door()):  # noqa: ASYNC110 - it changes in the database
                await asyncio.sleep(0.05)
            return door


@asynccontextmanager
async def running(devices: VirtualSite, token: str) -> AsyncIterator[Site]:
    settings = replace(
        SETTINGS,
        devices=replace(SETTINGS.devices, address="127.0.0.1", port=0, identify_seconds=0.1),
        web=replace(SETTINGS.web, port=0),
    )
    web = WebServer(listening_socket(Address("127.0.0.1", 0)))
    server = Server(settings)
    try:
        async with server.running(web):  # noqa: SIM117 - its port is known then
            async with ServerModeSite(devices, ServerAddress(*server.gateway.addresses[0])) as site:
                device = devices.devices[0]
                assert isinstance(device, VirtualDevice)
                await _until_seen(device.device_id)
                await sync_to_async(approve)(device.device_id, by="test")
                await site.all_live()
                yield Site(server, web.port, device, token)
    finally:
        await web.stop()


async def _until_seen(device_id: int) -> None:
    from doorward.server.devices.models import Device

    async with asyncio.timeout(LONGEST):
        while not await Device.objects.filter(pk=device_id).aexists():  # noqa: ASYNC110 - it changes in the database
            await asyncio.sleep(0.05)


def token_of(name: str, role: str) -> str:
    return create_token(account(name, role), "test")[1]


def administrator_token() -> str:
    return create_token(administrator(), "test")[1]


async def test_a_door_from_opening_to_lock_down(each_database: str) -> None:
    token = await sync_to_async(administrator_token)()
    watcher = await sync_to_async(token_of)("watcher", "monitor")
    async with running(VirtualSite(1, models=["biostation-t2"], people=1), token) as site:
        device = site.device
        # The device was asked by itself how its door is set up.
        door = await site.until(lambda door: door["settings_read"])
        assert (door["has_relay"], door["has_sensor"], door["open_seconds"]) == (True, True, 3)
        path = f"/doors/{door['id']}"

        status, refused = await site.call("POST", f"{path}/open", watcher)
        assert (status, refused["error"]) == (403, "watcher lacks the right doors.open here.")
        assert not device.doors.state(0).relay_on

        status, done = await site.call("POST", f"{path}/open")
        assert (status, done["words"]) == (200, "Door 1 was opened for its opening time.")
        assert device.doors.state(0).relay_on
        assert (done["door"]["lock"], done["door"]["lock_by"], done["door"]["connected"]) == ("unlocked", "admin", True)
        device.open_door()
        await site.until(lambda door: door["leaf"] == "open")
        device.close_door()
        door = await site.until(lambda door: door["leaf"] == "closed")
        assert (await site.call("POST", f"{path}/lock"))[0] == 200
        assert not device.doors.state(0).relay_on
        assert (await site.door())["lock"] == "locked"

        assert (await site.call("POST", f"{path}/hold-open"))[0] == 200
        assert device.doors.state(0).relay_on
        door = await site.door()
        assert (door["mode"], door["mode_by"], door["lock"], door["unlocked_until"]) == (
            "held open", "admin", "unlocked", None,
        )  # fmt: skip
        assert (await site.call("POST", f"{path}/lock-down"))[0] == 200
        device.press_exit_button()
        assert not device.doors.state(0).relay_on
        status, refused = await site.call("POST", f"{path}/open")
        assert status == 409
        assert "locked down" in refused["error"]
        assert (await site.call("POST", f"{path}/normal"))[0] == 200
        assert (await site.call("POST", f"{path}/open"))[0] == 200
        assert (await site.door())["mode"] == "normal"
    entries = [
        (entry.action, entry.outcome)
        async for entry in AuditEntry.objects.filter(action__startswith="door.").order_by("pk")
        if entry.actor == "admin"
    ]
    assert entries == [
        ("door.open", "done"),
        ("door.lock", "done"),
        ("door.hold-open", "done"),
        ("door.lock-down", "done"),
        ("door.open", "refused"),
        ("door.normal", "done"),
        ("door.open", "done"),
    ]
    assert await AuditEntry.objects.filter(actor="watcher", outcome="refused").acount() == 1


async def test_a_forced_door_from_alarm_to_acknowledgement(database: str) -> None:
    token = await sync_to_async(administrator_token)()
    devices = VirtualSite(1, models=["bioentry-plus"], people=1)
    async with running(devices, token) as site:
        await site.until(lambda door: door["settings_read"])
        site.device.force_door()
        door = await site.until(lambda door: door["forced_since"])
        assert door["leaf"] == "open"
        assert (await site.call("GET", "/doors?alarm=true"))[1]["items"][0]["id"] == door["id"]
        (alarm,) = (await site.call("GET", f"/alarms?state=open&door={door['id']}"))[1]["items"]
        assert (alarm["kind"], alarm["cleared"], alarm["door"]) == ("door-forced-open-0", None, door["id"])
        site.device.hold_door()
        await site.until(lambda door: door["held_since"])
        assert len((await site.call("GET", "/alarms?state=open"))[1]["items"]) == 2
        site.device.close_door()
        await site.until(lambda door: not door["forced_since"] and not door["held_since"])
        status, seen = await site.call("POST", f"/alarms/{alarm['id']}/acknowledge")
        assert (status, seen["state"], seen["acknowledged_by"]) == (200, "acknowledged", "admin")
        assert seen["cleared"]


async def test_states_are_there_again_after_a_restart_and_can_be_made_anew(database: str) -> None:
    token = await sync_to_async(administrator_token)()
    devices = VirtualSite(1, models=["biostation-t2"], people=1)
    async with running(devices, token) as site:
        await site.until(lambda door: door["settings_read"])
        site.device.force_door()
        before = await site.until(lambda door: door["forced_since"])
        assert (await site.call("POST", f"/doors/{before['id']}/hold-open"))[0] == 200
        before = await site.door()
    kept = await FollowedPosition.objects.aget()
    assert kept.position > 0

    def state() -> tuple[Any, ...]:
        state = Door.objects.select_related("state").get().state
        return state.lock, state.leaf, state.mode, state.mode_by, state.forced_since

    stood = await sync_to_async(state)()
    await sync_to_async(forget_states)()
    assert (await sync_to_async(state)())[:3] == ("unknown", "unknown", "normal")
    server = Server(replace(SETTINGS, devices=replace(SETTINGS.devices, address="127.0.0.1", port=0)))
    web = WebServer(listening_socket(Address("127.0.0.1", 0)))
    try:
        async with server.running(web), asyncio.timeout(LONGEST):
            while await sync_to_async(state)() != stood:  # noqa: ASYNC110 - it changes in the database
                await asyncio.sleep(0.05)
    finally:
        await web.stop()
