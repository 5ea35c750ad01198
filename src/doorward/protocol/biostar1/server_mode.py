"""Messages that only server mode has (server-mode notes, sections 3 to 7 and 10).

The device dials the server and keeps two connections. On the command connection the server asks: the commands of
direct mode and two more. On the request connection the device asks: it pushes log records and looks up users. A
question of the device carries its payload with it and is answered by one message with the same command.

Here are the messages alone; who may send what, and when, is the matter of a connection.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self, TypeVar

from doorward.protocol.biostar1 import commands
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.models import COMPACT_PORT, MODELS
from doorward.protocol.biostar1.records.logs import (
    ExtendedLogRecord,
    ImageLogHeader,
    LogRecord,
    read_extended_log_records,
    read_log_records,
    write_extended_log_records,
    write_log_records,
)
from doorward.protocol.biostar1.request import (
    WRITES,
    Done,
    Exchange,
    Outgoing,
    Reply,
    Request,
    Tally,
    in_param1,
    in_param2,
    in_payload,
)
from doorward.protocol.biostar1.results import result_words
from doorward.protocol.biostar1.user_data import UserHeader, user_form
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from doorward.protocol.layout import DEFAULT_TEXT_CODEC

SERVER_PORT: Final = 1480

START_REQUEST_CONNECTION: Final = 0x0015
CERTIFICATE: Final = 0x0070
ANNOUNCE_COMMAND_CONNECTION: Final = 0x0101
ANNOUNCE_REQUEST_CONNECTION: Final = 0x0102
PUSH_LOG: Final = 0x0103
ASK_TIME: Final = 0x0106
KEEP_ALIVE: Final = 0x0107
LOOK_UP_USER: Final = 0x0108
MATCH_TEMPLATE: Final = 0x0109
PUSH_EXTENDED_LOG: Final = 0x010A
PUSH_IMAGE_LOG: Final = 0x010B

_TOLD_APART_BY_CODE: Final = frozenset({LOOK_UP_USER, MATCH_TEMPLATE})

NORMAL_FINGER: Final = 1
DURESS_FINGER: Final = 2

# A BioStation is enciphered here, although it speaks in clear in direct mode (server-mode notes, section 1.1).
ENCIPHERED_TYPES: Final = frozenset({0, 1, 2, 3, 7, 11, 12})
"""Device types whose command connection the server enciphers, unless TLS is around it."""

TYPES_TOLD_THE_ADDRESS: Final = frozenset(model.device_type for model in MODELS if model.tcp_port == COMPACT_PORT)
"""Device types that are told the server's address when they shall open the request connection."""

USER_HEADERS: Final = MappingProxyType({model.device_type: user_form(model).header for model in MODELS})
"""The user header that each device type takes in answers; the type alone decides, not the question."""

R = TypeVar("R", bound=Reply)


@dataclass(frozen=True, slots=True)
class StartRequestConnection(Request[Done]):
    """Tell the device to open its request connection (types 0, 4, 5, 6 and 10)."""

    COMMAND: ClassVar[int] = START_REQUEST_CONNECTION
    PURPOSE: ClassVar[str] = "open its request connection"
    TIMEOUT: ClassVar[float] = 8.0


@dataclass(frozen=True, slots=True)
class StartRequestConnectionAt(Request[Done]):
    """Tell the device where to open its request connection (the models on port 1471)."""

    COMMAND: ClassVar[int] = START_REQUEST_CONNECTION
    CODE: ClassVar[int] = 1
    PURPOSE: ClassVar[str] = "open its request connection"
    TIMEOUT: ClassVar[float] = 8.0

    server_address: int = in_param1("IPv4 address of the server, the first octet in the lowest byte")
    server_port: int = in_param2("TCP port of the server", SERVER_PORT)

    @classmethod
    def to(cls, address: str, port: int = SERVER_PORT) -> StartRequestConnectionAt:
        """Make the request for a dotted address.

        Raises:
            LocalProtocolError: The address is not an IPv4 address.
        """
        try:
            packed = ipaddress.IPv4Address(address).packed
        except ValueError:
            raise LocalProtocolError(
                f"server address: {address!r} is not allowed; allowed: an IPv4 address such as 192.168.1.10"
            ) from None
        return cls(int.from_bytes(packed, "little"), port)

    @property
    def address(self) -> str:
        """The server's address, dotted."""
        return dotted(self.server_address)


