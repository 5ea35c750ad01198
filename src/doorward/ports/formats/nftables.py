"""nftables: chains of our own in the table that holds the firewall.

A table of our own could only close: nftables asks every table, and what one accepts another may still drop. So the
rules stand in chains of ours inside the table that drops, and one jump at the top of each of its chains leads there.
"""

from __future__ import annotations

import re

from doorward.model.errors import InvalidInput
from doorward.ports.formats.common import TAG, Format, answer_notice, head, reason
from doorward.ports.formats.shell import script
from doorward.ports.plan import FORWARD, IN, OUT, Holder, Rule

TITLE = "nftables"
DEFAULT_TABLE = "inet filter"
CHAINS = {IN: "input", OUT: "output", FORWARD: "forward"}
_LONGEST_COMMENT = 120
_TABLE = re.compile(r"inet [A-Za-z][A-Za-z0-9_-]{0,30}\Z")

_FUNCTIONS = """\
has_chain() {{ nft list chain {table} "$1" >/dev/null 2>&1; }}

# The numbers of the jumps from one of the firewall's chains into ours.
jumps() {{ nft -a list chain {table} "$1" | sed -n "s/.*jump {tag}_$1 .*# handle \\([0-9]*\\)\\$/\\1/p"; }}
"""

_REMOVE = """\
remove_chain() {{
    has_chain "{tag}_$1" || return 0
    if has_chain "$1"; then
        for handle in $(jumps "$1"); do nft delete rule {table} "$1" handle "$handle"; done
    fi
    nft flush chain {table} "{tag}_$1"
    nft delete chain {table} "{tag}_$1"
}}
"""


def checked_table(text: str) -> str:
    """The table that holds the firewall, as ``inet NAME``.

    Raises:
        InvalidInput: It is something else.
    """
    if not _TABLE.match(text):
        raise InvalidInput("--table", text, "inet and the name of the table that holds the firewall, as 'inet filter'")
    return text


def _match(rule: Rule) -> str:
    family = "ip" if rule.version == 4 else "ip6"
    ports = [f"{rule.protocol} sport {rule.source_ports}"] if rule.source_ports is not None else []
    ports.append(f"{rule.protocol} dport {rule.ports}")
    return " ".join(
        (f"{family} saddr {rule.source.address}", f"{family} daddr {rule.destination.address}", *ports, "ct state new")
    )


def apply(holder: Holder, table: str = DEFAULT_TABLE) -> str:
    """The script that puts the rules in force; a second time it changes nothing more."""
    used = [direction for direction in CHAINS if any(rule.direction == direction for rule in holder.rules)]
    words = {"table": checked_table(table), "tag": TAG}
    blocks = [_FUNCTIONS.format(**words) + "\n" + _REMOVE.format(**words), "found="]
    for direction, chain in CHAINS.items():
        if direction not in used:
            blocks.append(f"remove_chain {chain}    # this plan has no rules in it")
            continue
        lines = [f"add chain {table} {TAG}_{chain}", f"flush chain {table} {TAG}_{chain}"]
        lines += [
            f'add rule {table} {TAG}_{chain} {_match(rule)} accept comment "{reason(rule, _LONGEST_COMMENT)}"'
            for rule in holder.rules
            if rule.direction == direction
        ]
        blocks.append(
            f"if has_chain {chain}; then\n    found=yes\n    nft -f - <<'RULES'\n" + "\n".join(lines) + "\nRULES\n"
            f'    [ -n "$(jumps {chain})" ] ||\n'
            f"        nft insert rule {table} {chain} jump {TAG}_{chain} comment '\"{TAG}\"'\n"
            f"else\n    echo 'Table {table} has no chain {chain}: nothing is filtered there, nothing is to be opened.' "
            ">&2\nfi"
        )
    if used:
        blocks.append(
            'if [ -z "$found" ]; then\n'
            "    echo 'Nothing was changed. Name the table that holds the firewall with --table.' >&2\n    exit 1\nfi"
        )
    comment = head(
        holder,
        TITLE,
        f"The rules stand in chains of their own in table {table}, whose own chains are input, output and forward, as "
        "Debian's are; name another table with --table. It must let through what belongs to known connections "
        "(ct state established), as every firewall with a memory does.",
        answer_notice(holder),
    )
    return script(comment, *blocks)


def remove(holder: Holder, table: str = DEFAULT_TABLE) -> str:
    """The script that takes all of them away."""
    words = {"table": checked_table(table), "tag": TAG}
    return script(
        head(holder, TITLE, remove=True),
        _FUNCTIONS.format(**words) + "\n" + _REMOVE.format(**words),
        "\n".join(f"remove_chain {chain}" for chain in CHAINS.values()),
    )


FORMAT = Format("nftables", TITLE, "sh", apply, remove)
