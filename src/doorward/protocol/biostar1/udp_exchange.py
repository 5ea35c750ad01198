"""The client's end of the UDP exchanges, without input or output (protocol notes, section 5).

An exchange is a row of single datagrams that count up: what the client sends has even sequence numbers, what the
device answers odd ones (only the result at the end of a write breaks the rhythm). Datagrams get lost. The client is
the one who notices, since a device keeps silent then, and begins the exchange again: a datagram of sequence 0 makes a
device forget what it held of the exchange (inferred). Waiting, and its limits, are the caller's.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass

from doorward.protocol.biostar1.datagram import MAXIMUM_DATAGRAM_PAYLOAD, decode_datagram, encode_datagram
from doorward.protocol.biostar1.packet import Packet
from doorward.protocol.biostar1.results import ACKNOWLEDGED, SUCCESS, result_error
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

UDP_PORT = 51110

SEARCH = 0x04A0
READ_CONFIGURATION = 0x04A2
WRITE_CONFIGURATION = 0x04A3
RESTART = 0x04A4
UDP_COMMANDS = frozenset((SEARCH, READ_CONFIGURATION, WRITE_CONFIGURATION, RESTART))

MAXIMUM_CONFIGURATION = 1024 * 1024  # bytes; the largest published block has 66,944
MAXIMUM_ATTEMPTS = 4  # how often one exchange may begin


def following(sequence: int) -> int:
    """The next sequence number; it has 16 bits."""
    return (sequence + 1) & 0xFFFF


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a device says to a search.

    Attributes:
        device_id: Serial number.
        device_type: Number of the model.
    """

    device_id: int
    device_type: int


class SearchExchange:
    """The question who is there. Any number of devices answer, each once for every time it was asked.

    Args:
        device_id: 0 asks everybody, another number one device alone.
    """

    def __init__(self, device_id: int = 0) -> None:
        self.device_id = device_id

    def start(self) -> bytes:
        """Give the datagram to send; it may be sent again and again."""
        return encode_datagram(Packet(device_id=self.device_id, command=SEARCH))

    def receive(self, data: bytes) -> SearchAnswer | None:
        """Read a datagram that arrived; None when it belongs to another command.

        The result code of an answer is not looked at, as in section 5.2.

        Raises:
            RemoteProtocolError: Not a datagram of this generation, or out of sequence.
        """
        packet = decode_datagram(data)
        if packet.command != SEARCH:
            return None
        if packet.sequence != 1:
            raise RemoteProtocolError(f"a search answer has sequence number 1, this one {packet.sequence}")
        return SearchAnswer(packet.param1, packet.param2)


class DeviceExchange(abc.ABC):
    """What reading, writing and restarting have in common.

    Args:
        device_id: The device that is meant; it must not be 0.

    Raises:
        LocalProtocolError: The device id cannot be one.
    """

    command = 0
    purpose = ""

    def __init__(self, device_id: int) -> None:
        if not 0 < device_id <= 0xFFFFFFFF:
            raise LocalProtocolError(f"device id: {device_id} is not allowed; allowed: 1 to {0xFFFFFFFF}")
        self.device_id = device_id
        self.attempts = 0
        self.done = False
        self._expected = 1
        self._last_received = b""

    @property
    def may_restart(self) -> bool:
        """Whether the exchange may begin again after a silence."""
        return not self.done and self.attempts < MAXIMUM_ATTEMPTS

    def start(self) -> bytes:
        """Begin, or begin again after a silence; gives the datagram to send.

        Raises:
            LocalProtocolError: It has begun too often, is done, or can no longer begin again without harm.
        """
        if self.attempts and not self.may_restart:
            raise LocalProtocolError(f"the exchange to {self.purpose} cannot begin again")
        self.attempts += 1
        self._begin()
        return encode_datagram(self._first_packet())

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        """Take a datagram that arrived; gives the datagrams to send now.

        Datagrams of another command or another device, and a repetition of the last one, are dropped.

        Raises:
            ResultError: The device said no; the exchange is done.
            RemoteProtocolError: Not a datagram of this generation, or out of sequence.
        """
        if self.done or data == self._last_received:
            return ()
        packet = decode_datagram(data)
        # Some devices leave the id of an answer empty.
        if packet.command != self.command or packet.device_id not in (0, self.device_id):
            return ()
        if packet.sequence != self._expected:
            raise RemoteProtocolError(
                f"an answer with sequence number {packet.sequence} arrived where {self._expected} was due"
            )
        self._last_received = data
        answer = self._take(packet)
        if answer is None:
            self._expected = following(self._expected)
            return ()
        reply = encode_datagram(answer)
        self._expected = following(answer.sequence)
        return (reply,)

    def _begin(self) -> None:
        """Forget what an earlier attempt brought."""
        self._expected = 1
        self._last_received = b""

    def _first_packet(self) -> Packet:
        return Packet(device_id=self.device_id, command=self.command)

    @abc.abstractmethod
    def _take(self, packet: Packet) -> Packet | None:
        """Act on an answer that is in sequence; gives the packet to send, if one is due."""

    def _refused(self, packet: Packet) -> Exception:
        self.done = True
        return result_error(packet.code, self.purpose)


