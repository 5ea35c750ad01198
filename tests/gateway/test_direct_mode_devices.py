"""Devices that the gateway dials: polling, who holds them, coming back."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from doorward.device.connecting import connect
from doorward.gateway.collaborators import Approval, ConnectionMode, DeviceEntry, DeviceState, PollSettings
from doorward.gateway.direct_link import LINGER, Pace
from doorward.simulator import LineBehaviour, RunningDevice, VirtualDevice
from doorward.simulator import event_codes as events
from doorward.simulator.direct_server import DirectServer
from doorward.simulator.factory_blocks import NetworkPlace
from doorward.transport import dial
from tests.support.gateway_site import Ground, running
from tests.support.site import own_addresses

DEVICE = 777
UDP = 53_710
POLL = PollSettings(shortest=0.03, longest=0.2)


@contextlib.asynccontextmanager
async def listening(device: VirtualDevice, port: int = 0) -> AsyncIterator[DirectServer]:
    """A device in direct mode."""
    server = DirectServer(device, lambda _after: None, max_clients=1, idle_limit=None)
    await server.start("127.0.0.1", port)
    try:
        yield server
    finally:
        await server.stop()


def entry(server: DirectServer | int, **changes: Any) -> DeviceEntry:
    port = server if isinstance(server, int) else port_of(server)
    values: dict[str, Any] = {"address": "127.0.0.1", "port": port, "poll": POLL, "approval": Approval.APPROVED}
    return DeviceEntry(device_id=DEVICE, mode=ConnectionMode.DIRECT, **(values | changes))


def port_of(server: DirectServer) -> int:
    assert server.address is not None
    return server.address.port


async def polled(ground: Ground, device: VirtualDevice, count: int) -> None:
    for user in range(count):
        device.log.add(events.VERIFY_SUCCESS, 1, user)
    await ground.until_kept(device)


async def test_log_is_polled_and_the_pace_told() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    for user in range(20):
        device.log.add(events.VERIFY_SUCCESS, 1, user)
    async with listening(device) as server, running(entry(server)) as ground:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        assert "asked for every 0.03 s" in ground.bus.reason(DEVICE)
        await polled(ground, device, 5)
        view = ground.gateway.device(DEVICE)
        assert view is not None
        assert view.next_action_in is not None
        assert ground.bus.of(type(ground.bus.happenings[0]))[0].state is DeviceState.CONNECTING  # type: ignore[union-attr] # a state


async def test_held_by_another_client_then_free() -> None:
    device = VirtualDevice(DEVICE, "x-station")
    async with listening(device) as server:
        holder = await dial("127.0.0.1", port_of(server), timeout=5)
        async with running(entry(server)) as ground:
            await ground.bus.until_state(DEVICE, DeviceState.LOST)
            assert "another client holds it" in ground.bus.reason(DEVICE)
            holder.abort()
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            await polled(ground, device, 3)


async def test_away_and_back() -> None:
    device = VirtualDevice(DEVICE, "biolite-net")
    async with listening(device) as server:
        port = port_of(server)
        async with running(entry(server)) as ground:
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            await server.stop()
            await ground.bus.until_state(DEVICE, DeviceState.LOST)
            device.log.add(events.VERIFY_SUCCESS, 1, 1)
            await ground.bus.until(lambda: ground.gateway.counters.dials >= 4)
            lost = [happening for happening in ground.bus.happenings if "dialled again" in str(happening)]
            assert len(lost) <= 2  # told once, not with every attempt
            async with listening(device, port):
                ground.gateway.heard(DEVICE)
                await ground.bus.until_state(DEVICE, DeviceState.LIVE)
                await ground.until_kept(device)


async def test_another_device_at_the_address() -> None:
    device = VirtualDevice(4711, "biolite-net")
    async with listening(device) as server, running(entry(server)) as ground:
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        assert "is device 4711, not device 777" in ground.bus.reason(DEVICE)


async def test_blocked_switched_off_removed() -> None:
    device = VirtualDevice(DEVICE, "biolite-net")
    async with listening(device) as server, running(entry(server)) as ground:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        ground.directory.change(DEVICE, approval=Approval.BLOCKED)
        await ground.bus.until_state(DEVICE, DeviceState.BLOCKED)
        ground.directory.change(DEVICE, approval=Approval.APPROVED)
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        ground.directory.change(DEVICE, enabled=False)
        await ground.bus.until_state(DEVICE, DeviceState.DISABLED)
        await ground.bus.until(lambda: server.client_count == 0)
        ground.directory.change(DEVICE, enabled=True)
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        ground.directory.remove(DEVICE)
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        await ground.bus.until(lambda: not ground.gateway.devices())


async def test_a_device_that_is_added_while_it_runs() -> None:
    device = VirtualDevice(DEVICE, "biolite-net")
    async with listening(device) as server, running() as ground:
        ground.directory.entries[DEVICE] = entry(server)
        ground.directory.change(DEVICE)
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)


async def test_without_an_address() -> None:
    async with running(entry(1, address=None)) as ground:
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        assert "address: None is not allowed" in ground.bus.reason(DEVICE)


async def test_communication_is_unlocked_with_the_password() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus", password=b"secret")
    device.log.add(events.VERIFY_SUCCESS, 1, 1)
    async with listening(device) as server:
        async with await connect("127.0.0.1", port_of(server)) as client:
            await client.maintenance.lock_communication()
        assert device.maintenance.locked
    async with listening(device) as server, running(entry(server, password=b"secret")) as ground:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        await ground.until_kept(device)


def test_pace() -> None:
    pace = Pace(PollSettings(2.0, 60.0), now=0.0)
    assert pace.asked(True, 10.0) == 2.0
    assert pace.asked(False, 10.0 + LINGER - 1) == 2.0
    waits = [pace.asked(False, 100.0 + number) for number in range(12)]
    assert waits == sorted(waits)
    assert waits[0] > 2.0
    assert waits[-1] == 60.0
    assert "nobody passes" in pace.words
    assert pace.asked(True, 500.0) == 2.0


@contextlib.asynccontextmanager
async def answering_udp_alone(block: int, **network: Any) -> AsyncIterator[RunningDevice]:
    """A device that answers a search, and refuses connections as one does that serves another client."""
    address = own_addresses(1, block)[0]
    place = NetworkPlace(address=address, subnet_mask="255.0.0.0", gateway="127.0.0.1", **network)
    device = RunningDevice(VirtualDevice(DEVICE, "bioentry-plus", network=place), LineBehaviour(udp_port=UDP))
    await device.start()
    await device.direct.stop()
    try:
        yield device
    finally:
        await device.stop()


async def test_a_foreign_client_is_recognised_by_the_search_that_the_device_answers() -> None:
    async with answering_udp_alone(61) as device:
        place = device.device.network
        async with running(entry(place.port, address=place.address), udp_port=UDP) as ground:
            await ground.bus.until_state(DEVICE, DeviceState.LOST)
            assert "answers a search and refuses a connection: another client holds it" in ground.bus.reason(DEVICE)
            view = ground.gateway.device(DEVICE)
            assert view is not None
            assert view.held_since is not None
            await device.direct.start(place.address, place.port)
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            assert ground.gateway.device(DEVICE).held_since is None  # type: ignore[union-attr] # it is known


async def test_a_device_in_server_mode_is_not_taken_for_one_that_is_held() -> None:
    async with answering_udp_alone(62, server_mode=True, server_address="127.0.0.1") as device:
        place = device.device.network
        async with running(entry(place.port, address=place.address), udp_port=UDP) as ground:
            await ground.bus.until_state(DEVICE, DeviceState.LOST)
            assert "is set to server mode: it dials 127.0.0.1" in ground.bus.reason(DEVICE)
            assert ground.gateway.device(DEVICE).held_since is None  # type: ignore[union-attr] # it is known


async def test_a_line_that_is_left_to_somebody_is_given_up_and_taken_back() -> None:
    device = VirtualDevice(DEVICE, "x-station")
    async with listening(device) as server, running(entry(server)) as ground:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        ground.directory.change(DEVICE, line_left="kim uses the vendor's program.")
        await ground.bus.until_state(DEVICE, DeviceState.RELEASED)
        assert ground.bus.reason(DEVICE) == "kim uses the vendor's program."
        # The line is free for the other program at once, and the server keeps out while it works.
        async with await connect("127.0.0.1", port_of(server), device_id=DEVICE) as other:
            assert (await other.information()).device_id == DEVICE
            ground.directory.change(DEVICE, line_left="")
            await ground.bus.until_state(DEVICE, DeviceState.LOST)
            assert "another client holds it" in ground.bus.reason(DEVICE)
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)


async def test_a_line_that_is_left_stays_left_when_the_server_starts() -> None:
    device = VirtualDevice(DEVICE, "x-station")
    async with listening(device) as server, running(entry(server, line_left="Somebody has it.")) as ground:
        await ground.bus.until_state(DEVICE, DeviceState.RELEASED)
        assert server.client_count == 0
        ground.directory.change(DEVICE, line_left="")
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
