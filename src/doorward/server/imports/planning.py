"""What an import would do: computed when it is checked, and once more when it is applied, to be the same."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils import timezone

from doorward.server.access.models import AccessGroup
from doorward.server.imports.columns import Known, OwnField
from doorward.server.imports.options import ImportOptions
from doorward.server.imports.reading import RowPerson
from doorward.server.imports.states import (
    State,
    card_text,
    department_ways,
    empty_state,
    load_states,
    parts,
    with_values,
)
from doorward.server.imports.table import Problem
from doorward.server.imports.writing import Change
from doorward.server.keys import key_ring
from doorward.server.people.models import Card, ErasedPerson, PersonField

CREDENTIALS: Final = "people.credentials"
MEMBERSHIPS: Final = "access.edit"
COLUMN_RIGHTS: Final = {
    "pin": CREDENTIALS,
    "cards": CREDENTIALS,
    "card": CREDENTIALS,
    "administrator": CREDENTIALS,
    "access_groups": MEMBERSHIPS,
}
"""The right that a column needs beside that of importing."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of one person.

    Attributes:
        row: The row in the file.
        change: The person before and after.
    """

    row: int
    change: Change = field(repr=False)


@dataclass(slots=True)
class Plan:
    """All that an import would do.

    Attributes:
        people: Whoever would be added or changed, in the order of the file.
        unchanged: How many would stay as they are.
        problems: What speaks against it.
        departments: Ways of the departments that would be added.
    """

    people: list[Planned] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    departments: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def added(self) -> int:
        """How many would be added."""
        return sum(one.change.before is None for one in self.people)

    @property
    def changed(self) -> int:
        """How many would be changed."""
        return len(self.people) - self.added

    def digest(self) -> str:
        """A keyed digest of it; another one as soon as anything of it is different."""
        made = hmac.new(key_ring().derive("plan of an import")[0].encode(), digestmod=hashlib.sha256)
        for one in self.people:
            made.update(json.dumps([one.row, one.change.number, one.change.before, one.change.after]).encode())
        made.update(json.dumps([self.unchanged, self.departments]).encode())
        return made.hexdigest()


def known_values(options: ImportOptions) -> Known:
    """What the values of a file are read by, as the data is now."""
    groups = dict(AccessGroup.objects.values_list("number", "name"))
    return Known(
        zone=timezone.get_default_timezone(),
        dates=options.dates,
        own={
            own.slug.casefold(): OwnField(own.slug, own.kind, tuple(own.choices)) for own in PersonField.objects.all()
        },
        groups=frozenset(groups),
        group_names={name.casefold(): number for number, name in groups.items()},
    )


def check_rights(columns: Iterable[str], rights: Iterable[str], row: int) -> list[Problem]:
    """The columns of a file that whoever imports it may not set."""
    had = frozenset(rights)
    return [
        Problem(row, column, "a column of the file", f"nothing without the right {COLUMN_RIGHTS[column]}: leave it out")
        for column in columns
        if column in COLUMN_RIGHTS and COLUMN_RIGHTS[column] not in had
    ]


def make_plan(rows: Sequence[RowPerson], *, lock: bool = False) -> Plan:
    """What some rows would do to the data as it is now.

    Args:
        rows: The rows.
        lock: Let nobody else change these people before the end of the transaction.
    """
    plan = Plan()
    states = load_states((row.number for row in rows), lock=lock)
    erased = _erased(row.number for row in rows)
    ways = {tuple(name.casefold() for name in way): way for way in department_ways().values()}
    for row in rows:
        if row.number in erased:
            words = "a number that no erased person had: it is never given again"
            plan.problems.append(Problem(row.row, "number", str(row.number), words))
            continue
        before = states.get(row.number)
        after = with_values(empty_state() if before is None else before, _with_known_department(row.values, ways))
        _note_departments(after["department"], ways, plan)
        if before is not None and after == before:
            plan.unchanged += 1
        else:
            plan.people.append(Planned(row.row, Change(row.number, before, after)))
    _check_cards(plan)
    return plan


def _erased(numbers: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for part in parts(numbers):
        found.update(ErasedPerson.objects.filter(number__in=part).values_list("number", flat=True))
    return found


def _with_known_department(
    values: Mapping[str, Any], ways: Mapping[tuple[str, ...], tuple[str, ...]]
) -> Mapping[str, Any]:
    """The values with the department written as it is known, where only large and small letters differ."""
    way = values.get("department")
    if not way:
        return values
    written: list[str] = []
    for depth in range(1, len(way) + 1):
        key = tuple(name.casefold() for name in way[:depth])
        written.append(ways[key][-1] if key in ways else way[depth - 1])
    return {**values, "department": written}


def _note_departments(way: Sequence[str], ways: dict[tuple[str, ...], tuple[str, ...]], plan: Plan) -> None:
    for depth in range(1, len(way) + 1):
        part = tuple(way[:depth])
        key = tuple(name.casefold() for name in part)
        if key not in ways:
            ways[key] = part
            plan.departments.append(part)


def _check_cards(plan: Plan) -> None:
    """Refuse cards that belong to somebody who keeps them."""
    people = {one.change.number: one for one in plan.people}
    wanted: dict[tuple[int, int], int] = {}
    for one in plan.people:
        wanted |= dict.fromkeys(_cards(one.change.after) - _cards(one.change.before), one.change.number)
    for part in parts(sorted({number for number, _ in wanted})):
        owners = Card.objects.filter(number__in=part).values_list("number", "custom_id", "person__number")
        for number, custom_id, owner in owners:
            taker = wanted.get((number, custom_id))
            if taker is None or taker == owner:
                continue
            if owner in people and (number, custom_id) not in _cards(people[owner].change.after):
                continue  # the same file takes it from its owner
            words = f"a card that nobody has; this one belongs to person {owner}"
            shown = card_text(number, custom_id, alone=False)
            plan.problems.append(Problem(people[taker].row, "cards", shown, words))


def _cards(state: State | None) -> set[tuple[int, int]]:
    return set() if state is None else {(card[0], card[1]) for card in state["cards"]}
