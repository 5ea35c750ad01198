"""Many streams over one line of messages: the two ends of the tunnel, alike but for who opens streams.

The reader never waits for whoever takes a stream's bytes: what may come is bounded by the stream's credit. So a slow
stream stops itself and no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.tunnel.failures import error_of, failure_of
from doorward.protocol.tunnel.flow import Flow
from doorward.protocol.tunnel.messages import (
    LARGEST_NUMBER,
    Data,
    End,
    Failed,
    Message,
    Open,
    Opened,
    Window,
    decode,
    encode,
)
from doorward.transport.address import Address
from doorward.transport.stream import Stream

logger = logging.getLogger(__name__)

MOST_STREAMS: Final = 1_024
"""Streams of one tunnel that stand at a time."""

ANSWER_GRACE: Final = 12.0
"""Seconds beyond the limit of a dial in which the other end still may say what came of it: a line may stall."""


LINGER: Final = 5.0
"""Seconds for the last bytes of a stream that both sides have ended."""


class Line(Protocol):
    """Carries whole messages; a ``WebSocket`` is one."""

    @property
    def peer(self) -> Address:
        """The other end."""
        ...

    async def receive(self) -> bytes:
        """The next message; raises NotReached."""
        ...

    async def send(self, message: bytes) -> None:
        """Send a message; raises NotReached."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...


