"""The options by which commands are told of a site, and the site that they make."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from doorward.cli.simulate import comma_separated
from doorward.model.errors import InvalidInput
from doorward.ports.catalogue import MODES, PLANNED_SYSTEMS, PortRange, load_catalogue
from doorward.ports.site import (
    CLIENT_ROLE,
    SERVER_ROLE,
    Site,
    parse_device_network,
    parse_firewall,
    parse_host,
    parse_moved,
)
from doorward.ports.site_file import load_site
from doorward.server.settings import ServerSettings, load_settings

Systems = Annotated[
    list[str] | None,
    typer.Option("--system", "-s", metavar="NAME[,NAME..]", help=f"Systems: {', '.join(PLANNED_SYSTEMS)}."),
]
Modes = Annotated[
    list[str] | None, typer.Option("--mode", "-m", metavar="NAME[,NAME..]", help="direct, server, or both.")
]
Servers = Annotated[
    list[str] | None,
    typer.Option(
        "--server", metavar="[NAME=]ADDRESS[/PREFIX]", help="A server; with the prefix of the network it stands in."
    ),
]
Clients = Annotated[
    list[str] | None,
    typer.Option("--client", metavar="[NAME=]ADDRESS[/PREFIX]", help="A machine on which an operator works."),
]
Devices = Annotated[
    list[str] | None,
    typer.Option("--devices", metavar="[NAME=]NETWORK", help="A network, or an address, at which devices are."),
]
Firewalls = Annotated[
    list[str] | None,
    typer.Option(
        "--firewall",
        metavar="NAME[=NETWORK,NETWORK..]",
        help="A router or firewall and the networks that it joins; without any, one that joins all.",
    ),
]
With = Annotated[
    list[str] | None, typer.Option("--with", metavar="NAME[,NAME..]", help="Options beside the usual ports.")
]
Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="NAME[,NAME..]", help="Usual ports that are not needed.")
]
MovedPorts = Annotated[
    list[str] | None, typer.Option("--port", metavar="ENTRY=PORT", help="A port that differs from the catalogue.")
]
SiteFile = Annotated[
    Path | None, typer.Option("--site", metavar="FILE.toml", help="The site in a file, instead of these options.")
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="Doorward's settings file, for its own ports; else the usual one.")
]


def own_ports(settings: ServerSettings) -> dict[str, int]:
    """Doorward's own ports by the keys of its settings file; one that the system chooses is left out."""
    ports = {"web.port": settings.web.port, "devices.port": settings.devices.port}
    return {key: port for key, port in ports.items() if port}


def moved_by_settings(path: Path | None) -> dict[str, PortRange]:
    """The entries of the catalogue whose port the settings of this machine have changed.

    Raises:
        DoorwardError: The settings are not right.
    """
    ports = own_ports(load_settings(path, required=path is not None))
    moved = {}
    for entry in load_catalogue().entries:
        port = ports.get(entry.setting)
        if port is not None and entry.ports != PortRange(port, port):
            moved[entry.id] = PortRange(port, port)
    return moved


def make_site(
    *,
    systems: list[str] | None,
    modes: list[str] | None,
    servers: list[str] | None,
    clients: list[str] | None,
    devices: list[str] | None,
    firewalls: list[str] | None,
    with_features: list[str] | None,
    without_features: list[str] | None,
    ports: list[str] | None,
    site_file: Path | None,
    settings_file: Path | None,
) -> Site:
    """The site that a command was told of.

    Raises:
        InvalidInput: A value is not allowed, or the site is told twice.
        InvalidFile: The site file cannot be used.
    """
    told = (systems, modes, servers, clients, devices, firewalls, with_features, without_features, ports)
    if site_file is not None:
        if any(told):
            raise InvalidInput("--site", str(site_file), "no other option that describes the site beside it")
        site = load_site(site_file)
        settings = _settings_of(site.systems, settings_file)
        return Site(
            systems=site.systems,
            hosts=site.hosts,
            device_networks=site.device_networks,
            firewalls=site.firewalls,
            with_features=site.with_features,
            without_features=site.without_features,
            moved={**settings, **site.moved},
        )
    names, chosen = comma_separated(systems), tuple(dict.fromkeys(comma_separated(modes)))
    if not names:
        raise InvalidInput("--system", "none", ", ".join(PLANNED_SYSTEMS))
    if not chosen:
        raise InvalidInput("--mode", "none", " or ".join(MODES))
    return Site(
        systems=dict.fromkeys(names, chosen),
        hosts=(
            *(parse_host(SERVER_ROLE, text, number) for number, text in enumerate(servers or (), 1)),
            *(parse_host(CLIENT_ROLE, text, number) for number, text in enumerate(clients or (), 1)),
        ),
        device_networks=tuple(parse_device_network(text, number) for number, text in enumerate(devices or (), 1)),
        firewalls=tuple(parse_firewall(text) for text in firewalls or ()),
        with_features=tuple(comma_separated(with_features)),
        without_features=tuple(comma_separated(without_features)),
        moved={**_settings_of(names, settings_file), **parse_moved(ports or ())},
    )


def _settings_of(systems: Iterable[str], settings_file: Path | None) -> dict[str, PortRange]:
    return moved_by_settings(settings_file) if "doorward" in systems or settings_file is not None else {}
