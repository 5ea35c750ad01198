"""Erases a person: gone from the data and from all devices; what happened stays in the record under a pseudonym.

Apps that keep something of people beside the person's row name here what removes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from django.db import transaction
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.audit.services import Thing, record
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.operators.actor import current_actor
from doorward.server.people import erased
from doorward.server.people.models import HIGHEST_NUMBER, ErasedPerson, Person
from doorward.server.people.numbers import keep_given
from doorward.server.people.services import UnknownPerson, delete_person

Forget = Callable[[int], None]
Traces = Callable[[int], bool]

ACTION: Final = "person.erase"
_forgetters: list[Forget] = []
_traces: list[Traces] = []


def forget_with(forget: Forget) -> None:
    """Have something done for everybody who is erased, within the transaction; it is given the person's number."""
    _forgetters.append(forget)


def traces_by(traces: Traces) -> None:
    """Say where something of a person may be left who is not in the data any more."""
    _traces.append(traces)


def erase(number: int) -> ErasedPerson:
    """Erase somebody, also one who was removed before and of whom events are left.

    Everything goes in one transaction: the person with photo and credentials, memberships, uploads and what undoes
    imports, readings of devices, pictures of events, files that hold people. Managed devices are told to delete the
    person, those that are away when they are back. The number is never given again.

    Raises:
        UnknownPerson: Nobody has this number, and nothing is left of anybody who had it.
        InvalidInput: It was erased before.
    """
    if not 1 <= number <= HIGHEST_NUMBER:
        raise UnknownPerson(number)
    with transaction.atomic():
        if ErasedPerson.objects.filter(number=number).exists():
            raise InvalidInput("person", number, "somebody who was not erased before")
        if Person.objects.filter(number=number).exists():
            delete_person(number)
        elif not any(traces(number) for traces in _traces):
            raise UnknownPerson(number)
        for forget in _forgetters:
            forget(number)
        made = ErasedPerson.objects.create(
            number=number, pseudonym=_pseudonym(), at=timezone.now(), by=current_actor().name
        )
        keep_given(number)
        record(ACTION, Thing("erasedperson", str(made.pk), made.pseudonym))
        tell(Kind.PERSON, {"what": "erased", "pseudonym": made.pseudonym, "by": made.by})
        transaction.on_commit(erased.reload)
    return made


def _pseudonym() -> str:
    while ErasedPerson.objects.filter(pseudonym=(made := f"erased-{secrets.token_hex(4)}")).exists():
        pass
    return made
