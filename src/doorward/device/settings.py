"""Which settings the models of every generation have, for whoever shows them without a connection."""

from __future__ import annotations

from doorward.device.biostar1 import settings as biostar1
from doorward.model.device_settings import SettingsFamily, SettingsSection
from doorward.model.errors import Unsupported
from doorward.model.found import BIOSTAR1
from doorward.protocol.biostar1.models import MODELS_BY_SLUG, DeviceModel


def settings_families(generation: str, model: str) -> tuple[SettingsFamily, ...]:
    """The families of settings of a model.

    Args:
        generation: ``biostar1`` or ``biostar2``.
        model: Name of the model as used in commands.

    Raises:
        Unsupported: Nothing is known of the settings of this model.
    """
    return biostar1.families(_known(generation, model))


def settings_sections(generation: str, model: str, family: str) -> tuple[SettingsSection, ...]:
    """The settings of a family, part by part.

    Raises:
        Unsupported: Nothing is known of the settings of this model.
        InvalidInput: The model has no such family.
    """
    return biostar1.sections(_known(generation, model), family)


def _known(generation: str, model: str) -> DeviceModel:
    known = MODELS_BY_SLUG.get(model) if generation == BIOSTAR1 else None
    if known is None:
        raise Unsupported(
            f"The settings of a device of model {model or 'unknown'} ({generation}) are not known.",
            advice="Set it up at its own menu or with the vendor's software.",
        )
    return known
