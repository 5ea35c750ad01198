"""The fields of its own that a site keeps of its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeAlias

from django.db import transaction
from django.utils.text import slugify

from doorward.model.errors import InvalidInput
from doorward.server.audit.services import named
from doorward.server.errors import NotThere
from doorward.server.people.checking import one_line, whole
from doorward.server.people.choices import FieldKind
from doorward.server.people.models import Person, PersonField

FieldValue: TypeAlias = str | int | float | None

MOST_FIELDS: Final = 50
MOST_CHOICES: Final = 100
LONGEST_NAME: Final = 100
LONGEST_SLUG: Final = 40
LONGEST_VALUE: Final = 500
HIGHEST_ORDER: Final = 32_767
LARGEST: Final = 10**15
"""Beyond it JSON readers lose digits."""


class UnknownField(NotThere):
    """There is no such field."""

    def __init__(self, slug: str) -> None:
        super().__init__("field", slug, "the short name of an own field; GET /api/v1/person-fields lists them")


def one_field(slug: str) -> PersonField:
    """An own field.

    Raises:
        UnknownField: There is none.
    """
    found = PersonField.objects.filter(slug=slug).first()
    if found is None:
        raise UnknownField(slug)
    return found


def create_field(
    name: str, kind: FieldKind, *, slug: str = "", choices: Sequence[str] = (), order: int = 0
) -> PersonField:
    """Add an own field.

    Args:
        name: What people call it.
        kind: What it holds.
        slug: Its name for programs; empty makes one of the name.
        choices: The texts to choose from, for a choice.
        order: Where it stands among the others.

    Raises:
        InvalidInput: A value is not allowed, a name is taken, or there are too many.
    """
    kept = one_line("name", name, LONGEST_NAME, empty=False)
    with transaction.atomic(), named("person_field.create"):
        if PersonField.objects.count() >= MOST_FIELDS:
            raise InvalidInput("fields", MOST_FIELDS + 1, f"at most {MOST_FIELDS} own fields")
        return PersonField.objects.create(
            slug=_slug(slug, kept),
            name=kept,
            kind=kind,
            choices=_choices(kind, choices),
            order=whole("order", order, 0, HIGHEST_ORDER),
        )


def change_field(
    slug: str, *, name: str | None = None, choices: Sequence[str] | None = None, order: int | None = None
) -> PersonField:
    """Change an own field; what is None stays. Kind and short name stay in any case.

    Raises:
        UnknownField: There is none.
        InvalidInput: A value is not allowed, or somebody has a choice that would go.
    """
    with transaction.atomic(), named("person_field.change"):
        found = one_field(slug)
        if name is not None:
            found.name = one_line("name", name, LONGEST_NAME, empty=False)
        if choices is not None:
            found.choices = _choices(FieldKind(found.kind), choices)
            _check_still_held(found)
        if order is not None:
            found.order = whole("order", order, 0, HIGHEST_ORDER)
        found.save()
    return found


def delete_field(slug: str) -> None:
    """Remove an own field, and its values with it.

    Raises:
        UnknownField: There is none.
    """
    with transaction.atomic(), named("person_field.delete"):
        found = one_field(slug)
        having = Person.objects.filter(fields__has_key=slug).only("pk", "fields")
        for person in having:
            del person.fields[slug]
        # The field's own removal is what is noted; no device keeps it.
        Person.objects.bulk_update(having, ["fields"], batch_size=500)
        found.delete()


def checked_values(given: object, before: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """The values of own fields after some of them are given.

    Args:
        given: New values by short name; None or an empty text takes one away.
        before: The values so far.

    Raises:
        InvalidInput: There is no such field, or a value does not fit its kind.
    """
    if not isinstance(given, Mapping):
        raise InvalidInput("fields", given, "values by the short names of own fields")
    known = {found.slug: found for found in PersonField.objects.all()} if given else {}
    kept = dict(before)
    for slug, value in given.items():
        if slug not in known:
            raise InvalidInput(
                f"fields.{str(slug)[:40]}", value, ", ".join(known) or "nothing: there are no own fields"
            )
        if value is None or value == "":
            kept.pop(slug, None)
        else:
            kept[slug] = _value(known[slug], value)
    return kept


def _value(field: PersonField, value: object) -> FieldValue:
    where = f"fields.{field.slug}"
    if field.kind == FieldKind.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
            raise InvalidInput(where, value, f"a number from {-LARGEST} to {LARGEST}")
        return value
    if not isinstance(value, str):
        raise InvalidInput(where, value, "a text")
    kept = one_line(where, value, LONGEST_VALUE, empty=False)
    if field.kind == FieldKind.DATE:
        try:
            return date.fromisoformat(kept).isoformat()
        except ValueError:
            raise InvalidInput(where, kept, "a date such as 2026-11-29") from None
    if field.kind == FieldKind.CHOICE and kept not in field.choices:
        raise InvalidInput(where, kept, ", ".join(field.choices))
    return kept


def _slug(given: str, name: str) -> str:
    taken = set(PersonField.objects.values_list("slug", flat=True))
    if given:
        if slugify(given) != given or len(given) > LONGEST_SLUG:
            raise InvalidInput("slug", given[:60], f"up to {LONGEST_SLUG} small letters, digits and hyphens")
        if given in taken:
            raise InvalidInput("slug", given, "a short name that no other own field has")
        return given
    base = slugify(name)[: LONGEST_SLUG - 4].strip("-") or "field"
    return next(slug for slug in (base, *(f"{base}-{more}" for more in range(2, MOST_FIELDS + 2))) if slug not in taken)


def _choices(kind: FieldKind, given: Sequence[str]) -> list[str]:
    kept = [one_line("choices", text, LONGEST_NAME, empty=False) for text in given]
    if kind is not FieldKind.CHOICE:
        if kept:
            raise InvalidInput("choices", kept, f"none: a field of kind '{kind.value}' has no choices")
        return []
    if not 1 <= len(kept) <= MOST_CHOICES or len(set(kept)) != len(kept):
        raise InvalidInput("choices", len(kept), f"1 to {MOST_CHOICES} different texts")
    return kept


def _check_still_held(field: PersonField) -> None:
    rows: Any = Person.objects.filter(fields__has_key=field.slug).values_list("number", "fields")
    for number, values in rows:
        if values[field.slug] not in field.choices:
            raise InvalidInput(
                "choices", field.choices, f"'{values[field.slug]}' among them, which person {number} still has"
            )
