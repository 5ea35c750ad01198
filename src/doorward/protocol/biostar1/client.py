"""The client's end of a connection to a device, without input or output (protocol notes, section 3).

One request at a time. The caller sends what :meth:`ClientConnection.start` gives, feeds what arrives to
:meth:`ClientConnection.receive` and acts on the events. Waiting and its limits are the caller's.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from doorward.protocol.biostar1.commands.identity import IDENTIFY
from doorward.protocol.biostar1.message import Message, MessageAssembler, check_order, encode_message
from doorward.protocol.biostar1.packet import Packet
from doorward.protocol.biostar1.request import Exchange, Request
from doorward.protocol.biostar1.results import SUCCESS
from doorward.protocol.biostar1.stream import PacketDecoder
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

MAXIMUM_REPLY = 16 * 1024 * 1024  # a reply that is held whole; longer ones are streamed


class State(enum.Enum):
    """What the connection waits for."""

    IDLE = "nothing"
    REPLY = "the reply"
    WRITE_ACCEPTED = "the reply to the header packet of a write"
    WRITE_RESULT = "the result of a write"
    LIST_COUNT = "the count of a list"
    FAILED = "nothing more; the connection is out of step"


FIRST_STATE: dict[Exchange, State] = {
    Exchange.SIMPLE: State.REPLY,
    Exchange.DATA: State.REPLY,
    Exchange.LIST: State.LIST_COUNT,
    Exchange.WRITE: State.WRITE_ACCEPTED,
    Exchange.WRITE_THEN_DATA: State.WRITE_ACCEPTED,
}


@dataclass(frozen=True, slots=True)
class SendPayload:
    """The device takes the write: send these packets now."""

    packets: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class ListAnnounced:
    """The device will send a list of that many users; it may take half a second for each."""

    count: int


@dataclass(frozen=True, slots=True)
class PayloadChunk:
    """A piece of a streamed payload, in order.

    Attributes:
        header: The first packet of the reply, with its result and its count.
        content: The next bytes of the payload.
    """

    header: Packet
    content: bytes


@dataclass(frozen=True, slots=True)
class ReplyReceived:
    """The exchange is over; the result may be an error. A streamed reply carries no payload here."""

    message: Message


ClientEvent = SendPayload | ListAnnounced | PayloadChunk | ReplyReceived


class ClientConnection:
    """One connection, from the side that asks.

    Args:
        device_id: The device's serial number; 0 until it is known.
        enciphered: Whether the model's direct-mode packets are enciphered.
    """

    def __init__(self, *, device_id: int = 0, enciphered: bool = False) -> None:
        self.device_id = device_id
        self.enciphered = enciphered
        self.state = State.IDLE
        self.packets_received = 0
        self._decoder = PacketDecoder()
        self._assembler = MessageAssembler(MAXIMUM_REPLY)
        self._request: Request[Any] | None = None
        self._payload: Message | None = None
        self._streamed = False
        self._first: Packet | None = None
        self._next_index = 0

    def start(self, request: Request[Any], *, streamed: bool = False) -> bytes:
        """Begin an exchange.

        Args:
            request: What to ask.
            streamed: Give the payload of the reply in pieces instead of holding it whole.

        Returns:
            The bytes to send now.

        Raises:
            LocalProtocolError: Another exchange is under way, the connection is out of step, or a value does not fit.
        """
        if self.state is not State.IDLE:
            raise LocalProtocolError(
                f"{type(request).__name__} cannot be sent: the connection waits for {self.state.value}"
            )
        outgoing = request.encode()
        header = self._addressed(outgoing.header)
        data = b"".join(encode_message(header))
        self._payload = None if outgoing.payload is None else self._addressed(outgoing.payload)
        if self._payload is not None and request.EXCHANGE is Exchange.SIMPLE:
            data += b"".join(encode_message(self._payload))
            self._payload = None
        self._request = request
        self._streamed = streamed
        self.state = FIRST_STATE[request.EXCHANGE]
        return data

    def receive(self, data: bytes) -> list[ClientEvent]:
        """Take received bytes.

        Raises:
            RemoteProtocolError: The device broke a rule; close the connection, a late reply would be taken for another.
        """
        try:
            return list(self._events(self._decoder.feed(data)))
        except RemoteProtocolError:
            self.state = State.FAILED
            raise

    def end(self) -> None:
        """Tell that the stream has ended.

        Raises:
            RemoteProtocolError: It ended in the middle of a packet.
        """
        self.state = State.FAILED
        self._decoder.end()

    def _addressed(self, message: Message) -> Message:
        if message.command == IDENTIFY:
            return replace(message, device_id=0, encrypted=False)
        return replace(message, device_id=self.device_id, encrypted=self.enciphered)

    def _events(self, packets: list[Packet]) -> Iterator[ClientEvent]:
        pieces: list[bytes] = []
        for packet in packets:
            self.packets_received += 1
            first = self._first
            if (
                first is not None
                and packet.index == self._next_index < first.count - 1
                and packet.command == first.command
                and packet.count == first.count
                and packet.payload
            ):
                # One of the many packets in the middle of a streamed reply; the first and the last go the long way.
                self._next_index += 1
                pieces.append(packet.payload)
                continue
            if self.state is State.IDLE or self._request is None:
                self._take_unasked(packet)
                continue
            if packet.command != self._request.COMMAND:
                raise RemoteProtocolError(
                    f"a reply to command {packet.command:#06x} arrived; "
                    f"{self._request.COMMAND:#06x} ({self._request.PURPOSE}) was asked"
                )
            if self._streamed and self.state is State.REPLY:
                if self._stream(packet, pieces):
                    first = self._first
                    assert first is not None
                    if pieces:
                        yield PayloadChunk(first, b"".join(pieces))
                        pieces = []
                    yield self._finish(
                        Message(
                            first.command, first.code, first.param1, first.param2, b"", first.device_id, first.encrypted
                        )
                    )
                continue
            message = self._assembler.add(packet)
            if message is not None:
                yield from self._advance(message)
        if pieces:
            assert self._first is not None
            yield PayloadChunk(self._first, b"".join(pieces))

    def _take_unasked(self, packet: Packet) -> None:
        raise RemoteProtocolError(f"a reply to command {packet.command:#06x} arrived although nothing was asked")

    def _stream(self, packet: Packet, pieces: list[bytes]) -> bool:
        """Take a packet of a streamed reply; tells whether it was the last."""
        first = self._first
        if first is None:
            self._first = first = packet
            self._next_index = 0
        check_order(first, packet, self._next_index)
        self._next_index += 1
        if packet.payload:
            pieces.append(packet.payload)
        return self._next_index >= max(1, first.count)

    def _advance(self, message: Message) -> Iterator[ClientEvent]:
        assert self._request is not None
        if message.code != SUCCESS or self.state is State.REPLY:
            yield self._finish(message)
        elif self.state is State.LIST_COUNT:
            if message.payload:
                raise RemoteProtocolError("the count of a list must come without a payload")
            self.state = State.REPLY
            yield ListAnnounced(message.param1)
        elif self.state is State.WRITE_ACCEPTED:
            assert self._payload is not None
            self.state = State.WRITE_RESULT
            yield SendPayload(encode_message(self._payload))
        elif self._request.EXCHANGE is Exchange.WRITE_THEN_DATA:
            self.state = State.REPLY
        else:
            yield self._finish(message)

    def _finish(self, message: Message) -> ReplyReceived:
        self.state = State.IDLE
        self._request = None
        self._payload = None
        self._first = None
        return ReplyReceived(message)
