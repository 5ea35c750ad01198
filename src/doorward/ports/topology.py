"""Which firewalls stand between two ends."""

from __future__ import annotations

from collections import deque

from doorward.ports.flows import End, lies_in
from doorward.ports.site import DEFAULT_FIREWALL, Firewall, Network, Site


class Topology:
    """The networks of a site and what joins them.

    Args:
        site: The site.

    Attributes:
        firewalls: Those of the site; one that joins everything when it names none.
        unplaced: Names of ends that lie in none of the networks that firewalls join.
    """

    def __init__(self, site: Site) -> None:
        self.firewalls = site.firewalls or (Firewall(DEFAULT_FIREWALL),)
        self.unplaced: set[str] = set()
        self._segments = sorted(
            {network for firewall in self.firewalls for network in firewall.networks},
            key=lambda network: network.prefixlen,
            reverse=True,
        )
        self._home = {host.only: host.network for host in site.hosts}

    def between(self, source: End, destination: End) -> tuple[Firewall, ...]:
        """The firewalls on the way, in its order; none when both ends are on one wire."""
        one, other = self._network_of(source), self._network_of(destination)
        if lies_in(one, other) or lies_in(other, one):
            return ()
        if not self._segments:
            return self.firewalls[:1]
        start, end = self._segment(source), self._segment(destination)
        if start is None or end is None:
            return self.firewalls
        return self._way(start, end) if start != end else ()

    def _network_of(self, end: End) -> Network:
        return self._home.get(end.network, end.network)

    def _segment(self, end: End) -> Network | None:
        found = next((item for item in self._segments if lies_in(end.network, item)), None)
        if found is None:
            self.unplaced.add(end.name)
        return found

    def _way(self, start: Network, end: Network) -> tuple[Firewall, ...]:
        """The shortest way; every firewall when none is known."""
        ways: deque[tuple[Network, tuple[Firewall, ...]]] = deque([(start, ())])
        seen = {start}
        while ways:
            place, way = ways.popleft()
            for firewall in self.firewalls:
                joined = firewall.networks or tuple(self._segments)
                if place not in joined:
                    continue
                for network in joined:
                    if network == end:
                        return (*way, firewall)
                    if network not in seen:
                        seen.add(network)
                        ways.append((network, (*way, firewall)))
        return self.firewalls
