"""Which packet is a question and which is its reply (protocol notes, section 3; server-mode notes, sections 3 to 6).

A packet does not say which it is: a question without payload and its plain reply are the same bytes. Where the
source tells the sender, the command decides; else the order of the packets and their form are all there is.
"""

from __future__ import annotations

import enum
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from doorward.protocol.biostar1 import commands, server_mode
from doorward.protocol.biostar1.commands.identity import BUS_SCAN_MILLISECONDS, IDENTIFY
from doorward.protocol.biostar1.commands.settings import ReadConfiguration, WriteConfiguration
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.packet import Packet
from doorward.protocol.biostar1.request import WRITES, Done, Exchange, Request, Tally
from doorward.protocol.biostar1.results import MEANINGS, SUCCESS
from doorward.protocol.explain.message import Channel, Sender

_MOST_OPEN_QUESTIONS = 64
_PUSHES = frozenset({server_mode.PUSH_LOG, server_mode.PUSH_EXTENDED_LOG, server_mode.PUSH_IMAGE_LOG})
_LOOK_UPS = frozenset({server_mode.LOOK_UP_USER, server_mode.MATCH_TEMPLATE})


class Stage(enum.Enum):
    """What comes next in an exchange."""

    REPLY = "reply"
    ACCEPTANCE = "accepted"  # the reply to the header packet of a write
    PAYLOAD = "payload"
    RESULT = "result"
    COUNT = "count"  # the first reply of a list
    DATA = "data"


class Role(enum.Enum):
    """What a packet is in its exchange."""

    QUESTION = "question"
    PAYLOAD = "payload"
    REPLY = "reply"


_FIRST_STAGE = {
    Exchange.SIMPLE: Stage.REPLY,
    Exchange.DATA: Stage.REPLY,
    Exchange.LIST: Stage.COUNT,
    Exchange.WRITE: Stage.ACCEPTANCE,
    Exchange.WRITE_THEN_DATA: Stage.ACCEPTANCE,
}


