"""The two TCP channels explained: direct mode and server mode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from doorward.protocol.biostar1.cipher import TCP_CIPHER
from doorward.protocol.biostar1.commands.identity import IDENTIFY
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.packet import ENCRYPTED_FLAG, Header, Packet
from doorward.protocol.biostar1.request import WRITES, Request
from doorward.protocol.biostar1.results import SUCCESS, result_words
from doorward.protocol.biostar1.server_mode import server_result_words
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.explain.assembly import Assembly, Joined
from doorward.protocol.explain.conversation import (
    Conversation,
    Place,
    Role,
    Stage,
    place_words,
    request_words,
)
from doorward.protocol.explain.knowledge import Knowledge
from doorward.protocol.explain.message import Channel, Explained, Sender, Value, joined_errors
from doorward.protocol.explain.payloads import Context, fields_of, numbers_of, payload_fields, reply_class
from doorward.protocol.explain.reading import Found, TolerantReader
from doorward.protocol.explain.values import ValueWriter, shown_bytes

UNREADABLE = "unreadable bytes"


@dataclass(slots=True)
class _Side:
    """What is held of one direction."""

    reader: TolerantReader
    assembly: Assembly[Place]


class StreamExplainer:
    """Explains one TCP connection, from either side or from both.

    Memory is bounded: an unfinished packet and a message of at most 4 MiB for each side.

    Args:
        channel: Direct mode or server mode.
        knowledge: What is known of the devices; share it between connections.
        show_secrets: Show PINs, passwords, keys and templates.

    Raises:
        ValueError: The channel is not a stream.
    """

    def __init__(
        self, channel: Channel = Channel.TCP, *, knowledge: Knowledge | None = None, show_secrets: bool = False
    ) -> None:
        if channel is Channel.UDP:
            raise ValueError("UDP is no stream; use DatagramExplainer")
        self.channel = channel
        self._knowledge = knowledge or Knowledge()
        self._values = ValueWriter(show_secrets=show_secrets)
        self._conversation = Conversation(channel)
        self._sides: dict[Sender, _Side] = {}
        self._device_id: int | None = None  # of the last identity; headers may carry 0

    def feed(self, data: bytes, sender: Sender = Sender.UNKNOWN) -> list[Explained]:
        """Explain the next bytes of one side.

        Args:
            data: The bytes, cut anywhere.
            sender: Who sent them; without it the order of the packets tells.
        """
        side = self._side(sender)
        return [self._explain(found, sender, side) for found in side.reader.feed(data)]

    def gap(self, missing: int, sender: Sender = Sender.UNKNOWN) -> list[Explained]:
        """Tell that bytes of one side are missing from the capture; what was unfinished is told as cut."""
        explained = self._end(sender)
        words = f"{missing} bytes are missing from the capture"
        return [*explained, Explained("gap in the capture", {"missing_bytes": missing}, words, sender)]

    def end(self) -> list[Explained]:
        """Explain what is left when the connection or the input has ended."""
        return [explained for sender in list(self._sides) for explained in self._end(sender)]

    def _side(self, sender: Sender) -> _Side:
        side = self._sides.get(sender)
        if side is None:
            side = self._sides[sender] = _Side(TolerantReader(TCP_CIPHER), Assembly())
        return side

    def _end(self, sender: Sender) -> list[Explained]:
        side = self._side(sender)
        explained = [self._explain(found, sender, side) for found in side.reader.end()]
        problem = side.assembly.drop()
        if problem:
            explained.append(Explained("unfinished message", {}, problem, sender))
        return explained

    def _explain(self, found: Found, sender: Sender, side: _Side) -> Explained:
        header = found.header
        if header is None:
            return unreadable(found, sender)
        packet = packet_of(header, found.payload)
        if not found.framed:
            words = request_words(self._conversation.kinds_of(packet.command), packet.command)
            return with_header(Explained(words, {}, found.error, sender), packet, header, found)
        broken = ""
        if side.assembly.continues(packet):
            joined = side.assembly.add(packet)
            place = joined.owner
        else:
            broken = side.assembly.drop()
            place = self._conversation.place(packet, sender)
            joined = side.assembly.start(packet, place)
        name = place_words(place, self._kinds(place, packet.command), packet)
        error = joined_errors(found.error, broken, place.error if packet.index == 0 else "", joined.error)
        fields: dict[str, Value] = {}
        if joined.payload is not None:
            try:
                fields = self._fields(place, joined, joined.payload)
            except RemoteProtocolError as problem:
                fields, error = self._numbers(place, joined.first), joined_errors(error, problem.message)
        if packet.index + 1 >= max(1, packet.count):
            self._conversation.finish(place, _message(joined.first))
        return with_header(Explained(name, fields, error, place.sender), packet, header, found)

    def _kinds(self, place: Place, command: int) -> tuple[type[Request[Any]], ...]:
        """What the question of a packet may be."""
        if place.question is None:
            return self._conversation.kinds_of(command)
        return (place.question.kind,) if place.question.kind else ()

    def _context(self, place: Place, packet: Packet) -> Context:
        known = self._knowledge.device_type(packet.device_id or self._device_id)
        return Context(place.question.header if place.question else None, known, self._values)

    def _fields(self, place: Place, joined: Joined[Place], payload: bytes) -> dict[str, Value]:
        first, question = joined.first, place.question
        context = self._context(place, first)
        message = replace(_message(first), payload=payload)
        if place.role is Role.REPLY:
            return self._reply_fields(place, message, context)
        if question is None or question.kind is None:
            return {"payload": shown_bytes(payload)} if payload else {}
        if place.role is Role.PAYLOAD:
            return payload_fields(question.kind, replace(question.header, payload=payload), context)
        header_alone = question.kind.EXCHANGE in WRITES or (question.kind.COMMAND == IDENTIFY and not payload)
        return fields_of(question.kind, message, context, with_payload=not header_alone)

    def _reply_fields(self, place: Place, message: Message, context: Context) -> dict[str, Value]:
        words = server_result_words if self.channel is Channel.SERVER else result_words
        told: dict[str, Value] = {"result": words(message.code)}
        if message.code != SUCCESS or place.stage in (Stage.ACCEPTANCE, Stage.RESULT):
            return told
        if place.stage is Stage.COUNT:
            return {**told, "count": message.param1}
        reply = reply_class(self._kinds(place, message.command), message)
        if reply is None:
            return {**told, "payload": shown_bytes(message.payload)} if message.payload else told
        if message.command == IDENTIFY:
            self._device_id = message.param1
            self._knowledge.learn(message.param1, message.param2)
        return {**told, **fields_of(reply, message, context, with_payload=bool(message.payload))}

    def _numbers(self, place: Place, first: Packet) -> dict[str, Value]:
        """What can still be told of a message whose payload cannot be read."""
        message, context = _message(first), self._context(place, first)
        if place.role is Role.REPLY:
            reply = reply_class(self._kinds(place, first.command), message)
            return numbers_of(reply, message, context) if reply else {}
        if place.role is Role.PAYLOAD or place.question is None or place.question.kind is None:
            return {}
        return numbers_of(place.question.kind, message, context)


def packet_of(header: Header, payload: bytes) -> Packet:
    """The packet that a tolerant reading found."""
    return Packet(
        header.device_id,
        header.command,
        header.code,
        header.param1,
        header.param2,
        payload,
        header.packet_index,
        header.packet_count,
        bool(header.flags & ENCRYPTED_FLAG),
        header.sequence,
    )


def with_header(explained: Explained, packet: Packet, header: Header, found: Found) -> Explained:
    """Add the numbers of the header."""
    return replace(
        explained,
        payload=packet.payload,
        device_id=packet.device_id,
        encrypted=packet.encrypted,
        sequence=packet.sequence,
        index=packet.index,
        count=packet.count,
        size=header.size,
        command=packet.command,
        code=packet.code,
        param1=packet.param1,
        param2=packet.param2,
        checksum_ok=found.checksum_ok,
    )


def unreadable(found: Found, sender: Sender) -> Explained:
    """A piece that is no packet."""
    fields: dict[str, Value] = {"bytes": found.length, "beginning": found.beginning.hex()}
    return Explained(UNREADABLE, fields, found.error, sender, checksum_ok=False)


def _message(packet: Packet) -> Message:
    return Message(
        packet.command,
        packet.code,
        packet.param1,
        packet.param2,
        packet.payload,
        packet.device_id,
        packet.encrypted,
    )
