"""UDP on loopback: an endpoint for each card, servers on own addresses, and broadcasts that all of them hear."""

import asyncio
import dataclasses
import os
import socket
import sys
import time

import pytest

from doorward.model.errors import InvalidInput, NotReached
from doorward.transport.address import Address
from doorward.transport.broadcast_listener import BroadcastListener
from doorward.transport.errors import PortBusy
from doorward.transport.interfaces import Interface, interfaces
from doorward.transport.udp import BROADCAST, Datagram, UdpEndpoint, bound_socket
from doorward.transport.udp_group import UdpGroup
from doorward.transport.udp_server import UdpServer

SECONDS = 30.0
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="loopback broadcasts exist on Linux only")


def loopback() -> Interface:
    return next(item for item in interfaces() if item.loopback)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("0.0.0.0", 0))
        return int(probe.getsockname()[1])


async def answering(address: str, port: int, broadcasts: BroadcastListener | None = None) -> UdpServer:
    """A server that answers with its own address and what it was asked."""
    server: UdpServer

    def handler(datagram: Datagram) -> None:
        server.answer(datagram, address.encode() + b" " + datagram.data)

    server = await UdpServer.open(address, port, handler, broadcasts=broadcasts)
    return server


async def answers(endpoint: UdpEndpoint, count: int) -> list[Datagram]:
    return [await asyncio.wait_for(endpoint.receive(), SECONDS) for _ in range(count)]


async def silence(endpoint: UdpEndpoint) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(endpoint.receive(), 0.05)


async def test_question_and_answer() -> None:
    async with await answering("127.0.1.1", 0) as server, await UdpEndpoint.open(loopback()) as endpoint:
        assert endpoint.bind.host == "127.0.0.1"
        assert endpoint.broadcast == BROADCAST
        endpoint.send(b"who?", server.address)
        (got,) = await answers(endpoint, 1)
        assert got.data == b"127.0.1.1 who?"
        assert got.source == server.address
        assert got.interface_name == loopback().name
        assert got.local == endpoint.bind
        assert not got.broadcast
        assert got.received_at <= time.monotonic()


@on_linux
@pytest.mark.parametrize("destination", [BROADCAST, "127.255.255.255"])
async def test_a_broadcast_reaches_every_server_once_and_each_answers_from_its_own_address(destination: str) -> None:
    port = free_port()
    async with await BroadcastListener.open(port) as broadcasts:
        assert broadcasts.problem is None
        servers = [await answering(f"127.0.1.{number}", port, broadcasts) for number in range(1, 101)]
        async with await UdpEndpoint.open(loopback()) as endpoint:
            endpoint.send(b"all", Address(destination, port))
            got = await answers(endpoint, 100)
            assert sorted(item.source for item in got) == sorted(server.address for server in servers)
            assert {item.data for item in got} == {f"127.0.1.{n} all".encode() for n in range(1, 101)}
            await silence(endpoint)
            endpoint.send(b"one", servers[6].address)
            (single,) = await answers(endpoint, 1)
            assert single.data == b"127.0.1.7 one"
            await silence(endpoint)
            servers[0].close()
            endpoint.send_broadcast(b"again", port)
            assert len({item.source for item in await answers(endpoint, 99)}) == 99
            await silence(endpoint)
        for server in servers:
            server.close()


@on_linux
async def test_two_listeners_of_two_programs_both_hear() -> None:
    port = free_port()
    async with await BroadcastListener.open(port) as one, await BroadcastListener.open(port) as other:
        assert one.problem is other.problem is None
        first, second = await answering("127.0.1.1", port, one), await answering("127.0.1.2", port, other)
        async with await UdpEndpoint.open(loopback()) as endpoint:
            endpoint.send_broadcast(b"x", port)
            assert {item.source.host for item in await answers(endpoint, 2)} == {"127.0.1.1", "127.0.1.2"}
            await silence(endpoint)
        first.close()
        second.close()


@on_linux
async def test_a_broadcast_answer_is_heard_too() -> None:
    async with await UdpEndpoint.open(loopback()) as endpoint:
        assert endpoint.listen == (BROADCAST, endpoint.bind.port)
        with bound_socket("127.0.3.3", 0) as device:
            device.sendto(b"here", (BROADCAST, endpoint.bind.port))
            (got,) = await answers(endpoint, 1)
            assert (got.data, got.source.host, got.broadcast) == (b"here", "127.0.3.3", True)


