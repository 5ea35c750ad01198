"""Who was erased: their numbers stay in the record of events, and everybody is shown a pseudonym instead.

The few that there are lie in memory. They are read when the server starts, when somebody is erased in this process, and
when the server hears that another one did it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from doorward.server.people.models import ErasedPerson

_pseudonyms: dict[int, str] = {}
_listeners: list[Callable[[], None]] = []

_NAMED: Final = re.compile(r"\bperson ([0-9]{1,10})\b")
"""How the audit log names somebody."""

NUMBERS: Final = ("person", "lock_person")
"""The names by which what happened names somebody."""


def reload() -> None:
    """Read them anew; uses the database."""
    _keep(dict(ErasedPerson.objects.values_list("number", "pseudonym")))


def forget() -> None:
    """Know of nobody, as before the first reading."""
    _keep({})


def _keep(found: Mapping[int, str]) -> None:
    if found == _pseudonyms:
        return
    _pseudonyms.clear()
    _pseudonyms.update(found)
    for listener in _listeners:
        listener()


def on_change(listener: Callable[[], None]) -> None:
    """Have something done whenever somebody was erased, such as dropping what was shown before."""
    _listeners.append(listener)


def pseudonym_of(number: int) -> str:
    """What is shown instead of a number; empty for somebody who was not erased."""
    return _pseudonyms.get(number, "")


def shown_number(number: int) -> int:
    """The number, or 0 for somebody who was erased."""
    return 0 if number in _pseudonyms else number


def person_words(number: int) -> str:
    """A number as a page shows it: the number, the pseudonym, or nothing for nobody."""
    return _pseudonyms.get(number) or (str(number) if number else "")


def not_erased(numbers: Iterable[int]) -> frozenset[int]:
    """Those of some numbers that may be looked for."""
    return frozenset(number for number in numbers if number not in _pseudonyms)


def without_names(text: str) -> str:
    """A text of the audit log with pseudonyms for those who were erased."""
    return _NAMED.sub(lambda found: _pseudonyms.get(int(found[1]), found[0]), text) if _pseudonyms else text


def without_erased(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """What happened, with a pseudonym where it names somebody who was erased.

    Args:
        data: What happened, by name.
        names: Further names under which it has the number of a person.
    """
    shown = dict(data)
    if not _pseudonyms:
        return shown
    for name in (*NUMBERS, *names):
        pseudonym = _pseudonyms.get(shown[name]) if isinstance(shown.get(name), int) else None
        if pseudonym:
            shown[name] = 0
            shown["pseudonym"] = pseudonym
    people = shown.get("people")
    if isinstance(people, list):
        shown["people"] = [_pseudonyms.get(number, number) if isinstance(number, int) else number for number in people]
    return shown
