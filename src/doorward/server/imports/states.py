"""People as imports see them: all that a file or a device can say of a person, in a form fit for JSON.

A state is a mapping with a key for each of ``COLUMNS``, ``department`` (its way from the top), ``cards`` (number,
custom ID, opens alone, label, format), ``groups`` (numbers) and ``fields`` (the own fields). It holds the PIN, so it is
kept encrypted, and shown only through ``differences``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeAlias, TypeVar

from django.db import connection

from doorward.server.access.models import Membership
from doorward.server.audit.tracking import CHANGED_SECRET, SECRET
from doorward.server.imports.columns import ALONE, BETWEEN_DEPARTMENTS
from doorward.server.people.models import Card, Department, Person

State: TypeAlias = dict[str, Any]
T = TypeVar("T")

PLAIN: Final = (
    "name", "email", "phone", "notes", "disabled", "terminal_administrator", "security_level", "authentication_mode",
    "daily_entry_limit", "anti_passback_minutes",
)  # fmt: skip
MOMENTS: Final = ("valid_from", "valid_until")
COLUMNS: Final = (*PLAIN, *MOMENTS, "pin")
SECRETS: Final = frozenset({"pin"})
AT_ONCE: Final = 500
"""Rows in one statement; older SQLite takes at most 999 values."""


def parts(items: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Lists of at most ``size`` items."""
    source = iter(items)
    while part := list(islice(source, size)):
        yield part


def empty_state() -> State:
    """Somebody of whom nothing is known."""
    blank = Person()
    return {column: getattr(blank, column) for column in COLUMNS} | {
        "department": [],
        "cards": [],
        "groups": [],
        "fields": {},
    }


def department_ways() -> dict[int, tuple[str, ...]]:
    """The way to each department from the top."""
    rows = {pk: (name, parent) for pk, name, parent in Department.objects.values_list("pk", "name", "parent_id")}
    ways: dict[int, tuple[str, ...]] = {}

    def way(pk: int) -> tuple[str, ...]:
        if pk not in ways:
            name, parent = rows[pk]
            ways[pk] = (*(way(parent) if parent is not None else ()), name)
        return ways[pk]

    return {pk: way(pk) for pk in rows}


def load_states(numbers: Iterable[int], *, lock: bool = False) -> dict[int, State]:
    """The people of some numbers as they are; who is not there is left out.

    Args:
        numbers: Which.
        lock: Let nobody else change them before the end of the transaction, where the database can.
    """
    ways = department_ways()
    found: dict[int, State] = {}
    for part in parts(numbers):
        found |= _states(part, ways, lock=lock and connection.features.has_select_for_update)
    return found


def _states(numbers: Sequence[int], ways: Mapping[int, tuple[str, ...]], *, lock: bool) -> dict[int, State]:
    rows = Person.objects.filter(number__in=numbers)
    if lock:
        rows = rows.select_for_update()
    found: dict[int, State] = {}
    for person in rows.defer("photo"):
        state: State = {column: getattr(person, column) for column in PLAIN}
        state |= {column: _moment(getattr(person, column)) for column in MOMENTS}
        found[person.number] = state | {
            "pin": person.pin,
            "department": list(ways[person.department_id]) if person.department_id is not None else [],
            "cards": [],
            "groups": [],
            "fields": dict(person.fields),
        }
    cards = Card.objects.filter(person__number__in=numbers).order_by("pk")
    for number, *card in cards.values_list("person__number", "number", "custom_id", "bypass", "label", "format_id"):
        found[number]["cards"].append(card)
    groups = Membership.objects.filter(person__number__in=numbers).order_by("group__number")
    for number, group in groups.values_list("person__number", "group__number"):
        found[number]["groups"].append(group)
    return found


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def with_values(state: State, values: Mapping[str, Any]) -> State:
    """A state after what a row of a file says; what the row does not say stays.

    Args:
        state: Before.
        values: As ``columns.read_cells`` gives them.
    """
    after = dict(state)
    for name, value in values.items():
        if name in MOMENTS:
            after[name] = _moment(value)
        elif name == "department":
            after[name] = list(value)
        elif name == "groups":
            after[name] = sorted(value)
        elif name == "fields":
            after[name] = {slug: held for slug, held in {**state["fields"], **value}.items() if held is not None}
        elif name == "cards":
            known = {tuple(card[:2]): card[3:] for card in state["cards"]}
            kept = [
                [number, custom, alone, *known.get((number, custom), ["", None])] for number, custom, alone in value
            ]
            same = sorted(card[:3] for card in kept) == sorted(card[:3] for card in state["cards"])
            after[name] = state["cards"] if same else kept
        else:
            after[name] = value
    return after


def differences(before: State | None, after: State) -> dict[str, list[Any]]:
    """What is different, by field, as before and after in a form for people; secrets are masked."""
    old = empty_state() if before is None else before
    changes: dict[str, list[Any]] = {}
    for name, value in after.items():
        if name == "fields":
            for slug in sorted(old[name].keys() | value.keys()):
                if old[name].get(slug) != value.get(slug):
                    changes[f"fields.{slug}"] = [old[name].get(slug), value.get(slug)]
        elif value != old[name]:
            changes[name] = [shown(name, old[name], SECRET), shown(name, value, CHANGED_SECRET)]
    return changes


def shown(name: str, value: Any, secret: str = SECRET) -> Any:
    """A value of a state as people may see it."""
    if name in SECRETS:
        return secret if value else None
    if name == "department":
        return BETWEEN_DEPARTMENTS.join(value)
    if name == "cards":
        return " ".join(card_text(number, custom, alone=alone) for number, custom, alone, *_ in value)
    return value


def card_text(number: int, custom_id: int, *, alone: bool) -> str:
    """A card as files of people have it."""
    return f"{number}{f'/{custom_id}' if custom_id else ''}{ALONE if alone else ''}"


def takes_away(before: State, after: State) -> bool:
    """Whether somebody may pass less after a change, or with less; that goes to the devices before all else."""
    cards = {(card[0], card[1], card[2]) for card in before["cards"]} - {(c[0], c[1], c[2]) for c in after["cards"]}
    return bool(
        cards
        or set(before["groups"]) - set(after["groups"])
        or (before["pin"] and before["pin"] != after["pin"])
        or (after["disabled"] and not before["disabled"])
        or any(before[name] != after[name] for name in MOMENTS)
        or (before["terminal_administrator"] and not after["terminal_administrator"])
    )
