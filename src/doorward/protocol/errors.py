"""The two errors of a protocol: ours and the peer's."""

from __future__ import annotations

from doorward.model.errors import DoorwardError


class ProtocolError(DoorwardError):
    """A rule of the wire was broken."""


class LocalProtocolError(ProtocolError):
    """We were asked to send what the protocol does not allow; nothing was sent."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what the protocol does not allow; the connection is out of step and must be closed."""

    default_advice = "Check that the address and port belong to a device of this generation, then connect again."


class ChecksumError(RemoteProtocolError):
    """A frame arrived whole, but its checksum does not match its bytes."""

    default_advice = "The line damages data: check cabling and converters, then connect again."
