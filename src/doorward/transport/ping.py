"""One ICMP echo: whether a host is there at all, whatever its ports do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import time
from dataclasses import dataclass

from doorward.model.errors import NotReached, TimedOut, Unsupported
from doorward.transport.errors import NOT_PERMITTED, UNREACHABLE, reason_of

_ECHO_REPLY, _UNREACHABLE, _ECHO_REQUEST = 0, 3, 8
_ICMP = struct.Struct("!BBHHH")
_IP_HEADER_SMALLEST = 20
_PAYLOAD = b"doorward ports probe"
_RECEIVE_SIZE = 2048

# What the code of an ICMP "destination unreachable" says (RFC 792, RFC 1812).
_UNREACHABLE_WORDS = {
    0: "there is no route to its network",
    1: "nothing answers at its address in its own subnet",
    3: "a port is closed",
    9: "its network is shut off by an administrator",
    10: "the host is shut off by an administrator",
    13: "a firewall forbids it",
}


@dataclass(frozen=True, slots=True)
class Echo:
    """The answer to a ping.

    Attributes:
        milliseconds: From the question to the answer.
    """

    milliseconds: float


async def ping(host: str, *, timeout: float) -> Echo:  # noqa: ASYNC109 - the error tells how long was waited
    """Ask a host for an echo, without rights where the system allows it, else as administrator.

    Args:
        host: IPv4 address.
        timeout: Seconds to wait.

    Raises:
        Unsupported: This user may not send ICMP.
        TimedOut: No answer; many firewalls drop pings, so this alone says little.
        NotReached: No way leads there, or a router on the way says that it cannot deliver.
    """
    loop = asyncio.get_running_loop()
    identifier = os.getpid() & 0xFFFF
    with _open() as opened:
        raw = opened.type == socket.SOCK_RAW
        started = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                await loop.sock_sendto(opened, echo_request(identifier, 1), (host, 0))
                while True:
                    data, source = await loop.sock_recvfrom(opened, _RECEIVE_SIZE)
                    answered = time.monotonic()
                    verdict = _judge(data, str(source[0]), host, identifier, raw=raw)
                    if verdict is not None:
                        raise NotReached(verdict)
                    if _is_echo(data, str(source[0]), host, identifier, raw=raw):
                        return Echo(round(1000 * (answered - started), 1))
        except TimeoutError as error:
            raise TimedOut(f"{host} did not answer a ping within {timeout:g} s.") from error
        except OSError as error:
            if error.errno in NOT_PERMITTED:
                raise Unsupported(f"A ping to {host} is not allowed on this machine: {reason_of(error)}.") from error
            if error.errno in UNREACHABLE:
                raise NotReached(f"{host} cannot be reached: {reason_of(error)}.") from error
            raise NotReached(f"A ping to {host} failed: {reason_of(error)}.") from error


def _open() -> socket.socket:
    problem: OSError | None = None
    # Linux allows the first to the groups of net.ipv4.ping_group_range, macOS to all; the second needs root.
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            opened = socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
        except OSError as error:
            problem = error
        else:
            opened.setblocking(False)
            return opened
    raise Unsupported(
        "This user may not send pings.", advice="Run the command with administrator rights to see more."
    ) from problem


def echo_request(identifier: int, sequence: int) -> bytes:
    """The bytes of an echo request, with its checksum."""
    head = _ICMP.pack(_ECHO_REQUEST, 0, 0, identifier, sequence)
    return _ICMP.pack(_ECHO_REQUEST, 0, checksum(head + _PAYLOAD), identifier, sequence) + _PAYLOAD


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _without_ip_header(data: bytes) -> bytes:
    if len(data) >= _IP_HEADER_SMALLEST and data[0] >> 4 == 4:
        return data[(data[0] & 0x0F) * 4 :]
    return data


def _is_echo(data: bytes, source: str, host: str, identifier: int, *, raw: bool) -> bool:
    body = _without_ip_header(data)
    if source != host or len(body) < _ICMP.size or body[0] != _ECHO_REPLY:
        return False
    # Without rights the system puts an identifier of its own in and delivers only what is ours.
    return not raw or _ICMP.unpack_from(body)[3] == identifier


def _judge(data: bytes, source: str, host: str, identifier: int, *, raw: bool) -> str | None:
    """What a router says of our ping; None when this is something else."""
    body = _without_ip_header(data)
    if not raw or len(body) < _ICMP.size + _IP_HEADER_SMALLEST or body[0] != _UNREACHABLE:
        return None
    quoted = body[_ICMP.size :]
    with contextlib.suppress(struct.error, OSError):
        ours = _ICMP.unpack_from(_without_ip_header(quoted))
        if socket.inet_ntoa(quoted[16:20]) == host and ours[0] == _ECHO_REQUEST and ours[3] == identifier:
            return f"{source} says of {host}: {_UNREACHABLE_WORDS.get(body[1], f'unreachable, code {body[1]}')}."
    return None
