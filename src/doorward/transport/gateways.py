"""Through which gateway this machine would send to an IPv4 address."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LINUX_TABLE = Path("/proc/thread-self/net/route")
_COMMAND_SECONDS = 5.0
_UP = 0x1
_REJECT = 0x200
_GATEWAY_LINE = re.compile(r"^\s*gateway:\s*(?P<gateway>\d+\.\d+\.\d+\.\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Way:
    """One line of a routing table.

    Attributes:
        network: Where it leads.
        gateway: Who passes it on; empty for the own wire.
        metric: The lower, the better.
    """

    network: ipaddress.IPv4Network
    gateway: str
    metric: int


async def gateway_toward(host: str) -> str | None:
    """The gateway to an address; empty when it is on the own wire, None when the system does not tell."""
    if ipaddress.IPv4Address(host).is_loopback:
        return ""
    platform: str = sys.platform
    try:
        if platform == "linux":
            return best_gateway(linux_ways(await asyncio.to_thread(_LINUX_TABLE.read_text)), host)
        if platform == "win32":
            return best_gateway(windows_ways(await _run("route", "print", "-4")), host)
        found = _GATEWAY_LINE.search(await _run("route", "-n", "get", host))
        return found["gateway"] if found else ""
    except (OSError, TimeoutError):
        return None


async def _run(*command: str) -> str:
    program = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_COMMAND_SECONDS):
            output, _ = await program.communicate()
    except TimeoutError:
        program.kill()
        await program.wait()
        raise
    return output.decode(errors="replace")


def best_gateway(ways: Iterable[Way], host: str) -> str | None:
    """The gateway of the most exact way; None when no way leads there."""
    address = ipaddress.IPv4Address(host)
    fitting = [way for way in ways if address in way.network]
    if not fitting:
        return None
    return max(fitting, key=lambda way: (way.network.prefixlen, -way.metric)).gateway


def linux_ways(table: str) -> list[Way]:
    """Read ``/proc/net/route``: numbers in hexadecimal, in the machine's own order of bytes."""
    ways = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or not int(fields[3], 16) & _UP or int(fields[3], 16) & _REJECT:
            continue
        network = ipaddress.IPv4Network(f"{_from_hexadecimal(fields[1])}/{_from_hexadecimal(fields[7])}", strict=False)
        gateway = _from_hexadecimal(fields[2])
        ways.append(Way(network, "" if gateway.is_unspecified else str(gateway), int(fields[6])))
    return ways


def _from_hexadecimal(text: str) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(text, 16).to_bytes(4, sys.byteorder))


def windows_ways(printed: str) -> list[Way]:
    """Read ``route print -4``, in any language: a network, a mask, a gateway or words, an own address, a metric."""
    ways = []
    for line in printed.splitlines():
        fields = line.split()
        if len(fields) < 5 or not fields[-1].isdigit():
            continue
        try:
            network = ipaddress.IPv4Network(f"{fields[0]}/{fields[1]}", strict=False)
        except ValueError:
            continue
        try:
            gateway = str(ipaddress.IPv4Address(fields[2]))
        except ValueError:
            gateway = ""  # "On-link", in whatever language and number of words
        ways.append(Way(network, gateway, int(fields[-1])))
    return ways
