"""Which channel bytes without any label belong to."""

from __future__ import annotations

from doorward.protocol.biostar1 import server_mode
from doorward.protocol.biostar1.cipher import TCP_CIPHER, UDP_CIPHER
from doorward.protocol.biostar1.datagram import DATAGRAM_SIZE
from doorward.protocol.biostar1.packet import START_MARK
from doorward.protocol.biostar1.udp_exchange import UDP_COMMANDS
from doorward.protocol.biostar2.frame import DATAGRAM_SIZE as FRAME_DATAGRAM_SIZE
from doorward.protocol.biostar2.frame import decode_datagram
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.explain.message import Channel
from doorward.protocol.explain.reading import TolerantReader, examine

_SERVER_MODE_ONLY = frozenset({*server_mode.SERVER_REQUESTS, *server_mode.DEVICE_REQUESTS})
_BYTES_LOOKED_AT = 65_536


def guess_channel(data: bytes) -> Channel:
    """Guess the channel by the length of the bytes, by which cipher fits, and by the commands.

    Args:
        data: A stream or one or several datagrams; the first 64 KiB are looked at.

    Returns:
        UDP for datagrams, server mode for commands that only server mode has, else direct mode.
    """
    if data.startswith(START_MARK) and _is_datagram(data):
        return Channel.UDP
    reader = TolerantReader(TCP_CIPHER)
    for found in (*reader.feed(data[:_BYTES_LOOKED_AT]), *reader.end()):
        if found.header is not None and found.checksum_ok and found.header.command in _SERVER_MODE_ONLY:
            return Channel.SERVER
    return Channel.TCP


def _is_datagram(data: bytes) -> bool:
    over_tcp = examine(data, TCP_CIPHER)
    over_udp = examine(data, UDP_CIPHER)
    if over_udp is not None and over_udp.header is not None and over_udp.checksum_ok:
        # A packet in clear reads alike with both ciphers: then the UDP commands tell, or the zeros of a datagram.
        if over_tcp is None or not over_tcp.checksum_ok or over_udp.header.command in UDP_COMMANDS:
            return True
        return len(data) % DATAGRAM_SIZE == 0 and not any(data[over_udp.length : DATAGRAM_SIZE])
    if over_tcp is not None and over_tcp.checksum_ok:
        return False
    if len(data) == DATAGRAM_SIZE:
        return True
    try:
        decode_datagram(data[:FRAME_DATAGRAM_SIZE])
    except RemoteProtocolError:
        return False
    return True
