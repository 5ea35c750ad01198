"""What a plan has to say beside its rules."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.ports.catalogue import SYSTEM_TITLES, load_catalogue
from doorward.ports.flows import ANSWER_PORTS, Flow, beside, planned_entries
from doorward.ports.site import Site


def site_notes(site: Site, flows: tuple[Flow, ...]) -> Iterator[str]:
    """The notes of a site, in the order of their weight."""
    yield from _clashes(site)
    yield from _searching(site, flows)
    yield from _versions(site)
    yield from _lonely(site)
    yield from _systems(site)
    yield from _never(site)


def _clashes(site: Site) -> Iterator[str]:
    listening: dict[tuple[str, str], list[str]] = {}
    for entry in planned_entries(site):
        if entry.listens == "server":
            titles = listening.setdefault((entry.protocol, str(entry.ports)), [])
            if SYSTEM_TITLES[entry.system] not in titles:
                titles.append(SYSTEM_TITLES[entry.system])
    for (protocol, ports), titles in listening.items():
        if len(titles) > 1:
            yield (
                f"{' and '.join(titles)} listen on {protocol.upper()} {ports}: let them run on different machines, "
                "or move the port of one."
            )


def _searching(site: Site, flows: tuple[Flow, ...]) -> Iterator[str]:
    if any(flow.answer for flow in flows):
        yield (
            "Answers to a broadcast search come from another address than the one that was asked, so no firewall "
            "takes them for replies: they have a rule of their own. It lets UDP in from the devices' port and their "
            f"network alone, to the ports {ANSWER_PORTS} from which a system lets programs send (Linux 32768-60999, "
            "Windows 49152-65535; widen it if yours was moved). A device that is set to a subnet of its own is not "
            "heard through it."
        )
    apart = [
        f"{host.name} to {item.name}"
        for host in site.hosts
        for item in site.device_networks
        if host.network.version == item.network.version and not beside(host, item.network)
    ]
    if apart and any(flow.protocol == "udp" for flow in flows):
        yield (
            f"A broadcast crosses no router ({', '.join(apart)}): devices there are searched for by address, and so "
            "are their settings and reset. Devices without a right address need somebody on their own wire."
        )


def _versions(site: Site) -> Iterator[str]:
    versions = {item.network.version for item in site.device_networks}
    for machine in site.machines:
        own = {host.address.version for host in machine.hosts}
        if versions and own.isdisjoint(versions):
            yield (
                f"{machine.name} has an IPv{min(own)} address and no device network does: no rule joins them. Give its "
                "other address too."
            )


def _lonely(site: Site) -> Iterator[str]:
    if not site.device_networks:
        yield "No device network is given, so no rule lets devices through."
    for role in ("server", "client"):
        if not any(host.role == role for host in site.hosts):
            yield f"No {role} is given, so there is no rule for one."


def _systems(site: Site) -> Iterator[str]:
    if "easysecure" in site.systems:
        yield (
            "The list of EasySecure leaves out TCP 1480, TCP 51213 and UDP 51110: BioStar 1 server mode, BioStar 1 "
            "search and BioStar 2 with TLS do not work by it alone."
        )
    if "doorward" in site.systems and any(entry.setting == "web.port" for entry in planned_entries(site)):
        yield (
            "Doorward's console listens on 127.0.0.1 until [web] address in its settings says otherwise. With a proxy "
            "before it, open the proxy's port to clients instead."
        )
    if "biostar1" in site.systems and "server" in site.systems["biostar1"]:
        yield (
            "TCP 1470 and 1471 in server mode stand in the vendor's list without a reason; they are needed to switch "
            "devices between the modes. Doorward does not need them in server mode."
        )


def _never(site: Site) -> Iterator[str]:
    for system in site.systems:
        inner = [entry for entry in load_catalogue().entries if entry.system == system and entry.reach == "local"]
        if inner:
            numbers = ", ".join(str(number) for number in sorted({entry.ports for entry in inner}))
            yield f"Never to be opened, as they stay inside one machine ({SYSTEM_TITLES[system]}): TCP {numbers}."
