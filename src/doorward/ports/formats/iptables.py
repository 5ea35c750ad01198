"""iptables and ip6tables: chains of our own, with one jump at the top of INPUT, OUTPUT or FORWARD."""

from __future__ import annotations

from doorward.ports.formats.common import TAG, Format, answer_notice, head, reason
from doorward.ports.formats.shell import script
from doorward.ports.plan import FORWARD, IN, OUT, Holder, Rule

TITLE = "iptables"
CHAINS = {IN: "INPUT", OUT: "OUTPUT", FORWARD: "FORWARD"}
PROGRAMS = {4: "iptables", 6: "ip6tables"}
_LONGEST_COMMENT = 240

_FUNCTIONS = """\
# Takes away one of our chains with the jump to it: program, chain.
remove_chain() {
    command -v "$1" >/dev/null || return 0
    while "$1" -w -D "$2" -j "DOORWARD-$2" 2>/dev/null; do :; done
    "$1" -w -F "DOORWARD-$2" 2>/dev/null || return 0
    "$1" -w -X "DOORWARD-$2"
}

# Leads one of the firewall's chains into ours, before its own rules: program, chain.
jump() { "$1" -w -C "$2" -j "DOORWARD-$2" 2>/dev/null || "$1" -w -I "$2" 1 -j "DOORWARD-$2"; }
"""


def chain_name(direction: str) -> str:
    """Our chain for a direction."""
    return f"{TAG.upper()}-{CHAINS[direction]}"


def line(rule: Rule) -> str:
    """One rule in the form of iptables-restore."""
    ports = f" --sport {rule.source_ports.joined(':')}" if rule.source_ports is not None else ""
    return (
        f"-A {chain_name(rule.direction)} -s {rule.source.address} -d {rule.destination.address} -p {rule.protocol}"
        f"{ports} --dport {rule.ports.joined(':')} -m conntrack --ctstate NEW "
        f'-m comment --comment "{reason(rule, _LONGEST_COMMENT)}" -j ACCEPT'
    )


def apply(holder: Holder) -> str:
    """The script that puts the rules in force; a second time it changes nothing more."""
    blocks = [_FUNCTIONS]
    for version, program in PROGRAMS.items():
        for direction, chain in CHAINS.items():
            rules = [rule for rule in holder.rules if rule.direction == direction and rule.version == version]
            if not rules:
                blocks.append(f"remove_chain {program} {chain}    # this plan has no rules in it")
                continue
            lines = ["*filter", f":{chain_name(direction)} - [0:0]", *map(line, rules), "COMMIT"]
            blocks.append(
                f"{program}-restore -w --noflush <<'RULES'\n" + "\n".join(lines) + f"\nRULES\njump {program} {chain}"
            )
    comment = head(
        holder,
        TITLE,
        "The rules stand in chains of their own, replaced as a whole each time. The firewall must let through what "
        "belongs to known connections (ESTABLISHED), as every firewall with a memory does. To keep them over a "
        "restart, save them as this system does (iptables-persistent, or run this script at the start).",
        answer_notice(holder),
    )
    return script(comment, *blocks)


def remove(holder: Holder) -> str:
    """The script that takes all of them away."""
    return script(
        head(holder, TITLE, remove=True),
        _FUNCTIONS.partition("\n# Leads")[0],
        "\n".join(f"remove_chain {program} {chain}" for program in PROGRAMS.values() for chain in CHAINS.values()),
    )


FORMAT = Format("iptables", TITLE, "sh", apply, remove)
