"""What is done with people; every change says which devices have to be looked at, in its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, TypedDict

from django.db import transaction
from django.db.models import BooleanField, Case, Count, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from doorward.device.limits import WIDEST
from doorward.model.errors import InvalidInput
from doorward.server.audit.services import Thing, named, record
from doorward.server.errors import NotThere
from doorward.server.people.checking import device_text, long_text, mail, moment, one_line, whole
from doorward.server.people.choices import SecurityLevel
from doorward.server.people.departments import departments_below
from doorward.server.people.models import Department, Face, Finger, Person
from doorward.server.people.noting import note_person
from doorward.server.people.numbers import check_new_number, keep_given, next_number
from doorward.server.people.own_fields import FieldValue, checked_values
from doorward.server.sync.marking import mark_removed

HEAVY: Final = ("photo", "pin")
"""Columns that no list needs: each would be decrypted for each person."""

ON_DEVICES: Final = frozenset(
    {
        "name", "department", "valid_from", "valid_until", "disabled", "security_level", "authentication_mode",
        "daily_entry_limit", "anti_passback_minutes", "terminal_administrator",
    }
)  # fmt: skip
"""What of a person devices keep; a change of the rest is nothing to them."""

_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


class PersonValues(TypedDict, total=False):
    """What of a person can be given and changed; see ``Person``."""

    name: str
    department: Department | None
    email: str
    phone: str
    notes: str
    valid_from: datetime | None
    valid_until: datetime | None
    disabled: bool
    security_level: int
    authentication_mode: int
    daily_entry_limit: int
    anti_passback_minutes: int
    terminal_administrator: bool
    fields: Mapping[str, FieldValue]


class UnknownPerson(NotThere):
    """There is no person with this number."""

    def __init__(self, number: int) -> None:
        super().__init__("person", number, "the number of a known person")


def people() -> QuerySet[Person]:
    """All people, without what is secret or large."""
    return Person.objects.defer(*HEAVY)


def listed_people() -> QuerySet[Person]:
    """All people in the order of their numbers, with what a list shows of them.

    Beside the columns each has ``has_pin``, ``finger_count`` and ``face_count``; cards and groups are read along.
    """
    return (
        people()
        .select_related("department")
        .prefetch_related("cards", "access_groups")
        .annotate(
            has_pin=Case(When(pin="", then=Value(False)), default=Value(True), output_field=BooleanField()),
            finger_count=_count_of(Finger),
            face_count=_count_of(Face),
        )
        .order_by("number")
    )


def _count_of(table: type[Finger] | type[Face]) -> Coalesce:
    # By a question for each row of a page: a join would have to count for everybody before a page is cut.
    rows = table._default_manager.filter(person=OuterRef("pk")).order_by().values("person")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


def search(
    rows: QuerySet[Person],
    *,
    text: str = "",
    card: int | None = None,
    department: Department | None = None,
    group: int | None = None,
) -> QuerySet[Person]:
    """Narrow people down.

    Args:
        rows: Which people.
        text: Part of the name or mail, the number of the person or of a card; empty for all.
        card: Number of a card.
        department: Those of this department and of those that lie in it.
        group: Members of this access group, by its number.
    """
    if text:
        wanted = Q(name__icontains=text) | Q(email__icontains=text)
        if text.isascii() and text.isdigit() and int(text) <= WIDEST.number:
            wanted |= Q(number=int(text)) | Q(pk__in=_holders(int(text)))
        rows = rows.filter(wanted)
    if card is not None:
        rows = rows.filter(pk__in=_holders(card))
    if department is not None:
        rows = rows.filter(department__in=departments_below([department.pk]))
    if group is not None:
        rows = rows.filter(pk__in=Person.objects.filter(memberships__group__number=group).values("pk"))
    return rows


def _holders(card: int) -> QuerySet[Person, int]:
    return Person.objects.filter(cards__number=card).values_list("pk", flat=True)


def one_person(number: int) -> Person:
    """A person, without what is secret or large.

    Raises:
        UnknownPerson: There is none.
    """
    person = people().select_related("department").filter(number=number).first()
    if person is None:
        raise UnknownPerson(number)
    return person


def locked_person(number: int) -> Person:
    """A person that nobody else changes until the transaction ends.

    Raises:
        UnknownPerson: There is none.
    """
    # On PostgreSQL this keeps two people from changing the same at once; SQLite has one writer anyway.
    person = people().select_for_update(no_key=True).filter(number=number).first()
    if person is None:
        raise UnknownPerson(number)
    return person


def create_person(values: PersonValues, *, number: int | None = None) -> Person:
    """Add a person.

    Args:
        values: What is known.
        number: The number; None takes the next one.

    Raises:
        InvalidInput: A value is not allowed, or the number is not free.
    """
    now = timezone.now()
    with transaction.atomic(), named("person.create"):
        if number is None:
            number = next_number()
        check_new_number(number)
        person = Person(number=number, created=now, changed=now)
        changed = _take(person, values)
        _check_together(person)
        person.save(force_insert=True)
        keep_given(number)
        note_person(number, "added", fields=changed, urgent=False)
    return person


def change_person(number: int, values: PersonValues) -> Person:
    """Change a person.

    Args:
        number: Which.
        values: The new values; what is left out stays.

    Raises:
        UnknownPerson: There is none.
        InvalidInput: A value is not allowed.
    """
    with transaction.atomic(), named("person.change"):
        person = locked_person(number)
        before = {name: getattr(person, name) for name in EDITABLE}
        changed = {name for name in _take(person, values) if getattr(person, name) != before[name]}
        if not changed:
            return person
        _check_together(person)
        touch(person, *changed)
        on_devices = bool(changed & ON_DEVICES)
        note_person(
            number, "changed", fields=changed, urgent=_takes_away(before, person, changed) if on_devices else None
        )
    return person


def delete_person(number: int) -> None:
    """Remove a person with all credentials, from here and from every device.

    Raises:
        UnknownPerson: There is none.
    """
    with transaction.atomic(), named("person.delete"):
        person = locked_person(number)
        device_ids = set(
            Person.objects.filter(pk=person.pk, memberships__group__rights__isnull=False).values_list(
                "memberships__group__rights__door__device_id", flat=True
            )
        )
        groups = list(person.memberships.values_list("group__number", flat=True))
        if groups:
            record("person.leave_groups", Thing.of(person), before={"groups": sorted(groups)})
        person.delete()
        mark_removed(number, device_ids)
        note_person(number, "removed", urgent=None)


def touch(person: Person, *fields: str) -> None:
    """Write columns of a person, and when that was."""
    person.changed = timezone.now()
    person.save(update_fields=[*fields, "changed"])


def _take(person: Person, values: PersonValues) -> set[str]:
    """Take values over, checked; gives their names."""
    for name, value in values.items():
        if name not in EDITABLE:
            raise InvalidInput("field", name, ", ".join(sorted(EDITABLE)))
        if name == "fields":
            person.fields = checked_values(value, person.fields)
        else:
            setattr(person, name, _TAKERS[name](name, value))
    return set(values)


def _check_together(person: Person) -> None:
    if person.valid_from and person.valid_until and person.valid_until < person.valid_from:
        raise InvalidInput("valid_until", person.valid_until.isoformat(), "a moment not before 'valid_from'")


def _takes_away(before: Mapping[str, object], person: Person, changed: Iterable[str]) -> bool:
    """Whether somebody may less than before, or has to show more."""

    def was(name: str) -> object:
        return before[name]

    stricter = {
        "disabled": person.disabled,
        "valid_from": _moment(person.valid_from, _ALWAYS) > _moment(was("valid_from"), _ALWAYS),
        "valid_until": _moment(person.valid_until, _FOR_EVER) < _moment(was("valid_until"), _FOR_EVER),
        "terminal_administrator": not person.terminal_administrator,
        "anti_passback_minutes": person.anti_passback_minutes != 0,
        "daily_entry_limit": person.daily_entry_limit != 0,
        # What the numbers mean is the model's matter: another one may ask for more.
        "security_level": True,
        "authentication_mode": True,
    }
    return any(stricter.get(name, False) for name in changed)


def _moment(value: object, none: datetime) -> datetime:
    return value if isinstance(value, datetime) else none


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput(name, value, "a text")
    return value


def _yes_or_no(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(name, value, "true or false")
    return value


def _department(name: str, value: object) -> Department | None:
    if value is not None and not isinstance(value, Department):
        raise InvalidInput(name, value, "a department, or none")
    return value


def _when(name: str, value: object) -> datetime | None:
    if value is not None and not isinstance(value, datetime):
        raise InvalidInput(name, value, "a moment, or none")
    return moment(name, value)


_TAKERS: Final[Mapping[str, Callable[[str, object], object]]] = MappingProxyType(
    {
        "name": lambda name, value: device_text(name, _text(name, value)),
        "department": _department,
        "email": lambda name, value: mail(name, _text(name, value)),
        "phone": lambda name, value: one_line(name, _text(name, value), 40),
        "notes": lambda name, value: long_text(name, _text(name, value)),
        "valid_from": _when,
        "valid_until": _when,
        "disabled": _yes_or_no,
        "security_level": lambda name, value: whole(name, value, 0, SecurityLevel.HIGHEST),
        "authentication_mode": lambda name, value: whole(name, value, 0, WIDEST.authentication_mode),
        "daily_entry_limit": lambda name, value: whole(name, value, 0, WIDEST.daily_entry_limit),
        "anti_passback_minutes": lambda name, value: whole(name, value, 0, WIDEST.anti_passback_minutes),
        "terminal_administrator": _yes_or_no,
    }
)

EDITABLE: Final = frozenset({*_TAKERS, "fields"})
"""The names of what can be given and changed."""
