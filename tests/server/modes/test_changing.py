"""From direct to server mode and back, with a real server and a virtual device as its other end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async

from doorward.gateway.collaborators import ConnectionMode, DeviceState
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.choices import Mode
from doorward.server.devices.gateway_views import view_of
from doorward.server.devices.models import Device
from doorward.server.devices.services import add_direct_device
from doorward.server.holds.clients import Client
from doorward.server.holds.models import Hold
from doorward.server.holds.services import open_hold
from doorward.server.modes import services
from doorward.server.modes.models import ModeChange
from doorward.server.operators.actor import CONSOLE, Actor, acting
from doorward.simulator import DialBehaviour, LineBehaviour, RunningDevice
from doorward.simulator.site import VirtualSite
from tests.server.accounts import account
from tests.server.test_run import eventually, running_site
from tests.support.site import own_addresses

UDP = 53_711
DIALS = DialBehaviour(broken_wait=(0.05, 0.1), refused_wait=(0.1, 0.2), restart_seconds=0.1)
KIM = "kim"


@asynccontextmanager
async def direct_site(block: int, *, dials: bool = True) -> AsyncIterator[RunningDevice]:
    """A device that listens, answers UDP, and dials once its settings say so."""
    behaviour = LineBehaviour(udp_port=UDP, restart_seconds=0.1, server_mode=DIALS if dials else None)
    site = VirtualSite(1, models=["biostation-t2"], bind=own_addresses(1, block), people=0, behaviour=behaviour)
    async with site:
        found = site.running[0]
        assert isinstance(found, RunningDevice)
        yield found


def kim() -> Client:
    return Client(Actor(KIM, account(KIM, "installer").pk, CONSOLE))


async def added(device: RunningDevice) -> int:
    network = device.device.network
    number = device.device.device_id
    await sync_to_async(add_direct_device)(number, network.address, by=KIM, port=network.port, model="biostation-t2")
    return number


async def state(device_id: int) -> str:
    row = await Device.objects.select_related("status").aget(pk=device_id)
    status = getattr(row, "status", None)
    return f"{row.mode}: {'' if status is None else status.state}"


def state_is(device_id: int, wanted: str) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return await state(device_id) == wanted

    return look


def is_live(device_id: int, connection: ConnectionMode) -> Callable[[], Awaitable[bool]]:
    """Whether the connection that stands now was made so, and the device is live; the row may tell of one before."""

    async def look() -> bool:
        view = view_of(device_id)
        return view is not None and (view.state, view.connection) == (DeviceState.LIVE, connection)

    return look


def change_is(change: ModeChange, wanted: str) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        await change.arefresh_from_db()
        return change.state == wanted

    return look


def steps(change: ModeChange) -> dict[str, tuple[str, str]]:
    return {step["key"]: (step["state"], step["sends"]) for step in change.steps}


async def begun(device_id: int, target: Mode, client: Client, **values: Any) -> ModeChange:
    def begin() -> ModeChange:
        with acting(client.actor):
            return services.begin(device_id, target, client, udp_port=UDP, **values)

    return await sync_to_async(begin)()


async def test_to_server_mode_and_back_over_the_connection(database: str) -> None:
    client = await sync_to_async(kim)()
    async with running_site() as (server, _port), direct_site(71) as device:
        number = await added(device)
        await eventually(state_is(number, "direct: live"))
        port = server.gateway.addresses[0].port
        change = await begun(number, Mode.SERVER, client, server_address="127.0.0.1", patience=30)
        await eventually(change_is(change, "done"), 30)
        assert list(steps(change)) == ["look", "write", "call", "note"]
        assert {outcome for outcome, _ in steps(change).values()} == {"done"}
        _, sends = steps(change)["write"]
        place = device.device.network.address
        assert sends == (
            f"mode server, server address 127.0.0.1, server port {port}: over the connection that this server keeps "
            f"to {place} (TCP)"
        )
        row = await Device.objects.aget(pk=number)
        # Approval holds at the address from which it called; the hold is over and the line is nobody's.
        assert (row.approval, row.approved_address, row.line_left) == ("approved", place, "")
        assert await sync_to_async(open_hold)(number) is None
        await eventually(state_is(number, "server: live"))

        back = await begun(number, Mode.DIRECT, client, patience=30)
        await eventually(change_is(back, "done"), 30)
        assert list(steps(back)) == ["look", "write", "dial", "note"]
        assert "keeps to this server (TCP)" in steps(back)["write"][1]
        assert f"to {place}, TCP port {device.device.network.port}" in steps(back)["dial"][1]
        await eventually(is_live(number, ConnectionMode.DIRECT))
        row = await Device.objects.aget(pk=number)
        assert (row.address, row.port) == (place, device.device.network.port)
    entries = [entry async for entry in AuditEntry.objects.filter(action="device.mode").order_by("pk")]
    assert [(entry.actor, entry.outcome) for entry in entries] == [(KIM, "done"), (KIM, "done")]
    assert not await Hold.objects.filter(ended__isnull=True).aexists()


async def test_where_tcp_is_refused_it_goes_by_udp(database: str) -> None:
    client = await sync_to_async(kim)()
    async with running_site(), direct_site(72) as device:
        await device.direct.stop()
        number = await added(device)
        await eventually(state_is(number, "direct: lost"))
        change = await begun(number, Mode.SERVER, client, server_address="127.0.0.1", patience=30)
        await eventually(change_is(change, "done"), 30)
        place = device.device.network.address
        assert f"by UDP from 127.0.0.1 to {place}, port {UDP}" in steps(change)["write"][1]
        await eventually(state_is(number, "server: live"))


async def test_a_device_that_never_comes_back(database: str) -> None:
    """Told why, others may work with it again, the way back is open, and it is taken when it comes late."""
    client = await sync_to_async(kim)()
    async with running_site(), direct_site(73, dials=False) as device:
        number = await added(device)
        await eventually(state_is(number, "direct: live"))
        change = await begun(number, Mode.SERVER, client, server_address="127.0.0.1", patience=5)
        await eventually(change_is(change, "overdue"), 30)
        assert "has not called 127.0.0.1" in change.words
        assert "A firewall on this machine or on the way" in change.reasons[0]
        assert "Bring it back" in change.advice
        row = await Device.objects.aget(pk=number)
        # What is noted here is what was seen to be true.
        assert (row.mode, row.line_left) == ("direct", "")
        assert await sync_to_async(open_hold)(number) is None
        back = await begun(number, Mode.DIRECT, client, patience=30)
        await change.arefresh_from_db()
        assert (change.state, change.words) == ("ended", "kim began another change.")
        await eventually(change_is(back, "done"), 30)
        assert not device.device.network.server_mode
        await eventually(state_is(number, "direct: live"))


async def test_a_call_that_comes_late_makes_the_mode_true(database: str) -> None:
    client = await sync_to_async(kim)()
    async with running_site(), direct_site(74, dials=False) as device:
        number = await added(device)
        await eventually(state_is(number, "direct: live"))
        change = await begun(number, Mode.SERVER, client, server_address="127.0.0.1", patience=5)
        await eventually(change_is(change, "overdue"), 30)
        # The firewall is mended: now it can call.
        await device.stop()
        device.behaviour = LineBehaviour(udp_port=UDP, restart_seconds=0.1, server_mode=DIALS)
        await device.start()
        await eventually(change_is(change, "done"), 40)
        await eventually(state_is(number, "server: live"))
