"""A plain table for the people who run the network."""

from __future__ import annotations

import textwrap

from doorward.ports.formats.common import Format, answer_notice
from doorward.ports.plan import FIREWALL, FORWARD, IN, Holder, Rule

_COLUMNS = ("No", "Direction", "Protocol", "From", "Source port", "To", "Port", "Begins")
_WIDTH = 110


def _cells(number: int, rule: Rule) -> tuple[str, ...]:
    return (
        str(number),
        {IN: "in", FORWARD: "through"}.get(rule.direction, "out"),
        rule.protocol.upper(),
        str(rule.source),
        str(rule.source_ports or "any"),
        str(rule.destination),
        str(rule.ports),
        rule.flow.dialler,
    )


def apply(holder: Holder) -> str:
    """The rules as a table, with the reasons below it."""
    kind = "Firewall" if holder.kind == FIREWALL else "Host"
    lines = [f"{kind} {holder.name}: to be let through", ""]
    if not holder.rules:
        return "\n".join((*lines, "Nothing is to be opened.", ""))
    rows = [_COLUMNS, *(_cells(number, rule) for number, rule in enumerate(holder.rules, 1))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(3, "  ".join("-" * width for width in widths))
    lines += ["", "Why"]
    for number, rule in enumerate(holder.rules, 1):
        lines += textwrap.wrap(f"{number:>3}. {rule.reason}.", _WIDTH, subsequent_indent="     ")
    lines += [
        "",
        *textwrap.wrap(
            "Each rule is for the first packet; what belongs to a known connection is let through both ways. "
            "Everything else stays shut.",
            _WIDTH,
        ),
    ]
    notice = answer_notice(holder)
    if notice:
        lines += textwrap.wrap(notice, _WIDTH)
    return "\n".join(lines) + "\n"


def remove(holder: Holder) -> str:
    """What to say when they are no longer needed."""
    text = apply(holder)
    return text.replace("to be let through", "no longer to be let through", 1)


FORMAT = Format("plain", "Plain table", "txt", apply, remove)
