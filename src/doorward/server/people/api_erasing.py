"""``/api/v1/people``: erase somebody, and give out all that is kept of somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from doorward.model.errors import InvalidInput
from doorward.server.cursors import PageQuery, newest_first
from doorward.server.jobs import services as jobs
from doorward.server.jobs.api import JobOut
from doorward.server.jobs.api import shown as shown_job
from doorward.server.operators.callers import CallerAuth, require
from doorward.server.people.erasing import erase
from doorward.server.people.models import ErasedPerson
from doorward.server.people.services import one_person

router = Router(auth=CallerAuth())

RIGHT = "people.erase"
GIVE_OUT = "people.give_out"
HIGHEST = 2**63 - 1


class EraseOrder(Schema):
    """The word to erase somebody for good."""

    confirm: Annotated[int, Field(ge=1, le=HIGHEST, description="The number once more, so that nobody else goes.")]


class ErasedPersonOut(Schema):
    """Somebody who was erased."""

    pseudonym: str = Field(description="Stands for the person wherever an event names one.")
    at: datetime
    by: str


class ErasedPersonList(Schema):
    """A page of those who were erased."""

    items: list[ErasedPersonOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


@router.get("/erased", response=ErasedPersonList, summary="List who was erased")
def list_erased(request: HttpRequest, page: Query[PageQuery]) -> ErasedPersonList:
    """Pseudonyms, the newest first; nobody is shown whose they are."""
    require(request, RIGHT)
    found, following = newest_first(ErasedPerson.objects.all(), page)
    return ErasedPersonList(items=[_shown(row) for row in found], next=following)


@router.post("/{int:number}/erase", response=ErasedPersonOut, summary="Erase a person")
def erase_person(request: HttpRequest, number: int, order: EraseOrder) -> ErasedPersonOut:
    """For good: data, photo, credentials, groups and pictures go, here and on every device.

    Events stay under a pseudonym, and nobody finds them by the number.
    Files of exports and uploads that are not applied yet go too, whoever they belong to.
    """
    require(request, RIGHT)
    if order.confirm != number:
        raise InvalidInput("confirm", order.confirm, f"{number}, the number of the person who is to be erased")
    return _shown(erase(number))


@router.post("/{int:number}/data-export", response={202: JobOut}, summary="Give out all that is kept of a person")
def give_out(request: HttpRequest, number: int) -> Status[JobOut]:
    """Start a job that writes an archive for the person who asks: data, photo, events, pictures of events."""
    caller = require(request, RIGHT)
    person = one_person(min(number, HIGHEST))
    asked = {"person": person.number}
    return Status(202, shown_job(jobs.start(GIVE_OUT, asked, caller.operator, asked=asked)))


def _shown(row: ErasedPerson) -> ErasedPersonOut:
    return ErasedPersonOut(pseudonym=row.pseudonym, at=row.at, by=row.by)
