"""What the formats share: harmless words, names and the head of a file."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from doorward.model.errors import Unsupported
from doorward.ports.catalogue import PortRange
from doorward.ports.flows import ANSWER_WORDS
from doorward.ports.plan import FIREWALL, IN, OUT, Holder, Rule

TAG = "doorward"

# Signs that mean nothing to a shell, to Windows' command prompt, to PowerShell, RouterOS, HCL and nft within quotes.
_HARMFUL = re.compile(r"[^A-Za-z0-9 .,:;()/_+=@\-]+")


@dataclass(frozen=True, slots=True)
class Format:
    """One language in which a machine is told its rules.

    Attributes:
        name: As the command line knows it.
        title: For people.
        suffix: Of a file with it.
        apply: Makes the text that puts the rules in force.
        remove: Makes the text that takes all of them away.
    """

    name: str
    title: str
    suffix: str
    apply: Callable[[Holder], str]
    remove: Callable[[Holder], str]


def harmless(text: str, limit: int) -> str:
    """A text of one line that no quoting can trip over, cut at a word."""
    clean = " ".join(_HARMFUL.sub(" ", text).split())
    return clean if len(clean) <= limit else textwrap.shorten(clean, limit, placeholder=" ...")


def reason(rule: Rule, limit: int) -> str:
    """Why a rule is there, and who begins."""
    why = rule.reason
    if rule.flow.answer:
        why = "answers to a broadcast, which no firewall takes for replies; " + why.replace(ANSWER_WORDS, "")
    return harmless(f"{why} (begins: {rule.flow.dialler})", limit)


def rule_name(rule: Rule, number: int) -> str:
    """A name for a rule: tag, direction, protocol, port and its place."""
    return f"{TAG}-{rule.direction}-{rule.protocol}-{rule.ports}-{number}"


def numbered(rules: Iterable[Rule]) -> list[tuple[str, Rule]]:
    """Rules with their names."""
    return [(rule_name(rule, number), rule) for number, rule in enumerate(rules, 1)]


def head(holder: Holder, title: str, *lines: str, mark: str = "#", remove: bool = False) -> str:
    """The first lines of a file, as comments."""
    what = "takes away all rules of Doorward" if remove else "lets through what the plan needs"
    texts = [f"{title}: {what} on {holder.name}.", *lines]
    return "".join(f"{mark} {part}\n" for text in texts for part in textwrap.wrap(text, 110, break_on_hyphens=False))


def answer_notice(holder: Holder) -> str:
    """A sentence about answers to broadcasts, when the rules have any."""
    if not any(rule.flow.answer for rule in holder.rules):
        return ""
    return (
        "Answers to a broadcast search come from another address than was asked and are no replies to a firewall: "
        "rules of their own let in UDP from the devices' port and network alone."
    )


def remote(rule: Rule) -> tuple[str, PortRange | None]:
    """The other side's addresses and ports, as the host sees them."""
    if rule.direction == IN:
        return rule.source.address, rule.source_ports
    return rule.destination.address, rule.ports


def local(rule: Rule) -> tuple[str, PortRange | None]:
    """The host's own address and ports."""
    if rule.direction == IN:
        return rule.destination.address, rule.ports
    return rule.source.address, rule.source_ports


def require_host(holder: Holder, title: str) -> None:
    """Refuse a firewall.

    Raises:
        Unsupported: The rules are those of a firewall between networks.
    """
    if holder.kind == FIREWALL:
        raise Unsupported(
            f"{title} protects the machine it belongs to; {holder.name} is a firewall between networks.",
            advice="Choose nftables, iptables, ufw, firewalld, mikrotik or plain for it.",
        )


def require_firewall(holder: Holder, title: str) -> None:
    """Refuse a host.

    Raises:
        Unsupported: The rules are those of a host.
    """
    if holder.kind != FIREWALL:
        raise Unsupported(
            f"{title} runs on the router between networks; {holder.name} is a host.",
            advice="Name a firewall of the plan, or choose a format of the host's own system.",
        )


def directions(holder: Holder) -> tuple[str, ...]:
    """The directions that a holder's rules can have."""
    return ("forward",) if holder.kind == FIREWALL else (IN, OUT)
