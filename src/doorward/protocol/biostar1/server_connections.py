"""The server's end of the two connections of an accepted device (server-mode notes, sections 3, 5, 6 and 8).

On the command connection the server asks, on the request connection the device asks. Neither reads a clock: where
time counts, the caller gives it, in seconds of any clock that only goes forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from doorward.model.errors import TimedOut
from doorward.protocol.biostar1.announcement import KIND_ANNOUNCED, ConnectionKind, is_enciphered
from doorward.protocol.biostar1.client import ClientConnection, ClientEvent
from doorward.protocol.biostar1.message import Message, encode_message
from doorward.protocol.biostar1.packet import Packet
from doorward.protocol.biostar1.recovering_stream import Dropped, RecoveringDecoder
from doorward.protocol.biostar1.request import Done, Reply, Request
from doorward.protocol.biostar1.results import INVALID_PARAMETER, SUCCESS, UNSUPPORTED
from doorward.protocol.biostar1.server_mode import (
    DEVICE_REQUESTS,
    LOOK_UP_USER,
    MATCH_TEMPLATE,
    SERVER_PORT,
    TYPES_TOLD_THE_ADDRESS,
    USER_HEADERS,
    MatchAnswer,
    StartRequestConnection,
    StartRequestConnectionAt,
    UserAnswer,
    refused_user_answer,
    request_class,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

CHECK_DURATION: Final = 100.0
"""Seconds of silence on a request connection after which a device counts as lost: the vendor's default (section 8).
A device keeps alive about every 30 s and does not learn this value; set at least twice its period."""

UNFINISHED_LIMIT: Final = 12.0
"""Seconds for the rest of a message that has begun: the vendor's server takes 8 and refuses 12 (section 8)."""

MAXIMUM_QUESTION: Final = 65_536
"""Most payload bytes of a question, the documented data size of the vendor's server (section 1)."""

MAXIMUM_QUESTION_PACKETS: Final = 1024
"""Most packets of a question; a device needs 32 of 2,048 bytes for the largest."""

MAXIMUM_UNANSWERED: Final = 256
"""Questions that may wait for their answer. A device asks one at a time; a burst is taken all the same."""

_WITH_USER_HEADER = frozenset({LOOK_UP_USER, MATCH_TEMPLATE})


def start_request_connection(
    device_type: int, address: str, port: int = SERVER_PORT
) -> StartRequestConnection | StartRequestConnectionAt:
    """The request that makes a device open its request connection, in the form that its type takes (section 4).

    Args:
        device_type: The type that the device announced.
        address: IPv4 address at which the device reaches this server, best the one it dialled.
        port: TCP port at which it does.

    Raises:
        LocalProtocolError: The address is not an IPv4 address.
    """
    if device_type in TYPES_TOLD_THE_ADDRESS:
        return StartRequestConnectionAt.to(address, port)
    return StartRequestConnection()


class CommandConnection(ClientConnection):
    """The connection on which the server asks: the commands of direct mode, 0x0015 and 0x0070.

    What the device sends unasked is discarded. An answer that does not come in time cannot be told from the next one:
    close the connection then.

    Args:
        device_id: The device's serial number.
        device_type: The type that it announced; decides about the cipher.
        inside_tls: Whether TLS is around the connection: then all is in clear and without serial number.
        received: What arrived behind the announcement.

    Attributes:
        discarded: Packets that came unasked.
    """

    def __init__(self, device_id: int, device_type: int, *, inside_tls: bool = False, received: bytes = b"") -> None:
        super().__init__(
            device_id=0 if inside_tls else device_id,
            enciphered=is_enciphered(ConnectionKind.COMMAND, device_type, inside_tls=inside_tls),
        )
        self.discarded = 0
        self._early = received
        self._stale = False

    def start(self, request: Request[Any], *, streamed: bool = False) -> bytes:
        """Begin an exchange; see ``ClientConnection.start``.

        Raises:
            LocalProtocolError: Another exchange is under way, the connection is out of step, or a value does not fit.
            RemoteProtocolError: What the device sent before is no packet.
        """
        if self._early:
            self.receive(b"")
        data = super().start(request, streamed=streamed)
        # A packet whose first bytes are here already was sent before the question: it is not the answer.
        self._stale = self._decoder.buffered > 0
        return data

    def receive(self, data: bytes) -> list[ClientEvent]:
        """Take received bytes; see ``ClientConnection.receive``."""
        if self._early:
            data, self._early = self._early + data, b""
        return super().receive(data)

    def _events(self, packets: list[Packet]) -> Iterator[ClientEvent]:
        if self._stale and packets:
            self._stale = False
            self._take_unasked(packets[0])
            packets = packets[1:]
        return super()._events(packets)

    def _take_unasked(self, packet: Packet) -> None:
        del packet
        self.discarded += 1


