"""Searching, readdressing and restarting devices by UDP in the branches of agents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Final, Protocol

from doorward.discovery import SearchResult
from doorward.model.errors import DoorwardError
from doorward.model.found import FoundDevice
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.protocol.tunnel import questions
from doorward.protocol.tunnel.questions import FIND, READ_NETWORK, RESTART, SEARCH, WRITE_NETWORK
from doorward.server.agents.desk import agent_desk
from doorward.server.agents.models import Agent
from doorward.server.devices.gateway_views import tell_heard
from doorward.server.devices.models import Device

FIND_SECONDS: Final = 4.0
TALK_SECONDS: Final = 40.0
"""For the parts of a conversation with a device, each of which may be put again."""

AT_ONCE: Final = 16


class Target(Protocol):
    """A device to be asked; see ``doorward.server.discovery.services.Target``."""

    @property
    def device_id(self) -> int:
        """Its serial number."""
        ...

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it is asked; none: by broadcast."""
        ...

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Cards of the agent to ask from."""
        ...

    @property
    def generations(self) -> tuple[str, ...]:
        """The generations that are asked for."""
        ...

    @property
    def port(self) -> int | None:
        """UDP port of the device."""
        ...


def search(
    agent_id: int, addresses: Sequence[str], generations: Sequence[str], seconds: float, port: int | None
) -> SearchResult:
    """Search in the branch of an agent; raises as ``doorward.gateway.agent_line.AgentLine.ask``."""
    question = questions.Search(addresses=tuple(addresses), generations=tuple(generations), seconds=seconds, port=port)
    found = agent_desk().ask(agent_id, SEARCH, question, seconds=seconds)
    return SearchResult(tuple(replace(each, agent=agent_id) for each in found.devices), found.notices, found.ignored)


def everywhere(places: Sequence[int | None], one: Callable[[int | None], SearchResult]) -> SearchResult:
    """Search several places at once and put together what they found; the same device at two places is told.

    Args:
        places: Numbers of agents, None for this machine.
        one: Searches one place.

    Raises:
        DoorwardError: The only place failed; with more of them it is a notice.
    """
    if len(places) == 1:
        return one(places[0])
    names = dict(
        Agent.objects.filter(pk__in=[place for place in places if place is not None]).values_list("pk", "name")
    )
    devices: list[FoundDevice] = []
    notices: list[str] = []
    ignored = 0
    with ThreadPoolExecutor(min(AT_ONCE, len(places))) as threads:
        running = {place: threads.submit(copy_context().run, one, place) for place in places}
        for place, future in running.items():
            where = "" if place is None else f"Agent {names.get(place, place)}: "
            try:
                found = future.result()
            except DoorwardError as error:
                notices.append(f"{where}{error.message}")
                continue
            devices += found.devices
            notices += [f"{where}{notice}" for notice in found.notices]
            ignored += found.ignored
    return SearchResult(tuple(_told_twice(devices, names)), tuple(notices), ignored)


def _told_twice(devices: Sequence[FoundDevice], names: dict[int, str]) -> Iterable[FoundDevice]:
    """Mark the devices whose serial number was heard at more than one place."""
    heard: dict[tuple[str, int], list[FoundDevice]] = {}
    for device in devices:
        heard.setdefault((device.generation, device.device_id), []).append(device)
    for device in devices:
        places = {each.agent for each in heard[device.generation, device.device_id]}
        if len(places) > 1:
            told = ", ".join(sorted("this server" if each is None else f"agent {names[each]}" for each in places))
            words = f"The same serial number was heard at several places: {told}."
            device = replace(device, conflict=f"{device.conflict} {words}".strip())
        yield device


def tell_heard_at(devices: Sequence[FoundDevice]) -> None:
    """Dial the known devices that were heard where they are dialled; elsewhere it is another one of that number."""
    heard = {(device.device_id, device.agent) for device in devices}
    numbers = [device_id for device_id, _ in heard][:900]
    rows = Device.objects.filter(pk__in=numbers).values_list("pk", "agent_id")
    tell_heard(device_id for device_id, agent_id in rows if (device_id, agent_id) in heard)


def read_network(agent_id: int, target: Target) -> tuple[FoundDevice, NetworkSettings]:
    """Ask a device for its network settings."""
    device = _find(agent_id, target)
    question = questions.ReadNetwork(device=device, port=target.port)
    return device, agent_desk().ask(agent_id, READ_NETWORK, question, seconds=TALK_SECONDS)


def write_network(agent_id: int, target: Target, changes: NetworkChanges) -> NetworkChange:
    """Change network settings of a device."""
    question = questions.WriteNetwork(device=_find(agent_id, target), changes=changes, port=target.port)
    return agent_desk().ask(agent_id, WRITE_NETWORK, question, seconds=TALK_SECONDS)


def restart(agent_id: int, target: Target) -> FoundDevice:
    """Restart a device."""
    device = _find(agent_id, target)
    agent_desk().ask(agent_id, RESTART, questions.Restart(device=device, port=target.port), seconds=TALK_SECONDS)
    return device


def _find(agent_id: int, target: Target) -> FoundDevice:
    question = questions.Find(
        device_id=target.device_id,
        interfaces=target.interfaces,
        addresses=target.addresses,
        generations=target.generations,
        seconds=FIND_SECONDS,
        port=target.port,
    )
    return replace(agent_desk().ask(agent_id, FIND, question, seconds=FIND_SECONDS), agent=agent_id)
