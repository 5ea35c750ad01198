"""The step that reads the device's network settings by UDP, and looks at the server that it should dial."""

from __future__ import annotations

import asyncio
import ipaddress

import psutil

from doorward.model.errors import DoorwardError, NotReached, Unsupported
from doorward.model.found import BIOSTAR1, FoundDevice
from doorward.model.network_settings import SERVER, NetworkSettings
from doorward.ports.holders import holders
from doorward.ports.probe.discovery_tools import DiscoveryTools
from doorward.ports.probe.facts import Facts, ServerFact, WayFact
from doorward.ports.probe.request import ProbeRequest
from doorward.ports.probe.steps import Outcome, StepState
from doorward.protocol.biostar1.network_block import DIALLED_SERVER_PORT
from doorward.transport import Address, interfaces
from doorward.transport.dialling_watch import Dialling, watch_dialling

_STANDING = frozenset({psutil.CONN_ESTABLISHED, psutil.CONN_CLOSE_WAIT})


async def read_settings(
    device: FoundDevice, request: ProbeRequest, discovery: DiscoveryTools
) -> tuple[NetworkSettings | None, str]:
    """Ask a device for its network settings; gives them, or why it did not tell."""
    port = request.udp_port if device.generation == BIOSTAR1 else request.biostar2_udp_port
    try:
        return await discovery.read_settings(device, timeout=request.limits.udp, port=port), ""
    except DoorwardError as error:
        return None, error.message


def dialled(settings: NetworkSettings) -> Address:
    """The server that a device in server mode dials; a model without a field for the port dials 1480."""
    return Address(settings.server_address, settings.server_port or DIALLED_SERVER_PORT)


def points_here(settings: NetworkSettings, server: ServerFact) -> bool:
    """Whether a device in server mode dials the server that is meant."""
    place = dialled(settings)
    return settings.mode == SERVER and place.host in server.addresses and place.port == server.port


async def see_dialling(host: str, way: WayFact, port: int, seconds: float) -> Dialling | None:
    """What the card sees of a device that dials a port here; None where this user may not look."""
    card = next((item for item in interfaces() if item.name == way.card and item.address == way.local_address), None)
    if card is None:
        return None
    try:
        return await watch_dialling(card, host, port, timeout=seconds)
    except (Unsupported, NotReached):
        return None


async def look_at_server(host: str, request: ProbeRequest) -> ServerFact:
    """Whether the server is this machine, listens, and has the device on the line."""
    own = tuple(card.address for card in interfaces())
    addresses = request.server_addresses or own
    here = any(address in own or ipaddress.IPv4Address(address).is_loopback for address in addresses)
    told = request.server_addresses[0] if request.server_addresses else ""
    if not here:
        return ServerFact(addresses=addresses, told=told, port=request.server_port, is_here=False)
    listening = await asyncio.to_thread(holders, "tcp", (request.server_port,))
    holder = str(listening[0]) if listening else ""
    connected = await asyncio.to_thread(_is_connected, host, request.server_port)
    return ServerFact(addresses=addresses, told=told, port=request.server_port, holder=holder, connected=connected)


def _is_connected(host: str, port: int) -> bool | None:
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return None
    return any(
        item.laddr and item.raddr and item.laddr.port == port and item.raddr.ip == host and item.status in _STANDING
        for item in connections
    )


def settings_outcome(facts: Facts) -> Outcome:
    """The step in words."""
    settings, server = facts.settings, facts.server
    if settings is None:
        return Outcome(StepState.SKIPPED if not facts.settings_problem else StepState.NOTE,
                       facts.settings_problem or "Not asked: no device answered by UDP.")  # fmt: skip
    address = f"address {settings.address}, mask {settings.mask}, gateway {settings.gateway or 'none'}"
    if settings.mode != SERVER:
        return Outcome(StepState.OK, f"Direct mode: it waits to be dialled on TCP {settings.port}; {address}.")
    wanted = dialled(settings)
    words = [f"Server mode: it dials {wanted}; {address}."]
    if not points_here(settings, server):
        own = ", ".join(server.addresses[:4])
        words.append(f"That is not the server meant here ({own}, TCP {server.port}).")
        return Outcome(StepState.PROBLEM, " ".join(words))
    if not server.is_here:
        return Outcome(StepState.OK, " ".join(words))
    words.append(f"TCP {server.port} is held here by {server.holder}." if server.holder
                 else f"Nobody listens on TCP {server.port} of this machine.")  # fmt: skip
    if server.connected is not None and server.holder:
        words.append(
            "A connection of the device stands." if server.connected else "No connection of the device stands."
        )
    return Outcome(StepState.OK if server.connected else StepState.PROBLEM, " ".join(words))
