"""Who answers for an IPv4 address on the own wire: two hardware addresses for one IP are an address conflict."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys

from doorward.model.errors import NotReached, Unsupported
from doorward.transport.errors import NOT_PERMITTED, reason_of
from doorward.transport.interfaces import Interface

_ETHERTYPE_ARP = 0x0806
_REQUEST, _REPLY = 1, 2
_BROADCAST = b"\xff" * 6
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_ETHERNET = struct.Struct("!6s6sH")
_RECEIVE_SIZE = 2048


async def hardware_addresses(
    card: Interface,
    host: str,
    *,
    timeout: float,  # noqa: ASYNC109 - how long answers are collected
) -> tuple[str, ...]:
    """Ask the wire of a card who has an address, and give everybody who says that he has.

    Args:
        card: The card whose subnet holds the address.
        host: IPv4 address.
        timeout: Seconds to collect answers; the question is put twice in them.

    Raises:
        Unsupported: This system or this user cannot send raw frames.
        NotReached: The card cannot send.
    """
    loop = asyncio.get_running_loop()
    with _open(card) as opened:
        own = opened.getsockname()[4]
        if len(own) != len(_BROADCAST) or not any(own):
            raise Unsupported(f"The card {card.name} has no hardware address.")
        question = arp_request(own, card.address, host)
        found: dict[str, None] = {}
        for _ in range(2):
            try:
                await loop.sock_sendall(opened, question)
            except OSError as error:
                raise NotReached(f"{card.name} cannot send: {reason_of(error)}.") from error
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout / 2):
                    while True:
                        sender = arp_sender(await loop.sock_recv(opened, _RECEIVE_SIZE), host)
                        if sender is not None:
                            found[sender] = None
        return tuple(found)


def _open(card: Interface) -> socket.socket:
    if sys.platform != "linux":
        raise Unsupported("Raw frames can be sent on Linux only.")
    try:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHERTYPE_ARP))
    except OSError as error:
        if error.errno in NOT_PERMITTED:
            raise Unsupported("Only an administrator may ask the wire who has an address.") from error
        raise Unsupported(f"Raw frames cannot be sent here: {reason_of(error)}.") from error
    try:
        opened.bind((card.name, _ETHERTYPE_ARP))
    except OSError as error:
        opened.close()
        raise NotReached(f"The card {card.name} cannot be used: {reason_of(error)}.") from error
    opened.setblocking(False)
    return opened


def arp_request(own: bytes, own_address: str, host: str) -> bytes:
    """The frame that asks everybody on the wire who has ``host`` (RFC 826)."""
    question = _ARP.pack(
        1, 0x0800, 6, 4, _REQUEST, own, socket.inet_aton(own_address), bytes(6), socket.inet_aton(host)
    )
    return _ETHERNET.pack(_BROADCAST, own, _ETHERTYPE_ARP) + question


def arp_sender(frame: bytes, host: str) -> str | None:
    """The hardware address that a frame claims ``host`` for; None when it is no such answer."""
    if len(frame) < _ETHERNET.size + _ARP.size:
        return None
    fields = _ARP.unpack_from(frame, _ETHERNET.size)
    if fields[:5] != (1, 0x0800, 6, 4, _REPLY) or fields[6] != socket.inet_aton(host):
        return None
    hardware: bytes = fields[5]
    return hardware.hex(":")
