"""Takes one person over from one device: what somebody changed at its own menu is brought into the data."""

from __future__ import annotations

from typing import Any, Final

from doorward.device.biostar1.person_limits import reduced
from doorward.model import people as model
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.models import model_by_slug
from doorward.protocol.biostar1.user_data import user_form
from doorward.server.devices.models import Device
from doorward.server.imports.states import empty_state, load_states
from doorward.server.people.models import ErasedPerson
from doorward.server.takeover import applying, comparing, device_reading

_EVERYTHING: Final = model.Person(
    number=1, name="x", department="x", pin="1", cards=(model.Card(1),), authentication_mode=1, daily_entry_limit=1,
    anti_passback_minutes=1, disabled=True, fingers=(model.Finger((b"", b"")),), faces=(model.Face(b""),),
)  # fmt: skip
"""Somebody who has everything, to find out what of it a model has a place for."""


def take_over_person(device: Device, person: model.Person) -> None:
    """Let the data say of a person what a device holds, within the transaction at hand.

    What its model has no place for stays as it is here, and so do groups: which own group a device's group stands for
    cannot be told from one person.

    Raises:
        InvalidInput: The person was erased.
    """
    if ErasedPerson.objects.filter(number=person.number).exists():
        raise InvalidInput("person", person.number, "somebody who was not erased: delete the person from the device")
    said = device_reading.record_of(person, device_reading.zone_of(device), device.model or "")
    before = load_states([person.number], lock=True)
    if person.number in before:
        ours = comparing.as_said(before[person.number], comparing.credentials_of(before)[person.number])
        said = _together(said, ours, device.model or "")
    after = comparing.state_of(said, before.get(person.number) or empty_state())
    applying.write_everybody({person.number: said}, {person.number: after}, before)


def _together(said: dict[str, Any], ours: dict[str, Any], slug: str) -> dict[str, Any]:
    known = model_by_slug(slug)
    missing = set(reduced(_EVERYTHING, known, user_form(known))[1])
    found = {name: ours[name] if name in missing and name in ours else value for name, value in said.items()}
    # Faces of other families are of no use to this device, and stay.
    family = device_reading.FAMILIES.get(slug, "")
    others = [face for face in ours["faces"] if face[0] != family]
    return {**found, "faces": others + [face for face in found["faces"] if face not in others]}
