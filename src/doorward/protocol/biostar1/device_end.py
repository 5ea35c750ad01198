"""The device's end of server mode (server-mode notes, sections 2 to 6, 9 and 11).

A device dials, stays silent until the server asks who it is, announces which of its two connections this is, and goes
on when the server takes it: on the command connection it answers, on the request connection it asks.

Nothing here reads a clock: the caller gives the time, in seconds of any clock that only goes forward, and calls
``timed_out`` at the deadline. Bytes are given in pieces; send each piece with one call, so that no header is split.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from doorward.model.errors import TimedOut
from doorward.protocol.biostar1.announcement import ANNOUNCED_BY, ConnectionKind, DeviceIdentity, is_enciphered
from doorward.protocol.biostar1.cipher import TCP_CIPHER
from doorward.protocol.biostar1.commands.identity import IDENTIFY, Identity
from doorward.protocol.biostar1.device_side import DeviceConnection, DeviceEvent
from doorward.protocol.biostar1.message import Message, MessageAssembler, encode_message
from doorward.protocol.biostar1.packet import MAXIMUM_PAYLOAD_RECEIVED, MAXIMUM_PAYLOAD_SENT, Packet, decode_packet
from doorward.protocol.biostar1.request import Reply
from doorward.protocol.biostar1.results import SUCCESS
from doorward.protocol.biostar1.server_mode import DeviceRequest, has_payload_packets, server_result_words
from doorward.protocol.biostar1.stream import PacketDecoder
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

QUESTION_LIMIT: Final = 30.0
"""Seconds for the identity question; the vendor's server asks after 10 (section 2)."""

DECISION_LIMIT: Final = 60.0
"""Seconds for the answer to the announcement: an application may be asked first."""

ANSWER_LIMIT: Final = 20.0
"""Seconds for the answer to a question. A server answers a push when the record is stored, which may take a while;
without an answer both connections are closed and the record goes out again."""

KEEP_ALIVE_PERIOD: Final = 30.0
"""Seconds between keep-alives: well below half of 100 s, the default after which a server gives a device up
(section 8)."""

MAXIMUM_ANSWER: Final = 65_536


class DialPhase(enum.Enum):
    """What a dialled connection waits for."""

    QUESTION = "the identity question"
    DECISION = "the answer to the announcement"
    OVER = "nothing more"


