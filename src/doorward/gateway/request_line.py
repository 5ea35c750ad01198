"""The request connection of a device: what it pushes is kept and then answered, what it asks is answered.

One task reads and answers in order, so a device that does not wait for its answers is slowed down by the store, and
nothing piles up here.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from typing import TYPE_CHECKING, Any

from doorward.device.biostar1.log_reading import LogAnswer
from doorward.gateway.collaborators import Match, StoreUnavailable
from doorward.gateway.context import GatewayContext
from doorward.gateway.ledger import ImageProof, Source, Submission, unchanged
from doorward.gateway.link import fault_of_the_server
from doorward.gateway.wheel import Timer
from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.model.event_key import LARGEST_SECOND
from doorward.protocol.biostar1.records.logs import ExtendedLogRecord, LogRecord
from doorward.protocol.biostar1.recovering_stream import Dropped
from doorward.protocol.biostar1.request import Reply, Request
from doorward.protocol.biostar1.results import BUSY, NOT_FOUND, UNSUPPORTED
from doorward.protocol.biostar1.server_connections import Question, Refused, RequestConnection
from doorward.protocol.biostar1.server_mode import (
    DURESS_FINGER,
    NORMAL_FINGER,
    AskTime,
    IdentifyTemplate,
    KeepAlive,
    LookUpCard,
    LookUpUser,
    MatchAnswer,
    PushExtendedLog,
    PushImageLog,
    PushLog,
    ServerTime,
    UserAnswer,
    VerifyTemplate,
)
from doorward.protocol.errors import LocalProtocolError
from doorward.transport import Stream

if TYPE_CHECKING:
    from doorward.gateway.supervisor import DeviceSupervisor

logger = logging.getLogger(__name__)


class RequestLine:
    """The connection on which a device asks.

    Args:
        context: What the gateway shares.
        device: Who looks after the device.
        stream: The connection; owned from here on.
        connection: The protocol's end of it.

    Attributes:
        questions: How many questions came.
    """

    def __init__(
        self, context: GatewayContext, device: DeviceSupervisor, stream: Stream, connection: RequestConnection
    ) -> None:
        self.questions = 0
        self._context = context
        self._device = device
        self._stream = stream
        self._connection = connection
        self._timer: Timer | None = None
        self._reason: DoorwardError | None = None
        self._in_order = asyncio.Event()

    @property
    def host(self) -> str:
        """From where the device opened it."""
        return self._stream.peer.host

    async def run(self) -> DoorwardError:
        """Serve the device until the connection is over; gives the reason."""
        loop = asyncio.get_running_loop()
        try:
            data = b""
            while True:
                for event in self._connection.receive(data, loop.time()):
                    await self._serve(event)
                self._watch()
                data = await self._stream.receive()
                if self._reason is not None:
                    return self._reason
                if not data:
                    self._connection.end()
                    return NotReached(
                        f"Device {self._device.device_id} closed its request connection.",
                        advice="It may have restarted, or lost its network.",
                    )
        except DoorwardError as error:
            return self._reason or error
        except Exception:
            logger.exception("a question of device %d could not be dealt with", self._device.device_id)
            return fault_of_the_server()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._stream.abort()

    def end(self, reason: DoorwardError) -> None:
        """End the line at once for a reason; only the first one counts."""
        if self._reason is None:
            self._reason = reason
            self._stream.abort()
            self._in_order.set()

    def in_order(self) -> None:
        """What happened before this line stood is in the record: pushes may follow."""
        self._in_order.set()

    # --- Supervision -------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """See to it that silence is noticed; one timer serves many questions."""
        deadline = self._connection.deadline
        if deadline is None:
            return
        if self._timer is not None and self._timer.is_pending:
            if self._timer.when <= deadline:
                return
            self._timer.cancel()
        self._timer = self._context.wheel.at(deadline, self._look)

    def _look(self) -> None:
        try:
            self._connection.timed_out(self._context.wheel.time())
        except TimedOut as error:
            self.end(error)
        else:
            self._watch()

    # --- Questions ---------------------------------------------------------------------------------------------------

    async def _serve(self, event: Question | Refused | Dropped) -> None:
        self.questions += 1
        if isinstance(event, Question):
            if self._context.stopping:
                raise NotReached("The server is stopping.")
            with self._context.in_hand.one():
                await self._stream.send(await self._answer(event))
        elif isinstance(event, Refused):
            self._context.counters.refused_questions += 1
            logger.info("device %d: a question was refused: %s", self._device.device_id, event.reason)
            await self._stream.send(event.answer)
        else:
            self._context.counters.damaged += 1
            logger.info("device %d: a damaged packet was dropped: %s", self._device.device_id, event.reason)

    async def _answer(self, question: Question) -> bytes:
        request = question.request
        counters = self._context.counters
        if isinstance(request, PushLog | PushExtendedLog):
            await self._keep(request)
        elif isinstance(request, PushImageLog):
            await self._keep_picture(request)
        elif isinstance(request, KeepAlive):
            counters.keep_alives += 1
        elif isinstance(request, AskTime):
            counters.time_questions += 1
            return await self._tell_time(question)
        else:
            return await self._look_up(question)
        return self._connection.answer(question)

    async def _keep(self, request: PushLog | PushExtendedLog) -> None:
        form = LogRecord if isinstance(request, PushLog) else ExtendedLogRecord
        self._context.counters.pushes += 1
        if not self._in_order.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._context.settings.order_limit):
                    await self._in_order.wait()
        try:
            await self._device.keeper.push(LogAnswer(request.content, form))
        except StoreUnavailable:
            # No answer, and both connections are closed: the record stays in the device (section 14).
            self._context.counters.unanswered += 1
            raise
        if self._device.keeper.doubtful:
            self._device.wake()

    async def _keep_picture(self, request: PushImageLog) -> None:
        header = request.header
        proof = ImageProof(
            header.device_id or self._device.device_id,
            header.event,
            header.local_time & LARGEST_SECOND,
            header.user_id,
            hashlib.sha256(request.content).digest(),
            request.picture,
        )
        number = self._device.device_id
        submission = Submission(number, self._context.now(), Source.PUSH, (), unchanged, (proof,))
        try:
            await self._context.store.append(submission)
        except StoreUnavailable:
            self._context.counters.unanswered += 1
            raise
        self._context.counters.pictures += 1

    async def _tell_time(self, question: Question) -> bytes:
        local = self._device.local_time.local(self._context.now())
        guard = self._context.clock_guard
        if guard.doubt:
            # The device may set its clock by the answer: it is told what it shows itself.
            drift = guard.drift_of(self._device.device_id)
            if drift is None:
                self._context.counters.refused_questions += 1
                return self._connection.refuse(question, BUSY)
            local += round(drift)
        await self._device.keeper.before_time_is_told(local)
        return self._connection.answer(question, ServerTime(local))

    async def _look_up(self, question: Question) -> bytes:
        """Answer a lookup or a matching, or refuse it with the code that fits."""
        reply: Reply | None
        try:
            async with asyncio.timeout(self._context.settings.lookup_limit):
                reply, result = await self._find(question.request)
        except (TimeoutError, DoorwardError) as error:
            logger.warning("device %d: a lookup failed: %r", self._device.device_id, error)
            reply, result = None, BUSY
        if reply is not None:
            try:
                return self._connection.answer(question, reply)
            except LocalProtocolError as error:
                logger.warning("device %d: a lookup failed: %s", self._device.device_id, error)
                result = NOT_FOUND
        self._context.counters.refused_questions += 1
        return self._connection.refuse(question, result)

    async def _find(self, request: Request[Any]) -> tuple[Reply | None, int]:
        directory, matcher, number = self._context.directory, self._context.matcher, self._device.device_id
        if isinstance(request, LookUpUser | LookUpCard):
            self._context.counters.lookups += 1
            if isinstance(request, LookUpUser):
                record = await directory.user_by_id(number, request.user_id)
            else:
                record = await directory.user_by_card(number, request.card_id, request.custom_id)
            return (None if record is None else UserAnswer(record)), NOT_FOUND
        self._context.counters.matches += 1
        if matcher is None or not isinstance(request, IdentifyTemplate | VerifyTemplate):
            return None, UNSUPPORTED
        match: Match | None
        if isinstance(request, IdentifyTemplate):
            match = await matcher.identify(number, request.template)
        else:
            match = await matcher.verify(number, request.user_id, request.template)
        if match is None:
            return None, NOT_FOUND
        return MatchAnswer(DURESS_FINGER if match.duress else NORMAL_FINGER, match.user_record), NOT_FOUND
