"""What strangers may cost: connections counted by source address, decided before anything is spent on them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from doorward.gateway.settings import CallerLimits

ADDRESSES_KEPT = 8_192
"""Addresses without a connection that are remembered for their rate."""

_IPV6_NETWORK = 64  # one customer has a whole /64


@dataclass(slots=True)
class _Source:
    credit: float
    at: float
    connections: int = 0
    unidentified: int = 0


class CallerCounts:
    """Counts connections, and tells whether one more may come.

    Args:
        limits: What is allowed.
    """

    def __init__(self, limits: CallerLimits) -> None:
        self._limits = limits
        self._sources: dict[str, _Source] = {}
        self.connections = 0
        self.unidentified = 0

    def refusal(self, host: str, now: float) -> str:
        """Why one more connection from a host may not come, in words; empty when it may. It is counted then.

        Args:
            host: The source address.
            now: Seconds of a clock that only goes forward.
        """
        limits = self._limits
        source = self._source(host, now)
        source.credit = min(float(limits.burst), source.credit + (now - source.at) * limits.new_per_second)
        source.at = now
        if source.credit < 1:
            return f"more than {limits.new_per_second:g} new connections a second come from {host}"
        source.credit -= 1
        if self.connections >= limits.connections:
            return f"{self.connections} connections are open in all"
        if self.unidentified >= limits.unidentified:
            return f"{self.unidentified} callers have not said who they are"
        if source.connections >= limits.per_address:
            return f"{source.connections} connections from {host} are open"
        if source.unidentified >= limits.unidentified_per_address:
            return f"{source.unidentified} callers from {host} have not said who they are or wait for approval"
        source.connections += 1
        source.unidentified += 1
        self.connections += 1
        self.unidentified += 1
        return ""

    def identified(self, host: str) -> None:
        """A caller is a device that was let in."""
        self._sources[_key(host)].unidentified -= 1
        self.unidentified -= 1

    def closed(self, host: str, *, identified: bool) -> None:
        """A connection that was counted is over.

        Args:
            host: Its source address.
            identified: Whether ``identified`` was called for it.
        """
        source = self._sources[_key(host)]
        source.connections -= 1
        self.connections -= 1
        if not identified:
            source.unidentified -= 1
            self.unidentified -= 1

    def _source(self, host: str, now: float) -> _Source:
        key = _key(host)
        source = self._sources.get(key)
        if source is None:
            if len(self._sources) >= ADDRESSES_KEPT:
                self._forget_idle()
            source = self._sources[key] = _Source(float(self._limits.burst), now)
        return source

    def _forget_idle(self) -> None:
        for key in [key for key, source in self._sources.items() if not source.connections]:
            del self._sources[key]


def _key(host: str) -> str:
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    return str(ipaddress.IPv6Network((address, _IPV6_NETWORK), strict=False))
