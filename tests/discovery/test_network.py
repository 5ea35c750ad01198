"""Reading and changing network settings and restarting, against small devices on loopback."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from doorward.discovery import FoundDevice, NetworkChanges, read_network_settings, restart, write_network_settings
from doorward.model.errors import DeviceRefused, InvalidInput, NotReached, TimedOut, Unsupported
from doorward.protocol.biostar1.models import MODELS
from doorward.protocol.errors import RemoteProtocolError
from doorward.transport.udp import bound_socket
from tests.discovery.fake_devices import FakeDevice, FakeDevice2

ID2 = 0x1F223344


@contextlib.asynccontextmanager
async def standing(device: FakeDevice) -> AsyncIterator[tuple[FoundDevice, dict[str, Any]]]:
    """A device that listens; gives how it is known, and the options to reach it."""
    await device.open(0)
    assert device.server is not None
    generation = "biostar2" if isinstance(device, FakeDevice2) else "biostar1"
    known = FoundDevice(
        device_id=device.device_id, type=device.device_type, generation=generation, address=device.address
    )
    try:
        yield known, {"port": device.server.address.port, "timeout": 2.0}
    finally:
        device.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("device_type", [model.device_type for model in MODELS])
async def test_settings_of_every_model_are_read_and_changed(device_type: int) -> None:
    device = FakeDevice(10001, device_type, "127.0.1.1")
    ((number, before_bytes),) = device.blocks.items()
    async with standing(device) as (known, options):
        before = await read_network_settings(known, **options)
        assert (before.address, before.mask, before.port, before.mode) == (
            "127.0.1.1", "255.255.255.0", 1471, "direct")  # fmt: skip
        changes = NetworkChanges(address="127.0.1.20", mode="server", server_address="127.0.0.9")
        change = await write_network_settings(known, changes, **options)
        assert change.written
        assert change.before == before
        assert change.after == replace(before, address="127.0.1.20", mode="server", server_address="127.0.0.9")
        assert device.settings == change.after
        assert len(device.writes) == 1
        assert len(device.blocks[number]) == len(before_bytes)
        assert device.blocks[number][160:] == before_bytes[160:]


async def test_settings_of_biostar2_are_read_and_changed() -> None:
    device = FakeDevice2(ID2, 0x0A, "127.0.1.1")
    before_bytes = device.configuration.to_bytes()
    async with standing(device) as (known, options):
        before = await read_network_settings(known, **options)
        assert (before.address, before.server_port, before.max_connections) == ("127.0.1.1", 51212, None)
        change = await write_network_settings(known, NetworkChanges(dhcp=True, server_port=51999), **options)
        assert change.written
        assert change.after == replace(before, dhcp=True, server_port=51999)
        assert len(device.taken) == 1
        assert device.taken[0].to_bytes()[78:] == before_bytes[78:]


@pytest.mark.parametrize("device", [FakeDevice(10001, 0x00, "127.0.1.1"), FakeDevice2(ID2, 0x0A, "127.0.1.1")])
async def test_nothing_is_written_when_nothing_differs(device: FakeDevice) -> None:
    async with standing(device) as (known, options):
        change = await write_network_settings(known, NetworkChanges(address="127.0.1.1"), **options)
        assert not change.written
        assert change.before == change.after
        assert device.writes == []


@pytest.mark.parametrize(
    ("device", "changes", "error"),
    [
        (FakeDevice(10001, 0x01, "127.0.1.1"), {"address": "300.1.1.1"}, InvalidInput),
        (FakeDevice(10001, 0x01, "127.0.1.1"), {"server_port": 5001}, Unsupported),
        (FakeDevice(10001, 0x00, "127.0.1.1"), {"mtu": 1400}, Unsupported),
        (FakeDevice2(ID2, 0x0A, "127.0.1.1"), {"max_connections": 3}, Unsupported),
        (FakeDevice2(ID2, 0x0A, "127.0.1.1"), {"mask": "255.0.255.0"}, InvalidInput),
        (FakeDevice(10001, 0x01, "127.0.1.1"), {}, InvalidInput),
    ],
)
async def test_wrong_changes_send_nothing(device: FakeDevice, changes: dict[str, Any], error: type[Exception]) -> None:
    async with standing(device) as (known, options):
        with pytest.raises(error):
            await write_network_settings(known, NetworkChanges(**changes), **options)
        assert device.heard == 0


async def test_what_does_not_go_with_the_other_settings_writes_nothing() -> None:
    device = FakeDevice(10001, 0x01, "127.0.1.1")
    async with standing(device) as (known, options):
        with pytest.raises(InvalidInput, match="gateway"):
            await write_network_settings(known, NetworkChanges(gateway="10.0.0.1"), **options)
        with pytest.raises(InvalidInput, match="server"):
            await write_network_settings(known, NetworkChanges(mode="server"), **options)
        assert device.heard > 0
        assert device.writes == []


@pytest.mark.parametrize("lost", [{1}, {3}, {1, 4}, {2, 9, 20}])
async def test_lost_datagrams_while_reading_are_made_good(lost: set[int]) -> None:
    device = FakeDevice(10001, 0x01, "127.0.1.1")
    device.loses = lambda number: number in lost
    async with standing(device) as (known, options):
        assert (await read_network_settings(known, **options | {"timeout": 1.0})).address == "127.0.1.1"


async def test_a_lost_datagram_in_the_middle_of_a_write_is_made_good() -> None:
    device = FakeDevice(10001, 0x01, "127.0.1.1")
    parts = -(-len(device.blocks[0x50]) // 928)
    device.loses = lambda number: number == parts + 5  # after the reading, inside the payload
    async with standing(device) as (known, options):
        change = await write_network_settings(known, NetworkChanges(port=1500), **options | {"timeout": 1.0})
        assert change.after.port == device.settings.port == 1500
        assert len(device.writes) == 1


@pytest.mark.parametrize("behind", [0, 1], ids=["acknowledgement", "result"])
async def test_silence_after_the_last_part_is_not_repeated_and_told(behind: int) -> None:
    device = FakeDevice(10001, 0x00, "127.0.1.1")
    device.loses = lambda number: number >= 3 + behind  # 1: the reading, 2: the write is accepted
    async with standing(device) as (known, options):
        with pytest.raises(TimedOut, match="did not say whether it took them") as caught:
            await write_network_settings(known, NetworkChanges(port=1500), **options | {"timeout": 0.4})
        assert "search for it again" in caught.value.advice
        assert len(device.writes) == 1


@pytest.mark.parametrize("device", [FakeDevice(10001, 0x00, "127.0.1.1"), FakeDevice2(ID2, 0x0A, "127.0.1.1")])
async def test_a_refusal_is_told_in_words(device: FakeDevice) -> None:
    device.refusal = 0x69 if device.device_id == 10001 else 0x0101
    async with standing(device) as (known, options):
        with pytest.raises(DeviceRefused, match="refused to take network settings") as caught:
            await write_network_settings(known, NetworkChanges(port=1500), **options)
        assert caught.value.code == device.refusal


@pytest.mark.parametrize("device", [FakeDevice(10001, 0x00, "127.0.1.1"), FakeDevice2(ID2, 0x0A, "127.0.1.1")])
async def test_silence_is_told_in_words(device: FakeDevice) -> None:
    device.loses = lambda number: True
    async with standing(device) as (known, options):
        with pytest.raises(TimedOut, match=r"did not answer the request to tell its network settings \(127\.0\.1\.1"):
            await read_network_settings(known, **options | {"timeout": 0.2})
        assert device.heard == 4


async def test_another_device_at_the_address_keeps_silent() -> None:
    async with standing(FakeDevice(10001, 0x00, "127.0.1.1")) as (known, options):
        with pytest.raises(TimedOut, match="Device 10002"):
            await read_network_settings(replace(known, device_id=10002), **options | {"timeout": 0.2})


async def test_what_speaks_another_protocol_is_told() -> None:
    with bound_socket("127.0.1.1", 0) as stranger:
        stranger.setblocking(True)
        stranger.settimeout(5)

        def answer_with_noise() -> None:
            for _ in range(4):
                _, source = stranger.recvfrom(2000)
                stranger.sendto(b"HTTP/1.1 400 Bad Request", source)

        answering = asyncio.create_task(asyncio.to_thread(answer_with_noise))
        known = FoundDevice(device_id=10001, type=0, generation="biostar1", address="127.0.1.1")
        with pytest.raises(RemoteProtocolError, match="982"):
            await read_network_settings(known, port=stranger.getsockname()[1], timeout=2)
        await answering


async def test_datagrams_from_elsewhere_do_not_disturb() -> None:
    device = FakeDevice(10001, 0x01, "127.0.1.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.1.99", 0))

        def disturb(number: int) -> bool:
            return False

        device.loses = disturb
        async with standing(device) as (known, options):
            real = device.handle

            def handle(datagram: Any) -> None:
                stranger.sendto(bytes(982), datagram.source)
                real(datagram)

            device.server._handler = handle  # type: ignore[union-attr] # it stands
            assert (await read_network_settings(known, **options)).address == "127.0.1.1"


async def test_restart() -> None:
    device = FakeDevice(10001, 0x04, "127.0.1.1")
    async with standing(device) as (known, options):
        await restart(known, **options)
        assert device.restarts == 1
        device.loses = lambda number: True
        with pytest.raises(TimedOut, match="request to restart"):
            await restart(known, **options | {"timeout": 0.2})
        with pytest.raises(TimedOut) as caught:
            await restart(replace(known, foreign_subnet=True), **options | {"timeout": 0.2})
        assert "another subnet" in caught.value.advice


async def test_biostar2_devices_cannot_be_restarted() -> None:
    device = FakeDevice2(ID2, 0x0A, "127.0.1.1")
    async with standing(device) as (known, options):
        with pytest.raises(Unsupported, match="FaceStation 2 cannot be restarted by UDP"):
            await restart(known, **options)
        assert device.heard == 0


async def test_what_cannot_be_asked_is_told() -> None:
    odd = FoundDevice(device_id=1, type=99, generation="biostar1", address="127.0.1.1")
    with pytest.raises(Unsupported, match="unknown type 0x63"):
        await read_network_settings(odd)
    with pytest.raises(InvalidInput, match="generation"):
        await read_network_settings(replace(odd, generation="biostar3"))
    with pytest.raises(NotReached, match=r"255\.255\.255\.255"):
        await read_network_settings(replace(odd, type=0, address="255.255.255.255"))
