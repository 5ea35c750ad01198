"""Who somebody is, for a device that asks the server: only people with a right at that device are told."""

from __future__ import annotations

from doorward.device.biostar1.person_writing import write_person
from doorward.protocol.biostar1.models import MODELS_BY_SLUG
from doorward.server.people.models import Card
from doorward.server.people.on_devices import people_for_devices
from doorward.server.sync.desired import Profile, groups_at, prepare


def record_by_number(device_id: int, model: str, zone: str, number: int) -> bytes | None:
    """The header of a person in the form of the asking device; None where nobody has a right there by that number.

    Args:
        device_id: The device.
        model: Name of its model.
        zone: IANA name of the zone of its clock.
        number: The person.
    """
    groups = groups_at([device_id], [number])[device_id].get(number)
    if groups is None or model not in MODELS_BY_SLUG:
        return None
    profile = Profile(model, zone)
    for row in people_for_devices([number]):
        person = prepare(row, groups, profile).person
        if person is not None:
            return write_person(profile.form, person).header.to_bytes()
    return None


def record_by_card(device_id: int, model: str, zone: str, card: int, custom_id: int) -> bytes | None:
    """The same by a card."""
    owner = Card.objects.filter(number=card, custom_id=custom_id).values_list("person__number", flat=True).first()
    return None if owner is None else record_by_number(device_id, model, zone, owner)
