"""What every part of a driver needs: who carries requests, and what the model can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from doorward.device.biostar1.session import Requester
from doorward.model.errors import Unsupported
from doorward.protocol.biostar1.models import Capability, DeviceModel
from doorward.protocol.layout import DEFAULT_TEXT_CODEC


@dataclass(frozen=True, slots=True)
class DeviceContext:
    """What the parts of a driver share.

    Attributes:
        requester: Who carries requests.
        model: The model.
        device_id: Its serial number.
        text_codec: The code page of its ``char`` fields.
        zone: The zone in which its clock runs; None for the zone of this machine.
    """

    requester: Requester
    model: DeviceModel
    device_id: int
    text_codec: str = DEFAULT_TEXT_CODEC
    zone: tzinfo | None = None

    def need(self, capability: Capability, what: str) -> None:
        """Refuse what the model cannot do, before anything is sent.

        Args:
            capability: What it takes.
            what: What was asked, as a phrase such as "scan a finger".

        Raises:
            Unsupported: The model lacks the capability.
        """
        if not self.model.can(capability):
            raise Unsupported(
                f"{self.model.title} cannot {what}: the model has no {capability.value}.",
                advice="Use a model that can, or leave this out.",
            )
