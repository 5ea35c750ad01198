"""Hosts and ports as a person writes them."""

from __future__ import annotations

from doorward.model.errors import InvalidInput
from doorward.transport.address import check_port


def split_host(text: str) -> tuple[str, int | None]:
    """Take HOST[:PORT] apart.

    Raises:
        InvalidInput: The port is none.
    """
    host, colon, port = text.rpartition(":")
    if not colon or host.count(":"):  # no port, or an IPv6 address
        return text, None
    if not host or not port.isdecimal():
        raise InvalidInput("HOST[:PORT]", text, "a host, and a port from 1 to 65535 behind a colon")
    check_port(int(port))
    return host, int(port)
