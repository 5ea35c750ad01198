"""firewalld: policies of our own with rich rules, since a service of a zone knows no sources."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from doorward.ports.formats.common import TAG, Format, answer_notice, harmless, head, reason
from doorward.ports.formats.shell import script
from doorward.ports.plan import FORWARD, IN, OUT, Holder, Rule

TITLE = "firewalld"
POLICIES = {IN: (f"{TAG}-in", "ANY", "HOST"), OUT: (f"{TAG}-out", "HOST", "ANY"), FORWARD: (f"{TAG}-fwd", "ANY", "ANY")}
_LONGEST_COMMENT = 200

_REMOVE = """\
# A policy is taken away as a whole, and nothing else with it.
known=" $(firewall-cmd --permanent --get-policies) "
remove_policy() {
    case "$known" in
    *" $1 "*) firewall-cmd --quiet --permanent --delete-policy="$1" ;;
    esac
}
"""

_MAKE = """\
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
make_policy() {
    cat > "$folder/$1.xml"
    firewall-cmd --quiet --permanent --new-policy-from-file="$folder/$1.xml" --name="$1"
}
"""


def rule_lines(rule: Rule) -> list[str]:
    """One rule as firewalld keeps it, which has room for one port only."""
    kind, ports = ("port", rule.ports) if rule.source_ports is None else ("source-port", rule.source_ports)
    why = harmless(f"{rule.title}: {reason(rule, _LONGEST_COMMENT)}", 2 * _LONGEST_COMMENT)
    return [
        f"  <!-- {escape(why.replace('--', '- '))} -->",
        f"  <rule family={quoteattr(f'ipv{rule.version}')}>",
        f"    <source address={quoteattr(rule.source.address)}/>",
        f"    <destination address={quoteattr(rule.destination.address)}/>",
        f"    <{kind} port={quoteattr(str(ports))} protocol={quoteattr(rule.protocol)}/>",
        "    <accept/>",
        "  </rule>",
    ]


def _policy(direction: str, rules: list[Rule]) -> str:
    name, ingress, egress = POLICIES[direction]
    lines = [
        f"make_policy {name} <<'POLICY'",
        '<?xml version="1.0" encoding="utf-8"?>',
        '<policy priority="-1" target="CONTINUE">',
        "  <short>Doorward</short>",
        f'  <ingress-zone name="{ingress}"/>',
        f'  <egress-zone name="{egress}"/>',
    ]
    for rule in rules:
        lines += rule_lines(rule)
    return "\n".join((*lines, "</policy>", "POLICY"))


def apply(holder: Holder) -> str:
    """The script that puts the rules in force; a second time it changes nothing more."""
    blocks = [_REMOVE + "\n" + _MAKE]
    for direction, (policy, _, _) in POLICIES.items():
        blocks.append(f"remove_policy {policy}")
        rules = [rule for rule in holder.rules if rule.direction == direction]
        if rules:
            blocks.append(_policy(direction, rules))
    blocks.append("firewall-cmd --quiet --reload")
    answers = answer_notice(holder)
    if answers:
        answers += " firewalld's rules have room for one port: the ports that the answers go to are not narrowed here."
    comment = head(holder, TITLE, "Needs firewalld 0.9 or later, which knows policies.", answers)
    return script(comment, *blocks)


def remove(holder: Holder) -> str:
    """The script that takes all of them away."""
    return script(
        head(holder, TITLE, remove=True),
        _REMOVE,
        "\n".join(f"remove_policy {policy}" for policy, _, _ in POLICIES.values()) + "\nfirewall-cmd --quiet --reload",
    )


FORMAT = Format("firewalld", TITLE, "sh", apply, remove)
