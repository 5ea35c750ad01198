"""The catalogue as Markdown, for the documentation."""

from __future__ import annotations

from doorward.ports.catalogue import CONFIDENCE, Catalogue, Entry

_COLUMNS = ("Port", "Mode", "Listens", "Dials", "For", "Can be changed", "How sure")


def as_markdown(catalogue: Catalogue, system: str) -> str:
    """One system's entries as a Markdown table; other products with their names in a column of their own."""
    named = system == "other"
    columns = ("Product", *_COLUMNS) if named else _COLUMNS
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for entry in catalogue.select(systems=[system]):
        cells = (entry.product, *_cells(entry)) if named else _cells(entry)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _cells(entry: Entry) -> tuple[str, ...]:
    purpose = entry.purpose
    if entry.reach == "local":
        purpose += " (stays on one machine)"
    elif entry.reach == "internet":
        purpose += " (outward)"
    if entry.plan == "option":
        purpose += f" (option `{'`, `'.join(entry.features)}`)"
    if entry.note:
        purpose += f". {entry.note}"
    return (
        entry.title,
        "both" if len(entry.modes) > 1 else entry.modes[0],
        f"{entry.listens}, {entry.process}" if entry.process else entry.listens,
        ", ".join(entry.dials),
        purpose,
        entry.changeable,
        f"{entry.confidence} ({', '.join(entry.sources)})",
    )


def sources_as_markdown(catalogue: Catalogue) -> str:
    """What the words for certainty mean, and the sources."""
    lines = ["| how sure | meaning |", "|---|---|"]
    lines += [f"| {word} | {meaning} |" for word, meaning in CONFIDENCE.items()]
    lines += ["", "| source | |", "|---|---|"]
    lines += [f"| {source.tag} | {source.title} |" for source in catalogue.sources.values()]
    return "\n".join(lines) + "\n"
