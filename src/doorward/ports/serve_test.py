"""Stands where a device or server will be, so that the path to it can be tested before it is there.

It listens on TCP and UDP ports and tells whoever comes what it is, in one line; ``doorward ports probe`` knows the
line. It takes nothing in, answers no datagram with more bytes than came, and has limits on everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from doorward import __version__
from doorward.model.errors import InvalidInput, NotReached
from doorward.transport import Address, Datagram, Listener, Stream, UdpServer, listen
from doorward.transport.address import check_port

SIGNATURE = b"doorward serve-test"
"""The first bytes of every answer, by TCP and UDP."""

DEFAULT_TCP_PORTS = (1470, 1471, 1480)
DEFAULT_UDP_PORTS = (51110,)
ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - it stands where any device may stand
MOST_PORTS = 64
MOST_CONNECTIONS = 64
LINGER_SECONDS = 5.0
MOST_BYTES = 4096
ANSWERS_PER_SECOND = 50
_WAITING_EVENTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A port is open.

    Attributes:
        protocol: ``tcp`` or ``udp``.
        address: Where it listens.
    """

    protocol: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class NotListening:
    """A port could not be had.

    Attributes:
        protocol: ``tcp`` or ``udp``.
        port: The port.
        reason: Why, and what to do.
    """

    protocol: str
    port: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody came.

    Attributes:
        protocol: ``tcp`` or ``udp``.
        port: The port on which he came.
        source: Where he came from.
        size: Bytes that he sent.
    """

    protocol: str
    port: int
    source: Address
    size: int


ServeTestEvent = Listening | NotListening | Visitor


def greeting(protocol: str, port: int) -> bytes:
    """The line that everybody is told."""
    return SIGNATURE + f" {__version__} {protocol} {port}\r\n".encode()


class _Answering:
    def __init__(self) -> None:
        self.events: asyncio.Queue[ServeTestEvent] = asyncio.Queue(_WAITING_EVENTS)
        self._second = 0
        self._answered = 0

    def tell(self, event: ServeTestEvent) -> None:
        if not self.events.full():  # who floods it is not worth memory
            self.events.put_nowait(event)

    async def talk(self, stream: Stream) -> None:
        port = stream.local.port
        size = 0
        try:
            await stream.send(greeting("tcp", port))
            async with asyncio.timeout(LINGER_SECONDS):
                while size < MOST_BYTES and (data := await stream.receive()):
                    size += len(data)
        except (TimeoutError, NotReached):
            pass
        finally:
            self.tell(Visitor(protocol="tcp", port=port, source=stream.peer, size=size))

    def may_answer(self) -> bool:
        """No more than so many answers a second: a forged source shall not make this a weapon."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._answered = second, 0
        self._answered += 1
        return self._answered <= ANSWERS_PER_SECOND


async def serve_test(
    *,
    address: str = "",
    tcp_ports: Sequence[int] = DEFAULT_TCP_PORTS,
    udp_ports: Sequence[int] = DEFAULT_UDP_PORTS,
    seconds: float | None = None,
) -> AsyncGenerator[ServeTestEvent, None]:
    """Listen, and tell who comes; ends after a time, or when the caller leaves the loop.

    Args:
        address: Own IPv4 address; empty for all.
        tcp_ports: TCP ports; 0 lets the system choose.
        udp_ports: UDP ports.
        seconds: How long; None until the caller has enough.

    Raises:
        InvalidInput: A port, their number or the time is not allowed.
        NotReached: Not one of the ports could be had; the reason of the first.
    """
    _check(tcp_ports, udp_ports, seconds)
    answering = _Answering()
    async with contextlib.AsyncExitStack() as stack:
        problems: list[NotReached] = []
        opened = 0
        for protocol, port in [("tcp", port) for port in tcp_ports] + [("udp", port) for port in udp_ports]:
            try:
                if protocol == "tcp":
                    listener: Listener = await listen(
                        answering.talk,
                        address or ALL_ADDRESSES,
                        port,
                        max_connections=MOST_CONNECTIONS,
                    )
                    await stack.enter_async_context(listener)
                    where = listener.addresses[0]
                else:
                    where = await _open_udp(address, port, answering, stack)
            except NotReached as problem:
                problems.append(problem)
                answering.tell(
                    NotListening(protocol=protocol, port=port, reason=f"{problem.message} {problem.advice}".strip())
                )
            else:
                opened += 1
                answering.tell(Listening(protocol=protocol, address=where))
        if not opened:
            raise problems[0]
        end = None if seconds is None else asyncio.get_running_loop().time() + seconds
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout_at(end):
                    event = await answering.events.get()
                yield event


async def _open_udp(address: str, port: int, answering: _Answering, stack: contextlib.AsyncExitStack) -> Address:
    server: UdpServer

    def heard(datagram: Datagram) -> None:
        answer = greeting("udp", server.address.port).strip()
        answering.tell(
            Visitor(protocol="udp", port=server.address.port, source=datagram.source, size=len(datagram.data))
        )
        if len(datagram.data) >= len(answer) and answering.may_answer():
            server.answer(datagram, answer)

    server = await UdpServer.open(address or ALL_ADDRESSES, port, heard)
    await stack.enter_async_context(server)
    return server.address


def _check(tcp_ports: Sequence[int], udp_ports: Sequence[int], seconds: float | None) -> None:
    ports = (*tcp_ports, *udp_ports)
    if not 0 < len(ports) <= MOST_PORTS:
        raise InvalidInput("ports", len(ports), f"1 to {MOST_PORTS} ports")
    for port in ports:
        check_port(port, lowest=0)
    if seconds is not None and not 0 < seconds <= 86_400 * 7:
        raise InvalidInput("--for", seconds, "seconds, more than 0 and at most a week")
