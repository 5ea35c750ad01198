"""Writing people into the headers of all families and the templates behind them.

A person who was read from a device carries the record along. Writing such a person to a device of the same form
changes only what differs, so that fields whose meaning is not known survive.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from doorward.device.biostar1.clock import to_local_seconds
from doorward.device.biostar1.person_records import FACE_KINDS, FACES_PER_KIND, read_person
from doorward.model.people import Card, Face, Finger, Person, SecurityLevel
from doorward.protocol.biostar1.records import (
    AdministratorLevel,
    BioStationAdministratorLevel,
    BioStationSecurityLevel,
    CardFlag,
    UserHeaderBioStation,
    UserHeaderCompact,
    UserHeaderFace,
    UserHeaderFaceExtended,
    UserHeaderLegacy,
    UserHeaderWide,
    access_group_mask,
)
from doorward.protocol.biostar1.user_data import UserEntry, UserForm, UserHeader, finger_checksum
from doorward.protocol.layout import DEFAULT_TEXT_CODEC

_BYTE = 0xFF


def write_person(form: UserForm, person: Person, *, text_codec: str = DEFAULT_TEXT_CODEC) -> UserEntry:
    """Header and templates of a person who was checked to fit the form (see ``person_limits``)."""
    base = _base(form, person, text_codec)
    before = read_person(form, base)
    changes = _changes(base.header, person, before)
    same_fingers, same_faces = person.fingers == before.fingers, person.faces == before.faces
    if not same_fingers:
        changes |= _finger_fields(base.header, person.fingers)
    if not same_faces:
        changes |= _face_fields(base.header, person.faces)
    templates = base.templates if same_fingers and same_faces else _templates(person)
    return UserEntry(dataclasses.replace(base.header, **changes), templates)


def _base(form: UserForm, person: Person, text_codec: str) -> UserEntry:
    """The device's own record where the person came from one of the same form, or an empty one."""
    origin = person.origin
    if origin is None or origin.form != form.name or len(origin.content) < form.header.SIZE:
        return UserEntry(form.header())
    size = form.header.SIZE
    return UserEntry(form.header.from_bytes(origin.content[:size], text_codec=text_codec), origin.content[size:])


def _changes(header: UserHeader, person: Person, before: Person) -> dict[str, Any]:
    """The header's fields for what differs; the rest stays as it is."""
    changes: dict[str, Any] = {}
    for name, fields in _FIELDS.items():
        value = getattr(person, name)
        if value != getattr(before, name) or not header.base:
            changes |= fields(header, value)
    return changes


def _number_field(header: UserHeader, value: int) -> dict[str, Any]:
    del header
    return {"user_id": value}


def _name_field(header: UserHeader, value: str) -> dict[str, Any]:
    return {} if isinstance(header, UserHeaderCompact) else {"name": value}


def _department_field(header: UserHeader, value: str) -> dict[str, Any]:
    return {} if isinstance(header, UserHeaderCompact) else {"department": value}


def _pin_field(header: UserHeader, value: str) -> dict[str, Any]:
    del header
    return {"pin": value}


def _group_field(header: UserHeader, value: tuple[int, ...]) -> dict[str, Any]:
    del header
    return {"access_group_mask": access_group_mask(value)}


def _administrator_field(header: UserHeader, value: bool) -> dict[str, Any]:
    levels = (
        BioStationAdministratorLevel
        if isinstance(header, UserHeaderLegacy | UserHeaderBioStation)
        else AdministratorLevel
    )
    return {"administrator_level": int(levels.ADMINISTRATOR if value else levels.NORMAL)}


def _security_field(header: UserHeader, value: SecurityLevel) -> dict[str, Any]:
    first = BioStationSecurityLevel.DEVICE_DEFAULT if isinstance(header, UserHeaderLegacy | UserHeaderBioStation) else 0
    return {"security_level": first + int(value)}


def _card_fields(header: UserHeader, value: tuple[Card, ...]) -> dict[str, Any]:
    if isinstance(header, UserHeaderLegacy):
        return {}
    card = value[0] if value else Card(0)
    if isinstance(header, UserHeaderCompact):
        return {
            "card_id": card.number,
            "card_custom_id": card.custom_id & _BYTE,
            # The byte alone is what most cards have; the long form is for iCLASS cards.
            "full_card_custom_id": card.custom_id if card.custom_id > _BYTE else 0,
            "card_flag": int(CardFlag.BYPASS if card.bypass else CardFlag.NORMAL),
        }
    bypass = card.bypass if isinstance(header, UserHeaderBioStation) else int(card.bypass)
    return {"card_id": card.number, "card_custom_id": card.custom_id, "bypass_card": bypass}


def _start_field(header: UserHeader, value: datetime | None) -> dict[str, Any]:
    return {} if isinstance(header, UserHeaderLegacy) else {"start_time": _seconds(value)}


