"""``/api/v1/takeovers``: people and rights of running devices are brought into the data, in two steps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from doorward.server.cursors import PageQuery, newest_first, oldest_first
from doorward.server.devices.models import Device
from doorward.server.devices.services import UnknownDevice
from doorward.server.jobs.api import JobOut
from doorward.server.jobs.api import shown as shown_job
from doorward.server.operators.callers import Caller, CallerAuth, require
from doorward.server.takeover import services
from doorward.server.takeover.choices import TakeoverState
from doorward.server.takeover.job import RIGHT
from doorward.server.takeover.models import Takeover, TakeoverConflict

router = Router(auth=CallerAuth())

HIGHEST = 2**63 - 1
RIGHTS = (RIGHT, "people.credentials", "access.edit", "sync.manage")
"""All of them are needed: it brings people, what they show, what they may, and reads whole devices."""


class TakeoverOrder(Schema):
    """Which devices are read."""

    devices: Annotated[list[Annotated[int, Field(ge=0, le=HIGHEST)]], Field(min_length=1, max_length=500)]


class TakeoverDevice(Schema):
    """A device of a takeover."""

    device: int
    name: str
    people: int = Field(description="How many people it holds.")
    read: bool


class TakeoverGroup(Schema):
    """A group of devices as an own group."""

    name: str
    devices: list[int]
    people: int


class TakeoverOut(Schema):
    """A takeover as the API shows it."""

    id: int
    state: TakeoverState
    words: str
    job: JobOut | None
    devices: list[TakeoverDevice]
    created: datetime
    compared: datetime | None
    applied: datetime | None
    expires: datetime = Field(description="When it is forgotten, with all that was read.")
    people: int
    added: int = Field(description="How many of them are new here.")
    known: int = Field(description="How many of them are here already.")
    conflicts: int = Field(description="Questions.")
    open: int = Field(description="Questions that are not answered.")
    groups: list[TakeoverGroup]
    remarks: list[str]
    plan: str = Field(description="Goes back with the word to apply it: it says what was seen.")


class TakeoverList(Schema):
    """A page of takeovers."""

    items: list[TakeoverOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class TakeoverOption(Schema):
    """One of several things that are said."""

    choice: str
    devices: list[int] = Field(description="The devices that say so.")
    ours: bool = Field(description="Whether it is said here already.")
    shown: str = Field(description="What is said; of a secret, that there is one.")


class TakeoverConflictOut(Schema):
    """Something that is said differently of a person."""

    id: int
    number: int
    field: str
    options: list[TakeoverOption]
    choice: str = Field(description="Empty before somebody decided.")


class TakeoverConflictList(Schema):
    """A page of conflicts."""

    items: list[TakeoverConflictOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class ConflictQuery(PageQuery):
    """Which conflicts are listed."""

    only_open: Annotated[bool, Field(description="Only those that are not answered.")] = False


class Decision(Schema):
    """An answer."""

    id: Annotated[int, Field(ge=0, le=HIGHEST, description="Of the conflict.")]
    choice: Annotated[str, Field(max_length=20, description="That of an option, a device that says so, or 'ours'.")]


class Decisions(Schema):
    """Answers."""

    choices: Annotated[list[Decision], Field(max_length=1000)] = []  # noqa: RUF012 - the library copies it
    others: Annotated[
        str, Field(max_length=20, description="For all that are still open and have it: a device, or 'ours'.")
    ] = ""


class CompareOrder(Schema):
    """How it is compared once more."""

    read: Annotated[bool, Field(description="Read the devices anew.")] = False


class TakeoverWord(Schema):
    """The word to apply a takeover."""

    plan: str = Field(max_length=64, description="That of the takeover as it was seen.")


@router.get("", response=TakeoverList, summary="List takeovers")
def list_takeovers(request: HttpRequest, page: Query[PageQuery]) -> TakeoverList:
    """The caller's own takeovers, the newest first."""
    found, following = newest_first(services.takeovers_of(_caller(request).operator), page)
    return TakeoverList(items=[_shown(item) for item in found], next=following)


