"""What a capture is told as: one object for each packet, readable or not."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

Value = None | bool | int | str | list["Value"] | dict[str, "Value"]
"""A value of an explained field; JSON can carry it as it is."""


class Channel(enum.Enum):
    """Which conversation the bytes belong to."""

    TCP = "tcp"  # direct mode, ports 1470 and 1471
    UDP = "udp"  # search and network settings, ports 51110 and 51210
    SERVER = "server"  # server mode, port 1480


class Sender(enum.Enum):
    """Who sent the bytes. The host is the client in direct mode and the server in server mode."""

    HOST = "host"
    DEVICE = "device"
    UNKNOWN = "unknown"

    @property
    def other(self) -> Sender:
        """The opposite side."""
        return {Sender.HOST: Sender.DEVICE, Sender.DEVICE: Sender.HOST}.get(self, Sender.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Explained:
    """A packet, a BioStar 2 frame, or a piece that is neither.

    Numbers that could not be read are None.

    Attributes:
        name: What it is, such as "read logs" or "reply to read logs".
        fields: Its content by name: numbers, texts, truth values, lists and objects of these.
        error: What could not be read, in words; empty when all could.
        sender: Who sent it; guessed from the order of the packets where the source does not tell.
        payload: The payload in clear, as far as it arrived.
        device_id: Serial number in the header.
        encrypted: Whether it was enciphered on the wire.
        sequence: Number in its exchange (UDP); 0 on TCP.
        index: Place in its message, from 0.
        count: Packets of the message.
        size: Payload bytes that the header announces.
        command: Command number.
        code: A request's code, a reply's result.
        param1: First parameter.
        param2: Second parameter.
        checksum_ok: Whether the checksum is right; None for frames that have none.
    """

    name: str
    fields: dict[str, Value] = field(default_factory=dict)
    error: str = ""
    sender: Sender = Sender.UNKNOWN
    payload: bytes = b""
    device_id: int | None = None
    encrypted: bool | None = None
    sequence: int | None = None
    index: int | None = None
    count: int | None = None
    size: int | None = None
    command: int | None = None
    code: int | None = None
    param1: int | None = None
    param2: int | None = None
    checksum_ok: bool | None = None

    def to_object(self) -> dict[str, Value]:
        """The message as one JSON object; ``error`` is there only where there is one."""
        told: dict[str, Value] = {
            "device_id": self.device_id,
            "encrypted": self.encrypted,
            "sequence": self.sequence,
            "index": self.index,
            "count": self.count,
            "size": self.size,
            "command": self.command,
            "code": self.code,
            "param1": self.param1,
            "param2": self.param2,
            "payload_hex": self.payload.hex(),
            "checksum_ok": self.checksum_ok,
            "name": self.name,
            "fields": self.fields,
        }
        if self.error:
            told["error"] = self.error
        return told


def joined_errors(*errors: str) -> str:
    """Several errors as one text; empty ones are left out."""
    return "; ".join(error for error in errors if error)
