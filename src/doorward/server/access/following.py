"""Rights follow doors and devices: whatever goes or moves there, the devices that it concerns are looked at."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from doorward.server.access.models import AccessRight
from doorward.server.devices.models import Device
from doorward.server.doors.models import Door
from doorward.server.people.models import Person
from doorward.server.sync.marking import mark_people, mark_tables

_HAD_RIGHTS: Final = "_rights_before"
_ZONE: Final = "_zone_before"


def follow_doors_and_devices() -> None:
    """From now on, whoever removes a door or moves a device to another zone has what it means for rights sent."""
    pre_delete.connect(_door_goes, sender=Door, weak=False, dispatch_uid="rights at a door that goes")
    post_delete.connect(_door_went, sender=Door, weak=False, dispatch_uid="rights at a door that went")
    pre_save.connect(_device_changes, sender=Device, weak=False, dispatch_uid="people at a device that changes")
    post_save.connect(_device_changed, sender=Device, weak=False, dispatch_uid="people at a device that changed")


def _door_goes(instance: Door, **_: Any) -> None:
    instance.__dict__[_HAD_RIGHTS] = AccessRight.objects.filter(door=instance).exists()


def _door_went(instance: Door, **_: Any) -> None:
    if instance.__dict__.pop(_HAD_RIGHTS, False):
        mark_tables([instance.device_id])


def _device_changes(
    instance: Device, raw: bool = False, update_fields: Collection[str] | None = None, **_: Any
) -> None:
    # The server notes every minute when a device was last seen: that is no reason to look for its zone.
    if raw or instance._state.adding or (update_fields is not None and "zone" not in update_fields):
        return
    instance.__dict__[_ZONE] = Device.objects.filter(pk=instance.pk).values_list("zone", flat=True).first()


def _device_changed(instance: Device, **_: Any) -> None:
    before = instance.__dict__.pop(_ZONE, None)
    if before is None or before == instance.zone:
        return
    # A device knows its own local time: the same moment is another one there now.
    there = Person.objects.filter(memberships__group__rights__door__device=instance.pk)
    dated = there.filter(Q(valid_from__isnull=False) | Q(valid_until__isnull=False))
    with transaction.atomic():
        mark_people(dated.values_list("number", flat=True).distinct(), urgent=True)
