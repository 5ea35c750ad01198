"""Who calls: strangers are dropped cheaply, a live device is not pushed out, a silent one is."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable
from pathlib import Path
from ssl import Purpose
from typing import Any

import pytest

from doorward.gateway.callers import meet
from doorward.gateway.certificates import CertificateRefused
from doorward.gateway.collaborators import Approval, DeviceEntry, DeviceState
from doorward.gateway.limits import CallerCounts
from doorward.gateway.settings import CallerLimits, GatewaySettings
from doorward.model.errors import InvalidInput, NotReached
from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.device_end import Admitted, TurnedAway
from doorward.protocol.biostar1.results import BUSY
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from doorward.transport import Stream, TlsContext, dial
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.support.authority import Authority
from tests.support.gateway_site import Ground, running
from tests.support.raw_device import announced, decision, until_closed

SECONDS = 30.0
BEGUN_HELLO = bytes.fromhex("16030100c8010000c40303")


async def closed_after(ground: Ground, sent: bytes) -> bytes:
    stream = await dial("127.0.0.1", ground.port, timeout=SECONDS)
    try:
        if sent:
            await stream.send(sent)
        return await until_closed(stream)
    except NotReached:
        return b""
    finally:
        stream.abort()


async def until_gone(ground: Ground) -> None:
    await ground.bus.until(lambda: ground.gateway.connection_count == 0)


@pytest.mark.parametrize("rubbish", [b"\0" * 40, b"SSH-2.0-x\r\n", b"{{<<" + b"\xff" * 40, b"\r\n"])
async def test_rubbish_is_dropped(rubbish: bytes) -> None:
    async with running() as ground:
        await closed_after(ground, rubbish)
        await until_gone(ground)
        assert ground.gateway.counters.strangers == 1
        assert not ground.directory.sightings


async def test_an_http_request_is_told_where_to_go() -> None:
    async with running() as ground:
        answer = await closed_after(ground, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 501")
        assert b"a port of their own" in answer


async def test_tls_without_a_certificate_is_refused() -> None:
    async with running() as ground:
        assert not await closed_after(ground, BEGUN_HELLO)
        await until_gone(ground)
        assert ground.gateway.counters.strangers == 1


async def test_who_spoke_in_time_is_not_asked_by_a_busy_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of a hello come while the event loop is busy beyond the wait for them."""
    loop = asyncio.get_running_loop()
    async with running() as ground:
        with socket.socket() as caller:
            caller.setblocking(False)

            def speak_and_be_busy() -> None:
                caller.sendall(BEGUN_HELLO)
                time.sleep(2 * ground.settings.ask_after)

            def busy(*arguments: Any) -> Awaitable[Any]:
                loop.call_soon(speak_and_be_busy)
                return meet(*arguments)

            monkeypatch.setattr("doorward.gateway.gateway.meet", busy)
            await loop.sock_connect(caller, ("127.0.0.1", ground.port))
            assert not await loop.sock_recv(caller, 100)
        await until_gone(ground)


async def test_who_never_answers_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.protocol.biostar1.server_end.IDENTITY_LIMIT", 0.05)
    async with running() as ground:
        assert len(await closed_after(ground, b"")) == 40  # the identity question, nothing else
        await until_gone(ground)
        assert ground.gateway.counters.strangers == 1


async def test_a_flood_of_idle_callers_leaves_a_live_device_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.protocol.biostar1.server_end.IDENTITY_LIMIT", 60.0)
    device = VirtualDevice(DEVICE, "bioentry-plus")
    limits = CallerLimits(unidentified_per_address=50, new_per_second=10_000, burst=10_000)
    async with running(approved(), limits=limits) as ground, dialling(ground, device) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        streams: list[Stream] = []
        try:
            for _ in range(500):
                streams += [await dial("127.0.0.1", ground.port, timeout=SECONDS)]
            await ground.bus.until(lambda: ground.gateway.counters.turned_away >= 450)
            assert ground.gateway.connection_count <= 52
            device.log.add(events.VERIFY_SUCCESS, 1, 5)
            await ground.bus.until(lambda: dialler.acknowledged == 1)
            assert ground.bus.state(DEVICE) is DeviceState.LIVE
        finally:
            for stream in streams:
                stream.abort()


