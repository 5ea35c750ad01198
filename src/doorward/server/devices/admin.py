"""Pages of devices: the list with state and reason, approval, groups and history."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorward.gateway.collaborators import DeviceState
from doorward.protocol.biostar1.models import MODELS_BY_SLUG
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.editing import REACHED_BY
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup, DeviceStatus
from doorward.server.devices.services import approve, block, device_changed
from doorward.server.read_only_admin import (
    ConsoleAdmin,
    LongListAdmin,
    badge_column,
    choice_filter,
    column,
    device_column,
    field_column,
    moment_column,
    reach,
    short,
)

STATE_KINDS = {
    DeviceState.LIVE.value: "good",
    DeviceState.CATCHING_UP.value: "info",
    DeviceState.CONNECTING.value: "info",
    DeviceState.IDENTIFYING.value: "info",
    DeviceState.LOST.value: "bad",
    DeviceState.RELEASED.value: "warn",
    Approval.APPROVED.value: "good",
    Approval.BLOCKED.value: "bad",
    Approval.WAITING.value: "warn",
}
MODE_WORDS = {Mode.SERVER.value: _("server"), Mode.DIRECT.value: _("direct")}
VIEW = "devices.view"
APPROVE = "devices.approve"
EDIT = "devices.edit"


def status_of(device: Device) -> DeviceStatus | None:
    """How a device does; None before the gateway told it."""
    return getattr(device, "status", None)


def model_name(slug: str) -> str:
    """The name of a model as it stands on the box."""
    return MODELS_BY_SLUG[slug].title if slug in MODELS_BY_SLUG else slug


def _state(device: Device) -> tuple[str, str] | None:
    status = status_of(device)
    return (status.state, STATE_KINDS.get(status.state, "neutral")) if status else None


def _approval(device: Device) -> tuple[str, str]:
    return str(device.get_approval_display()), STATE_KINDS.get(device.approval, "neutral")


def _reason(device: Device) -> str:
    status = status_of(device)
    return short(status.reason) if status else ""


def _name(device: Device) -> str:
    if not device.name:
        return str(device.pk)
    return format_html('{} <span class="dw-quiet">{}</span>', device.name, device.pk)


@admin.register(Device)
class DeviceAdmin(ConsoleAdmin):
    """Devices; approval and blocking are actions, so that they are recorded with who and when."""

    scope = (VIEW, "group")
    list_display = (
        column(_("Device"), _name, ordering="name"),
        column(_("Model"), lambda device: model_name(device.model), ordering="model"),
        badge_column(_("State"), _state, ordering="status__state"),
        moment_column("status.since", _("Since")),
        column(_("Why"), _reason, name="reason"),
        badge_column(_("Approval"), _approval, ordering="approval"),
        column(_("Mode"), lambda device: MODE_WORDS.get(device.mode, device.mode), ordering="mode"),
        column(_("Address"), lambda device: device.last_address or device.address, ordering="last_address"),
    )
    list_filter = (
        choice_filter(_("approval"), "approval", lambda: [(v, str(w)) for v, w in Approval.choices]),
        choice_filter(
            _("state"), "state", lambda: [(state.value, state.value) for state in DeviceState], "status__state"
        ),
        choice_filter(_("mode"), "mode", lambda: [(value, str(words)) for value, words in MODE_WORDS.items()]),
        ("group", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("device_id", "name", "last_address", "address", "model")
    search_help_text = _("Search by name, number, model or address")
    list_select_related = ("status", "group")
    actions = ("approve_devices", "block_devices")
    readonly_fields = (
        field_column("device_id", _("Device number")),
        column(_("Model"), lambda device: model_name(device.model), name="shown_model"),
        badge_column(_("State"), _state, ordering="state"),
        column(_("Why"), lambda device: getattr(status_of(device), "reason", ""), name="reason"),
        moment_column("status.since", _("Since")),
        badge_column(_("Approval"), _approval, ordering="approval"),
        field_column("approval_by", _("Decided by")),
        moment_column("approval_at", _("Decided at")),
        field_column("approved_address", _("Approved for the address")),
        column(_("Mode"), lambda device: MODE_WORDS.get(device.mode, device.mode), name="shown_mode"),
        moment_column("first_seen", _("First heard of")),
        moment_column("last_seen", _("Last heard of")),
        field_column("last_address", _("From the address")),
    )
    fieldsets = (
        (None, {"fields": ("name", "group", "enabled")}),
        (_("Connection"), {"fields": (*readonly_fields[2:5], readonly_fields[9], "address", "port")}),
        (_("Clock"), {"fields": ("zone", "time_sync")}),
        (_("Identity and approval"), {"fields": (*readonly_fields[:2], *readonly_fields[5:9], *readonly_fields[10:])}),
    )
    labels = {  # noqa: RUF012 - declared in the base
        "name": _("Name"),
        "group": _("Group"),
        "enabled": _("Keep a connection"),
        "address": _("Address in direct mode"),
        "port": _("Port in direct mode"),
        "zone": _("Time zone of its clock"),
        "time_sync": _("Set its clock"),
    }
    helps = {  # noqa: RUF012 - declared in the base
        "name": _("What people call it, such as the door that it stands at."),
        "enabled": _("Without this the server leaves the device alone; its settings here stay."),
        "address": _("Where the server dials it. Not used in server mode."),
        "port": _("Empty: the usual port of the model."),
        "zone": _("Such as Europe/Berlin. Empty: the zone of the site."),
        "time_sync": _("The server keeps its clock right."),
    }
    empty_title = _("No device yet")
    empty_words = _(
        "A device in server mode appears here by itself as soon as it dials this server. Search for devices to set "
        "them up, or add one that the server dials."
    )
    empty_view = "console:find_devices"
    empty_action = _("Find devices")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Devices come by themselves, or by ``doorward devices add``."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Device | None = None) -> bool:
        """A device's events name it for as long as they are kept."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Device | None = None) -> bool:
        """Whoever may edit devices, those of his groups."""
        return bool(request.user.has_perm("devices.change_device", obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Device | None = None) -> Any:
        """Where a device is dialled is for whoever may let devices in: its password and its people are shown there."""
        shown = super().get_readonly_fields(request, obj)
        return shown if request.user.has_perm(APPROVE, obj) else (*shown, *sorted(REACHED_BY - {"mode"}))

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Whoever may let devices in."""
        return bool(request.user.has_perm(APPROVE))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Of the groups those in which the operator may edit devices."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "group" and field is not None:
            field.queryset = reach(request, EDIT, DeviceGroup.objects.all(), "pk")
            access = getattr(request.user, "access", None)
            field.required = access is None or not access.everywhere(EDIT)
        return field

    def save_model(self, request: HttpRequest, obj: Device, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Save what was edited, and nothing that the gateway wrote meanwhile; the gateway is told."""
        del change
        if "group" in form.changed_data:
            _refuse_gain(request, form.initial.get("group"), obj.group_id)
        obj.changed = timezone.now()
        obj.save(update_fields=[*form.changed_data, "changed"])
        device_changed(obj, "edited", by=request.user.get_username(), fields=form.changed_data)

    @admin.action(
        description=_("Approve: let the chosen devices in, at the address they were last heard from"),
        permissions=["approve"],
    )
    def approve_devices(self, request: HttpRequest, chosen: QuerySet[Device]) -> None:
        """Approve."""
        allowed = list(reach(request, APPROVE, chosen, "group"))
        for device in allowed:
            approve(device.device_id, by=request.user.get_username())
        _tell(request, gettext("Approved: %(devices)s"), allowed)

    @admin.action(description=_("Block: keep the chosen devices out"), permissions=["approve"])
    def block_devices(self, request: HttpRequest, chosen: QuerySet[Device]) -> None:
        """Block."""
        allowed = list(reach(request, APPROVE, chosen, "group"))
        for device in allowed:
            block(device.device_id, by=request.user.get_username())
        _tell(request, gettext("Blocked: %(devices)s"), allowed)


def _refuse_gain(request: HttpRequest, before: int | None, after: int | None) -> None:
    """Nobody gets rights in devices by moving them to where he has more."""
    access = getattr(request.user, "access", None)
    if access is not None and access.gained(before, after):
        raise PermissionDenied(gettext("You would get rights by this that you lack where it lies now."))


def _tell(request: HttpRequest, words: str, devices: list[Device]) -> None:
    if devices:
        messages.success(request, words % {"devices": ", ".join(map(str, devices))})
    else:
        messages.warning(request, gettext("None of the chosen devices is in a group for which you have this right."))


@admin.register(DeviceGroup)
class DeviceGroupAdmin(ConsoleAdmin):
    """Groups of devices."""

    list_display = (
        column(_("Name"), lambda group: group.name, ordering="name"),
        column(_("In"), lambda group: group.parent, ordering="parent__name"),
    )
    list_select_related = ("parent",)
    search_fields = ("name",)
    search_help_text = _("Search by name")
    labels = {"name": _("Name"), "parent": _("Lies in")}  # noqa: RUF012 - declared in the base
    helps = {"parent": _("Empty: at the top.")}  # noqa: RUF012 - declared in the base
    empty_title = _("No groups yet")
    empty_words = _("Groups arrange devices as a building is: sites, houses, floors. Rights can be given by group.")
    empty_view = "admin:devices_devicegroup_add"
    empty_action = _("Add a group")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The groups that the operator may see."""
        return reach(request, VIEW, super().get_queryset(request), "pk")

    def save_model(self, request: HttpRequest, obj: DeviceGroup, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Save what was edited; rights hold in all that lies in a group."""
        if change and "parent" in form.changed_data and obj.parent_id is not None:
            _refuse_gain(request, obj.pk, obj.parent_id)
        super().save_model(request, obj, form, change)


@admin.register(ConnectionHistory)
class ConnectionHistoryAdmin(LongListAdmin):
    """What became of connections."""

    scope = (VIEW, "device__group")
    list_display = (
        moment_column("since", _("When")),
        device_column(),
        badge_column(_("State"), lambda row: (row.state, STATE_KINDS.get(row.state, "neutral")), ordering="state"),
        column(_("Why"), lambda row: short(row.reason), name="reason"),
        column(_("By"), lambda row: row.by, ordering="by"),
    )
    list_display_links = None
    list_filter = (choice_filter(_("state"), "state", lambda: [(state.value, state.value) for state in DeviceState]),)
    search_fields = ("device__device_id", "device__name", "reason")
    search_help_text = _("Search by device or reason")
    list_select_related = ("device",)
    empty_title = _("No connections yet")
    empty_words = _("Each time a device comes, goes, is approved or blocked, a line is written here.")
