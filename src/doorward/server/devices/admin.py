"""Pages of devices: the list with state and reason, approval, and history."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from doorward.server.devices.changes import announce
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup, DeviceStatus
from doorward.server.devices.services import approve, block
from doorward.server.read_only_admin import ReadOnlyAdmin

NO_STATUS = "-"


@admin.register(Device)
class DeviceAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs alone
    """Devices; approval and blocking are actions, so that they are recorded with who and when."""

    list_display = (
        "device_id", "name", "model", "approval", "state", "since", "reason", "mode", "last_address",)  # fmt: skip
    list_filter = (
        "approval",
        "mode",
        "group",
        "model",
    )
    search_fields = (
        "device_id",
        "name",
        "last_address",
    )
    list_select_related = ("status",)
    actions = (
        "approve_devices",
        "block_devices",
    )
    fields = (
        "device_id", "name", "group", "model", "approval", "approval_by", "approval_at", "approved_address", "enabled",
        "mode", "address", "port", "zone", "time_sync", "first_seen", "last_seen", "last_address",)  # fmt: skip
    readonly_fields = (
        "device_id", "model", "approval", "approval_by", "approval_at", "approved_address", "mode", "first_seen",
        "last_seen", "last_address",)  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Devices come by themselves, or by ``doorward devices add``."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Device | None = None) -> bool:
        """A device's events name it for as long as they are kept."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Device, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Save what was edited, and nothing that the gateway wrote meanwhile; the gateway is told."""
        del request, change
        obj.changed = timezone.now()
        obj.save(update_fields=[*form.changed_data, "changed"])
        announce(obj.pk)

    @admin.display(description="state")
    def state(self, device: Device) -> str:
        """How it does now."""
        status = _status(device)
        return status.state if status else NO_STATUS

    @admin.display(description="reason")
    def reason(self, device: Device) -> str:
        """Why."""
        status = _status(device)
        return status.reason if status else NO_STATUS

    @admin.display(description="since")
    def since(self, device: Device) -> Any:
        """Since when."""
        status = _status(device)
        return status.since if status else NO_STATUS

    @admin.action(
        description="Approve: let the chosen devices in, at the address they were last heard from",
        permissions=["change"],
    )
    def approve_devices(self, request: HttpRequest, chosen: QuerySet[Device]) -> None:
        """Approve."""
        for device in chosen:
            approve(device.device_id, by=request.user.get_username())
        messages.success(request, f"Approved: {', '.join(str(device.device_id) for device in chosen)}")

    @admin.action(description="Block: keep the chosen devices out", permissions=["change"])
    def block_devices(self, request: HttpRequest, chosen: QuerySet[Device]) -> None:
        """Block."""
        for device in chosen:
            block(device.device_id, by=request.user.get_username())
        messages.success(request, f"Blocked: {', '.join(str(device.device_id) for device in chosen)}")


def _status(device: Device) -> DeviceStatus | None:
    try:
        return device.status
    except DeviceStatus.DoesNotExist:
        return None


@admin.register(DeviceGroup)
class DeviceGroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs alone
    """Groups of devices."""

    list_display = (
        "name",
        "parent",
    )


@admin.register(ConnectionHistory)
class ConnectionHistoryAdmin(ReadOnlyAdmin):
    """What became of connections."""

    list_display = (
        "since",
        "device",
        "state",
        "reason",
        "by",
    )
    list_filter = ("state",)
    search_fields = (
        "device__device_id",
        "reason",
    )
    list_select_related = ("device",)
