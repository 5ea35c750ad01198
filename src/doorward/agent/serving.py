"""One line of an agent to its server, from the hello to its end: what the server asks is done, if it is allowed."""

from __future__ import annotations

import asyncio
import logging
import platform
from typing import Final, Protocol

import psutil

from doorward import __version__
from doorward.agent.answering import answer, own_cards
from doorward.device.connecting import Dial
from doorward.model.errors import DoorwardError, NotReached
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.tunnel.failures import no_answer_of
from doorward.protocol.tunnel.messages import (
    Answer,
    Ask,
    Cancel,
    ForgetLog,
    Hello,
    KeepLog,
    Kept,
    Message,
    NoAnswer,
    Open,
    Ping,
    Pong,
    Progress,
    TakeKept,
    Welcome,
    encode,
)
from doorward.protocol.tunnel.reach import Reach
from doorward.transport import Stream
from doorward.transport.tunnel import Line, Tunnel

logger = logging.getLogger(__name__)

QUESTIONS_AT_ONCE: Final = 64


class Keeper(Protocol):
    """Keeps the logs of devices while the line is cut; see ``doorward.agent.keeping.LogKeeper``."""

    @property
    def kept(self) -> tuple[int, ...]:
        """Devices of which something waits for the server."""
        ...

    def settings(self, reach: Reach, devices: tuple[int, ...]) -> None:
        """What the server allows now, and which devices are dialled through this agent."""
        ...

    def keep(self, message: KeepLog) -> None:
        """How far a log was read."""
        ...

    def forget(self, device_id: int) -> None:
        """A device is no longer looked after."""
        ...

    async def next_part(self, device_id: int, after: int) -> Kept:
        """The next part of what waits; what is up to ``after`` is forgotten."""
        ...

    async def make_way(self, host: str, port: int) -> None:
        """The server wants to dial there: let go of a connection to it."""
        ...


class ServerLine:
    """One line to the server.

    Args:
        line: The WebSocket; owned from here on.
        keeper: Keeps logs while there is no line.
        dialer: Dials devices.
        silence_limit: Seconds of silence after which the line counts as cut; the server pings more often.

    Attributes:
        welcomed: Set when the server has taken this agent.
        name: What the server calls this agent.
    """

    def __init__(self, line: Line, keeper: Keeper, dialer: Dial, *, silence_limit: float) -> None:
        self.welcomed = asyncio.Event()
        self.name = ""
        self._line = line
        self._keeper = keeper
        self._dialer = dialer
        self._silence_limit = silence_limit
        self._reach: Reach | None = None
        self._tunnel = Tunnel(line, self._took, serve=self._dial)
        self._answering: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> DoorwardError:
        """Say hello and serve until the line is over; gives the reason."""
        watching = asyncio.create_task(self._watch(), name="silence of the server")
        try:
            hello = Hello(
                0,
                __version__,
                _system(),
                own_cards(),
                self._keeper.kept,
                psutil.Process().memory_info().rss,
                self._line.peer.host,
            )
            await self._line.send(encode(hello))
            return await self._tunnel.run()
        except NotReached as error:
            return error
        finally:
            tasks = {watching, *self._answering.values()}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            self._line.abort()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._silence_limit / 8)
            if loop.time() - self._tunnel.last_heard > self._silence_limit:
                logger.info("the server was silent for more than %g s", self._silence_limit)
                self._tunnel.give_up()
                return

    async def _took(self, message: Message) -> None:
        if isinstance(message, Ping):
            self._tunnel.later(Pong(message.number))
        elif isinstance(message, Welcome):
            self._welcome(message)
        elif isinstance(message, Ask | TakeKept):
            self._asked(message)
        elif isinstance(message, Cancel):
            task = self._answering.get(message.number)
            if task is not None:
                task.cancel()
        elif isinstance(message, KeepLog):
            self._keeper.keep(message)
        elif isinstance(message, ForgetLog):
            self._keeper.forget(message.number)
        elif not isinstance(message, Pong):
            raise RemoteProtocolError(f"the server sent {type(message).__name__}, which is not its part")

    def _welcome(self, message: Welcome) -> None:
        message.reach.check()
        self.name = message.name
        self._reach = message.reach
        self._keeper.settings(message.reach, message.devices)
        self.welcomed.set()

    # --- Streams -----------------------------------------------------------------------------------------------------

    async def _dial(self, message: Open) -> Stream:
        reach = self._reach
        if reach is None:
            raise NotReached("The agent does not know its settings yet.", advice="Try again.")
        reach.within((card.address, card.mask) for card in own_cards()).check_tcp(message.host, message.port)
        await self._keeper.make_way(message.host, message.port)
        return await self._dialer(message.host, message.port, timeout=min(max(message.seconds, 0.1), 60.0))

    # --- Questions ---------------------------------------------------------------------------------------------------

    def _asked(self, message: Ask | TakeKept) -> None:
        number = message.number
        if number in self._answering or len(self._answering) >= QUESTIONS_AT_ONCE:
            self._tunnel.later(NoAnswer(number, "NotReached", f"{QUESTIONS_AT_ONCE} questions are being answered."))
            return
        task = asyncio.create_task(self._answer(message), name=f"question {number}")
        self._answering[number] = task
        task.add_done_callback(lambda _: self._answering.pop(number, None))

    async def _answer(self, message: Ask | TakeKept) -> None:
        number = message.number
        reply: Message
        try:
            if isinstance(message, TakeKept):
                part = await self._keeper.next_part(message.device_id, message.after)
                reply = Kept(number, part.head, part.content)
            else:
                reply = Answer(number, await self._answer_question(message))
        except DoorwardError as error:
            reply = no_answer_of(error, number)
        except Exception:
            logger.exception("a question of the server failed")
            reply = NoAnswer(number, "NotReached", "A fault of the agent kept it from answering; its log tells more.")
        try:
            await self._tunnel.send(reply)
        except DoorwardError as error:
            logger.debug("an answer was not sent: %s", error)

    async def _answer_question(self, message: Ask) -> bytes:
        if self._reach is None:
            raise NotReached("The agent does not know its settings yet.", advice="Try again.")

        async def tell(content: bytes) -> None:
            await self._tunnel.send(Progress(message.number, content))

        allowed = self._reach.within((card.address, card.mask) for card in own_cards())
        return await answer(message.what, message.content, allowed, tell)


def _system() -> str:
    return f"{platform.node()}, {platform.system()} {platform.release()}, {platform.machine()}"[:200]
