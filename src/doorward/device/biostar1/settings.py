"""The settings of one device by families: which there are, what each may be, reading and changing them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from doorward.device.biostar1.configuration import Configuration
from doorward.device.biostar1.setting_fields import changed, sections_of, unused_sections, values_of
from doorward.model.device_settings import Setting, SettingsFamily, SettingsReading, SettingsSection
from doorward.model.errors import InvalidInput, Unsupported
from doorward.protocol.biostar1.configuration import ConfigurationType, configuration_types
from doorward.protocol.biostar1.models import DeviceModel
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.layout import layout_of

BY_NETWORK_SETTINGS: Final = (
    "It is one of the network settings; change it there, where all of them are checked together."
)
READ_ONLY: Final = "The device tells this and takes no change."


def families(model: DeviceModel) -> tuple[SettingsFamily, ...]:
    """The families of settings of a model. Which it really has, the device says when it is asked."""
    return tuple(_family(block) for block in _blocks(model))


@cache
def sections(model: DeviceModel, family: str) -> tuple[SettingsSection, ...]:
    """The settings of a family, part by part.

    Raises:
        InvalidInput: The model has no such family.
    """
    block = _block(model, family)
    locked: dict[str, str] = {}
    if block.read_only:
        locked = dict.fromkeys((item.name for item in layout_of(block.record)), READ_ONLY)
    elif block.number == network_block(model.device_type).configuration_type:
        locked = dict.fromkeys((*network_block(model.device_type).fields.values(), "server_mode"), BY_NETWORK_SETTINGS)
    return sections_of(block.record, block.title, locked)


def settings_by_path(model: DeviceModel, family: str) -> dict[str, Setting]:
    """All settings of a family by their paths; raises as ``sections`` does."""
    return {setting.path: setting for section in sections(model, family) for setting in section.settings}


class Settings:
    """Reads and changes the settings of one device.

    Args:
        configuration: Its configuration blocks.
        model: Its model.
    """

    def __init__(self, configuration: Configuration, model: DeviceModel) -> None:
        self._configuration = configuration
        self._model = model

    async def read(self, family: str) -> SettingsReading:
        """Read a family.

        Raises:
            InvalidInput: The model has no such family.
            UnsupportedCommandError: The device has none.
        """
        block = _block(self._model, family)
        record = await self._configuration.read(block.record)
        return SettingsReading(_family(block), values_of(record), tuple(unused_sections(record)))

    async def change(self, family: str, changes: Mapping[str, Any]) -> SettingsReading:
        """Change settings of a family: read it, replace them, write the same length back, and read what came of it.

        Args:
            family: Name of the family.
            changes: New values by the paths of the settings.

        Returns:
            The family as the device tells it afterwards.

        Raises:
            InvalidInput: There is no such family or setting, or a value is not allowed; nothing was written.
            Unsupported: The family cannot be written.
            ResultError: The device said no.
        """
        block = _block(self._model, family)
        if not changes:
            raise InvalidInput("changes", "nothing", "at least one setting with its new value")
        if block.read_only:
            raise Unsupported(f"{block.title} of {self._model.title} can be read, but not changed.")
        before = await self._configuration.read(block.record)
        after = changed(before, changes, settings_by_path(self._model, family))
        await self._configuration.write(after)
        return await self.read(family)


def _blocks(model: DeviceModel) -> tuple[ConfigurationType, ...]:
    # Of some blocks only the size is known; nothing of them can be shown.
    return tuple(block for block in configuration_types(model.device_type) if layout_of(block.record))


def _block(model: DeviceModel, family: str) -> ConfigurationType:
    blocks = _blocks(model)
    for block in blocks:
        if block.name == family:
            return block
    raise InvalidInput("family", family, ", ".join(block.name for block in blocks), where=model.title)


def _family(block: ConfigurationType) -> SettingsFamily:
    return SettingsFamily(block.name, block.title, block.read_only)
