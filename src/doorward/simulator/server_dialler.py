"""A virtual device in server mode: it dials the server, keeps both connections and comes back when they break."""

from __future__ import annotations

import asyncio
import enum
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.device_end import (
    Admitted,
    Answered,
    DeviceRequestConnection,
    DialledConnection,
    SendPieces,
    TurnedAway,
)
from doorward.protocol.biostar1.packet import MAXIMUM_PAYLOAD_SENT
from doorward.protocol.biostar1.records.logs import read_extended_log_records
from doorward.protocol.biostar1.redial import Redial, ServerAddress, Setback
from doorward.protocol.biostar1.results import SUCCESS
from doorward.protocol.biostar1.server_mode import (
    AskTime,
    DeviceRequest,
    KeepAlive,
    PushExtendedLog,
    PushImageLog,
    PushLog,
)
from doorward.simulator import event_codes as events
from doorward.simulator.certificates import context_of_file
from doorward.simulator.direct_server import send_packets
from doorward.simulator.outcome import After
from doorward.simulator.server_questions import OpenQuestion, QuestionQueue
from doorward.simulator.server_session import CertificateSlot, ServerModeSession, StartRequest
from doorward.simulator.session import Cut, Follow, Send
from doorward.simulator.virtual_device import VirtualDevice
from doorward.transport import Stream, TlsContext, dial, start_tls

logger = logging.getLogger(__name__)

# The server knows of it already: it has set the clock. The record stays in the log, where a server reads it.
_NOT_PUSHED = frozenset({events.TIME_SET})


class DiallerState(enum.Enum):
    """How far a device has come."""

    AWAY = "away"
    DIALLING = "dialling"
    COMMANDED = "command connection stands"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class DialBehaviour:
    """How a device behaves toward its server.

    Attributes:
        keep_alive: Seconds without a question after which a keep-alive goes out. A server gives a device up after
            twice that at the earliest, and some are set to 20 s; 30 s is enough for the default of 100 s.
        broken_wait: Shortest and longest wait before dialling again after a broken line, in seconds.
        refused_wait: The same after a refusal by the server.
        dial_timeout: Seconds for the TCP connection, and for the TLS handshake.
        restart_seconds: How long the device is away when it restarts.
        packet_payload: Most payload bytes of a packet, up to 4,096.
        enciphered_questions: Whether questions on the request connection are enciphered; servers take both.
        push_after_absence: Whether what happened while the server was away is pushed afterwards. Without it, it stays
            in the log for the server to read; only the record that was pushed and not acknowledged goes out again.
    """

    keep_alive: float = 9.0
    broken_wait: tuple[float, float] = (2.0, 5.0)
    refused_wait: tuple[float, float] = (10.0, 20.0)
    dial_timeout: float = 10.0
    restart_seconds: float = 2.0
    packet_payload: int = MAXIMUM_PAYLOAD_SENT
    enciphered_questions: bool = False
    push_after_absence: bool = False


class _Over(DoorwardError):
    """The pair of connections is over."""

    def __init__(self, setback: Setback) -> None:
        super().__init__(setback.reason)
        self.setback = setback


