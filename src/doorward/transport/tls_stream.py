"""TLS around any stream, from the first byte or after some have been read.

A server learns only from the first bytes of a connection whether TLS begins, so what was read already is given to the
handshake. It works over every stream, the null modem included.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TypeAlias

from doorward.model.errors import NotReached, TimedOut
from doorward.transport.address import Address
from doorward.transport.stream import Stream

TlsContext: TypeAlias = ssl.SSLContext

_READ_SIZE = 256 * 1024


class TlsStream:
    """The inside of a TLS connection; see ``Stream`` for what its methods promise."""

    def __init__(self, stream: Stream, connection: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO):
        self._stream = stream
        self._connection = connection
        self._incoming = incoming
        self._outgoing = outgoing
        self._sending = asyncio.Lock()

    @property
    def peer(self) -> Address:
        """The other end."""
        return self._stream.peer

    @property
    def local(self) -> Address:
        """Our end."""
        return self._stream.local

    @property
    def is_closing(self) -> bool:
        """Whether the connection is closed or about to be."""
        return self._stream.is_closing

    @property
    def peer_certificate(self) -> bytes | None:
        """The certificate of the other end in DER form; None when it showed none."""
        return self._connection.getpeercert(binary_form=True)

    async def handshake(self) -> None:
        """Agree on keys.

        Raises:
            NotReached: The other end does not speak TLS, or one side does not trust the other.
        """
        while True:
            try:
                self._connection.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
                continue
            except ssl.SSLError as error:
                await self._flush()
                raise _broken(self.peer, error) from error
            await self._flush()
            return

    async def receive(self) -> bytes:
        """Give what has arrived; ``b""`` when the peer has closed."""
        while True:
            if data := self._opened():
                return data
            try:
                return self._connection.read(_READ_SIZE)
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    return b""
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            except ssl.SSLError as error:
                raise _broken(self.peer, error) from error

    def _opened(self) -> bytes:
        """All the records that are there: one reading gives one of them, which is at most 16 kB.

        Whatever ends it is met again by whoever reads on.
        """
        records = []
        room = _READ_SIZE
        try:
            while room > 0 and (record := self._connection.read(room)):
                records.append(record)
                room -= len(record)
        except ssl.SSLError:
            pass
        return b"".join(records)

    async def send(self, data: bytes) -> None:
        """Send all the bytes; waits while the peer takes none."""
        if not data:
            return
        try:
            self._connection.write(data)
        except ssl.SSLError as error:
            raise _broken(self.peer, error) from error
        await self._flush()

    def close(self) -> None:
        """Close after what is waiting has left."""
        self._stream.close()

    def abort(self) -> None:
        """Close at once; what is waiting is dropped."""
        self._stream.abort()

    async def wait_closed(self) -> None:
        """Wait until the connection is closed, by whomever."""
        await self._stream.wait_closed()

    async def _flush(self) -> None:
        # One at a time, so that what TLS has put in order leaves in order.
        async with self._sending:
            data = self._outgoing.read()
            if data:
                await self._stream.send(data)

    async def _fill(self) -> bool:
        data = await self._stream.receive()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return bool(data)


async def start_tls(
    stream: Stream,
    context: TlsContext,
    *,
    timeout: float,  # noqa: ASYNC109 - the error tells how long was waited
    server_side: bool = False,
    server_name: str | None = None,
    received: bytes = b"",
) -> TlsStream:
    """Make the TLS handshake on a stream; the stream is aborted when it fails.

    Args:
        stream: The connection, of which nobody else reads any more.
        context: Certificates, and what is trusted.
        timeout: Seconds for the handshake.
        server_side: Whether this is the side that was dialled.
        server_name: Name in the server's certificate, where the context checks it.
        received: Bytes of the handshake that were read already.

    Raises:
        NotReached: The other end does not speak TLS, one side does not trust the other, or the connection was cut.
        TimedOut: The handshake took too long.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(received)
    connection = context.wrap_bio(incoming, outgoing, server_side=server_side, server_hostname=server_name)
    inside = TlsStream(stream, connection, incoming, outgoing)
    try:
        async with asyncio.timeout(timeout):
            await inside.handshake()
    except TimeoutError as error:
        stream.abort()
        raise TimedOut(f"{stream.peer} did not finish the TLS handshake within {timeout:g} s.") from error
    except BaseException:
        stream.abort()
        raise
    return inside


def _broken(peer: Address, error: ssl.SSLError) -> NotReached:
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"{reason}, {error.verify_message}"
    return NotReached(
        f"TLS with {peer} failed: {reason}.",
        advice="Check that both sides have certificates of the same authority, and the TLS versions they allow.",
    )
