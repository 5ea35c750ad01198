"""Packets out of a byte stream (TCP), in whatever pieces it arrives."""

from __future__ import annotations

from doorward.protocol.biostar1.cipher import TCP_CIPHER, FixedCipher
from doorward.protocol.biostar1.packet import MAXIMUM_PACKET_SIZE, Packet, decode_packets
from doorward.protocol.errors import RemoteProtocolError


class PacketDecoder:
    """Cuts a stream into packets.

    It never holds more than one unfinished packet, so a peer cannot make it grow: an announced size beyond the
    allowed one is refused from the header alone. After an error it takes nothing more; the stream is out of step.
    """

    def __init__(self, cipher: FixedCipher = TCP_CIPHER) -> None:
        self._cipher = cipher.for_one_stream()
        self._rest = b""
        self._failed = False

    @property
    def buffered(self) -> int:
        """Bytes of an unfinished packet, less than 4,136."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Packet]:
        """Take received bytes and give the packets that became whole.

        Raises:
            RemoteProtocolError: The stream is not BioStar 1 or a packet is damaged. Packets that stood whole before
                the bad one are lost with it, as is the connection.
        """
        if self._failed:
            raise RemoteProtocolError("the connection is out of step since an earlier error")
        if self._rest:
            data = self._rest + data
        try:
            packets, offset = decode_packets(data, self._cipher)
        except RemoteProtocolError:
            self._failed = True
            self._rest = b""
            raise
        self._rest = data[offset:]
        assert len(self._rest) < MAXIMUM_PACKET_SIZE
        return packets

    def end(self) -> None:
        """Tell that the stream has ended.

        Raises:
            RemoteProtocolError: It ended in the middle of a packet.
        """
        if self._rest:
            size = len(self._rest)
            self._rest = b""
            raise RemoteProtocolError(f"the connection ended in the middle of a packet, after {size} of its bytes")
