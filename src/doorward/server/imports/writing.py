"""Writes many people in one go, within the transaction of the caller, and marks them for their devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Max
from django.utils import timezone

from doorward.server.access.models import AccessGroup, AccessRight, Membership
from doorward.server.audit.services import Thing, record_many
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.imports.states import (
    COLUMNS,
    MOMENTS,
    State,
    department_ways,
    differences,
    empty_state,
    parts,
    takes_away,
)
from doorward.server.people.models import Card, Department, LastGivenNumber, Person
from doorward.server.sync.marking import mark_people, mark_removed

HIDDEN_FROM_AUDIT: Final = frozenset({"name", "email", "phone", "notes", "cards"})
"""Nothing in the audit log can be taken back when a person is erased."""

MASK: Final = "(not kept here)"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one person.

    Attributes:
        number: The person.
        before: As it is in the database; None where there is nobody.
        after: As it is to be; None removes the person.
    """

    number: int
    before: State | None = field(repr=False)
    after: State | None = field(repr=False)


def write_people(changes: Sequence[Change], *, action: str) -> None:
    """Write people; what a state says of departments that are missing makes them.

    Args:
        changes: The people; those whose state is the same are passed over.
        action: Name of it for the audit log and the stream, such as ``people.import``.
    """
    changed = [change for change in changes if change.before != change.after]
    if not changed:
        return
    now = timezone.now()
    removed = [change.number for change in changed if change.after is None]
    kept = [change for change in changed if change.after is not None]
    _remove(removed)
    departments = _departments(change.after["department"] for change in kept if change.after is not None)
    for part in parts(kept):
        _write_rows(part, departments, now)
    people = _people_of(change.number for change in kept)
    _write_cards(kept, people)
    _write_groups(kept, people)
    _remember_numbers([change.number for change in kept if change.before is None])
    _note(changed, action, people)
    urgent = {
        change.number for change in kept if change.before is not None and takes_away(change.before, _after(change))
    }
    mark_people(urgent, urgent=True)
    mark_people({change.number for change in kept} - urgent, urgent=False)
    tell(Kind.PERSON, {"what": action, "count": len(changed)}, at=now)


def _after(change: Change) -> State:
    assert change.after is not None
    return change.after


def _remove(numbers: Sequence[int]) -> None:
    for part in parts(numbers):
        rights = AccessRight.objects.filter(group__memberships__person__number__in=part)
        devices: dict[int, set[int]] = {number: set() for number in part}
        for number, device in rights.values_list("group__memberships__person__number", "door__device").distinct():
            devices.setdefault(number, set()).add(device)
        Person.objects.filter(number__in=part).delete()
        for number in part:
            mark_removed(number, devices[number])


def _departments(ways: Iterable[Sequence[str]]) -> Mapping[tuple[str, ...], int]:
    """The number of each department by its way from the top; those that are missing are made."""
    known = {way: pk for pk, way in department_ways().items()}
    for way in ways:
        for depth in range(1, len(way) + 1):
            part = tuple(way[:depth])
            if part not in known:
                made = Department.objects.create(name=part[-1], parent_id=known.get(part[:-1]) if depth > 1 else None)
                known[part] = made.pk
    return known


def _write_rows(changes: Sequence[Change], departments: Mapping[tuple[str, ...], int], now: datetime) -> None:
    rows = []
    for change in changes:
        after = _after(change)
        values: dict[str, Any] = {name: after[name] for name in COLUMNS if name not in MOMENTS}
        values |= {name: datetime.fromisoformat(after[name]) if after[name] else None for name in MOMENTS}
        values |= {"fields": after["fields"], "department_id": departments.get(tuple(after["department"]))}
        rows.append(Person(number=change.number, created=now, changed=now, **values))
    # Who is there already keeps what is not named here: the photo, and when the row was made.
    Person.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=[*COLUMNS, "fields", "department", "changed"],
    )


def _people_of(numbers: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for part in parts(numbers):
        found.update(Person.objects.filter(number__in=part).values_list("number", "pk"))
    return found


def _write_cards(changes: Sequence[Change], people: Mapping[int, int]) -> None:
    gone: list[tuple[int, int]] = []
    new: list[Card] = []
    for change in changes:
        before = {tuple(card[:2]): card for card in (change.before or empty_state())["cards"]}
        after = {tuple(card[:2]): card for card in _after(change)["cards"]}
        gone += [key for key, card in before.items() if after.get(key) != card]
        new += [
            Card(
                person_id=people[change.number], number=card[0], custom_id=card[1], bypass=card[2], label=card[3],
                format_id=card[4],
            )
            for key, card in after.items()
            if before.get(key) != card
        ]  # fmt: skip
    # All that go are gone before any comes: a card may go from one person to another.
    wanted = set(gone)
    for part in parts(sorted({number for number, _ in gone})):
        rows = Card.objects.filter(number__in=part).values_list("pk", "number", "custom_id")
        Card.objects.filter(pk__in=[pk for pk, number, custom in rows if (number, custom) in wanted]).delete()
    Card.objects.bulk_create(new, batch_size=100)


def _write_groups(changes: Sequence[Change], people: Mapping[int, int]) -> None:
    groups = dict(AccessGroup.objects.values_list("number", "pk"))
    new: list[Membership] = []
    gone: dict[int, list[int]] = {}
    for change in changes:
        before, after = set((change.before or empty_state())["groups"]), set(_after(change)["groups"])
        person = people[change.number]
        new += [Membership(group_id=groups[number], person_id=person) for number in sorted(after - before)]
        for number in before - after:
            gone.setdefault(number, []).append(person)
    for number, members in gone.items():
        for part in parts(members):
            Membership.objects.filter(group__number=number, person__in=part).delete()
    Membership.objects.bulk_create(new, batch_size=200)


def _remember_numbers(numbers: Sequence[int]) -> None:
    """A number that was given once is not given again by itself."""
    if not numbers:
        return
    row, _ = LastGivenNumber.objects.get_or_create(pk=1)
    held = LastGivenNumber.objects.aggregate(most=Max("number"))["most"] or 0
    LastGivenNumber.objects.filter(pk=row.pk).update(number=max(held, *numbers))


def _note(changes: Sequence[Change], action: str, people: Mapping[int, int]) -> None:
    """An entry of the audit log for each person, as if each had been changed by hand."""
    entries = []
    for change in changes:
        found = {} if change.after is None else differences(change.before, change.after)
        masked = {name: _masked(name, values) for name, values in found.items()}
        before = None if change.before is None else {name: values[0] for name, values in masked.items()}
        after = None if change.after is None else {name: values[1] for name, values in masked.items()}
        thing = Thing("person", str(people.get(change.number, "")), f"person {change.number}")
        entries.append((thing, before, after))
    record_many(action, entries)


def _masked(name: str, values: Sequence[Any]) -> list[Any]:
    if name in HIDDEN_FROM_AUDIT or name.startswith("fields."):
        return [MASK if value else None for value in values]
    return list(values)
