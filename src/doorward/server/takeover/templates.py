"""Writes the fingers and faces of many people in one go, within the transaction of the caller, and marks them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from doorward.server.audit.services import Thing, record_many
from doorward.server.imports.states import parts
from doorward.server.people.models import Face, Finger, Person
from doorward.server.sync.marking import mark_people
from doorward.server.takeover.choices import ACTION

Templates = tuple[list[list[Any]], list[list[Any]]]
"""The fingers of a person, and the faces."""

AT_ONCE: Final = 100
"""Rows in one statement; older SQLite takes at most 999 values."""


@dataclass(slots=True)
class _Work:
    """What is to be written; people are given by their rows."""

    without_fingers: list[int] = field(default_factory=list)
    without_faces: list[int] = field(default_factory=list)
    fingers: list[Finger] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)
    counts: dict[int, tuple[dict[str, int], dict[str, int]]] = field(default_factory=dict)


def write_templates(people: Mapping[int, Mapping[str, Any]]) -> None:
    """Let people who are in the data have just these fingers and faces.

    Args:
        people: What is said of each, by number: a record of ``device_reading``, merged and decided.
    """
    urgent: set[int] = set()
    ordinary: set[int] = set()
    for part in parts(sorted(people)):
        rows = dict(Person.objects.filter(number__in=part).values_list("number", "pk"))
        held = _held(rows.values())
        work = _Work()
        for number, person in rows.items():
            before = held.get(person, ([], []))
            if _plan(work, number, person, before, _wanted(people[number])):
                # Where there was nothing before, nothing is taken away.
                (urgent if any(before) else ordinary).add(number)
        _do(work, rows)
    mark_people(urgent, urgent=True)
    mark_people(ordinary, urgent=False)


def _held(people: Iterable[int]) -> dict[int, Templates]:
    found: dict[int, Templates] = {}
    chosen = list(people)
    for finger in Finger.objects.filter(person__in=chosen).order_by("place"):
        fingers, _ = found.setdefault(finger.person_id, ([], []))
        fingers.append([finger.first, finger.second, finger.duress, finger.position])
    for face in Face.objects.filter(person__in=chosen).order_by("place"):
        _, faces = found.setdefault(face.person_id, ([], []))
        faces.append([face.family, face.kind, face.template, face.still_image])
    return found


def _wanted(said: Mapping[str, Any]) -> Templates:
    return (
        [[_bytes(one[0]), _bytes(one[1]), one[2], one[3]] for one in said["fingers"]],
        [[one[0], one[1], _bytes(one[2]), _bytes(one[3])] for one in said["faces"]],
    )


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def _plan(work: _Work, number: int, person: int, before: Templates, wanted: Templates) -> bool:
    """Add what is to be done for one person; gives whether that is anything."""
    fingers, faces = wanted
    if before[0] != fingers:
        work.without_fingers.append(person)
        work.fingers += [
            Finger(person_id=person, place=place, first=one[0], second=one[1], duress=one[2], position=one[3])
            for place, one in enumerate(fingers)
        ]
    if before[1] != faces:
        work.without_faces.append(person)
        places: dict[str, int] = {}
        for family, kind, template, image in faces:
            place = places[family] = places.get(family, -1) + 1
            work.faces.append(
                Face(person_id=person, family=family, place=place, kind=kind, template=template, still_image=image)
            )
    if before == wanted:
        return False
    work.counts[number] = (
        {"fingers": len(before[0]), "faces": len(before[1])},
        {"fingers": len(fingers), "faces": len(faces)},
    )
    return True


def _do(work: _Work, rows: Mapping[int, int]) -> None:
    # All rows of a person go before any comes: places are given anew. Each that goes is noted by itself.
    Finger.objects.filter(person__in=work.without_fingers).delete()
    Face.objects.filter(person__in=work.without_faces).delete()
    Finger.objects.bulk_create(work.fingers, batch_size=AT_ONCE)
    Face.objects.bulk_create(work.faces, batch_size=AT_ONCE)
    record_many(
        ACTION,
        [
            (Thing("person", str(rows[number]), f"person {number}"), before, after)
            for number, (before, after) in work.counts.items()
        ],
    )
