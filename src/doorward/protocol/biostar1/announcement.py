"""What a device announces when it dials the server (server-mode notes, sections 3 and 5)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from doorward.protocol.biostar1.server_mode import (
    ANNOUNCE_COMMAND_CONNECTION,
    ANNOUNCE_REQUEST_CONNECTION,
    ENCIPHERED_TYPES,
)


class ConnectionKind(enum.Enum):
    """Which of its two connections a device announces."""

    COMMAND = "command connection"
    REQUEST = "request connection"


ANNOUNCED_BY: Final = MappingProxyType(
    {ConnectionKind.COMMAND: ANNOUNCE_COMMAND_CONNECTION, ConnectionKind.REQUEST: ANNOUNCE_REQUEST_CONNECTION}
)
"""The command by which a device announces each connection."""

KIND_ANNOUNCED: Final = MappingProxyType({command: kind for kind, command in ANNOUNCED_BY.items()})
"""The connection that each command announces."""


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """Who a device says it is; nothing proves it on a plain connection.

    Attributes:
        device_id: Serial number.
        device_type: Number of its model.
    """

    device_id: int
    device_type: int


def is_enciphered(kind: ConnectionKind, device_type: int, *, inside_tls: bool) -> bool:
    """Whether the server enciphers what it sends once the device has announced itself (section 1.1)."""
    return kind is ConnectionKind.COMMAND and device_type in ENCIPHERED_TYPES and not inside_tls
