"""Twelve prepared faults; the probe names each, in one sentence that also says what to do."""

from __future__ import annotations

import contextlib
import datetime
import os
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from doorward.discovery import FoundDevice, NetworkChanges, write_network_settings
from doorward.model.found import BIOSTAR1
from doorward.ports.probe import Kind, ProbeResult
from doorward.simulator import RunningDevice, VirtualDevice, VirtualSite
from doorward.transport import dial
from tests.ports.probe_site import device_in, filter_rules, need_nft, result_of, server_tls, service
from tests.support.namespaces import Wire, inside, require_namespaces, wire
from tests.support.site import own_addresses

HOST = "10.61.0.1/24"


def named(result: ProbeResult, code: str, *words: str) -> None:
    """The verdict has a code, is one sentence, and holds these words."""
    verdict = result.verdict
    assert verdict.code == code, verdict.sentence
    for word in words:
        assert word in verdict.sentence
    assert verdict.sentence.endswith(".")
    assert ". " not in verdict.sentence


@contextlib.asynccontextmanager
async def one_device(model: str, block: int) -> AsyncIterator[tuple[VirtualDevice, str]]:
    (address,) = own_addresses(1, block)
    async with VirtualSite(1, models=[model], bind=[address], people=0) as site:
        yield site.device(10_001), address


async def test_a_device_that_is_reached_is_no_fault() -> None:
    (address,) = own_addresses(1, 61)
    number = 700_000 + int(address.split(".")[1])  # other test processes hear a broadcast search and answer it, too
    async with VirtualSite(1, models=["bioentry-plus"], bind=[address], first_id=number, people=0):
        result = await result_of(address)
        named(result, "reached", f"BioEntry Plus {number}", "TCP 1471")
        assert result.verdict.kind is Kind.GOOD
        by_number = await result_of(str(number))
        assert by_number.facts.host == address
        named(by_number, "reached")


async def test_wrong_port() -> None:
    async with one_device("bioentry-plus", 62) as (_, address):
        named(await result_of(f"{address}:1470"), "wrong-port", "listens on TCP 1471, not on 1470")


async def test_wrong_port_in_the_devices_own_settings() -> None:
    async with one_device("biostation", 63) as (device, address):
        known = FoundDevice(device_id=10_001, type=0, generation=BIOSTAR1, address=address)
        await write_network_settings(known, NetworkChanges(port=1999), timeout=2)
        named(await result_of(address), "wrong-port", "listens on TCP 1999, not on 1470")
        assert device.network.port == 1999


async def test_refused() -> None:
    (address,) = own_addresses(1, 64)
    named(await result_of(address), "refused", "nobody listens on TCP 1470 and 1471")


@pytest.mark.parametrize(
    ("greeting", "answer", "words"),
    [
        (b"", b"HTTP/1.1 400 Bad Request\r\nServer: kettle/2\r\n\r\n", "a web server (kettle/2)"),
        (b"SSH-2.0-OpenSSH_9.7\r\n", b"", "SSH (SSH-2.0-OpenSSH_9.7)"),
        (b"220 mail.example ESMTP\r\n", b"", "another service, which says '220 mail.example ESMTP'"),
    ],
    ids=["web", "ssh", "mail"],
)
async def test_other_service(greeting: bytes, answer: bytes, words: str) -> None:
    (address,) = own_addresses(1, 65)
    async with service(address, 1470, greeting, answer):
        named(await result_of(f"{address}:1470"), "other-service", words)


async def test_device_points_at_another_server() -> None:
    async with one_device("biostation", 66) as (_, address):
        known = FoundDevice(device_id=10_001, type=0, generation=BIOSTAR1, address=address)
        changes = NetworkChanges(mode="server", server_address="10.9.9.9", server_port=1480)
        await write_network_settings(known, changes, timeout=2)
        result = await result_of(address)
        named(result, "points-elsewhere", "dials 10.9.9.9:1480, not this server")
        there = await result_of(address, server_addresses=("10.9.9.9",))
        named(there, "server-mode", "can be seen on that machine only")
        other_port = await result_of(address, server_addresses=("10.9.9.9",), server_port=1490)
        named(other_port, "points-elsewhere", "dials port 1480 of this server, which listens on 1490")


async def test_device_is_held_by_another_client() -> None:
    async with one_device("biostation", 67) as (_, address):
        other = await dial(address, 1470, timeout=2)
        result = await result_of(address)
        named(result, "held", "closes a connection at once although it answers by UDP", f"(process {os.getpid()}")
        other.abort()
        await other.wait_closed()


async def test_device_refuses_although_it_answers_by_udp() -> None:
    async with one_device("biostation", 68) as (_, address):
        async with VirtualSite(1, models=["biostation"], bind=own_addresses(2, 68)[1:], people=0) as site:
            (running,) = site.running
            assert isinstance(running, RunningDevice)
            await running.direct.stop()
            named(await result_of(own_addresses(2, 68)[1]), "held", "refuses connections although it answers by UDP")
        named(await result_of(address), "reached")


