"""``/api/v1/card-formats``: how card numbers come out of what readers give."""

from __future__ import annotations

from typing import Annotated, Any, cast

from django.http import HttpRequest
from ninja import Field, Path, Router, Status

from doorward.server.devices.shapes import HIGHEST_NUMBER
from doorward.server.operators.callers import CallerAuth, require
from doorward.server.people import card_formats
from doorward.server.people.api import CREDENTIALS, VIEW
from doorward.server.people.models import CardFormat
from doorward.server.people.shapes import (
    CardRead,
    CardText,
    FormatChange,
    FormatIn,
    FormatOut,
    shown_format,
)

router = Router(auth=CallerAuth())

OfFormat = Path[Annotated[int, Field(ge=1, le=HIGHEST_NUMBER)]]


@router.get("", response=list[FormatOut], summary="List card formats")
def list_formats(request: HttpRequest) -> list[FormatOut]:
    """In the order of their names."""
    require(request, VIEW)
    return [shown_format(form) for form in CardFormat.objects.all()]


@router.post("", response={201: FormatOut}, summary="Add a card format")
def create_format(request: HttpRequest, body: FormatIn) -> Status[FormatOut]:
    """For serial numbers of chips, or for Wiegand bits."""
    require(request, VIEW)
    require(request, CREDENTIALS)
    return Status(201, shown_format(card_formats.create_format(_values(body))))


@router.patch("/{int:format_id}", response=FormatOut, summary="Change a card format")
def change_format(request: HttpRequest, format_id: OfFormat, body: FormatChange) -> FormatOut:
    """Change what is given; cards that were read by it keep their numbers."""
    require(request, VIEW)
    require(request, CREDENTIALS)
    return shown_format(card_formats.change_format(format_id, _values(body)))


@router.delete("/{int:format_id}", response={204: None}, summary="Delete a card format")
def delete_format(request: HttpRequest, format_id: OfFormat) -> Status[None]:
    """Cards that were read by it keep their numbers."""
    require(request, VIEW)
    require(request, CREDENTIALS)
    card_formats.delete_format(format_id)
    return Status(204, None)


@router.post("/{int:format_id}/read", response=CardRead, summary="Read a card by a format")
def read_card(request: HttpRequest, format_id: OfFormat, body: CardText) -> CardRead:
    """What a device keeps of a card, by what a reader gave or somebody typed; nothing is changed."""
    require(request, VIEW)
    read = card_formats.read_card(card_formats.one_format(format_id), body.text)
    return CardRead(number=read.number, custom_id=read.custom_id, facility=read.facility)


def _values(body: FormatChange) -> card_formats.FormatValues:
    given: dict[str, Any] = {
        name: value for name, value in body.model_dump(mode="json", exclude_unset=True).items() if value is not None
    }
    return cast("card_formats.FormatValues", given)
