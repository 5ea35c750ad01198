"""One connection to a device: one request at a time, with time limits, never out of step.

A session lives once. When a request is cancelled or times out after its first byte went out, when the device breaks
a rule or the line is cut, the session ends, since a late reply could be taken for the reply to a later request. A
request that is cancelled while it waits for its turn leaves the session as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Iterator
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from doorward.device.biostar1.line import Line
from doorward.device.biostar1.under_way import Progress, RequestUnderWay, closed_by_device
from doorward.model.errors import DoorwardError, NotReached
from doorward.protocol.biostar1.client import ClientConnection, PayloadChunk, ReplyReceived
from doorward.protocol.biostar1.commands import credentials, screen
from doorward.protocol.biostar1.commands.identity import CheckStatus
from doorward.protocol.biostar1.commands.users import LIST_SECONDS_PER_USER
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.request import BASIC_TIMEOUT, Reply, Request
from doorward.protocol.biostar1.results import SUCCESS, BusyError, TryAgainError, result_error
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from doorward.transport import Stream

__all__ = ["KEEP_ALIVE_SHARE", "RETRY_DELAYS", "Progress", "Requester", "Session", "check_result", "closed_by_device"]

logger = logging.getLogger(__name__)

R = TypeVar("R", bound=Reply)
RETRY_DELAYS = (0.5, 1.0, 2.0)
"""Seconds before a request is repeated that the device answered with "busy" or "try again" (section 17)."""

WAITING_FOR_SOMEBODY = (
    credentials.ReadCard,
    credentials.ScanFinger,
    credentials.CaptureFace,
    credentials.ReadTemplateCard,
    credentials.WriteTemplateCard,
    credentials.FormatCard,
    screen.AskForKeys,
)
"""Requests that a person has to answer at the device; "try again" is for that person and is passed on at once."""

KEEP_ALIVE_SHARE = 0.5
"""The part of a model's idle limit after which the connection is used again to keep it open."""


