"""The device's end of a connection, without input or output (protocol notes, sections 3 and 16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from doorward.protocol.biostar1.commands import has_payload_packets
from doorward.protocol.biostar1.commands.identity import IDENTIFY
from doorward.protocol.biostar1.message import Message, MessageAssembler, encode_message
from doorward.protocol.biostar1.packet import Packet
from doorward.protocol.biostar1.stream import PacketDecoder
from doorward.protocol.errors import LocalProtocolError

MAXIMUM_REQUEST = 16 * 1024 * 1024  # firmware files are the largest requests


@dataclass(frozen=True, slots=True)
class WriteOffered:
    """A header packet of a write arrived; answer with ``accept`` or with ``reply`` and an error."""

    header: Message


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A whole request arrived; answer with ``reply``.

    Attributes:
        header: The question, or the header packet of a write: code and parameters count from here.
        message: The same with the joined payload.
    """

    header: Message
    message: Message


DeviceEvent = WriteOffered | RequestReceived


class DeviceConnection:
    """One connection, from the side that answers.

    Args:
        device_id: The device's serial number, for the headers of its replies.
    """

    def __init__(self, device_id: int) -> None:
        self.device_id = device_id
        self._decoder = PacketDecoder()
        self._assembler = MessageAssembler(MAXIMUM_REQUEST)
        self._offer: Message | None = None
        self._accepted: Message | None = None

    @property
    def waits_for_payload(self) -> bool:
        """Whether a write was accepted and its payload has not arrived whole."""
        return self._accepted is not None

    def receive(self, data: bytes) -> Iterator[DeviceEvent]:
        """Take received bytes; answer each event before asking for the next.

        Raises:
            RemoteProtocolError: The client broke a rule; close the connection.
        """
        for packet in self._decoder.feed(data):
            event = self._take(packet)
            if event is not None:
                yield event

    def accept(self) -> bytes:
        """Take the offered write.

        Returns:
            The reply to send; empty for a bus scan, whose header packet is not answered.

        Raises:
            LocalProtocolError: No write is offered.
        """
        if self._offer is None:
            raise LocalProtocolError("no write is offered")
        self._accepted, self._offer = self._offer, None
        if self._accepted.command == IDENTIFY:
            return b""
        return b"".join(self.reply(self._accepted, Message(self._accepted.command)))

    def reply(self, request: Message, answer: Message) -> Iterator[bytes]:
        """Write a reply: the request's command echoed, enciphered when the request was, cut into packets.

        Args:
            request: The header of the request.
            answer: Result code, parameters and payload.
        """
        self._offer = None
        return encode_message(
            replace(answer, command=request.command, device_id=self.device_id, encrypted=request.encrypted)
        )

    def _payload_follows(self, header: Message) -> bool:
        return has_payload_packets(header)

    def _take(self, packet: Packet) -> DeviceEvent | None:
        accepted = self._accepted
        if accepted is not None and packet.command != accepted.command:
            # Another command while payload packets are due is a new request; the unfinished one is dropped.
            self._assembler.drop()
            self._accepted = accepted = None
        if accepted is not None:
            message = self._assembler.add(packet)
            if message is None:
                return None
            self._accepted = None
            return RequestReceived(accepted, replace(accepted, payload=message.payload))
        self._assembler.drop()
        header = Message(
            packet.command,
            packet.code,
            packet.param1,
            packet.param2,
            packet.payload,
            packet.device_id,
            packet.encrypted,
        )
        if self._payload_follows(header):
            self._offer = header
            return WriteOffered(header)
        return RequestReceived(header, header)
