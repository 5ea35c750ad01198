"""One person out of what several devices, and the data, say: equal is one, more wins over less, the rest is asked.

What a model has no place for it cannot say, so nothing is nothing said: a name wins over no name. Where to let somebody
in is at stake (validity, blocked, menus of terminals), nothing wins over nothing: it is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from doorward.server.imports.states import card_text
from doorward.server.takeover.choices import OURS

FILLED: Final = (
    "name", "department", "pin", "security_level", "authentication_mode", "daily_entry_limit", "anti_passback_minutes",
)  # fmt: skip
STRICT: Final = ("valid_from", "valid_until", "disabled", "terminal_administrator")
SETS: Final = ("cards", "fingers", "faces")
FIELDS: Final = (*FILLED, *STRICT, *SETS)
CUT: Final = 30
"""A text of so many letters may have been cut by a device that holds no more."""

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things that are said.

    Attributes:
        choice: The source that stands for it: a device's number, or ``OURS``.
        sources: Everybody who says so.
        value: What is said. May be secret.
    """

    choice: str
    sources: tuple[str, ...]
    value: Any = field(repr=False)


@dataclass(slots=True)
class Merged:
    """A person out of all sources.

    Attributes:
        values: What is agreed on, by field.
        conflicts: What is not, by field.
    """

    values: dict[str, Any] = field(default_factory=dict, repr=False)
    conflicts: dict[str, list[Option]] = field(default_factory=dict)


def merge(sources: Mapping[str, Said]) -> Merged:
    """One person out of what each source says of it.

    Args:
        sources: What is said, by the number of a device or ``OURS``; each a record of ``device_reading``.
    """
    merged = Merged()
    for name in FIELDS:
        options = _options(sources, name)
        if name in FILLED:
            options = _fuller([option for option in options if option.value]) or options
        elif name in SETS:
            options = _largest(options)
        if len(options) == 1:
            merged.values[name] = options[0].value
        else:
            merged.conflicts[name] = options
    return merged


def decided(merged: Merged, choices: Mapping[str, str]) -> dict[str, Any]:
    """All values of a person, with what was decided on.

    Raises:
        KeyError: Something was not decided.
    """
    values = dict(merged.values)
    for name, options in merged.conflicts.items():
        wanted = choices[name]
        values[name] = next(option.value for option in options if wanted in option.sources)
    return values


def _options(sources: Mapping[str, Said], name: str) -> list[Option]:
    found: dict[str, tuple[list[str], Any]] = {}
    values = [said[name] for said in sources.values()]
    if all(value == values[0] for value in values):
        # By far the most; to write them all out would take the time of everything else together.
        return [Option(OURS if OURS in sources else next(iter(sources)), tuple(sources), values[0])]
    for source, said in sources.items():
        key = json.dumps(_comparable(name, said[name]), sort_keys=True)
        found.setdefault(key, ([], said[name]))[0].append(source)
    return [Option(OURS if OURS in names else names[0], tuple(names), value) for names, value in found.values()]


def _comparable(name: str, value: Any) -> Any:
    if name == "cards":
        return sorted(card[:3] for card in value)
    if name == "fingers":
        # Which finger it is most models do not say.
        return sorted(finger[:3] for finger in value)
    if name == "faces":
        return sorted(value)
    return value


def _fuller(options: Sequence[Option]) -> list[Option]:
    """The options without those that are only the beginning of another one, cut by a device that holds no more."""

    def is_cut(option: Option) -> bool:
        text = option.value
        return isinstance(text, str) and len(text.encode()) >= CUT and any(
            other is not option and str(other.value).startswith(text) for other in options
        )  # fmt: skip

    return [option for option in options if not is_cut(option)]


def _largest(options: Sequence[Option]) -> list[Option]:
    """The options without those that are a part of another one."""

    def items(option: Option) -> set[str]:
        return {json.dumps(item[:3]) for item in option.value}

    return [
        option
        for option in options
        if not any(other is not option and items(option) < items(other) for other in options)
    ]


SHOWN: Final[Mapping[str, Callable[[Any], str]]] = {
    "pin": lambda value: "a PIN" if value else "no PIN",
    "cards": lambda value: " ".join(card_text(card[0], card[1], alone=card[2]) for card in value) or "no card",
    "fingers": lambda value: f"{len(value)} fingers" + (", duress" if any(finger[2] for finger in value) else ""),
    "faces": lambda value: f"{len(value)} face templates",
    "disabled": lambda value: "blocked" if value else "not blocked",
    "terminal_administrator": lambda value: "may use the menus" if value else "may not use the menus",
}


def shown(name: str, value: Any) -> str:
    """A value as people may see it; of secrets, that there is one."""
    words = SHOWN.get(name)
    if words is not None:
        return words(value)
    return "none" if value is None else str(value)
