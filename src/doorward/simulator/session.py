"""One connection to a virtual device, without input or output: bytes in, what to do out.

Whoever holds the line (a server that took a call, or a client that dialled) does what the actions say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from doorward.protocol.biostar1.device_side import DeviceConnection, RequestReceived, WriteOffered
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.packet import TRAILER_SIZE
from doorward.protocol.biostar1.results import SUCCESS
from doorward.simulator.faults import Fault
from doorward.simulator.outcome import After
from doorward.simulator.virtual_device import VirtualDevice


@dataclass(frozen=True, slots=True)
class Send:
    """Send these packets, in order. They are made as they are taken."""

    packets: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Cut:
    """Cut the line at once."""


@dataclass(frozen=True, slots=True)
class Follow:
    """The replies are sent; now the device does this."""

    after: After


Action = Send | Cut | Follow


class DeviceSession:
    """A connection, from the side of the virtual device.

    Args:
        device: The device; several sessions may share it.
        connection: The device's end of the protocol; that of direct mode when it is not given.
    """

    def __init__(self, device: VirtualDevice, connection: DeviceConnection | None = None) -> None:
        self._device = device
        self._connection = connection or DeviceConnection(device.device_id)
        self._stalled = False

    def receive(self, data: bytes) -> Iterator[Action]:
        """Take received bytes; carry out each action before asking for the next.

        Raises:
            RemoteProtocolError: The client broke a rule; close the connection.
        """
        for event in self._connection.receive(data):
            if self._stalled:
                return
            if isinstance(event, WriteOffered):
                yield self._take_offer(event)
            else:
                yield from self._answer(event)

    def _take_offer(self, event: WriteOffered) -> Send:
        result = self._device.offer(event.header)
        if result == SUCCESS:
            accepted = self._connection.accept()
            return Send(iter((accepted,) if accepted else ()))
        return Send(self._connection.reply(event.header, Message(0, result)))

    def _answer(self, event: RequestReceived) -> Iterator[Action]:
        fault, code = self._device.faults.next_fault()
        if fault is Fault.BUSY:
            yield Send(self._connection.reply(event.header, Message(0, code)))
            return
        if fault is Fault.REBOOT:
            yield Follow(After.RESTART)
            return
        outcome = self._device.answer(event.message)
        if fault is Fault.STALL:
            self._stalled = True
            return
        packets = (packet for reply in outcome.replies for packet in self._connection.reply(event.header, reply))
        if fault is None:
            yield Send(packets)
        elif fault is Fault.DROP_LINE:
            yield Send(_until_middle(list(packets)))
            yield Cut()
            return
        else:
            yield Send(_with_wrong_checksum(list(packets)))
        if outcome.after is not After.NOTHING:
            yield Follow(outcome.after)


def _until_middle(packets: list[bytes]) -> Iterator[bytes]:
    """The packets up to the middle one, and half of that."""
    yield from packets[: len(packets) // 2]
    if packets:
        middle = packets[len(packets) // 2]
        yield middle[: len(middle) // 2]


def _with_wrong_checksum(packets: list[bytes]) -> Iterator[bytes]:
    """The packets with the checksum of the middle one off by one."""
    for place, packet in enumerate(packets):
        if place != len(packets) // 2:
            yield packet
            continue
        damaged = bytearray(packet)
        damaged[-TRAILER_SIZE] ^= 1
        yield bytes(damaged)