@on_linux
async def test_a_port_that_is_held_for_all_addresses_is_told_and_single_addresses_go_on() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("0.0.0.0", 0))
        port = holder.getsockname()[1]
        async with await BroadcastListener.open(port) as broadcasts:
            server = await answering("127.0.1.1", port, broadcasts)
            async with server, await UdpEndpoint.open(loopback()) as endpoint:
                endpoint.send(b"x", server.address)
                assert (await answers(endpoint, 1))[0].source == server.address

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("0.0.0.0", 0))
        port = holder.getsockname()[1]
        async with await BroadcastListener.open(port) as broadcasts:
            assert isinstance(broadcasts.problem, PortBusy)
            assert str(port) in broadcasts.problem.message
            assert f"process {os.getpid()}" in broadcasts.problem.message
            assert "single address" in broadcasts.problem.advice
            with pytest.raises(PortBusy, match=f"UDP port {port} on 127.0.1.1"):
                await answering("127.0.1.1", port, broadcasts)


async def test_a_second_server_on_the_same_address_is_refused() -> None:
    async with await answering("127.0.1.1", 0) as server:
        with pytest.raises(PortBusy, match=f"process {os.getpid()}"):
            await answering("127.0.1.1", server.address.port)


async def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(NotReached, match=r"No network card .* 192\.0\.2\.7"):
        await answering("192.0.2.7", 0)
    gone = Interface("gone0", "192.0.2.8", "255.255.255.0", "192.0.2.255", up=True, loopback=False)
    with pytest.raises(NotReached, match=r"192\.0\.2\.8"):
        await UdpEndpoint.open(gone)
    with pytest.raises(InvalidInput):
        await answering("127.0.0.1", 70000)


async def test_an_icmp_error_does_not_end_an_endpoint() -> None:
    closed = Address("127.0.1.9", free_port())
    async with await answering("127.0.1.1", 0) as server, await UdpEndpoint.open(loopback()) as endpoint:
        for _ in range(5):
            endpoint.send(b"nobody", closed)
            endpoint.send(b"x", server.address)
            assert (await answers(endpoint, 1))[0].data == b"127.0.1.1 x"


async def test_what_the_system_cannot_send_is_said_in_words() -> None:
    async with await UdpEndpoint.open(loopback()) as endpoint:
        with pytest.raises(NotReached, match=r"192\.0\.2\.1:51110 from"):
            endpoint.send(b"x", Address("192.0.2.1", 51110))
        with pytest.raises(NotReached, match="too long"):
            endpoint.send(bytes(70000), Address("127.0.1.1", 51110))


async def test_a_full_queue_drops_and_counts() -> None:
    async with await UdpEndpoint.open(loopback(), queue_size=3) as endpoint:
        with bound_socket("127.0.1.1", 0) as device:
            for number in range(10):
                device.sendto(bytes([number]), endpoint.bind)
            while endpoint.dropped < 7:
                await asyncio.wait_for(asyncio.sleep(0), SECONDS)
            assert [item.data for item in await answers(endpoint, 3)] == [b"\0", b"\1", b"\2"]
            device.sendto(b"next", endpoint.bind)
            assert (await answers(endpoint, 1))[0].data == b"next"


async def test_a_group_hears_on_every_card_and_tells_which_could_not_be_opened() -> None:
    gone = Interface("gone0", "192.0.2.8", "255.255.255.0", "192.0.2.255", up=True, loopback=False)
    other = dataclasses.replace(loopback(), address="127.0.0.5")
    async with await UdpGroup.open([loopback(), other, gone]) as group:
        assert len(group.endpoints) == 2
        assert [problem.message for problem in group.problems] == [
            "No network card of this machine has the address 192.0.2.8."
        ]
        async with await answering("127.0.1.1", 0) as server:
            for endpoint in group.endpoints:
                endpoint.send(b"x", server.address)
            heard = [await asyncio.wait_for(group.receive(), SECONDS) for _ in range(2)]
            assert {group.endpoint_of(item) for item in heard} == set(group.endpoints)
            assert group.endpoint_of(dataclasses.replace(heard[0], local=Address("127.0.0.9", 1))) is None
    with pytest.raises(NotReached, match=r"192\.0\.2\.8"):
        await UdpGroup.open([gone])


async def test_closing_ends_a_waiting_receive() -> None:
    endpoint = await UdpEndpoint.open(loopback())
    waiting = asyncio.create_task(endpoint.receive())
    await asyncio.sleep(0)
    endpoint.close()
    with pytest.raises(NotReached, match="closed"):
        await asyncio.wait_for(waiting, SECONDS)
    with pytest.raises(NotReached, match="closed"):
        endpoint.send(b"x", Address("127.0.0.1", 9))
    await asyncio.sleep(0)


async def test_a_handler_that_fails_does_not_end_its_server(caplog: pytest.LogCaptureFixture) -> None:
    server: UdpServer

    def handler(datagram: Datagram) -> None:
        if datagram.data == b"bad":
            raise ValueError("boom")
        server.answer(datagram, b"good")

    server = await UdpServer.open("127.0.1.1", 0, handler)
    async with server, await UdpEndpoint.open(loopback()) as endpoint:
        endpoint.send(b"bad", server.address)
        endpoint.send(b"ok", server.address)
        assert (await answers(endpoint, 1))[0].data == b"good"
    assert "boom" in caplog.text
