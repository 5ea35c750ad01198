"""The parity bits of a card format as people type them: ``0 even 1-12``, one a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from doorward.model.errors import InvalidInput
from doorward.server.people.card_formats import ParityValues

_LINE = re.compile(r"(\d{1,3})\s+(even|odd)\s+([\d\s,-]+)", re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?")
ALLOWED: Final = "a place, 'even' or 'odd', and the bits that it checks, such as '0 even 1-12'"


def parity_text(parts: Iterable[Mapping[str, Any]]) -> str:
    """Parity bits as lines."""
    return "\n".join(
        f"{part['bit']} {'odd' if part['odd'] else 'even'} {_ranges(sorted(part['covers']))}" for part in parts
    )


def read_parity(text: str) -> list[ParityValues]:
    """Parity bits from lines.

    Raises:
        InvalidInput: A line is none.
    """
    found: list[ParityValues] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _LINE.fullmatch(line)
        if match is None:
            raise InvalidInput("parity", line[:60], ALLOWED)
        covers = [place for part in match[3].split(",") for place in _places(part.strip(), line)]
        found.append(ParityValues(bit=int(match[1]), odd=match[2].lower() == "odd", covers=covers))
    return found


def _places(part: str, line: str) -> range:
    match = _RANGE.fullmatch(part)
    if match is None:
        raise InvalidInput("parity", line[:60], ALLOWED)
    first = int(match[1])
    return range(first, int(match[2] or first) + 1)


def _ranges(places: Sequence[int]) -> str:
    pieces: list[list[int]] = []
    for place in places:
        if pieces and place == pieces[-1][1] + 1:
            pieces[-1][1] = place
        else:
            pieces.append([place, place])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in pieces)
