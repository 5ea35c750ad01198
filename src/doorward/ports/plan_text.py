"""A plan as rows: for a table on the screen, CSV and Markdown."""

from __future__ import annotations

import csv
import io

from doorward.ports.catalogue import SYSTEM_TITLES
from doorward.ports.plan import FIREWALL, FORWARD, IN, Plan, Rule

COLUMNS = ("Where", "Direction", "Protocol", "From", "Source port", "To", "Port", "Who begins", "Why", "System")

_DIRECTIONS = {IN: "in", FORWARD: "through"}


def rows(plan: Plan, holder: str = "") -> list[tuple[str, ...]]:
    """One row a rule, in the order of ``COLUMNS``; of one host or firewall when it is named.

    Raises:
        InvalidInput: The site has no such host or firewall.
    """
    rules = plan.holder(holder).rules if holder else plan.rules
    return [row(rule) for rule in rules]


def row(rule: Rule) -> tuple[str, ...]:
    """One rule as texts, in the order of ``COLUMNS``."""
    return (
        rule.holder,
        _DIRECTIONS.get(rule.direction, "out"),
        rule.protocol.upper(),
        str(rule.source),
        "any" if rule.source_ports is None else str(rule.source_ports),
        str(rule.destination),
        str(rule.ports),
        rule.flow.dialler,
        _reason(rule),
        ", ".join(SYSTEM_TITLES[name] for name in rule.flow.systems),
    )


def _reason(rule: Rule) -> str:
    """The reason without the system's name where that has a column of its own and is the only one."""
    if len(rule.flow.systems) == 1:
        prefix = SYSTEM_TITLES[rule.flow.systems[0]] + ": "
        return "; ".join(reason.removeprefix(prefix) for reason in rule.flow.reasons)
    return rule.reason


def as_csv(plan: Plan, holder: str = "") -> str:
    """The rows as CSV with a head line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(plan, holder))
    return text.getvalue()


def as_markdown(plan: Plan, holder: str = "") -> str:
    """The rules as one Markdown table for each host and firewall, then the notes."""
    blocks = []
    for item in [plan.holder(holder)] if holder else plan.holders:
        kind = "firewall" if item.kind == FIREWALL else "host"
        blocks.append(f"## {item.name} ({kind})")
        if not item.rules:
            blocks.append("Nothing is to be opened.")
            continue
        lines = ["| " + " | ".join(COLUMNS[1:]) + " |", "|" + "---|" * (len(COLUMNS) - 1)]
        lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row(rule)[1:]) + " |" for rule in item.rules]
        blocks.append("\n".join(lines))
    if plan.notes:
        blocks.append("## Notes")
        blocks.append("\n".join(f"- {note}" for note in plan.notes))
    return "\n\n".join(blocks) + "\n"
