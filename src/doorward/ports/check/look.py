"""The look at this machine: its ports one by one, the ranges they lie in, its firewalls."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

from doorward.ports.check.findings import Finding, Severity
from doorward.ports.check.firewall import firewall_finding, read_firewalls
from doorward.ports.check.machine_ports import MachinePort
from doorward.ports.check.ranges import PortRanges, freeing_commands, read_ranges, reserving_commands
from doorward.ports.holders import Holder, holders, holds
from doorward.transport import Address
from doorward.transport.port_holder import Kind
from doorward.transport.trial_bind import FORBIDDEN, FREE, HELD, try_to_bind

_PROTOCOLS: tuple[Kind, ...] = ("tcp", "udp")


async def check_machine(ports: Sequence[MachinePort]) -> AsyncGenerator[Finding, None]:
    """Look at ports of this machine and give what was found, in order: ports, ranges, firewalls.

    Nothing is changed; a free port is bound for a moment to see that it may be had.

    Args:
        ports: Which; ``machine_ports`` gives the usual ones.
    """
    ranges: dict[str, PortRanges] = {protocol: await read_ranges(protocol) for protocol in _PROTOCOLS}
    held = await asyncio.to_thread(_held, ports)
    for item in ports:
        yield await asyncio.to_thread(
            look_at_port, item, held.get((item.protocol, item.port), ()), ranges[item.protocol]
        )
    for finding in range_findings(ports, ranges):
        yield finding
    own = [item for item in ports if item.own]
    for state in await read_firewalls():
        yield firewall_finding(state, own)


def _held(ports: Iterable[MachinePort]) -> dict[tuple[str, int], list[Holder]]:
    found: dict[tuple[str, int], list[Holder]] = {}
    for kind in _PROTOCOLS:
        for holder in holders(kind, {item.port for item in ports if item.protocol == kind}):
            found.setdefault((kind, holder.port), []).append(holder)
    return found


def look_at_own_ports(ports: Sequence[MachinePort]) -> list[Finding]:
    """The ports on which the server of this machine listens, without the system's own commands; for a quick check.

    Args:
        ports: Which; only those with ``own`` are looked at.
    """
    own = [item for item in ports if item.own]
    held = _held(own)
    return [look_at_port(item, held.get((item.protocol, item.port), ()), PortRanges()) for item in own]


def look_at_port(item: MachinePort, held_by: Sequence[Holder], ranges: PortRanges) -> Finding:
    """One port in words."""
    in_the_way = [holder for holder in held_by if holds(holder, item.address)]
    if in_the_way:
        return _held_finding(item, in_the_way)
    kept_back = ranges.kept_back_range(item.port)
    if kept_back is not None:
        return _finding(
            item,
            Severity.PROBLEM if item.own else Severity.WARNING,
            f"Windows keeps it back (range {kept_back}), as Hyper-V, WSL and containers make it do: no program holds "
            "it, yet binding it fails with error 10013.",
            advice="Free it as administrator, and reserve it before Windows starts again.",
            commands=freeing_commands(item.port, ranges, item.protocol),
        )
    if item.own or sys.platform == "win32":
        kind: Kind = "tcp" if item.protocol == "tcp" else "udp"
        state, words = try_to_bind(Address(item.address, item.port), kind)
        if state != FREE:
            return _unbindable(item, state, words)
    elif held_by:
        return _finding(item, Severity.NOTE, f"Held on another address by {_names(held_by)}.", holder=held_by[0])
    if ranges.may_be_given_away(item.port):
        return _finding(
            item, Severity.NOTE, f"Free; lies in the range {ranges.ephemeral}, so another program may be given it."
        )
    return _finding(item, Severity.OK, "Free.")


def _held_finding(item: MachinePort, held_by: Sequence[Holder]) -> Finding:
    first = next((holder for holder in held_by if not holder.is_doorward), held_by[0])
    words = f"Held by {_names(held_by)}."
    if first.is_doorward:
        return _finding(item, Severity.OK, words, holder=first)
    if not item.own:
        return _finding(item, Severity.NOTE, words, holder=first)
    return _finding(
        item,
        Severity.PROBLEM,
        f"{words} Doorward wants to listen there.",
        advice=f"{first.advice} Or give Doorward another port: `doorward ports move {item.port} NEW`.",
        holder=first,
    )


def _names(held_by: Sequence[Holder]) -> str:
    return " and ".join(dict.fromkeys(map(str, held_by)))


def _unbindable(item: MachinePort, state: str, words: str) -> Finding:
    severity = Severity.PROBLEM if item.own else Severity.WARNING
    if state == HELD:
        return _finding(
            item,
            severity,
            "Held by a program that this user may not see.",
            advice="Run the command with administrator rights to see which program it is.",
        )
    if state == FORBIDDEN:
        low = item.port < 1024 and sys.platform != "win32"
        return _finding(
            item,
            severity,
            f"It may not be bound: {words}.",
            advice="Ports below 1024 need administrator rights."
            if low
            else "Windows may keep it back: look at `netsh int ipv4 show excludedportrange protocol=tcp`.",
        )
    return _finding(
        item,
        severity,
        f"It cannot be bound on {item.address or 'all addresses'}: {words}.",
        advice="Check the address in the settings file.",
    )


def _finding(
    item: MachinePort,
    severity: Severity,
    text: str,
    *,
    advice: str = "",
    commands: tuple[str, ...] = (),
    holder: Holder | None = None,
) -> Finding:
    return Finding(
        subject=item.title,
        severity=severity,
        text=text,
        advice=advice,
        commands=commands,
        protocol=item.protocol,
        port=item.port,
        holder=holder,
        purpose=item.purpose,
    )


def range_findings(
    ports: Sequence[MachinePort], ranges: Mapping[str, PortRanges], *, platform: str = sys.platform
) -> list[Finding]:
    """Which ports lie in the range out of which any program is given one, and how to reserve them."""
    problems = dict.fromkeys(item.problem for item in ranges.values() if item.problem)
    findings = [
        Finding(subject="Range for outgoing connections", severity=Severity.NOTE, text=problem) for problem in problems
    ]
    given_away = [item for item in ports if ranges[item.protocol].may_be_given_away(item.port)]
    if not given_away:
        if not problems:
            findings.append(
                Finding(
                    subject="Range for outgoing connections",
                    severity=Severity.OK,
                    text=f"None of these ports lies in it unreserved ({ranges['tcp'].ephemeral}).",
                )
            )
        return findings
    numbers = sorted({item.port for item in given_away})
    commands: list[str] = []
    if platform == "win32":
        for protocol in _PROTOCOLS:
            mine = [item.port for item in given_away if item.protocol == protocol]
            commands += reserving_commands(mine, ranges[protocol], (protocol,), platform=platform)
    else:
        commands += reserving_commands(numbers, ranges[given_away[0].protocol], platform=platform)
    listed = ", ".join(map(str, numbers))
    findings.append(
        Finding(
            subject="Range for outgoing connections",
            severity=Severity.WARNING,
            text=f"{listed} lie in {ranges[given_away[0].protocol].ephemeral}, out of which this system gives ports to "
            "any program that dials out, so one of them may be taken when a program that listens on it starts.",
            advice="Reserve them." if commands else "This system has no way to reserve ports.",
            commands=tuple(commands),
        )
    )
    return findings