@pytest.mark.parametrize("maximum", [None, ssl.TLSVersion.TLSv1_2], ids=["newest", "tls-1.2"])
async def test_tls_expected(tmp_path: Path, maximum: ssl.TLSVersion | None) -> None:
    (address,) = own_addresses(1, 69)
    tls = server_tls(tmp_path, "door controller", days=30, maximum=maximum)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(tmp_path / "door controller.pem")
    async with service(address, 1470, tls=tls):
        named(await result_of(f"{address}:1470"), "tls-expected", "certificate for door controller")


async def test_certificate_expired(tmp_path: Path) -> None:
    (address,) = own_addresses(1, 70)
    async with service(address, 1470, tls=server_tls(tmp_path, "old door", days=-3)):
        result = await result_of(f"{address}:1470")
        day = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=3)
        named(result, "certificate-expired", f"for old door at {address}", f"expired on {day:%d %B %Y}")


async def test_clock_far_off() -> None:
    async with one_device("x-station", 71) as (device, address):
        result = await result_of(address)
        speech = result.facts.ports[0].speech
        assert speech is not None
        assert speech.clock_offset is not None
        assert abs(speech.clock_offset) < 2
        device.clock.set(device.clock.local_time + 3 * 86_400 + 100)
        named(await result_of(address), "clock-off", "its clock is 3 days ahead")
        device.clock.set(device.clock.local_time - 3 * 86_400 - 100 - 7200)
        named(await result_of(address), "clock-off", "2 hours behind", "perhaps only its time zone")


# --- Faults of the network itself -------------------------------------------------------------------------


@pytest.mark.root
async def test_filtered() -> None:
    need_nft()
    with wire(HOST, "10.61.0.2/24") as made, device_in(made.device, 10_001, "biostation", "10.61.0.2"):
        filter_rules(made.device, "input", "udp dport 51110 accept")
        result = await result_of("10.61.0.2", interfaces=())
        named(result, "filtered", "it answers by UDP", "TCP 1470 from 10.61.0.1 to 10.61.0.2")
        filter_rules(made.device, "input", "tcp dport 1470 accept", "udp dport 51110 accept")
        named(await result_of("10.61.0.2", interfaces=()), "reached")


@pytest.mark.root
@pytest.mark.parametrize("by", ["number", "address"])
async def test_wrong_subnet(by: str) -> None:
    with wire(HOST, "192.168.99.5/24") as made, device_in(made.device, 10_001, "biostation", "192.168.99.5"):
        result = await result_of("10001" if by == "number" else "192.168.99.5", interfaces=())
        named(result, "wrong-subnet", "device 10001 is on the wire of host0 but has the address 192.168.99.5")
        assert result.verdict.commands[0].startswith("doorward network set 10001 --ip")


@pytest.mark.root
async def test_nothing_there() -> None:
    with wire(HOST, "10.61.0.2/24"):
        named(await result_of("10.61.0.77", interfaces=()), "nothing-there", "nobody on the wire has the address")
        named(await result_of("10077", interfaces=()), "nothing-there", "device 10077 does not answer a search")
        named(await result_of("10.99.0.1", interfaces=()), "no-way", "no way to 10.99.0.1")


@contextlib.contextmanager
def two_with_one_address(address: str) -> Iterator[tuple[Wire, str]]:
    """A second device on the first one's wire, with the same address."""
    require_namespaces()
    with wire(HOST, address) as made:
        third = f"{made.device}-2"
        subprocess.run(("ip", "netns", "add", third), check=True, timeout=20)
        try:
            # A bridge in a namespace of its own kind: the first device's namespace is the switch, too.
            made.run(third, "ip", "link", "set", "lo", "up")
            made.run(made.device, "ip", "address", "flush", "dev", made.device_card)
            for line in (
                "ip link add switch0 type bridge",
                f"ip link set {made.device_card} master switch0",
                "ip link set switch0 up",
                f"ip address add {address} broadcast + dev switch0",
                f"ip link add plug0 type veth peer name {made.device_card} netns {third}",
                "ip link set plug0 master switch0 up",
            ):
                made.run(made.device, *line.split())
            made.run(third, "ip", "address", "add", address, "broadcast", "+", "dev", made.device_card)
            made.run(third, "ip", "link", "set", made.device_card, "up")
            with inside(made.host):
                yield made, third
        finally:
            subprocess.run(("ip", "netns", "delete", third), check=False, capture_output=True, timeout=20)


@pytest.mark.root
async def test_address_conflict() -> None:
    with (
        two_with_one_address("10.61.0.2/24") as (made, third),
        device_in(made.device, 10_001, "biostation", "10.61.0.2"),
        device_in(third, 10_002, "biostation", "10.61.0.2"),
    ):
        result = await result_of("10.61.0.2", interfaces=())
        named(result, "address-conflict", "10.61.0.2 is claimed by two machines")
        assert len(result.facts.presence.hardware) == 2
        assert {item.device_id for item in result.facts.udp.heard} == {10_001, 10_002}
