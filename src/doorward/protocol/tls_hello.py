"""What a TLS hello says of its sender before the handshake: the protocols that it names (ALPN, RFC 7301).

A server chooses by it which certificates it asks for, and it has to choose before the handshake begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

LARGEST_HELLO: Final = 16 * 1024
"""Bytes after which a hello is taken for one without protocols."""

_HANDSHAKE, _CLIENT_HELLO, _ALPN = 22, 1, 16
_RECORD_HEAD, _MESSAGE_HEAD = 5, 4


def named_protocols(received: bytes) -> tuple[bytes, ...] | None:
    """The protocols that a caller names in its hello.

    Args:
        received: The first bytes of the connection.

    Returns:
        Their names, none when it names none or this is no hello; None while the hello has not come whole.
    """
    hello = _hello(received)
    if hello is None:
        return None if len(received) < LARGEST_HELLO else ()
    try:
        return tuple(_protocols(hello))
    except (IndexError, ValueError):
        return ()


def _hello(received: bytes) -> bytes | None:
    """The hello without its head; empty when this is none, None while it is not whole."""
    message = bytearray()
    at = 0
    while True:
        if len(message) >= _MESSAGE_HEAD:
            size = int.from_bytes(message[1:4], "big")
            if message[0] != _CLIENT_HELLO or size > LARGEST_HELLO:
                return b""
            if len(message) >= _MESSAGE_HEAD + size:
                return bytes(message[_MESSAGE_HEAD : _MESSAGE_HEAD + size])
        if at < len(received) and received[at] != _HANDSHAKE:
            return b""
        if at + _RECORD_HEAD > len(received):
            return None
        end = at + _RECORD_HEAD + int.from_bytes(received[at + 3 : at + _RECORD_HEAD], "big")
        if end == at + _RECORD_HEAD:
            return b""
        message += received[at + _RECORD_HEAD : end]
        if end > len(received):
            return None
        at = end


def _protocols(hello: bytes) -> Iterator[bytes]:
    at = 2 + 32  # version and random
    for width in (1, 2, 1):  # session, ciphers, compressions
        _, at = _part(hello, at, width)
    if at == len(hello):
        return
    extensions, _ = _part(hello, at, 2)
    at = 0
    while at < len(extensions):
        kind = int.from_bytes(extensions[at : at + 2], "big")
        content, at = _part(extensions, at + 2, 2)
        if kind == _ALPN:
            names, _ = _part(content, 0, 2)
            place = 0
            while place < len(names):
                name, place = _part(names, place, 1)
                yield name
            return


def _part(content: bytes, at: int, width: int) -> tuple[bytes, int]:
    """A part that begins with its length; gives it and where the next one begins."""
    start = at + width
    end = start + int.from_bytes(content[at:start], "big")
    if start > len(content) or end > len(content):
        raise ValueError("a part of the hello is longer than the hello")
    return content[start:end], end
