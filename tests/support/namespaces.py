"""Network namespaces: small networks of their own, so that broadcasts and foreign subnets can be tried without harm."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

_CLONE_NEWNET = 0x40000000


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)


def require_namespaces() -> None:
    """Skip the test where namespaces cannot be made, and say why."""
    if sys.platform != "linux":
        pytest.skip("network namespaces exist on Linux only")
    if os.geteuid() != 0:
        pytest.skip("only root may make network namespaces")
    name = f"dw-probe-{os.getpid()}"
    try:
        _run("ip", "netns", "add", name)
        _run("ip", "netns", "delete", name)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"network namespaces cannot be made here: {error}")


class Wire:
    """A namespace for the test itself and one for a device, joined by a cable.

    Attributes:
        host: Name of the namespace of the asking side.
        device: Name of the namespace of the device.
        host_card: Name of the card on the asking side.
    """

    host_card = "host0"
    device_card = "device0"

    def __init__(self) -> None:
        self.host = f"dw-host-{os.getpid()}"
        self.device = f"dw-device-{os.getpid()}"

    def make(self, host_address: str, *device_addresses: str) -> None:
        for name in (self.host, self.device):
            _run("ip", "netns", "add", name)
            self.run(name, "ip", "link", "set", "lo", "up")
            self.run(name, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
        _run("ip", "link", "add", self.host_card, "netns", self.host, "type", "veth",
             "peer", "name", self.device_card, "netns", self.device)  # fmt: skip
        self.run(self.host, "ip", "address", "add", host_address, "broadcast", "+", "dev", self.host_card)
        for address in device_addresses:
            self.run(self.device, "ip", "address", "add", address, "broadcast", "+", "dev", self.device_card)
        self.run(self.host, "ip", "link", "set", self.host_card, "up")
        self.run(self.device, "ip", "link", "set", self.device_card, "up")

    def remove(self) -> None:
        for name in (self.host, self.device):
            subprocess.run(("ip", "netns", "delete", name), check=False, capture_output=True, timeout=20)

    def run(self, namespace: str, *command: str) -> None:
        """Run a command inside a namespace."""
        _run("ip", "netns", "exec", namespace, *command)

    @contextlib.contextmanager
    def device_program(self, source: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Run a Python program beside the device; it must print a line when it is ready."""
        command = ("ip", "netns", "exec", self.device, sys.executable, "-u", "-c", source, *arguments)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
            try:
                output: IO[str] | None = process.stdout
                assert output is not None
                assert output.readline(), "the program of the device ended at once"
                yield process
            finally:
                process.kill()


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Let this thread, and what it opens, be in a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            if libc.setns(descriptor, _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            os.close(descriptor)

    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        enter(Path("/run/netns") / namespace)
        try:
            yield
        finally:
            enter(Path(f"/proc/self/fd/{home}"))
    finally:
        os.close(home)


@contextlib.contextmanager
def wire(host_address: str, *device_addresses: str) -> Iterator[Wire]:
    """A cable between this test (which moves into the host's namespace) and a device's namespace."""
    require_namespaces()
    made = Wire()
    try:
        made.make(host_address, *device_addresses)
        with inside(made.host):
            yield made
    finally:
        made.remove()
