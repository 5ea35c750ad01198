"""The messages of the tunnel. Each travels as one binary message of a WebSocket: its kind, a number, and what follows.

The server opens streams and asks questions, the agent serves them. The number is that of the stream, the question, the
device or the ping; 0 where there is nothing to number. Data travel as they are, everything else as typed values.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import ClassVar, Final

from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from doorward.protocol.tunnel.reach import Reach
from doorward.protocol.tunnel.values import from_json, to_json

PROTOCOL_NAME: Final = "doorward-tunnel-1"
"""What both ends name in the TLS and in the WebSocket handshake; another version gets another name."""

PATH: Final = "/agent"
"""The path of the WebSocket request."""

MOST_DATA: Final = 256 * 1024
"""Bytes of a stream in one message: a ping behind it need not wait for long."""

MOST_BYTES: Final = 4 * 1024 * 1024
"""Bytes of any message."""

LARGEST_NUMBER: Final = 0xFFFFFFFF

_HEAD = struct.Struct(">BI")
_NUMBER = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Card:
    """A network card of the agent's machine; see ``doorward.transport.Interface``."""

    name: str
    address: str
    mask: str
    up: bool = True
    loopback: bool = False


@dataclass(frozen=True, slots=True)
class EventPlace:
    """A record of a device's log that was seen; the key of an event, see ``doorward.model.event_key``."""

    origin: int
    event: int
    sub_event: int
    attendance_key: int
    time: int
    user: int


@dataclass(frozen=True, slots=True)
class Message:
    """What every message has.

    Attributes:
        number: Of the stream, question, device or ping; 0 where there is nothing to number.
    """

    KIND: ClassVar[int]
    number: int = 0


# --- Beginning -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enroll(Message):
    """An agent without a certificate shows its one-time code and asks for one.

    Attributes:
        code: The secret part of the code. Secret.
        request: Its certificate request in PEM form.
        version: Version of its program.
    """

    KIND: ClassVar[int] = 1
    code: str = field(default="", repr=False)
    request: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Enrolled(Message):
    """The answer to ``Enroll``.

    Attributes:
        certificate: The agent's certificate, PEM.
        authority: The certificate of the server's authority, PEM.
        name: What the server calls the agent.
    """

    KIND: ClassVar[int] = 2
    certificate: str = ""
    authority: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Hello(Message):
    """What an agent says first when it shows its certificate.

    Attributes:
        version: Version of its program.
        system: Its machine in words.
        cards: Its network cards.
        kept: Devices of whose log it holds records that the server has not taken yet.
        memory: Bytes of memory that its process holds; 0 when that is not known.
        server: The IP address by which it reaches the server; devices beside it reach the server by it too.
    """

    KIND: ClassVar[int] = 3
    version: str = ""
    system: str = ""
    cards: tuple[Card, ...] = ()
    kept: tuple[int, ...] = ()
    memory: int = 0
    server: str = ""


@dataclass(frozen=True, slots=True)
class Welcome(Message):
    """What the server says to an agent that it takes, and again when its settings changed.

    Attributes:
        name: What the server calls the agent.
        reach: What the agent may reach.
        devices: The devices that are dialled through it; the agent forgets what it keeps of others.
    """

    KIND: ClassVar[int] = 4
    name: str = ""
    reach: Reach = field(default_factory=Reach)
    devices: tuple[int, ...] = ()


# --- Streams ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Open(Message):
    """Dial a device.

    Attributes:
        host: IPv4 address in the branch.
        port: TCP port.
        seconds: For the connection to come about.
    """

    KIND: ClassVar[int] = 10
    host: str = ""
    port: int = 0
    seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Opened(Message):
    """The device was dialled.

    Attributes:
        host: The agent's own address of the connection.
        port: Its port.
    """

    KIND: ClassVar[int] = 11
    host: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class Failed(Message):
    """A stream did not come about or was cut.

    Attributes:
        error: Name of the error's class, such as ``NotReached``.
        message: What happened and why, in words.
        advice: What to do next.
        code: The device's own result code; 0 where there is none.
    """

    KIND: ClassVar[int] = 12
    error: str = ""
    message: str = ""
    advice: str = ""
    code: int = 0


@dataclass(frozen=True, slots=True)
class Data(Message):
    """Bytes of a stream."""

    KIND: ClassVar[int] = 13
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Window(Message):
    """So many more bytes of a stream may be sent.

    Attributes:
        credit: How many.
    """

    KIND: ClassVar[int] = 14
    credit: int = 0


@dataclass(frozen=True, slots=True)
class End(Message):
    """This side sends nothing more on a stream."""

    KIND: ClassVar[int] = 15


# --- Questions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask(Message):
    """A question, by UDP or about ports; see ``doorward.protocol.tunnel.questions``.

    Attributes:
        what: Name of the question.
        content: The question, as JSON.
    """

    KIND: ClassVar[int] = 20
    what: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Progress(Message):
    """Something on the way to the answer, as JSON."""

    KIND: ClassVar[int] = 21
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer(Message):
    """The answer, as JSON."""

    KIND: ClassVar[int] = 22
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class NoAnswer(Message):
    """A question has no answer; the values are those of ``Failed``."""

    KIND: ClassVar[int] = 24
    error: str = ""
    message: str = ""
    advice: str = ""
    code: int = 0


@dataclass(frozen=True, slots=True)
class Cancel(Message):
    """Nobody waits for the answer any more."""

    KIND: ClassVar[int] = 23


