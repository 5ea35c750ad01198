"""A device in a branch goes from direct to server mode and back in one step, through a real agent beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from asgiref.sync import sync_to_async

from doorward.agent.running import Agent, AgentSettings
from doorward.gateway.collaborators import ConnectionMode
from doorward.server.agents.models import Agent as AgentRow
from doorward.server.agents.services import add_agent
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.choices import Mode
from doorward.server.devices.models import Device
from doorward.server.devices.services import add_direct_device
from doorward.server.events.models import Event
from doorward.server.holds.models import Hold
from doorward.server.holds.services import open_hold
from doorward.simulator import RunningDevice
from doorward.simulator import event_codes as events
from doorward.transport import Address, dial
from tests.server.modes.test_changing import KIM, UDP, begun, change_is, direct_site, is_live, kim, state_is, steps
from tests.server.test_run import eventually, running_site

NAME = "Harbour"


@asynccontextmanager
async def branch(server: Address, folder: Path, device: RunningDevice) -> AsyncIterator[AgentRow]:
    """An agent beside a device; both reach the server from one address, as behind a router that translates."""
    network = device.device.network
    fresh = await sync_to_async(partial(add_agent, NAME, by=KIM))(
        networks=["127.0.0.0/8"], tcp_ports=[network.port], udp_ports=[UDP]
    )
    token = folder / "token"
    token.write_text(fresh.text)
    settings = AgentSettings(
        server=server, token_file=token, spool_folder=folder / "spool", first_wait=0.05, longest_wait=0.3
    )
    agent = Agent(settings, told=lambda _line: None, server_dialer=partial(dial, local_address=network.address))
    running = asyncio.create_task(agent.run())
    try:
        yield fresh.agent
    finally:
        running.cancel()
        await asyncio.wait({running})


async def kept(device: RunningDevice) -> bool:
    """Whether each record of the device's log is kept once."""
    return await Event.objects.filter(device_id=device.device.device_id).acount() == len(device.device.log)


async def test_a_device_of_a_branch_is_brought_to_server_mode_and_back(database: str, tmp_path: Path) -> None:
    client = await sync_to_async(kim)()
    async with running_site() as (server, _port), direct_site(76) as device:
        network, number = device.device.network, device.device.device_id
        place = network.address
        at = server.gateway.addresses[0]
        async with branch(at, tmp_path, device) as agent:
            await sync_to_async(partial(add_direct_device, number, place, by=KIM, agent=agent))(
                port=network.port, model="biostation-t2"
            )
            await eventually(state_is(number, "direct: live"))
            device.device.log.add(events.VERIFY_SUCCESS, 1, 5)

            # Over the connection that the agent dialled; the device calls by itself, and its hold is over.
            change = await begun(number, Mode.SERVER, client, server_address="127.0.0.1", patience=30)
            await eventually(change_is(change, "done"), 30)
            assert list(steps(change)) == ["look", "write", "call", "note"]
            assert f"keeps to {place} through the agent {NAME} (TCP)" in steps(change)["write"][1]
            told = device.device.network
            assert (told.server_mode, told.server_address, told.server_port) == (True, "127.0.0.1", at.port)
            row = await Device.objects.aget(pk=number)
            assert (row.approval, row.approved_address, row.line_left) == ("approved", place, "")
            assert await sync_to_async(open_hold)(number) is None
            await eventually(is_live(number, ConnectionMode.SERVER))
            device.device.log.add(events.VERIFY_SUCCESS, 1, 6)
            await eventually(partial(kept, device))

            # Back: told over its own connection, dialled by the agent.
            back = await begun(number, Mode.DIRECT, client, patience=30)
            await eventually(change_is(back, "done"), 30)
            assert f"A connection from the agent {NAME} to {place}" in steps(back)["dial"][1]
            await eventually(is_live(number, ConnectionMode.DIRECT))

            # Where the agent gets no TCP connection, it sets the device up by UDP.
            await device.direct.stop()
            await eventually(state_is(number, "direct: lost"))
            change = await begun(number, Mode.SERVER, client, server_address="127.0.0.1", patience=30)
            await eventually(change_is(change, "done"), 30)
            assert f"by UDP from the agent {NAME} to {place}, port {UDP}" in steps(change)["write"][1]
            await eventually(is_live(number, ConnectionMode.SERVER))
            device.device.log.add(events.VERIFY_SUCCESS, 1, 7)
            await eventually(partial(kept, device))
    outcomes = [entry.outcome async for entry in AuditEntry.objects.filter(action="device.mode").order_by("pk")]
    assert outcomes == ["done"] * 3
    assert not await Hold.objects.filter(ended__isnull=True).aexists()
