"""Devices on the network: one client at a time, idle time, faults, restarts, new addresses, UDP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from doorward.model.errors import NotReached
from doorward.protocol.biostar1.commands import identity, logs, maintenance, screen
from doorward.protocol.biostar1.commands.settings import ReadConfiguration, WriteConfiguration
from doorward.protocol.biostar1.datagram import decode_datagram, encode_datagram
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.biostar1.packet import Packet
from doorward.protocol.biostar1.results import BUSY, UNSUPPORTED
from doorward.protocol.biostar1.stream import PacketDecoder
from doorward.protocol.biostar1.udp_exchange import READ_CONFIGURATION, RESTART, SEARCH, WriteConfigurationExchange
from doorward.protocol.errors import ChecksumError, RemoteProtocolError
from doorward.simulator import (
    Fault,
    LineBehaviour,
    NetworkPlace,
    RunningDevice,
    UdpHub,
    VirtualDevice,
)
from doorward.transport import Address, Datagram, UdpServer, dial, listen
from tests.simulator.talk import WAIT, Caller

HERE, MOVED = "127.0.31.1", "127.0.31.2"
UDP_PORT = 53110
T = TypeVar("T")


async def soon(what: Awaitable[T]) -> T:
    return await asyncio.wait_for(what, WAIT)


def make(model: str = "biostation", device_id: int = 10_001) -> VirtualDevice:
    return VirtualDevice(device_id, model, network=NetworkPlace(HERE, "255.0.0.0", "127.0.0.1"))


@asynccontextmanager
async def running(device: VirtualDevice, **behaviour: Any) -> AsyncIterator[RunningDevice]:
    behaviour = {"port": 0, "udp_port": UDP_PORT, "restart_seconds": 0.05} | behaviour
    async with RunningDevice(device, LineBehaviour(**behaviour)) as found:
        yield found


def place_of(found: RunningDevice) -> tuple[str, int]:
    address = found.address
    assert address is not None
    return address.host, address.port


async def test_serves_one_client_and_closes_a_further_one_at_once() -> None:
    device = make()
    async with running(device) as found:
        first = await Caller.dial(place_of(found), device)
        assert (await soon(first.ask(identity.Identify()))).param1 == 10_001
        second = await Caller.dial(place_of(found), device)
        assert await soon(second.rest()) == b""
        assert (await soon(first.ask(identity.CheckStatus()))).code == 0
        await first.close()
        third = await Caller.dial(place_of(found), device)
        assert (await soon(third.ask(identity.Identify()))).code == 0
        await third.close()
        await second.close()


async def test_a_client_may_close_and_dial_again_at_once() -> None:
    device = make()
    async with running(device) as found:
        for _ in range(20):
            caller = await Caller.dial(place_of(found), device)
            assert (await soon(caller.ask(identity.Identify()))).code == 0
            caller.stream.close()


async def test_more_clients_where_they_are_allowed() -> None:
    device = make("bioentry-plus")
    async with running(device, max_clients=2) as found:
        callers = [await Caller.dial(place_of(found), device) for _ in range(2)]
        for caller in callers:
            assert (await soon(caller.ask(identity.CheckStatus()))).code == 0
        assert found.direct.client_count == 2
        for caller in callers:
            await caller.close()


async def test_an_idle_connection_is_closed() -> None:
    device = make("d-station")
    async with running(device, idle_limit=0.05) as found:
        caller = await Caller.dial(place_of(found), device)
        assert await soon(caller.rest()) == b""
        await caller.close()


def test_the_idle_limit_is_that_of_the_model() -> None:
    assert RunningDevice(make("d-station")).direct.idle_limit == 600
    assert RunningDevice(make("xpass")).direct.idle_limit is None
    assert RunningDevice(make("d-station"), LineBehaviour(idle_limit=0)).direct.idle_limit is None


async def test_a_client_that_speaks_something_else_is_dropped() -> None:
    device = make()
    async with running(device) as found:
        caller = await Caller.dial(place_of(found), device)
        await caller.stream.send(b"GET / HTTP/1.1\r\n\r\n")
        assert await soon(caller.rest()) == b""
        await caller.close()
        again = await Caller.dial(place_of(found), device)
        assert (await soon(again.ask(identity.CheckStatus()))).code == 0
        await again.close()


# Faults


async def test_the_line_drops_in_the_middle_of_a_frame() -> None:
    device = make()
    device.log.add_records(bytes(16 * 1000))
    device.faults.at_reply(2, Fault.DROP_LINE)
    async with running(device) as found:
        caller = await Caller.dial(place_of(found), device)
        assert (await soon(caller.ask(identity.CheckStatus()))).code == 0
        await caller.stream.send(caller.client.start(logs.ReadLogs()))
        received = await soon(caller.rest())
        decoder = PacketDecoder()
        assert len(decoder.feed(received)) == 4  # of eight packets
        with pytest.raises(RemoteProtocolError, match="middle"):
            decoder.end()
        await caller.close()
    assert device.faults.happened == [Fault.DROP_LINE]


async def test_a_wrong_checksum_in_the_middle_of_a_reply() -> None:
    device = make()
    device.log.add_records(bytes(16 * 1000))
    device.faults.at_reply(1, Fault.WRONG_CHECKSUM)
    async with running(device) as found:
        caller = await Caller.dial(place_of(found), device)
        with pytest.raises(ChecksumError):
            await soon(caller.ask(logs.ReadLogs()))
        await caller.close()


async def test_a_stalled_device_keeps_the_line_and_says_nothing() -> None:
    device = make()
    device.faults.at_reply(1, Fault.STALL)
    async with running(device) as found:
        caller = await Caller.dial(place_of(found), device)
        await caller.stream.send(caller.client.start(identity.CheckStatus()))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(caller.stream.receive(), 0.1)
        assert found.direct.client_count == 1
        await caller.close()
        again = await Caller.dial(place_of(found), device)
        assert (await soon(again.ask(identity.CheckStatus()))).code == 0
        await again.close()


async def test_busy_for_a_number_of_commands() -> None:
    device = make()
    device.faults.busy_for(2)
    async with running(device) as found:
        caller = await Caller.dial(place_of(found), device)
        codes = [(await soon(caller.ask(request))).code for request in (
            identity.CheckStatus(), screen.ShowNotice(b"x"), identity.CheckStatus(),
        )]  # fmt: skip
        assert codes == [BUSY, BUSY, 0]
        await caller.close()


@pytest.mark.parametrize("by_fault", [True, False])
async def test_a_restart_ends_connections_and_the_device_comes_back(by_fault: bool) -> None:
    device = make("bioentry-plus")
    async with running(device, restart_seconds=0.2) as found:
        place = place_of(found)
        caller = await Caller.dial(place, device)
        if by_fault:
            device.faults.at_reply(1, Fault.REBOOT)
            await caller.stream.send(caller.client.start(identity.CheckStatus()))
        else:
            assert (await soon(caller.ask(maintenance.Restart()))).code == 0
        assert await soon(caller.rest()) == b""
        await caller.close()
        with pytest.raises(NotReached):
            await dial(*place, timeout=WAIT)
        await soon(found.wait_returned(1))
        again = await Caller.dial(place, device)
        assert (await soon(again.ask(identity.Identify()))).param1 == 10_001
        await again.close()
        assert found.restarts == 1
        assert device.log.content[-16] == 0x6A


# New addresses


def moved_block(device: VirtualDevice, **values: Any) -> tuple[int, bytes]:
    place = network_block(device.model.device_type)
    record: Any = place.record.from_bytes(device.configuration.content(place.configuration_type) or b"")
    return place.configuration_type, replace(record, **values).to_bytes()


@pytest.mark.parametrize("model", ["biostation", "bioentry-plus", "biolite-net"])
async def test_a_new_address_takes_effect_after_the_reply(model: str) -> None:
    device = make(model)
    async with running(device) as found:
        caller = await Caller.dial(place_of(found), device)
        number, block = moved_block(device, ip_address=MOVED)
        assert (await soon(caller.ask(WriteConfiguration(number, block)))).code == 0
        assert await soon(caller.rest()) == b""
        await soon(found.wait_returned(1))
        assert place_of(found)[0] == MOVED
        assert found.udp.address == (MOVED, UDP_PORT)
        assert found.problem is None
        again = await Caller.dial(place_of(found), device)
        assert (await soon(again.ask(ReadConfiguration(number)))).payload == block
        await again.close()
        await caller.close()


async def test_an_address_that_is_not_of_this_machine_is_told_and_the_device_stays() -> None:
    device = make()
    async with running(device) as found:
        before = place_of(found)
        caller = await Caller.dial(before, device)
        number, block = moved_block(device, ip_address="203.0.113.77")
        assert (await soon(caller.ask(WriteConfiguration(number, block)))).code == 0
        await soon(found.wait_returned(1))
        assert place_of(found) == before
        assert "203.0.113.77" in str(found.problem)
        await caller.close()


async def test_a_start_where_the_settings_point_elsewhere_goes_home() -> None:
    device = make()
    number, block = moved_block(device, ip_address="203.0.113.77")
    device.configuration.put(number, block)
    found = RunningDevice(device, LineBehaviour(port=0, udp_port=UDP_PORT), home=HERE)
    async with found:
        assert place_of(found)[0] == HERE
        assert found.problem is not None
    with pytest.raises(NotReached):
        await RunningDevice(device, LineBehaviour(port=0, udp_port=UDP_PORT)).start()


async def test_a_busy_udp_port_leaves_no_half_started_device() -> None:
    device = make()
    async with await UdpServer.open(HERE, UDP_PORT, lambda _: None):
        with pytest.raises(NotReached, match=str(UDP_PORT)):
            await RunningDevice(device, LineBehaviour(port=14700, udp_port=UDP_PORT)).start()
    with pytest.raises(NotReached):
        await dial(HERE, 14700, timeout=WAIT)


# UDP


class Asker:
    """Asks over UDP from an address of its own."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[Datagram] = asyncio.Queue()
        self.server: UdpServer | None = None

    async def __aenter__(self) -> Asker:
        self.server = await UdpServer.open("127.0.31.99", 0, self.heard.put_nowait)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.server is not None
        self.server.close()
        await asyncio.sleep(0)

    def send(self, packet: Packet, address: str = HERE) -> None:
        assert self.server is not None
        target = Datagram(b"", Address(address, UDP_PORT), "", 0.0, self.server.address)
        self.server.answer(target, encode_datagram(packet))

    async def ask(self, packet: Packet, address: str = HERE) -> Packet:
        self.send(packet, address)
        return decode_datagram((await soon(self.heard.get())).data)