def _expiry_field(header: UserHeader, value: datetime | None) -> dict[str, Any]:
    return {} if isinstance(header, UserHeaderLegacy) else {"expiry_time": _seconds(value)}


def _seconds(value: datetime | None) -> int:
    return 0 if value is None else to_local_seconds(value)


def _disabled_field(header: UserHeader, value: bool) -> dict[str, Any]:
    if isinstance(header, UserHeaderLegacy):
        return {}
    return {"disabled": value if isinstance(header, UserHeaderBioStation) else int(value)}


def _mode_field(header: UserHeader, value: int) -> dict[str, Any]:
    if isinstance(header, UserHeaderLegacy):
        return {}
    return {"operation_mode" if isinstance(header, UserHeaderCompact) else "authentication_mode": value}


def _limit_field(header: UserHeader, value: int) -> dict[str, Any]:
    return {"daily_entry_limit": value} if isinstance(header, UserHeaderBioStation) else {}


def _passback_field(header: UserHeader, value: int) -> dict[str, Any]:
    return {"timed_anti_passback": value} if isinstance(header, UserHeaderBioStation) else {}


_FIELDS: dict[str, Callable[[UserHeader, Any], dict[str, Any]]] = {
    "number": _number_field,
    "name": _name_field,
    "department": _department_field,
    "pin": _pin_field,
    "access_groups": _group_field,
    "administrator": _administrator_field,
    "security_level": _security_field,
    "cards": _card_fields,
    "valid_from": _start_field,
    "valid_until": _expiry_field,
    "disabled": _disabled_field,
    "authentication_mode": _mode_field,
    "daily_entry_limit": _limit_field,
    "anti_passback_minutes": _passback_field,
}
"""For each part of a person: the header's fields that hold it; none where a form has no place for it."""


def _finger_fields(header: UserHeader, fingers: tuple[Finger, ...]) -> dict[str, Any]:
    if isinstance(header, UserHeaderFace | UserHeaderFaceExtended):
        return {}
    sums = [finger_checksum(b"".join(finger.templates)) for finger in fingers]
    if isinstance(header, UserHeaderLegacy | UserHeaderBioStation):
        return {
            "finger_count": len(fingers),
            "duress_mask": sum(1 << place for place, finger in enumerate(fingers) if finger.duress),
            "finger_checksums": _filled([value & 0xFFFF for value in sums], header.finger_checksums),
        }
    fields: dict[str, Any] = {
        "finger_count": len(fingers),
        "duress": _filled([int(finger.duress) for finger in fingers], header.duress),
    }
    if isinstance(header, UserHeaderCompact):
        return fields | {"finger_checksums": _filled([value & 0xFFFF for value in sums], header.finger_checksums)}
    return fields | {
        "finger_types": _filled([finger.position for finger in fingers], header.finger_types),
        "finger_checksums": _filled(sums, header.finger_checksums),
    }


def _face_fields(header: UserHeader, faces: tuple[Face, ...]) -> dict[str, Any]:
    sums = [finger_checksum(face.template) for face in faces]
    if isinstance(header, UserHeaderWide):
        return {"face_count": len(faces), "face_checksums": _filled(sums, header.face_checksums)}
    if isinstance(header, UserHeaderFace):
        return {
            "face_count": len(faces),
            "updated_face_count": 0,
            "updated_face_index": 0,
            "face_lengths": _filled([len(face.template) for face in faces], header.face_lengths),
            "face_checksums": _filled(sums, header.face_checksums),
        }
    if isinstance(header, UserHeaderFaceExtended):
        return _extended_face_fields(faces)
    return {}


def _extended_face_fields(faces: tuple[Face, ...]) -> dict[str, Any]:
    kinds = [[face for face in faces if face.kind == kind] for kind in range(FACE_KINDS)]
    places = FACE_KINDS * FACES_PER_KIND
    lengths, sums = [0] * places, [0] * places
    for kind, group in enumerate(kinds):
        for place, face in enumerate(group, kind * FACES_PER_KIND):
            lengths[place] = len(face.template)
            sums[place] = finger_checksum(face.template)
    return {
        "face_type_count": sum(1 for group in kinds if group),
        "face_counts": tuple(map(len, kinds)),
        "updated_face_counts": (0,) * FACE_KINDS,
        "updated_face_indexes": (0,) * FACE_KINDS,
        "face_lengths": tuple(lengths),
        "face_checksums": tuple(sums),
        "still_image_lengths": tuple(len(group[0].still_image) if group else 0 for group in kinds),
    }


def _filled(values: list[int], like: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(values) + (0,) * (len(like) - len(values))


def _templates(person: Person) -> bytes:
    """Fingers, then still images, then faces; faces by kind, as the extended header orders them."""
    faces = sorted(person.faces, key=lambda face: face.kind)
    return b"".join(
        (
            *(template for finger in person.fingers for template in finger.templates),
            *(face.still_image for face in faces),
            *(face.template for face in faces),
        )
    )
