"""What this server knows of its own place: its ports, its cards, and where its devices are."""

from __future__ import annotations

import ipaddress
import platform
import re
from collections.abc import Iterable
from typing import Final

from django.conf import settings

from doorward.model.errors import DoorwardError
from doorward.ports.catalogue import PortRange, load_catalogue
from doorward.ports.plan import Plan, make_plan
from doorward.ports.site import CLIENT_ROLE, SERVER_ROLE, Site, parse_device_network, parse_host
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import Device
from doorward.server.operators.access import Access
from doorward.server.settings import ServerSettings
from doorward.server.system.services import running_server
from doorward.transport.interfaces import Interface, interfaces

OWN_SYSTEM: Final = "doorward"
FALLBACK_NAME: Final = "server"
READER: Final = "this-browser"
NEIGHBOUR_PREFIX: Final = 24
"""Devices behind a router are taken to be in a network of this length; nobody has told which it is."""
MOST_NETWORKS: Final = 16
LONGEST_HOST_NAME: Final = 40

_UNUSUAL = re.compile(r"[^A-Za-z0-9-]+")


def own_places() -> dict[str, tuple[str, int]]:
    """Where the server listens, by the keys of its settings: address (empty: all) and port.

    A port that the system chose is told by the server that runs; where none does it is left out.
    """
    known: ServerSettings = settings.DOORWARD
    run = running_server()
    found = {}
    for key, address, port, actual in (
        ("web.port", known.web.address, known.web.port, "" if run is None else run.web_address),
        ("devices.port", known.devices.address, known.devices.port, "" if run is None else run.device_address),
    ):
        told = actual.rstrip("/").rpartition(":")[2]
        number = port or (int(told) if told.isdigit() else 0)
        if number:
            found[key] = address, number
    return found


def own_ports() -> dict[str, int]:
    """The ports on which the server listens, by the keys of its settings."""
    return {key: port for key, (_address, port) in own_places().items()}


def moved_ports() -> dict[str, PortRange]:
    """The entries of the catalogue whose port this server has changed."""
    ports = own_ports()
    return {
        entry.id: PortRange(port, port)
        for entry in load_catalogue().entries
        if (port := ports.get(entry.setting)) is not None and entry.ports != PortRange(port, port)
    }


def server_addresses() -> tuple[str, ...]:
    """The addresses by which devices know this server, the one that they are told to dial first."""
    told = settings.DOORWARD.devices.told_address
    return (told, *(card.address for card in interfaces())) if told else ()


def server_lines() -> list[str]:
    """This machine as a plan is told of it: a line for each of its addresses that others reach."""
    name = _UNUSUAL.sub("-", platform.node().partition(".")[0])[:LONGEST_HOST_NAME].strip("-") or FALLBACK_NAME
    bound = {settings.DOORWARD.web.address, settings.DOORWARD.devices.address}
    cards = _cards()
    chosen = [card for card in cards if card.address in bound] or cards
    return [f"{name}={card.address}/{card.network.prefixlen}" for card in chosen]


def client_lines(reader: str) -> list[str]:
    """The machine of whoever looks at the page, unless it is this one."""
    try:
        address = ipaddress.ip_address(reader)
    except ValueError:
        return []
    if address.is_loopback or str(address) in {card.address for card in interfaces()}:
        return []
    card = next((card for card in _cards() if card.reaches(str(address))), None)
    return [f"{READER}={address}" + ("" if card is None else f"/{card.network.prefixlen}")]


def device_network_lines(access: Access) -> list[str]:
    """The networks in which the devices are that somebody may see; without any, those of this machine's cards."""
    cards = _cards()
    networks: dict[ipaddress.IPv4Network, None] = {}
    for text in _device_addresses(access):
        try:
            address = ipaddress.IPv4Address(text)
        except ValueError:
            continue
        if address.is_loopback:
            continue
        card = next((card for card in cards if card.reaches(text)), None)
        network = ipaddress.IPv4Network((address, NEIGHBOUR_PREFIX), strict=False) if card is None else card.network
        networks[network] = None
    if not networks:
        networks = dict.fromkeys(card.network for card in cards)
    return [f"devices{number}={network}" for number, network in enumerate(list(networks)[:MOST_NETWORKS], 1)]


def device_modes(access: Access) -> list[str]:
    """The modes of the devices that somebody may see; both where there is none."""
    rows = access.among("devices.view", Device.objects.all(), "group").order_by()
    return sorted(set(rows.values_list("mode", flat=True))) or [Mode.DIRECT.value, Mode.SERVER.value]


def own_plan(access: Access, reader: str) -> Plan | None:
    """What must be opened for this server as far as it can tell by itself; None where it cannot."""
    modes = tuple(device_modes(access))
    try:
        return make_plan(
            Site(
                systems={OWN_SYSTEM: modes},
                hosts=(
                    *(parse_host(SERVER_ROLE, line) for line in server_lines()),
                    *(parse_host(CLIENT_ROLE, line) for line in client_lines(reader)),
                ),
                device_networks=tuple(parse_device_network(line) for line in device_network_lines(access)),
                moved=moved_ports(),
            )
        )
    except DoorwardError:
        return None


def _cards() -> list[Interface]:
    return [card for card in interfaces() if card.up and not card.loopback]


def _device_addresses(access: Access) -> Iterable[str]:
    rows = access.among("devices.view", Device.objects.exclude(approval=Approval.BLOCKED), "group")
    for mode, address, last in rows.order_by().values_list("mode", "address", "last_address"):
        yield (address if mode == Mode.DIRECT and address else last).partition(":")[0]


def told_port() -> int | None:
    """The port that devices are told to dial; None where the system chose it and no server runs."""
    return settings.DOORWARD.devices.told_port or own_ports().get("devices.port")