class ServerDialler:
    """One device that dials.

    Let ``run`` go on in a task. What the device notes in its log goes to the server while it is live.

    Args:
        device: The device.
        server: Where its server is.
        behaviour: How it behaves.
        tls: Speak TLS, with this certificate and trust.
        tls_of: Makes the same of a certificate that the server has put on the device; used once one is there. None
            never uses it.
        local_address: Address of this machine to dial from; the system chooses when it is not given.
        draw: Decides the waits.
        follow: Called when the device shall restart or restart its network: whoever gives it ends this dialler, and
            does what the device's settings say then. None: it dials the same server again.

    Attributes:
        state: How far the device has come.
        live: Set while both connections stand.
        setback: Why the last pair of connections ended; empty when none has.
        admissions: How often the server took both connections.
        acknowledged: Pushes that the server has answered with success.
        refused: Pushes that it has answered with another result.
    """

    def __init__(
        self,
        device: VirtualDevice,
        server: ServerAddress,
        *,
        behaviour: DialBehaviour | None = None,
        tls: TlsContext | None = None,
        tls_of: Callable[[bytes], TlsContext] | None = context_of_file,
        local_address: str | None = None,
        draw: random.Random | None = None,
        follow: Callable[[After], None] | None = None,
    ) -> None:
        self.device = device
        self.behaviour = behaviour or DialBehaviour()
        self.certificates = CertificateSlot(device)
        self.state = DiallerState.AWAY
        self.live = asyncio.Event()
        self.setback = ""
        self.admissions = 0
        self.acknowledged = 0
        self.refused = 0
        self._redial = Redial(server)
        self._identity = DeviceIdentity(device.device_id, device.model.device_type)
        self._tls = tls
        self._tls_of = tls_of
        self._tls_made: tuple[bytes, TlsContext | None] | None = None
        self._local_address = local_address
        self._draw = draw or random.Random(device.device_id)  # noqa: S311 - no secret
        self._questions = QuestionQueue(keeps_pushes=self.behaviour.push_after_absence)
        self._streams: dict[ConnectionKind, Stream] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._follow = follow
        self._restarting = False
        self._request_task: asyncio.Task[None] | None = None
        self._answered: asyncio.Future[None] | None = None

    @property
    def waiting(self) -> int:
        """Questions that wait for their turn."""
        return len(self._questions)

    async def run(self) -> None:
        """Dial, and dial again whenever the line breaks, until cancelled."""
        self.device.log.added = self._happened
        try:
            while True:
                setback = await self._stay_connected()
                self.setback = setback.reason
                logger.debug("device %d: %s", self.device.device_id, setback.reason)
                if self._restarting:
                    self._restarting = False
                    self.device.restart()
                    await asyncio.sleep(self.behaviour.restart_seconds)
                    continue
                shortest, longest = self.behaviour.refused_wait if setback.refused else self.behaviour.broken_wait
                await asyncio.sleep(self._draw.uniform(shortest, longest))
        finally:
            self.device.log.added = _nothing

    async def push(self, record: bytes) -> Answered:
        """Report a record, as it stands on the wire, and wait for the server's answer.

        Raises:
            NotReached: The device is not connected, or too much waits already.
        """
        return await self._wait_for(self._push_of(record), is_push=True)

    async def ask(self, request: DeviceRequest[Any]) -> Answered:
        """Ask the server something when its turn comes.

        Raises:
            NotReached: The device is not connected, or the line broke before the answer.
        """
        return await self._wait_for(request, is_push=False)

    def drop(self) -> None:
        """Cut both connections; the device comes back by itself."""
        self.live.clear()
        for stream in self._streams.values():
            stream.abort()

    async def _wait_for(self, request: DeviceRequest[Any], *, is_push: bool) -> Answered:
        if not self.live.is_set():
            raise NotReached(
                f"Device {self.device.device_id} is not connected to its server.",
                advice=f"Its last connection ended: {self.setback or 'there was none yet'}",
            )
        answer: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        if not self._questions.put(OpenQuestion(request, answer, is_push=is_push)):
            raise NotReached(f"Device {self.device.device_id} has too many questions waiting.")
        return await answer

    def _push_of(self, record: bytes) -> DeviceRequest[Any]:
        return PushExtendedLog(record) if self.device.log.extended else PushLog(record)

    def _happened(self, record: bytes) -> None:
        """Report what the device has noted in its log, and the picture of it where there is one."""
        if record[0] in _NOT_PUSHED or not (self.live.is_set() or self.behaviour.push_after_absence):
            return
        self._questions.put(OpenQuestion(self._push_of(record), is_push=True))
        if self.device.log.extended:
            (fields,) = read_extended_log_records(record)
            picture = self.device.images.record_in(fields.image_slot) if fields.image_slot >= 0 else None
            if picture is not None:
                self._questions.put(OpenQuestion(PushImageLog(picture), is_push=True))

    async def _stay_connected(self) -> Setback:
        """Keep the pair of connections until it is over."""
        self.state = DiallerState.DIALLING
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await self._command_connection()
        except ExceptionGroup as failed:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # a group that fails forgets that it was cancelled too
                raise asyncio.CancelledError from failed
            return self._setback_of(failed)
        finally:
            self.state = DiallerState.AWAY
            self.live.clear()
            for stream in self._streams.values():
                stream.abort()
            self._streams.clear()
            self._request_task = None
            self._questions.line_lost(f"The connection of device {self.device.device_id} to its server broke.")
        raise AssertionError("a connection ends by an error only")

    def _setback_of(self, failed: ExceptionGroup[Exception]) -> Setback:
        known, unknown = failed.split(DoorwardError)
        if unknown is not None:
            raise unknown
        assert known is not None
        over = next((error for error in _leaves(known) if isinstance(error, _Over)), None)
        return over.setback if over is not None else self._redial.lost(str(_leaves(known)[0]))

    async def _command_connection(self) -> None:
        stream, dialled = await self._open(ConnectionKind.COMMAND)
        self.state = DiallerState.COMMANDED
        connection = dialled.serve(packet_payload=self.behaviour.packet_payload)
        session = ServerModeSession(self.device, connection, self.certificates, self._start_requested)
        data = b""  # a question may have come with the answer to the announcement
        while True:
            for action in session.receive(data):
                if isinstance(action, Send):
                    await send_packets(stream, action)
                elif isinstance(action, Cut):
                    stream.close()
                    await stream.wait_closed()
                    raise NotReached("The device cut its line on purpose.")
                elif isinstance(action, Follow):
                    if self._follow is None:
                        self._restarting = action.after is After.RESTART
                    else:
                        self._follow(action.after)
                    raise NotReached(f"The device had to {action.after.value}.")
            data = await stream.receive()
            if not data:
                raise NotReached("The server closed the command connection.")

    def _start_requested(self, request: StartRequest) -> None:
        self._redial.start_requested(request)
        if self._request_task is not None:
            self._request_task.cancel()
        assert self._tasks is not None
        self._request_task = self._tasks.create_task(self._request_connection())

    async def _request_connection(self) -> None:
        stream, dialled = await self._open(ConnectionKind.REQUEST)
        behaviour = self.behaviour
        connection = dialled.ask(packet_payload=behaviour.packet_payload, enciphered=behaviour.enciphered_questions)
        try:
            self.state = DiallerState.LIVE
            self.admissions += 1
            self.live.set()
            # Servers supervise a request connection from its first question on.
            self._questions.put(OpenQuestion(AskTime()))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._ask_in_turn(stream, connection))
                await self._take_answers(stream, connection)
        finally:
            self.live.clear()
            self.state = DiallerState.COMMANDED
            stream.abort()

    async def _ask_in_turn(self, stream: Stream, connection: DeviceRequestConnection) -> None:
        loop = asyncio.get_running_loop()
        while True:
            question = await self._questions.next(self.behaviour.keep_alive)
            if question is None:
                question = self._questions.current = OpenQuestion(KeepAlive())
            answered = loop.create_future()
            self._answered = answered
            for piece in connection.ask(question.request, loop.time()):
                await stream.send(piece)
            deadline = connection.deadline
            try:
                async with asyncio.timeout_at(deadline):
                    await answered
            except TimeoutError:
                connection.timed_out(loop.time() if deadline is None else deadline)
                raise

    async def _take_answers(self, stream: Stream, connection: DeviceRequestConnection) -> None:
        while True:
            data = await stream.receive()
            if not data:
                raise NotReached("The server closed the request connection.")
            for answered in connection.receive(data):
                self._count(answered)
                self._questions.done(answered)
                if self._answered is not None and not self._answered.done():
                    self._answered.set_result(None)

    def _count(self, answered: Answered) -> None:
        question = self._questions.current
        if question is not None and question.is_push:
            if answered.result == SUCCESS:
                self.acknowledged += 1
            else:
                self.refused += 1

    async def _open(self, kind: ConnectionKind) -> tuple[Stream, DialledConnection]:
        """Dial and announce a connection until the server has taken it.

        Raises:
            DoorwardError: The server cannot be reached, refuses the device or breaks the rules.
        """
        tls = self._tls_now()  # before dialling: a server asks in clear whoever does not begin with TLS at once
        stream = await self._dial()
        try:
            if tls is not None:
                stream = await start_tls(stream, tls, timeout=self.behaviour.dial_timeout)
            dialled = DialledConnection(
                self._identity, kind, asyncio.get_running_loop().time(), inside_tls=tls is not None
            )
            await self._announce(stream, dialled)
        except BaseException:
            stream.abort()
            raise
        self._streams[kind] = stream
        self._redial.admitted(kind)
        return stream, dialled

    def _tls_now(self) -> TlsContext | None:
        file = self.certificates.file
        if file is None or self._tls_of is None:
            return self._tls
        if self._tls_made is None or self._tls_made[0] != file:
            made: TlsContext | None = None
            try:
                made = self._tls_of(file)
            except DoorwardError as error:
                logger.warning("device %d cannot use its certificate: %s", self.device.device_id, error)
            self._tls_made = file, made
        return self._tls_made[1] or self._tls

    async def _dial(self) -> Stream:
        while True:
            host, port = self._redial.target
            try:
                return await dial(host, port, timeout=self.behaviour.dial_timeout, local_address=self._local_address)
            except (NotReached, TimedOut) as error:
                setback = self._redial.not_reached(error.message)
                if setback is not None:
                    raise _Over(setback) from error

    async def _announce(self, stream: Stream, dialled: DialledConnection) -> None:
        loop = asyncio.get_running_loop()
        begin = dialled.start(loop.time())
        if begin:
            await stream.send(begin)
        while True:
            deadline = dialled.deadline
            try:
                async with asyncio.timeout_at(deadline):
                    data = await stream.receive()
            except TimeoutError:
                dialled.timed_out(loop.time() if deadline is None else deadline)
                raise
            if not data:
                raise NotReached(f"The server closed the {dialled.kind.value}, which waited for {dialled.phase.value}.")
            for event in dialled.receive(data, loop.time()):
                if isinstance(event, SendPieces):
                    for piece in event.pieces:
                        await stream.send(piece)
                elif isinstance(event, TurnedAway):
                    raise _Over(self._redial.turned_away(dialled.kind, event.result, event.words))
                elif isinstance(event, Admitted):
                    return


def _nothing(_record: bytes) -> None:
    """Nobody wants to know of a record."""


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
