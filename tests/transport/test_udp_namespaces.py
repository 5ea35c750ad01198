"""UDP over a cable between two namespaces: real cards, real broadcasts, foreign subnets."""

import asyncio

import pytest

from doorward.transport.address import Address
from doorward.transport.interfaces import find_interface, interface_toward, interfaces
from doorward.transport.udp import BROADCAST, Datagram, UdpEndpoint
from tests.support.namespaces import wire

pytestmark = pytest.mark.root
SECONDS = 30.0
PORT = 51110

DEVICE = """
import asyncio, sys
from doorward.transport.broadcast_listener import BroadcastListener
from doorward.transport.udp_server import UdpServer

async def main():
    broadcasts = await BroadcastListener.open(51110)
    for address in sys.argv[1:]:
        def handler(datagram, address=address):
            servers[address].answer(datagram, address.encode())
        servers[address] = await UdpServer.open(address, 51110, handler, broadcasts=broadcasts)
    print(broadcasts.problem or "ready")
    await asyncio.Event().wait()

servers = {}
asyncio.run(main())
"""


async def receive(endpoint: UdpEndpoint) -> Datagram:
    return await asyncio.wait_for(endpoint.receive(), SECONDS)


async def silence(endpoint: UdpEndpoint) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(endpoint.receive(), 0.1)


async def test_a_device_in_the_same_subnet_answers_unicast_and_both_broadcasts_once() -> None:
    with wire("10.61.0.1/24", "10.61.0.2/24", "10.61.0.3/24") as made:
        (card,) = find_interface(made.host_card)
        assert card.broadcast == "10.61.0.255"
        assert interface_toward("10.61.0.2") == card
        with made.device_program(DEVICE, "10.61.0.2", "10.61.0.3", "127.0.1.1"):
            async with await UdpEndpoint.open(card) as endpoint:
                endpoint.send(b"?", Address("10.61.0.2", PORT))
                got = await receive(endpoint)
                assert (got.data, got.source, got.interface_name) == (b"10.61.0.2", ("10.61.0.2", PORT), "host0")
                for destination in (BROADCAST, card.broadcast):
                    endpoint.send(b"?", Address(destination, PORT))
                    found = {(await receive(endpoint)).source.host for _ in range(2)}
                    assert found == {"10.61.0.2", "10.61.0.3"}  # the one on the device's loopback hears nothing
                    await silence(endpoint)


@pytest.mark.parametrize("route", [True, False], ids=["answers-to-us", "answers-by-broadcast"])
async def test_a_device_in_a_foreign_subnet_is_heard(route: bool) -> None:
    with wire("10.61.0.1/24", "192.168.99.5/24") as made:
        if route:
            made.run(made.device, "ip", "route", "add", "10.61.0.0/24", "dev", made.device_card)
        with made.device_program(DEVICE, "192.168.99.5"):
            async with await UdpEndpoint.open(find_interface(made.host_card)[0]) as endpoint:
                endpoint.send_broadcast(b"?", PORT)
                got = await receive(endpoint)
                assert (got.data, got.source) == (b"192.168.99.5", ("192.168.99.5", PORT))
                assert got.interface_name == made.host_card
                assert got.broadcast is not route
                await silence(endpoint)


async def test_a_broadcast_leaves_by_the_card_of_its_endpoint_only() -> None:
    with wire("10.61.0.1/24", "10.61.0.2/24") as made:
        loopback = next(item for item in interfaces() if item.loopback)
        with made.device_program(DEVICE, "10.61.0.2"):
            async with await UdpEndpoint.open(loopback) as endpoint:
                endpoint.send_broadcast(b"?", PORT)
                await silence(endpoint)
