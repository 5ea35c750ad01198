"""One question by UDP to one host, which also hears that the host has nobody at the port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from doorward.model.errors import NotReached, TimedOut
from doorward.transport.address import Address
from doorward.transport.errors import NOT_PERMITTED, UNREACHABLE, dial_error, reason_of

T = TypeVar("T")


class PortClosed(NotReached):
    """The host is there and says that nobody listens on the port."""


class SendingForbidden(NotReached):
    """This machine itself does not let the question out."""


class _Asking(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes | Exception] = asyncio.Queue(64)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        del addr
        self._put(data)

    def error_received(self, exc: Exception) -> None:
        self._put(exc)

    def _put(self, item: bytes | Exception) -> None:
        if not self.heard.full():
            self.heard.put_nowait(item)


async def ask_by_udp(
    address: Address,
    question: bytes,
    read: Callable[[bytes], T | None],
    *,
    timeout: float,  # noqa: ASYNC109 - the error tells how long was waited
    times: int = 3,
) -> T:
    """Ask until an answer comes; only what comes from the very address and port is heard.

    Args:
        address: Whom to ask.
        question: The datagram.
        read: Reads an answer; None for what is none, then it is waited on.
        timeout: Seconds for all of it.
        times: How often the question is put, since datagrams get lost.

    Raises:
        PortClosed: The host says that nobody listens there.
        SendingForbidden: A firewall of this machine keeps the question back.
        NotReached: No way leads there.
        TimedOut: No answer.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, asking = await loop.create_datagram_endpoint(_Asking, remote_addr=address)
    except OSError as error:
        raise dial_error(error, address) from error
    problem: Exception | None = None
    try:
        for _ in range(times):
            transport.sendto(question)
            try:
                async with asyncio.timeout(timeout / times):
                    while True:
                        item = await asking.heard.get()
                        if isinstance(item, Exception):
                            problem = item
                            if isinstance(item, ConnectionRefusedError):
                                raise _silence(address, problem, timeout)
                            continue
                        answer = read(item)
                        if answer is not None:
                            return answer
            except TimeoutError:
                continue
    finally:
        transport.close()
        await asyncio.sleep(0)  # the event loop closes the socket in its next round
    raise _silence(address, problem, timeout)


def _silence(address: Address, problem: Exception | None, seconds: float) -> NotReached | TimedOut:
    if isinstance(problem, ConnectionRefusedError):
        return PortClosed(f"{address.host} is there, but nobody listens on its UDP port {address.port}.")
    if isinstance(problem, OSError) and problem.errno in NOT_PERMITTED:
        return SendingForbidden(
            f"This machine does not let UDP out to {address}: {reason_of(problem)}.",
            advice="Check the firewall of this machine.",
        )
    if isinstance(problem, OSError) and problem.errno in UNREACHABLE:
        return NotReached(f"{address.host} cannot be reached by UDP: {reason_of(problem)}.")
    return TimedOut(f"{address} did not answer by UDP within {seconds:g} s.")
