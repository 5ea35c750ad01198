"""Searching in several branches at once: who heard what, and the same number at two places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from doorward.discovery import SearchResult
from doorward.model.errors import InvalidInput, NotReached
from doorward.model.found import FoundDevice
from doorward.protocol.tunnel.questions import SEARCH, Search, SearchAnswer
from doorward.server.agents.desk import NoAgents, agent_desk, set_agent_desk
from doorward.server.agents.services import add_agent
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.services import add_direct_device
from doorward.server.discovery import by_agent, services


def found(device_id: int, address: str = "192.168.1.7") -> FoundDevice:
    return FoundDevice(device_id=device_id, type=1, generation="biostar1", address=address, model="bioentry-plus")


class Desk:
    """Answers in place of agents."""

    def __init__(self, *branches: tuple[FoundDevice, ...]) -> None:
        self.branches = dict(enumerate(branches, start=1))
        self.asked: list[Search] = []

    def ask(self, agent_id: int, kind: object, question: Search, *, seconds: float) -> SearchAnswer:
        assert kind is SEARCH
        self.asked.append(question)
        if agent_id not in self.branches:
            raise NotReached(f"Agent {agent_id} is not connected.")
        return SearchAnswer(self.branches[agent_id], ("a card is down",), 1)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    told: list[int] = []
    monkeypatch.setattr(by_agent, "tell_heard", told.extend)

    async def search(**_: Any) -> SearchResult:
        return SearchResult((found(7, "10.0.0.7"),))

    monkeypatch.setattr(services, "search", search)
    yield told
    set_agent_desk(None)


def test_places_are_told_apart_and_doubles_are_told(database: str, heard: list[int]) -> None:
    harbour, hill = add_agent("Harbour", by="ann").agent, add_agent("Hill", by="ann").agent
    away = add_agent("Away", by="ann").agent
    add_direct_device(7, "192.168.1.7", by="ann", agent=harbour)
    add_direct_device(8, "192.168.1.7", by="ann", agent=harbour)
    desk = Desk((found(7), found(8)), (found(8), found(9)))
    set_agent_desk(desk)  # type: ignore[arg-type] # has what is used of one
    result = services.search_devices(seconds=1, agents=[harbour.pk, hill.pk, away.pk])
    places = {(each.device_id, each.agent): each.conflict for each in result.devices}
    assert set(places) == {(7, None), (7, 1), (8, 1), (8, 2), (9, 2)}
    assert places[7, 1] == "The same serial number was heard at several places: agent Harbour, this server."
    assert places[8, 2] == "The same serial number was heard at several places: agent Harbour, agent Hill."
    assert places[9, 2] == ""
    assert "Agent Away: Agent 3 is not connected." in result.notices
    assert "Agent Hill: a card is down" in result.notices
    assert result.ignored == 2
    # Both devices are dialled by the one agent that heard them; what others heard wakes nobody.
    assert sorted(heard) == [7, 8]
    asked = AuditEntry.objects.get(action="network.search").after
    assert asked is not None
    assert asked["agents"] == [1, 2, 3]


def test_one_place_alone_fails_in_its_own_words(database: str, heard: list[int]) -> None:
    set_agent_desk(Desk())  # type: ignore[arg-type] # has what is used of one
    with pytest.raises(NotReached, match="Agent 5 is not connected"):
        services.search_devices(seconds=1, agents=[5], here=False)
    with pytest.raises(InvalidInput, match="at least one agent"):
        services.search_devices(seconds=1, here=False)
    set_agent_desk(None)
    with pytest.raises(NoAgents):
        agent_desk()
