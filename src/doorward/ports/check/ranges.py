"""Ranges out of which a system gives ports to any program, and ranges that Windows keeps back."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from doorward.ports.check.commands import Output, run

LINUX_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LINUX_RESERVED = Path("/proc/sys/net/ipv4/ip_local_reserved_ports")
WINDOWS_DEFAULT_FIRST, WINDOWS_DEFAULT_COUNT = 49_152, 16_384

_NUMBER_AT_END = re.compile(r":\s*(\d+)\s*$")
_PAIR = re.compile(r"^\s*(\d+)\s+(\d+)\s*(\*?)\s*$")


@dataclass(frozen=True, slots=True)
class Range:
    """Ports in a row.

    Attributes:
        first: The lowest.
        last: The highest.
        by_administrator: On Windows: reserved by an administrator, so that a program may still ask for them.
    """

    first: int
    last: int
    by_administrator: bool = False

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class PortRanges:
    """The ranges of a machine.

    Attributes:
        ephemeral: Out of which any program may be given a port; None where it could not be read.
        reserved: Ports in it that are given to nobody.
        kept_back: Ports that no program can bind although nobody holds them (Windows).
        problem: Why something could not be read.
    """

    ephemeral: Range | None = None
    reserved: tuple[Range, ...] = ()
    kept_back: tuple[Range, ...] = ()
    problem: str = ""

    def may_be_given_away(self, port: int) -> bool:
        """Whether another program may be given the port as it dials out."""
        return self.ephemeral is not None and port in self.ephemeral and not any(port in item for item in self.reserved)

    def kept_back_range(self, port: int) -> Range | None:
        """The range in which Windows keeps the port back."""
        return next((item for item in self.kept_back if port in item and not item.by_administrator), None)


async def read_ranges(protocol: str) -> PortRanges:
    """Read the ranges of this machine.

    Args:
        protocol: ``tcp`` or ``udp``; they differ on Windows only.
    """
    platform = sys.platform
    if platform == "linux":
        return linux_ranges()
    if platform == "win32":
        dynamic = await run("netsh", "int", "ipv4", "show", "dynamicport", protocol)
        excluded = await run("netsh", "int", "ipv4", "show", "excludedportrange", f"protocol={protocol}")
        return windows_ranges(dynamic, excluded)
    return unix_ranges(await run("sysctl", "-n", "net.inet.ip.portrange.first", "net.inet.ip.portrange.last"))


def linux_ranges() -> PortRanges:
    """Read them from the kernel's files."""
    try:
        first, last = map(int, LINUX_RANGE.read_text().split())
        reserved = parse_list(LINUX_RESERVED.read_text())
    except (OSError, ValueError) as error:
        return PortRanges(problem=f"The range of ports for outgoing connections could not be read: {error}.")
    return PortRanges(ephemeral=Range(first, last), reserved=reserved)


def unix_ranges(output: Output) -> PortRanges:
    """Read what ``sysctl`` of macOS and the BSDs says: first and last, one a line."""
    numbers = output.text.split()
    if not output.good or len(numbers) != 2 or not all(item.isdigit() for item in numbers):
        return PortRanges(problem="The range of ports for outgoing connections could not be read.")
    return PortRanges(ephemeral=Range(int(numbers[0]), int(numbers[1])))


def windows_ranges(dynamic: Output, excluded: Output) -> PortRanges:
    """Read what netsh says, whatever its language."""
    ephemeral = dynamic_range(dynamic.text)
    ranges = excluded_ranges(excluded.text)
    problem = "" if ephemeral is not None else "netsh did not tell the range of ports for outgoing connections."
    return PortRanges(
        ephemeral=ephemeral,
        reserved=ranges,  # what is excluded, by whomever, is given to nobody
        kept_back=tuple(item for item in ranges if not item.by_administrator),
        problem=problem,
    )


def dynamic_range(text: str) -> Range | None:
    """Read ``netsh int ipv4 show dynamicport``: the first number after a colon is the start, the second the count."""
    numbers = [int(found[1]) for line in text.splitlines() if (found := _NUMBER_AT_END.search(line))]
    if len(numbers) != 2 or not numbers[1]:
        return None
    return Range(numbers[0], numbers[0] + numbers[1] - 1)


def excluded_ranges(text: str) -> tuple[Range, ...]:
    """Read ``netsh int ipv4 show excludedportrange``: two numbers a line, and a star for an administrator's."""
    return tuple(
        Range(int(found[1]), int(found[2]), bool(found[3]))
        for line in text.splitlines()
        if (found := _PAIR.match(line))
    )


def parse_list(text: str) -> tuple[Range, ...]:
    """Read ``51110,51210-51213``.

    Raises:
        ValueError: It is no such list.
    """
    ranges = []
    for part in text.strip().split(","):
        if part:
            first, _, last = part.partition("-")
            ranges.append(Range(int(first), int(last or first)))
    return tuple(ranges)


def join_ports(ports: Iterable[int], present: Iterable[Range] = ()) -> str:
    """Ports and ranges as the shortest list, such as ``51110,51210-51213``."""
    wanted = set(ports)
    for item in present:
        wanted.update(range(item.first, item.last + 1))
    rows: list[Range] = []
    for port in sorted(wanted):
        if rows and rows[-1].last + 1 == port:
            rows[-1] = Range(rows[-1].first, port)
        else:
            rows.append(Range(port, port))
    return ",".join(map(str, rows))


def reserving_commands(
    ports: Iterable[int], ranges: PortRanges, protocols: Iterable[str] = ("tcp",), *, platform: str = sys.platform
) -> tuple[str, ...]:
    """The commands that keep ports from being given to other programs; none where the system has no way to do it."""
    ports = sorted(set(ports))
    if not ports:
        return ()
    if platform == "linux":
        value = join_ports(ports, ranges.reserved)
        return (
            f"sudo sysctl -w net.ipv4.ip_local_reserved_ports={value}",
            f"echo net.ipv4.ip_local_reserved_ports={value} | sudo tee /etc/sysctl.d/60-doorward-ports.conf",
        )
    if platform == "win32":
        rows = parse_list(join_ports(ports))
        return tuple(
            f"netsh int ipv4 add excludedportrange protocol={protocol} startport={row.first} "
            f"numberofports={row.last - row.first + 1}"
            for protocol in protocols
            for row in rows
        )
    return ()


def freeing_commands(port: int, ranges: PortRanges, protocol: str = "tcp") -> tuple[str, ...]:
    """The commands that free a port that Windows keeps back, and keep it free."""
    commands = ["net stop winnat"]
    ephemeral = ranges.ephemeral
    if ephemeral is not None and ephemeral.first < WINDOWS_DEFAULT_FIRST:
        # Such ranges are taken inside of the dynamic range, which something has moved down.
        commands.append(
            f"netsh int ipv4 set dynamicport {protocol} start={WINDOWS_DEFAULT_FIRST} num={WINDOWS_DEFAULT_COUNT}"
        )
    commands += [
        f"netsh int ipv4 add excludedportrange protocol={protocol} startport={port} numberofports=1",
        "net start winnat",
    ]
    return tuple(commands)
