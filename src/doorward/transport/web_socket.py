"""Messages over a stream as a WebSocket (RFC 6455), by the ``websockets`` library's parts that touch no socket.

Nothing is compressed: what a device sends is enciphered or small, and compression costs memory for each connection.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Final

from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from doorward.model.errors import NotReached
from doorward.transport.address import Address
from doorward.transport.stream import Stream

logger = logging.getLogger(__name__)

REFUSED: Final = 4403
"""The code with which a server closes the WebSocket of a caller that it does not take; the reason is in words."""

LONGEST_REASON: Final = 120
"""Bytes of the reason in a close frame, which holds 123."""

_quiet = logging.getLogger(f"{__name__}.frames")
_quiet.setLevel(logging.WARNING)  # every frame is told otherwise


class WebSocketClosed(NotReached):
    """The other end closed the WebSocket and said why.

    Attributes:
        code: The code of the close frame.
    """

    def __init__(self, message: str, *, code: int, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.code = code


class WebSocket:
    """One WebSocket whose handshake is over: whole binary messages both ways.

    Args:
        stream: The connection; owned from here on.
        protocol: The protocol's end of it.
    """

    def __init__(self, stream: Stream, protocol: ClientProtocol | ServerProtocol) -> None:
        self._stream = stream
        self._protocol = protocol
        self._messages: deque[bytes] = deque()
        self._take_events()

    @property
    def peer(self) -> Address:
        """The other end."""
        return self._stream.peer

    @property
    def local(self) -> Address:
        """Our end."""
        return self._stream.local

    async def receive(self) -> bytes:
        """The next message.

        Raises:
            WebSocketClosed: The other end closed it, with its reason.
            NotReached: The connection was cut, or the other end broke a rule.
        """
        while not self._messages:
            data = await self._stream.receive()
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            self._take_events()
            try:
                await self._flush()
            except NotReached as error:
                # Who says goodbye does not wait for the answer; what was said counts.
                if self._protocol.close_rcvd is not None:
                    raise self._closed() from error
                raise
            if not self._messages and (not data or self._protocol.close_expected()):
                raise self._closed()
        return self._messages.popleft()

    async def send(self, message: bytes) -> None:
        """Send a message; waits while the other end takes none. Raises NotReached."""
        if self._protocol.state.name != "OPEN":
            raise self._closed()
        self._protocol.send_binary(message)
        await self._flush()

    async def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Say goodbye and close; never raises for a connection that is cut already."""
        try:
            if self._protocol.state.name == "OPEN":
                self._protocol.send_close(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))
                await self._flush()
        except NotReached:
            pass
        self._stream.close()

    def abort(self) -> None:
        """Close at once."""
        self._stream.abort()

    async def wait_closed(self) -> None:
        """Wait until the connection is closed, by whomever."""
        await self._stream.wait_closed()

    def _take_events(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in (Opcode.BINARY, Opcode.TEXT, Opcode.CONT):
                if event.opcode is not Opcode.BINARY or not event.fin:
                    self._protocol.fail(CloseCode.UNSUPPORTED_DATA, "whole binary messages alone are spoken here")
                else:
                    self._messages.append(bytes(event.data))

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                await self._stream.send(data)

    def _closed(self) -> NotReached:
        goodbye = self._protocol.close_rcvd
        if goodbye is not None and goodbye.reason:
            return WebSocketClosed(f"{self.peer} closed the connection: {goodbye.reason}", code=goodbye.code)
        return NotReached(f"The connection to {self.peer} is closed.", advice="Check the line, then connect again.")


async def accept_web_socket(stream: Stream, *, path: str, subprotocol: str, largest: int) -> WebSocket:
    """Take a WebSocket request as its server.

    Args:
        stream: The connection, of which nothing was read.
        path: The only path that is served.
        subprotocol: The protocol that the caller must name.
        largest: Bytes of a message that are taken.

    Raises:
        NotReached: The caller asked for something else, and was told so, or the connection was cut.
    """
    protocol = ServerProtocol(subprotocols=[Subprotocol(subprotocol)], max_size=largest, logger=_quiet)
    request = await _handshake(stream, protocol)
    if not isinstance(request, Request):
        raise NotReached(f"{stream.peer} sent no WebSocket request.")
    if request.path != path:
        response = protocol.reject(404, "Only agents are served here.\n")
    else:
        response = protocol.accept(request)
    protocol.send_response(response)
    for data in protocol.data_to_send():
        if data:
            await stream.send(data)
    if response.status_code != 101:
        stream.close()
        raise NotReached(f"{stream.peer} sent a WebSocket request that is not served: {response.status_code}.")
    return WebSocket(stream, protocol)


async def open_web_socket(stream: Stream, *, host: str, path: str, subprotocol: str, largest: int) -> WebSocket:
    """Make a WebSocket request as its client.

    Args:
        stream: The connection.
        host: The server's name for the request.
        path: What is asked for.
        subprotocol: The protocol that both must speak.
        largest: Bytes of a message that are taken.

    Raises:
        NotReached: The server serves no such WebSocket, or the connection was cut.
    """
    protocol = ClientProtocol(
        parse_uri(f"wss://{host}{path}"), subprotocols=[Subprotocol(subprotocol)], max_size=largest, logger=_quiet
    )
    protocol.send_request(protocol.connect())
    for data in protocol.data_to_send():
        await stream.send(data)
    response = await _handshake(stream, protocol)
    if not isinstance(response, Response) or protocol.handshake_exc is not None:
        reason = protocol.handshake_exc or "no answer"
        stream.abort()
        raise NotReached(
            f"{stream.peer} does not serve agents: {reason}.",
            advice="Check the address and port, and that the server's version knows agents.",
        )
    if protocol.subprotocol != subprotocol:
        stream.abort()
        raise NotReached(
            f"{stream.peer} does not speak {subprotocol}.", advice="Bring agent and server to one version."
        )
    return WebSocket(stream, protocol)


async def _handshake(stream: Stream, protocol: ClientProtocol | ServerProtocol) -> object:
    """Feed the protocol until the first event is there; None when the stream ends before."""
    while True:
        data = await stream.receive()
        if not data:
            return None
        protocol.receive_data(data)
        if protocol.handshake_exc is not None:
            return None
        if protocol.events:
            # What follows in the same bytes stays in the protocol, and is taken by the WebSocket.
            return protocol.events.pop(0)