class Requester(Protocol):
    """Who carries requests to a device: a session, or what makes a new session when one is lost."""

    async def request(
        self,
        request: Request[R],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it counts from packet to packet, not for the whole call
        progress: Progress | None = None,
    ) -> R:
        """Ask, and give the reply; see ``Session.request``."""
        ...

    async def current(self) -> Session:
        """The session itself, for steps that belong to one connection."""
        ...

    async def wait_lost(self) -> DoorwardError:
        """Wait until the connection is over; gives the reason."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


class Session:
    """A connection to one device.

    Args:
        stream: The connected stream; the session owns it from here on.
        device_id: Serial number for the headers of requests; 0 while it is not known.
        enciphered: Whether the model's direct-mode packets are enciphered.
        title: The device's name in errors.
        basic_timeout: Seconds that an ordinary request may take; longer limits (logs, cards, fingers) grow with it.
        retry_delays: Seconds before each repetition of a request that was answered with "busy" or "try again".
        connection: The protocol's end of the connection, where it is not that of direct mode.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        device_id: int = 0,
        enciphered: bool = False,
        title: str = "The device",
        basic_timeout: float = BASIC_TIMEOUT,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
        connection: ClientConnection | None = None,
    ) -> None:
        self.title = title
        self.basic_timeout = basic_timeout
        self.lost_reason: DoorwardError | None = None
        self._line = Line(stream, self._stirred)
        self._connection = connection or ClientConnection(device_id=device_id, enciphered=enciphered)
        self._retry_delays = retry_delays
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[Any] | None = None
        self._lost = asyncio.Event()
        self._keep_alive_task: asyncio.Task[None] | None = None
        self._last_use = self._line.time()

    # Life.

    @property
    def is_open(self) -> bool:
        """Whether requests can be sent."""
        return self.lost_reason is None

    @property
    def peer(self) -> str:
        """The device's address and port."""
        return self._line.peer

    def identified(self, device_id: int, *, enciphered: bool, title: str) -> None:
        """Note who answers, for the headers and the cipher of later requests and for errors."""
        self._connection.device_id = device_id
        self._connection.enciphered = enciphered
        self.title = title

    def keep_alive(self, interval: float) -> None:
        """Use the connection whenever it was silent for ``interval`` seconds, so that the device keeps it open."""
        if self._keep_alive_task is None and self.is_open:
            self._keep_alive_task = asyncio.get_running_loop().create_task(
                self._keep_alive(interval), name=f"keep-alive {self.peer}"
            )

    async def wait_lost(self) -> DoorwardError:
        """Wait until the session is over; gives the reason."""
        await self._lost.wait()
        assert self.lost_reason is not None
        return self.lost_reason

    async def close(self) -> None:
        """Close the connection. A request under way fails."""
        self.end(NotReached(f"The connection to {self.title} at {self.peer} is closed.", advice="Connect again."))
        await self._line.wait_closed()
        if self._keep_alive_task is not None and self._keep_alive_task is not asyncio.current_task():
            await asyncio.wait({self._keep_alive_task})

    def end(self, reason: DoorwardError) -> None:
        """End the session at once for a reason that later requests are told; only the first one counts."""
        if self.lost_reason is not None:
            return
        self.lost_reason = reason
        logger.debug("session with %s ended: %s", self.peer, reason)
        self._line.abort()
        if self._keep_alive_task is not None and self._keep_alive_task is not asyncio.current_task():
            self._keep_alive_task.cancel()
        self._lost.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _keep_alive(self, interval: float) -> None:
        while self.is_open:
            silence = self._line.time() - self._last_use
            if silence < interval or self._lock.locked():
                await asyncio.sleep(max(interval - silence, interval / 10))
                continue
            # A refusal still shows that the device is there; a failure has ended the session.
            with contextlib.suppress(DoorwardError):
                await self.request(CheckStatus())

    def _stirred(self, what: bytes | DoorwardError) -> None:
        """Something happened on the line while nothing was asked."""
        if isinstance(what, DoorwardError):
            self.end(what)
        elif what:
            self.end(
                RemoteProtocolError(f"{self.title} at {self.peer} sent {len(what)} bytes although nothing was asked")
            )
        else:
            self.end(closed_by_device(self.title, self.peer))

    # Requests.

    async def current(self) -> Session:
        """This session."""
        return self

    async def request(
        self,
        request: Request[R],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it counts from packet to packet, not for the whole call
        progress: Progress | None = None,
    ) -> R:
        """Ask, and give the reply.

        Args:
            request: What to ask.
            timeout: Seconds of silence before it is given up; starts again with every whole packet. The request's own
                limit when it is not given.
            progress: Told the bytes of a write that have left, and at the end also their number.

        Raises:
            ResultError: The device said no. "Busy" and "try again" are repeated a few times first, unless a person
                at the device has to try again.
            LocalProtocolError: A value does not fit; nothing was sent.
            RemoteProtocolError: The device broke a rule; the session is over.
            TimedOut: No answer in time; the session is over.
            NotReached: The connection was cut, or is over already.
        """
        delays = () if isinstance(request, WAITING_FOR_SOMEBODY) else self._retry_delays
        for delay in delays:
            try:
                return await self._request_once(request, timeout, progress)
            except (BusyError, TryAgainError) as error:
                logger.debug("%s: %s Repeated in %s s", self.peer, error.message, delay)
            await asyncio.sleep(delay)
        return await self._request_once(request, timeout, progress)

    async def stream(
        self,
        request: Request[Any],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> AsyncGenerator[PayloadChunk, None]:
        """Ask, and give the payload of the reply piece by piece as it arrives.

        The connection is taken until the last piece. Leaving the generator earlier ends the session; a request from
        within the loop over the pieces is refused, since it could never have its turn.

        Raises:
            ResultError: The device said no.
            RemoteProtocolError: The device broke a rule; the session is over.
            TimedOut: No answer in time; the session is over.
            NotReached: The connection was cut, or is over already.
        """
        for delay in (*self._retry_delays, None):
            try:
                async with contextlib.aclosing(self._stream_once(request, timeout)) as pieces:
                    async for piece in pieces:
                        yield piece
            except (BusyError, TryAgainError):
                if delay is None:
                    raise
                await asyncio.sleep(delay)
            else:
                return

    async def _request_once(
        self,
        request: Request[R],
        timeout: float | None,  # noqa: ASYNC109 - as above
        progress: Progress | None,
    ) -> R:
        self._refuse_nesting()
        async with self._lock:
            with self._exchange(request, streamed=False, timeout=timeout, progress=progress) as exchange:
                message = None
                while message is None:
                    for event in await exchange.events():
                        assert isinstance(event, ReplyReceived)
                        message = event.message
            check_result(request, message)
            try:
                return request.decode_reply(message)
            except RemoteProtocolError as error:
                self.end(error)
                raise

    async def _stream_once(
        self,
        request: Request[Any],
        timeout: float | None,  # noqa: ASYNC109 - as above
    ) -> AsyncGenerator[PayloadChunk, None]:
        self._refuse_nesting()
        async with self._lock:
            self._owner = asyncio.current_task()
            try:
                with self._exchange(request, streamed=True, timeout=timeout, progress=None) as exchange:
                    message = None
                    while message is None:
                        for event in await exchange.events():
                            if isinstance(event, ReplyReceived):
                                message = event.message
                            else:
                                assert isinstance(event, PayloadChunk)
                                yield event
                check_result(request, message)
            finally:
                self._owner = None

    def _refuse_nesting(self) -> None:
        if self._owner is not None and self._owner is asyncio.current_task():
            raise LocalProtocolError(
                "a long reply is being read in this very task, so another request could never have its turn",
                advice="Read the reply to its end or close its generator first, or ask from another task.",
            )

    @contextlib.contextmanager
    def _exchange(
        self, request: Request[Any], *, streamed: bool, timeout: float | None, progress: Progress | None
    ) -> Iterator[RequestUnderWay]:
        """Carry one request; whatever interrupts it ends the session."""
        self._line.take()
        try:
            if self.lost_reason is not None:
                raise self._lost_again()
            opening = self._connection.start(request, streamed=streamed)
            limit = request.TIMEOUT * (self.basic_timeout / BASIC_TIMEOUT) if timeout is None else timeout
            exchange = RequestUnderWay(self._line, self._connection, request, opening, limit, self.title, progress)
            exchange.seconds_per_user = LIST_SECONDS_PER_USER * self.basic_timeout / BASIC_TIMEOUT
            try:
                yield exchange
            except DoorwardError as error:
                self.end(error)
                raise
            except BaseException:
                self.end(
                    NotReached(
                        f"The connection to {self.title} at {self.peer} was closed because a request "
                        f"({request.PURPOSE}) was given up before its reply was complete.",
                        advice="Connect again.",
                    )
                )
                raise
        finally:
            self._last_use = self._line.time()
            self._line.release()

    def _lost_again(self) -> NotReached:
        reason = self.lost_reason
        assert reason is not None
        if isinstance(reason, NotReached):
            return NotReached(reason.message, advice=reason.advice)
        return NotReached(
            f"The connection to {self.title} at {self.peer} is over since an earlier error: {reason.message}",
            advice="Connect again.",
        )


def check_result(request: Request[Any], message: Message) -> None:
    """Raise the device's refusal, if it is one.

    Raises:
        ResultError: The result is not 0.
    """
    if message.code != SUCCESS:
        raise result_error(message.code, request.PURPOSE)
