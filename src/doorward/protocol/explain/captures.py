"""Whole captures explained: every connection and every datagram on the devices' ports."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from doorward.protocol.biostar1.models import COMPACT_PORT, STATION_PORT
from doorward.protocol.biostar1.server_mode import SERVER_PORT
from doorward.protocol.biostar1.udp_exchange import UDP_PORT
from doorward.protocol.biostar2.frame import UDP_PORT as BIOSTAR2_UDP_PORT
from doorward.protocol.capture import (
    CapturedFrame,
    CaptureReader,
    Connection,
    Endpoint,
    LeftOut,
    StreamData,
    StreamEvent,
    StreamGap,
    TcpReassembler,
    TcpSegment,
    UdpDatagram,
    read_frame,
)
from doorward.protocol.explain.datagrams import DatagramExplainer
from doorward.protocol.explain.knowledge import Knowledge
from doorward.protocol.explain.message import Channel, Explained, Sender
from doorward.protocol.explain.streams import StreamExplainer

TCP_PORTS: Final[Mapping[int, Channel]] = MappingProxyType(
    {STATION_PORT: Channel.TCP, COMPACT_PORT: Channel.TCP, SERVER_PORT: Channel.SERVER}
)
UDP_PORTS: Final = frozenset({UDP_PORT, BIOSTAR2_UDP_PORT})
_MOST_CONNECTIONS = 1024


@dataclass(frozen=True, slots=True)
class CapturedMessage:
    """An explained message and where it was seen.

    Attributes:
        message: What it is.
        channel: The channel it belongs to.
        source: Who sent it.
        destination: To whom.
        time: Nanoseconds since 1970 in UTC; None where the capture does not tell.
    """

    message: Explained
    channel: Channel
    source: Endpoint
    destination: Endpoint
    time: int | None


@dataclass(slots=True)
class _Conversation:
    explainer: StreamExplainer
    listener: Endpoint


class CaptureExplainer:
    """Explains a capture file.

    Args:
        channel: Only this channel; None for all.
        ports: Further ports on which devices or a server listen. A TCP port is taken as the channel asked for; without
            one, as direct mode when the end that dialled speaks first, else as server mode.
        knowledge: What is known of the devices.
        show_secrets: Show PINs, passwords, keys and templates.
    """

    def __init__(
        self,
        *,
        channel: Channel | None = None,
        ports: frozenset[int] = frozenset(),
        knowledge: Knowledge | None = None,
        show_secrets: bool = False,
    ) -> None:
        self.frames = 0
        self.left_out: Counter[LeftOut] = Counter()
        self._channel = channel
        self._ports = ports
        self._knowledge = knowledge or Knowledge()
        self._show_secrets = show_secrets
        self._reader = CaptureReader()
        self._reassembler = TcpReassembler()
        self._datagrams = DatagramExplainer(knowledge=self._knowledge, show_secrets=show_secrets)
        self._conversations: OrderedDict[Connection, _Conversation] = OrderedDict()

    def feed(self, data: bytes) -> list[CapturedMessage]:
        """Take the next bytes of the file and give the messages that became whole.

        Raises:
            NotACapture: The file is none.
        """
        told: list[CapturedMessage] = []
        for frame in self._reader.feed(data):
            self.frames += 1
            self._frame(frame, told)
        return told

    def end(self) -> list[CapturedMessage]:
        """Give the messages that still wait when the file has ended."""
        told: list[CapturedMessage] = []
        for event in self._reassembler.end():
            self._event(event, told)
        for connection in list(self._conversations):
            self._close(connection, None, told)
        return told

    def check(self) -> None:
        """Tell whether the file was whole.

        Raises:
            NotACapture: It is too short for any capture file.
            CaptureError: It ends in the middle of a record, or a record was damaged.
        """
        self._reader.end()

    def _frame(self, frame: CapturedFrame, told: list[CapturedMessage]) -> None:
        packet = read_frame(frame)
        if isinstance(packet, LeftOut):
            self.left_out[packet] += 1
        elif isinstance(packet, UdpDatagram):
            self._datagram(packet, frame.time, told)
        elif self._wanted_stream(packet):
            for event in self._reassembler.take(packet, frame.time):
                self._event(event, told)

    def _wanted_stream(self, segment: TcpSegment) -> bool:
        if self._channel is Channel.UDP:
            return False
        for port in (segment.destination.port, segment.source.port):
            if port in self._ports or (port in TCP_PORTS and self._channel in (None, TCP_PORTS[port])):
                return True
        return False

    def _datagram(self, datagram: UdpDatagram, time: int | None, told: list[CapturedMessage]) -> None:
        if self._channel not in (None, Channel.UDP):
            return
        ports = UDP_PORTS | self._ports
        if datagram.destination.port in ports:
            sender, host = Sender.HOST, datagram.source
        elif datagram.source.port in ports:
            sender, host = Sender.DEVICE, datagram.destination
        else:
            return
        message = self._datagrams.explain(datagram.data, sender, host=host)
        told.append(CapturedMessage(message, Channel.UDP, datagram.source, datagram.destination, time))

    def _event(self, event: StreamEvent, told: list[CapturedMessage]) -> None:
        if not isinstance(event, StreamData | StreamGap):
            self._close(event.connection, event.time, told)
            return
        conversation = self._conversations.get(event.connection)
        if conversation is None:
            conversation = self._open(event.connection, event.source, event.time, told)
        self._conversations.move_to_end(event.connection)
        sender = _side(conversation, event.source)
        if isinstance(event, StreamData):
            messages = conversation.explainer.feed(event.data, sender)
        else:
            messages = conversation.explainer.gap(event.missing, sender)
        self._tell(messages, event.connection, conversation, event.time, told)

    def _open(
        self, connection: Connection, speaks_first: Endpoint, time: int | None, told: list[CapturedMessage]
    ) -> _Conversation:
        known = self._ports | TCP_PORTS.keys()
        listener = connection.second if connection.second.port in known else connection.first
        if listener.port in self._ports:
            channel = self._channel or (Channel.SERVER if speaks_first == listener else Channel.TCP)
        else:
            channel = TCP_PORTS[listener.port]
        explainer = StreamExplainer(channel, knowledge=self._knowledge, show_secrets=self._show_secrets)
        conversation = self._conversations[connection] = _Conversation(explainer, listener)
        if len(self._conversations) > _MOST_CONNECTIONS:
            self._close(next(iter(self._conversations)), time, told)
        return conversation

    def _close(self, connection: Connection, time: int | None, told: list[CapturedMessage]) -> None:
        conversation = self._conversations.pop(connection, None)
        if conversation is not None:
            self._tell(conversation.explainer.end(), connection, conversation, time, told)

    def _tell(
        self,
        messages: list[Explained],
        connection: Connection,
        conversation: _Conversation,
        time: int | None,
        told: list[CapturedMessage],
    ) -> None:
        ends = (connection.first, connection.second)
        for message in messages:
            source = next((end for end in ends if _side(conversation, end) is message.sender), connection.first)
            destination = ends[0] if source == ends[1] else ends[1]
            told.append(CapturedMessage(message, conversation.explainer.channel, source, destination, time))


def _side(conversation: _Conversation, end: Endpoint) -> Sender:
    """Who an end is: devices listen in direct mode, the server does in server mode."""
    listens = Sender.HOST if conversation.explainer.channel is Channel.SERVER else Sender.DEVICE
    return listens if end == conversation.listener else listens.other
