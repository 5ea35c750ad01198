"""People on the device: enrol, read, delete, pictures and private greetings.

Which header a model uses, and how headers and templates follow each other, is the matter of ``user_data``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import ClassVar

from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.request import (
    Done,
    Exchange,
    Outgoing,
    Reply,
    Request,
    Tally,
    in_both_params,
    in_code,
    in_param1,
    in_param2,
    in_payload,
    refuse_zero,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

USER_TIMEOUT = 10.0  # one user with templates
DELETE_TIMEOUT = 20.0
LIST_SECONDS_PER_USER = 0.5  # added to the basic limit for the second reply of a list (section 3.5)


@dataclass(frozen=True, slots=True)
class UserTotals(Reply):
    """How many users and templates the device holds."""

    users: int = in_param1("users")
    templates: int = in_param2("templates, two for each finger")


@dataclass(frozen=True, slots=True)
class ReadUserTotals(Request[UserTotals]):
    """Count users and finger templates."""

    COMMAND: ClassVar[int] = 0x0023
    REPLY: ClassVar[type[Reply]] = UserTotals
    PURPOSE: ClassVar[str] = "count its users"


@dataclass(frozen=True, slots=True)
class ReadFaceTotals(Request[UserTotals]):
    """Count users and face templates."""

    COMMAND: ClassVar[int] = 0x002F
    REPLY: ClassVar[type[Reply]] = UserTotals
    PURPOSE: ClassVar[str] = "count its faces"


@dataclass(frozen=True, slots=True)
class _EnrollUsers(Request[Done]):
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "enrol users"
    TIMEOUT: ClassVar[float] = USER_TIMEOUT

    user_count: int = in_param1("number of users in the payload", 1)
    content: bytes = in_payload("for each user: header, then its templates")


@dataclass(frozen=True, slots=True)
class EnrollLegacyUser(_EnrollUsers):
    """Enrol one user with the 116-byte header."""

    COMMAND: ClassVar[int] = 0x0020


@dataclass(frozen=True, slots=True)
class EnrollBioStationUsers(_EnrollUsers):
    """Enrol users with the 148-byte header (BioStation)."""

    COMMAND: ClassVar[int] = 0x0024


@dataclass(frozen=True, slots=True)
class EnrollCompactUsers(_EnrollUsers):
    """Enrol users with the 128-byte header (1471 models)."""

    COMMAND: ClassVar[int] = 0x0029


@dataclass(frozen=True, slots=True)
class EnrollWideUsers(_EnrollUsers):
    """Enrol users with a wide header: 388 bytes, FaceStation 756, extended 1112."""

    COMMAND: ClassVar[int] = 0x002C

    form: int = in_code("0, or 2 for the extended header of FaceStation")


@dataclass(frozen=True, slots=True)
class Users(Reply):
    """Headers, with templates behind each where they were asked for."""

    user_count: int = in_param1("number of users")
    content: bytes = in_payload("for each user: header, then its templates")


@dataclass(frozen=True, slots=True)
class _ReadUser(Request[Users]):
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = Users
    PURPOSE: ClassVar[str] = "read a user"
    TIMEOUT: ClassVar[float] = USER_TIMEOUT

    user_id: int = in_both_params("user number")
    content: int = in_code("what to send: 1 the header, 2 (wide headers 4) templates too, FaceStation 0x21 / 0x24")

    @classmethod
    def matches(cls, message: Message) -> bool:
        """A number of 0 asks for all users."""
        return message.param1 == message.param2 != 0


@dataclass(frozen=True, slots=True)
class _ListUsers(Request[Users]):
    EXCHANGE: ClassVar[Exchange] = Exchange.LIST
    REPLY: ClassVar[type[Reply]] = Users
    PURPOSE: ClassVar[str] = "list its users"

    content: int = in_code("1 headers, 0x21 extended headers of FaceStation", 1)


@dataclass(frozen=True, slots=True)
class ReadLegacyUser(_ReadUser):
    """Read a user with the 116-byte header."""

    COMMAND: ClassVar[int] = 0x0022


@dataclass(frozen=True, slots=True)
class ListLegacyUsers(_ListUsers):
    """List users with the 116-byte header."""

    COMMAND: ClassVar[int] = 0x0022


@dataclass(frozen=True, slots=True)
class ReadBioStationUser(_ReadUser):
    """Read a user with the 148-byte header."""

    COMMAND: ClassVar[int] = 0x0025


@dataclass(frozen=True, slots=True)
class ListBioStationUsers(_ListUsers):
    """List users with the 148-byte header."""

    COMMAND: ClassVar[int] = 0x0025


@dataclass(frozen=True, slots=True)
class ReadCompactUser(_ReadUser):
    """Read a user with the 128-byte header."""

    COMMAND: ClassVar[int] = 0x002A


@dataclass(frozen=True, slots=True)
class ListCompactUsers(_ListUsers):
    """List users with the 128-byte header."""

    COMMAND: ClassVar[int] = 0x002A


@dataclass(frozen=True, slots=True)
class ReadWideUser(_ReadUser):
    """Read a user with a wide header."""

    COMMAND: ClassVar[int] = 0x002D


@dataclass(frozen=True, slots=True)
class ListWideUsers(_ListUsers):
    """List users with a wide header."""

    COMMAND: ClassVar[int] = 0x002D


@dataclass(frozen=True, slots=True)
class DeleteUser(Request[Done]):
    """Delete one user."""

    COMMAND: ClassVar[int] = 0x0021
    PURPOSE: ClassVar[str] = "delete a user"
    TIMEOUT: ClassVar[float] = DELETE_TIMEOUT

    user_id: int = in_both_params("user number, at least 1")

    def encode(self) -> Outgoing:
        """Write the request; number 0 is refused, since on the wire it means everybody."""
        refuse_zero("user number", self.user_id)
        return Request.encode(self)

    @classmethod
    def matches(cls, message: Message) -> bool:
        """Number 0 with a count asks to delete several, without one to delete all."""
        return message.param1 != 0


@dataclass(frozen=True, slots=True)
class DeleteAllUsers(Request[Done]):
    """Delete everybody."""

    COMMAND: ClassVar[int] = 0x0021
    PURPOSE: ClassVar[str] = "delete all users"
    TIMEOUT: ClassVar[float] = DELETE_TIMEOUT


@dataclass(frozen=True, slots=True)
class DeleteUsers(Request[Done]):
    """Delete several users."""

    COMMAND: ClassVar[int] = 0x0021
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PURPOSE: ClassVar[str] = "delete users"
    TIMEOUT: ClassVar[float] = DELETE_TIMEOUT

    user_ids: tuple[int, ...] = ()

    def encode(self) -> Outgoing:
        """Write header and numbers; an empty list is refused, since on the wire it means everybody."""
        refuse_zero("number of users to delete", len(self.user_ids))
        for user_id in self.user_ids:
            if not 0 < user_id <= 0xFFFFFFFF:
                raise LocalProtocolError(f"user number: {user_id} is not allowed; allowed: 1 to {0xFFFFFFFF}")
        payload = struct.pack(f"<{len(self.user_ids)}I", *self.user_ids)
        return Outgoing(Message(self.COMMAND, 0, 0, len(self.user_ids)), Message(self.COMMAND, payload=payload))

    @classmethod
    def matches(cls, message: Message) -> bool:
        """Number 0 with a count."""
        return message.param1 == 0 and message.param2 > 0

    @classmethod
    def decode(cls, message: Message) -> DeleteUsers:
        """Read the numbers.

        Raises:
            RemoteProtocolError: The payload does not hold as many numbers as announced.
        """
        if len(message.payload) != 4 * message.param2:
            raise RemoteProtocolError(
                f"{message.param2} user numbers are announced, but {len(message.payload)} bytes arrived"
            )
        return cls(struct.unpack(f"<{message.param2}I", message.payload))


@dataclass(frozen=True, slots=True)
class UserPicture(Reply):
    """The picture of a user."""

    size: int = in_param1("bytes of the picture")
    picture: bytes = in_payload("the picture")


@dataclass(frozen=True, slots=True)
class ReadUserPicture(Request[UserPicture]):
    """Read the picture of a user."""

    COMMAND: ClassVar[int] = 0x003A
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = UserPicture
    PURPOSE: ClassVar[str] = "give the picture of a user"
    TIMEOUT: ClassVar[float] = USER_TIMEOUT

    user_id: int = in_param1("user number")


@dataclass(frozen=True, slots=True)
class WriteUserPicture(Request[Done]):
    """Write the picture of a user."""

    COMMAND: ClassVar[int] = 0x003B
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take the picture of a user"
    TIMEOUT: ClassVar[float] = USER_TIMEOUT

    user_id: int = in_param1("user number")
    picture: bytes = in_payload("the picture")


@dataclass(frozen=True, slots=True)
class Greetings(Reply):
    """Private greetings: 136 bytes each, a picture behind a single one."""

    count: int = in_param1("number of greetings")
    content: bytes = in_payload("the greetings")


@dataclass(frozen=True, slots=True)
class ReadGreeting(Request[Greetings]):
    """Read the private greeting of a user."""

    COMMAND: ClassVar[int] = 0x0081
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = Greetings
    PURPOSE: ClassVar[str] = "give a private greeting"

    user_id: int = in_both_params("user number")

    @classmethod
    def matches(cls, message: Message) -> bool:
        """Number 0 asks for all."""
        return message.param1 == message.param2 != 0


@dataclass(frozen=True, slots=True)
class ListGreetings(Request[Greetings]):
    """List all private greetings."""

    COMMAND: ClassVar[int] = 0x0081
    EXCHANGE: ClassVar[Exchange] = Exchange.LIST
    REPLY: ClassVar[type[Reply]] = Greetings
    PURPOSE: ClassVar[str] = "list its private greetings"


@dataclass(frozen=True, slots=True)
class WriteGreeting(Request[Done]):
    """Write a private greeting: 136 bytes of text and times, then the picture."""

    COMMAND: ClassVar[int] = 0x0080
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a private greeting"

    kind: int = in_code("0 for a user, 1 for a group")
    picture_size: int = in_param2("bytes of the picture")
    content: bytes = in_payload("greeting, then picture")

    def encode(self) -> Outgoing:
        """Write header and greeting; the payload packet carries a count and the size."""
        header = Request.encode(self).header
        return Outgoing(header, replace(header, code=0, param1=1, param2=len(self.content), payload=self.content))