@dataclass(frozen=True, slots=True)
class WriteCertificate(Request[Done]):
    """Put the client certificate for TLS on the device (BioStation); a PEM file with its private key."""

    COMMAND: ClassVar[int] = CERTIFICATE
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    CODE: ClassVar[int] = 1
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a certificate"

    file: bytes = in_payload("the PEM file")


@dataclass(frozen=True, slots=True)
class DeleteCertificate(Request[Done]):
    """Remove the client certificate from the device."""

    COMMAND: ClassVar[int] = CERTIFICATE
    PURPOSE: ClassVar[str] = "delete its certificate"


@dataclass(frozen=True, slots=True)
class DeviceRequest(Request[R]):
    """A question of the device: the payload, where there is one, travels with it."""

    def encode(self) -> Outgoing:
        """Write the question as a device sends it: one message, payload included.

        Raises:
            LocalProtocolError: A value does not fit its field.
        """
        code, param1, param2, payload = self._numbers_and_payload()
        return Outgoing(Message(self.COMMAND, code, param1, param2, payload))

    @classmethod
    def matches(cls, message: Message) -> bool:
        """Whether a question of this command is this request: lookups and matching are told apart by their code.

        The vendor's server looks at nothing else, so neither does this one.
        """
        return cls.COMMAND not in _TOLD_APART_BY_CODE or message.code == cls.CODE


@dataclass(frozen=True, slots=True)
class AnnounceCommandConnection(DeviceRequest[Done]):
    """The device asks to be taken; the header carries its serial number."""

    COMMAND: ClassVar[int] = ANNOUNCE_COMMAND_CONNECTION
    PURPOSE: ClassVar[str] = "take the device"


@dataclass(frozen=True, slots=True)
class AnnounceRequestConnection(DeviceRequest[Done]):
    """The device offers its second connection, on which it will ask."""

    COMMAND: ClassVar[int] = ANNOUNCE_REQUEST_CONNECTION
    PURPOSE: ClassVar[str] = "take the request connection"


@dataclass(frozen=True, slots=True)
class PushLog(DeviceRequest[Done]):
    """The device reports an event as a record of 16 bytes."""

    COMMAND: ClassVar[int] = PUSH_LOG
    PURPOSE: ClassVar[str] = "take a log record"

    content: bytes = in_payload("the record, 16 bytes")

    @classmethod
    def of(cls, record: LogRecord) -> PushLog:
        """Make the request for a record; raises LocalProtocolError when a value does not fit."""
        return cls(write_log_records([record]))

    @classmethod
    def decode(cls, message: Message) -> PushLog:
        """Read the push.

        Raises:
            RemoteProtocolError: The payload is not a whole number of records, at least one.
        """
        _check_records(message, LogRecord.SIZE)
        return cls(message.payload)

    @property
    def records(self) -> list[LogRecord]:
        """The records; a device sends one at a time."""
        return read_log_records(self.content)


@dataclass(frozen=True, slots=True)
class PushExtendedLog(DeviceRequest[Done]):
    """The device reports an event as a record of 24 bytes."""

    COMMAND: ClassVar[int] = PUSH_EXTENDED_LOG
    PURPOSE: ClassVar[str] = "take a log record"

    content: bytes = in_payload("the record, 24 bytes")

    @classmethod
    def of(cls, record: ExtendedLogRecord) -> PushExtendedLog:
        """Make the request for a record; raises LocalProtocolError when a value does not fit."""
        return cls(write_extended_log_records([record]))

    @classmethod
    def decode(cls, message: Message) -> PushExtendedLog:
        """Read the push.

        Raises:
            RemoteProtocolError: The payload is not a whole number of records, at least one.
        """
        _check_records(message, ExtendedLogRecord.SIZE)
        return cls(message.payload)

    @property
    def records(self) -> list[ExtendedLogRecord]:
        """The records; a device sends one at a time."""
        return read_extended_log_records(self.content)


