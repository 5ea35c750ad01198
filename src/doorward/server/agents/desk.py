"""From a request of the console or the API to an agent that is connected, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Final, Protocol, TypeVar

from doorward.device.connecting import Dial
from doorward.gateway.agent_line import STALL, AgentLine
from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.protocol.tunnel.questions import Kind, Question

T = TypeVar("T")

SLACK: Final = 5.0
"""Seconds beyond the limit of the line itself, in which its own error is still waited for."""


class NoAgents(DoorwardError):
    """The server does not run in this process, so no agent can be asked."""

    default_advice = "Start the server, and ask it by the console or the API."


class Lines(Protocol):
    """The part of a gateway that is needed here; see ``doorward.gateway.gateway.Gateway``."""

    def agent(self, agent_id: int) -> AgentLine:
        """The line of an agent; raises NotReached."""
        ...


class AgentDesk:
    """Asks agents from any thread.

    Args:
        loop: The loop of the gateway.
        gateway: The gateway.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, gateway: Lines) -> None:
        self._loop = loop
        self._gateway = gateway

    def ask(
        self,
        agent_id: int,
        kind: Kind[T],
        question: Question,
        *,
        seconds: float,
        progress: Callable[[bytes], None] | None = None,
    ) -> T:
        """Ask an agent; see ``doorward.gateway.agent_line.AgentLine.ask``."""

        async def ask() -> T:
            line = self._gateway.agent(agent_id)
            return await line.ask(kind, question, seconds=seconds, progress=progress)

        return self._run(ask(), seconds + STALL + SLACK)

    def reach(self, agent_id: int, use: Callable[[Dial], Awaitable[T]], *, seconds: float) -> T:
        """Do something over connections that an agent dials, in the gateway's event loop.

        Args:
            agent_id: The agent.
            use: A coroutine function of what dials.
            seconds: How long it may take.

        Raises:
            NotReached: The agent is not connected, or the server is stopping.
            TimedOut: It took too long.
            DoorwardError: What the work itself raised.
        """

        async def work() -> T:
            return await use(self._gateway.agent(agent_id).dial)

        return self._run(work(), seconds + SLACK)

    def _run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise NotReached("The server is stopping.") from None
        try:
            return future.result(seconds)
        except FutureTimeout:
            future.cancel()
            raise TimedOut(f"No answer within {seconds:g} s.") from None


_desk: AgentDesk | None = None


def set_agent_desk(desk: AgentDesk | None) -> None:
    """Name the desk of this process."""
    global _desk  # noqa: PLW0603 - one process has one gateway
    _desk = desk


def agent_desk() -> AgentDesk:
    """The desk of this process.

    Raises:
        NoAgents: There is none.
    """
    if _desk is None:
        raise NoAgents("No gateway runs in this process, so no agent is connected to it.")
    return _desk
