from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from doorward.protocol.biostar1.redial import ServerAddress
from doorward.server.devices.models import ConnectionHistory
from doorward.server.errors import ServerRuns
from doorward.server.events.models import Event
from doorward.server.operators.services import create_token
from doorward.server.run import Server
from doorward.server.system.models import ServerRun
from doorward.server.system.services import running_server
from doorward.server.web import WebServer
from doorward.simulator.server_site import ServerModeSite
from doorward.simulator.site import VirtualSite
from doorward.transport import Address
from doorward.transport.bound_socket import listening_socket
from tests.server.accounts import administrator
from tests.server.conftest import SETTINGS
from tests.server.http import StreamClient, call


def administrator_token() -> str:
    return create_token(administrator(), "test")[1]


@asynccontextmanager
async def running_site() -> AsyncIterator[tuple[Server, int]]:
    settings = replace(
        SETTINGS,
        devices=replace(SETTINGS.devices, address="127.0.0.1", port=0, identify_seconds=0.1),
        web=replace(SETTINGS.web, port=0),
    )
    web = WebServer(listening_socket(Address("127.0.0.1", 0)))
    server = Server(settings)
    try:
        async with server.running(web):
            yield server, web.port
    finally:
        await web.stop()


async def eventually(condition: Callable[[], Awaitable[Any]], seconds: float = 15.0) -> Any:
    """Wait until a condition of the database holds, looked at again and again; gives it."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):  # noqa: ASYNC110 - it changes in another thread
            await asyncio.sleep(0.05)
    return found


async def test_from_the_wire_to_a_reader_of_the_stream(each_database: str) -> None:
    token = await sync_to_async(administrator_token)()
    async with running_site() as (server, port):
        address = server.gateway.addresses[0]
        devices = VirtualSite(3, models=["biostation", "bioentry-plus", "d-station"], people=2)
        ids = sorted(device.device_id for device in devices.devices)
        async with ServerModeSite(devices, ServerAddress(*address), rate=20, repeat_share=0.3) as site:
            # A stranger shows as waiting and nothing of it is kept.

            async def all_wait() -> bool:
                return len((await call(port, "GET", "/api/v1/devices?approval=waiting", token))[1]["items"]) == 3

            await eventually(all_wait)
            assert not await Event.objects.aexists()
            client = StreamClient(port, token, "?after=0")
            for device_id in ids:
                status, shown = await call(port, "POST", f"/api/v1/devices/{device_id}/approve", token)
                assert (status, shown["approval"], shown["approval_by"]) == (200, "approved", "admin")
                assert shown["approved_address"]
            async with asyncio.timeout(60):
                await site.all_live()
                await client.follow(40)
                await client.follow(80)
            _, listed = await call(port, "GET", "/api/v1/devices", token)
            assert {item["state"] for item in listed["items"]} <= {"live", "catching up"}
            # Blocked: dropped, and it stays out.
            status, shown = await call(port, "POST", f"/api/v1/devices/{ids[0]}/block", token)
            assert (status, shown["approval"]) == (200, "blocked")
            await eventually(ConnectionHistory.objects.filter(device=ids[0], state="blocked", by="").aexists)
    positions = [event["position"] for event in client.events]
    assert positions == sorted(set(positions))
    kept = [position async for position in Event.objects.order_by("position").values_list("position", flat=True)]
    assert positions == kept[: len(positions)]
    event = client.events[0]
    assert event["device"] in ids
    assert event["words"]
    assert event["device_time"]
    run = await ServerRun.objects.aget()
    assert run.stopped is not None
    assert await sync_to_async(running_server)() is None


async def test_two_servers_do_not_share_a_database(database: str) -> None:
    await ServerRun.objects.acreate(
        started=timezone.now(), beat=timezone.now(), host="another-machine", process=1, version="1"
    )
    with pytest.raises(ServerRuns, match="another-machine"):
        async with running_site():
            pass
