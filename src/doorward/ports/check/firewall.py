"""What the firewalls of this machine say of themselves, as far as this user may read it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from doorward.ports.check.commands import Output, run
from doorward.ports.check.findings import Finding, Severity
from doorward.ports.check.machine_ports import MachinePort

_NFT_INPUT = re.compile(
    r"chain\s+(?P<chain>\S+)\s*\{\s*type\s+filter\s+hook\s+input\s+[^;]*;\s*(policy\s+(?P<policy>\w+);)?"
)
_IPTABLES_INPUT = re.compile(r"^:INPUT\s+(?P<policy>ACCEPT|DROP)\b", re.MULTILINE)
_UFW_DEFAULT = re.compile(r"^Default:\s+(?P<incoming>\w+)\s+\(incoming\)", re.MULTILINE)
_NO_RIGHTS = ("permission denied", "not permitted", "must be root", "need to be root", "authorization failed",
              "access is denied", "zugriff verweigert", "erfordert erhöhte")  # fmt: skip
_ON, _OFF = ("on", "ein"), ("off", "aus")
_NETSH_STATE = re.compile(r"^\s*\S+\s{2,}(?P<state>ON|OFF|EIN|AUS)\s*$", re.MULTILINE | re.IGNORECASE)
_NETSH_POLICY = re.compile(r"\b(?P<policy>(?:Block|Allow)Inbound(?:Always)?)\s*,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FirewallState:
    """One firewall.

    Attributes:
        name: What it is called.
        active: Whether it is on; None where that could not be read.
        drops: Whether it drops what comes in unless a rule lets it in; None where that could not be read.
        rules: Its rules as text, where they could be read.
        problem: Why something could not be read.
    """

    name: str
    active: bool | None
    drops: bool | None = None
    rules: str = ""
    problem: str = ""


def _unread(name: str, output: Output) -> FirewallState:
    said = output.problem or output.text
    if any(words in said.lower() for words in _NO_RIGHTS):
        return FirewallState(name, None, problem="this user may not read it; run the command with administrator rights")
    return FirewallState(name, None, problem=said.strip().splitlines()[-1] if said.strip() else "it did not answer")


def read_nftables(output: Output) -> FirewallState:
    """Read ``nft list ruleset``."""
    if not output.good:
        return _unread("nftables", output)
    inputs = list(_NFT_INPUT.finditer(output.text))
    drops = any(found["policy"] == "drop" for found in inputs)
    return FirewallState("nftables", bool(inputs), drops if inputs else None, output.text)


def read_iptables(output: Output) -> FirewallState:
    """Read ``iptables-save``."""
    if not output.good:
        return _unread("iptables", output)
    policy = _IPTABLES_INPUT.search(output.text)
    active = policy is not None and (policy["policy"] == "DROP" or "-A INPUT" in output.text)
    return FirewallState("iptables", active, policy["policy"] == "DROP" if policy else None, output.text)


def read_ufw(output: Output) -> FirewallState:
    """Read ``ufw status verbose``."""
    if not output.good:
        return _unread("ufw", output)
    if "Status: active" not in output.text:
        return FirewallState("ufw", active=False)
    default = _UFW_DEFAULT.search(output.text)
    return FirewallState("ufw", True, default["incoming"] in ("deny", "reject") if default else None, output.text)


def read_firewalld(output: Output) -> FirewallState:
    """Read ``firewall-cmd --list-all``; zones drop what they do not name."""
    if output.good:
        return FirewallState("firewalld", True, "target: ACCEPT" not in output.text, output.text)
    if "not running" in (output.problem + output.text).lower():
        return FirewallState("firewalld", active=False)
    return _unread("firewalld", output)


def read_windows(output: Output) -> FirewallState:
    """Read ``netsh advfirewall show allprofiles``, in English or German."""
    states = [found["state"].lower() for found in _NETSH_STATE.finditer(output.text)]
    states = [state for state in states if state in (*_ON, *_OFF)]
    policies = [found["policy"].lower() for found in _NETSH_POLICY.finditer(output.text)]
    if not output.good or not states:
        return _unread("Windows Defender Firewall", output)
    # The state of a profile comes before its policy; other values that are on or off follow it.
    return FirewallState(
        "Windows Defender Firewall",
        any(state in _ON for state in states),
        any(policy.startswith("block") for policy in policies) if policies else None,
    )


_LINUX: tuple[tuple[tuple[str, ...], Callable[[Output], FirewallState]], ...] = (
    (("ufw", "status", "verbose"), read_ufw),
    (("firewall-cmd", "--list-all"), read_firewalld),
    (("nft", "list", "ruleset"), read_nftables),
    (("iptables-save",), read_iptables),
)
_WINDOWS = ((("netsh", "advfirewall", "show", "allprofiles"), read_windows),)


async def read_firewalls() -> list[FirewallState]:
    """Ask every firewall that this system has."""
    asked = {"linux": _LINUX, "win32": _WINDOWS}.get(sys.platform, ())
    outputs = await asyncio.gather(*(run(*command) for command, _ in asked))
    return [read(output) for (_, read), output in zip(asked, outputs, strict=True) if output.found]


def firewall_finding(state: FirewallState, own: Sequence[MachinePort]) -> Finding:
    """One firewall in words; ports that devices or operators dial here are looked for in its rules."""
    subject = f"Firewall {state.name}"
    if state.problem:
        return Finding(subject=subject, severity=Severity.NOTE, text=f"Its state was not read: {state.problem}.")
    if not state.active:
        return Finding(subject=subject, severity=Severity.OK, text="It is off, or has no rules for what comes in.")
    if not state.drops:
        return Finding(
            subject=subject,
            severity=Severity.NOTE,
            text="It is on and lets in what no rule forbids." if state.drops is False else "It is on.",
        )
    unnamed = [item.title for item in own if state.rules and not names_port(state.rules, item.port)]
    if not unnamed:
        return Finding(
            subject=subject,
            severity=Severity.NOTE,
            text="It is on and drops what no rule lets in."
            + (" Its rules name the server's ports." if state.rules and own else ""),
        )
    return Finding(
        subject=subject,
        severity=Severity.WARNING,
        text=f"It is on, drops what no rule lets in, and no rule that could be read names {' or '.join(unnamed)}.",
        advice="Let these in from the networks that need them; `doorward ports rules` writes the rules.",
        commands=("doorward ports rules --help",),
    )


def names_port(rules: str, port: int) -> bool:
    """Whether a port stands anywhere in rules, alone or inside of a range."""
    if re.search(rf"(?<![\d.]){port}(?![\d.])", rules):
        return True
    for found in re.finditer(r"(?<![\d.])(\d{1,5})[-:](\d{1,5})(?![\d.])", rules):
        if int(found[1]) <= port <= int(found[2]):
            return True
    return False
