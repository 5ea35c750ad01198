"""Searching, readdressing and restarting devices by UDP from this machine or by an agent, noted in the audit log."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.conf import settings

from doorward.discovery import (
    SearchResult,
    find_device,
    read_network_settings,
    restart,
    search,
    write_network_settings,
)
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.model.found import GENERATIONS, FoundDevice
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.server.agents.models import Agent
from doorward.server.audit.services import Thing, under_way
from doorward.server.devices.commands import require_commandable
from doorward.server.discovery import by_agent
from doorward.server.settings import ServerSettings
from doorward.server.system.services import running_server
from doorward.transport.interfaces import find_interface, interface_toward

T = TypeVar("T")

LONGEST_SEARCH: Final = 15.0
FIND_SECONDS: Final = 4.0
MOST_TARGETS: Final = 512
AT_ONCE: Final = 8
"""Conversations by UDP at a time: each of them asks whole networks."""

_places = threading.BoundedSemaphore(AT_ONCE)


class SearchesBusy(DoorwardError):
    """Too many searches are under way."""

    default_advice = "Try again when they are over; a search takes a few seconds."


@dataclass(frozen=True, slots=True)
class Target:
    """A device to be asked by UDP.

    Attributes:
        device_id: Its serial number; whatever else answers at its address is not it.
        addresses: Where it is asked; empty asks by broadcast.
        interfaces: The cards to ask from; empty takes all.
        generation: ``biostar1`` or ``biostar2``; empty asks for both.
        port: UDP port of the device; None for that of its generation.
        agent: The agent in whose branch it is; None: this machine asks.
    """

    device_id: int
    addresses: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    generation: str = ""
    port: int | None = None
    agent: int | None = None

    @property
    def generations(self) -> tuple[str, ...]:
        """The generations that are asked for."""
        return (self.generation,) if self.generation else GENERATIONS


def search_devices(
    *,
    interfaces: Sequence[str] = (),
    addresses: Sequence[str] = (),
    generations: Sequence[str] = GENERATIONS,
    seconds: float,
    port: int | None = None,
    agents: Sequence[int] = (),
    here: bool = True,
) -> SearchResult:
    """Search from this machine and by agents, all at once; a known device that is lost and answers is dialled at once.

    Args:
        interfaces: Cards of this machine to ask from; none: all.
        addresses: Ask these alone; none: all by broadcast.
        generations: ``biostar1``, ``biostar2``.
        seconds: How long.
        port: UDP port of BioStar 1 devices; None for the usual one.
        agents: Agents that search in their branches too.
        here: Whether this machine searches.

    Raises:
        DoorwardError: As ``doorward.discovery.search``, or an agent refused, when only one place is searched; with
            more of them it is a notice.
    """
    asked = {"interfaces": list(interfaces), "addresses": list(addresses), "seconds": seconds, "agents": list(agents)}
    places: list[int | None] = [*([None] if here else []), *dict.fromkeys(agents)]
    if not places:
        raise InvalidInput("agents", "none", "at least one agent where this machine does not search")

    def one(place: int | None) -> SearchResult:
        if place is None:
            return _run(
                search(
                    interfaces=list(interfaces) or None,
                    addresses=addresses,
                    generations=generations,
                    timeout=seconds,
                    port=port,
                )
            )
        return by_agent.search(place, addresses, generations, seconds, port)

    with _place(), under_way("network.search", Thing("network", ""), after=asked) as words:
        result = by_agent.everywhere(places, one)
        by_agent.tell_heard_at(result.devices)
        words.append(f"{len(result.devices)} devices answered.")
    return result


def read_network(target: Target) -> tuple[FoundDevice, NetworkSettings]:
    """Ask a device for its network settings by UDP. Raises as ``doorward.discovery.read_network_settings``."""

    async def read() -> tuple[FoundDevice, NetworkSettings]:
        device = await _find(target)
        return device, await read_network_settings(device, port=target.port)

    with _place():
        return _run(read()) if target.agent is None else by_agent.read_network(target.agent, target)


def write_network(target: Target, changes: NetworkChanges) -> NetworkChange:
    """Change network settings of a device by UDP. Raises as ``doorward.discovery.write_network_settings``."""
    changes.check()
    require_commandable(target.device_id)

    async def write() -> NetworkChange:
        return await write_network_settings(await _find(target), changes, port=target.port)

    with _place(), under_way("network.change", _thing(target), after=_asked(target, changes.named)) as words:
        change = _run(write()) if target.agent is None else by_agent.write_network(target.agent, target, changes)
        words.append("The device took the settings." if change.written else "The device had these settings already.")
    return change


def reset_device(target: Target) -> FoundDevice:
    """Restart a device by UDP. Raises as ``doorward.discovery.restart``."""
    require_commandable(target.device_id)

    async def reset() -> FoundDevice:
        device = await _find(target)
        await restart(device, port=target.port)
        return device

    with _place(), under_way("network.reset", _thing(target), after=_asked(target, {})) as words:
        device = _run(reset()) if target.agent is None else by_agent.restart(target.agent, target)
        words.append(f"The device at {device.address} restarts.")
    return device


def _asked(target: Target, values: Mapping[str, object]) -> dict[str, object]:
    return dict(values) if target.agent is None else {**values, "agent": target.agent}


def server_address(device: FoundDevice) -> str:
    """The address of this server as a device has to dial it; empty when that cannot be told."""
    known: ServerSettings = settings.DOORWARD
    if known.devices.told_address:
        return known.devices.told_address
    if device.agent is not None:
        # Devices beside an agent reach the server as the agent does.
        agent = Agent.objects.filter(pk=device.agent).first()
        return "" if agent is None else agent.server_address
    if device.interface:
        with contextlib.suppress(DoorwardError):
            cards = find_interface(device.interface)
            return next((card for card in cards if card.reaches(device.address)), cards[0]).address
    with contextlib.suppress(DoorwardError):
        return interface_toward(device.answered_from or device.address).address
    return ""


def server_address_toward(host: str, agent: Agent | None = None) -> str:
    """The address of this server as a device at a host has to dial it; empty when that cannot be told.

    Args:
        host: Where the device is.
        agent: The agent beside it; None: it stands in a network of this server.
    """
    known: ServerSettings = settings.DOORWARD
    if known.devices.told_address:
        return known.devices.told_address
    if agent is not None:
        return agent.server_address
    with contextlib.suppress(DoorwardError):
        return interface_toward(host).address
    return ""


def server_port() -> int | None:
    """The port of this server that devices dial; None when that cannot be told."""
    known: ServerSettings = settings.DOORWARD
    run = running_server()
    text = "" if run is None else run.device_address.rpartition(":")[2]
    return known.devices.told_port or (int(text) if text.isdigit() else known.devices.port) or None


def _thing(target: Target) -> Thing:
    return Thing("device", str(target.device_id))


async def _find(target: Target) -> FoundDevice:
    """The device itself, which proves that it answers and tells its model and its way."""
    return await find_device(
        target.device_id,
        interfaces=list(target.interfaces) or None,
        addresses=target.addresses,
        generations=target.generations,
        timeout=FIND_SECONDS,
        port=target.port,
    )


@contextlib.contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise SearchesBusy(f"{AT_ONCE} searches are under way already.")
    try:
        yield
    finally:
        _places.release()


def _run(work: Coroutine[Any, Any, T]) -> T:
    # A loop of its own in the thread of the request: a search that hears hundreds of answers does not hold up the
    # gateway's.
    return asyncio.run(work)
