"""``/api/v1/sync``: what devices hold of people and rights, what waits, what does not fit, and what differs."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Query, Router

from doorward.server.cursors import PageQuery, oldest_first
from doorward.server.devices.api import visible_device
from doorward.server.devices.models import Device
from doorward.server.devices.shapes import Number
from doorward.server.operators.callers import CallerAuth, caller_of, require
from doorward.server.sync import services
from doorward.server.sync.choices import Answer
from doorward.server.sync.content import read_content
from doorward.server.sync.models import Difference
from doorward.server.sync.shapes import (
    AnsweredOut,
    ContentOut,
    DifferenceList,
    ProblemList,
    ReplyIn,
    SwitchOn,
    SyncChange,
    SyncList,
    SyncOut,
    shown,
    shown_content,
    shown_difference,
    shown_problem,
)

router = Router(auth=CallerAuth())


class SyncFilter(PageQuery):
    """Which devices are listed."""

    managed: bool | None = Field(None, description="Only those that are switched on, or are not.")


class DifferenceFilter(PageQuery):
    """Which differences are listed."""

    device: Number | None = None
    answer: Answer | None = Field(None, description="Only those that are open, or were kept.")


class ProblemFilter(PageQuery):
    """Which problems are listed."""

    device: Number | None = None


@router.get("", response=SyncList, summary="List how devices stand with people and rights")
def list_devices(request: HttpRequest, filters: Query[SyncFilter]) -> SyncList:
    """All devices that were let in, in the order of their numbers."""
    found = services.standings(require(request, "sync.view").access, managed=filters.managed)
    rows, following = oldest_first(found, filters)
    return SyncList(items=[shown(services.standing_of(device)) for device in rows], next=following)


@router.get("/differences", response=DifferenceList, summary="List what devices hold otherwise than they were given")
def list_differences(request: HttpRequest, filters: Query[DifferenceFilter]) -> DifferenceList:
    """Found when devices are read: every night, on command, and after changes at their own menus."""
    access = require(request, "sync.view").access
    rows, following = oldest_first(
        services.differences(access, device_id=filters.device, answer=filters.answer), filters
    )
    return DifferenceList(items=[shown_difference(row) for row in rows], next=following)


@router.post("/differences/{int:difference_id}/answer", response=AnsweredOut, summary="Answer a difference")
def answer_difference(request: HttpRequest, difference_id: int, body: ReplyIn) -> AnsweredOut:
    """Keep what the device holds, take it over into the data, or overwrite it."""
    row = _visible_difference(request, difference_id)
    require(request, "sync.manage", row.device)
    services.answer(row, body.answer)
    return AnsweredOut(answered=1)


@router.get("/problems", response=ProblemList, summary="List who cannot be on a device as they should")
def list_problems(request: HttpRequest, filters: Query[ProblemFilter]) -> ProblemList:
    """Who does not fit on a device or was refused by it, and why."""
    access = require(request, "sync.view").access
    rows, following = oldest_first(services.problems(access, device_id=filters.device), filters)
    return ProblemList(items=[shown_problem(row) for row in rows], next=following)


@router.get("/devices/{int:device_id}", response=SyncOut, summary="Show how a device stands with people and rights")
def show_device(request: HttpRequest, device_id: int) -> SyncOut:
    """One device."""
    return _shown(_device(request, device_id, "sync.view"))


@router.patch("/devices/{int:device_id}", response=SyncOut, summary="Change what happens to changes at a device")
def change_device(request: HttpRequest, device_id: int, body: SyncChange) -> SyncOut:
    """Ask an operator, or overwrite. 409 where the device is not switched on."""
    device = _device(request, device_id, "sync.manage")
    services.set_hand_edits(device, body.hand_edits)
    return _shown(device)


@router.get("/devices/{int:device_id}/content", response=ContentOut, summary="Show what is on a device now")
def show_content(request: HttpRequest, device_id: int) -> ContentOut:
    """Read everybody on it, and tell what would become of them when it is switched on. 409 when it is not connected."""
    device = _device(request, device_id, "sync.manage")
    return shown_content(device, read_content(device), caller_of(request).access)


@router.post("/devices/{int:device_id}/switch-on", response=SyncOut, summary="Let people on a device come from here")
def switch_on(request: HttpRequest, device_id: int, body: SwitchOn) -> SyncOut:
    """Read the device, and bring it what it should hold. Read what is on it before."""
    device = _device(request, device_id, "sync.manage")
    services.switch_on(device, hand_edits=body.hand_edits)
    return _shown(device)


@router.post("/devices/{int:device_id}/switch-off", response=SyncOut, summary="Leave the people on a device alone")
def switch_off(request: HttpRequest, device_id: int) -> SyncOut:
    """What is on it stays there, and nothing more is sent."""
    device = _device(request, device_id, "sync.manage")
    services.switch_off(device)
    return _shown(device)


@router.post("/devices/{int:device_id}/check", response=SyncOut, summary="Have a device read and compared")
def check(request: HttpRequest, device_id: int) -> SyncOut:
    """As soon as it is connected. 409 where the device is not switched on."""
    device = _device(request, device_id, "sync.manage")
    services.check_now(device)
    return _shown(device)


@router.post(
    "/devices/{int:device_id}/answer", response=AnsweredOut, summary="Answer all open differences of a device alike"
)
def answer_all(request: HttpRequest, device_id: int, body: ReplyIn) -> AnsweredOut:
    """Keep or overwrite them; people are taken over one by one."""
    return AnsweredOut(answered=services.answer_all(_device(request, device_id, "sync.manage"), body.answer))


def _device(request: HttpRequest, device_id: int, right: str) -> Device:
    device = visible_device(request, device_id)
    require(request, right, device)
    return device


def _visible_difference(request: HttpRequest, difference_id: int) -> Difference:
    """A difference that the caller may see; another one is as unknown to him as one that is not there."""
    require(request, "sync.view")
    row = services.one_difference(difference_id)
    if not caller_of(request).access.may_in("sync.view", row.device.group_id):
        raise services.UnknownDifference(difference_id)
    return row


def _shown(device: Device) -> SyncOut:
    return shown(services.standing(device))
