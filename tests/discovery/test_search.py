"""Searching on loopback, against small devices."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from doorward.discovery import find_device, search
from doorward.model.errors import InvalidInput, NotReached
from doorward.model.found import FoundDevice
from doorward.transport.broadcast_listener import BroadcastListener
from doorward.transport.interfaces import interfaces
from doorward.transport.udp import bound_socket
from tests.discovery.fake_devices import FakeDevice, FakeDevice2
from tests.discovery.patient import at_least, search_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="loopback broadcasts exist on Linux only")

LOOPBACK = [next(card.name for card in interfaces() if card.loopback)]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("0.0.0.0", 0))
        return int(probe.getsockname()[1])


class Site:
    """Devices of both generations on ports of their own."""

    def __init__(self) -> None:
        self.port, self.port2 = free_port(), free_port()
        self.devices: list[FakeDevice] = []
        self.listeners: list[BroadcastListener] = []

    async def open(self) -> None:
        self.listeners = [await BroadcastListener.open(self.port), await BroadcastListener.open(self.port2)]

    async def add(self, device: FakeDevice) -> FakeDevice:
        second = isinstance(device, FakeDevice2)
        await device.open(self.port2 if second else self.port, self.listeners[second])
        self.devices.append(device)
        return device

    @property
    def ports(self) -> dict[str, Any]:
        return {"port": self.port, "biostar2_port": self.port2}

    def close(self) -> None:
        for device in self.devices:
            device.close()
        for listener in self.listeners:
            listener.close()


@contextlib.asynccontextmanager
async def site() -> AsyncIterator[Site]:
    made = Site()
    await made.open()
    try:
        yield made
    finally:
        made.close()
        await asyncio.sleep(0)


async def test_both_generations_answer_a_broadcast() -> None:
    async with site() as here:
        await here.add(FakeDevice(10001, 0x01, "127.0.1.1"))
        await here.add(FakeDevice(543210, 0x00, "127.0.1.2"))
        await here.add(FakeDevice2(0x1F223344, 0x0A, "127.0.1.3"))
        seen: list[FoundDevice] = []
        # Long enough for the question to be repeated.
        result = await search_until(
            lambda result: len(result.devices) == 3 and all(device.answers > 1 for device in result.devices),
            seconds=0.6, interfaces=LOOPBACK, found=seen.append, **here.ports,
        )  # fmt: skip
        assert result.notices == ()
        assert [(d.device_id, d.generation, d.model, d.type, d.address, d.port) for d in result.devices] == [
            (10001, "biostar1", "bioentry-plus", 1, "127.0.1.1", 1471),
            (543210, "biostar1", "biostation", 0, "127.0.1.2", 1470),
            (0x1F223344, "biostar2", "facestation-2", 10, "127.0.1.3", 51211),
        ]
        for device in result.devices:
            assert device.interface == LOOPBACK[0]
            assert device.round_trip_ms > 0
            assert not device.foreign_subnet
            assert device.conflict == ""
        assert result.devices[2].mode == "direct"
        assert {device.device_id for device in seen} == {10001, 543210, 0x1F223344}


async def test_single_addresses_are_asked_alone_and_the_search_ends_early() -> None:
    async with site() as here:
        await here.add(FakeDevice(10001, 0x01, "127.0.1.1"))
        silent = await here.add(FakeDevice(10002, 0x01, "127.0.1.2"))
        await here.add(FakeDevice2(0x1F223344, 0x0A, "127.0.1.3"))
        # Were it to wait for more, the limit of this test would come first.
        result = await search(addresses=["127.0.1.3", "127.0.1.1"], timeout=300, **here.ports)
        assert [device.device_id for device in result.devices] == [10001, 0x1F223344]
        assert silent.heard == 0


@pytest.mark.parametrize(("generation", "ids"), [("biostar1", [10001]), ("biostar2", [0x1F223344])])
async def test_a_generation_can_be_searched_alone(generation: str, ids: list[int]) -> None:
    async with site() as here:
        devices = [
            await here.add(FakeDevice(10001, 0x01, "127.0.1.1")),
            await here.add(FakeDevice2(0x1F223344, 0x0A, "127.0.1.3")),
        ]
        result = await search_until(at_least(1), interfaces=LOOPBACK, generations=[generation], **here.ports)
        assert [device.device_id for device in result.devices] == ids
        assert sorted(device.heard > 0 for device in devices) == [False, True]


async def test_an_unknown_model_is_shown_by_its_number() -> None:
    async with site() as here:
        odd = FakeDevice(10001, 0x01, "127.0.1.1")
        odd._udp.device_type = 99
        await here.add(odd)
        (device,) = (await search_until(at_least(1), interfaces=LOOPBACK, **here.ports)).devices
        assert (device.type, device.model, device.title, device.port) == (99, "unknown-99", "unknown type 0x63", None)


async def test_lost_answers_are_asked_for_again() -> None:
    async with site() as here:
        device = await here.add(FakeDevice(10001, 0x01, "127.0.1.1"))
        device.loses = lambda number: number < 3
        found = await find_device(10001, interfaces=LOOPBACK, timeout=10, **here.ports)
        assert found.address == "127.0.1.1"
        assert device.heard == 3


async def test_two_devices_with_one_id_are_both_shown_and_marked() -> None:
    async with site() as here:
        for address in ("127.0.1.1", "127.0.1.2"):
            await here.add(FakeDevice(10001, 0x01, address))
        await here.add(FakeDevice(10002, 0x01, "127.0.1.3"))
        devices = (await search_until(at_least(3), interfaces=LOOPBACK, **here.ports)).devices
        assert [(device.device_id, device.conflict) for device in devices] == [
            (10001, "device id 10001 is also claimed from 127.0.1.2"),
            (10001, "device id 10001 is also claimed from 127.0.1.1"),
            (10002, ""),
        ]
        with pytest.raises(InvalidInput, match=r"127\.0\.1\.1 .*127\.0\.1\.2"):
            await find_device(10001, interfaces=LOOPBACK, timeout=2, **here.ports)
        assert (await find_device(10001, addresses=["127.0.1.2"], **here.ports)).address == "127.0.1.2"


async def test_two_devices_with_one_address_are_both_shown_and_marked() -> None:
    async with site() as here:
        await here.add(FakeDevice(10001, 0x01, "127.0.1.1"))
        await here.add(FakeDevice2(0x1F223344, 0x0A, "127.0.1.1"))
        devices = (await search_until(at_least(2), interfaces=LOOPBACK, **here.ports)).devices
        assert [device.conflict for device in devices] == [
            f"address 127.0.1.1 is also used by device {0x1F223344}",
            "address 127.0.1.1 is also used by device 10001",
        ]


async def test_details_come_with_the_devices_that_tell_them() -> None:
    async with site() as here:
        await here.add(FakeDevice(10001, 0x01, "127.0.1.1"))
        await here.add(FakeDevice2(0x1F223344, 0x0A, "127.0.1.3"))
        odd = FakeDevice(10009, 0x01, "127.0.1.9")
        odd.blocks.clear()
        await here.add(odd)
        devices = (await search_until(at_least(3), interfaces=LOOPBACK, details=True, **here.ports)).devices
        assert [device.details and device.details.address for device in devices] == ["127.0.1.1", None, "127.0.1.3"]
        assert "does not support" in devices[1].details_problem


async def test_three_hundred_devices_answer_one_search() -> None:
    async with site() as here:
        for number in range(300):
            await here.add(FakeDevice(10001 + number, 0x00, f"127.0.{2 + number // 200}.{1 + number % 200}"))
        result = await search_until(
            at_least(300), seconds=0.35, interfaces=LOOPBACK, generations=["biostar1"], **here.ports
        )
        assert [device.device_id for device in result.devices] == list(range(10_001, 10_301))


async def test_datagrams_of_strangers_are_ignored() -> None:
    async with site() as here:
        with bound_socket("127.0.1.1", here.port) as stranger:
            stranger.setblocking(True)
            stranger.settimeout(30)
            searching = asyncio.create_task(
                search(addresses=["127.0.1.1"], generations=["biostar1"], timeout=2, **here.ports)
            )
            data, source = await asyncio.to_thread(stranger.recvfrom, 2000)
            for answer in (b"", b"{{<<", bytes(982), data, data[:-1], bytes(70) * 100):
                stranger.sendto(answer, source)
            result = await searching
        assert result.devices == ()
        assert result.ignored >= 5


async def test_nobody_is_no_error_but_a_wanted_device_is() -> None:
    async with site() as here:
        await here.add(FakeDevice(10001, 0x01, "127.0.1.1"))
        assert (await search(addresses=["127.0.1.77"], timeout=0.1, **here.ports)).devices == ()
        with pytest.raises(NotReached, match=r"Device 4711 .* who answered: 10001") as caught:
            await find_device(4711, interfaces=LOOPBACK, timeout=2, **here.ports)
        assert "51110" in caught.value.advice


async def test_what_cannot_be_reached_is_told() -> None:
    async with site() as here:
        await here.add(FakeDevice(10001, 0x01, "127.0.1.1"))
        result = await search_until(at_least(1), addresses=["255.255.255.255", "127.0.1.1"], **here.ports)
        assert [device.device_id for device in result.devices] == [10001]
        assert len(result.notices) == 1
        assert "255.255.255.255" in result.notices[0]
        with pytest.raises(NotReached, match=r"255\.255\.255\.255"):
            await search(addresses=["255.255.255.255"], timeout=0.2, **here.ports)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"addresses": ["300.1.1.1"]}, "address"),
        ({"addresses": ["1.2.3"]}, "address"),
        ({"addresses": ["no-such-host.invalid"]}, "address"),
        ({"interfaces": ["eth-none"]}, "interface"),
        ({"generations": ["biostar3"]}, "generation"),
        ({"generations": []}, "generation"),
        ({"timeout": 0}, "timeout"),
        ({"port": 70000}, "port"),
    ],
)
async def test_wrong_arguments_are_refused_before_anything_is_sent(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await search(**arguments)
    assert caught.value.field == field


async def test_cards_that_are_down_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    down = tuple(replace(card, up=False) for card in interfaces())
    monkeypatch.setattr(sys.modules["doorward.discovery.search"], "all_cards", lambda: down)
    with pytest.raises(NotReached, match="ready to broadcast"):
        await search(timeout=0.1)
