from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from doorward.model.errors import InvalidInput, NotReached
from doorward.protocol.biostar1.commands import identity, logs
from doorward.protocol.biostar1.datagram import decode_datagram, encode_datagram
from doorward.protocol.biostar1.models import MODELS
from doorward.protocol.biostar1.packet import Packet
from doorward.protocol.biostar1.udp_exchange import SEARCH
from doorward.protocol.biostar2.network_settings import (
    ConfigurationReply,
    GetConfigurationRequest,
    SetConfigurationRequest,
)
from doorward.protocol.biostar2.search import SearchReply, SearchRequest
from doorward.simulator import (
    BioStar2VirtualDevice,
    LineBehaviour,
    RunningBioStar2Device,
    TrafficPlan,
    VirtualSite,
)
from doorward.transport import Address, Datagram, UdpServer, listen
from tests.simulator.talk import WAIT, Caller

UDP_PORT, UDP_PORT2 = 53210, 53211


def bind_for(count: int, block: int) -> list[str]:
    return [f"127.0.{block}.{host}" for host in range(1, count + 1)]


async def test_a_site_of_all_models() -> None:
    behaviour = LineBehaviour(udp_port=UDP_PORT)
    site = VirtualSite(12, bind=bind_for(12, 41), behaviour=behaviour, history_records=10, people=3)
    async with site:
        described = site.describe()
        assert [item.model for item in described] == [model.slug for model in MODELS] + ["biostation"]
        assert [item.device_id for item in described] == list(range(10_001, 10_013))
        assert described[1].as_dict() == {
            "device_id": 10_002, "model": "bioentry-plus", "type": 1, "generation": "biostar1",
            "address": "127.0.41.2", "port": 1471,
        }  # fmt: skip
        for item in described:
            device = site.device(item.device_id)
            caller = await Caller.dial((item.address, item.port), device)
            reply = await caller.ask(identity.Identify())
            assert (reply.param1, reply.param2) == (item.device_id, item.type)
            assert (await caller.ask(logs.CountLogs())).param1 == 10
            assert len(device.people.users) == 3
            await caller.close()
        assert not site.problems
    with pytest.raises(InvalidInput, match="10001"):
        site.device(5)


async def test_the_default_addresses_are_on_loopback() -> None:
    site = VirtualSite(300, people=0)
    addresses = [item.address for item in site.describe()]
    assert addresses[:2] == ["127.0.1.1", "127.0.1.2"]
    assert addresses[253:255] == ["127.0.1.254", "127.0.2.1"]
    assert len(set(addresses)) == 300
    site.close()


def test_too_few_addresses_are_an_error_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="10001, 10012") as caught:
        VirtualSite(12, bind=["127.0.42.1"], models=["biostation"] + ["xpass"] * 10, state=tmp_path, people=0)
    assert "1470" in str(caught.value)
    # The files are free again.
    VirtualSite(2, bind=["127.0.42.1"], models=["biostation", "xpass"], state=tmp_path, people=0).close()


def test_wrong_input_is_told() -> None:
    for arguments, words in (
        ({"count": 0}, "devices"),
        ({"models": ["toaster"]}, "biostation-2"),
        ({"bind": ["300.1.1.1"]}, "bind"),
        ({"people": -1}, "people"),
        ({"first_id": 0}, "device id"),
        ({"history_records": -1}, "records"),
    ):
        with pytest.raises(InvalidInput, match=words):
            VirtualSite(**arguments)


async def test_one_device_that_cannot_start_leaves_none() -> None:
    addresses = bind_for(3, 43)
    site = VirtualSite(3, bind=addresses, models=["xpass"], behaviour=LineBehaviour(udp_port=UDP_PORT), people=0)

    async def nobody(_: object) -> None:
        return

    async with await listen(nobody, addresses[2], 1471):
        with pytest.raises(NotReached, match="1471"):
            await site.start()
        assert [item.address for item in site.running] == [None] * 3
    async with site:
        assert site.running[0].address == (addresses[0], 1471)


async def test_state_survives(tmp_path: Path) -> None:
    def make(seed: int) -> VirtualSite:
        return VirtualSite(
            2, bind=bind_for(2, 44), models=["bioentry-plus", "biostation-2"], state=tmp_path, seed=seed, people=5,
            history_records=20, behaviour=LineBehaviour(udp_port=UDP_PORT), biostar2_udp_port=UDP_PORT2,
        )  # fmt: skip

    async with make(1) as site:
        first = site.device(10_001)
        first.swipe(first.people.users.cards()[0])
        expected = first.log.content
    async with make(2) as site:
        again = site.device(10_001)
        assert again.log.content == expected  # not filled a second time, whatever the seed
        assert len(again.people.users) == 5


