"""The UDP channel explained: BioStar 1 on 51110, BioStar 2 on 51210, told apart by the datagrams themselves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from doorward.protocol.biostar1.cipher import UDP_CIPHER
from doorward.protocol.biostar1.datagram import DATAGRAM_SIZE
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.packet import START_MARK, Packet
from doorward.protocol.biostar1.results import ACKNOWLEDGED, SUCCESS, result_words
from doorward.protocol.biostar1.udp_exchange import READ_CONFIGURATION, RESTART, SEARCH, WRITE_CONFIGURATION
from doorward.protocol.biostar2.frame import DATAGRAM_SIZE as FRAME_DATAGRAM_SIZE
from doorward.protocol.explain.assembly import Assembly
from doorward.protocol.explain.frames import explain_frame, is_frame
from doorward.protocol.explain.knowledge import Knowledge
from doorward.protocol.explain.message import Explained, Sender, Value, joined_errors
from doorward.protocol.explain.payloads import (
    Context,
    configuration_content,
    configuration_words,
    guessed_configuration,
)
from doorward.protocol.explain.reading import BEGINNING_SHOWN, Found, examine
from doorward.protocol.explain.streams import packet_of, unreadable, with_header
from doorward.protocol.explain.values import ValueWriter

_MOST_EXCHANGES = 256
_NAMES = {
    SEARCH: "search",
    READ_CONFIGURATION: "read configuration",
    WRITE_CONFIGURATION: "write configuration",
    RESTART: "restart",
}


@dataclass(slots=True)
class _Exchange:
    """What is held of one exchange.

    Attributes:
        command: Its command.
        question: Its first datagram; None when it was not seen.
        assembly: The blocks that have arrived.
    """

    command: int
    question: Message | None
    assembly: Assembly[str] = field(default_factory=Assembly)


class DatagramExplainer:
    """Explains UDP datagrams. Memory is bounded: 256 exchanges under way.

    Args:
        knowledge: What is known of the devices; share it between channels.
        show_secrets: Show PINs, passwords, keys and templates.
    """

    def __init__(self, *, knowledge: Knowledge | None = None, show_secrets: bool = False) -> None:
        self._knowledge = knowledge or Knowledge()
        self._show_secrets = show_secrets
        self._values = ValueWriter(show_secrets=show_secrets)
        self._exchanges: OrderedDict[Hashable, _Exchange] = OrderedDict()

    def explain(self, data: bytes, sender: Sender = Sender.UNKNOWN, *, host: Hashable = None) -> Explained:
        """Explain one datagram.

        Args:
            data: Its bytes.
            sender: Who sent it; without it the sequence number tells.
            host: Address and port of the host, which keep exchanges apart.
        """
        if is_frame(data):
            return explain_frame(data, sender, show_secrets=self._show_secrets)
        if not data.startswith(START_MARK):
            beginning = bytes(data[:BEGINNING_SHOWN])
            words = f"{len(data)} bytes are not a datagram: it starts with {START_MARK.hex()}"
            return unreadable(Found(error=words, length=len(data), beginning=beginning), sender)
        found = examine(data, UDP_CIPHER)
        assert found is not None
        wrong_size = ""
        if len(data) != DATAGRAM_SIZE:
            wrong_size = f"the datagram has {len(data)} bytes, every one has {DATAGRAM_SIZE}"
        if found.header is None:
            return unreadable(replace(found, error=joined_errors(found.error, wrong_size)), sender)
        packet = packet_of(found.header, found.payload)
        explained = self._packet(packet, sender, host) if found.framed else Explained(_name(packet), {}, "", sender)
        error = joined_errors(found.error, wrong_size, explained.error)
        return with_header(replace(explained, error=error), packet, found.header, found)

    def _packet(self, packet: Packet, sender: Sender, host: Hashable) -> Explained:
        if sender is Sender.UNKNOWN:
            sender = _sender(packet)
        name = _name(packet)
        if packet.command == SEARCH:
            return self._search(packet, sender)
        if packet.command in (READ_CONFIGURATION, WRITE_CONFIGURATION):
            return self._configuration(packet, sender, host)
        if sender is Sender.DEVICE:
            return Explained(f"reply to {name}", {"result": result_words(packet.code)}, "", sender)
        return Explained(name, {}, "", sender)

    def _search(self, packet: Packet, sender: Sender) -> Explained:
        if sender is Sender.HOST:
            return Explained("search", {}, "", sender)
        self._knowledge.learn(packet.param1, packet.param2)
        # The result code of a search answer means nothing (section 5.2).
        fields = {
            **self._values.number("device_id", packet.param1, ""),
            **self._values.number("device_type", packet.param2, ""),
        }
        return Explained("reply to search", fields, "", sender)

    def _configuration(self, packet: Packet, sender: Sender, host: Hashable) -> Explained:
        reading = packet.command == READ_CONFIGURATION
        name = _name(packet)
        if sender is Sender.HOST and packet.sequence == 0:
            return self._begin(packet, host)
        exchange = self._exchanges.get(host)
        if exchange is None or exchange.command != packet.command:
            exchange = self._remember(host, _Exchange(packet.command, None))
        if reading and sender is Sender.HOST:
            return Explained(f"{name} (acknowledgement)", {}, "", sender)
        if reading:
            return self._block(packet, sender, exchange, f"reply to {name}", {"result": result_words(packet.code)})
        if sender is Sender.HOST:
            return self._block(packet, sender, exchange, f"{name} (payload)", {})
        if packet.code == ACKNOWLEDGED and packet.sequence > 1:
            return Explained(f"reply to {name} (acknowledgement)", {}, "", sender)
        stage = "accepted" if packet.sequence == 1 else "result"
        words = f"reply to {name} ({stage})" if packet.code == SUCCESS else f"reply to {name}"
        return Explained(words, {"result": result_words(packet.code)}, "", sender)

    def _begin(self, packet: Packet, host: Hashable) -> Explained:
        """The first datagram of an exchange; an unfinished one of the same host is over with it."""
        question = Message(packet.command, packet.code, packet.param1, packet.param2, device_id=packet.device_id)
        self._remember(host, _Exchange(packet.command, question))
        known = self._knowledge.device_type(packet.device_id)
        fields: dict[str, Value] = {
            "configuration_type": packet.code,
            "configuration_type_words": configuration_words(packet.code, known),
        }
        name = _name(packet)
        if packet.command == WRITE_CONFIGURATION:
            name, fields["size"] = f"{name} (header)", packet.param1
        return Explained(name, fields, "", Sender.HOST)

    def _remember(self, host: Hashable, exchange: _Exchange) -> _Exchange:
        self._exchanges[host] = exchange
        self._exchanges.move_to_end(host)
        if len(self._exchanges) > _MOST_EXCHANGES:
            self._exchanges.popitem(last=False)
        return exchange

    def _block(
        self, packet: Packet, sender: Sender, exchange: _Exchange, name: str, fields: dict[str, Value]
    ) -> Explained:
        """A part of a configuration block; the last one brings the whole."""
        if packet.code != SUCCESS and packet.command == READ_CONFIGURATION:
            return Explained(name, fields, "", sender)
        assembly, question = exchange.assembly, exchange.question
        broken = ""
        if assembly.continues(packet):
            joined = assembly.add(packet)
        else:
            broken = assembly.drop()
            joined = assembly.start(packet, name)
        error = joined_errors(broken, joined.error)
        if joined.payload is not None:
            asked = question.device_id if question else 0
            context = Context(None, self._knowledge.device_type(packet.device_id or asked), self._values)
            if question is None and packet.command == READ_CONFIGURATION:
                fields = {**fields, **guessed_configuration(joined.payload, context)}
            else:
                number = question.code if question else packet.code
                fields = {**fields, "content": configuration_content(number, joined.payload, context)}
        return Explained(name, fields, error, sender)


def split_datagrams(data: bytes) -> list[bytes]:
    """Cut bytes into the datagrams that they are made of, when their length shows that there are several."""
    for size in (DATAGRAM_SIZE, FRAME_DATAGRAM_SIZE):
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        if len(data) % size == 0 and all(piece.startswith(START_MARK) for piece in pieces):
            return pieces
    return [data]


def _name(packet: Packet) -> str:
    return _NAMES.get(packet.command, f"unknown command {packet.command:#06x}")


def _sender(packet: Packet) -> Sender:
    """The host sends the even numbers, the device the odd ones, but for the result that ends a write (section 5.4)."""
    if packet.sequence % 2:
        return Sender.DEVICE
    ends_a_write = packet.command == WRITE_CONFIGURATION and packet.sequence > 0 and packet.size == 0
    return Sender.DEVICE if ends_a_write else Sender.HOST
