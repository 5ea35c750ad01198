"""Moving a port of the server: every place that must follow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorward.model.errors import InvalidInput
from doorward.ports.move import DEVICE_PORT, WEB_PORT, DialledBy, Move, plan_move
from doorward.protocol.biostar1.models import MODELS
from doorward.server.console.frame import console_page, page
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import Device
from doorward.server.operators.access import Access
from doorward.server.ports_pages.surroundings import own_ports
from doorward.transport.address import Address
from doorward.transport.port_holder import find_holder

RIGHT: Final = "ports.view"
SEARCH_RIGHT: Final = "network.search"
CHANGE_RIGHT: Final = "network.change"
# Models of this direct-mode port have no field for the server's port.
FIXED_SERVER_PORT_CLASS: Final = 1471
TITLES: Final = {WEB_PORT: gettext_lazy("Console and API"), DEVICE_PORT: gettext_lazy("Devices that dial in")}
WHO: Final = {"you": gettext_lazy("you")}


class MoveForm(forms.Form):
    """Which port becomes which."""

    old = forms.TypedChoiceField(label=gettext_lazy("Port"), coerce=int)
    new = forms.IntegerField(label=gettext_lazy("Becomes"), min_value=1, max_value=65535)

    def __init__(self, ports: dict[str, int], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["old"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(port, f"{port} · {TITLES.get(key, key)}") for key, port in ports.items()]


@console_page(RIGHT)
def move(request: HttpRequest) -> HttpResponse:
    """Ask for the new number and show what must follow; nothing is changed."""
    ports = own_ports()
    form = MoveForm(ports, request.GET if "new" in request.GET else None)
    context: dict[str, Any] = {"here": "move", "form": form}
    if form.is_bound and form.is_valid():
        old, new = form.cleaned_data["old"], form.cleaned_data["new"]
        access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded
        devices = devices_that_dial(access)
        try:
            found = plan_move(
                old,
                new,
                ports=ports,
                settings_file=str(settings.DOORWARD.path),
                variables=[name for name in os.environ if name.startswith("DOORWARD_")],
                told_port=settings.DOORWARD.devices.told_port,
                devices=devices,
            )
        except InvalidInput as error:
            form.add_error("new", _("Allowed: %(allowed)s.") % {"allowed": error.allowed})
        else:
            context |= {
                "move": found,
                "places": [(place, _who(found, place.by)) for place in found.places],
                "held_by": find_holder(Address("", new), "tcp"),
                "send": _sendable(found, devices),
                "may_send": access.may(SEARCH_RIGHT) and access.may(CHANGE_RIGHT),
            }
    return page(request, "ports_pages/move.html", title=_("Move a port"), context=context)


def devices_that_dial(access: Access) -> list[DialledBy]:
    """The devices in server mode that somebody may see."""
    rows = Device.objects.filter(mode=Mode.SERVER, generation="biostar1").exclude(approval=Approval.BLOCKED)
    return [
        DialledBy(row.device_id, row.name, row.last_address, _movable(row.model))
        for row in access.among("devices.view", rows, "group").order_by("device_id")
    ]


def _sendable(found: Move, devices: Sequence[DialledBy]) -> list[dict[str, Any]]:
    """The devices to which the page can send the new port; none where they do not dial it, or go on dialling another.

    The page asks the API for each of them, which notes it in the audit log.
    """
    if found.setting != DEVICE_PORT or settings.DOORWARD.devices.told_port:
        return []
    return [
        {
            "device_id": device.device_id,
            "name": device.name or str(device.device_id),
            "addresses": [address] if (address := device.address.partition(":")[0]) else [],
        }
        for device in devices
        if device.movable is not False
    ]


def _movable(model: str) -> bool | None:
    found = next((item for item in MODELS if item.slug == model), None)
    return None if found is None else found.tcp_port != FIXED_SERVER_PORT_CLASS


def _who(found: Move, by: str) -> tuple[str, bool]:
    """Who does it, in words or as the command that does; and whether it is a command."""
    if by in WHO:
        return str(WHO[by]), False
    return f"doorward ports move {found.old} {found.new} {by}", True


urlpatterns: list[URLPattern] = [path("ports/move/", move, name="ports_move")]
