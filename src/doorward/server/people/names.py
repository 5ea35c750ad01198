"""What people are called, for whoever may see people; others see the number, and whoever was erased has a pseudonym."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from doorward.server.operators.access import Access
from doorward.server.people.erased import not_erased, person_words
from doorward.server.people.models import Person

VIEW: Final = "people.view"
AT_ONCE: Final = 500
MOST_FOUND: Final = 500


def person_names(numbers: Collection[int], access: Access | None = None) -> dict[int, str]:
    """The names of people by their numbers; those without one are left out.

    Args:
        numbers: Which.
        access: What the reader may do; None for one who may see people.
    """
    if access is not None and not access.may(VIEW):
        return {}
    wanted = sorted(not_erased(number for number in numbers if number))
    found: dict[int, str] = {}
    for begin in range(0, len(wanted), AT_ONCE):
        rows = Person.objects.filter(number__in=wanted[begin : begin + AT_ONCE]).exclude(name="")
        found.update(rows.values_list("number", "name"))
    return found


def called(number: int, names: dict[int, str]) -> str:
    """What a page shows of a person: name and number, the number, a pseudonym, or nothing for nobody."""
    name = names.get(number)
    return f"{name} ({number})" if name else person_words(number)


def numbers_called(text: str, access: Access) -> list[int]:
    """The numbers of people with these words in their names, as far as the reader may see people."""
    if not access.may(VIEW):
        return []
    rows = Person.objects.filter(name__icontains=text).order_by("number")
    return list(rows.values_list("number", flat=True)[:MOST_FOUND])
