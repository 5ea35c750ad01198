"""Numbers of people: which may be given, and which is given next."""

from __future__ import annotations

from django.db.models import Max

from doorward.model.errors import InvalidInput
from doorward.server.people.checking import whole
from doorward.server.people.models import HIGHEST_NUMBER, ErasedPerson, LastGivenNumber, Person

_ROW = 1


def check_new_number(number: int) -> None:
    """Make sure that a number can be given to a new person.

    Raises:
        InvalidInput: It is none, somebody has it, or somebody had it who was erased.
    """
    whole("number", number, 1, HIGHEST_NUMBER)
    if Person.objects.filter(number=number).exists():
        raise InvalidInput("number", number, "a number that nobody has")
    if ErasedPerson.objects.filter(number=number).exists():
        raise InvalidInput("number", number, "a number that no erased person had: those are never given again")


def next_number() -> int:
    """The number after the highest one that was ever given, or the lowest free one once that was the last.

    Raises:
        InvalidInput: All numbers are used.
    """
    last = LastGivenNumber.objects.filter(pk=_ROW).first()
    highest = max(
        0 if last is None else last.number,
        Person.objects.aggregate(most=Max("number"))["most"] or 0,
        ErasedPerson.objects.aggregate(most=Max("number"))["most"] or 0,
    )
    if highest < HIGHEST_NUMBER:
        return highest + 1
    used = set(Person.objects.values_list("number", flat=True))
    used.update(ErasedPerson.objects.values_list("number", flat=True))
    number = next((number for number in range(1, len(used) + 2) if number not in used), None)
    if number is None or number > HIGHEST_NUMBER:
        raise InvalidInput("number", None, "a free number, of which there is none any more")
    return number


def keep_given(number: int) -> None:
    """Remember that a number was given."""
    if not LastGivenNumber.objects.filter(pk=_ROW, number__gte=number).exists():
        LastGivenNumber.objects.update_or_create(pk=_ROW, defaults={"number": number})
