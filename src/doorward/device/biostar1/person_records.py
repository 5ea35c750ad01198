"""Reading people from the headers of all families and the templates behind them.

A person who was read carries the device's record along; ``person_writing`` needs it to change only what differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from doorward.device.biostar1.clock import from_local_seconds
from doorward.model.people import (
    Card,
    DeviceRecord,
    Face,
    Finger,
    Person,
    PersonSummary,
    SecurityLevel,
)
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
    access_group_ids,
)
from doorward.protocol.biostar1.user_data import (
    BIOSTATION,
    COMPACT,
    D_STATION_FACE_SIZE,
    FACE,
    FACE_EXTENDED,
    FINGER_SIZE,
    LEGACY,
    TEMPLATE_SIZE,
    WIDE,
    UserEntry,
    UserForm,
    UserHeader,
)

FORMS: dict[str, UserForm] = {form.name: form for form in (LEGACY, BIOSTATION, COMPACT, WIDE, FACE, FACE_EXTENDED)}
FACE_KINDS = 5
FACES_PER_KIND = 25
NO_GROUPS_AT_ALL = 0  # a mask that was never written

_BYTE = 0xFF


# From the device.


def read_person(form: UserForm, entry: UserEntry) -> Person:
    """A person from header and templates."""
    return Person(
        **_details(form, entry.header, entry.templates),
        fingers=_fingers(entry),
        faces=_faces(entry),
    )


def read_summary(form: UserForm, header: UserHeader) -> PersonSummary:
    """A person from the header alone."""
    return PersonSummary(
        **_details(form, header), finger_count=finger_count(header), face_count=len(_face_lengths(header))
    )


def finger_count(header: UserHeader) -> int:
    """Fingers that a header announces."""
    return 0 if isinstance(header, UserHeaderFace | UserHeaderFaceExtended) else header.finger_count


def _details(form: UserForm, header: UserHeader, templates: bytes = b"") -> dict[str, Any]:
    common: dict[str, Any] = {
        "number": header.user_id,
        "pin": header.pin,
        "access_groups": ()
        if header.access_group_mask == NO_GROUPS_AT_ALL
        else tuple(dict.fromkeys(access_group_ids(header.access_group_mask))),
        "origin": DeviceRecord(form.name, header.base + templates),
    }
    if isinstance(header, UserHeaderCompact):
        return common | _compact_details(header)
    common |= {"name": header.name, "department": header.department}
    if isinstance(header, UserHeaderLegacy | UserHeaderBioStation):
        common |= {
            "administrator": header.administrator_level == BioStationAdministratorLevel.ADMINISTRATOR,
            "security_level": _level(header.security_level - BioStationSecurityLevel.DEVICE_DEFAULT),
        }
    else:
        common |= {
            "administrator": header.administrator_level == AdministratorLevel.ADMINISTRATOR,
            "security_level": _level(header.security_level),
        }
    if isinstance(header, UserHeaderLegacy):
        return common
    if isinstance(header, UserHeaderBioStation):
        common |= {
            "daily_entry_limit": header.daily_entry_limit,
            "anti_passback_minutes": header.timed_anti_passback,
        }
    return common | {
        "cards": _cards(header.card_id, header.card_custom_id, bool(header.bypass_card)),
        "valid_from": _moment(header.start_time),
        "valid_until": _moment(header.expiry_time),
        "disabled": bool(header.disabled),
        "authentication_mode": header.authentication_mode,
    }


def _compact_details(header: UserHeaderCompact) -> dict[str, Any]:
    custom_id = header.full_card_custom_id or header.card_custom_id
    return {
        "cards": _cards(header.card_id, custom_id, header.card_flag == CardFlag.BYPASS),
        "valid_from": _moment(header.start_time),
        "valid_until": _moment(header.expiry_time),
        "administrator": header.administrator_level == AdministratorLevel.ADMINISTRATOR,
        "disabled": bool(header.disabled),
        "security_level": _level(header.security_level),
        "authentication_mode": header.operation_mode,
    }


def _cards(number: int, custom_id: int, bypass: bool) -> tuple[Card, ...]:
    return (Card(number, custom_id, bypass),) if number else ()


def _moment(seconds: int) -> datetime | None:
    return from_local_seconds(seconds) if seconds > 0 else None


def _level(number: int) -> SecurityLevel:
    # A number that is not published is shown as the device's default; writing the person back keeps it.
    return SecurityLevel(number) if 0 <= number <= SecurityLevel.HIGHEST else SecurityLevel.DEVICE_DEFAULT


def _fingers(entry: UserEntry) -> tuple[Finger, ...]:
    header = entry.header
    count = finger_count(header)
    if not count or not entry.templates:
        return ()
    if isinstance(header, UserHeaderLegacy | UserHeaderBioStation):
        duress = [bool(header.duress_mask >> place & 1) for place in range(count)]
        positions = [0] * count
    else:
        assert isinstance(header, UserHeaderCompact | UserHeaderWide)
        duress = [bool(flag) for flag in header.duress]
        positions = list(header.finger_types) if isinstance(header, UserHeaderWide) else []
    return tuple(
        Finger(
            (
                entry.templates[at : at + TEMPLATE_SIZE],
                entry.templates[at + TEMPLATE_SIZE : at + FINGER_SIZE],
            ),
            _at(duress, place, False),
            _at(positions, place, 0),
        )
        for place, at in enumerate(range(0, count * FINGER_SIZE, FINGER_SIZE))
    )


def _at(values: Sequence[Any], place: int, otherwise: Any) -> Any:
    # A header may announce more fingers than it has places for their marks.
    return values[place] if place < len(values) else otherwise


def _face_lengths(header: UserHeader) -> list[tuple[int, int]]:
    """Kind and length of each face template, in the order in which they follow."""
    if isinstance(header, UserHeaderWide):
        return [(0, D_STATION_FACE_SIZE)] * header.face_count
    if isinstance(header, UserHeaderFace):
        return [(0, length) for length in header.face_lengths if length]
    if isinstance(header, UserHeaderFaceExtended):
        return [(place // FACES_PER_KIND, length) for place, length in enumerate(header.face_lengths) if length]
    return []


def _faces(entry: UserEntry) -> tuple[Face, ...]:
    if not entry.templates:
        return ()
    return tuple(_each_face(entry))


def _each_face(entry: UserEntry) -> Iterator[Face]:
    header = entry.header
    offset = finger_count(header) * FINGER_SIZE
    images: dict[int, bytes] = {}
    if isinstance(header, UserHeaderFaceExtended):
        for kind, length in enumerate(header.still_image_lengths):
            images[kind] = entry.templates[offset : offset + length]
            offset += length
    for kind, length in _face_lengths(header):
        yield Face(entry.templates[offset : offset + length], kind, images.pop(kind, b""))
        offset += length
