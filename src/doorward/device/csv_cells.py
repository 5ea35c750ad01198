"""The values in the cells of a CSV file of people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from doorward.model.errors import InvalidInput
from doorward.model.people import Card, SecurityLevel

LARGEST_NUMBER = 0xFFFFFFFF
LARGEST_SHORT = 0xFFFF
LONGEST_NUMBER = 20  # digits, leading zeros included
NOT_READ = frozenset({"fingers", "faces"})
YES = ("yes", "true", "1", "y")
NO = ("no", "false", "0", "n", "")
DELIMITERS = (",", ";", "\t")
TIME_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
DAY_FORMAT = "%Y-%m-%d"


def _whole(low: int, high: int) -> Callable[[str, str], dict[str, Any]]:
    def read(name: str, value: str) -> dict[str, Any]:
        return {name: read_number(name, value or "0", low, high)}

    return read


def delimiter_of(heading: str) -> str:
    """The sign between the values of a heading: the one that occurs most often outside of quotes."""
    bare = "".join(heading.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def read_number(name: str, value: str, low: int, high: int) -> int:
    """A whole number.

    Raises:
        InvalidInput: It is none, or out of bounds.
    """
    digits = value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER
    if not digits or not low <= int(value) <= high:
        raise InvalidInput(name, value, f"a whole number from {low} to {high}")
    return int(value)


def read_text(name: str, value: str) -> str:
    """A text of one line.

    Raises:
        InvalidInput: It holds control characters.
    """
    if any(character < " " for character in value):
        raise InvalidInput(name, value, "text without control characters")
    return value


def read_yes(name: str, value: str) -> bool:
    """Whether a cell says yes; an empty one says no.

    Raises:
        InvalidInput: It says neither.
    """
    word = value.lower()
    if word not in YES and word not in NO:
        raise InvalidInput(name, value, "yes or no")
    return word in YES


def _text(name: str, value: str) -> dict[str, Any]:
    return {name: read_text(name, value)}


def _boolean(name: str, value: str) -> dict[str, Any]:
    return {name: read_yes(name, value)}


def _time(name: str, value: str) -> dict[str, Any]:
    if not value:
        return {name: None}
    for pattern in TIME_FORMATS:
        try:
            return {name: datetime.strptime(value, pattern)}  # noqa: DTZ007 - the device's local time has no zone
        except ValueError:
            continue
    try:
        day = datetime.strptime(value, DAY_FORMAT)  # noqa: DTZ007 - as above
    except ValueError:
        raise InvalidInput(name, value, "a day such as 2024-05-31, or 2024-05-31 08:00:00") from None
    return {name: day.replace(hour=23, minute=59, second=59) if name == "valid_until" else day}


def _groups(name: str, value: str) -> dict[str, Any]:
    words = value.replace(";", " ").replace(",", " ").split()
    return {name: tuple(read_number(name, word, 0, 0xFF) for word in words)}


def _level(name: str, value: str) -> dict[str, Any]:
    return {name: SecurityLevel(read_number(name, value or "0", 0, int(SecurityLevel.HIGHEST)))}


def _nothing(name: str, value: str) -> dict[str, Any]:
    del name, value
    return {}


READERS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "number": lambda name, value: {name: read_number(name, value, 1, LARGEST_NUMBER)},
    "name": _text,
    "department": _text,
    "pin": _text,
    "card": _nothing,
    "card_custom_id": _nothing,
    "card_bypass": _nothing,
    "valid_from": _time,
    "valid_until": _time,
    "access_groups": _groups,
    "administrator": _boolean,
    "disabled": _boolean,
    "security_level": _level,
    "authentication_mode": _whole(0, 0x7FFFFFFF),
    "daily_entry_limit": _whole(0, LARGEST_SHORT),
    "anti_passback_minutes": _whole(0, LARGEST_SHORT),
}


def read_card(cells: Mapping[str, str]) -> dict[str, Any]:
    """The card from its three columns; nothing when the column ``card`` is missing."""
    custom_id, bypass = cells.get("card_custom_id", ""), cells.get("card_bypass", "")
    if not cells.get("card"):
        for name, value in (("card_custom_id", custom_id), ("card_bypass", bypass)):
            if value.lower() not in NO:
                raise InvalidInput(name, value, "nothing without a card number in the column 'card'")
        return {"cards": ()} if "card" in cells else {}
    number = read_number("card", cells["card"], 1, LARGEST_NUMBER)
    custom = read_number("card_custom_id", custom_id or "0", 0, LARGEST_NUMBER)
    return {"cards": (Card(number, custom, read_yes("card_bypass", bypass)),)}
