"""Packets joined to messages, as far as they are in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from doorward.protocol.biostar1.packet import Packet

MOST_BYTES_JOINED = 4 * 1024 * 1024  # of one message; longer ones are told packet by packet only

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Joined(Generic[T]):
    """What a packet did to the message that it belongs to.

    Attributes:
        first: The first packet of the message.
        owner: What the caller attached to the first packet.
        payload: The joined payload when this packet was the last and all were there; else None.
        error: Why the message cannot be joined.
    """

    first: Packet
    owner: T
    payload: bytes | None
    error: str = ""


@dataclass(slots=True)
class Assembly(Generic[T]):
    """The message that is being joined on one side of a connection. It holds at most 4 MiB."""

    _first: Packet | None = None
    _owner: T | None = None
    _next_index: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0

    def continues(self, packet: Packet) -> bool:
        """Whether a packet is the next one of the open message."""
        first = self._first
        return (
            first is not None
            and packet.command == first.command
            and packet.index == self._next_index
            and packet.count == first.count
        )

    def drop(self) -> str:
        """Forget an open message; tells so in words, empty when there was none."""
        first, self._first = self._first, None
        self._owner = None
        arrived, self._next_index = self._next_index, 0
        self._parts, self._size = [], 0
        if first is None:
            return ""
        return f"the message of command {first.command:#06x} before it ended after {arrived} of {first.count} packets"

    def start(self, packet: Packet, owner: T) -> Joined[T]:
        """Take the first packet of a message; an open one must have been dropped."""
        if packet.index:
            words = f"packet {packet.index + 1} of {packet.count} came without those before it"
            return Joined(packet, owner, None, words)
        if packet.count <= 1:
            return Joined(packet, owner, packet.payload)
        self._first, self._owner = packet, owner
        return self._take(packet, packet, owner)

    def add(self, packet: Packet) -> Joined[T]:
        """Take the next packet of the open message."""
        first, owner = self._first, self._owner
        assert first is not None
        assert owner is not None
        return self._take(packet, first, owner)

    def _take(self, packet: Packet, first: Packet, owner: T) -> Joined[T]:
        self._next_index += 1
        self._size += len(packet.payload)
        if self._size <= MOST_BYTES_JOINED:
            self._parts.append(packet.payload)
        else:
            self._parts = []
        if self._next_index < first.count:
            return Joined(first, owner, None)
        whole, size = b"".join(self._parts), self._size
        self.drop()
        if size > MOST_BYTES_JOINED:
            return Joined(first, owner, None, f"the message has {size} bytes, which is too much to be explained whole")
        return Joined(first, owner, whole)
