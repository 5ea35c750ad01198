"""``/api/v1/people``: list, add, show, change, remove, and photos."""

from __future__ import annotations

from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import File, Path, Query, Router, Status
from ninja.files import UploadedFile

from doorward.model import people as model
from doorward.model.errors import InvalidInput
from doorward.server.access.services import set_groups
from doorward.server.doors.pictures import LARGEST_FILE
from doorward.server.doors.plan_api import PICTURE_POLICY
from doorward.server.operators.callers import CallerAuth, caller_of, require
from doorward.server.people import card_formats, credentials, photos, services
from doorward.server.people.departments import one_department
from doorward.server.people.models import Card, CardFormat, Department
from doorward.server.people.services import PersonValues
from doorward.server.people.shapes import (
    CardIn,
    PersonChange,
    PersonFilter,
    PersonIn,
    PersonList,
    PersonNumber,
    PersonOut,
    shown_person,
)

router = Router(auth=CallerAuth())

OfPerson = Path[PersonNumber]
VIEW, EDIT, CREDENTIALS = "people.view", "people.edit", "people.credentials"
APART = frozenset({"number", "pin", "cards", "groups"})
"""What of a new person is no value of the person itself."""


def answer(request: HttpRequest, number: int) -> PersonOut:
    """A person as the API shows it to the caller.

    Raises:
        UnknownPerson: There is none.
    """
    person = services.listed_people().filter(number=number).first()
    if person is None:
        raise services.UnknownPerson(number)
    return shown_person(person, with_groups=caller_of(request).access.may("access.view"))


def give_card(number: int, card: CardIn) -> Card:
    """Give a person a card, whose number is typed or comes out of what a reader gave.

    Raises:
        InvalidInput: Neither or both are given, or the card is not allowed.
    """
    form = None if card.format is None else _format(card.format)
    if (card.number is None) == (not card.text):
        raise InvalidInput("number", card.number, "either a number, or 'text' together with 'format'")
    if card.number is not None:
        found = model.Card(card.number, card.custom_id, card.bypass)
    elif form is None:
        raise InvalidInput("format", None, "the number of the card format by which 'text' is to be read")
    else:
        read = card_formats.read_card(form, card.text)
        found = model.Card(read.number, read.custom_id, card.bypass)
    return credentials.add_card(number, found, label=card.label, form=form)


@router.get("", response=PersonList, summary="List people")
def list_people(request: HttpRequest, filters: Query[PersonFilter]) -> PersonList:
    """People in the order of their numbers."""
    access = require(request, VIEW).access
    department = None if filters.department is None else one_department(filters.department)
    rows = services.search(
        services.listed_people(), text=filters.q.strip(), card=filters.card, department=department, group=filters.group
    )
    if filters.group is not None:
        require(request, "access.view")
    if filters.disabled is not None:
        rows = rows.filter(disabled=filters.disabled)
    found = list(rows.filter(number__gt=filters.after)[: filters.limit + 1])
    page = found[: filters.limit]
    return PersonList(
        items=[shown_person(person, with_groups=access.may("access.view")) for person in page],
        next=page[-1].number if len(found) > filters.limit else None,
    )


@router.post("", response={201: PersonOut}, summary="Add a person")
def create_person(request: HttpRequest, body: PersonIn) -> Status[PersonOut]:
    """Add a person; a PIN and cards ask for the right to credentials, groups for that to access."""
    require(request, VIEW)
    require(request, EDIT)
    if body.pin or body.cards:
        require(request, CREDENTIALS)
    if body.groups:
        require(request, "access.edit")
    with transaction.atomic():
        person = services.create_person(_values(body), number=body.number)
        credentials.set_pin(person.number, body.pin)
        for card in body.cards:
            give_card(person.number, card)
        set_groups(person.number, body.groups)
    return Status(201, answer(request, person.number))


@router.get("/{int:number}", response=PersonOut, summary="Show a person")
def show_person(request: HttpRequest, number: OfPerson) -> PersonOut:
    """One person."""
    require(request, VIEW)
    return answer(request, number)


@router.patch("/{int:number}", response=PersonOut, summary="Change a person")
def change_person(request: HttpRequest, number: OfPerson, body: PersonChange) -> PersonOut:
    """Change what is given; the number stays."""
    require(request, VIEW)
    require(request, EDIT)
    services.change_person(number, _values(body))
    return answer(request, number)


@router.delete("/{int:number}", response={204: None}, summary="Remove a person")
def delete_person(request: HttpRequest, number: OfPerson) -> Status[None]:
    """Remove a person with all credentials, from here and from every device; events keep the number."""
    require(request, VIEW)
    require(request, EDIT)
    services.delete_person(number)
    return Status(204, None)


@router.get(
    "/{int:number}/photo",
    summary="The photo of a person",
    openapi_extra={"responses": {200: {"description": "The photo.", "content": {photos.KIND: {}}}}},
)
def show_photo(request: HttpRequest, number: OfPerson) -> HttpResponse:
    """The picture itself."""
    require(request, VIEW)
    person = services.one_person(number)
    tag = f'"{person.photo_digest}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": PICTURE_POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    if person.photo_digest and request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(photos.photo_of(person), content_type=photos.KIND, headers=headers)


@router.post("/{int:number}/photo", response=PersonOut, summary="Upload a photo of a person")
def set_photo(request: HttpRequest, number: OfPerson, picture: File[UploadedFile]) -> PersonOut:
    """PNG, JPEG or WebP of at most 10 MB; it is written anew, without whatever else the file held."""
    require(request, VIEW)
    require(request, EDIT)
    if picture.size is None or picture.size > LARGEST_FILE:
        raise InvalidInput("picture", f"<{picture.size} bytes>", f"at most {LARGEST_FILE // 1024 // 1024} MB")
    photos.set_photo(number, picture.read())
    return answer(request, number)


@router.delete("/{int:number}/photo", response={204: None}, summary="Forget the photo of a person")
def remove_photo(request: HttpRequest, number: OfPerson) -> Status[None]:
    """Without one nothing happens."""
    require(request, VIEW)
    require(request, EDIT)
    photos.remove_photo(number)
    return Status(204, None)


def _values(body: PersonChange) -> PersonValues:
    given: dict[str, Any] = body.model_dump(exclude_unset=True, exclude=set(APART))
    if "department_id" in given:
        given["department"] = _department(given.pop("department_id"))
    if given.get("fields") is None:
        given.pop("fields", None)
    # The services check every value, whatever its type.
    return cast("PersonValues", given)


def _department(department_id: int | None) -> Department | None:
    if department_id is None:
        return None
    found = Department.objects.filter(pk=department_id).first()
    if found is None:
        raise InvalidInput("department_id", department_id, "the number of a department")
    return found


def _format(format_id: int) -> CardFormat:
    found = CardFormat.objects.filter(pk=format_id).first()
    if found is None:
        raise InvalidInput("format", format_id, "the number of a card format")
    return found
