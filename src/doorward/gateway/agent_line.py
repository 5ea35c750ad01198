"""The server's end of one agent: it dials through it and asks it what only a neighbour of the devices can do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final, TypeVar

from doorward.gateway.agents import AgentEntry
from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.tunnel.failures import error_of
from doorward.protocol.tunnel.messages import (
    LARGEST_NUMBER,
    Answer,
    Ask,
    Cancel,
    ForgetLog,
    Hello,
    KeepLog,
    Kept,
    Message,
    NoAnswer,
    Ping,
    Pong,
    Progress,
    TakeKept,
    Welcome,
)
from doorward.protocol.tunnel.questions import Kind, Question
from doorward.protocol.tunnel.reach import Allowed
from doorward.protocol.tunnel.values import from_json, to_json
from doorward.transport import Stream
from doorward.transport.tunnel import Line, Tunnel

logger = logging.getLogger(__name__)

T = TypeVar("T")

QUESTIONS_AT_ONCE: Final = 64
STALL: Final = 12.0
"""Seconds beyond the limit of a question in which its answer still counts: a line may stall."""


class AgentLine:
    """One agent that is connected.

    Args:
        entry: Who it is.
        line: The WebSocket; owned from here on.
        hello: What it said first.
        ping_every: Seconds between two pings.
        silence_limit: Seconds of silence after which the line counts as cut.

    Attributes:
        entry: Who it is and what it may reach.
        hello: What it said first.
        kept: Devices of which it still has something that it kept while its line was cut.
        latency: Seconds there and back; None while it was not measured.
        ended: The reason why it ended; None while it stands.
    """

    def __init__(self, entry: AgentEntry, line: Line, hello: Hello, *, ping_every: float, silence_limit: float) -> None:
        self.entry = entry
        self.hello = hello
        self.kept = set(hello.kept)
        self.latency: float | None = None
        self.ended: NotReached | None = None
        self.measured: Callable[[], None] = _nobody
        self._line = line
        self._tunnel = Tunnel(line, self._took)
        self._ping_every = ping_every
        self._silence_limit = silence_limit
        self._answers: dict[int, asyncio.Future[Answer | Kept]] = {}
        self._progress: dict[int, Callable[[bytes], None]] = {}
        self._last_question = 0
        self._pings: dict[int, float] = {}

    @property
    def host(self) -> str:
        """From where it calls."""
        return self._line.peer.host

    @property
    def stream_count(self) -> int:
        """Connections to devices that stand through it."""
        return self._tunnel.stream_count

    @property
    def allowed(self) -> Allowed:
        """What it may reach, with its cards."""
        return self.entry.reach.within((card.address, card.mask) for card in self.hello.cards)

    @property
    def title(self) -> str:
        """Its name in errors."""
        return f"agent {self.entry.name}"

    # --- Life --------------------------------------------------------------------------------------------------------

    async def run(self) -> NotReached:
        """Serve it until its line is over; gives the reason."""
        watching = asyncio.create_task(self._watch(), name=f"pings of {self.title}")
        cause = ""
        try:
            await self.tell_settings()
            cause = (await self._tunnel.run()).message
        except NotReached as error:
            cause = error.message
        finally:
            watching.cancel()
            await asyncio.wait({watching})
            self._line.abort()
            if self.ended is None:
                self.ended = NotReached(f"The line of {self.title} was cut. {cause}".rstrip())
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(self.ended)
        return self.ended

    def end(self, reason: NotReached) -> None:
        """Close the line at once for a reason; only the first one counts."""
        if self.ended is None:
            self.ended = reason
        self._tunnel.give_up()

    async def tell_settings(self) -> None:
        """Tell the agent its settings as they are now; raises NotReached."""
        await self._tunnel.send(Welcome(0, self.entry.name, self.entry.reach, self.entry.devices))

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        number = 0
        while True:
            number = number % LARGEST_NUMBER + 1
            self._pings = {number: loop.time()}
            with contextlib.suppress(DoorwardError):
                async with asyncio.timeout(self._silence_limit):
                    await self._tunnel.send(Ping(number))
            await asyncio.sleep(self._ping_every)
            silent = loop.time() - self._tunnel.last_heard
            if silent > self._silence_limit:
                self.end(NotReached(f"The line of {self.title} was silent for {silent:.0f} s."))
                return

    # --- What it does for the server ---------------------------------------------------------------------------------

    async def dial(
        self,
        host: str,
        port: int,
        *,
        timeout: float,  # noqa: ASYNC109 - it goes to the agent
        local_address: str | None = None,
    ) -> Stream:
        """Let it dial a device; see ``doorward.device.connecting.Dial``.

        Raises:
            OutOfReach: Its settings do not allow the address or the port; nothing was sent.
            DoorwardError: As the agent says, or the line was cut.
        """
        del local_address  # the agent leaves by the card that leads there
        self.allowed.check_tcp(host, port)
        self._check_alive()
        return await self._tunnel.open(host, port, timeout=timeout)

    async def ask(
        self,
        kind: Kind[T],
        question: Question,
        *,
        seconds: float,
        progress: Callable[[bytes], None] | None = None,
    ) -> T:
        """Ask it something.

        Args:
            kind: What kind of question.
            question: The question.
            seconds: How long the answer may take at the agent.
            progress: Told what comes before the answer, as JSON.

        Raises:
            OutOfReach: Its settings do not allow that; nothing was sent.
            TimedOut: No answer came.
            DoorwardError: As the agent says, or the line was cut.
        """
        question.check(self.allowed)
        answer = await self._answered(
            lambda number: Ask(number, kind.name, to_json(question)), seconds=seconds, progress=progress
        )
        if not isinstance(answer, Answer):
            raise RemoteProtocolError("the agent answers another question than was asked")
        return from_json(kind.answer, answer.content)

    def keep_log(self, message: KeepLog) -> None:
        """Tell it how far the log of a device was read, for a time when its line is cut."""
        self._tunnel.later(message)

    def forget_log(self, device_id: int) -> None:
        """A device is no longer its own."""
        self._tunnel.later(ForgetLog(device_id))

    async def take_kept(self, device_id: int, after: int, *, seconds: float) -> Kept:
        """The next part of what it kept of a device while its line was cut.

        Args:
            device_id: The device.
            after: The part that is on disk here, and all before it; 0 for none.
            seconds: How long the answer may take.

        Raises:
            DoorwardError: No answer came.
        """
        answer = await self._answered(lambda number: TakeKept(number, device_id, after), seconds=seconds)
        if not isinstance(answer, Kept):
            raise RemoteProtocolError("the agent answers another question than was asked")
        return answer

    def _check_alive(self) -> None:
        if self.ended is not None:
            raise self.ended

    async def _answered(
        self,
        make: Callable[[int], Message],
        *,
        seconds: float,
        progress: Callable[[bytes], None] | None = None,
    ) -> Answer | Kept:
        self._check_alive()
        if len(self._answers) >= QUESTIONS_AT_ONCE:
            raise NotReached(f"{self.title} has {QUESTIONS_AT_ONCE} questions to answer.", advice="Try again soon.")
        number = self._last_question = self._last_question % LARGEST_NUMBER + 1
        answer: asyncio.Future[Answer | Kept] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        if progress is not None:
            self._progress[number] = progress
        try:
            await self._tunnel.send(make(number))
            async with asyncio.timeout(seconds + STALL):
                return await answer
        except TimeoutError as error:
            raise TimedOut(
                f"{self.title} did not answer within {seconds + STALL:g} s.", advice="Its line may stall; try again."
            ) from error
        finally:
            if not answer.done():
                self._tunnel.later(Cancel(number))
            self._answers.pop(number, None)
            self._progress.pop(number, None)

    # --- What it says ------------------------------------------------------------------------------------------------

    async def _took(self, message: Message) -> None:
        if isinstance(message, Answer | Kept):
            self._resolve(message)
        elif isinstance(message, NoAnswer):
            answer = self._answers.get(message.number)
            if answer is not None and not answer.done():
                answer.set_exception(error_of(message))
        elif isinstance(message, Progress):
            told = self._progress.get(message.number)
            if told is not None:
                told(message.content)
        elif isinstance(message, Pong):
            sent = self._pings.pop(message.number, None)
            if sent is not None:
                self.latency = asyncio.get_running_loop().time() - sent
                self.measured()
        elif isinstance(message, Ping):
            self._tunnel.later(Pong(message.number))
        else:
            raise RemoteProtocolError(f"the agent sent {type(message).__name__}, which is not its part")

    def _resolve(self, message: Answer | Kept) -> None:
        answer = self._answers.get(message.number)
        if answer is not None and not answer.done():
            answer.set_result(message)


def _nobody() -> None:
    """Nobody wants to know."""
