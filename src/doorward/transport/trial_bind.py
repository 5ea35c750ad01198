"""Whether a port of this machine may be had: tried by binding it, since not every holder shows in a table."""

from __future__ import annotations

import os
import socket

from doorward.transport.address import Address
from doorward.transport.errors import ADDRESS_IN_USE, NOT_PERMITTED, reason_of
from doorward.transport.port_holder import Kind

FREE = "free"
HELD = "held"
FORBIDDEN = "forbidden"
FAILED = "failed"


def try_to_bind(address: Address, kind: Kind) -> tuple[str, str]:
    """Bind a port and let it go at once.

    Args:
        address: Where; an empty host for all addresses.
        kind: ``tcp`` or ``udp``.

    Returns:
        ``free``, ``held``, ``forbidden`` (ports below 1024 without rights, or a range that Windows keeps back, error
        10013) or ``failed``, and the system's words.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as bound:
        # Without it a port that was in use until a minute ago looks held; on Windows it would let us share a port.
        if os.name == "posix" and kind == "tcp":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((address.host, address.port))
            if kind == "tcp":
                bound.listen(1)
        except OSError as error:
            if error.errno in ADDRESS_IN_USE:
                return HELD, reason_of(error)
            if error.errno in NOT_PERMITTED:
                return FORBIDDEN, reason_of(error)
            return FAILED, reason_of(error)
    return FREE, ""
