"""Agents of a gateway, over real TLS on loopback: enrollment, devices, revocation, and what they must not reach."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doorward.agent.calling import WrongServer, call, enroll
from doorward.agent.token_file import AgentIdentity, TokenFile
from doorward.gateway.collaborators import (
    Approval,
    ConnectionMode,
    DeviceEntry,
    DeviceState,
    PollSettings,
    ReadInformation,
)
from doorward.model.errors import InvalidFile, InvalidInput, NotReached
from doorward.protocol.tunnel import questions
from doorward.protocol.tunnel.code import EnrollmentCode
from doorward.protocol.tunnel.messages import Hello, encode
from doorward.protocol.tunnel.questions import FIND, LIST_CARDS, PROBE, READ_NETWORK, SEARCH
from doorward.protocol.tunnel.reach import OutOfReach, Reach
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from doorward.simulator.direct_server import DirectServer
from doorward.simulator.udp_hub import UdpHub
from doorward.simulator.udp_responder import UdpResponder
from doorward.transport import Address, Stream, TlsIdentity, agent_context, dial
from tests.gateway.agent_site import BadLine, Branches, branches
from tests.support.authority import Authority

DEVICE = 777
POLL = PollSettings(shortest=0.03, longest=0.2)


@contextlib.asynccontextmanager
async def listening(device: VirtualDevice, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """A device in direct mode; gives its port."""
    server = DirectServer(device, lambda _after: None, max_clients=1, idle_limit=None)
    await server.start(host, port)
    assert server.address is not None
    try:
        yield server.address.port
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def hearing(device: VirtualDevice) -> AsyncIterator[int]:
    """A device that answers by UDP; gives the port."""
    responder = UdpResponder(device, lambda _after: None)
    await responder.start("127.0.0.1", 0, UdpHub())
    assert responder.address is not None
    try:
        yield responder.address.port
    finally:
        responder.stop()


def entry(port: int, device_id: int = DEVICE, **changes: Any) -> DeviceEntry:
    values: dict[str, Any] = {
        "address": "127.0.0.1", "port": port, "poll": POLL, "approval": Approval.APPROVED, "agent": 1,
    }  # fmt: skip
    return DeviceEntry(device_id=device_id, mode=ConnectionMode.DIRECT, **(values | changes))


def reach(*ports: int) -> Reach:
    return Reach(("127.0.0.0/8",), ports)


def coded(ground: Branches, folder: Path, allowed: Reach, *devices: int, agent: int = 1) -> Path:
    """A token file with a fresh code."""
    path = folder / f"token-{agent}"
    path.write_text(ground.agents.code(agent, allowed, *devices) + "\n")
    return path


async def said(
    server: Address, identity: TlsIdentity | None, fingerprint: bytes, first: bytes = encode(Hello())
) -> bytes:
    """What a server says to whoever says this first."""
    socket = await call(server, agent_context(identity), fingerprint)
    try:
        await socket.send(first)
        return await socket.receive()
    finally:
        socket.abort()
        await socket.wait_closed()


async def test_from_a_code_to_a_device_that_is_live(tmp_path: Path) -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    for user in range(20):
        device.log.add(events.VERIFY_SUCCESS, 1, user)
    async with listening(device) as port, branches(entry(port)) as ground:
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        assert "Agent 1 is not connected" in ground.bus.reason(DEVICE)
        token = coded(ground, tmp_path, reach(port), DEVICE)
        async with ground.agent(token) as told:
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            device.log.add(events.VERIFY_SUCCESS, 1, 99)
            await ground.until_kept(device)
            outcome = await ground.bus.order(ReadInformation("c1", DEVICE))
            assert outcome.succeeded, outcome.words
            await ground.bus.until(lambda: ground.gateway.agents()[0].latency is not None)
            assert any(line.startswith("Connected") for line in told)
            view = ground.gateway.agents()[0]
            assert (view.agent_id, view.connections) == (1, 1)
            contact = ground.agents.contacts[-1]
            assert contact.memory > 0
            assert any(card.loopback for card in contact.cards)
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        # The file holds the key now, and is for its owner alone; the second start needs no code.
        assert token.stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [token.name]  # noqa: ASYNC240
        await ground.bus.until(lambda: ground.agents.contacts[-1].connected_since is None)
        async with ground.agent(token):
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)


async def test_two_branches_with_the_same_addresses(tmp_path: Path) -> None:
    first, second = VirtualDevice(1001, "bioentry-plus"), VirtualDevice(1002, "biostation")
    for user in range(5):
        first.log.add(events.VERIFY_SUCCESS, 1, user)
        second.log.add(events.IDENTIFY_SUCCESS, 1, user)
    async with listening(first) as at, listening(second, "127.0.0.2") as real:
        both = (entry(at, 1001), entry(at, 1002, agent=2))

        # The second branch has another machine at the same address and port.
        async def elsewhere(host: str, port: int, *, timeout: float, local_address: str | None = None) -> Stream:  # noqa: ASYNC109
            assert (host, port) == ("127.0.0.1", at)
            return await dial("127.0.0.2", real, timeout=timeout)

        async with branches(*both) as ground:
            one = coded(ground, tmp_path, reach(at), 1001, agent=1)
            two = coded(ground, tmp_path, reach(at), 1002, agent=2)
            async with ground.agent(one), ground.agent(two, dialer=elsewhere):
                await ground.bus.until_state(1001, DeviceState.LIVE)
                await ground.bus.until_state(1002, DeviceState.LIVE)
                await ground.until_kept(first, second)
                # Given to the other agent, the first device is looked for there, and is not there.
                ground.directory.change(1001, agent=2)
                await ground.bus.until_state(1001, DeviceState.LOST)
                await ground.bus.until(
                    lambda: "1002" in ground.bus.reason(1001) or "holds it" in ground.bus.reason(1001)
                )


async def test_who_is_revoked_is_out_at_once(tmp_path: Path) -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with listening(device) as port, branches(entry(port)) as ground:
        token = coded(ground, tmp_path, reach(port), DEVICE)
        async with ground.agent(token) as told:
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            ground.agents.revoke(1)
            await ground.until_connected(1, connected=False)
            await ground.bus.until_state(DEVICE, DeviceState.LOST)
            await ground.bus.until(lambda: any("does not hold" in line for line in told))
            assert ground.bus.alarms("agent-refused") == (1, 0)
            assert not ground.gateway.agents()


async def test_a_stolen_code_or_file_without_the_key_gets_nothing(tmp_path: Path) -> None:
    async with branches() as ground:
        token = coded(ground, tmp_path, reach(1470))
        server = Address("127.0.0.1", ground.port)
        code = EnrollmentCode.parse(token.read_text())
        await enroll(server, code)
        # The code was used: whoever copied it is too late.
        with pytest.raises(NotReached, match="code does not hold"):
            await enroll(server, code)
        # Without a certificate nothing but an enrollment is taken.
        with pytest.raises(NotReached, match="can only enroll"):
            await said(server, None, code.fingerprint)
        # The certificate without its key makes no handshake.
        identity = await enroll(server, EnrollmentCode.parse(ground.agents.code(1, reach(1470))))
        other = await enroll(server, EnrollmentCode.parse(ground.agents.code(2, reach(1470))))
        with pytest.raises(InvalidFile):
            agent_context(replace(identity, key=other.key).tls)
        assert not ground.gateway.agents()


async def test_another_server_is_told_nothing(tmp_path: Path) -> None:
    async with branches() as ground, branches() as impostor:
        code = EnrollmentCode.parse(ground.agents.code(1, reach(1470)))
        secret = impostor.agents.code(9, reach(1470))
        with pytest.raises(WrongServer):
            await enroll(Address("127.0.0.1", impostor.port), code)
        assert impostor.agents.codes == {EnrollmentCode.parse(secret).secret: 9}
        identity = await enroll(Address("127.0.0.1", ground.port), code)
        with pytest.raises(NotReached):
            await call(Address("127.0.0.1", impostor.port), agent_context(identity.tls), identity.fingerprint)


async def test_callers_that_are_no_agents(tmp_path: Path) -> None:
    """A certificate of the authority that is no agent's, and rubbish inside the agents' TLS."""
    async with branches() as ground:
        agents = ground.agents
        issued, _ = agents.authority.issue_device(7, datetime.now(UTC), 10)
        device = AgentIdentity("", issued.pem, issued.key, agents.authority.own.pem, b"")
        server = Address("127.0.0.1", ground.port)
        fingerprint = EnrollmentCode.parse(agents.code(1, reach(1470))).fingerprint
        with pytest.raises(NotReached, match="does not hold"):
            await said(server, device.tls, fingerprint)
        with pytest.raises(NotReached):
            await said(server, None, fingerprint, b"\xffrubbish")
        foreign = Authority(tmp_path, "foreign").identity("agent")
        with pytest.raises(NotReached):
            await said(server, foreign, fingerprint)
        await ground.bus.until(lambda: ground.gateway.connection_count == 0)


async def test_a_hello_that_is_not_finished_is_dropped() -> None:
    async with branches(tls_limit=0.1) as ground:
        stream = await dial("127.0.0.1", ground.port, timeout=5)
        await stream.send(bytes.fromhex("16030100c8010000c40303"))
        assert not await stream.receive()
        stream.abort()
        await ground.bus.until(lambda: ground.gateway.connection_count == 0)


async def test_it_reaches_what_its_settings_allow_alone(tmp_path: Path) -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with listening(device) as port, branches(entry(port)) as ground:
        token = coded(ground, tmp_path, reach(port + 1), DEVICE)
        async with ground.agent(token):
            await ground.until_connected(1)
            # The server does not ask.
            await ground.bus.until(lambda: "not allowed" in ground.bus.reason(DEVICE))
            line = ground.gateway.agent(1)
            with pytest.raises(OutOfReach):
                await line.ask(SEARCH, questions.Search(addresses=("192.0.2.1",)), seconds=1)
            # A server that would ask all the same is refused by the agent.
            honest = line.entry
            line.entry = replace(honest, reach=Reach(("0.0.0.0/0",), (port, 22), (51110, 51210, 53)))
            with pytest.raises(InvalidInput, match="may reach"):
                await line.dial("127.0.0.1", port, timeout=1)
            for question in (questions.Search(addresses=("192.0.2.1",)), questions.Search(port=53)):
                with pytest.raises(InvalidInput, match="may reach"):
                    await line.ask(SEARCH, question, seconds=1)
            line.entry = honest
            # What is changed is told at once.
            ground.agents.change(1, reach=reach(port))
            ground.gateway.heard(DEVICE)
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)


async def test_questions_of_a_neighbour(tmp_path: Path) -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with branches() as ground, hearing(device) as udp_port:
        allowed = Reach(("127.0.0.0/8",), (1470,), (udp_port,))
        async with ground.agent(coded(ground, tmp_path, allowed)):
            await ground.until_connected(1)
            line = ground.gateway.agent(1)
            cards = await line.ask(LIST_CARDS, questions.ListCards(), seconds=5)
            assert any(card.address == "127.0.0.1" for card in cards.cards)
            search = questions.Search(addresses=("127.0.0.1",), generations=("biostar1",), seconds=3, port=udp_port)
            found = await line.ask(SEARCH, search, seconds=5)
            assert [each.device_id for each in found.devices] == [DEVICE]
            find = questions.Find(device_id=DEVICE, addresses=("127.0.0.1",), generations=("biostar1",), port=udp_port)
            one = await line.ask(FIND, find, seconds=5)
            settings = await line.ask(READ_NETWORK, questions.ReadNetwork(device=one, port=udp_port), seconds=8)
            assert settings.port
            steps: list[dict[str, Any]] = []
            verdict = await line.ask(
                PROBE,
                questions.Probe(target="127.0.0.9"),
                seconds=40,
                progress=lambda content: steps.append(json.loads(content)),
            )
            assert verdict.sentence
            assert {"way", "tcp"} <= {step["key"] for step in steps}
            absent = replace(find, device_id=5, seconds=0.2)
            with pytest.raises(NotReached, match="Device 5 did not answer"):
                await line.ask(FIND, absent, seconds=5)


async def test_the_token_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    with pytest.raises(InvalidFile, match="cannot be read"):
        TokenFile(path).read()
    for content, error in (("nonsense", InvalidInput), ("{}", InvalidFile), ('{"name": 3', InvalidFile)):
        path.write_text(content)
        with pytest.raises(error):
            TokenFile(path).read()
    identity = AgentIdentity("a", "c", "k", "x", b"\x01" * 32)
    TokenFile(path).write(identity)
    assert TokenFile(path).read() == identity
    assert "k" not in repr(identity).split("key")[-1]


async def test_commands_over_a_line_with_delay_stalls_and_resets(tmp_path: Path) -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    for user in range(2_000):
        device.log.add(events.VERIFY_SUCCESS, 1, user)
    settings = {"agent_ping_every": 0.1, "agent_silence_limit": 3.0}
    async with listening(device) as port, branches(entry(port), **settings) as ground:
        token = coded(ground, tmp_path, reach(port), DEVICE)
        async with BadLine(Address("127.0.0.1", ground.port)) as line:
            line.faults.delay, line.faults.jitter = 0.05, 0.03
            async with ground.agent(token, port=line.port, silence_limit=3.0):
                await ground.bus.until_state(DEVICE, DeviceState.LIVE)
                await ground.until_kept(device)
                # A stall that is shorter than the line's patience costs time and nothing else.
                seen = len(ground.bus.happenings)
                line.faults.stalled = True
                order = asyncio.create_task(ground.bus.order(ReadInformation("c1", DEVICE)))
                await asyncio.sleep(1.0)
                assert not order.done()
                line.faults.stalled = False
                assert (await order).succeeded
                assert DeviceState.LOST not in [getattr(each, "state", None) for each in ground.bus.happenings[seen:]]
                # A reset is told, and everything comes back.
                line.reset()
                await ground.bus.until_lost_and_back(DEVICE, seen)
                # A line that is dead without a word is noticed by both ends.
                seen = len(ground.bus.happenings)
                line.faults.stalled = True
                await ground.bus.until(lambda: not ground.gateway.agents())
                line.faults.stalled = False
                await ground.bus.until_lost_and_back(DEVICE, seen)
                assert (await ground.bus.order(ReadInformation("c2", DEVICE))).succeeded
                device.log.add(events.VERIFY_SUCCESS, 1, 1)
                await ground.until_kept(device)
