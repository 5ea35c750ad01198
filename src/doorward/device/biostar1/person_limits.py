"""What of a person a model can hold, checked before anything is sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doorward.device.biostar1.clock import LARGEST_SECOND, to_local_seconds
from doorward.device.biostar1.log import LARGEST_LOG_SECOND
from doorward.device.biostar1.person_records import FACE_KINDS, FACES_PER_KIND
from doorward.model.errors import InvalidInput
from doorward.model.people import Face, Person
from doorward.protocol.biostar1.models import Capability, DeviceModel
from doorward.protocol.biostar1.records import GROUPS_IN_MASK, UNUSED_GROUP_BYTE
from doorward.protocol.biostar1.user_data import (
    BIOSTATION,
    COMPACT,
    D_STATION_FACE_SIZE,
    FACE,
    FACE_EXTENDED,
    LEGACY,
    TEMPLATE_SIZE,
    WIDE,
    UserForm,
)

LARGEST_NUMBER = 0xFFFFFFFF
LARGEST_TEMPLATE = 0xFFFF
_BYTE = 0xFF
_SHORT = 0xFFFF


@dataclass(frozen=True, slots=True)
class FormLimits:
    """What a form of header has room for.

    Attributes:
        name_bytes: Bytes of a name in the device's code page; 0 none, None when it counts UTF-16 units.
        name_units: UTF-16 units of a name, where it counts them.
        pin_size: Bytes or units of a PIN.
        fingers: Fingers.
        faces: Face templates, of each kind where there are several.
        cards: Cards.
        last_second: Last second of a validity.
        daily_limit: Whether it holds entry limits and anti-passback times.
        largest_mode: Largest number of an authentication mode; None when the form has no place for one.
        validity: Whether it has dates and the mark of a blocked person.
    """

    name_bytes: int | None
    name_units: int | None
    pin_size: int
    fingers: int
    faces: int
    cards: int
    last_second: int
    daily_limit: bool
    largest_mode: int | None
    validity: bool = True


LIMITS: dict[str, FormLimits] = {
    LEGACY.name: FormLimits(32, None, 16, 5, 0, 0, 0, False, None, validity=False),
    BIOSTATION.name: FormLimits(32, None, 16, 5, 0, 1, LARGEST_SECOND, True, _SHORT),
    COMPACT.name: FormLimits(0, None, 15, 2, 0, 1, LARGEST_LOG_SECOND, False, 0x7FFFFFFF),
    WIDE.name: FormLimits(None, 47, 15, 10, 5, 1, LARGEST_SECOND, False, _SHORT),
    FACE.name: FormLimits(None, 47, 15, 0, 25, 1, LARGEST_SECOND, False, 0x7FFF),
    FACE_EXTENDED.name: FormLimits(None, 47, 15, 0, 25, 1, LARGEST_SECOND, False, 0x7FFF),
}


def problems(person: Person, model: DeviceModel, form: UserForm, text_codec: str) -> Iterator[InvalidInput]:
    """Everything of a person that the model cannot hold, as errors that name field, value and limit."""
    limits = LIMITS[form.name]
    yield from _number_problems(person)
    yield from _text_problems(person, model, limits, text_codec)
    yield from _credential_problems(person, model, form, limits)
    yield from _validity_problems(person, limits, model)
    yield from _right_problems(person, limits, model)


def reduced(person: Person, model: DeviceModel, form: UserForm) -> tuple[Person, tuple[str, ...]]:
    """A person without the parts for which the model has no place at all, and the names of those parts.

    What the model has a place for but does not fit stays, so that it is still refused.
    """
    limits = LIMITS[form.name]
    without: dict[str, Any] = {}
    if limits.name_bytes == 0:
        without |= {"name": "", "department": ""}
    if not _has_pin(model):
        without["pin"] = ""
    if not _finger_room(model, limits):
        without["fingers"] = ()
    if not _face_room(model, form, limits):
        without["faces"] = ()
    if not limits.cards:
        without["cards"] = ()
    if not limits.daily_limit:
        without |= {"daily_entry_limit": 0, "anti_passback_minutes": 0}
    if not limits.validity:
        without |= {"valid_from": None, "valid_until": None, "disabled": False}
    if limits.largest_mode is None:
        without["authentication_mode"] = 0
    dropped = tuple(name for name, empty in without.items() if getattr(person, name) != empty)
    return dataclasses.replace(person, **without), dropped


def _refused(person: Person, field: str, value: object, allowed: str) -> InvalidInput:
    return InvalidInput(field, value, allowed, where=f"person {person.number}")


def _number_problems(person: Person) -> Iterator[InvalidInput]:
    if not _within(person.number, 1, LARGEST_NUMBER):
        yield _refused(person, "number", person.number, f"a whole number from 1 to {LARGEST_NUMBER}")


def _within(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _has_pin(model: DeviceModel) -> bool:
    return model.can(Capability.PIN)


def _finger_room(model: DeviceModel, limits: FormLimits) -> int:
    return limits.fingers if model.can(Capability.FINGERPRINT) else 0


def _face_room(model: DeviceModel, form: UserForm, limits: FormLimits) -> int:
    if not model.can(Capability.FACE):
        return 0
    return limits.faces * (FACE_KINDS if form is FACE_EXTENDED else 1)


def _text_problems(person: Person, model: DeviceModel, limits: FormLimits, text_codec: str) -> Iterator[InvalidInput]:
    for field, value in (("name", person.name), ("department", person.department)):
        problem = _text_problem(value, limits.name_bytes, limits.name_units, text_codec)
        if problem and limits.name_bytes == 0:
            problem = f"nothing: {model.title} keeps no {field}"
        if problem:
            yield _refused(person, field, value, problem)
    if person.pin and not _has_pin(model):
        yield _refused(person, "pin", _hidden(person.pin), f"nothing: {model.title} has no keypad")
        return
    size = limits.pin_size
    wide = limits.name_units is not None
    problem = _text_problem(person.pin, None if wide else size, size if wide else None, text_codec)
    if problem:
        yield _refused(person, "pin", _hidden(person.pin), problem)


def _hidden(secret: str) -> str:
    return f"<{len(secret)} characters>"


def _text_problem(value: str, size: int | None, units: int | None, text_codec: str) -> str:
    """What would be allowed instead of a text that does not fit; empty when it fits."""
    if "\0" in value:
        return "text without NUL characters"
    codec = "utf-16-le" if units is not None else text_codec
    try:
        raw = value.encode(codec)
    except UnicodeEncodeError:
        return f"text that {codec} can write"
    if units is not None and len(raw) > 2 * units:
        return f"text of at most {units} UTF-16 units (this has {len(raw) // 2})"
    if size is not None and len(raw) > size:
        return f"text of at most {size} bytes in {codec} (this has {len(raw)})"
    return ""


def _credential_problems(
    person: Person, model: DeviceModel, form: UserForm, limits: FormLimits
) -> Iterator[InvalidInput]:
    if len(person.cards) > limits.cards:
        yield _refused(person, "cards", len(person.cards), f"at most {limits.cards} on a {model.title}")
    for card in person.cards:
        if not _within(card.number, 1, LARGEST_NUMBER):
            yield _refused(person, "card", card.number, f"a whole number from 1 to {LARGEST_NUMBER}")
        if not _within(card.custom_id, 0, LARGEST_NUMBER):
            yield _refused(person, "card custom id", card.custom_id, f"a whole number from 0 to {LARGEST_NUMBER}")
    room = _finger_room(model, limits)
    if len(person.fingers) > room:
        yield _refused(person, "fingers", len(person.fingers), f"at most {room} on a {model.title}")
    for finger in person.fingers:
        sizes = [len(template) for template in finger.templates]
        if sizes != [TEMPLATE_SIZE] * 2:
            yield _refused(person, "finger templates", sizes, f"two templates of {TEMPLATE_SIZE} bytes")
        largest = _BYTE if form is WIDE else 0
        if not _within(finger.position, 0, largest):
            yield _refused(person, "finger position", finger.position, f"a whole number from 0 to {largest}")
    room = _face_room(model, form, limits)
    if len(person.faces) > room:
        yield _refused(person, "faces", len(person.faces), f"at most {room} on a {model.title}")
    yield from _face_problems(person, form)


def _face_problems(person: Person, form: UserForm) -> Iterator[InvalidInput]:
    kinds = FACE_KINDS if form is FACE_EXTENDED else 1
    with_picture: set[int] = set()
    for face in person.faces:
        if not _within(face.kind, 0, kinds - 1):
            yield _refused(person, "face kind", face.kind, f"a whole number from 0 to {kinds - 1}")
        allowed = _face_size(face, form)
        if allowed:
            yield _refused(person, "face template", f"<{len(face.template)} bytes>", allowed)
        if face.still_image and (form is not FACE_EXTENDED or face.kind in with_picture):
            yield _refused(
                person,
                "still image",
                f"<{len(face.still_image)} bytes>",
                "one with the first face of a kind" if form is FACE_EXTENDED else "none on this model",
            )
        if len(face.still_image) > LARGEST_TEMPLATE:
            yield _refused(
                person, "still image", f"<{len(face.still_image)} bytes>", f"at most {LARGEST_TEMPLATE} bytes"
            )
        with_picture.add(face.kind)
    for kind in with_picture:
        count = sum(1 for face in person.faces if face.kind == kind)
        if form is FACE_EXTENDED and count > FACES_PER_KIND:
            yield _refused(person, "faces", count, f"at most {FACES_PER_KIND} of kind {kind}")


def _face_size(face: Face, form: UserForm) -> str:
    """The size that would be allowed instead; empty when it fits."""
    if form is WIDE:
        return "" if len(face.template) == D_STATION_FACE_SIZE else f"exactly {D_STATION_FACE_SIZE} bytes"
    return "" if 0 < len(face.template) <= LARGEST_TEMPLATE else f"1 to {LARGEST_TEMPLATE} bytes"


def _validity_problems(person: Person, limits: FormLimits, model: DeviceModel) -> Iterator[InvalidInput]:
    for field, moment in (("valid_from", person.valid_from), ("valid_until", person.valid_until)):
        if moment is not None:
            yield from _moment_problems(person, field, moment, limits, model)
    if (
        person.valid_from is not None
        and person.valid_until is not None
        and person.valid_from.tzinfo is None
        and person.valid_until.tzinfo is None
        and person.valid_until < person.valid_from
    ):
        yield _refused(person, "valid_until", str(person.valid_until), f"a time not before {person.valid_from}")
    if person.disabled and not limits.validity:
        yield _refused(person, "disabled", True, f"nothing: this form of {model.title} cannot block a person")


def _moment_problems(
    person: Person, field: str, moment: datetime, limits: FormLimits, model: DeviceModel
) -> Iterator[InvalidInput]:
    if not limits.validity:
        yield _refused(person, field, str(moment), f"nothing: this form of {model.title} has no dates")
    elif moment.tzinfo is not None:
        yield _refused(person, field, str(moment), "the device's local time, without a zone")
    else:
        try:
            # Second 0 means "none" on the wire.
            to_local_seconds(moment, field=field, lowest=1, largest=limits.last_second)
        except InvalidInput as error:
            yield _refused(person, field, str(moment), error.allowed)


def _right_problems(person: Person, limits: FormLimits, model: DeviceModel) -> Iterator[InvalidInput]:
    groups = person.access_groups
    if len(groups) > GROUPS_IN_MASK:
        yield _refused(person, "access_groups", groups, f"at most {GROUPS_IN_MASK} groups")
    elif len(set(groups)) != len(groups):
        yield _refused(person, "access_groups", groups, "each group once")
    for group in groups:
        if not _within(group, 0, UNUSED_GROUP_BYTE - 1):
            yield _refused(person, "access_groups", group, f"a whole number from 0 to {UNUSED_GROUP_BYTE - 1}")
    for field, value in (
        ("daily_entry_limit", person.daily_entry_limit),
        ("anti_passback_minutes", person.anti_passback_minutes),
    ):
        if value and not limits.daily_limit:
            yield _refused(person, field, value, f"0: {model.title} keeps none for a person")
        elif not _within(value, 0, _SHORT):
            yield _refused(person, field, value, f"a whole number from 0 to {_SHORT}")
    if limits.largest_mode is None:
        if person.authentication_mode:
            yield _refused(person, "authentication_mode", person.authentication_mode, "0")
    elif not _within(person.authentication_mode, 0, limits.largest_mode):
        yield _refused(
            person, "authentication_mode", person.authentication_mode, f"a whole number from 0 to {limits.largest_mode}"
        )
