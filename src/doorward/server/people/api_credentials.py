"""``/api/v1/people/N/...``: PIN, cards, fingers and faces. What is secret comes in and does not go out."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Path, Router, Status

from doorward.server.devices.shapes import HIGHEST_NUMBER
from doorward.server.operators.callers import CallerAuth, require
from doorward.server.people import credentials, services
from doorward.server.people.api import CREDENTIALS, VIEW, OfPerson, give_card
from doorward.server.people.shapes import (
    CardChange,
    CardIn,
    FaceOut,
    FingerChange,
    FingerOut,
    PersonCardOut,
    PinIn,
    shown_card,
    shown_face,
    shown_finger,
)

router = Router(auth=CallerAuth())

Row = Path[Annotated[int, Field(ge=1, le=HIGHEST_NUMBER)]]


def _may_change(request: HttpRequest) -> None:
    require(request, VIEW)
    require(request, CREDENTIALS)


@router.put("/{int:person}/pin", response={204: None}, summary="Give a person a PIN")
def set_pin(request: HttpRequest, person: OfPerson, body: PinIn) -> Status[None]:
    """4 to 16 digits. It can be set, and never read."""
    _may_change(request)
    credentials.set_pin(person, body.pin)
    return Status(204, None)


@router.delete("/{int:person}/pin", response={204: None}, summary="Take the PIN of a person away")
def remove_pin(request: HttpRequest, person: OfPerson) -> Status[None]:
    """Without one nothing happens."""
    _may_change(request)
    credentials.set_pin(person, "")
    return Status(204, None)


@router.post("/{int:person}/cards", response={201: PersonCardOut}, summary="Give a person a card")
def add_card(request: HttpRequest, person: OfPerson, body: CardIn) -> Status[PersonCardOut]:
    """By its number, or by what a reader gave and the card format in which it is to be read."""
    _may_change(request)
    return Status(201, shown_card(give_card(person, body)))


@router.patch("/{int:person}/cards/{int:card_id}", response=PersonCardOut, summary="Change a card of a person")
def change_card(request: HttpRequest, person: OfPerson, card_id: Row, body: CardChange) -> PersonCardOut:
    """Change what is given; another number is another card."""
    _may_change(request)
    return shown_card(credentials.change_card(person, card_id, bypass=body.bypass, label=body.label))


@router.delete("/{int:person}/cards/{int:card_id}", response={204: None}, summary="Take a card from a person")
def remove_card(request: HttpRequest, person: OfPerson, card_id: Row) -> Status[None]:
    """It opens nothing any more, as soon as each device knows."""
    _may_change(request)
    credentials.remove_card(person, card_id)
    return Status(204, None)


@router.get("/{int:person}/fingers", response=list[FingerOut], summary="List the fingers of a person")
def list_fingers(request: HttpRequest, person: OfPerson) -> list[FingerOut]:
    """Which are enrolled; templates are not shown to anybody."""
    require(request, VIEW)
    rows = services.one_person(person).fingers.defer("first", "second")
    return [shown_finger(finger) for finger in rows]


@router.patch("/{int:person}/fingers/{int:finger_id}", response=FingerOut, summary="Change a finger of a person")
def change_finger(request: HttpRequest, person: OfPerson, finger_id: Row, body: FingerChange) -> FingerOut:
    """Change what is given."""
    _may_change(request)
    return shown_finger(credentials.change_finger(person, finger_id, duress=body.duress, position=body.position))


@router.delete("/{int:person}/fingers/{int:finger_id}", response={204: None}, summary="Remove a finger of a person")
def remove_finger(request: HttpRequest, person: OfPerson, finger_id: Row) -> Status[None]:
    """From here and from every device."""
    _may_change(request)
    credentials.remove_finger(person, finger_id)
    return Status(204, None)


@router.get("/{int:person}/faces", response=list[FaceOut], summary="List the faces of a person")
def list_faces(request: HttpRequest, person: OfPerson) -> list[FaceOut]:
    """Which are enrolled; templates are not shown to anybody."""
    require(request, VIEW)
    rows = services.one_person(person).faces.defer("template", "still_image")
    return [shown_face(face) for face in rows]


@router.delete("/{int:person}/faces/{int:face_id}", response={204: None}, summary="Remove a face of a person")
def remove_face(request: HttpRequest, person: OfPerson, face_id: Row) -> Status[None]:
    """From here and from every device."""
    _may_change(request)
    credentials.remove_face(person, face_id)
    return Status(204, None)
