"""``/api/v1/person-fields``: the fields of its own that a site keeps of its people."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Status

from doorward.server.operators.callers import CallerAuth, require
from doorward.server.people import own_fields
from doorward.server.people.api import EDIT, VIEW
from doorward.server.people.models import PersonField
from doorward.server.people.shapes import FieldChange, FieldIn, FieldOut, shown_field

router = Router(auth=CallerAuth())


@router.get("", response=list[FieldOut], summary="List own fields of people")
def list_fields(request: HttpRequest) -> list[FieldOut]:
    """In the order in which they are shown."""
    require(request, VIEW)
    return [shown_field(found) for found in PersonField.objects.all()]


@router.post("", response={201: FieldOut}, summary="Add an own field of people")
def create_field(request: HttpRequest, body: FieldIn) -> Status[FieldOut]:
    """Kind and short name never change."""
    require(request, VIEW)
    require(request, EDIT)
    found = own_fields.create_field(body.name, body.kind, slug=body.slug, choices=body.choices, order=body.order)
    return Status(201, shown_field(found))


@router.patch("/{slug}", response=FieldOut, summary="Change an own field of people")
def change_field(request: HttpRequest, slug: str, body: FieldChange) -> FieldOut:
    """Change what is given; a choice that somebody has stays."""
    require(request, VIEW)
    require(request, EDIT)
    return shown_field(own_fields.change_field(slug, name=body.name, choices=body.choices, order=body.order))


@router.delete("/{slug}", response={204: None}, summary="Remove an own field of people")
def delete_field(request: HttpRequest, slug: str) -> Status[None]:
    """Its values go with it."""
    require(request, VIEW)
    require(request, EDIT)
    own_fields.delete_field(slug)
    return Status(204, None)
