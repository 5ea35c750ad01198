"""Sites that tests plan for."""

from __future__ import annotations

from doorward.ports.plan import Plan, make_plan
from doorward.ports.site import Site, parse_device_network, parse_firewall, parse_host


def plan_of(
    systems: dict[str, tuple[str, ...]],
    *,
    servers: tuple[str, ...] = ("main=192.168.1.5/24",),
    clients: tuple[str, ...] = ("office=192.168.1.20/24",),
    devices: tuple[str, ...] = ("doors=10.1.0.0/24",),
    firewalls: tuple[str, ...] = (),
    with_features: tuple[str, ...] = (),
    without_features: tuple[str, ...] = (),
) -> Plan:
    """The plan of a site that is told in the words of the command line."""
    return make_plan(
        Site(
            systems=systems,
            hosts=(
                *(parse_host("server", text, number) for number, text in enumerate(servers, 1)),
                *(parse_host("client", text, number) for number, text in enumerate(clients, 1)),
            ),
            device_networks=tuple(parse_device_network(text, number) for number, text in enumerate(devices, 1)),
            firewalls=tuple(map(parse_firewall, firewalls)),
            with_features=with_features,
            without_features=without_features,
        )
    )


def everything() -> Plan:
    """A plan with every kind of rule: in, out, forwarded, broadcast and its answers, IPv4 and IPv6."""
    return plan_of(
        {"biostar1": ("direct", "server"), "biostar2": ("direct", "server"), "doorward": ("direct", "server")},
        servers=("main=192.168.1.5/24", "main=2001:db8:1::5/64"),
        clients=("office=192.168.1.20/24", "office=2001:db8:1::20/64", "laptop=10.1.0.9/24"),
        devices=("doors=10.1.0.0/24", "doors6=2001:db8:2::/64"),
        firewalls=("edge",),
        with_features=("client-tools", "http"),
    )
