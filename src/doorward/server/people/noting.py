"""What follows from each change of people: devices are to be looked at, and whoever follows the stream is told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import transaction

from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.operators.actor import current_actor
from doorward.server.sync.marking import mark_people


@dataclass(slots=True)
class _Gathered:
    urgent: set[int] = field(default_factory=set)
    ordinary: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)


_gathered: ContextVar[_Gathered | None] = ContextVar("changes of people", default=None)


def note_person(number: int, what: str, *, fields: Iterable[str] = (), urgent: bool | None) -> None:
    """Note a change of a person, within the transaction that makes it.

    Args:
        number: The person.
        what: What was done, such as ``changed`` or ``card added``; no secret.
        fields: Names of what was changed.
        urgent: Whether it takes something away; None where no device keeps what was changed.
    """
    gathered = _gathered.get()
    if gathered is not None:
        gathered.changed.add(number)
        if urgent is not None:
            (gathered.urgent if urgent else gathered.ordinary).add(number)
        return
    if urgent is not None:
        mark_people([number], urgent=urgent)
    tell(Kind.PERSON, {"what": what, "number": number, "fields": sorted(fields), "by": current_actor().name})


@contextlib.contextmanager
def many_at_once(what: str) -> Iterator[None]:
    """Make many changes of people in one transaction, and note them once at its end.

    Args:
        what: What is done, such as ``imported``.
    """
    if _gathered.get() is not None:
        yield
        return
    with transaction.atomic():
        gathered = _Gathered()
        token = _gathered.set(gathered)
        try:
            yield
        finally:
            _gathered.reset(token)
        if gathered.urgent:
            mark_people(gathered.urgent, urgent=True)
        if gathered.ordinary - gathered.urgent:
            mark_people(gathered.ordinary - gathered.urgent, urgent=False)
        if gathered.changed:
            tell(Kind.PERSON, {"what": what, "people": len(gathered.changed), "by": current_actor().name})
