"""What the tests of a probe stand on: quick limits, services by hand, and a routed network in namespaces."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from doorward.discovery import read_network_settings, search
from doorward.discovery.questions import QUESTIONS
from doorward.ports.probe import DiscoveryTools, Limits, ProbeRequest, ProbeResult, probe_result
from doorward.transport import Stream, listen, start_tls
from tests.support.namespaces import inside, require_namespaces

DISCOVERY = DiscoveryTools(search, read_network_settings, QUESTIONS)
QUICK = Limits(connect=0.5, greeting=0.1, answer=0.5, server_greeting=0.3, udp=0.4, presence=0.4, knocking=3.0)


async def result_of(target: str, **options: Any) -> ProbeResult:
    """Probe quickly, searching on loopback only unless a card is named."""
    options = {"limits": QUICK, "interfaces": ("lo",)} | options
    return await asyncio.wait_for(probe_result(ProbeRequest.parse(target, **options), DISCOVERY), 20)


@contextlib.asynccontextmanager
async def service(
    address: str, port: int, greeting: bytes = b"", answer: bytes = b"", tls: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """A TCP service that says something at once, and something else when it is spoken to."""

    async def talk(stream: Stream) -> None:
        if tls is not None:
            stream = await start_tls(stream, tls, timeout=5, server_side=True)
        if greeting:
            await stream.send(greeting)
        if await stream.receive():
            if answer:
                await stream.send(answer)
            await stream.receive()

    async with await listen(talk, address, port):
        yield


def server_tls(folder: Path, subject: str, *, days: int, maximum: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """A TLS server's context with a certificate that ends so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_after(end)
    builder = builder.not_valid_before(end - datetime.timedelta(days=700))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{subject}.pem"
    file.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    if maximum is not None:
        context.maximum_version = maximum
    return context


DEVICE = """
import asyncio, sys
from doorward.discovery import FoundDevice, NetworkChanges
from doorward.model.found import BIOSTAR1
from doorward.simulator import VirtualSite

async def dial_again(server, first_words):
    host, port = server.split(":")
    while True:
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), 1.5)
            writer.write(first_words.encode('latin-1'))
            await reader.read()
            writer.close()
        except (OSError, TimeoutError):
            pass
        await asyncio.sleep(0.2)

async def main(number, model, address, server, first_words):
    site = VirtualSite(1, models=[model], first_id=int(number), bind=[address], people=0)
    async with site:
        if server:
            from doorward.discovery import write_network_settings
            device = FoundDevice(device_id=int(number), type=site.devices[0].model.device_type, generation=BIOSTAR1,
                                 address=address)
            await write_network_settings(device, NetworkChanges(mode="server", server_address=server.split(":")[0]))
            await site.running[0].wait_returned(1)
        print("ready", flush=True)
        await (dial_again(server, first_words) if server else asyncio.Event().wait())

asyncio.run(main(*sys.argv[1:]))
"""


def need_nft() -> None:
    """Skip the test where rules cannot be loaded."""
    require_namespaces()
    if shutil.which("nft") is None:
        pytest.skip("nftables is not installed")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)


class RoutedSite:
    """A namespace for a server (this test), one for a router and one for devices.

    Attributes:
        server: Name of the server's namespace.
        router: Name of the router's namespace.
        devices: Name of the devices' namespace.
    """

    server_address, server_network = "10.71.0.5", "10.71.0.0/24"
    device_address, device_network = "10.72.0.7", "10.72.0.0/24"

    def __init__(self) -> None:
        self.server, self.router, self.devices = (f"dw-{name}-{os.getpid()}" for name in ("srv", "rtr", "dev"))

    def make(self) -> None:
        for name in (self.server, self.router, self.devices):
            _run("ip", "netns", "add", name)
            self.run(name, "ip", "link", "set", "lo", "up")
        for place, (name, network) in enumerate(
            ((self.server, self.server_network), (self.devices, self.device_network))
        ):
            gateway = str(ipaddress.ip_network(network)[1])
            address = self.server_address if name == self.server else self.device_address
            _run("ip", "link", "add", "card0", "netns", name, "type", "veth", "peer", "name", f"port{place}",
                 "netns", self.router)  # fmt: skip
            self.run(self.router, "ip", "address", "add", f"{gateway}/24", "dev", f"port{place}")
            self.run(self.router, "ip", "link", "set", f"port{place}", "up")
            self.run(name, "ip", "address", "add", f"{address}/24", "broadcast", "+", "dev", "card0")
            self.run(name, "ip", "link", "set", "card0", "up")
            self.run(name, "ip", "route", "add", "default", "via", gateway)
        self.run(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def remove(self) -> None:
        for name in (self.server, self.router, self.devices):
            subprocess.run(("ip", "netns", "delete", name), check=False, capture_output=True, timeout=20)

    def run(self, namespace: str, *command: str) -> None:
        _run("ip", "netns", "exec", namespace, *command)

    def forward(self, *rules: str) -> None:
        """Let the router drop everything but replies and these."""
        filter_rules(self.router, "forward", *rules)

    @contextlib.contextmanager
    def device(self, model: str = "biostation", server: str = "", first_words: str = "") -> Iterator[None]:
        """A virtual device, beside which the card's real mask and gateway stand in its settings."""
        with device_in(self.devices, 10_001, model, self.device_address, server, first_words):
            yield


def filter_rules(namespace: str, hook: str, *rules: str, policy: str = "drop") -> None:
    """Load rules for one hook of a namespace, in place of the earlier ones."""
    lines = "\n".join(rules)
    text = (
        f"table inet probe_test\ndelete table inet probe_test\ntable inet probe_test {{ chain {hook} {{\n"
        f"type filter hook {hook} priority 0; policy {policy};\nct state established,related accept\n{lines}\n}}\n}}\n"
    )
    subprocess.run(
        ("ip", "netns", "exec", namespace, "nft", "-f", "-"),
        input=text, check=True, capture_output=True, text=True, timeout=20,
    )  # fmt: skip


@contextlib.contextmanager
def program_in(namespace: str, source: str, *arguments: str) -> Iterator[Callable[[int], list[str]]]:
    """A Python program in a namespace; gives what reads its next lines."""
    command = ("ip", "netns", "exec", namespace, sys.executable, "-u", "-c", source, *arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            output = process.stdout
            assert output is not None
            yield lambda count: [output.readline() for _ in range(count)]
        finally:
            process.kill()


@contextlib.contextmanager
def device_in(
    namespace: str, number: int, model: str, address: str, server: str = "", first_words: str = ""
) -> Iterator[None]:
    """A virtual device in a namespace, as a program of its own."""
    with program_in(namespace, DEVICE, str(number), model, address, server, first_words) as lines:
        assert lines(1) == ["ready\n"], "the device ended at once"
        yield


@contextlib.contextmanager
def routed_site() -> Iterator[RoutedSite]:
    """Server, router and devices; the test itself stands at the server."""
    need_nft()
    site = RoutedSite()
    try:
        site.make()
        with inside(site.server):
            yield site
    finally:
        site.remove()
