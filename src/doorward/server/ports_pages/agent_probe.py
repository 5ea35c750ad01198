"""A probe that an agent makes in its branch; its steps come as they do from a probe of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from doorward.model.errors import InvalidInput
from doorward.ports.probe import Kind, ProbeRequest, Step, StepState, Verdict
from doorward.protocol.tunnel.questions import PROBE, Probe, ProbeStep
from doorward.protocol.tunnel.values import from_json
from doorward.server.agents.desk import agent_desk
from doorward.server.agents.models import Agent

SECONDS: Final = 110.0


def agents_to_probe() -> Sequence[Agent]:
    """The agents that can be asked, by name."""
    return list(Agent.objects.filter(revoked__isnull=True, connected_since__isnull=False))


def agent_of(number: int) -> Agent:
    """The agent that is asked.

    Raises:
        InvalidInput: There is none.
    """
    agent = Agent.objects.filter(pk=number, revoked__isnull=True).first()
    if agent is None:
        raise InvalidInput("agent", number, "the number of an agent that is not revoked")
    return agent


async def probe_by_agent(agent: Agent, wanted: ProbeRequest) -> AsyncGenerator[Step | Verdict]:
    """Let an agent look at a device or host; gives its steps as they come, and the verdict at the end.

    Raises:
        DoorwardError: The agent may not reach it, is not connected, or did not answer.
    """
    question = Probe(
        target=wanted.target,
        port=wanted.port,
        server_addresses=(agent.server_address,) if agent.server_address else (),
        server_port=wanted.server_port,
        server_wanted=wanted.server_wanted,
    )
    loop, steps = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

    def came(content: bytes) -> None:
        loop.call_soon_threadsafe(steps.put_nowait, content)

    asking = asyncio.create_task(
        asyncio.to_thread(agent_desk().ask, agent.pk, PROBE, question, seconds=SECONDS, progress=came)
    )
    asking.add_done_callback(lambda _: steps.put_nowait(None))
    try:
        while (content := await steps.get()) is not None:
            told = from_json(ProbeStep, content)
            yield Step(
                key=told.key, title=told.title, state=StepState(told.state), text=told.text, seconds=told.seconds
            )
        found = await asking
        yield Verdict(code=found.code, kind=Kind(found.kind), sentence=found.sentence, commands=found.commands)
    finally:
        # A reader who goes ends this; what the agent still says is then for nobody.
        asking.cancel()
