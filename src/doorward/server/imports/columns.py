"""The columns of a file of people, and what each may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from doorward.device.csv_cells import LARGEST_NUMBER, LARGEST_SHORT, read_number, read_text, read_yes
from doorward.device.limits import WIDEST
from doorward.model.errors import InvalidInput
from doorward.model.people import SecurityLevel
from doorward.server.imports.moments import DateOrder, read_day, read_moment
from doorward.server.imports.table import Cell
from doorward.server.people.checking import device_text, long_text, mail, one_line
from doorward.server.people.choices import FieldKind
from doorward.server.people.credentials import SHORTEST_PIN

HIDDEN: Final = "(not shown)"
"""Stands for a value that is secret."""

LONGEST_PHONE: Final = 40
LONGEST_TEXT: Final = 500
MOST_NAMED: Final = 12
"""Groups or choices that are named where one was not found."""

OWN: Final = "fields."
"""Stands before the short name of an own field in a heading."""

BETWEEN_DEPARTMENTS: Final = " / "
_BETWEEN_DEPARTMENTS: Final = re.compile(r"\s/(?:\s|$)")
BETWEEN_GROUPS: Final = "; "
ALONE: Final = "*"
"""Stands after a card that opens alone."""

_CARD: Final = re.compile(r"(?P<number>[0-9]{1,20})(?:/(?P<custom>[0-9]{1,20}))?(?P<alone>\*?)")
_PHONE: Final = re.compile(r"[0-9+()/.,;#*xX \-]*")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,9})?")
_GROUP_NUMBERS: Final = re.compile(r"[0-9]+(?:[ ,;]+[0-9]+)*")

FILE_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "number": "the number by which devices know the person, 1 to 4294967295",
        "name": "the name",
        "department": "departments from the top down, with ' / ' between them; those that are missing are added",
        "email": "an address of mail",
        "phone": "a telephone number",
        "notes": "notes",
        "pin": "digits; read, and never written",
        "cards": "card numbers with spaces between them; 123/7 has the custom ID 7, 123* opens alone",
        "card": "the card, where there is at most one",
        "card_custom_id": "its custom ID",
        "card_bypass": "yes where it opens alone",
        "valid_from": "first moment of validity by the site's clock; a day alone begins at midnight",
        "valid_until": "last moment of validity; a day alone ends with its last second",
        "access_groups": "numbers or names of access groups with ';' between them",
        "administrator": "yes where the person may use the menus of terminals",
        "disabled": "yes where the person is blocked",
        "security_level": "0 as the device is set, 1 lowest to 5 highest",
        "authentication_mode": "what the person must show, by the model's own number; 0 as the device is set",
        "daily_entry_limit": "entries a day; 0 without limit",
        "anti_passback_minutes": "minutes before the person may enter again",
        "fingers": "how many are enrolled; written, and not read",
        "faces": "how many are enrolled; written, and not read",
        "photo": "yes where there is one; written, and not read",
    }
)
"""Each column and what it holds, beside one for each own field."""

NOT_READ: Final = frozenset({"fingers", "faces", "photo"})
_CARD_COLUMNS: Final = ("card", "card_custom_id", "card_bypass")

CardValue: TypeAlias = tuple[int, int, bool]
"""Number, custom ID, and whether it opens alone."""


@dataclass(frozen=True, slots=True)
class OwnField:
    """An own field of the site.

    Attributes:
        slug: Its short name.
        kind: What it holds.
        choices: What may be chosen.
    """

    slug: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the values of a file are read by.

    Attributes:
        zone: The zone of the site.
        dates: What comes first in a day with slashes.
        own: The own fields by their short names.
        groups: Numbers of access groups.
        group_names: The same by their names in small letters.
    """

    zone: tzinfo
    dates: DateOrder = DateOrder.NOT_SAID
    own: Mapping[str, OwnField] = field(default_factory=dict)
    groups: frozenset[int] = frozenset()
    group_names: Mapping[str, int] = field(default_factory=dict)


