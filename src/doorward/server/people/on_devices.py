"""People as devices are given them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from django.db.models import Prefetch, QuerySet

from doorward.model import people as model
from doorward.server.people.models import Face, Finger, Person


def people_for_devices(numbers: Iterable[int]) -> QuerySet[Person]:
    """People with all that ``person_for_device`` needs, in the order of their numbers."""
    return (
        Person.objects.filter(number__in=list(numbers))
        .defer("photo", "notes")
        .select_related("department")
        .prefetch_related(
            "cards",
            Prefetch("fingers", Finger.objects.order_by("place")),
            Prefetch("faces", Face.objects.order_by("place")),
        )
        .order_by("number")
    )


def person_for_device(
    person: Person, group_numbers: Sequence[int], zone: tzinfo, *, face_family: str = ""
) -> model.Person:
    """A person as a device is given him, before what its model has no place for is left out.

    Args:
        person: The person, best read by ``people_for_devices``.
        group_numbers: The access groups that the device shall hold of him.
        zone: The zone of the device's clock, in which his validity is written.
        face_family: The family of models whose faces the device can use; empty for none.
    """
    return model.Person(
        number=person.number,
        name=person.name,
        department=person.department.name if person.department else "",
        pin=person.pin,
        cards=tuple(model.Card(card.number, card.custom_id, card.bypass) for card in person.cards.all()),
        valid_from=_local(person.valid_from, zone),
        valid_until=_local(person.valid_until, zone),
        access_groups=tuple(group_numbers),
        administrator=person.terminal_administrator,
        disabled=person.disabled,
        security_level=model.SecurityLevel(person.security_level),
        authentication_mode=person.authentication_mode,
        daily_entry_limit=person.daily_entry_limit,
        anti_passback_minutes=person.anti_passback_minutes,
        fingers=tuple(
            model.Finger((finger.first, finger.second), finger.duress, finger.position)
            for finger in person.fingers.all()
        ),
        faces=tuple(
            model.Face(face.template, face.kind, face.still_image)
            for face in person.faces.all()
            if face.family == face_family
        ),
    )


def _local(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return None if moment is None else moment.astimezone(zone).replace(tzinfo=None, microsecond=0)