@router.post("", response={202: TakeoverOut}, summary="Read devices to take them over")
def begin_takeover(request: HttpRequest, order: TakeoverOrder) -> Status[TakeoverOut]:
    """Read all people and rights of live devices and compare them; nothing is changed anywhere."""
    caller = _caller(request)
    rows = caller.access.among("sync.manage", Device.objects.all()).in_bulk(order.devices)
    for number in order.devices:
        if number not in rows:
            raise UnknownDevice(number)
    return Status(202, _shown(services.begin(caller.operator, list(rows.values()))))


@router.get("/{int:number}", response=TakeoverOut, summary="Show a takeover")
def show_takeover(request: HttpRequest, number: int) -> TakeoverOut:
    """How far it has come, and what it does or did."""
    return _shown(_takeover(request, number))


@router.get("/{int:number}/conflicts", response=TakeoverConflictList, summary="List the conflicts of a takeover")
def list_conflicts(request: HttpRequest, number: int, filters: Query[ConflictQuery]) -> TakeoverConflictList:
    """What devices, or a device and the data, say differently, field by field."""
    rows = _takeover(request, number).conflicts.all()
    if filters.only_open:
        rows = rows.filter(choice="")
    found, following = oldest_first(rows, filters)
    return TakeoverConflictList(items=[_conflict(row) for row in found], next=following)


@router.post("/{int:number}/decisions", response=TakeoverOut, summary="Decide on conflicts")
def decide(request: HttpRequest, number: int, order: Decisions) -> TakeoverOut:
    """This device, that one, or keep ours."""
    item = _takeover(request, number)
    services.decide(item, [(one.id, one.choice) for one in order.choices], order.others)
    return _shown(item)


@router.post("/{int:number}/compare", response={202: TakeoverOut}, summary="Compare once more")
def compare_takeover(request: HttpRequest, number: int, order: CompareOrder) -> Status[TakeoverOut]:
    """What was decided stays where the question is the same."""
    item = _takeover(request, number)
    services.compare(item, read=order.read)
    return Status(202, _shown(_takeover(request, number)))


@router.post("/{int:number}/apply", response={202: TakeoverOut}, summary="Apply a takeover")
def apply_takeover(request: HttpRequest, number: int, order: TakeoverWord) -> Status[TakeoverOut]:
    """Bring people, credentials, groups, schedules and holidays into the data, in one transaction."""
    services.apply(_takeover(request, number), order.plan)
    return Status(202, _shown(_takeover(request, number)))


@router.delete("/{int:number}", response={204: None}, summary="Drop a takeover")
def drop_takeover(request: HttpRequest, number: int) -> Status[None]:
    """Forget all that was read; what was applied stays."""
    services.drop(_takeover(request, number))
    return Status(204, None)


def _caller(request: HttpRequest) -> Caller:
    for right in RIGHTS:
        caller = require(request, right)
    return caller


def _takeover(request: HttpRequest, number: int) -> Takeover:
    return services.one_takeover(min(number, HIGHEST), _caller(request).operator)


def _conflict(row: TakeoverConflict) -> TakeoverConflictOut:
    options = [TakeoverOption(**option) for option in row.options]
    return TakeoverConflictOut(id=row.pk, number=row.number, field=row.field, options=options, choice=row.choice)


def _shown(item: Takeover) -> TakeoverOut:
    devices = item.devices.select_related("device").order_by("device_id")
    return TakeoverOut(
        id=item.pk,
        state=TakeoverState(services.standing(item)),
        words=item.words,
        job=shown_job(item.job) if item.job is not None else None,
        devices=[
            TakeoverDevice(device=one.device_id, name=str(one.device), people=one.people, read=one.tables is not None)
            for one in devices
        ],
        created=item.created,
        compared=item.compared,
        applied=item.applied,
        expires=item.expires,
        people=item.people,
        added=item.added,
        known=item.changed,
        conflicts=item.conflict_count,
        open=item.conflicts.filter(choice="").count(),
        groups=[TakeoverGroup(**group) for group in item.groups],
        remarks=item.remarks,
        plan=item.plan,
    )
