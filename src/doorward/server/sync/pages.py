"""Pages of what devices hold of people and rights: all devices, and one with its problems and differences."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from doorward.server.console.frame import console_page, page
from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device
from doorward.server.devices.shapes import HIGHEST_DEVICE_ID
from doorward.server.events.reading import last_position
from doorward.server.operators.access import Access
from doorward.server.read_only_admin import device_address

VIEW: Final = "sync.view"
MANAGE: Final = "sync.manage"


@console_page(VIEW)
def sync(request: HttpRequest) -> HttpResponse:
    """Every device: whether its people come from here, what waits, what does not fit, what differs."""
    return page(request, "sync/sync.html", title=_("Sync"), context={"data": _data(request)})


@console_page(VIEW)
def sync_device(request: HttpRequest, device_id: int) -> HttpResponse:
    """One device: what it holds, who does not fit and why, and what was changed at it."""
    found = Device.objects.filter(pk=min(device_id, HIGHEST_DEVICE_ID), approval=Approval.APPROVED).first()
    if found is None or not request.user.has_perm(VIEW, found):
        raise Http404
    data = _data(request) | {
        "device": found.pk,
        "name": str(found),
        "may_manage": request.user.has_perm(MANAGE, found),
    }
    above = [(_("Sync"), reverse("console:sync"))]
    address = device_address(found.pk) if request.user.has_perm("devices.view", found) else ""
    context = {"data": data, "device_address": address}
    return page(request, "sync/device.html", title=str(found), above=above, context=context)


def _data(request: HttpRequest) -> dict[str, Any]:
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded
    return {
        "api": "/api/v1/sync",
        "position": last_position(),
        "here": reverse("console:sync_device", args=[0]),
        "person": reverse("console:person", args=[0]) if access.may("people.view") else "",
        "names": reverse("console:people_names") if access.may("people.view") else "",
        "may_manage": access.may(MANAGE),
        "take_over": reverse("console:take_over") if access.may("people.import") else "",
    }


console_urlpatterns = [
    path("sync/", sync, name="sync"),
    path("sync/<int:device_id>/", sync_device, name="sync_device"),
]