@dataclass(frozen=True, slots=True)
class Question:
    """The device asks; answer with ``RequestConnection.answer`` or ``refuse``, in the order of the questions.

    Attributes:
        number: Counts the questions of the connection, from 0.
        request: The question, typed.
        message: The question as it came.
    """

    number: int
    request: Request[Any]
    message: Message


@dataclass(frozen=True, slots=True)
class Refused:
    """The device asked what no server answers, or what cannot be read.

    Attributes:
        message: The question as it came.
        reason: What is wrong with it, in words.
        answer: The refusal; send it when the questions before it are answered.
    """

    message: Message
    reason: str
    answer: bytes


RequestEvent = Question | Refused | Dropped


class RequestConnection:
    """The connection on which the device asks.

    Act on the events in their order. Packets that come split or several at once are taken; a damaged one is dropped
    without an answer and the connection goes on.

    Args:
        device_id: The device's serial number.
        device_type: The type that it announced; decides about the user header of answers.
        now: The time.
        check_duration: Seconds of silence after which ``timed_out`` raises, once the device has asked something.
        received: What arrived behind the announcement; call ``receive`` once without data to have it read.
    """

    def __init__(
        self,
        device_id: int,
        device_type: int,
        now: float,
        *,
        check_duration: float = CHECK_DURATION,
        received: bytes = b"",
    ) -> None:
        self.device_id = device_id
        self.device_type = device_type
        self.check_duration = check_duration
        self._decoder = RecoveringDecoder()
        self._early = received
        self._first: Packet | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._skipping = False
        self._progress = now
        self._last_packet: float | None = None
        self._asked = 0
        self._answered = 0

    @property
    def unanswered(self) -> int:
        """Questions that wait for their answer."""
        return self._asked - self._answered

    @property
    def deadline(self) -> float | None:
        """The time at which to call ``timed_out``; None while silence may last."""
        limits = []
        if self._last_packet is not None:
            limits.append(self._last_packet + self.check_duration)
        if self._is_unfinished:
            limits.append(self._progress + UNFINISHED_LIMIT)
        return min(limits, default=None)

    @property
    def _is_unfinished(self) -> bool:
        return self._first is not None or self._decoder.buffered > 0

    def timed_out(self, now: float) -> None:
        """Tell the time; nothing happens before the deadline.

        Raises:
            TimedOut: The device was silent for too long; close both of its connections.
        """
        if self._is_unfinished and now >= self._progress + UNFINISHED_LIMIT:
            raise TimedOut(f"Device {self.device_id} began a message and did not end it within {UNFINISHED_LIMIT:g} s.")
        if self._last_packet is not None and now >= self._last_packet + self.check_duration:
            raise TimedOut(f"Device {self.device_id} was silent for {self.check_duration:g} s.")

    def receive(self, data: bytes, now: float) -> list[RequestEvent]:
        """Take received bytes.

        Raises:
            RemoteProtocolError: The device does not speak BioStar 1, or asks without end; close the connection.
        """
        if self._early:
            data, self._early = self._early + data, b""
        was_unfinished = self._is_unfinished
        events: list[RequestEvent] = []
        for item in self._decoder.feed(data):
            if isinstance(item, Dropped):
                self._drop_message()
                self._skipping = True
                events.append(item)
                continue
            self._last_packet = self._progress = now
            event = self._take(item)
            if event is not None:
                events.append(event)
        if not was_unfinished:
            self._progress = now
        return events

    def end(self) -> None:
        """Tell that the stream has ended.

        Raises:
            RemoteProtocolError: It ended in the middle of a message.
        """
        self._decoder.end()
        if self._first is not None:
            raise RemoteProtocolError("the connection ended in the middle of a message")

    def answer(self, question: Question, reply: Reply | None = None) -> bytes:
        """Write the answer to a question.

        Args:
            question: The oldest question that is not answered.
            reply: What the question asks for; None where it asks for nothing.

        Raises:
            LocalProtocolError: It is not this question's turn, the reply is of another kind, or its user header is
                not that of the device's type.
        """
        reply = Done() if reply is None else reply
        if type(reply) is not question.request.REPLY:
            raise LocalProtocolError(
                f"{type(question.request).__name__} is answered by {question.request.REPLY.__name__}, "
                f"not by {type(reply).__name__}"
            )
        if isinstance(reply, (UserAnswer, MatchAnswer)):
            self._check_user_header(reply.content)
        return self._write(question, reply.encode(question.message.command))

    def refuse(self, question: Question, result: int = UNSUPPORTED) -> bytes:
        """Write the refusal of a question.

        Args:
            question: The oldest question that is not answered.
            result: The result code; ``UNSUPPORTED`` says that this server does not do such things at all.

        Raises:
            LocalProtocolError: The result is success, or it is not this question's turn.
        """
        if result == SUCCESS:
            raise LocalProtocolError("result 0 is success and no refusal")
        command = question.message.command
        if command in _WITH_USER_HEADER and result != UNSUPPORTED:
            return self._write(question, refused_user_answer(command, result, self.device_type))
        return self._write(question, Message(command, result))

    def _write(self, question: Question, answer: Message) -> bytes:
        if question.number != self._answered or self._answered >= self._asked:
            raise LocalProtocolError(
                f"question {question.number} cannot be answered now: {self._answered} of {self._asked} questions are "
                "answered, and the answers go out in order"
            )
        self._answered += 1
        # In clear and without serial number for every type (section 5).
        return b"".join(encode_message(answer))

    def _check_user_header(self, content: bytes) -> None:
        header = USER_HEADERS.get(self.device_type)
        if header is None or len(content) != header.SIZE:
            allowed = f"{header.SIZE} bytes" if header else "none, its form is not known"
            raise LocalProtocolError(
                f"user header: {len(content)} bytes do not fit device type {self.device_type}; allowed: {allowed}"
            )

    def _drop_message(self) -> None:
        self._first = None
        self._parts = []
        self._size = 0

    def _take(self, packet: Packet) -> RequestEvent | None:
        first = self._first
        if first is not None and packet.command != first.command:
            self._drop_message()
            first = None
        if self._skipping and packet.index and first is None:
            # Its first packet was dropped as damaged; what is left of the message means nothing.
            return None
        self._skipping = False
        if first is None:
            self._first = first = packet
        # As the vendor's server does: the count of the first packet counts, and the order of arrival.
        self._parts.append(packet.payload)
        self._size += len(packet.payload)
        if self._size > MAXIMUM_QUESTION or len(self._parts) > MAXIMUM_QUESTION_PACKETS:
            raise RemoteProtocolError(
                f"a question of command {packet.command:#06x} grows beyond {MAXIMUM_QUESTION} bytes "
                f"or {MAXIMUM_QUESTION_PACKETS} packets"
            )
        if len(self._parts) < first.count:
            return None
        payload = b"".join(self._parts)
        self._drop_message()
        return self._question(
            Message(first.command, first.code, first.param1, first.param2, payload, first.device_id, first.encrypted)
        )

    def _question(self, message: Message) -> RequestEvent:
        kind = None
        if message.command in DEVICE_REQUESTS and message.command not in KIND_ANNOUNCED:
            kind = request_class(message)
        if kind is None:
            return self._refused(message, UNSUPPORTED, f"command {message.command:#06x} is not known here")
        try:
            request = kind.decode(message)
        except RemoteProtocolError as error:
            return self._refused(message, INVALID_PARAMETER, error.message)
        if self.unanswered >= MAXIMUM_UNANSWERED:
            raise RemoteProtocolError(f"{MAXIMUM_UNANSWERED} questions wait for their answer, and the device asks on")
        question = Question(self._asked, request, message)
        self._asked += 1
        return question

    def _refused(self, message: Message, result: int, reason: str) -> Refused:
        return Refused(message, reason, b"".join(encode_message(Message(message.command, result))))