async def test_udp_search_read_and_restart() -> None:
    device = make("bioentry-plus")
    async with running(device) as found, Asker() as asker:
        reply = await asker.ask(Packet(0, SEARCH))
        assert (reply.param1, reply.param2, reply.payload) == (10_001, 1, b"")
        reply = await asker.ask(Packet(10_001, READ_CONFIGURATION, 0x50))
        assert (reply.count, len(reply.payload)) == (14, 928)
        assert (await asker.ask(Packet(10_001, READ_CONFIGURATION, 0x99))).code == UNSUPPORTED
        assert (await asker.ask(Packet(10_001, RESTART))).code == 0
        await soon(found.wait_returned(1))
        assert found.restarts == 1
        assert (await asker.ask(Packet(0, SEARCH))).param1 == 10_001


async def test_a_new_address_over_udp() -> None:
    device = make("bioentry-plus")
    number, block = moved_block(device, ip_address=MOVED)
    async with running(device) as found, Asker() as asker:
        caller = await Caller.dial(place_of(found), device)
        exchange = WriteConfigurationExchange(10_001, number, block)
        datagrams = [exchange.start()]
        while datagrams:
            asker.send(decode_datagram(datagrams.pop()))
            while not datagrams and not exchange.done:
                datagrams = list(exchange.receive((await soon(asker.heard.get())).data))
        await soon(found.wait_returned(1))
        assert found.udp.address == (MOVED, UDP_PORT)
        assert await soon(caller.rest()) == b""
        assert (await asker.ask(Packet(0, SEARCH), MOVED)).param1 == 10_001
        await caller.close()


