"""What an agent does for its server by UDP and by looking at ports; each question is checked before it does."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from doorward import discovery
from doorward.model.errors import InvalidInput
from doorward.protocol.tunnel import questions as ask
from doorward.protocol.tunnel.messages import Card
from doorward.protocol.tunnel.reach import Allowed
from doorward.protocol.tunnel.values import from_json, to_json
from doorward.transport import interfaces

if TYPE_CHECKING:
    from doorward.discovery import SearchResult
    from doorward.model.found import FoundDevice
    from doorward.model.network_settings import NetworkSettings

Tell = Callable[[bytes], Awaitable[None]]


def own_cards() -> tuple[Card, ...]:
    """The network cards of this machine."""
    return tuple(Card(card.name, card.address, card.mask, card.up, card.loopback) for card in interfaces())


async def answer(what: str, content: bytes, allowed: Allowed, tell: Tell) -> bytes:
    """Answer a question.

    Args:
        what: Name of the question.
        content: The question, as JSON.
        allowed: What may be reached.
        tell: Sends something on the way to the answer.

    Returns:
        The answer, as JSON.

    Raises:
        OutOfReach: The agent's settings do not allow that; nothing was sent.
        DoorwardError: As discovery or the probe says.
    """
    kind = ask.QUESTION_TYPES.get(what)
    if kind is None:
        raise InvalidInput("question", what, ", ".join(ask.QUESTION_TYPES))
    question = from_json(kind, content)
    question.check(allowed)
    return to_json(await _answer(question, allowed, tell))


async def _answer(question: ask.Question, allowed: Allowed, tell: Tell) -> object:
    if isinstance(question, ask.Search):
        found = await discovery.search(
            interfaces=question.interfaces or None,
            addresses=question.addresses,
            generations=question.generations,
            timeout=question.seconds,
            port=question.port,
            biostar2_port=question.biostar2_port,
        )
        return ask.SearchAnswer(found.devices, found.notices, found.ignored)
    if isinstance(question, ask.Find):
        return await discovery.find_device(
            question.device_id,
            interfaces=question.interfaces or None,
            addresses=question.addresses,
            generations=question.generations,
            timeout=question.seconds,
            port=question.port,
        )
    if isinstance(question, ask.ReadNetwork):
        return await discovery.read_network_settings(question.device, port=question.port)
    if isinstance(question, ask.WriteNetwork):
        return await discovery.write_network_settings(question.device, question.changes, port=question.port)
    if isinstance(question, ask.Restart):
        await discovery.restart(question.device, port=question.port)
        return ask.Done()
    if isinstance(question, ask.Probe):
        return await _probe(question, allowed, tell)
    return ask.Cards(own_cards())


async def _probe(question: ask.Probe, allowed: Allowed, tell: Tell) -> ask.ProbeVerdict:
    # A probe is rare and its parts are many, so they are loaded when one is asked for.
    from doorward.discovery.questions import QUESTIONS  # noqa: PLC0415
    from doorward.ports.probe import DiscoveryTools, ProbeRequest, Step, probe  # noqa: PLC0415

    async def search(**wanted: object) -> SearchResult:
        found = await discovery.search(**wanted)  # type: ignore[arg-type] # the values of the probe's own call
        # Whoever answers under a made-up address must not lead the probe out of what may be reached.
        inside = tuple(each for each in found.devices if allowed.reaches(each.address))
        return dataclasses.replace(found, devices=inside)

    async def read_settings(device: FoundDevice, *, timeout: float, port: int | None) -> NetworkSettings:  # noqa: ASYNC109
        return await discovery.read_network_settings(device, timeout=timeout, port=port)

    request = ProbeRequest(
        target=question.target,
        port=question.port,
        server_addresses=question.server_addresses,
        server_port=question.server_port,
        server_wanted=question.server_wanted,
        only_ports=allowed.tcp_ports,
    )
    async for event in probe(request, DiscoveryTools(search, read_settings, QUESTIONS)):
        if isinstance(event, Step):
            step = ask.ProbeStep(
                key=event.key, title=event.title, state=event.state.value, text=event.text, seconds=event.seconds
            )
            await tell(to_json(step))
        else:
            verdict = event.verdict
            return ask.ProbeVerdict(
                code=verdict.code, kind=verdict.kind.value, sentence=verdict.sentence, commands=verdict.commands
            )
    raise AssertionError("a probe ends with its result")