Reader = Callable[[str, Cell, Known], dict[str, Any]]


def read_cells(cells: Mapping[str, Cell], known: Known) -> tuple[dict[str, Any], list[InvalidInput]]:
    """The values of a row, by the names of a person's columns, and every cell that is not allowed.

    ``department`` is the way to it from the top, ``cards`` are ``CardValue``, ``groups`` are numbers, and ``fields``
    the own fields that the file has.
    """
    values: dict[str, Any] = {}
    problems: list[InvalidInput] = []
    own: dict[str, Any] = {}
    for column, cell in cells.items():
        if column in NOT_READ or column in _CARD_COLUMNS:
            continue
        try:
            if column.startswith(OWN):
                slug = column.removeprefix(OWN)
                own[slug] = _own(column, cell, known.own[slug], known)
            else:
                values |= READERS[column](column, cell, known)
        except InvalidInput as error:
            problems.append(_hidden(error) if column == "pin" else error)
    if "card" in cells:
        try:
            values["cards"] = _single_card({name: _text(cells.get(name, "")) for name in _CARD_COLUMNS})
        except InvalidInput as error:
            problems.append(error)
    if own:
        values["fields"] = own
    start, end = values.get("valid_from"), values.get("valid_until")
    if start is not None and end is not None and end < start:
        problems.append(InvalidInput("valid_until", _text(cells["valid_until"]), "a moment after valid_from"))
    return values, problems


def _hidden(error: InvalidInput) -> InvalidInput:
    return InvalidInput(error.field, HIDDEN, error.allowed)


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.isoformat(sep=" ")


def _name(column: str, cell: Cell, _: Known) -> dict[str, Any]:
    return {column: device_text(column, _text(cell))}


def _whole(low: int, high: int) -> Reader:
    def read(column: str, cell: Cell, _: Known) -> dict[str, Any]:
        return {column: read_number(column, _text(cell) or "0", low, high)}

    return read


def _yes(name: str) -> Reader:
    def read(column: str, cell: Cell, _: Known) -> dict[str, Any]:
        return {name: read_yes(column, _text(cell))}

    return read


def _moment(*, end: bool) -> Reader:
    def read(column: str, cell: Cell, known: Known) -> dict[str, Any]:
        return {column: read_moment(column, cell, known.dates, known.zone, end=end) if cell else None}

    return read


def _person_number(column: str, cell: Cell, _: Known) -> dict[str, Any]:
    return {column: read_number(column, _text(cell), 1, LARGEST_NUMBER)}


def _department(column: str, cell: Cell, _: Known) -> dict[str, Any]:
    text = read_text(column, _text(cell))
    way = tuple(part.strip() for part in _BETWEEN_DEPARTMENTS.split(text)) if text else ()
    for name in way:
        if not name:
            raise InvalidInput(column, text, "names of departments with ' / ' between them")
        device_text(column, name)
    return {column: way}


def _email(column: str, cell: Cell, _: Known) -> dict[str, Any]:
    return {column: mail(column, _text(cell))}


def _phone(column: str, cell: Cell, _: Known) -> dict[str, Any]:
    text = one_line(column, _text(cell), LONGEST_PHONE)
    if not _PHONE.fullmatch(text):
        raise InvalidInput(column, text, "digits, spaces and the signs + ( ) / . - #")
    return {column: text}


def _notes(column: str, cell: Cell, _: Known) -> dict[str, Any]:
    return {column: long_text(column, _text(cell).replace("\r\n", "\n").replace("\r", "\n"))}


def _pin(column: str, cell: Cell, _: Known) -> dict[str, Any]:
    text = _text(cell)
    fits = text.isascii() and text.isdigit() and SHORTEST_PIN <= len(text) <= WIDEST.pin
    if text and not fits:
        raise InvalidInput(column, text, f"{SHORTEST_PIN} to {WIDEST.pin} digits")
    return {column: text}


