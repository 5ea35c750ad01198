"""ufw: rules that carry our name in their comments, by which they are found again."""

from __future__ import annotations

from doorward.ports.formats.common import TAG, Format, answer_notice, head, reason
from doorward.ports.formats.shell import quoted, script
from doorward.ports.plan import FORWARD, IN, Holder, Rule

TITLE = "ufw"
_LONGEST_COMMENT = 200

# ufw looks for these words in the whole line of a route rule, its comment included, and takes them for interfaces.
_OTHER_WORDS = {" in ": " for ", " out ": " outward ", " on ": " at "}

_REMOVE = f"""\
if ! LC_ALL=C ufw status | grep -q '^Status: active'; then
    echo 'ufw is not active; nothing was changed. Let your own access in (ufw allow OpenSSH), then: ufw enable' >&2
    exit 1
fi

# From the last to the first, since the numbers move up.
while :; do
    number=$(LC_ALL=C ufw status numbered | sed -n 's/^\\[ *\\([0-9]*\\)\\].*# {TAG}: .*$/\\1/p' | tail -n 1)
    [ -n "$number" ] || break
    ufw --force delete "$number" >/dev/null
done
"""


def _comment(rule: Rule) -> str:
    text = f"{TAG}: {reason(rule, _LONGEST_COMMENT)}"
    for word, other in _OTHER_WORDS.items():
        text = text.replace(word, other)
    return text


def line(rule: Rule) -> str:
    """One rule as a command."""
    verb = "route allow" if rule.direction == FORWARD else f"allow {'in' if rule.direction == IN else 'out'}"
    source_port = f" port {rule.source_ports.joined(':')}" if rule.source_ports is not None else ""
    return (
        f"ufw {verb} proto {rule.protocol} from {rule.source.address}{source_port} "
        f"to {rule.destination.address} port {rule.ports.joined(':')} "
        f"comment {quoted(_comment(rule))}"
    )


def apply(holder: Holder) -> str:
    """The script that puts the rules in force; a second time it changes nothing more."""
    comment = head(
        holder, TITLE, "Rules of an earlier run are found by their comment and taken away first.", answer_notice(holder)
    )
    return script(comment, _REMOVE, "\n".join(map(line, holder.rules)))


def remove(holder: Holder) -> str:
    """The script that takes all of them away."""
    return script(head(holder, TITLE, remove=True), _REMOVE)


FORMAT = Format("ufw", TITLE, "sh", apply, remove)
