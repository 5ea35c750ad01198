"""Search and network settings over a cable between two namespaces: the device's subnet may be the wrong one."""

import asyncio
from dataclasses import replace

import pytest

from doorward.discovery import (
    FoundDevice,
    NetworkChanges,
    find_device,
    read_network_settings,
    restart,
    search,
    write_network_settings,
)
from doorward.model.errors import TimedOut
from tests.discovery.patient import at_least, search_until
from tests.support.namespaces import Wire, wire

pytestmark = pytest.mark.root

DEVICES = "import asyncio, sys; from tests.discovery.fake_devices import main; asyncio.run(main(sys.argv[1:]))"
HOST = "10.61.0.1/24"
ID2 = 0x1F223344


async def test_a_site_of_both_generations_is_found_once_each() -> None:
    with (
        wire(HOST, "10.61.0.2/24", "10.61.0.3/24") as made,
        made.device_program(DEVICES, "1:10001:1:10.61.0.2", f"2:{ID2}:10:10.61.0.3"),
    ):
        result = await search_until(at_least(2), seconds=0.3)
        assert [(item.device_id, item.address, item.interface) for item in result.devices] == [
            (10001, "10.61.0.2", made.host_card),
            (ID2, "10.61.0.3", made.host_card),
        ]
        assert not any(item.foreign_subnet or item.conflict for item in result.devices)
        by_name = await search_until(at_least(2), seconds=0.3, interfaces=[made.host_card], details=True)
        assert [item.details.mask for item in by_name.devices if item.details] == ["255.255.255.0"] * 2
        assert (await search(interfaces=["lo"], timeout=0.2)).devices == ()
        alone = await search(addresses=["10.61.0.3"], timeout=30)
        assert [item.device_id for item in alone.devices] == [ID2]


def route_back(made: Wire) -> None:
    made.run(made.device, "ip", "route", "add", "10.61.0.0/24", "dev", made.device_card)


@pytest.mark.parametrize("answers_to_us", [True, False], ids=["answers-to-us", "answers-by-broadcast"])
@pytest.mark.parametrize(("program", "device_id"), [("1:10001:0", 10001), ("1:10002:1", 10002), (f"2:{ID2}:10", ID2)])
async def test_a_device_in_a_foreign_subnet_is_found_and_readdressed(
    program: str, device_id: int, answers_to_us: bool
) -> None:
    with wire(HOST, "192.168.99.5/24") as made:
        if answers_to_us:
            route_back(made)
        with made.device_program(DEVICES, f"{program}:192.168.99.5"):
            device = await find_device(device_id, timeout=30)
            assert device.address == "192.168.99.5"
            assert device.interface == made.host_card
            assert device.foreign_subnet
            change = await write_network_settings(
                device, NetworkChanges(address="10.61.0.9", mask="255.255.255.0"), timeout=2
            )
            assert change.written
            assert change.before.address == "192.168.99.5"
            settings = await read_network_settings(device, timeout=2)
            assert settings.address == change.after.address == "10.61.0.9"


async def test_a_device_with_the_fallback_address_is_asked_by_broadcast() -> None:
    with wire(HOST, "169.254.10.1/16") as made:
        route_back(made)
        with made.device_program(DEVICES, "1:10001:1:169.254.10.1"):
            known = FoundDevice(device_id=10001, type=1, generation="biostar1", address="169.254.10.1")
            assert (await read_network_settings(known, timeout=2)).address == "169.254.10.1"
            stranger = replace(known, device_id=10002)
            with pytest.raises(TimedOut, match="broadcast on"):
                await read_network_settings(stranger, timeout=0.2)


async def test_a_restart_goes_to_the_address_alone() -> None:
    with wire(HOST, "10.61.0.2/24") as made, made.device_program(DEVICES, "1:10001:1:10.61.0.2"):
        device = await find_device(10001, timeout=30)
        await asyncio.wait_for(restart(device, timeout=2), 30)