@dataclass(frozen=True, slots=True)
class PushImageLog(DeviceRequest[Done]):
    """The device sends the picture of an event: a header of 24 bytes, then the picture."""

    COMMAND: ClassVar[int] = PUSH_IMAGE_LOG
    PURPOSE: ClassVar[str] = "take a picture"

    content: bytes = in_payload("header and picture")

    @classmethod
    def of(cls, header: ImageLogHeader, picture: bytes) -> PushImageLog:
        """Make the request; the header's size is set to that of the picture."""
        return cls(dataclasses.replace(header, image_size=len(picture)).to_bytes() + picture)

    @classmethod
    def decode(cls, message: Message) -> PushImageLog:
        """Read the push.

        Raises:
            RemoteProtocolError: There is no whole header, or less picture than it announces.
        """
        request = cls(message.payload)
        if len(message.payload) < ImageLogHeader.SIZE:
            raise RemoteProtocolError(
                f"a picture starts with a header of {ImageLogHeader.SIZE} bytes, {len(message.payload)} arrived"
            )
        arrived = len(message.payload) - ImageLogHeader.SIZE
        if request.header.image_size > arrived:
            raise RemoteProtocolError(
                f"a picture of {request.header.image_size} bytes is announced, but {arrived} bytes arrived"
            )
        return request

    @property
    def header(self) -> ImageLogHeader:
        """The event that the picture belongs to."""
        return ImageLogHeader.from_bytes(self.content[: ImageLogHeader.SIZE])

    @property
    def picture(self) -> bytes:
        """The picture, a JPEG file."""
        return self.content[ImageLogHeader.SIZE : ImageLogHeader.SIZE + self.header.image_size]


@dataclass(frozen=True, slots=True)
class ServerTime(Reply):
    """The server's wall clock."""

    local_time: int = in_param1("local seconds since 1970: UTC and the offset of the zone")


@dataclass(frozen=True, slots=True)
class AskTime(DeviceRequest[ServerTime]):
    """The device asks for the time."""

    COMMAND: ClassVar[int] = ASK_TIME
    REPLY: ClassVar[type[Reply]] = ServerTime
    PURPOSE: ClassVar[str] = "tell the time"


@dataclass(frozen=True, slots=True)
class KeepAlive(DeviceRequest[Done]):
    """The device shows that it is there."""

    COMMAND: ClassVar[int] = KEEP_ALIVE
    PURPOSE: ClassVar[str] = "answer a keep-alive"


@dataclass(frozen=True, slots=True)
class UserAnswer(Reply):
    """A user that the server knows."""

    content: bytes = in_payload("the user header of the device's model")

    @classmethod
    def of(cls, header: UserHeader, *, text_codec: str = DEFAULT_TEXT_CODEC) -> Self:
        """Make the answer."""
        return cls(header.to_bytes(text_codec=text_codec))

    def user(self, device_type: int, *, text_codec: str = DEFAULT_TEXT_CODEC) -> UserHeader:
        """Read the user header; raises RemoteProtocolError when it is not that of the type."""
        return read_user_header(self.content, device_type, text_codec=text_codec)


@dataclass(frozen=True, slots=True)
class LookUpUser(DeviceRequest[UserAnswer]):
    """The device asks for a user by number."""

    COMMAND: ClassVar[int] = LOOK_UP_USER
    CODE: ClassVar[int] = 1
    REPLY: ClassVar[type[Reply]] = UserAnswer
    PURPOSE: ClassVar[str] = "look up a user"

    user_id: int = in_param1("user number")


@dataclass(frozen=True, slots=True)
class LookUpCard(DeviceRequest[UserAnswer]):
    """The device asks for the holder of a card."""

    COMMAND: ClassVar[int] = LOOK_UP_USER
    CODE: ClassVar[int] = 2
    REPLY: ClassVar[type[Reply]] = UserAnswer
    PURPOSE: ClassVar[str] = "look up the holder of a card"

    card_id: int = in_param1("card number")
    custom_id: int = in_param2("custom number of the card")


@dataclass(frozen=True, slots=True)
class MatchAnswer(Reply):
    """Whose finger it is."""

    finger: int = in_param1("1 a normal finger, 2 a duress finger", NORMAL_FINGER)
    content: bytes = in_payload("the user header of the device's model")

    @classmethod
    def of(cls, header: UserHeader, *, duress: bool = False, text_codec: str = DEFAULT_TEXT_CODEC) -> Self:
        """Make the answer."""
        return cls(DURESS_FINGER if duress else NORMAL_FINGER, header.to_bytes(text_codec=text_codec))

    @property
    def duress(self) -> bool:
        """Whether it is a duress finger."""
        return self.finger == DURESS_FINGER

    def user(self, device_type: int, *, text_codec: str = DEFAULT_TEXT_CODEC) -> UserHeader:
        """Read the user header; raises RemoteProtocolError when it is not that of the type."""
        return read_user_header(self.content, device_type, text_codec=text_codec)


@dataclass(frozen=True, slots=True)
class IdentifyTemplate(DeviceRequest[MatchAnswer]):
    """The device asks whose template this is."""

    COMMAND: ClassVar[int] = MATCH_TEMPLATE
    CODE: ClassVar[int] = 1
    REPLY: ClassVar[type[Reply]] = MatchAnswer
    PURPOSE: ClassVar[str] = "identify a template"

    template: bytes = in_payload("the template, 384 bytes for a finger")