@dataclass(slots=True)
class Question:
    """A question that waits for its reply.

    Attributes:
        header: The question, or the header packet of a write.
        kind: Its class; None for an unknown one.
        stage: What comes next.
        unanswered: Whether payload followed the header packet without a reply: only one side was recorded.
    """

    header: Message
    kind: type[Request[Any]] | None
    stage: Stage
    unanswered: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a packet belongs.

    Attributes:
        role: What it is.
        sender: Who sent it.
        question: The question it belongs to; None for a reply whose question was not seen.
        stage: The stage of the exchange when it came.
        error: A rule of the exchange that it breaks.
        doubtful: Whether it may as well be a reply to another question with the same command, such as "delete all
            users", which has the same bytes as the reply to "delete a user".
    """

    role: Role
    sender: Sender
    question: Question | None
    stage: Stage
    error: str = ""
    doubtful: bool = False


class Conversation:
    """The exchanges of one connection. It remembers at most 64 questions without a reply.

    Args:
        channel: Direct mode or server mode; in server mode the device asks too.
    """

    def __init__(self, channel: Channel) -> None:
        self._server_mode = channel is Channel.SERVER
        self._open: deque[Question] = deque(maxlen=_MOST_OPEN_QUESTIONS)
        self._request_connection = False

    def place(self, packet: Packet, sender: Sender) -> Place:
        """Find out what the first packet of a message is."""
        asker = self._asker(packet.command)
        if sender is Sender.UNKNOWN:
            asks = self._looks_like_question(packet)
            actual = asker if asks else asker.other
        else:
            if self._request_connection:
                asker = Sender.DEVICE  # whatever it asks there; the server answers what it does not know as well
            asks = sender is asker
            actual = sender
            if asks and self._server_mode and packet.command == server_mode.ANNOUNCE_REQUEST_CONNECTION:
                self._request_connection = True
        if not asks:
            return self._reply(packet, actual, told=sender is not Sender.UNKNOWN)
        question = self._find(packet.command)
        if question is not None and self._continues(question, packet):
            return Place(Role.PAYLOAD, actual, question, question.stage)
        header = _header(packet)
        if packet.size and asker is Sender.HOST and self._is_write_command(packet.command):
            return Place(Role.PAYLOAD, actual, self._unseen_write(header), Stage.PAYLOAD)
        kind = self.kind_of(header)
        question = Question(header, kind, _FIRST_STAGE[kind.EXCHANGE] if kind else Stage.REPLY)
        self._open.append(question)
        doubtful = (
            sender is Sender.UNKNOWN
            and len(self.kinds_of(packet.command)) > 1
            and kind is not None
            and kind.REPLY is Done
            and packet.size == packet.code == packet.param1 == packet.param2 == 0
        )
        return Place(Role.QUESTION, actual, question, question.stage, doubtful=doubtful)

    def finish(self, place: Place, message: Message) -> None:
        """Tell that the message at this place is whole; the exchange goes on to its next stage."""
        question = place.question
        if question is None:
            return
        if place.role is Role.PAYLOAD:
            question.unanswered = question.stage is Stage.ACCEPTANCE
            if question.stage is not Stage.REPLY:
                question.stage = Stage.RESULT
        elif place.role is Role.REPLY:
            following = self._following(question, message)
            if following is not None:
                question.stage = following
            elif question in self._open:
                self._open.remove(question)

    def kind_of(self, header: Message) -> type[Request[Any]] | None:
        """The class of a question; None for an unknown one."""
        return server_mode.request_class(header) if self._server_mode else commands.request_class(header)

    def kinds_of(self, command: int) -> tuple[type[Request[Any]], ...]:
        """All classes that a command number may be."""
        own: tuple[type[Request[Any]], ...] = ()
        if self._server_mode:
            own = server_mode.SERVER_REQUESTS.get(command, ()) + server_mode.DEVICE_REQUESTS.get(command, ())
        return own or commands.REQUESTS.get(command, ())

    def _asker(self, command: int) -> Sender:
        asked_by_device = self._server_mode and server_mode.asked_by_device(command)
        return Sender.DEVICE if asked_by_device else Sender.HOST

    def _find(self, command: int) -> Question | None:
        return next((question for question in reversed(self._open) if question.header.command == command), None)

    def _is_write_command(self, command: int) -> bool:
        return any(kind.EXCHANGE in WRITES for kind in self.kinds_of(command))

    @staticmethod
    def _continues(question: Question, packet: Packet) -> bool:
        """Whether a packet of the asking side is the payload of an open write."""
        kind = question.kind
        # A bus scan sends its list at once, without waiting for a reply to the header packet.
        if kind is None or (kind.EXCHANGE not in WRITES and kind.COMMAND != IDENTIFY):
            return False
        if question.stage is Stage.ACCEPTANCE and packet.size == 0:
            # A table is cleared with an empty payload packet, which repeats the header packet.
            header = question.header
            return packet.code == header.code != SUCCESS and packet.param1 == header.param1 == packet.param2 == 0
        return question.stage is Stage.PAYLOAD or (
            packet.size > 0 and question.stage in (Stage.ACCEPTANCE, Stage.REPLY)
        )

    def _unseen_write(self, header: Message) -> Question:
        """A write whose header packet was not seen; the payload packet mostly repeats its numbers."""
        kinds = [kind for kind in self.kinds_of(header.command) if kind.EXCHANGE in WRITES]
        kind = next((kind for kind in kinds if kind.matches(header)), kinds[0])
        question = Question(replace(header, payload=b""), kind, Stage.PAYLOAD)
        self._open.append(question)
        return question

    def _looks_like_question(self, packet: Packet) -> bool:
        header = _header(packet)
        kind = self.kind_of(header)
        if self._server_mode and packet.command in _PUSHES:
            return packet.size > 0
        if self._server_mode and packet.command in _LOOK_UPS:
            return kind is not None
        if packet.command == IDENTIFY and (packet.size > 0 or packet.param2 == BUS_SCAN_MILLISECONDS):
            return True  # no device type is that large, and no identity carries a payload
        question = self._find(packet.command)
        if question is None:
            if not self.kinds_of(packet.command):
                return True
            if packet.size > 0:
                return self._is_write_command(packet.command)
            return kind is not None and _may_be_asked(kind, packet)
        if question.stage is Stage.PAYLOAD:
            return True
        if question.stage is Stage.RESULT and question.unanswered:
            return kind is not None and packet.size == 0
        return self._continues(question, packet)

    def _reply(self, packet: Packet, sender: Sender, *, told: bool) -> Place:
        question = next((entry for entry in self._open if entry.header.command == packet.command), None)
        if question is None:
            error = ""
            if self._open and told:
                asked = self._open[-1].header.command
                error = f"a reply to command {packet.command:#06x} arrived, {asked:#06x} was asked"
            return Place(Role.REPLY, sender, None, Stage.REPLY, error)
        return Place(Role.REPLY, sender, question, question.stage)

    @staticmethod
    def _following(question: Question, message: Message) -> Stage | None:
        """The stage after a reply; None when the exchange is over."""
        if message.code != SUCCESS:
            return None
        if question.stage is Stage.ACCEPTANCE:
            return Stage.PAYLOAD
        if question.stage is Stage.COUNT:
            return Stage.DATA
        if question.stage is Stage.RESULT and question.kind and question.kind.EXCHANGE is Exchange.WRITE_THEN_DATA:
            return Stage.DATA
        return None


def _may_be_asked(kind: type[Request[Any]], packet: Packet) -> bool:
    """Whether a packet without payload, of which nobody knows who sent it, has the form of this question."""
    if packet.command == IDENTIFY:
        return packet.param1 == packet.param2 == 0
    for constant, value in ((kind.PARAM1, packet.param1), (kind.PARAM2, packet.param2)):
        if constant is Tally.PAYLOAD_SIZE and value == 0 and kind.CODE == 0 and kind.EXCHANGE in WRITES:
            return False  # the header packet of a write announces its size, the reply to it does not
    if kind in (ReadConfiguration, WriteConfiguration):
        return True  # their types have the same numbers as results
    return packet.code not in MEANINGS or packet.param1 != 0 or packet.param2 != 0


def _header(packet: Packet) -> Message:
    return Message(
        packet.command,
        packet.code,
        packet.param1,
        packet.param2,
        packet.payload,
        packet.device_id,
        packet.encrypted,
    )


_WORD = re.compile(r"BioStation|Rs485|[A-Z][a-z0-9]*")
_SPELLED = {"BioStation": "BioStation", "Rs485": "RS-485"}


def request_words(kinds: Sequence[type[Request[Any]]], command: int) -> str:
    """The name of a request in words, such as "read log cache".

    Args:
        kinds: What it may be; none for an unknown command, which is named by its number.
        command: Its number.
    """
    if not kinds:
        return f"unknown command {command:#06x}"
    return " or ".join(
        dict.fromkeys(
            " ".join(_SPELLED.get(word, word.lower()) for word in _WORD.findall(kind.__name__)) for kind in kinds
        )
    )


def place_words(place: Place, kinds: Sequence[type[Request[Any]]], packet: Packet) -> str:
    """The name of a packet, such as "reply to write configuration (result)"."""
    words = request_words(kinds, packet.command)
    if place.role is Role.QUESTION:
        if place.doubtful:
            return f"{words}, or a reply"
        return f"{words} (header)" if any(kind.EXCHANGE in WRITES for kind in kinds) else words
    if place.role is Role.PAYLOAD:
        return f"{words} (payload)"
    if place.question is None or packet.code != SUCCESS or place.stage is Stage.REPLY:
        return f"reply to {words}"
    stage = Stage.RESULT if place.stage is Stage.PAYLOAD else place.stage
    return f"reply to {words} ({stage.value})"
