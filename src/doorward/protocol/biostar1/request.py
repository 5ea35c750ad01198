"""Typed requests and replies, declared once and read or written by the same declaration.

A request is a frozen dataclass whose fields say where they travel: in the code, in a parameter or in the payload.
So a client writes it, a device reads it, and a capture is explained with it. The kinds of exchange are those of the
protocol notes, section 3.
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from doorward.protocol.biostar1.message import Message
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from doorward.protocol.layout import Record, shown, split_records

BASIC_TIMEOUT = 4.0  # seconds; what most calls need at the most (section 3.5)

_METADATA_KEY = "doorward.request"
R = TypeVar("R", bound="Reply")
RecordT = TypeVar("RecordT", bound=Record)


class Exchange(enum.Enum):
    """How a command goes over the wire (section 3)."""

    SIMPLE = "simple"  # question without payload, reply without payload
    WRITE = "write"  # header packet, reply, payload packets, reply
    DATA = "data"  # question without payload, reply with payload
    LIST = "list"  # question without payload, reply with a count, reply with payload
    WRITE_THEN_DATA = "write, then data"  # a write after which one more reply brings a payload


WRITES = frozenset({Exchange.WRITE, Exchange.WRITE_THEN_DATA})


class Part(enum.Enum):
    """Where a field of a request or reply travels."""

    CODE = "code"
    PARAM1 = "param1"
    PARAM2 = "param2"
    BOTH_PARAMS = "both"
    PAYLOAD = "payload"


class Tally(enum.Enum):
    """A fixed parameter that is computed from the payload."""

    PAYLOAD_SIZE = "payload size"
    RECORD_COUNT = "record count"


_NUMBER_LIMITS = {Part.CODE: 0xFFFF, Part.PARAM1: 0xFFFFFFFF, Part.PARAM2: 0xFFFFFFFF, Part.BOTH_PARAMS: 0xFFFFFFFF}


def _declare(part: Part, meaning: str, default: Any, record: type[Record] | None = None) -> Any:
    metadata = {_METADATA_KEY: (part, record, meaning)}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def in_code(meaning: str = "", default: int = 0) -> int:
    """Declare a number that travels in the code."""
    return cast("int", _declare(Part.CODE, meaning, default))


def in_param1(meaning: str = "", default: int = 0) -> int:
    """Declare a number that travels in the first parameter."""
    return cast("int", _declare(Part.PARAM1, meaning, default))


def in_param2(meaning: str = "", default: int = 0) -> int:
    """Declare a number that travels in the second parameter."""
    return cast("int", _declare(Part.PARAM2, meaning, default))


def in_both_params(meaning: str = "", default: int = 0) -> int:
    """Declare a number that travels in both parameters alike."""
    return cast("int", _declare(Part.BOTH_PARAMS, meaning, default))


def in_payload(meaning: str = "") -> bytes:
    """Declare the payload, carried as it is."""
    return cast("bytes", _declare(Part.PAYLOAD, meaning, b""))


def records_in_payload(record: type[RecordT], meaning: str = "") -> tuple[RecordT, ...]:
    """Declare a payload of records that follow each other."""
    return cast("tuple[RecordT, ...]", _declare(Part.PAYLOAD, meaning, (), record))


@dataclass(frozen=True, slots=True)
class PartLayout:
    """One declared field of a request or reply."""

    name: str
    part: Part
    record: type[Record] | None
    meaning: str


_parts: dict[type, tuple[PartLayout, ...]] = {}


def parts_of(kind: type[Parts]) -> tuple[PartLayout, ...]:
    """The declared fields of a request or reply class."""
    known = _parts.get(kind)
    if known is None:
        known = _parts[kind] = tuple(
            PartLayout(item.name, *item.metadata[_METADATA_KEY])
            for item in dataclasses.fields(kind)
            if _METADATA_KEY in item.metadata
        )
    return known


@dataclass(frozen=True, slots=True)
class Parts:
    """What requests and replies share: their numbers and their payload."""

    CODE: ClassVar[int] = 0
    PARAM1: ClassVar[int | Tally] = 0
    PARAM2: ClassVar[int | Tally] = 0

    def _numbers_and_payload(self) -> tuple[int, int, int, bytes]:
        numbers: dict[Part, int] = {}
        payload = b""
        count = 0
        for item in parts_of(type(self)):
            value = getattr(self, item.name)
            if item.part is Part.PAYLOAD:
                if item.record is None:
                    payload, count = bytes(value), 1
                else:
                    payload, count = b"".join(entry.to_bytes() for entry in value), len(value)
            elif item.part in _NUMBER_LIMITS:
                limit = _NUMBER_LIMITS[item.part]
                if not isinstance(value, int) or not 0 <= value <= limit:
                    raise LocalProtocolError(
                        f"{type(self).__name__}.{item.name}: {shown(value)} does not fit; "
                        f"allowed: a whole number from 0 to {limit}"
                    )
                if item.part is Part.BOTH_PARAMS:
                    numbers[Part.PARAM1] = numbers[Part.PARAM2] = int(value)
                else:
                    numbers[item.part] = int(value)

        def fixed(part: Part, constant: int | Tally) -> int:
            if part in numbers:
                return numbers[part]
            if constant is Tally.PAYLOAD_SIZE:
                return len(payload)
            if constant is Tally.RECORD_COUNT:
                return count
            assert isinstance(constant, int)
            return constant

        return (
            numbers.get(Part.CODE, self.CODE),
            fixed(Part.PARAM1, self.PARAM1),
            fixed(Part.PARAM2, self.PARAM2),
            payload,
        )

    @classmethod
    def _from_message(cls, message: Message) -> Self:
        sources = {
            Part.CODE: message.code,
            Part.PARAM1: message.param1,
            Part.PARAM2: message.param2,
            Part.BOTH_PARAMS: message.param1,
        }
        values: dict[str, Any] = {}
        for item in parts_of(cls):
            if item.part is not Part.PAYLOAD:
                if item.part in sources:
                    values[item.name] = sources[item.part]
            elif item.record is None:
                values[item.name] = message.payload
            else:
                values[item.name] = split_records(item.record, counted_payload(cls, item.record, message))
        return cls(**values)


def counted_payload(kind: type[Parts], record: type[Record], message: Message) -> bytes:
    """The part of the payload that the count in the first parameter covers (section 7).

    Raises:
        RemoteProtocolError: More records are announced than arrived.
    """
    if kind.PARAM1 is not Tally.RECORD_COUNT:
        return message.payload
    size = message.param1 * record.SIZE
    if size > len(message.payload):
        raise RemoteProtocolError(
            f"{message.param1} records of {record.SIZE} bytes are announced, but {len(message.payload)} bytes arrived"
        )
    return message.payload[:size]


@dataclass(frozen=True, slots=True)
class Reply(Parts):
    """A typed reply with result 0."""

    @classmethod
    def decode(cls, message: Message) -> Self:
        """Read a reply whose result is 0.

        Raises:
            RemoteProtocolError: The payload is not what this reply carries.
        """
        return cls._from_message(message)

    def encode(self, command: int) -> Message:
        """Write the reply as a device sends it."""
        _, param1, param2, payload = self._numbers_and_payload()
        return Message(command, 0, param1, param2, payload)


@dataclass(frozen=True, slots=True)
class Done(Reply):
    """The device did it and has nothing to add."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes on the wire.

    Attributes:
        header: The question, or the header packet of a write.
        payload: The message with the payload that follows the reply to the header packet; None when there is none.
    """

    header: Message
    payload: Message | None = None


@dataclass(frozen=True, slots=True)
class Request(Parts, Generic[R]):
    """A typed request.

    Attributes:
        COMMAND: Its number.
        EXCHANGE: How it goes over the wire.
        REPLY: The type of its reply.
        PURPOSE: What it does, as a phrase that follows "refused to".
        TIMEOUT: Seconds to wait for each packet of the reply.
    """

    COMMAND: ClassVar[int]
    EXCHANGE: ClassVar[Exchange] = Exchange.SIMPLE
    REPLY: ClassVar[type[Reply]] = Done
    PURPOSE: ClassVar[str]
    TIMEOUT: ClassVar[float] = BASIC_TIMEOUT

    def encode(self) -> Outgoing:
        """Write the request as a client sends it, without device id and cipher.

        Raises:
            LocalProtocolError: A value does not fit its field.
        """
        code, param1, param2, payload = self._numbers_and_payload()
        header = Message(self.COMMAND, code, param1, param2)
        if self.EXCHANGE not in WRITES:
            return Outgoing(header)
        return Outgoing(header, dataclasses.replace(header, payload=payload))

    @classmethod
    def matches(cls, message: Message) -> bool:
        """Whether a message of this command is this request, by its fixed code and parameters."""
        placed = {item.part for item in parts_of(cls)}
        return (
            (Part.CODE in placed or message.code == cls.CODE)
            and (
                bool(placed & {Part.PARAM1, Part.BOTH_PARAMS})
                or isinstance(cls.PARAM1, Tally)
                or message.param1 == cls.PARAM1
            )
            and (
                bool(placed & {Part.PARAM2, Part.BOTH_PARAMS})
                or isinstance(cls.PARAM2, Tally)
                or message.param2 == cls.PARAM2
            )
            and (Part.BOTH_PARAMS not in placed or message.param1 == message.param2)
        )

    @classmethod
    def decode(cls, message: Message) -> Self:
        """Read the request as a device receives it: code and parameters of the header packet, joined payload.

        Raises:
            RemoteProtocolError: The payload is not what this request carries.
        """
        return cls._from_message(message)

    def decode_reply(self, message: Message) -> R:
        """Read the reply to this request; its result is 0.

        Raises:
            RemoteProtocolError: The payload is not what the reply carries.
        """
        return cast("R", self.REPLY.decode(message))


def refuse_zero(field: str, value: int) -> None:
    """Refuse a number or count of 0 where the wire would take it for "all".

    Raises:
        LocalProtocolError: The value is 0.
    """
    if value == 0:
        raise LocalProtocolError(
            f"{field}: 0 is not allowed here, on the wire it means all; allowed: 1 or more",
            advice="Use the request that deletes all, if that is what you mean.",
        )
