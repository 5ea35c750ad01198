"""The settings that a device holds: read from it now, beside those that were agreed upon; what differs is marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from doorward.device.settings import settings_families, settings_sections
from doorward.gateway.collaborators import ReadSettings, WriteSettings
from doorward.model.device_settings import Setting, SettingsFamily, SettingsSection
from doorward.model.errors import InvalidInput
from doorward.server.audit.tracking import CHANGED_SECRET
from doorward.server.devices.choices import SettingsOrigin
from doorward.server.devices.commands import CommandRefused, ask, give
from doorward.server.devices.models import Device, DeviceSettings

MOST_CHANGES: Final = 5_000
NOT_STORED: Final = object()


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A family of settings as the device has it, beside what is stored.

    Attributes:
        family: The family.
        sections: The settings, part by part.
        values: What the device says, by path; secrets are left out.
        unused: Paths of the parts in which nothing is set.
        stored: What was agreed upon.
        read_at: When the device was asked.
    """

    family: SettingsFamily
    sections: tuple[SettingsSection, ...]
    values: Mapping[str, Any]
    unused: frozenset[str]
    stored: DeviceSettings
    read_at: datetime

    def stored_value(self, setting: Setting) -> Any:
        """What is stored of a setting; ``NOT_STORED`` when nothing is."""
        return self.stored.values.get(setting.path, NOT_STORED)

    def differs(self, setting: Setting) -> bool:
        """Whether the device says something else than is stored."""
        stored = self.stored_value(setting)
        # What the device counts by itself changes by itself.
        return (
            setting.writable
            and not setting.secret
            and stored is not NOT_STORED
            and stored != self.values.get(setting.path)
        )

    @property
    def differences(self) -> int:
        """How many settings differ."""
        return sum(self.differs(setting) for section in self.sections for setting in section.settings)


def families_of(device: Device) -> tuple[SettingsFamily, ...]:
    """The families of settings of a device's model.

    Raises:
        Unsupported: Nothing is known of them.
    """
    return settings_families(device.generation, device.model)


def read_family(device: Device, name: str, *, by: str) -> FamilyView:
    """Ask a device for a family; the first answer is stored.

    Raises:
        InvalidInput: The model has no such family.
        CommandRefused: The device did not answer, or said no.
    """
    family, sections = _described(device, name)
    outcome = ask(device, lambda number, device_id: ReadSettings(number, device_id, name))
    values = outcome.data["values"]
    stored = DeviceSettings.objects.filter(device=device, family=name).first()
    if stored is None:
        stored = _store(device, name, values, by, SettingsOrigin.READ)
    return FamilyView(family, sections, values, frozenset(outcome.data["unused"]), stored, timezone.now())


def change_family(device: Device, name: str, changes: Mapping[str, Any], *, by: str) -> FamilyView:
    """Change settings of a family at the device; what it says afterwards of them is stored.

    Raises:
        InvalidInput: The model has no such family.
        CommandRefused: A value is not allowed, or the device did not answer or said no.
    """
    family, sections = _described(device, name)
    if not 0 < len(changes) <= MOST_CHANGES:
        raise InvalidInput("changes", f"{len(changes)} of them", f"1 to {MOST_CHANGES}")
    settings = {setting.path: setting for section in sections for setting in section.settings}
    for path, value in changes.items():
        if path not in settings:
            raise InvalidInput("setting", path[:80], f"the path of a setting of {family.title}")
        if not _is_plain(value):
            shown = "(not shown)" if settings[path].secret else repr(value)[:80]
            raise InvalidInput(settings[path].label, shown, "a number, yes or no, a text, or a list of such")
    told = {path: CHANGED_SECRET if settings[path].secret else value for path, value in changes.items()}
    outcome = give(
        device,
        "device.settings",
        lambda number, device_id: WriteSettings(number, device_id, name, dict(changes)),
        after={"family": name, **told},
    )
    if not outcome.succeeded:
        raise CommandRefused.of(outcome)
    values = outcome.data["values"]
    before = DeviceSettings.objects.filter(device=device, family=name).first()
    # Other settings that differ go on differing until somebody decides about them.
    kept = values if before is None else {**before.values, **{path: values[path] for path in changes if path in values}}
    stored = _store(device, name, kept, by, SettingsOrigin.WRITTEN)
    return FamilyView(family, sections, values, frozenset(outcome.data["unused"]), stored, timezone.now())


def keep_family(device: Device, name: str, *, by: str) -> FamilyView:
    """Store a family as the device has it now; raises as ``read_family`` does."""
    view = read_family(device, name, by=by)
    stored = _store(device, name, view.values, by, SettingsOrigin.KEPT)
    return FamilyView(view.family, view.sections, view.values, view.unused, stored, view.read_at)


def _is_plain(value: object, *, in_list: bool = False) -> bool:
    """Whether a value may be one of a setting at all, and can be noted in the audit log."""
    if isinstance(value, list):
        return not in_list and all(_is_plain(each, in_list=True) for each in value)
    return isinstance(value, bool | int) or (isinstance(value, str) and "\0" not in value)


def _described(device: Device, name: str) -> tuple[SettingsFamily, tuple[SettingsSection, ...]]:
    sections = settings_sections(device.generation, device.model, name)
    return next(family for family in families_of(device) if family.name == name), sections


def _store(device: Device, name: str, values: Mapping[str, Any], by: str, origin: SettingsOrigin) -> DeviceSettings:
    stored, _ = DeviceSettings.objects.update_or_create(
        device=device,
        family=name,
        defaults={"values": dict(values), "kept_at": timezone.now(), "kept_by": by, "origin": origin},
    )
    return stored