async def test_the_port_of_a_device_that_is_away_may_be_taken_for_a_while() -> None:
    device = make()
    async with running(device) as found:
        place = place_of(found)
        found.restart()
        await soon(_until(lambda: found.direct.address is None))

        async def nobody(_: object) -> None:
            return

        async with await listen(nobody, *place):
            await soon(_until(lambda: found.problem is not None))
            assert str(place[1]) in str(found.problem)
        await soon(found.wait_returned(1))
        assert found.problem is None
        assert place_of(found) == place


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.01)


async def test_udp_loss_on_demand() -> None:
    device = make()
    device.faults.udp_loss = 1.0
    async with running(device), Asker() as asker:
        asker.send(Packet(0, SEARCH))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asker.heard.get(), 0.1)
        device.faults.clear()
        assert (await asker.ask(Packet(0, SEARCH))).param1 == 10_001


async def test_two_devices_at_one_address_share_its_udp_port() -> None:
    station, compact = make("biostation", 1), make("xpass", 2)
    hub = UdpHub()
    behaviour = LineBehaviour(port=0, udp_port=UDP_PORT)
    async with (
        RunningDevice(station, behaviour, hub=hub),
        RunningDevice(compact, behaviour, hub=hub) as second,
        Asker() as asker,
    ):
        found = {
            (await asker.ask(Packet(0, SEARCH))).param1,
            decode_datagram((await soon(asker.heard.get())).data).param1,
        }
        assert found == {1, 2}
        await second.stop()
        assert (await asker.ask(Packet(0, SEARCH))).param1 == 1
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asker.heard.get(), 0.05)