@dataclass(frozen=True, slots=True)
class SendPieces:
    """Send these now, each with one call."""

    pieces: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Admitted:
    """The server takes the connection: go on with ``serve`` or ``ask``."""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The server refuses the device: close, and dial again later.

    Attributes:
        result: The result code.
        words: The same in words.
    """

    result: int
    words: str


DialEvent = SendPieces | Admitted | TurnedAway


class DialledConnection:
    """A connection that the device has dialled.

    Args:
        identity: Serial number and type of the device.
        kind: Which of its connections this is.
        now: The time.
        inside_tls: Whether TLS is around the connection: then the device announces itself unasked.
        enciphered: Whether the announcement is enciphered; by the type when it is not given.

    Attributes:
        phase: What it waits for.
        deadline: When to call ``timed_out``.
    """

    __slots__ = ("_enciphered", "_inside_tls", "_received", "deadline", "identity", "kind", "phase")

    def __init__(
        self,
        identity: DeviceIdentity,
        kind: ConnectionKind,
        now: float,
        *,
        inside_tls: bool = False,
        enciphered: bool | None = None,
    ) -> None:
        self.identity = identity
        self.kind = kind
        self.phase = DialPhase.QUESTION
        self.deadline: float | None = now + QUESTION_LIMIT
        self._inside_tls = inside_tls
        if enciphered is None:
            enciphered = is_enciphered(kind, identity.device_type, inside_tls=inside_tls)
        self._enciphered = enciphered
        self._received = b""

    def start(self, now: float) -> bytes:
        """Give what is to be sent at once: inside TLS the announcement, on a plain connection nothing."""
        return self._announce(now) if self._inside_tls else b""

    def receive(self, data: bytes, now: float) -> list[DialEvent]:
        """Take received bytes.

        Raises:
            RemoteProtocolError: The server broke a rule; close the connection.
        """
        if self.phase is DialPhase.OVER:
            raise LocalProtocolError("the connection is decided; it goes on with serve or ask, or is closed")
        self._received += data
        try:
            return list(self._advance(now))
        except RemoteProtocolError:
            self._finish()
            raise

    def timed_out(self, now: float) -> None:
        """Tell the time; nothing happens before the deadline.

        Raises:
            TimedOut: The server did not do what it had to; close the connection.
        """
        if self.deadline is not None and now >= self.deadline:
            phase = self.phase
            self._finish()
            raise TimedOut(f"The server did not send {phase.value} in time.")

    def serve(self, *, packet_payload: int = MAXIMUM_PAYLOAD_SENT) -> DeviceCommandConnection:
        """Go on with an admitted command connection; a question may have arrived already, see ``received`` there."""
        return DeviceCommandConnection(
            self.identity.device_id, packet_payload=packet_payload, received=self._admitted(ConnectionKind.COMMAND)
        )

    def ask(self, *, packet_payload: int = MAXIMUM_PAYLOAD_SENT, enciphered: bool = False) -> DeviceRequestConnection:
        """Go on with an admitted request connection."""
        received = self._admitted(ConnectionKind.REQUEST)
        if received:
            raise RemoteProtocolError("the server sent something on the request connection before it was asked")
        return DeviceRequestConnection(
            self.identity.device_id, packet_payload=packet_payload, enciphered=enciphered and not self._inside_tls
        )

    def _advance(self, now: float) -> Iterator[DialEvent]:
        while self.phase is not DialPhase.OVER:
            step = decode_packet(self._received, TCP_CIPHER)
            if step is None:
                return
            packet, size = step
            self._received = self._received[size:]
            if packet.payload:
                raise RemoteProtocolError(
                    f"command {packet.command:#06x} with a payload arrived before the device was taken"
                )
            if packet.command == IDENTIFY and not self._inside_tls:
                yield SendPieces(self._say_who(now))
            elif packet.command == ANNOUNCED_BY[self.kind] and self.phase is DialPhase.DECISION:
                self.phase = DialPhase.OVER
                self.deadline = None
                words = server_result_words(packet.code)
                yield Admitted() if packet.code == SUCCESS else TurnedAway(packet.code, words)
            else:
                raise RemoteProtocolError(f"command {packet.command:#06x} arrived where {self.phase.value} was due")

    def _say_who(self, now: float) -> tuple[bytes, ...]:
        # In clear and without serial number, like the question (section 3).
        own = Identity(self.identity.device_id, self.identity.device_type).encode(IDENTIFY)
        answer = b"".join(encode_message(own))
        return (answer,) if self.phase is DialPhase.DECISION else (answer, self._announce(now))

    def _announce(self, now: float) -> bytes:
        self.phase = DialPhase.DECISION
        self.deadline = now + DECISION_LIMIT
        message = Message(ANNOUNCED_BY[self.kind], device_id=self.identity.device_id, encrypted=self._enciphered)
        return b"".join(encode_message(message))

    def _admitted(self, kind: ConnectionKind) -> bytes:
        if self.phase is not DialPhase.OVER or kind is not self.kind:
            raise LocalProtocolError(f"the {self.kind.value} is not admitted as {kind.value}")
        received, self._received = self._received, b""
        return received

    def _finish(self) -> None:
        self.phase = DialPhase.OVER
        self.deadline = None
        self._received = b""


class DeviceCommandConnection(DeviceConnection):
    """The connection on which the device answers the server: as in direct mode, with 0x0015 and 0x0070.

    Answers are enciphered when the question was.

    Args:
        device_id: The device's serial number.
        packet_payload: Most payload bytes of a packet, up to 4,096.
        received: What arrived behind the answer to the announcement; call ``receive`` once without data to have it
            read.
    """

    def __init__(self, device_id: int, *, packet_payload: int = MAXIMUM_PAYLOAD_SENT, received: bytes = b"") -> None:
        super().__init__(device_id)
        self._packet_payload = checked_packet_payload(packet_payload)
        self._early = received

    def receive(self, data: bytes) -> Iterator[DeviceEvent]:
        """Take received bytes; see ``DeviceConnection.receive``."""
        if self._early:
            data, self._early = self._early + data, b""
        return super().receive(data)

    def reply(self, request: Message, answer: Message) -> Iterator[bytes]:
        """Write a reply; see ``DeviceConnection.reply``. The identity bears no serial number in its header."""
        self._offer = None
        device_id = 0 if request.command == IDENTIFY else self.device_id
        return encode_message(
            replace(answer, command=request.command, device_id=device_id, encrypted=request.encrypted),
            chunk=self._packet_payload,
        )

    def _payload_follows(self, header: Message) -> bool:
        return has_payload_packets(header)


@dataclass(frozen=True, slots=True)
class Answered:
    """The server answered the question.

    Attributes:
        request: The question.
        message: The answer; its code is the result.
        reply: The answer, typed; None when it is a refusal.
    """

    request: DeviceRequest[Any]
    message: Message
    reply: Reply | None

    @property
    def result(self) -> int:
        """The result code, 0 for success."""
        return self.message.code

    @property
    def words(self) -> str:
        """The result in words."""
        return server_result_words(self.message.code)


class DeviceRequestConnection:
    """The connection on which the device asks, one question at a time.

    Args:
        device_id: The device's serial number.
        packet_payload: Most payload bytes of a packet, up to 4,096.
        enciphered: Whether questions are enciphered; servers take both.

    Attributes:
        deadline: When to call ``timed_out``; None while nothing is asked.
    """

    __slots__ = ("_assembler", "_decoder", "_enciphered", "_packet_payload", "_request", "deadline", "device_id")

    def __init__(self, device_id: int, *, packet_payload: int = MAXIMUM_PAYLOAD_SENT, enciphered: bool = False) -> None:
        self.device_id = device_id
        self.deadline: float | None = None
        self._packet_payload = checked_packet_payload(packet_payload)
        self._enciphered = enciphered
        self._decoder = PacketDecoder()
        self._assembler = MessageAssembler(MAXIMUM_ANSWER)
        self._request: DeviceRequest[Any] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether a question waits for its answer."""
        return self._request is not None

    def ask(self, request: DeviceRequest[Any], now: float) -> list[bytes]:
        """Ask the server.

        Returns:
            The packets to send, each with one call.

        Raises:
            LocalProtocolError: A question waits for its answer, or a value does not fit.
        """
        if self._request is not None:
            raise LocalProtocolError(
                f"{type(request).__name__} cannot be asked: {type(self._request).__name__} waits for its answer"
            )
        message = replace(request.encode().header, device_id=self.device_id, encrypted=self._enciphered)
        packets = list(encode_message(message, chunk=self._packet_payload))
        self._request = request
        self.deadline = now + ANSWER_LIMIT
        return packets

    def receive(self, data: bytes) -> list[Answered]:
        """Take received bytes.

        Raises:
            RemoteProtocolError: The server broke a rule; close both connections.
        """
        return [answered for packet in self._decoder.feed(data) for answered in self._take(packet)]

    def timed_out(self, now: float) -> None:
        """Tell the time; nothing happens before the deadline.

        Raises:
            TimedOut: The server did not answer; close both connections, a late answer would be taken for the next.
        """
        if self.deadline is not None and now >= self.deadline:
            raise TimedOut(f"The server did not answer {type(self._request).__name__} within {ANSWER_LIMIT:g} s.")

    def _take(self, packet: Packet) -> Iterator[Answered]:
        request = self._request
        if request is None:
            raise RemoteProtocolError(f"an answer to command {packet.command:#06x} arrived although nothing was asked")
        if packet.command != request.COMMAND:
            raise RemoteProtocolError(
                f"an answer to command {packet.command:#06x} arrived; {request.COMMAND:#06x} was asked"
            )
        message = self._assembler.add(packet)
        if message is not None:
            self._request = None
            self.deadline = None
            yield Answered(request, message, request.decode_reply(message) if message.code == SUCCESS else None)


def checked_packet_payload(size: int) -> int:
    """Refuse a size that no packet may have.

    Raises:
        LocalProtocolError: It lies outside 1 to 4,096 bytes.
    """
    if not 1 <= size <= MAXIMUM_PAYLOAD_RECEIVED:
        raise LocalProtocolError(
            f"packet payload: {size} bytes are not allowed; allowed: 1 to {MAXIMUM_PAYLOAD_RECEIVED}"
        )
    return size
