"""``/api/v1/devices/{number}/network``: how a connected device is set up on its network, over its connection."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema

from doorward.gateway.collaborators import ReadNetworkSettings, WriteNetworkSettings
from doorward.model.network_settings import MODES, NetworkChanges
from doorward.server.devices.api import visible_device
from doorward.server.devices.commands import CommandRefused, ask, give
from doorward.server.operators.callers import CallerAuth, require

router = Router(auth=CallerAuth())

Ip = Annotated[str, Field(max_length=40)]


class NetworkOut(Schema):
    """How a device is set up on its network; null where the model has no such setting."""

    mode: str = Field(description="'direct': a client dials the device; 'server': the device dials the server.")
    dhcp: bool
    address: str
    mask: str
    gateway: str
    port: int
    server_address: str
    server_port: int | None
    tls_server_port: int | None
    synchronize_time: bool | None
    max_connections: int | None
    mtu: int | None


class NetworkChange(Schema):
    """What shall become different; what is left out stays."""

    mode: Annotated[str, Field(description=" or ".join(MODES), max_length=10)] | None = None
    dhcp: bool | None = None
    address: Ip | None = None
    mask: Ip | None = None
    gateway: Annotated[Ip, Field(description="Empty for none.")] | None = None
    port: int | None = None
    server_address: Annotated[Ip, Field(description="Empty for none.")] | None = None
    server_port: int | None = None
    tls_server_port: int | None = None
    synchronize_time: bool | None = None
    max_connections: int | None = None
    mtu: int | None = None

    def changes(self) -> NetworkChanges:
        """The changes as the rest of the program knows them."""
        return NetworkChanges(**self.model_dump(exclude_none=True))


class NetworkChanged(Schema):
    """What a change did."""

    words: str
    before: NetworkOut
    after: NetworkOut
    written: bool = Field(description="Whether anything was sent; false when the device had these settings already.")


@router.get("/{int:device_id}/network", response=NetworkOut, summary="Read a device's network settings")
def read_network(request: HttpRequest, device_id: int) -> NetworkOut:
    """Ask the device over its connection."""
    device = visible_device(request, device_id)
    require(request, "devices.configure", device)
    return NetworkOut(**ask(device, ReadNetworkSettings).data)


@router.patch("/{int:device_id}/network", response=NetworkChanged, summary="Change a device's network settings")
def change_network(request: HttpRequest, device_id: int, body: NetworkChange) -> NetworkChanged:
    """Change the named settings over the device's connection; it restarts its network and connects anew."""
    device = visible_device(request, device_id)
    require(request, "devices.configure", device)
    changes = body.changes()
    changes.check()
    outcome = give(device, "device.network", partial(WriteNetworkSettings, changes=changes), after=dict(changes.named))
    if not outcome.succeeded:
        raise CommandRefused.of(outcome)
    return NetworkChanged(words=outcome.words, **outcome.data)
