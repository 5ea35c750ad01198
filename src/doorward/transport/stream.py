"""Dialling and listening over TCP; both give the same stream."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Protocol, Self

from doorward.model.errors import DoorwardError, InvalidInput, TimedOut
from doorward.transport.address import Address, check_port
from doorward.transport.errors import bind_error, dial_error
from doorward.transport.socket_stream import SocketStream

logger = logging.getLogger(__name__)

_LINGER_SECONDS = 5.0  # for the last bytes of a connection whose handler is done


class Stream(Protocol):
    """Bytes both ways, in order. One task receives at a time; any number may send."""

    @property
    def peer(self) -> Address:
        """The other end."""
        ...

    @property
    def local(self) -> Address:
        """Our end."""
        ...

    @property
    def is_closing(self) -> bool:
        """Whether the stream is closed or about to be."""
        ...

    async def receive(self) -> bytes:
        """Give what has arrived, at least one byte; ``b""`` when the peer has closed.

        Raises:
            NotReached: The connection was cut.
        """
        ...

    async def send(self, data: bytes) -> None:
        """Send all the bytes; waits while the peer takes none.

        A cancelled call may have sent a part: the stream is out of step then and must be closed.

        Raises:
            NotReached: The connection was cut or is closed.
        """
        ...

    def close(self) -> None:
        """Close after what is waiting has left."""
        ...

    def abort(self) -> None:
        """Close at once; what is waiting is dropped."""
        ...

    async def wait_closed(self) -> None:
        """Wait until the stream is closed, by whomever."""
        ...


async def dial(
    host: str,
    port: int,
    *,
    timeout: float,  # noqa: ASYNC109 - the error tells how long was waited
    local_address: str | None = None,
) -> Stream:
    """Connect to a host.

    Args:
        host: IP address or name.
        port: TCP port, 1 to 65535.
        timeout: Seconds for the whole attempt.
        local_address: Address of the card to leave by; the system chooses when it is not given.

    Raises:
        InvalidInput: The port or the host cannot be one.
        NotReached: Nothing listens there, there is no way there, or the name is unknown.
        TimedOut: No answer in time.
    """
    check_port(port)
    address = Address(host, port)
    local = (local_address, 0) if local_address else None
    try:
        async with asyncio.timeout(timeout):
            _, stream = await asyncio.get_running_loop().create_connection(SocketStream, host, port, local_addr=local)
    except TimeoutError as error:
        raise TimedOut(
            f"{address} did not answer within {timeout:g} s.",
            advice="Check the address, that the device has power and network, and firewalls on the way.",
        ) from error
    except OSError as error:
        raise dial_error(error, address, local_address) from error
    except UnicodeError as error:
        raise InvalidInput("host", host, "an IP address or a host name") from error
    return stream


class Listener:
    """Takes connections on a port and runs the handler for each.

    Use it as an async context manager, or call ``close`` and ``wait_closed``.

    Attributes:
        addresses: The addresses that it listens on, with the real port where 0 was asked for.
    """

    def __init__(
        self,
        handler: Callable[[Stream], Awaitable[None]],
        max_connections: int | None,
        admit: Callable[[Address], str] | None = None,
    ) -> None:
        self._handler = handler
        self._max_connections = max_connections
        self._admit = admit
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.addresses: tuple[Address, ...] = ()

    @property
    def connection_count(self) -> int:
        """Connections that are being handled."""
        return len(self._tasks)

    async def open(self, address: str, port: int, backlog: int) -> None:
        """Start listening; raises NotReached or PortBusy."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: SocketStream(self._take), address or None, port, backlog=backlog
            )
        except OSError as error:
            raise await asyncio.to_thread(bind_error, error, Address(address, port), "tcp") from error
        self.addresses = tuple(Address.from_socket(item.getsockname()) for item in self._server.sockets)

    def _take(self, stream: SocketStream) -> None:
        if self._max_connections is not None and len(self._tasks) >= self._max_connections:
            logger.info("%s closed at once: %d connections are open already", stream.peer, len(self._tasks))
            stream.abort()
            return
        refusal = "" if self._admit is None else self._admit(stream.peer)
        if refusal:
            logger.debug("%s closed at once: %s", stream.peer, refusal)
            stream.abort()
            return
        task = asyncio.get_running_loop().create_task(self._run(stream), name=f"connection from {stream.peer}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, stream: SocketStream) -> None:
        try:
            await self._handler(stream)
            stream.close()
            async with asyncio.timeout(_LINGER_SECONDS):
                await stream.wait_closed()
        except (DoorwardError, TimeoutError) as error:
            logger.debug("connection from %s ended: %s", stream.peer, error)
        except Exception:
            logger.exception("the handler of the connection from %s failed", stream.peer)
        finally:
            stream.abort()

    def stop_listening(self) -> None:
        """Take no new connections; those that stand go on."""
        if self._server is not None:
            self._server.close()

    def close(self) -> None:
        """Stop listening and end every connection."""
        self.stop_listening()
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until every connection is ended."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        if self._server is not None:
            await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        await self.wait_closed()


async def listen(
    handler: Callable[[Stream], Awaitable[None]],
    address: str,
    port: int,
    *,
    backlog: int = 128,
    max_connections: int | None = None,
    admit: Callable[[Address], str] | None = None,
) -> Listener:
    """Listen on an address of this machine and run ``handler`` for every connection.

    The stream is closed when the handler returns or raises; an error other than a DoorwardError is logged.

    Args:
        handler: Takes the stream of a new connection.
        address: Own address to listen on; empty for all.
        port: TCP port; 0 lets the system choose one.
        backlog: Connections that may wait to be taken.
        max_connections: Further ones are closed at once; None for no limit.
        admit: Asked before anything is spent on a connection: why the caller at this address is closed at once, or
            empty.

    Raises:
        InvalidInput: The port cannot be one.
        PortBusy: The port is held; its holder is named where it may be seen.
        NotReached: The address is not one of this machine, or the port is not allowed.
    """
    check_port(port, lowest=0)
    listener = Listener(handler, max_connections, admit)
    await listener.open(address, port, backlog)
    return listener
