"""Who the device is, whether it is there, and its locks (protocol notes, sections 4.4 and 6)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.cipher import decrypt_password, encrypt_password, pad_password
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.request import (
    Done,
    Exchange,
    Outgoing,
    Reply,
    Request,
    in_param1,
    in_param2,
    in_payload,
)

IDENTIFY = 0x0001
BUS_SCAN_MILLISECONDS = 1500


@dataclass(frozen=True, slots=True)
class Identity(Reply):
    """The device's serial number and type."""

    device_id: int = in_param1("serial number")
    device_type: int = in_param2("device type")


@dataclass(frozen=True, slots=True)
class Identify(Request[Identity]):
    """Ask who is there; always in clear, with device id 0."""

    COMMAND: ClassVar[int] = IDENTIFY
    REPLY: ClassVar[type[Reply]] = Identity
    PURPOSE: ClassVar[str] = "say who it is"


@dataclass(frozen=True, slots=True)
class ScanBus(Request[Identity]):
    """Ask who else is on the RS-485 bus; a device whose number is in the list stays silent.

    With numbers in the list the header packet is not answered: header and payload go out together.
    """

    COMMAND: ClassVar[int] = IDENTIFY
    REPLY: ClassVar[type[Reply]] = Identity
    PURPOSE: ClassVar[str] = "scan the RS-485 bus"

    known_count: int = in_param1("numbers in the list")
    milliseconds: int = in_param2("time to wait for an answer", BUS_SCAN_MILLISECONDS)
    known: bytes = in_payload("serial numbers, 4 bytes each")

    def encode(self) -> Outgoing:
        """Write header and list."""
        count = len(self.known) // 4
        header = Message(self.COMMAND, 0, count, self.milliseconds)
        return Outgoing(header, dataclasses.replace(header, payload=self.known) if count else None)

    @classmethod
    def matches(cls, message: Message) -> bool:
        """A scan carries a waiting time; the identity question does not."""
        return message.param2 != 0


@dataclass(frozen=True, slots=True)
class CheckStatus(Request[Done]):
    """Ask whether the device is there; keeps the connection open."""

    COMMAND: ClassVar[int] = 0x0004
    PURPOSE: ClassVar[str] = "report its status"


@dataclass(frozen=True, slots=True)
class DisableCommunication(Request[Done]):
    """Lock communication; the device then refuses nearly everything until it is unlocked."""

    COMMAND: ClassVar[int] = 0x0060
    PURPOSE: ClassVar[str] = "lock communication"


@dataclass(frozen=True, slots=True)
class EnableCommunication(Request[Done]):
    """Unlock communication with the password."""

    COMMAND: ClassVar[int] = 0x0061
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PURPOSE: ClassVar[str] = "unlock communication"

    block: bytes = in_payload("16 bytes: the padded password, enciphered once more for models that speak in clear")

    @classmethod
    def with_password(cls, password: bytes, *, enciphered_model: bool) -> EnableCommunication:
        """Make the request for a model.

        Raises:
            LocalProtocolError: The password is longer than 16 bytes.
        """
        return cls(pad_password(password) if enciphered_model else encrypt_password(password))

    def password(self, *, enciphered_model: bool) -> bytes:
        """The password in the block."""
        return self.block.rstrip(b"\0") if enciphered_model else decrypt_password(self.block)


@dataclass(frozen=True, slots=True)
class ChangePassword(Request[Done]):
    """Change the device password (1471 models); old and new, 16 bytes each."""

    COMMAND: ClassVar[int] = 0x000B
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PURPOSE: ClassVar[str] = "change its password"

    passwords: bytes = in_payload("old and new password, 16 bytes each, zero padded")

    def encode(self) -> Outgoing:
        """Write header and passwords; only the payload packet carries the size."""
        return Outgoing(Message(self.COMMAND), Message(self.COMMAND, 0, len(self.passwords), 0, self.passwords))

    @classmethod
    def from_to(cls, old: bytes, new: bytes) -> ChangePassword:
        """Make the request.

        Raises:
            LocalProtocolError: A password is longer than 16 bytes.
        """
        return cls(pad_password(old) + pad_password(new))
