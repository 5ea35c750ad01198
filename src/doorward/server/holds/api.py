"""``/api/v1/devices/{number}/hold``: who has a device in direct mode, and having it oneself."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router, Status

from doorward.server.devices.api import visible_device
from doorward.server.devices.models import Device
from doorward.server.devices.services import one_device
from doorward.server.devices.shapes import Reason, shown_holder
from doorward.server.holds import services
from doorward.server.holds.choices import HoldKind
from doorward.server.holds.clients import client_of
from doorward.server.holds.holder import holder_of
from doorward.server.holds.models import Hold, HoldRequest
from doorward.server.holds.shapes import (
    HoldIn,
    HoldOut,
    PastHoldFilter,
    PastHoldList,
    TakeOverIn,
    shown_past,
    shown_request,
)
from doorward.server.operators.callers import CallerAuth, require
from doorward.server.system.services import running_server

router = Router(auth=CallerAuth())


def _of(request: HttpRequest, device_id: int, right: str) -> Device:
    device = visible_device(request, device_id)
    require(request, right, device)
    return device


def _answer(device_id: int) -> HoldOut:
    device = one_device(device_id)
    requests = HoldRequest.objects.filter(hold__device=device, hold__ended__isnull=True)
    return HoldOut(
        holder=shown_holder(holder_of(device, server_runs=running_server() is not None)),
        requests=[shown_request(row) for row in requests],
    )


@router.get("/{int:device_id}/hold", response=HoldOut, summary="Show who has a device")
def show_hold(request: HttpRequest, device_id: int) -> HoldOut:
    """Who has it, since when and why, and who asked for it. In server mode everybody shares a device."""
    return _answer(visible_device(request, device_id).pk)


@router.post("/{int:device_id}/hold", response=HoldOut, summary="Have a device alone")
def take_hold(request: HttpRequest, device_id: int, body: HoldIn | None = None) -> HoldOut:
    """Have a device in direct mode alone, or leave its line to another program.

    It lasts as long as you show signs of life (see ``keep``), and ends with your session, token or account.
    """
    device = _of(request, device_id, "devices.hold")
    wanted = body or HoldIn()
    services.hold(
        device.pk,
        client_of(request),
        kind=HoldKind(wanted.kind),
        seconds=wanted.seconds,
        reason=wanted.reason,
        program=wanted.program,
    )
    return _answer(device.pk)


@router.post("/{int:device_id}/hold/keep", response=HoldOut, summary="Go on having a device alone")
def keep_hold(request: HttpRequest, device_id: int) -> HoldOut:
    """A sign of life: your hold lasts its time from now on. Send one at least every third of that time."""
    device = _of(request, device_id, "devices.hold")
    services.keep(device.pk, client_of(request))
    return _answer(device.pk)


@router.delete("/{int:device_id}/hold", response={204: None}, summary="Give a device back")
def give_up_hold(request: HttpRequest, device_id: int) -> Status[None]:
    """End your hold: everybody who may can work with the device again."""
    device = _of(request, device_id, "devices.hold")
    services.give_up(device.pk, client_of(request))
    return Status(204, None)


@router.post("/{int:device_id}/hold/ask", response=HoldOut, summary="Ask for a device that is held")
def ask_for_hold(request: HttpRequest, device_id: int, body: Reason | None = None) -> HoldOut:
    """Ask whoever has it to give it up; he is shown that at once."""
    device = _of(request, device_id, "devices.hold")
    services.ask_for(device.pk, client_of(request), reason=body.reason if body else "")
    return _answer(device.pk)


@router.post("/{int:device_id}/hold/take-over", response=HoldOut, summary="Take a device over")
def take_over(request: HttpRequest, device_id: int, body: TakeOverIn | None = None) -> HoldOut:
    """End the hold of whoever has it, and have it yourself."""
    device = _of(request, device_id, "devices.takeover")
    wanted = body or TakeOverIn()
    services.take_over(device.pk, client_of(request), seconds=wanted.seconds, reason=wanted.reason)
    return _answer(device.pk)


@router.get("/{int:device_id}/holds", response=PastHoldList, summary="List who had a device")
def list_holds(request: HttpRequest, device_id: int, filters: Query[PastHoldFilter]) -> PastHoldList:
    """Each hold of the device from its beginning to its end, the newest first."""
    found = Hold.objects.filter(device=visible_device(request, device_id)).order_by("-pk")
    if filters.before is not None:
        found = found.filter(pk__lt=filters.before)
    rows = list(found[: filters.limit + 1])
    page = rows[: filters.limit]
    return PastHoldList(items=[shown_past(row) for row in page], next=page[-1].pk if len(rows) > len(page) else None)
