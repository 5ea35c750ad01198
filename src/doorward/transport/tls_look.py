"""What a TLS server shows to anybody: its certificate, trusted or not. Nothing is sent inside such a connection."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from doorward.model.errors import NotReached
from doorward.transport.stream import Stream

_HANDSHAKE, _CERTIFICATE = 22, 11
_ALERT = 21
_MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class TlsLook:
    """What was seen.

    Attributes:
        speaks_tls: Whether TLS is spoken there, even if the server then demanded a certificate that we have not.
        certificate: The server's certificate in DER form; None when it could not be seen.
        received: The first bytes that came, for who wants to know what else speaks there.
    """

    speaks_tls: bool
    certificate: bytes | None
    received: bytes


async def look_at_tls(stream: Stream, *, timeout: float) -> TlsLook:  # noqa: ASYNC109 - a part of the look
    """Begin TLS on a fresh connection and look at the server's certificate; the connection is closed afterwards.

    Args:
        stream: The connection, on which nothing was sent.
        timeout: Seconds; what was seen until then counts.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = _curious_context().wrap_bio(incoming, outgoing)
    received = bytearray()
    agreed = False
    try:
        async with asyncio.timeout(timeout):
            while not agreed and len(received) < _MOST_BYTES:
                try:
                    connection.do_handshake()
                    agreed = True
                except ssl.SSLWantReadError:
                    pass
                await stream.send(outgoing.read())
                if not agreed:
                    data = await stream.receive()
                    if not data:
                        break
                    received += data
                    incoming.write(data)
    except (TimeoutError, NotReached, ssl.SSLError):
        pass
    finally:
        stream.abort()
    certificate = connection.getpeercert(binary_form=True) if agreed else certificate_in(bytes(received))
    return TlsLook(agreed or _is_tls(received), certificate, bytes(received))


def _curious_context() -> ssl.SSLContext:
    """Trusts nobody and checks nothing: it only looks. Old versions are spoken where the library still can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # "The oldest that the library has" instead of the version's name, whose use Python warns of.
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _is_tls(received: bytes | bytearray) -> bool:
    return len(received) >= 3 and received[0] in (_HANDSHAKE, _ALERT) and received[1] == 3


def certificate_in(received: bytes) -> bytes | None:
    """The server's certificate in the clear part of a handshake (TLS 1.2 and older); None when it is not there."""
    messages = bytearray()
    at = 0
    while at + 5 <= len(received) and received[at] == _HANDSHAKE:
        size = int.from_bytes(received[at + 3 : at + 5], "big")
        messages += received[at + 5 : at + 5 + size]
        at += 5 + size
    at = 0
    while at + 4 <= len(messages):
        size = int.from_bytes(messages[at + 1 : at + 4], "big")
        body = bytes(messages[at + 4 : at + 4 + size])
        if messages[at] == _CERTIFICATE and len(body) > 6:
            first = int.from_bytes(body[3:6], "big")
            return body[6 : 6 + first] if len(body) >= 6 + first else None
        at += 4 + size
    return None
