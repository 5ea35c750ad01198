"""What a device holds, in a form that is equal for what was sent and for what is read back.

A header lists everything of a person but the templates themselves, and of those their lengths and sums. What a firmware
puts into fields that are not published counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from doorward.device.biostar1.person_records import read_summary
from doorward.device.biostar1.person_writing import write_person
from doorward.model.people import Person, PersonSummary
from doorward.model.rights import AccessGroup, Holiday, Schedule
from doorward.protocol.biostar1.records import (
    UserHeaderBioStation,
    UserHeaderCompact,
    UserHeaderFace,
    UserHeaderFaceExtended,
    UserHeaderLegacy,
    UserHeaderWide,
)
from doorward.protocol.biostar1.user_data import UserForm, UserHeader, split_users
from doorward.protocol.layout import DEFAULT_TEXT_CODEC


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """A person as a device holds the person.

    Attributes:
        number: Number of the person.
        essence: All that the header says, written always in the same way. Secret, since it holds the PIN.
        name: What the person is called there; empty where the model keeps no names.
    """

    number: int
    essence: bytes = field(repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class WrittenPerson:
    """A person as a device would get the person.

    Attributes:
        number: Number of the person.
        essence: As the device would give it back. Secret.
        templates: The templates behind the header. Secret.
    """

    number: int
    essence: bytes = field(repr=False)
    templates: bytes = field(repr=False)


def written_person(form: UserForm, person: Person, *, text_codec: str = DEFAULT_TEXT_CODEC) -> WrittenPerson:
    """What a device of a form would hold of a person who was checked to fit."""
    entry = write_person(form, person, text_codec=text_codec)
    return WrittenPerson(person.number, header_essence(form, entry.header), entry.templates)


def held_people(form: UserForm, headers: bytes, *, text_codec: str = DEFAULT_TEXT_CODEC) -> list[HeldPerson]:
    """Everybody in a list of headers, as a device gives it.

    Raises:
        RemoteProtocolError: The list ends in the middle of a header.
    """
    return [
        HeldPerson(
            entry.header.user_id, header_essence(form, entry.header), str(getattr(entry.header, "name", "")).strip()
        )
        for entry in split_users(form, headers, with_templates=False, text_codec=text_codec)
    ]


def header_essence(form: UserForm, header: UserHeader) -> bytes:
    """All that a header says, written always in the same way."""
    return repr((*_details(read_summary(form, header)), *_marks(header))).encode()


def table_essence(items: Iterable[Schedule | Holiday | AccessGroup]) -> bytes:
    """All that a table says, written always in the same way, whatever the order of its items."""
    return repr(sorted((item.number, repr(item)) for item in items)).encode()


def _details(person: PersonSummary) -> tuple[Any, ...]:
    return (
        person.number,
        person.name,
        person.department,
        person.pin,
        [(card.number, card.custom_id, card.bypass) for card in person.cards],
        person.valid_from and person.valid_from.isoformat(),
        person.valid_until and person.valid_until.isoformat(),
        sorted(person.access_groups),
        person.administrator,
        person.disabled,
        int(person.security_level),
        person.authentication_mode,
        person.daily_entry_limit,
        person.anti_passback_minutes,
    )


def _marks(header: UserHeader) -> tuple[Any, ...]:
    """What the header tells of the templates behind it."""
    if isinstance(header, UserHeaderLegacy | UserHeaderBioStation):
        count = header.finger_count
        return count, header.duress_mask & ((1 << count) - 1), _first(header.finger_checksums, count)
    if isinstance(header, UserHeaderCompact):
        count = header.finger_count
        return count, _flags(header.duress, count), _first(header.finger_checksums, count)
    if isinstance(header, UserHeaderWide):
        count = header.finger_count
        return (
            count,
            _flags(header.duress, count),
            _first(header.finger_types, count),
            _first(header.finger_checksums, count),
            header.face_count,
            _first(header.face_checksums, header.face_count),
        )
    assert isinstance(header, UserHeaderFace | UserHeaderFaceExtended)
    used = [
        (place, length, checksum)
        for place, (length, checksum) in enumerate(zip(header.face_lengths, header.face_checksums, strict=True))
        if length
    ]
    images = tuple(header.still_image_lengths) if isinstance(header, UserHeaderFaceExtended) else ()
    return used, images


def _flags(values: tuple[int, ...], count: int) -> tuple[bool, ...]:
    return tuple(bool(value) for value in values[: max(0, count)])


def _first(values: tuple[int, ...], count: int) -> tuple[int, ...]:
    return tuple(values[: max(0, count)])