class TunnelStream:
    """One stream of a tunnel; see ``doorward.transport.Stream`` for what its methods promise."""

    def __init__(self, tunnel: Tunnel, number: int, peer: Address, local: Address) -> None:
        self.peer = peer
        self.local = local
        self.number = number
        self._tunnel = tunnel
        self._flow = Flow()
        self._waiting: deque[bytes] = deque()
        self._problem: NotReached | None = None
        self._ended_there = False
        self._ended_here = False
        self._over = False
        self._stirred = asyncio.Event()
        self._sending = asyncio.Lock()

    @property
    def is_closing(self) -> bool:
        """Whether the stream is closed or about to be."""
        return self._ended_here or self._over

    async def receive(self) -> bytes:
        """Give what has arrived; ``b""`` when the other side has closed."""
        while not self._waiting:
            if self._ended_there or self._ended_here:
                return b""
            if self._problem is not None:
                raise self._problem
            if self._over:
                return b""
            await self._wait()
        data = b"".join(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        self._waiting.clear()
        credit = self._flow.taken(len(data))
        if credit and not self._over and not self._ended_there:
            await self._tunnel.send(Window(self.number, credit))
        return data

    async def send(self, data: bytes) -> None:
        """Send all the bytes; waits while the other side has no room."""
        async with self._sending:
            at = 0
            while True:
                if self._problem is not None:
                    raise self._problem
                if self.is_closing:
                    raise NotReached(f"The connection to {self.peer} is closed.", advice="Connect again.")
                if at == len(data):
                    return
                granted = self._flow.spend(len(data) - at)
                if granted:
                    await self._tunnel.send(Data(self.number, data[at : at + granted]))
                    at += granted
                else:
                    await self._wait()

    def close(self) -> None:
        """Close after what is waiting has left; what still comes is dropped."""
        if not self.is_closing:
            self._ended_here = True
            self._waiting.clear()
            self._tunnel.later(End(self.number))
            if self._ended_there:
                self.over(None)
            self._stir()

    def abort(self) -> None:
        """Close at once; what is waiting is dropped."""
        if not self._over:
            self._ended_here = True
            self._tunnel.later(Failed(self.number, "NotReached", "The connection was given up."))
            self.over(None)

    async def wait_closed(self) -> None:
        """Wait until the stream is closed, by whomever."""
        while not self._over:
            await self._wait()

    # --- What the tunnel tells ---------------------------------------------------------------------------------------

    def took(self, message: Message) -> None:
        """A message about this stream came; raises RemoteProtocolError."""
        if isinstance(message, Data):
            self._flow.received(len(message.content))
            if self._ended_there:
                raise RemoteProtocolError("bytes came on a stream of the tunnel after its end")
            if self._ended_here:
                # Nobody takes it any more, and the other side shall still get rid of it.
                credit = self._flow.taken(len(message.content))
                if credit:
                    self._tunnel.later(Window(self.number, credit))
            else:
                self._waiting.append(message.content)
        elif isinstance(message, Window):
            self._flow.granted(message.credit)
        elif isinstance(message, End):
            self._ended_there = True
            if self._ended_here:
                self.over(None)
        elif isinstance(message, Failed):
            error = error_of(message)
            self.over(error if isinstance(error, NotReached) else NotReached(error.message, advice=error.advice))
        self._stir()

    def over(self, problem: NotReached | None) -> None:
        """Nothing comes or goes any more."""
        self._over = True
        if self._problem is None:
            self._problem = problem
        self._tunnel.forget(self.number)
        self._stir()

    async def _wait(self) -> None:
        await self._stirred.wait()

    def _stir(self) -> None:
        # Whoever waits now is woken; whoever begins to wait later waits for the next time.
        self._stirred.set()
        self._stirred = asyncio.Event()


Take = Callable[[Message], Awaitable[None]]
Serve = Callable[[Open], Awaitable[Stream]]


class Tunnel:
    """One end.

    Args:
        line: Carries the messages; owned from here on.
        take: Takes every message that is not about a stream, in order; it must not wait for the other end.
        serve: Dials for the other end; None where nobody may ask for that.
    """

    def __init__(self, line: Line, take: Take, *, serve: Serve | None = None) -> None:
        self._line = line
        self._take = take
        self._serve = serve
        self._streams: dict[int, TunnelStream] = {}
        self._opening: dict[int, asyncio.Future[Opened]] = {}
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._later: asyncio.Queue[Message] = asyncio.Queue()
        self._last_number = 0
        self._problem: NotReached | None = None
        self.last_heard = asyncio.get_running_loop().time()

    @property
    def stream_count(self) -> int:
        """Streams that stand."""
        return len(self._streams)

    async def run(self) -> DoorwardError:
        """Carry messages until the line is over; gives the reason. Every stream is cut then."""
        sending = asyncio.create_task(self._send_later(), name="tunnel sends")
        try:
            while True:
                content = await self._line.receive()
                self.last_heard = asyncio.get_running_loop().time()
                await self._took(decode(content))
        except DoorwardError as error:
            return error
        finally:
            self._cut()
            sending.cancel()
            tasks = {sending, *self._serving.values()}
            for task in self._serving.values():
                task.cancel()
            await asyncio.wait(tasks)
            self._line.abort()

    async def send(self, message: Message) -> None:
        """Send a message; waits while the other end takes none. Raises NotReached."""
        if self._problem is not None:
            raise self._problem
        await self._line.send(encode(message))

    def later(self, message: Message) -> None:
        """Send a small message as soon as may be, without waiting for it."""
        if self._problem is None:
            self._later.put_nowait(message)

    def give_up(self) -> None:
        """Close the line at once; ``run`` ends."""
        self._line.abort()

    async def open(self, host: str, port: int, *, timeout: float) -> TunnelStream:  # noqa: ASYNC109 - told to the other end
        """Let the other end dial.

        Raises:
            DoorwardError: As ``doorward.transport.dial`` gives it there; NotReached also when the line is cut.
            TimedOut: The other end did not say what came of it.
        """
        if len(self._streams) + len(self._opening) >= MOST_STREAMS:
            raise NotReached(f"{MOST_STREAMS} connections through one agent stand already.")
        number = self._next_number()
        answer = self._opening[number] = asyncio.get_running_loop().create_future()
        stream = self._streams[number] = TunnelStream(self, number, Address(host, port), Address("", 0))
        try:
            await self.send(Open(number, host, port, timeout))
            async with asyncio.timeout(timeout + ANSWER_GRACE):
                opened = await answer
        except TimeoutError as error:
            stream.abort()
            raise TimedOut(
                f"The agent did not say within {timeout + ANSWER_GRACE:g} s whether {stream.peer} answers.",
                advice="Its line may stall; try again.",
            ) from error
        except DoorwardError:
            stream.over(None)
            raise
        except BaseException:
            stream.abort()
            raise
        finally:
            self._opening.pop(number, None)
        stream.local = Address(opened.host, opened.port)
        return stream

    def forget(self, number: int) -> None:
        """A stream is over."""
        self._streams.pop(number, None)

    # --- What comes --------------------------------------------------------------------------------------------------

    async def _took(self, message: Message) -> None:
        if isinstance(message, Open):
            self._asked_to_open(message)
        elif isinstance(message, Opened):
            answer = self._opening.get(message.number)
            if answer is not None and not answer.done():
                answer.set_result(message)
        elif isinstance(message, Data | Window | End):
            stream = self._streams.get(message.number)
            if stream is not None:  # else it was given up here meanwhile
                stream.took(message)
        elif isinstance(message, Failed):
            self._failed(message)
        else:
            await self._take(message)

    def _failed(self, message: Failed) -> None:
        answer = self._opening.get(message.number)
        if answer is not None:
            if not answer.done():
                answer.set_exception(error_of(message))
        elif message.number in self._streams:
            self._streams[message.number].took(message)
        elif message.number in self._serving:  # it is being dialled still
            self._serving[message.number].cancel()

    def _asked_to_open(self, message: Open) -> None:
        if self._serve is None:
            raise RemoteProtocolError("the other end of the tunnel asks for a connection, which it may not")
        if message.number in self._streams or message.number in self._serving:
            raise RemoteProtocolError(f"stream {message.number} of the tunnel is opened twice")
        if len(self._serving) >= MOST_STREAMS:
            self.later(Failed(message.number, "NotReached", f"{MOST_STREAMS} connections stand already."))
            return
        task = asyncio.create_task(self._serve_stream(message, self._serve), name=f"stream {message.number}")
        self._serving[message.number] = task
        task.add_done_callback(lambda _: self._serving.pop(message.number, None))

    async def _serve_stream(self, message: Open, serve: Serve) -> None:
        try:
            there = await serve(message)
        except DoorwardError as error:
            self.later(failure_of(error, message.number))
            return
        except Exception:
            logger.exception("opening a connection for the server failed")
            self.later(Failed(message.number, "NotReached", "A fault of the agent kept it from dialling."))
            return
        stream = TunnelStream(self, message.number, Address(message.host, message.port), there.local)
        self._streams[message.number] = stream
        try:
            await self.send(Opened(message.number, there.local.host, there.local.port))
            await join(stream, there)
            async with asyncio.timeout(LINGER):  # for the last bytes to the device
                await there.wait_closed()
        except (DoorwardError, TimeoutError) as error:
            logger.debug("stream %d to %s: %s", message.number, there.peer, error)
        finally:
            there.abort()
            stream.abort()

    # --- Inner working -----------------------------------------------------------------------------------------------

    async def _send_later(self) -> None:
        while True:
            message = await self._later.get()
            try:
                await self._line.send(encode(message))
            except DoorwardError:
                self._line.abort()
                return

    def _cut(self) -> None:
        self._problem = NotReached(
            f"The line of the agent at {self._line.peer} was cut.", advice="It dials in again by itself."
        )
        for stream in list(self._streams.values()):
            stream.over(self._problem)
        for answer in self._opening.values():
            if not answer.done():
                answer.set_exception(self._problem)

    def _next_number(self) -> int:
        while True:
            self._last_number = self._last_number % LARGEST_NUMBER + 1
            if self._last_number not in self._streams:
                return self._last_number


async def join(one: TunnelStream, other: Stream) -> None:
    """Carry bytes both ways until both directions have ended or one is cut.

    Raises:
        DoorwardError: One was cut; the tunnel's other end is told why.
    """
    forth = asyncio.create_task(_carry(one, other))
    back = asyncio.create_task(_carry(other, one))
    try:
        await asyncio.wait({forth, back}, return_when=asyncio.FIRST_EXCEPTION)
        for task in (back, forth):
            if task.done() and (error := task.exception()) is not None:
                raise error
    finally:
        forth.cancel()
        back.cancel()
        await asyncio.wait({forth, back})


async def _carry(source: Stream, sink: Stream) -> None:
    while data := await source.receive():
        await sink.send(data)
    sink.close()