# --- Whether the line lives ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ping(Message):
    """Are you there?"""

    KIND: ClassVar[int] = 30


@dataclass(frozen=True, slots=True)
class Pong(Message):
    """The answer to the ping of that number."""

    KIND: ClassVar[int] = 31


# --- What is kept while the line is cut ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeepLog(Message):
    """How far the log of a device was read; the number is that of the device.

    Attributes:
        host: Where it is dialled.
        port: The port there.
        device_type: The number of its model.
        place: A record that stands in the log; None when the log is empty or was never read.
        largest: Most records that one answer of the device ever held.
        ignores_continue: The device does not know "go on".
    """

    KIND: ClassVar[int] = 40
    host: str = ""
    port: int = 0
    device_type: int = 0
    place: EventPlace | None = None
    largest: int = 0
    ignores_continue: bool = False


@dataclass(frozen=True, slots=True)
class ForgetLog(Message):
    """The device of this number is no longer looked after while the line is cut."""

    KIND: ClassVar[int] = 41


@dataclass(frozen=True, slots=True)
class TakeKept(Message):
    """Give the next of what was kept of a device; the number is that of the question.

    Attributes:
        device_id: The device.
        after: Everything up to this place in the spool is on disk at the server and may be forgotten.
    """

    KIND: ClassVar[int] = 42
    device_id: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class KeptHead:
    """What stands before the records of ``Kept``.

    Attributes:
        place: Rising number of this part in the spool of the device; 0: nothing is left.
        extended: The records are of the extended form.
        ends_reading: The last part of one reading of the log.
        unbroken: Nothing can have been lost between the reading before and this one.
        newest: A record that stood in the log at the end of the reading.
    """

    place: int = 0
    extended: bool = False
    ends_reading: bool = False
    unbroken: bool = False
    newest: EventPlace | None = None


@dataclass(frozen=True, slots=True)
class Kept(Message):
    """One answer of the device's log, as it came.

    Attributes:
        head: What it is.
        content: The records, one after another.
    """

    KIND: ClassVar[int] = 43
    head: KeptHead = field(default_factory=KeptHead)
    content: bytes = field(default=b"", repr=False)


_TYPED: Final[tuple[type[Message], ...]] = (
    Enroll, Enrolled, Hello, Welcome, Open, Opened, Failed, End, NoAnswer, Cancel, Ping, Pong, KeepLog, ForgetLog,
    TakeKept,
)  # fmt: skip
_BARE: Final = (Data, Progress, Answer)
_TYPED_BY_KIND: Final = {each.KIND: each for each in _TYPED}
_BARE_BY_KIND: Final = {each.KIND: each for each in _BARE}


def encode(message: Message) -> bytes:
    """A message as bytes.

    Raises:
        LocalProtocolError: It is too long.
    """
    if isinstance(message, Data | Progress | Answer):
        body = message.content
    elif isinstance(message, Window):
        body = _NUMBER.pack(message.credit)
    elif isinstance(message, Ask):
        name = message.what.encode()
        body = bytes([len(name)]) + name + message.content
    elif isinstance(message, Kept):
        head = to_json(message.head)
        body = _NUMBER.pack(len(head)) + head + message.content
    else:
        body = to_json(message)
    if len(body) + _HEAD.size > MOST_BYTES:
        raise LocalProtocolError(f"a message of the tunnel has {len(body)} bytes, more than {MOST_BYTES}")
    return _HEAD.pack(message.KIND, message.number) + body


def decode(content: bytes) -> Message:
    """The message of these bytes.

    Raises:
        RemoteProtocolError: They are none.
    """
    if not _HEAD.size <= len(content) <= MOST_BYTES:
        raise RemoteProtocolError(f"a message of the tunnel has {len(content)} bytes")
    kind, number = _HEAD.unpack_from(content)
    body = content[_HEAD.size :]
    bare = _BARE_BY_KIND.get(kind)
    if bare is not None:
        return bare(number, body)
    typed = _TYPED_BY_KIND.get(kind)
    if typed is not None:
        found = from_json(typed, body)
        if found.number != number:
            raise RemoteProtocolError(f"a message of the tunnel has two numbers, {number} and {found.number}")
        return found
    if kind == Window.KIND:
        if len(body) != _NUMBER.size:
            raise RemoteProtocolError("a window of the tunnel is no number")
        return Window(number, *_NUMBER.unpack(body))
    if kind == Ask.KIND:
        return _ask(number, body)
    if kind == Kept.KIND:
        return _kept(number, body)
    raise RemoteProtocolError(f"a message of the tunnel is of the unknown kind {kind}")


def _ask(number: int, body: bytes) -> Ask:
    if not body or len(body) <= body[0]:
        raise RemoteProtocolError("a question of the tunnel has no name")
    end = 1 + body[0]
    try:
        return Ask(number, body[1:end].decode("ascii"), body[end:])
    except UnicodeDecodeError as error:
        raise RemoteProtocolError("the name of a question of the tunnel is no ASCII text") from error


def _kept(number: int, body: bytes) -> Kept:
    if len(body) < _NUMBER.size:
        raise RemoteProtocolError("what was kept came without its head")
    (size,) = _NUMBER.unpack_from(body)
    end = _NUMBER.size + size
    if end > len(body):
        raise RemoteProtocolError("what was kept came with a part of its head")
    return Kept(number, from_json(KeptHead, body[_NUMBER.size : end]), body[end:])
