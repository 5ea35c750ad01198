"""Changing and removing devices; every change notes who did it and tells the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from doorward.gateway.collaborators import DeviceState
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.audit.services import Thing, named, record
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup, DeviceSettings, DeviceStatus
from doorward.server.devices.services import check_agent, check_device, device_changed, locked_device, move_group

REACHED_BY: Final = frozenset({"mode", "address", "port", "agent_id"})
"""What says where a device is dialled, and so to whom its password and its people are shown."""

EDITABLE: Final = frozenset(
    {"name", "group", "enabled", "mode", "address", "port", "agent_id", "zone", "time_sync", "password"}
)
"""What a person may change of a device; the rest comes from the device or by approval."""

CONNECTED_STATES: Final = frozenset(
    {
        DeviceState.CONNECTING.value,
        DeviceState.IDENTIFYING.value,
        DeviceState.CATCHING_UP.value,
        DeviceState.LIVE.value,
    }
)


class NotRemovable(DoorwardError):
    """A device is in use, so it is not removed."""

    default_advice = "Block it or switch it off first; its events stay in any case."


class GroupInUse(DoorwardError):
    """A group still holds something, so it is not deleted."""

    default_advice = "Move what lies in it to another group first."


def change_device(device_id: int, changes: Mapping[str, Any], *, by: str) -> Device:
    """Change a device.

    Args:
        device_id: Which.
        changes: New values by name, see ``EDITABLE``.
        by: Who does it.

    Raises:
        InvalidInput: There is no such device or agent, or a value is not allowed.
    """
    for name in changes:
        if name not in EDITABLE:
            raise InvalidInput("field", name, ", ".join(sorted(EDITABLE)))
    with transaction.atomic(), named("device.change"):
        device = locked_device(device_id)
        changed = {name for name, value in changes.items() if getattr(device, name) != value}
        if not changed:
            return device
        for name in changed:
            setattr(device, name, changes[name])
        if "agent_id" in changed and device.agent_id is not None:
            check_agent(device.agent_id)
        if "mode" in changed and device.mode == Mode.SERVER:
            device.address, device.port = "", None
        check_device(device)
        device.changed = timezone.now()
        device.save()
        device_changed(device, "edited", by=by, fields=changed)
    return device


def remove_device(device_id: int, *, by: str) -> None:
    """Forget a device; its events, gaps and alarms stay, and so does what is known of its log.

    A device that dials in again is shown as a new one, and its record goes on where it ended.

    Raises:
        InvalidInput: There is no such device.
        NotRemovable: It is let in and switched on, or it is connected.
    """
    with transaction.atomic():
        device = locked_device(device_id)
        if device.approval == Approval.APPROVED and device.enabled:
            raise NotRemovable(f"Device {device} is let in and switched on.")
        if DeviceStatus.objects.filter(pk=device_id, state__in=CONNECTED_STATES).exists():
            raise NotRemovable(f"Device {device} is connected.", advice="Wait until it is dropped, then try again.")
        before = {"name": device.name, "model": device.model, "approval": device.approval, "address": device.address}
        record("device.remove", Thing.of(device), before=before)
        device_changed(device, "removed", by=by)
        _delete_with_what_is_its_own(device)


def _delete_with_what_is_its_own(device: Device) -> None:
    """Delete the row and what means nothing without it, and leave what belongs to the record."""
    for model in (ConnectionHistory, DeviceStatus, DeviceSettings):
        model.objects.filter(device_id=device.pk).delete()
    for relation in Device._meta.related_objects:
        # Where the database itself holds a row to its device, the row goes; the record's tables hold loosely.
        field = relation.field
        if getattr(field, "db_constraint", True):
            relation.related_model._default_manager.filter(**{field.name: device.pk}).delete()
    rows = Device.objects.filter(pk=device.pk)
    rows._raw_delete(rows.db)  # noqa: SLF001 - the ordinary way would take the record's rows along


def create_group(name: str, parent: DeviceGroup | None) -> DeviceGroup:
    """Make a group of devices.

    Raises:
        InvalidInput: The name is empty, too long, or taken among its neighbours.
    """
    group = DeviceGroup(name=_group_name(name), parent=parent)
    with named("group.create"):
        _save_group(group)
    return group


def change_group(group: DeviceGroup, *, name: str | None = None, parent: DeviceGroup | bool | None = False) -> None:
    """Rename a group, or put it into another one.

    Args:
        group: Which.
        name: The new name; None leaves it.
        parent: The group that it shall lie in, None for the top; False leaves it where it is.

    Raises:
        InvalidInput: The name is not allowed or taken, or the group would lie in itself.
    """
    with transaction.atomic(), named("group.change"):
        if name is not None:
            group.name = _group_name(name)
            _save_group(group)
        if not isinstance(parent, bool):
            _refuse_twins(group.name, parent, but=group.pk)
            move_group(group, parent)


def delete_group(group: DeviceGroup) -> None:
    """Delete a group that holds nothing.

    Raises:
        GroupInUse: It holds devices or groups, or somebody has rights in it.
    """
    devices, groups = group.devices.count(), group.children.count()
    if devices or groups:
        raise GroupInUse(f"The group {group} holds {devices} devices and {groups} groups.")
    try:
        with transaction.atomic(), named("group.delete"):
            group.delete()
    except IntegrityError as error:
        raise GroupInUse(
            f"The group {group} is still used.", advice="Take rights in it from operators first."
        ) from error


def _save_group(group: DeviceGroup) -> None:
    _refuse_twins(group.name, group.parent, but=group.pk)
    group.save()


def _group_name(name: str) -> str:
    kept = name.strip()
    if not 0 < len(kept) <= 100:
        raise InvalidInput("name", name[:20], "1 to 100 letters")
    return kept


def _refuse_twins(name: str, parent: DeviceGroup | None, *, but: int | None) -> None:
    twins = DeviceGroup.objects.filter(name=name, parent=parent)
    if (twins if but is None else twins.exclude(pk=but)).exists():
        raise InvalidInput("name", name, "a name that no other group there has")