def _cards(column: str, cell: Cell, _: Known) -> dict[str, Any]:
    cards: list[CardValue] = []
    for word in _text(cell).replace(";", " ").replace(",", " ").split():
        found = _CARD.fullmatch(word)
        if found is None:
            raise InvalidInput(column, word, FILE_COLUMNS["cards"])
        cards.append(_card(column, found["number"], found["custom"] or "0", alone=bool(found["alone"])))
    if len({card[:2] for card in cards}) != len(cards):
        raise InvalidInput(column, _text(cell), "each card once")
    if len(cards) > WIDEST.cards:
        raise InvalidInput(column, _text(cell), f"at most {WIDEST.cards}, since no model holds more")
    return {column: tuple(cards)}


def _card(column: str, number: str, custom_id: str, *, alone: bool) -> CardValue:
    return read_number(column, number, 1, LARGEST_NUMBER), read_number(column, custom_id, 0, LARGEST_NUMBER), alone


def _single_card(cells: Mapping[str, str]) -> tuple[CardValue, ...]:
    alone = read_yes("card_bypass", cells["card_bypass"])
    if not cells["card"]:
        for name, said in (("card_custom_id", cells["card_custom_id"] not in ("", "0")), ("card_bypass", alone)):
            if said:
                raise InvalidInput(name, cells[name], "nothing without a card number in the column card")
        return ()
    number = read_number("card", cells["card"], 1, LARGEST_NUMBER)
    return ((number, read_number("card_custom_id", cells["card_custom_id"] or "0", 0, LARGEST_NUMBER), alone),)


def _groups(column: str, cell: Cell, known: Known) -> dict[str, Any]:
    text = _text(cell)
    between = r"[ ,;]+" if _GROUP_NUMBERS.fullmatch(text) else r"[;\n]+"
    found = set()
    for word in filter(None, map(str.strip, re.split(between, text))):
        number = known.group_names.get(word.casefold())
        if number is None and word.isdigit() and int(word) in known.groups:
            number = int(word)
        if number is None:
            raise InvalidInput(column, word, _some("an access group that there is", sorted(known.group_names)))
        found.add(number)
    return {"groups": frozenset(found)}


def _some(what: str, names: list[str]) -> str:
    if not names:
        return f"{what}: there is none yet"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{what}: {', '.join(names[:MOST_NAMED])}{more}"


def _own(column: str, cell: Cell, own: OwnField, known: Known) -> Any:
    text = _text(cell)
    if not text:
        return None
    if own.kind == FieldKind.DATE:
        return read_day(column, cell, known.dates).isoformat()
    if own.kind == FieldKind.NUMBER:
        if not _NUMBER.fullmatch(text):
            raise InvalidInput(column, text, "a number")
        value = float(text.replace(",", "."))
        return int(value) if value.is_integer() else value
    if own.kind == FieldKind.CHOICE:
        chosen = next((choice for choice in own.choices if choice.casefold() == text.casefold()), None)
        if chosen is None:
            raise InvalidInput(column, text, _some("one of the choices of this field", list(own.choices)))
        return chosen
    return one_line(column, text, LONGEST_TEXT)


READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "number": _person_number,
        "name": _name,
        "department": _department,
        "email": _email,
        "phone": _phone,
        "notes": _notes,
        "pin": _pin,
        "cards": _cards,
        "valid_from": _moment(end=False),
        "valid_until": _moment(end=True),
        "access_groups": _groups,
        "administrator": _yes("terminal_administrator"),
        "disabled": _yes("disabled"),
        "security_level": _whole(0, int(SecurityLevel.HIGHEST)),
        "authentication_mode": _whole(0, WIDEST.authentication_mode),
        "daily_entry_limit": _whole(0, LARGEST_SHORT),
        "anti_passback_minutes": _whole(0, LARGEST_SHORT),
    }
)
