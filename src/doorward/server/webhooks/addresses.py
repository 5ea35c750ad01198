"""Where a webhook may lead: its URL, and the addresses that its host name has at the moment of sending."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

import httpx

from doorward.model.errors import InvalidInput

SCHEMES: Final = ("http", "https")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
HIGHEST_PORT: Final = 65535
LONGEST_URL: Final = 2000
ALLOWED_URL: Final = "http:// or https:// with a host, at most 2000 letters, without a user name and without a #"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_url(url: str, *, allow_private: bool) -> httpx.URL:
    """A URL to which something may be sent.

    Raises:
        InvalidInput: It is not allowed.
    """
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise InvalidInput("url", _shown(url), ALLOWED_URL) from None
    if (
        len(url) > LONGEST_URL
        or parts.scheme not in SCHEMES
        or not parts.raw_host
        or not 1 <= port_of(parts) <= HIGHEST_PORT
        or parts.userinfo
        or parts.fragment
        or not url.isprintable()
        or " " in url
    ):
        raise InvalidInput("url", _shown(url), ALLOWED_URL)
    try:
        literal = ipaddress.ip_address(parts.raw_host.decode("ascii"))
    except ValueError:
        return parts
    refused = why_refused(literal, allow_private=allow_private)
    if refused:
        raise InvalidInput("url", _shown(url), f"an address to which webhooks may be sent ({literal} is {refused})")
    return parts


def port_of(url: httpx.URL) -> int:
    """The port of a URL."""
    return url.port or DEFAULT_PORTS[url.scheme]


def why_refused(address: Address, *, allow_private: bool) -> str:
    """What an address is that nothing may be sent to; empty where it may."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    if address.is_unspecified:
        return "no address of a machine"
    if address.is_multicast:
        return "an address of many machines"
    if address.is_loopback or (address.is_private and not address.is_link_local and not address.is_reserved):
        return "" if allow_private else "in a private network, which the setting webhooks.allow_private forbids"
    if address.is_link_local:
        # Machines in a cloud give their secrets away at such an address to whoever asks from inside.
        return "valid on one network segment alone"
    if address.is_reserved:
        return "reserved"
    if not address.is_global and not allow_private:
        return "in a private network, which the setting webhooks.allow_private forbids"
    return ""


def look_up(host: str, port: int) -> list[Address]:
    """The addresses of a host name, in the system's order; blocks.

    Raises:
        OSError: It has none, or nobody could tell.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found))


def _shown(url: str) -> str:
    # What follows the host is often a secret of the receiver.
    head, found, tail = url.partition("://")
    return f"{head[:10]}://{tail.partition('/')[0].rpartition('@')[2][:100]}" if found else "a text without ://"