def test_limits_count_by_address_and_forget() -> None:
    counts = CallerCounts(CallerLimits(5, 4, 3, 2, new_per_second=1.0, burst=10))
    assert not counts.refusal("10.0.0.1", 0.0)
    assert not counts.refusal("10.0.0.1", 0.0)
    assert "have not said who they are" in counts.refusal("10.0.0.1", 0.0)
    counts.identified("10.0.0.1")
    assert not counts.refusal("10.0.0.1", 0.0)
    counts.identified("10.0.0.1")
    assert "3 connections from 10.0.0.1" in counts.refusal("10.0.0.1", 0.0)
    assert not counts.refusal("2001:db8::1", 0.0)
    assert not counts.refusal("2001:db8::2", 0.0)
    assert "5 connections are open" in counts.refusal("2001:db8:1::1", 0.0)
    counts.closed("2001:db8::1", identified=False)
    counts.closed("2001:db8::2", identified=False)
    for identified in (True, True, False):
        counts.closed("10.0.0.1", identified=identified)
    assert (counts.connections, counts.unidentified) == (0, 0)
    for _ in range(5):
        counts.refusal("10.0.0.1", 0.0)
    assert "new connections a second" in counts.refusal("10.0.0.1", 0.5)
    assert "new connections a second" not in counts.refusal("10.0.0.1", 2.0)


async def test_a_live_device_is_not_pushed_out() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with running(approved()) as ground, dialling(ground, device) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        stream, connection = await announced(ground.port, DEVICE, local_address="127.0.0.9")
        verdict = await decision(stream, connection)
        assert isinstance(verdict, TurnedAway)
        assert verdict.result == BUSY
        stream.abort()
        assert ground.bus.alarms("second-caller") == (1, 0)
        assert [sighting.address for sighting in ground.directory.sightings] == ["127.0.0.1"]
        request, _ = await announced(ground.port, DEVICE, kind=ConnectionKind.REQUEST, local_address="127.0.0.9")
        assert not await until_closed(request)
        request.abort()
        device.log.add(events.VERIFY_SUCCESS, 1, 5)
        await ground.bus.until(lambda: dialler.acknowledged == 1)
        assert dialler.admissions == 1


async def test_a_dead_connection_gives_way() -> None:
    async with running(approved()) as ground:
        silent, connection = await announced(ground.port, DEVICE)
        assert isinstance(await decision(silent, connection), Admitted)
        await ground.bus.until_state(DEVICE, DeviceState.CATCHING_UP)
        device = VirtualDevice(DEVICE, "bioentry-plus")
        async with dialling(ground, device):
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            assert ground.gateway.counters.second_connections == 0
        silent.abort()


async def test_a_closed_socket_is_noticed_at_once() -> None:
    device = VirtualDevice(DEVICE, "xpass-slim")
    async with running(approved()) as ground:
        async with dialling(ground, device):
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        assert "closed" in ground.bus.reason(DEVICE)
        await until_gone(ground)


async def test_silence_on_the_request_connection_ends_both() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with running(approved(), check_duration=0.3) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        device.log.add(events.VERIFY_SUCCESS, 1, 5)
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        assert "was silent for 0.3 s" in ground.bus.reason(DEVICE)


async def test_a_change_of_address_asks_again() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with running(approved(approved_address="127.0.0.7")) as ground:
        async with dialling(ground, device, local_address="127.0.0.8"):
            await ground.bus.until_state(DEVICE, DeviceState.WAITING)
            assert "approved at 127.0.0.7" in ground.bus.reason(DEVICE)
            assert not ground.store.committed
        await until_gone(ground)
        ground.directory.change(DEVICE, approval=Approval.APPROVED)
        async with dialling(ground, device, local_address="127.0.0.7"):
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)


