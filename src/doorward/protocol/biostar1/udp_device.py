"""The device's end of the UDP exchanges, without input or output (protocol notes, sections 5 and 16)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

from doorward.model.errors import DeviceRefused
from doorward.protocol.biostar1.datagram import MAXIMUM_DATAGRAM_PAYLOAD, decode_datagram, encode_datagram
from doorward.protocol.biostar1.packet import Packet
from doorward.protocol.biostar1.results import ACKNOWLEDGED, INVALID_PARAMETER, SUCCESS
from doorward.protocol.biostar1.udp_exchange import (
    READ_CONFIGURATION,
    RESTART,
    SEARCH,
    UDP_COMMANDS,
    following,
)
from doorward.protocol.errors import RemoteProtocolError

MAXIMUM_ASKERS = 16  # unfinished exchanges that are kept; the oldest is forgotten for a new one
MAXIMUM_WRITE = 128 * 1024  # bytes; the largest published block has 66,944

Source = tuple[str, int]


class UdpDeviceState(Protocol):
    """What a device does when it is asked over UDP. Each method refuses by raising DeviceRefused with its code."""

    def read_configuration(self, configuration_type: int) -> bytes:
        """Give a configuration block."""
        ...

    def check_write(self, configuration_type: int, size: int) -> None:
        """Say whether a block of this size would be taken."""
        ...

    def write_configuration(self, configuration_type: int, data: bytes) -> None:
        """Take a configuration block."""
        ...

    def restart(self) -> None:
        """Restart soon; the answer leaves first."""
        ...


@dataclass(slots=True)
class _Asker:
    """What is kept of one exchange: for reading the parts to send, for writing the parts that arrived."""

    command: int
    configuration_type: int
    expected: int
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    arrived: int = 0
    handled: Packet | None = None
    answers: tuple[bytes, ...] = ()


class UdpDevice:
    """Answers datagrams as a device does.

    A datagram for another device, a broken one and one out of sequence are dropped in silence. A datagram that comes
    twice is answered twice and acted on once.

    Args:
        device_id: Serial number.
        device_type: Number of the model.
        state: What the device holds and does.
    """

    def __init__(self, device_id: int, device_type: int, state: UdpDeviceState) -> None:
        self.device_id = device_id
        self.device_type = device_type
        self._state = state
        self._askers: OrderedDict[Source, _Asker] = OrderedDict()

    def receive(self, data: bytes, source: Source) -> tuple[bytes, ...]:
        """Take a datagram; gives the datagrams to send back.

        Args:
            data: The datagram.
            source: Address and port of the sender; each has an exchange of its own.
        """
        try:
            packet = decode_datagram(data)
        except RemoteProtocolError:
            return ()
        # Everybody answers a search for nobody in particular; all else is for the device that is named.
        if packet.device_id != self.device_id and not (packet.command == SEARCH and packet.device_id == 0):
            return ()
        if packet.command not in UDP_COMMANDS:
            return ()
        if packet.sequence == 0:
            return self._begin(packet, source)
        return self._continue(packet, source)

    def _answer(
        self,
        packet: Packet,
        *,
        sequence: int = 1,
        code: int = SUCCESS,
        params: tuple[int, int] = (0, 0),
        payload: bytes = b"",
        index: int = 0,
        count: int = 1,
    ) -> bytes:
        return encode_datagram(
            Packet(self.device_id, packet.command, code, *params, payload, index, count, sequence=sequence)
        )

    def _begin(self, packet: Packet, source: Source) -> tuple[bytes, ...]:
        self._askers.pop(source, None)
        if packet.command == SEARCH:
            return (self._answer(packet, params=(self.device_id, self.device_type)),)
        try:
            if packet.command == RESTART:
                self._state.restart()
                return (self._answer(packet),)
            asker = _Asker(packet.command, packet.code, 2)
            if packet.command == READ_CONFIGURATION:
                block = self._state.read_configuration(packet.code)
                step = MAXIMUM_DATAGRAM_PAYLOAD
                asker.parts = [block[at : at + step] for at in range(0, len(block), step)] or [b""]
            else:
                if not 0 < packet.param1 <= MAXIMUM_WRITE:
                    return (self._answer(packet, code=INVALID_PARAMETER),)
                self._state.check_write(packet.code, packet.param1)
                asker.size = packet.param1
        except DeviceRefused as refusal:
            return (self._answer(packet, code=refusal.code),)
        while len(self._askers) >= MAXIMUM_ASKERS:
            self._askers.popitem(last=False)
        self._askers[source] = asker
        if packet.command == READ_CONFIGURATION:
            return (self._part(asker, packet, 0, 1),)
        return (self._answer(packet),)

    def _part(self, asker: _Asker, packet: Packet, index: int, sequence: int) -> bytes:
        return self._answer(packet, sequence=sequence, payload=asker.parts[index], index=index, count=len(asker.parts))

    def _continue(self, packet: Packet, source: Source) -> tuple[bytes, ...]:
        asker = self._askers.get(source)
        if asker is None or packet.command != asker.command:
            return ()
        if packet == asker.handled:
            return asker.answers
        if packet.sequence != asker.expected:
            return ()
        read = packet.command == READ_CONFIGURATION
        answers = self._acknowledged(asker, packet) if read else self._part_arrived(asker, packet)
        asker.handled, asker.answers = packet, answers
        asker.expected = following(following(packet.sequence))
        return answers

    def _acknowledged(self, asker: _Asker, packet: Packet) -> tuple[bytes, ...]:
        index = packet.sequence // 2
        if packet.code != ACKNOWLEDGED:
            return ()
        if index >= len(asker.parts):
            asker.parts = []
            return ()
        return (self._part(asker, packet, index, following(packet.sequence)),)

    def _part_arrived(self, asker: _Asker, packet: Packet) -> tuple[bytes, ...]:
        acknowledgement = self._answer(packet, sequence=following(packet.sequence), code=ACKNOWLEDGED)
        asker.arrived += len(packet.payload)
        wrong = (
            packet.index != len(asker.parts)
            or packet.code != asker.configuration_type
            or not packet.payload
            or asker.arrived > asker.size
        )
        if not wrong:
            asker.parts.append(packet.payload)
            if len(asker.parts) < packet.count:
                return (acknowledgement,)
        code = SUCCESS
        if wrong or asker.arrived != asker.size:
            code = INVALID_PARAMETER
        else:
            try:
                self._state.write_configuration(asker.configuration_type, b"".join(asker.parts))
            except DeviceRefused as refusal:
                code = refusal.code
        asker.parts, asker.size = [], 0
        return (
            acknowledgement,
            self._answer(packet, sequence=following(following(packet.sequence)), code=code),
        )