class ReadConfigurationExchange(DeviceExchange):
    """Reads one configuration block. Reading changes nothing, so it may begin again at any time.

    Args:
        device_id: The device that is meant.
        configuration_type: Number of the block (protocol notes, section 8).
        maximum_size: Most bytes that are taken; more is refused.
    """

    command = READ_CONFIGURATION

    def __init__(self, device_id: int, configuration_type: int, *, maximum_size: int = MAXIMUM_CONFIGURATION) -> None:
        super().__init__(device_id)
        self.configuration_type = configuration_type
        self.purpose = f"read configuration {configuration_type:#04x}"
        self._maximum_size = maximum_size
        self._parts: list[bytes] = []
        self._size = 0
        self._count = 0

    @property
    def result(self) -> bytes:
        """The block, once ``done``; raises LocalProtocolError before."""
        if not self.done or len(self._parts) != self._count:
            raise LocalProtocolError(f"the exchange to {self.purpose} has no result")
        return b"".join(self._parts)

    def _begin(self) -> None:
        super()._begin()
        self._parts, self._size, self._count = [], 0, 0

    def _first_packet(self) -> Packet:
        return Packet(device_id=self.device_id, command=self.command, code=self.configuration_type)

    def _take(self, packet: Packet) -> Packet:
        if packet.code != SUCCESS:
            raise self._refused(packet)
        if not self._parts:
            self._count = max(1, packet.count)
        if packet.index != len(self._parts) or max(1, packet.count) != self._count:
            raise RemoteProtocolError(
                f"part {packet.index} of {packet.count} arrived where part {len(self._parts)} of {self._count} was due"
            )
        self._parts.append(packet.payload)
        self._size += len(packet.payload)
        if self._size > self._maximum_size:
            raise RemoteProtocolError(f"a configuration block grows beyond {self._maximum_size} bytes")
        self.done = len(self._parts) == self._count
        return Packet(
            device_id=self.device_id,
            command=self.command,
            code=ACKNOWLEDGED,
            sequence=following(packet.sequence),
        )


class WriteConfigurationExchange(DeviceExchange):
    """Writes one configuration block.

    A device takes the block when the last part has arrived (inferred: the result follows it). Up to then beginning
    again sends the same block from its first byte, which leaves the same state behind as one attempt. Once the last
    part has left, a silence says nothing: the device may have taken the block and be restarting its network, under a
    new address even. So the exchange does not begin again then; the caller reads the block and compares.

    Args:
        device_id: The device that is meant.
        configuration_type: Number of the block.
        data: The whole block, in the size in which it was read.
    """

    command = WRITE_CONFIGURATION

    def __init__(self, device_id: int, configuration_type: int, data: bytes) -> None:
        super().__init__(device_id)
        if not 0 < len(data) <= MAXIMUM_CONFIGURATION:
            raise LocalProtocolError(
                f"configuration: {len(data)} bytes are not allowed; allowed: 1 to {MAXIMUM_CONFIGURATION}"
            )
        self.configuration_type = configuration_type
        self.purpose = f"write configuration {configuration_type:#04x}"
        self._data = data
        self._parts = tuple(
            data[at : at + MAXIMUM_DATAGRAM_PAYLOAD] for at in range(0, len(data), MAXIMUM_DATAGRAM_PAYLOAD)
        )
        self._sent = 0
        self._accepted = False
        self._result_due = False
        self.last_part_sent = False

    @property
    def may_restart(self) -> bool:
        """Whether beginning again leaves the same state behind as one attempt."""
        return super().may_restart and not self.last_part_sent

    def _begin(self) -> None:
        super()._begin()
        self._sent, self._accepted, self._result_due = 0, False, False

    def _packet(self, sequence: int, payload: bytes = b"", index: int = 0, count: int = 1) -> Packet:
        return Packet(
            device_id=self.device_id,
            command=self.command,
            code=self.configuration_type,
            param1=len(self._data),
            payload=payload,
            index=index,
            count=count,
            sequence=sequence,
        )

    def _first_packet(self) -> Packet:
        return self._packet(0)

    def _take(self, packet: Packet) -> Packet | None:
        due = ACKNOWLEDGED if self._accepted and not self._result_due else SUCCESS
        if packet.code != due:
            if packet.code in (SUCCESS, ACKNOWLEDGED):
                raise RemoteProtocolError(f"an answer with result {packet.code} arrived where {due} was due")
            raise self._refused(packet)
        if self._result_due:
            self.done = True
            return None
        self._accepted = True
        if self._sent == len(self._parts):
            self._result_due = True
            return None
        index = self._sent
        self._sent += 1
        self.last_part_sent = self._sent == len(self._parts)
        return self._packet(following(packet.sequence), self._parts[index], index, len(self._parts))


class RestartExchange(DeviceExchange):
    """Restarts a device. Asked twice because an answer was lost, it restarts at the worst twice."""

    command = RESTART
    purpose = "restart"

    def _take(self, packet: Packet) -> None:
        if packet.code != SUCCESS:
            raise self._refused(packet)
        self.done = True