async def test_a_disabled_device_is_dropped() -> None:
    async with running(approved(enabled=False)) as ground:
        stream, connection = await announced(ground.port, DEVICE)
        assert await decision_or_cut(stream, connection) is None
        await ground.bus.until_state(DEVICE, DeviceState.DISABLED)
        stream.abort()


async def decision_or_cut(stream: Stream, connection: object) -> object:
    try:
        return await decision(stream, connection)  # type: ignore[arg-type] # what announced gave
    except NotReached:
        return None


async def test_what_a_quarantined_device_says_is_dropped() -> None:
    async with running() as ground:
        stream, connection = await announced(ground.port, DEVICE)
        await ground.bus.until_state(DEVICE, DeviceState.WAITING)
        request, _ = await announced(ground.port, DEVICE, kind=ConnectionKind.REQUEST)
        assert not await decision_or_cut(request, _)
        await stream.send(b"\x55" * 70_000)  # more than is held for a caller
        assert await decision_or_cut(stream, connection) is None
        await until_gone(ground)
        assert not ground.store.committed
        stream.abort()
        request.abort()


class OneCertificate:
    """Takes every certificate of the authority for that of one device."""

    def __init__(self, context: TlsContext, holds: bool = True) -> None:
        self.context = context
        self.holds = holds

    async def server_context(self) -> TlsContext | None:
        return self.context

    async def identify(self, certificate: bytes) -> DeviceIdentity:
        assert certificate
        if not self.holds:
            raise CertificateRefused("The certificate was revoked.", device_id=DEVICE)
        return DeviceIdentity(DEVICE, 0)


async def test_a_certificate_tells_who_calls(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    certificates = OneCertificate(authority.context("server", Purpose.CLIENT_AUTH))
    certificate = authority.context("device", Purpose.SERVER_AUTH)
    device = VirtualDevice(DEVICE, "biostation")
    device.log.add(events.VERIFY_SUCCESS, 1, 5)
    async with running(approved(), certificates=certificates) as ground:
        async with dialling(ground, device, tls=certificate):
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            await ground.until_kept(device)
            assert ground.directory.sightings[0].certified
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        certificates.holds = False
        async with dialling(ground, device, tls=certificate):
            await ground.bus.until(lambda: "The certificate was revoked." in ground.bus.reason(DEVICE))


async def test_a_new_request_connection_takes_over_a_silent_one() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        stream, connection = await announced(ground.port, DEVICE, kind=ConnectionKind.REQUEST)
        assert isinstance(await decision(stream, connection), Admitted)
        await ground.bus.until_state(DEVICE, DeviceState.LOST)  # the device sees its line end and comes back
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        stream.abort()


def test_settings_are_checked() -> None:
    with pytest.raises(InvalidInput, match="ask_after"):
        GatewaySettings(ask_after=11)
    with pytest.raises(InvalidInput, match="port"):
        GatewaySettings(port=70_000)
    with pytest.raises(InvalidInput, match="probe_limit"):
        GatewaySettings(probe_limit=0.0)


async def test_forgotten_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.gateway.gateway.STRANGERS_KEPT", 3)
    async with running(quarantine_limit=0.05) as ground:
        for number in range(8):
            stream, connection = await announced(ground.port, 1000 + number)
            assert await decision_or_cut(stream, connection) is None
            stream.abort()
        await until_gone(ground)
        assert len(ground.gateway.devices()) <= 4


async def test_nobody_waits_for_a_probe_of_a_device_that_never_was() -> None:
    async with running(DeviceEntry(device_id=5, approval=Approval.BLOCKED)) as ground:
        first, connection = await announced(ground.port, 5)
        assert await decision_or_cut(first, connection) is None
        await ground.bus.until_state(5, DeviceState.BLOCKED)
        await asyncio.sleep(0)
        assert ground.gateway.counters.blocked == 1
        first.abort()
