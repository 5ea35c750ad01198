"""Host names."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from doorward.model.errors import InvalidInput


async def resolve(host: str, *, field: str = "address") -> str:
    """The IPv4 address of a host, which may be one already.

    Args:
        host: IPv4 address or name.
        field: What the value is called where it was given.

    Raises:
        InvalidInput: Neither an IPv4 address nor a name that is known.
    """
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        pass
    allowed = "an IPv4 address such as 192.168.1.10, or a host name that this network knows"
    # The system reads 300.1.1 or 1.2 as addresses of its own making; a person means a mistyped one.
    if not host.strip() or set(host) <= set("0123456789."):
        raise InvalidInput(field, host, allowed)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise InvalidInput(field, host, allowed) from error
    return str(found[0][4][0])