@dataclass(frozen=True, slots=True)
class VerifyTemplate(DeviceRequest[MatchAnswer]):
    """The device asks whether this template is that of a user."""

    COMMAND: ClassVar[int] = MATCH_TEMPLATE
    CODE: ClassVar[int] = 2
    REPLY: ClassVar[type[Reply]] = MatchAnswer
    PURPOSE: ClassVar[str] = "verify a template"

    user_id: int = in_param1("user number")
    template: bytes = in_payload("the template, 384 bytes for a finger")


def _by_command(*kinds: type[Request[Any]]) -> MappingProxyType[int, tuple[type[Request[Any]], ...]]:
    found: dict[int, tuple[type[Request[Any]], ...]] = {}
    for kind in kinds:
        found[kind.COMMAND] = (*found.get(kind.COMMAND, ()), kind)
    return MappingProxyType(found)


SERVER_REQUESTS: Final = _by_command(
    StartRequestConnection, StartRequestConnectionAt, WriteCertificate, DeleteCertificate
)
"""What the server asks beyond the commands of direct mode, by command number."""

DEVICE_REQUESTS: Final = _by_command(
    AnnounceCommandConnection,
    AnnounceRequestConnection,
    PushLog,
    AskTime,
    KeepAlive,
    LookUpUser,
    LookUpCard,
    IdentifyTemplate,
    VerifyTemplate,
    PushExtendedLog,
    PushImageLog,
)
"""What the device asks, by command number."""


def asked_by_device(command: int) -> bool:
    """Whether the device asks with this command; the server asks with all others."""
    return 0x0100 <= command <= 0x01FF


def request_class(header: Message) -> type[Request[Any]] | None:
    """Find the request that a question of either side is; None for an unknown one.

    Args:
        header: The question, or the header packet of a write.
    """
    own = DEVICE_REQUESTS if asked_by_device(header.command) else SERVER_REQUESTS
    for kind in own.get(header.command, ()):
        if kind.matches(header):
            return kind
    return commands.request_class(header)


def has_payload_packets(header: Message) -> bool:
    """Whether payload packets follow this header packet of the server once the device has answered it."""
    if header.command in SERVER_REQUESTS:
        kind = request_class(header)
        return kind is not None and kind.EXCHANGE in WRITES
    return commands.has_payload_packets(header)


def read_user_header(content: bytes, device_type: int, *, text_codec: str = DEFAULT_TEXT_CODEC) -> UserHeader:
    """Read the user header of an answer (server-mode notes, section 10).

    Raises:
        RemoteProtocolError: The device type is unknown, or the size is not that of its header.
    """
    header = USER_HEADERS.get(device_type)
    if header is None:
        raise RemoteProtocolError(f"the user header of device type {device_type} is not known")
    return header.from_bytes(content, text_codec=text_codec)


def refused_user_answer(command: int, result: int, device_type: int) -> Message:
    """Write the answer "no such user" and its like: result, and a user header of zeros, which always follows.

    Args:
        command: The command of the question, 0x0108 or 0x0109.
        result: The result code, not 0.
        device_type: The type that the device announced; an unknown one gets no payload.
    """
    header = USER_HEADERS.get(device_type)
    # The finger means nothing in a refusal; a server that found none leaves 1 there.
    finger = NORMAL_FINGER if command == MATCH_TEMPLATE else 0
    return Message(command, result, finger, payload=bytes(header.SIZE) if header else b"")


_SERVER_RESULTS: Final = MappingProxyType(
    {
        0x00C8: "the server does not know the terminal",
        0x00C9: "the server could not communicate",
        0x00CA: "the server does not allow it",
        0x00CB: "the server is busy",
        0x012C: "the server's database is missing",
        0x0190: "TLS could not be set up",
    }
)


def server_result_words(code: int) -> str:
    """A result code of server mode in words (server-mode notes, section 7)."""
    return _SERVER_RESULTS.get(code) or result_words(code)


def dotted(address: int) -> str:
    """An IPv4 address whose first octet is the lowest byte, as dotted text."""
    return str(ipaddress.IPv4Address(address.to_bytes(4, "little")))


def _check_records(message: Message, size: int) -> None:
    if not message.payload or len(message.payload) % size:
        raise RemoteProtocolError(
            f"a push carries whole log records of {size} bytes, {len(message.payload)} bytes arrived"
        )
