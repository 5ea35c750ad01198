"""Messages: what one or several packets carry together (protocol notes, sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from doorward.protocol.biostar1.cipher import TCP_CIPHER, FixedCipher
from doorward.protocol.biostar1.packet import MAXIMUM_PAYLOAD_SENT, Packet, encode_packet
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

MAXIMUM_PACKETS = 0xFFFF
MAXIMUM_MESSAGE_SENT = MAXIMUM_PACKETS * MAXIMUM_PAYLOAD_SENT


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message in clear.

    Attributes:
        command: Command number.
        code: A request's code or flag, a reply's result code (from the first packet).
        param1: First parameter (from the first packet).
        param2: Second parameter (from the first packet).
        payload: The joined payload of all packets.
        device_id: Serial number in the header.
        encrypted: Whether the first packet was enciphered.
    """

    command: int
    code: int = 0
    param1: int = 0
    param2: int = 0
    payload: bytes = b""
    device_id: int = 0
    encrypted: bool = False


def encode_message(
    message: Message, *, cipher: FixedCipher = TCP_CIPHER, chunk: int = MAXIMUM_PAYLOAD_SENT
) -> Iterator[bytes]:
    """Cut a message into packets of at most ``chunk`` payload bytes, in order; an empty payload is one packet.

    Raises:
        LocalProtocolError: The payload needs more than 65,535 packets.
    """
    count = max(1, -(-len(message.payload) // chunk))
    if count > MAXIMUM_PACKETS:
        raise LocalProtocolError(
            f"payload: {len(message.payload)} bytes do not fit a message; allowed: at most {MAXIMUM_PACKETS * chunk}"
        )
    for index in range(count):
        yield encode_packet(
            Packet(
                message.device_id,
                message.command,
                message.code,
                message.param1,
                message.param2,
                message.payload[index * chunk : (index + 1) * chunk],
                index,
                count,
                message.encrypted,
            ),
            cipher,
        )


class MessageAssembler:
    """Joins packets to messages and refuses what is out of order.

    Args:
        maximum_size: Most payload bytes of one message; more is refused, so a peer cannot make memory grow.
    """

    def __init__(self, maximum_size: int) -> None:
        self._maximum_size = maximum_size
        self._first: Packet | None = None
        self._next_index = 0
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def is_open(self) -> bool:
        """Whether packets of an unfinished message are held."""
        return self._first is not None

    def drop(self) -> None:
        """Forget an unfinished message."""
        self._first = None
        self._next_index = 0
        self._parts = []
        self._size = 0

    def add(self, packet: Packet) -> Message | None:
        """Take the next packet; gives the message when it was the last.

        Raises:
            RemoteProtocolError: It belongs to another command, is out of order, or the message grows too large.
        """
        if self._first is None:
            self._first = packet
        check_order(self._first, packet, self._next_index)
        self._next_index += 1
        self._size += len(packet.payload)
        if self._size > self._maximum_size:
            raise RemoteProtocolError(
                f"a message of command {packet.command:#06x} grows beyond {self._maximum_size} bytes"
            )
        self._parts.append(packet.payload)
        # A count of 0 stands for one packet: some peers leave it empty (section 2).
        if self._next_index < max(1, self._first.count):
            return None
        first, payload = self._first, b"".join(self._parts)
        self.drop()
        return Message(first.command, first.code, first.param1, first.param2, payload, first.device_id, first.encrypted)


def check_order(first: Packet, packet: Packet, expected_index: int) -> None:
    """Refuse a packet that does not continue its message.

    Raises:
        RemoteProtocolError: The command, the index or the count differs from what must come.
    """
    if packet.command != first.command:
        raise RemoteProtocolError(
            f"a packet of command {packet.command:#06x} arrived inside a message of command {first.command:#06x}"
        )
    if packet.index != expected_index:
        raise RemoteProtocolError(
            f"packet {packet.index} of command {packet.command:#06x} arrived where {expected_index} was due"
        )
    if packet.count != first.count:
        raise RemoteProtocolError(
            f"a message of command {packet.command:#06x} was announced with {first.count} packets, "
            f"then with {packet.count}"
        )
