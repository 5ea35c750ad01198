"""Doors come into being with the devices that open them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models.signals import post_save

from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device
from doorward.server.doors.models import Door, DoorState


def follow_approvals() -> None:
    """From now on a device that is let in gets a door for its relay, within the transaction that lets it in."""
    post_save.connect(_device_saved, sender=Device, weak=False, dispatch_uid="a door for each device")


def _device_saved(instance: Device, raw: bool = False, update_fields: Collection[str] | None = None, **_: Any) -> None:
    # The server notes every minute when a device was last seen: that is no reason to look for its doors.
    if raw or instance.approval != Approval.APPROVED or (update_fields is not None and "approval" not in update_fields):
        return
    if not Door.objects.filter(device=instance).exists():
        make_door(instance, 0)


def make_door(device: Device, number: int, name: str = "") -> Door:
    """Make a door with a state of which nothing is known yet."""
    door = Door.objects.create(device=device, number=number, name=name)
    DoorState.objects.create(door=door)
    return door
