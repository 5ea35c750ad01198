"""Virtual devices that dial a server: both connections, pushes, breaks, refusals, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from doorward.model.errors import InvalidInput, NotReached
from doorward.model.network_settings import NetworkChanges
from doorward.protocol.biostar1 import device_end
from doorward.protocol.biostar1.announcement import ConnectionKind
from doorward.protocol.biostar1.commands.clock import ReadClock, SetClock
from doorward.protocol.biostar1.commands.logs import ReadExtendedLogs, ReadLogs
from doorward.protocol.biostar1.commands.maintenance import Restart
from doorward.protocol.biostar1.models import MODELS
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.biostar1.records.logs import read_extended_log_records
from doorward.protocol.biostar1.server_mode import (
    AskTime,
    DeleteCertificate,
    KeepAlive,
    LookUpUser,
    PushImageLog,
    PushLog,
    UserAnswer,
    WriteCertificate,
)
from doorward.simulator import LineBehaviour, RunningDevice, VirtualDevice
from doorward.simulator.control import Control
from doorward.simulator.event_rate import EventRate
from doorward.simulator.factory_blocks import NetworkPlace
from doorward.simulator.server_dialler import DialBehaviour, DiallerState
from doorward.simulator.server_site import ServerModeSite
from doorward.simulator.site import VirtualSite
from doorward.simulator.traffic import UNKNOWN_CARDS
from doorward.transport import Stream, listen
from tests.support.authority import Authority
from tests.support.small_server import SECONDS, SmallServer, small_server
from tests.support.virtual_time import in_virtual_time

FAST: dict[str, Any] = {"broken_wait": (0.01, 0.02), "refused_wait": (0.02, 0.03), "restart_seconds": 0.01}


@contextlib.asynccontextmanager
async def running(
    *models: str, devices: int = 1, tls: Callable[[Any], Any] | None = None, tls_of: Any = None, **behaviour: Any
) -> AsyncIterator[tuple[SmallServer, ServerModeSite]]:
    """A server and devices that are live there."""
    async with small_server() as server:
        devices = max(devices, len(models))
        site = VirtualSite(devices, models=models, people=3)
        chosen = DialBehaviour(**(FAST | {"keep_alive": SECONDS} | behaviour))
        async with ServerModeSite(site, server.address, behaviour=chosen, tls=tls, tls_of=tls_of) as dialling:
            async with asyncio.timeout(SECONDS):
                await dialling.all_live()
            yield server, dialling


async def test_every_model_comes_and_tells_what_happens() -> None:
    async with running(devices=len(MODELS)) as (server, site):
        assert {guest.identity.device_type for guest in server.guests.values()} == {
            model.device_type for model in MODELS
        }
        assert site.states() == {DiallerState.LIVE: len(MODELS)}
        for dialler in site.diallers:
            dialler.device.tamper(True)
        await server.until(lambda: len(server.pushed()) == len(MODELS))
        for dialler in site.diallers:
            assert dialler.device.log.content[-dialler.device.log.record_size :] in server.pushed()
        for device_id, guest in server.guests.items():
            reply = ReadClock().decode_reply(await guest.call(ReadClock()))
            assert abs(reply.local_time - site.dialler(device_id).device.clock.local_time) <= 1
        await server.until(lambda: server.said(AskTime) == len(MODELS))


async def test_a_picture_follows_its_event() -> None:
    async with running("d-station") as (server, site):
        site.diallers[0].device.swipe(UNKNOWN_CARDS[0])
        await server.until(lambda: server.said(PushImageLog) == 1)
        (record,) = read_extended_log_records(server.pushed()[-1])
        picture = next(said for _, said in server.heard if isinstance(said, PushImageLog))
        assert record.image_slot == 0
        assert (picture.header.event, picture.header.local_time) == (record.event, record.local_time)
        assert picture.picture.startswith(b"\xff\xd8")


async def test_silence_is_filled_with_keep_alives() -> None:
    async with running("xpass", keep_alive=0.02) as (server, _):
        await server.until(lambda: server.said(KeepAlive) >= 3)


async def test_what_the_server_sets_is_not_reported_to_it() -> None:
    async with running("xpass") as (server, site):
        (guest,) = server.guests.values()
        assert (await guest.call(SetClock(1_700_000_000))).code == 0
        site.diallers[0].device.tamper(True)
        await server.until(lambda: len(server.pushed()) == 1)
        assert server.pushed()[0] == site.diallers[0].device.log.content[-16:]
        assert len(site.diallers[0].device.log) == 2


async def test_an_unacknowledged_record_is_pushed_again_and_the_rest_is_in_the_log() -> None:
    async with running("bioentry-plus") as (server, site):
        dialler = site.diallers[0]
        device = dialler.device
        server.hold_pushes = True
        device.tamper(True)
        device.tamper(False)
        await server.until(lambda: len(server.pushed()) == 1)
        server.hold_pushes = False
        stream = server.guests[device.device_id].request_stream
        assert stream is not None
        stream.abort()
        await server.until(lambda: len(server.pushed()) == 2)
        assert server.pushed()[0] == server.pushed()[1] == device.log.content[:16]
        device.tamper(True)
        await server.until(lambda: len(server.pushed()) == 3)
        assert server.pushed()[2] == device.log.content[32:]
        assert (await dialler.ask(KeepAlive())).result == 0
        assert dialler.acknowledged == 2
        guest = server.guests[device.device_id]
        reply = await guest.call(ReadLogs())
        assert (reply.param1, reply.payload) == (3, device.log.content)


async def test_a_device_that_pushes_what_happened_in_between() -> None:
    async with running("bioentry-plus", push_after_absence=True) as (server, site):
        device = site.diallers[0].device
        server.refusals[ConnectionKind.COMMAND] = [0x64]
        site.diallers[0].drop()
        await server.until(lambda: not server.refusals[ConnectionKind.COMMAND])
        assert not site.diallers[0].live.is_set()
        device.tamper(True)
        device.tamper(False)
        await server.until(lambda: len(server.pushed()) == 2)
        assert b"".join(server.pushed()) == device.log.content


async def test_the_log_is_there_after_an_absence() -> None:
    async with small_server() as server:
        site = VirtualSite(1, models=["d-station"], people=0)
        async with ServerModeSite(site, server.address, behaviour=DialBehaviour(**FAST)) as dialling:
            device = dialling.diallers[0].device
            device.tamper(True)
            await asyncio.wait_for(dialling.all_live(), SECONDS)
            reply = await server.guests[device.device_id].call(ReadExtendedLogs())
            assert reply.payload == device.log.content
            assert server.pushed() == []


@pytest.mark.parametrize("kind", list(ConnectionKind))
async def test_a_refusal_is_tried_again_later(kind: ConnectionKind) -> None:
    async with small_server() as server:
        server.refusals[kind] = [0x64, 0xCA]
        site = VirtualSite(1, people=0)
        async with ServerModeSite(site, server.address, behaviour=DialBehaviour(**FAST)) as dialling:
            await asyncio.wait_for(dialling.all_live(), SECONDS)
            assert dialling.diallers[0].setback == (
                f"the server refused the {kind.value}: the server does not allow it"
            )
            assert dialling.diallers[0].admissions == 1


@pytest.mark.parametrize("which", ["command", "request", "both"])
async def test_either_connection_ends_the_pair(which: str) -> None:
    async with running("biolite-net") as (server, site):
        dialler = site.diallers[0]
        guest = server.guests[dialler.device.device_id]
        assert guest.request_stream is not None
        if which == "both":
            dialler.drop()
        elif which == "command":
            guest.stream.abort()
        else:
            guest.request_stream.close()
        await server.until(lambda: server.connections == 4)
        await asyncio.wait_for(dialler.live.wait(), SECONDS)
        assert dialler.setback
        assert dialler.admissions == 2
        assert server.guests[dialler.device.device_id] is not guest


async def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_end, "ANSWER_LIMIT", 0.05)
    async with running("xpass") as (server, site):
        server.hold_pushes = True
        site.diallers[0].device.tamper(True)
        await server.until(lambda: len(server.pushed()) == 2)
        assert "did not answer PushLog" in site.diallers[0].setback
        assert len(set(server.pushed())) == 1


async def test_no_server_at_all_and_then_one() -> None:
    async with small_server() as gone:
        address = gone.address
    site = VirtualSite(1, people=0)
    async with ServerModeSite(site, address, behaviour=DialBehaviour(**FAST)) as dialling:
        dialler = dialling.diallers[0]
        async with asyncio.timeout(SECONDS):
            while not dialler.setback:  # noqa: ASYNC110 - nobody is told of it
                await asyncio.sleep(0.01)
        assert "refused" in dialler.setback
        with pytest.raises(NotReached, match="not connected"):
            await dialler.ask(KeepAlive())
        async with small_server(address.port):
            await asyncio.wait_for(dialling.all_live(), SECONDS)


async def test_an_address_that_cannot_be_reached_is_replaced_by_the_one_that_can() -> None:
    async with small_server() as gone:
        closed = gone.address.port
    async with small_server() as server:
        server.told_address = ("127.0.0.1", closed)
        site = VirtualSite(1, models=["bioentry-w"], people=0)
        async with ServerModeSite(site, server.address, behaviour=DialBehaviour(**FAST)) as dialling:
            await asyncio.wait_for(dialling.all_live(), SECONDS)
            assert dialling.diallers[0].setback == ""


async def test_a_device_that_restarts_comes_back() -> None:
    async with running("biostation") as (server, site):
        dialler = site.diallers[0]
        guest = server.guests[dialler.device.device_id]
        assert (await guest.call(Restart())).code == 0
        await server.until(lambda: server.connections == 4)
        await asyncio.wait_for(dialler.live.wait(), SECONDS)
        assert "restart" in dialler.setback


async def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")

    def context(device: Any) -> ssl.SSLContext:
        return authority.context(f"device {device.device_id}", ssl.Purpose.SERVER_AUTH)

    async with small_server() as server:
        server.tls = authority.context("server", ssl.Purpose.CLIENT_AUTH)
        site = VirtualSite(1, models=["biostation"], people=0)
        fast = DialBehaviour(**FAST)
        async with ServerModeSite(site, server.address, behaviour=fast, tls=context) as dialling:
            await asyncio.wait_for(dialling.all_live(), SECONDS)
            assert server.tls_connections == 2
            dialling.diallers[0].device.tamper(True)
            await server.until(lambda: len(server.pushed()) == 1)
            (guest,) = server.guests.values()
            assert (await guest.call(ReadClock())).code == 0


async def test_a_certificate_of_the_server_is_used_on_the_next_connection(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    files: list[bytes] = []

    def context(file: bytes) -> ssl.SSLContext:
        files.append(file)
        return authority.context("device 10001", ssl.Purpose.SERVER_AUTH)

    async with running("biostation", "d-station", tls_of=context) as (server, site):
        server.tls = authority.context("server", ssl.Purpose.CLIENT_AUTH)
        station, other = (server.guests[dialler.device.device_id] for dialler in site.diallers)
        assert (await other.call(WriteCertificate(b"pem"))).code == 0x65
        assert (await other.call(DeleteCertificate())).code == 0x65
        certificate = bytes(range(256)) * 20
        assert (await station.call(WriteCertificate(certificate))).code == 0
        assert site.diallers[0].certificates.file == certificate
        site.diallers[0].drop()
        await server.until(lambda: server.tls_connections == 2)
        await asyncio.wait_for(site.diallers[0].live.wait(), SECONDS)
        assert set(files) == {certificate}
        (guest,) = (guest for guest in server.guests.values() if guest.identity.device_type == 0)
        assert (await guest.call(DeleteCertificate())).code == 0
        assert site.diallers[0].certificates.file is None


async def test_questions_have_answers() -> None:
    async with running("d-station", packet_payload=4096, enciphered_questions=True) as (server, site):
        dialler = site.diallers[0]
        server.answers[LookUpUser] = UserAnswer(bytes(388))
        assert (await dialler.ask(LookUpUser(5))).reply == UserAnswer(bytes(388))
        server.answers[KeepAlive] = 0x64
        answered = await dialler.ask(KeepAlive())
        assert (answered.result, answered.words) == (0x64, "it is busy")


async def test_a_refused_push_is_counted_and_not_repeated() -> None:
    async with running("xpass") as (server, site):
        server.answers[PushLog] = 0x67
        site.diallers[0].device.tamper(True)
        await server.until(lambda: len(server.pushed()) == 1)
        await site.diallers[0].ask(KeepAlive())
        assert (site.diallers[0].refused, site.diallers[0].acknowledged) == (1, 0)


def test_only_biostar_1_models_dial() -> None:
    site = VirtualSite(1, models=["biostation-2"])
    with pytest.raises(InvalidInput, match="BioStar 1"):
        ServerModeSite(site, SmallServer().address)
    site.close()


def test_events_at_a_rate_and_alike() -> None:
    site = VirtualSite(4, people=2)
    devices = [site.device(10_001 + place) for place in range(4)]
    rate = EventRate(devices, 100, repeat_share=0.2, seed=1)
    while rate.count < 1000:
        rate.step()
    records = [
        (device.device_id, device.log.content[at : at + device.log.record_size])
        for device in devices
        for at in range(0, len(device.log.content), device.log.record_size)
    ]
    assert len(records) == rate.count
    assert len(set(records)) < len(records)
    for device in devices:
        times = [
            int.from_bytes(device.log.content[at + 4 : at + 8], "little")
            for at in range(0, len(device.log.content), device.log.record_size)
        ]
        assert times == sorted(times)
    for rate_, share in ((-1, 0), (1, 2)):
        with pytest.raises(InvalidInput):
            EventRate(devices, rate_, repeat_share=share)
    site.close()


@in_virtual_time
async def test_the_rate_is_kept() -> None:
    site = VirtualSite(2, people=0)
    devices = [site.device(10_001), site.device(10_002)]
    rate = EventRate(devices, 1000)
    task = asyncio.get_running_loop().create_task(rate.run())
    await asyncio.sleep(10)
    task.cancel()
    assert rate.count == pytest.approx(10_000, abs=200)
    site.close()


async def lines_of(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def test_control_of_one_device() -> None:
    async with running("d-station") as (server, site):
        control = Control(site)
        server.answers[LookUpUser] = UserAnswer(bytes(388))

        async def do(text: str) -> dict[str, Any]:
            return await asyncio.wait_for(control.handle(text), SECONDS)

        log = '{"do":"log","event":55,"sub_event":1,"tna_event":2,"time":1700000000,"user_id":4294967295}'
        assert await do(log) == {"done": "log", "result": 0}
        (record,) = read_extended_log_records(server.pushed()[0])
        assert record[:7] == (55, 1, 2, 1_700_000_000, 4294967295, 10_001, -1)
        assert site.diallers[0].device.log.content == server.pushed()[0]
        image = '{"do":"image_log","event":55,"time":1700000001,"user_id":7,"image_hex":"ffd8ffd9"}'
        assert await do(image) == {"done": "image_log", "result": 0}
        looked_up = await do('{"do":"user_info","id_type":1,"id":7,"custom_id":0}')
        assert looked_up == {"done": "user_info", "result": 0, "payload_hex": "00" * 388}
        assert (await do('{"do":"user_info","id_type":2,"id":7,"custom_id":3}'))["result"] == 0x68
        for how in (1, 2):
            matched = await do(f'{{"do":"matching","matching_type":{how},"id":7,"template_hex":"{"00" * 384}"}}')
            assert (matched["done"], matched["result"], matched["param1"]) == ("matching", 0x68, 1)
        assert await do('{"do":"time"}') == {"done": "time", "result": 0, "param1": 1_700_000_000}
        assert await do('{"do":"keep_alive"}') == {"done": "keep_alive", "result": 0}
        assert await do('{"do":"drop"}') == {"done": "drop"}
        assert (await do('{"do":"keep_alive"}'))["result"] == 0
        assert site.diallers[0].admissions == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nonsense", "a JSON object"),
        ("[1]", "a JSON object"),
        ("[" * 100_000, "a JSON object"),
        ("{}", "do: None is not allowed; allowed: log"),
        ('{"do":["log"]}', "is not allowed"),
        ('{"do":"log"}', "event: None"),
        ('{"do":"log","event":256}', "event: 256 is not allowed; allowed: a whole number from 0 to 255"),
        ('{"do":"log","event":true}', "event: True"),
        ('{"do":"keep_alive","device_id":5}', "device_id: 5 is not allowed; allowed: 10001"),
        ('{"do":"user_info","id_type":3,"id":7}', "1 by number, 2 by card"),
        ('{"do":"matching","matching_type":3}', "1 to identify, 2 to verify"),
        ('{"do":"matching","template_hex":"xy"}', "hexadecimal"),
        ('{"do":"image_log","event":1,"image_hex":"ff"}', "has no camera"),
    ],
)
async def test_control_says_what_is_wrong(line: str, words: str) -> None:
    site = ServerModeSite(VirtualSite(1, models=["xpass"], people=0), SmallServer().address)
    answer = await Control(site, live_limit=0.01).handle(line)
    assert words in answer["error"]
    assert "result" not in answer
    await site.stop()


async def test_control_of_a_device_that_is_away() -> None:
    site = ServerModeSite(VirtualSite(1, models=["xpass"], people=0), SmallServer().address)
    answer = await Control(site, live_limit=0.01).handle('{"do":"log","event":55}')
    assert answer["error"].endswith("The record is in the device's log.")
    assert len(site.diallers[0].device.log) == 1
    await site.stop()


async def test_control_of_a_server_that_does_not_answer() -> None:
    async with running("xpass") as (server, site):
        server.hold_pushes = True
        answer = await Control(site, live_limit=0.01, answer_limit=0.05).handle('{"do":"log","event":55}')
        assert "has not answered" in answer["error"]


async def test_control_of_several_devices() -> None:
    async with running("xpass", "d-station") as (_, site):
        written: list[str] = []
        lines = [f'{{"do":"keep_alive","device_id":{dialler.device.device_id}}}' for dialler in site.diallers]
        await Control(site).run(lines_of(*lines, "\n"), written.append)
        assert sorted(written) == [
            '{"done": "keep_alive", "device_id": 10001, "result": 0}',
            '{"done": "keep_alive", "device_id": 10002, "result": 0}',
        ]
        assert "device_id: None" in (await Control(site).handle('{"do":"time"}'))["error"]
        written.clear()
        await Control(site).run(lines_of('{"do":"quit"}', lines[0]), written.append)
        assert written == ['{"done": "quit"}']


async def test_a_device_that_is_put_into_server_mode_dials() -> None:
    came: asyncio.Queue[str] = asyncio.Queue()

    async def serve(stream: Stream) -> None:
        await came.put(stream.peer.host)
        await stream.receive()

    listener = await listen(serve, "127.0.0.1", 0)
    behaviour = LineBehaviour(port=0, udp_port=0, restart_seconds=0.01, server_mode=DialBehaviour())
    device = VirtualDevice(77, "biostation-t2", network=NetworkPlace(address="127.0.94.7"))
    try:
        async with RunningDevice(device, behaviour) as running:
            block = network_block(device.model.device_type)
            content = device.configuration.content(block.configuration_type)
            assert content is not None
            port = listener.addresses[0].port
            changes = NetworkChanges(mode="server", server_address="127.0.0.1", server_port=port)
            device.configuration.write(block.configuration_type, block.change(content, changes))
            running.restart()
            async with asyncio.timeout(10):
                assert await came.get() == "127.0.94.7"
    finally:
        listener.close()
        await listener.wait_closed()
