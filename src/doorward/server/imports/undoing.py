"""Takes an import back: whoever it added goes, whoever it changed is as before, where nobody changed them since."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext

from doorward.server.access.models import AccessGroup
from doorward.server.imports.choices import ImportOutcome, Undone
from doorward.server.imports.models import Import, ImportedPerson
from doorward.server.imports.photos import photo_digests, write_photos
from doorward.server.imports.states import State, load_states, parts
from doorward.server.imports.writing import Change, write_people
from doorward.server.people.models import Card, CardFormat, Department, Face, Finger, Person

ACTION: Final = "people.import.undo"
NAMED: Final = 20
"""So many people are named who were left as they are."""


def sealed_state(state: State | None) -> bytes:
    """A state as it is kept; the column encrypts it."""
    return b"" if state is None else json.dumps(state, ensure_ascii=False).encode()


def _state(content: bytes) -> State | None:
    if not content:
        return None
    state: State = json.loads(content)
    return state


def undo_people(item: Import) -> str:
    """Take back an import of people, within the transaction of the caller; gives what came of it in words.

    Whoever was changed since is left as is: which of both changes is meant nobody can tell.
    """
    rows = list(ImportedPerson.objects.filter(of=item))
    now = load_states((row.number for row in rows), lock=True)
    enrolled = _enrolled(row.number for row in rows if row.outcome == ImportOutcome.ADDED)
    changes: list[Change] = []
    for row in rows:
        before, after, current = _state(row.before), _state(row.after), now.get(row.number)
        if current != after or row.number in enrolled:
            row.undone = Undone.LEFT
            continue
        row.undone = Undone.REMOVED if before is None else Undone.RESTORED
        changes.append(Change(row.number, current, None if before is None else _possible(before)))
    changes = _without_lost_cards(changes, rows)
    write_people(changes, action=ACTION)
    _remove_empty(item.departments)
    return _finish(item, rows)


def undo_photos(item: Import) -> str:
    """Take back an import of photos, likewise."""
    rows = list(ImportedPerson.objects.filter(of=item))
    digests = photo_digests(row.number for row in rows)
    photos: list[tuple[int, bytes]] = []
    for row in rows:
        kept: dict[str, Any] = json.loads(row.after)
        if digests.get(row.number) != kept["photo"]:
            row.undone = Undone.LEFT
            continue
        row.undone = Undone.RESTORED
        photos.append((row.number, base64.b64decode(json.loads(row.before)["photo"])))
    write_photos(photos)
    return _finish(item, rows)


def _finish(item: Import, rows: Sequence[ImportedPerson]) -> str:
    for row in rows:
        row.before = row.after = b""
    ImportedPerson.objects.bulk_update(rows, ["undone", "before", "after"], batch_size=100)
    left = [row for row in rows if row.undone == Undone.LEFT]
    Import.objects.filter(pk=item.pk).update(left=len(left))
    words = gettext("%(count)s people are as before the import.") % {"count": f"{len(rows) - len(left):,}"}
    if left:
        numbers = ", ".join(str(row.number) for row in left[:NAMED])
        more = ", ..." if len(left) > NAMED else ""
        words += " " + gettext("%(count)s were left as they are, since they were changed meanwhile: %(numbers)s") % {
            "count": f"{len(left):,}",
            "numbers": numbers + more,
        }
    return words


def _enrolled(numbers: Any) -> set[int]:
    """Who of these has fingers or faces by now, which came after the import."""
    found: set[int] = set()
    for part in parts(numbers):
        for table in (Finger, Face):
            found.update(table.objects.filter(person__number__in=part).values_list("person__number", flat=True))
        photos = Person.objects.filter(number__in=part).exclude(photo_digest="")
        found.update(photos.values_list("number", flat=True))
    return found


def _possible(before: State) -> State:
    """A state from before without groups and formats that are not there any more."""
    groups = set(AccessGroup.objects.values_list("number", flat=True))
    formats = set(CardFormat.objects.values_list("pk", flat=True))
    cards = [[*card[:4], card[4] if card[4] in formats else None] for card in before["cards"]]
    return {**before, "groups": [number for number in before["groups"] if number in groups], "cards": cards}


def _without_lost_cards(changes: list[Change], rows: Sequence[ImportedPerson]) -> list[Change]:
    """Leave whoever would get back a card that somebody else has by now."""
    given_up = {
        (card[0], card[1])
        for change in changes
        if change.before is not None
        for card in change.before["cards"]
        if card not in (change.after or {}).get("cards", [])
    }
    wanted = {
        (card[0], card[1]): change.number
        for change in changes
        if change.after is not None and change.before is not None
        for card in change.after["cards"]
        if card not in change.before["cards"]
    }
    lost: set[int] = set()
    for part in parts(sorted({number for number, _ in wanted})):
        held = Card.objects.filter(number__in=part).values_list("number", "custom_id", "person__number")
        for number, custom_id, owner in held:
            taker = wanted.get((number, custom_id))
            if taker is not None and taker != owner and (number, custom_id) not in given_up:
                lost.add(taker)
    for row in rows:
        if row.number in lost:
            row.undone = Undone.LEFT
    return [change for change in changes if change.number not in lost]


def _remove_empty(ways: Sequence[Sequence[str]]) -> None:
    """Remove the departments that the import made and nobody uses, from the bottom up."""
    for way in sorted(ways, key=len, reverse=True):
        department: Department | None = None
        for name in way:
            department = Department.objects.filter(name=name, parent=department).first()
            if department is None:
                break
        if department is not None and not department.people.exists() and not department.children.exists():
            department.delete()
