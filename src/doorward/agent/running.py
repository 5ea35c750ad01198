"""The agent from its start to its end: enrolled once, then connected again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from doorward.agent.calling import call, enroll, new_key
from doorward.agent.keeping import LogKeeper
from doorward.agent.serving import ServerLine
from doorward.agent.spool import Spool
from doorward.agent.token_file import AgentIdentity, TokenFile
from doorward.device.connecting import Dial
from doorward.device.reconnect import STABLE_SECONDS, Backoff, ReconnectPolicy
from doorward.model.errors import DoorwardError
from doorward.transport import Address, agent_context, dial

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
LONGEST_WAIT_AFTER_WELCOME = 5.0
"""Seconds: a server that took the agent a moment ago is there, so a bad line is dialled again soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """How an agent runs. Times are seconds.

    Attributes:
        server: Where its server is.
        token_file: The file of its code, and later its key.
        spool_folder: Where it keeps what happened while the line is cut.
        spool_bytes: Most that it keeps there.
        first_wait: Before the second attempt to reach the server; then it doubles.
        longest_wait: The longest wait between two attempts.
        silence_limit: Silence of the server after which the line counts as cut.
        poll_every: Between two looks at the log of a device while the line is cut.
    """

    server: Address
    token_file: Path
    spool_folder: Path
    spool_bytes: int = 64 * MEGABYTE
    first_wait: float = 1.0
    longest_wait: float = 60.0
    silence_limit: float = 35.0
    poll_every: float = 5.0


class Agent:
    """An agent.

    Args:
        settings: How it runs.
        told: Takes lines for the person who started it.
        dialer: Dials devices.
        server_dialer: Dials the server.
    """

    def __init__(
        self,
        settings: AgentSettings,
        *,
        told: Callable[[str], None],
        dialer: Dial = dial,
        server_dialer: Dial = dial,
    ) -> None:
        self._settings = settings
        self._told = told
        self._dialer = dialer
        self._server_dialer = server_dialer
        self._file = TokenFile(settings.token_file)
        self._key = new_key()

    async def run(self) -> None:
        """Run until it is cancelled.

        Raises:
            InvalidFile: The token file or the spool cannot be used.
            InvalidInput: The token file holds no code.
        """
        settings = self._settings
        self._file.read()
        keeper = LogKeeper(
            Spool(settings.spool_folder, most_bytes=settings.spool_bytes), self._dialer, poll_every=settings.poll_every
        )
        first, longest = settings.first_wait, settings.longest_wait
        unheard = Backoff(ReconnectPolicy(first_wait=first, longest_wait=longest))
        after_welcome = max(first, min(longest, LONGEST_WAIT_AFTER_WELCOME))
        lost = Backoff(ReconnectPolicy(first_wait=first, longest_wait=after_welcome))
        loop = asyncio.get_running_loop()
        keeper.line_is_cut()
        try:
            while True:
                began = loop.time()
                error, welcomed = await self._once(keeper)
                keeper.line_is_cut()
                if welcomed:
                    unheard.reset()
                if loop.time() - began >= STABLE_SECONDS:
                    lost.reset()
                backoff = lost if welcomed else unheard
                wait = backoff.failed(error)
                self._told(f"{error.message} {error.advice}".strip() + f" Next attempt in {wait:.0f} s.")
                await backoff.sleep(wait)
        finally:
            await keeper.stop()

    async def _once(self, keeper: LogKeeper) -> tuple[DoorwardError, bool]:
        """One attempt and what follows; gives the reason of its end, and whether the server had welcomed the agent."""
        try:
            identity = await self._identity()
            socket = await call(
                self._settings.server,
                agent_context(identity.tls),
                identity.fingerprint,
                dialer=self._server_dialer,
            )
            # Before the hello, which tells what was kept: nothing is added to that afterwards.
            await keeper.line_stands()
            line = ServerLine(socket, keeper, self._dialer, silence_limit=self._settings.silence_limit)
            telling = asyncio.create_task(self._tell_when_welcome(line))
            try:
                return await line.run(), line.welcomed.is_set()
            finally:
                telling.cancel()
                await asyncio.wait({telling})
        except DoorwardError as error:
            return error, False

    async def _identity(self) -> AgentIdentity:
        found = self._file.read()
        if isinstance(found, AgentIdentity):
            return found
        self._file.check_writable()
        identity = await enroll(self._settings.server, found, self._key, dialer=self._server_dialer)
        self._file.write(identity)
        self._told(f"Enrolled as {identity.name}; the key is in {self._file.path}.")
        return identity

    async def _tell_when_welcome(self, line: ServerLine) -> None:
        await line.welcomed.wait()
        self._told(f"Connected to {self._settings.server} as {line.name}.")
