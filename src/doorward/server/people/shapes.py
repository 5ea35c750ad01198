"""People, credentials, departments, own fields and card formats as the API takes and shows them; never a secret."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

from doorward.device.limits import WIDEST
from doorward.server.cursors import MOST, USUAL
from doorward.server.devices.shapes import Number, Text
from doorward.server.people.choices import ByteOrder, FaceFamily, FacilityUse, FieldKind, Reading
from doorward.server.people.models import (
    HIGHEST_NUMBER,
    Card,
    CardFormat,
    Department,
    Face,
    Finger,
    Person,
    PersonField,
)

MOST_SHOWN_FORMATS = 100
PersonNumber = Annotated[int, Field(ge=1, le=HIGHEST_NUMBER, description="Number of the person, as devices know it.")]
CardNumber = Annotated[int, Field(ge=1, le=HIGHEST_NUMBER)]
FieldValues = dict[str, str | int | float | None]
Pin = Annotated[Text, Field(max_length=WIDEST.pin, description="Digits. It is kept encrypted and never shown.")]
Bit = Annotated[int, Field(ge=0, le=127)]


class PersonCardOut(Schema):
    """A card of a person."""

    id: int
    number: int = Field(description="The number that devices keep.")
    custom_id: int = Field(description="The custom ID that some cards carry besides; 0 none.")
    bypass: bool = Field(description="The card alone opens, whatever else the device asks for.")
    label: str
    format: int | None = Field(description="The card format by which it was read; null where its number was typed.")


class PersonOut(Schema):
    """A person as the API shows it; of PIN, fingers and faces only whether they are there."""

    number: int
    name: str
    department: str | None
    department_id: int | None
    email: str
    phone: str
    notes: str
    photo: str | None = Field(description="Where the photo is; null without one.")
    valid_from: datetime | None
    valid_until: datetime | None
    disabled: bool
    security_level: int
    authentication_mode: int
    daily_entry_limit: int
    anti_passback_minutes: int
    terminal_administrator: bool
    fields: FieldValues
    has_pin: bool
    cards: list[PersonCardOut]
    finger_count: int
    face_count: int
    groups: list[int] | None = Field(description="Numbers of the access groups; null to whoever may not see them.")
    created: datetime
    changed: datetime


class PersonList(Schema):
    """A page of people."""

    items: list[PersonOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class PersonFilter(Schema):
    """Which people are listed."""

    q: Annotated[
        Text, Field(max_length=100, description="Part of the name or mail, or the number of the person or of a card.")
    ] = ""
    card: Annotated[int, Field(ge=0, le=HIGHEST_NUMBER, description="Who has the card of this number.")] | None = None
    department: Annotated[Number, Field(description="This department and those in it.")] | None = None
    group: Annotated[int, Field(ge=1, le=128, description="Members of this access group.")] | None = None
    disabled: bool | None = None
    after: Annotated[int, Field(ge=0, le=HIGHEST_NUMBER)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST, description="How many rows a page has at most.")] = USUAL


class PersonChange(Schema):
    """What of a person is changed; what is left out stays."""

    name: Text | None = None
    department_id: Number | None = None
    email: Text | None = None
    phone: Text | None = None
    notes: Text | None = None
    valid_from: datetime | None = Field(None, description="With its zone; null without a start.")
    valid_until: datetime | None = Field(None, description="With its zone; null without an end.")
    disabled: bool | None = None
    security_level: int | None = Field(None, description="How strictly fingers and faces are matched: 0 to 5.")
    authentication_mode: int | None = Field(None, description="By the model's own number; 0 is the device's default.")
    daily_entry_limit: int | None = Field(None, description="Entries a day; 0 without limit.")
    anti_passback_minutes: int | None = Field(None, description="Minutes before entering again; 0 at once.")
    terminal_administrator: bool | None = None
    fields: FieldValues | None = Field(None, description="Values of own fields; null takes one away.")


class CardIn(Schema):
    """A card for a person: its number, or what a reader gave together with the format in which it is to be read."""

    number: CardNumber | None = None
    custom_id: Annotated[int, Field(ge=0, le=HIGHEST_NUMBER)] = 0
    text: Annotated[Text, Field(max_length=200, description="What was read or typed, instead of a number.")] = ""
    format: Number | None = Field(None, description="The card format by which 'text' is to be read.")
    bypass: bool = False
    label: Text = ""


class PersonIn(PersonChange):
    """A new person, with credentials and groups if they are known already."""

    number: PersonNumber | None = Field(None, description="Null takes the next free one.")
    pin: Pin = ""
    cards: list[CardIn] = Field(default_factory=list)
    groups: list[Annotated[int, Field(ge=1, le=128)]] = Field(default_factory=list)


class PinIn(Schema):
    """A PIN."""

    pin: Pin


class CardChange(Schema):
    """What of a card is changed; what is left out stays."""

    bypass: bool | None = None
    label: Text | None = None


class FingerOut(Schema):
    """An enrolled finger; its templates leave the server for devices alone."""

    id: int
    place: int = Field(description="Where it stands among the person's fingers, from 0.")
    position: int = Field(description="Which finger it is, as the model counts them; 0 where it does not say.")
    duress: bool = Field(description="Whoever shows it is under threat: the door opens and an alarm is sent.")


class FingerChange(Schema):
    """What of a finger is changed; what is left out stays."""

    position: Annotated[int, Field(ge=0, le=WIDEST.finger_position)] | None = None
    duress: bool | None = None


class FaceOut(Schema):
    """An enrolled face; its template leaves the server for devices alone."""

    id: int
    family: FaceFamily = Field(description="Which models can use it.")
    place: int
    kind: int


class DepartmentOut(Schema):
    """A department."""

    id: int
    name: str
    parent_id: int | None
    people: int = Field(description="How many people are in it, not counting departments in it.")


class DepartmentIn(Schema):
    """A new department."""

    name: Text
    parent_id: Number | None = None


class DepartmentChange(Schema):
    """What of a department is changed; what is left out stays."""

    name: Text | None = None
    parent_id: Number | None = None


class FieldOut(Schema):
    """An own field."""

    slug: str
    name: str
    kind: FieldKind
    choices: list[str]
    order: int


class FieldIn(Schema):
    """A new own field."""

    name: Text
    kind: FieldKind = FieldKind.TEXT
    slug: Text = Field("", description="Its name for programs; empty makes one of the name. It never changes.")
    choices: list[Text] = Field(default_factory=list)
    order: int = 0


class FieldChange(Schema):
    """What of an own field is changed; what is left out stays."""

    name: Text | None = None
    choices: list[Text] | None = None
    order: int | None = None


class ParityShape(Schema):
    """A bit that checks others."""

    bit: Bit
    odd: bool
    covers: list[Bit]


class FormatOut(Schema):
    """A card format."""

    id: int
    name: str
    reading: Reading
    byte_order: ByteOrder
    bits: int
    facility_start: int
    facility_length: int
    facility_use: FacilityUse
    number_start: int
    number_length: int
    parity: list[ParityShape]


class FormatChange(Schema):
    """What of a card format is changed; what is left out stays. Bits count from 0 for the one that is sent first."""

    name: Text | None = None
    reading: Reading | None = None
    byte_order: ByteOrder | None = None
    bits: Annotated[int, Field(ge=0, le=128)] | None = None
    facility_start: Bit | None = None
    facility_length: Bit | None = None
    facility_use: FacilityUse | None = None
    number_start: Bit | None = None
    number_length: Bit | None = None
    parity: list[ParityShape] | None = None


class FormatIn(FormatChange):
    """A new card format."""

    name: Text


class CardText(Schema):
    """What was read or typed of a card."""

    text: Annotated[Text, Field(max_length=200)]


class CardRead(Schema):
    """What a device keeps of it."""

    number: int
    custom_id: int
    facility: int | None


def shown_person(person: Person, *, with_groups: bool) -> PersonOut:
    """A person of ``listed_people`` as the API shows it."""
    return PersonOut(
        number=person.number,
        name=person.name,
        department=person.department.name if person.department else None,
        department_id=person.department_id,
        email=person.email,
        phone=person.phone,
        notes=person.notes,
        photo=photo_address(person),
        valid_from=person.valid_from,
        valid_until=person.valid_until,
        disabled=person.disabled,
        security_level=person.security_level,
        authentication_mode=person.authentication_mode,
        daily_entry_limit=person.daily_entry_limit,
        anti_passback_minutes=person.anti_passback_minutes,
        terminal_administrator=person.terminal_administrator,
        fields=person.fields,
        has_pin=bool(getattr(person, "has_pin", False)),
        cards=[shown_card(card) for card in person.cards.all()],
        finger_count=getattr(person, "finger_count", 0),
        face_count=getattr(person, "face_count", 0),
        groups=sorted(group.number for group in person.access_groups.all()) if with_groups else None,
        created=person.created,
        changed=person.changed,
    )


def photo_address(person: Person) -> str | None:
    """Where the photo of a person is, another place for each photo so that browsers may keep it; None without one."""
    return f"/api/v1/people/{person.number}/photo?v={person.photo_digest[:12]}" if person.photo_digest else None


def shown_card(card: Card) -> PersonCardOut:
    """A card as the API shows it."""
    return PersonCardOut(
        id=card.pk,
        number=card.number,
        custom_id=card.custom_id,
        bypass=card.bypass,
        label=card.label,
        format=card.format_id,
    )


def shown_finger(finger: Finger) -> FingerOut:
    """A finger as the API shows it."""
    return FingerOut(id=finger.pk, place=finger.place, position=finger.position, duress=finger.duress)


def shown_face(face: Face) -> FaceOut:
    """A face as the API shows it."""
    return FaceOut(id=face.pk, family=FaceFamily(face.family), place=face.place, kind=face.kind)


def shown_department(department: Department, people: int) -> DepartmentOut:
    """A department as the API shows it."""
    return DepartmentOut(id=department.pk, name=department.name, parent_id=department.parent_id, people=people)


def shown_field(field: PersonField) -> FieldOut:
    """An own field as the API shows it."""
    return FieldOut(
        slug=field.slug, name=field.name, kind=FieldKind(field.kind), choices=field.choices, order=field.order
    )


def shown_format(form: CardFormat) -> FormatOut:
    """A card format as the API shows it."""
    return FormatOut(
        id=form.pk,
        name=form.name,
        reading=Reading(form.reading),
        byte_order=ByteOrder(form.byte_order),
        bits=form.bits,
        facility_start=form.facility_start,
        facility_length=form.facility_length,
        facility_use=FacilityUse(form.facility_use),
        number_start=form.number_start,
        number_length=form.number_length,
        parity=[ParityShape(**part) for part in form.parity],
    )