async def test_traffic_runs_while_the_site_does() -> None:
    plan = TrafficPlan(swipes_a_minute=60_000)
    behaviour = LineBehaviour(udp_port=UDP_PORT)
    async with VirtualSite(1, bind=["127.0.45.1"], behaviour=behaviour, traffic=plan) as site:
        device = site.device(10_001)
        happened = asyncio.Event()
        device.log.added = lambda _record: happened.set()
        await asyncio.wait_for(happened.wait(), WAIT)


# Search


def broadcast_socket(address: str) -> socket.socket:
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    asking.bind((address, 0))
    asking.setblocking(False)
    return asking


async def answers(asking: socket.socket, count: int) -> list[tuple[bytes, tuple[str, int]]]:
    loop = asyncio.get_running_loop()
    found = [await asyncio.wait_for(loop.sock_recvfrom(asking, 2048), WAIT) for _ in range(count)]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(loop.sock_recvfrom(asking, 2048), 0.1)
    return found


async def test_every_device_answers_a_broadcast_once_from_its_own_address() -> None:
    models = [model.slug for model in MODELS] + ["biostation-2", "corestation-40"]
    site = VirtualSite(
        13, models=models, bind=bind_for(13, 46), behaviour=LineBehaviour(udp_port=UDP_PORT),
        biostar2_udp_port=UDP_PORT2, people=0,
    )  # fmt: skip
    async with site:
        assert not site.problems
        with broadcast_socket("127.0.46.99") as asking:
            asking.sendto(encode_datagram(Packet(0, SEARCH)), ("127.255.255.255", UDP_PORT))
            found = await answers(asking, 11)
            seen = {(decode_datagram(data).param1, decode_datagram(data).param2, source[0]) for data, source in found}
            assert seen == {(d.device_id, d.type, d.address) for d in site.describe() if d.generation == "biostar1"}
            asking.sendto(SearchRequest().to_datagram(), ("127.255.255.255", UDP_PORT2))
            found = await answers(asking, 2)
            seen = {
                (answer.device_id, answer.device_type, source[0])
                for answer, source in ((SearchReply.from_datagram(data).answer, source) for data, source in found)
            }
            assert seen == {(d.device_id, d.type, d.address) for d in site.describe() if d.generation == "biostar2"}
            asking.sendto(SearchRequest(core_station=True).to_datagram(), ("127.255.255.255", UDP_PORT2))
            ((data, source),) = await answers(asking, 1)
            assert (SearchReply.from_datagram(data).answer.device_type, source[0]) == (0x0E, "127.0.46.13")


# BioStar 2


async def test_a_biostar2_device_takes_new_settings_and_moves() -> None:
    heard: asyncio.Queue[Datagram] = asyncio.Queue()
    device = BioStar2VirtualDevice(0x20000001, "bioentry-w2", address="127.0.47.1")
    async with (
        RunningBioStar2Device(device, udp_port=UDP_PORT2) as running,
        await UdpServer.open("127.0.47.99", 0, heard.put_nowait) as asker,
    ):

        async def ask(data: bytes, address: str) -> ConfigurationReply:
            asker.answer(Datagram(b"", Address(address, UDP_PORT2), "", 0.0, asker.address), data)
            return ConfigurationReply.from_datagram((await asyncio.wait_for(heard.get(), WAIT)).data)

        reply = await ask(GetConfigurationRequest(device_id=device.device_id).to_datagram(), "127.0.47.1")
        assert reply.configuration is not None
        assert (reply.configuration.ip_address, reply.configuration.port) == ("127.0.47.1", 51211)
        moved = replace(reply.configuration, ip_address="127.0.47.2")
        change = SetConfigurationRequest(device_id=device.device_id, configuration=moved)
        assert (await ask(change.to_datagram(), "127.0.47.1")).result == 0
        assert running._moving is not None
        await asyncio.wait_for(asyncio.shield(running._moving), WAIT)
        assert running.address == ("127.0.47.2", UDP_PORT2)
        reply = await ask(GetConfigurationRequest(device_id=device.device_id).to_datagram(), "127.0.47.2")
        assert reply.configuration == moved
        senseless = SetConfigurationRequest(device_id=device.device_id, configuration=replace(moved, ip_address="x"))
        assert (await ask(senseless.to_datagram(), "127.0.47.2")).result == 0x0101


def test_a_biostar2_number_lies_in_its_range() -> None:
    with pytest.raises(InvalidInput, match="16777216"):
        BioStar2VirtualDevice(1, "biostation-2", address="127.0.0.1")
