"""A small server for devices in server mode, made of the server's end of the protocol."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.client import ReplyReceived, SendPayload
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.redial import ServerAddress
from doorward.protocol.biostar1.request import Reply, Request
from doorward.protocol.biostar1.results import SUCCESS
from doorward.protocol.biostar1.server_connections import CommandConnection, Question, Refused, start_request_connection
from doorward.protocol.biostar1.server_end import AcceptedConnection, Announced, AskIdentity, TlsHello
from doorward.protocol.biostar1.server_mode import (
    AskTime,
    DeviceRequest,
    KeepAlive,
    MatchAnswer,
    PushExtendedLog,
    PushImageLog,
    PushLog,
    ServerTime,
    UserAnswer,
)
from doorward.transport import Stream, TlsContext, listen, start_tls

ASK_AFTER = 0.02
SECONDS = 30.0


@dataclass
class Guest:
    """A device at the server."""

    identity: DeviceIdentity
    command: CommandConnection
    stream: Stream
    request_stream: Stream | None = None
    replies: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)

    async def call(self, request: Request[Any]) -> Message:
        """Ask the device."""
        await self.stream.send(self.command.start(request))
        return await asyncio.wait_for(self.replies.get(), SECONDS)


class SmallServer:
    """Takes every device, asks for its request connection and notes what it says.

    Attributes:
        guests: Devices whose command connection stands.
        heard: What devices have said, in order: the device and the question.
        answers: What is answered to a question of a class: a reply, a result code, or None for silence.
        refusals: Result codes for the next announcements, by kind; 0 accepts.
        hold_pushes: While set, pushes are heard but not answered.
    """

    def __init__(self) -> None:
        self.address = ServerAddress("", 0)
        self.told_address: tuple[str, int] | None = None
        self.tls: TlsContext | None = None
        self.guests: dict[int, Guest] = {}
        self.connections = 0
        self.tls_connections = 0
        self.heard: list[tuple[int, DeviceRequest[Any]]] = []
        self.answers: dict[type[Request[Any]], Reply | int | None] = {}
        self.refusals: dict[ConnectionKind, list[int]] = {kind: [] for kind in ConnectionKind}
        self.hold_pushes = False
        self.problems: list[str] = []
        self.changed = asyncio.Event()

    async def until(self, condition: Any) -> None:
        """Wait until a condition over this server holds."""
        async with asyncio.timeout(SECONDS):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    def pushed(self) -> list[bytes]:
        """The records that were pushed, in order."""
        return [said.content for _, said in self.heard if isinstance(said, (PushLog, PushExtendedLog))]

    def said(self, kind: type[Request[Any]]) -> int:
        """How often a question of a class was asked."""
        return sum(isinstance(said, kind) for _, said in self.heard)

    def note(self) -> None:
        self.changed.set()

    async def serve(self, stream: Stream) -> None:
        self.connections += 1
        try:
            await self._accept(stream, AcceptedConnection(self.now, ask_after=ASK_AFTER))
        except DoorwardError as error:
            self.problems.append(str(error))
            stream.abort()
        finally:
            self.note()

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _accept(self, stream: Stream, accepted: AcceptedConnection) -> None:
        while True:
            deadline = accepted.deadline
            try:
                async with asyncio.timeout_at(deadline):
                    data = await stream.receive()
            except TimeoutError:
                assert deadline is not None
                await stream.send(accepted.timed_out(deadline))
                continue
            if not data:
                return
            for event in accepted.receive(data, self.now):
                if isinstance(event, AskIdentity):
                    await stream.send(event.data)
                elif isinstance(event, TlsHello):
                    assert self.tls is not None
                    inside = await start_tls(
                        stream, self.tls, timeout=SECONDS, server_side=True, received=event.received
                    )
                    self.tls_connections += 1
                    who = DeviceIdentity(int(_common_name(inside.peer_certificate).split()[-1]), 0)
                    await self._accept(inside, AcceptedConnection(self.now, certificate=who))
                    return
                elif isinstance(event, Announced):
                    await self._decide(stream, accepted, event)
                    return

    async def _decide(self, stream: Stream, accepted: AcceptedConnection, announced: Announced) -> None:
        waiting = self.refusals[announced.kind]
        refusal = waiting.pop(0) if waiting else SUCCESS
        if refusal:
            await stream.send(accepted.refuse(refusal))
        elif announced.kind is ConnectionKind.COMMAND:
            await self._command(stream, accepted, announced.identity)
        else:
            await self._request(stream, accepted, announced.identity)

    async def _command(self, stream: Stream, accepted: AcceptedConnection, who: DeviceIdentity) -> None:
        answer, connection = accepted.take_command()
        guest = Guest(who, connection, stream)
        self.guests[who.device_id] = guest
        await stream.send(answer)
        host, port = self.told_address or self.address
        asking = asyncio.get_running_loop().create_task(
            guest.call(start_request_connection(who.device_type, host, port))
        )
        try:
            while data := await stream.receive():
                for event in connection.receive(data):
                    if isinstance(event, SendPayload):
                        await stream.send(b"".join(event.packets))
                    elif isinstance(event, ReplyReceived):
                        guest.replies.put_nowait(event.message)
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            if self.guests.get(who.device_id) is guest:
                del self.guests[who.device_id]

    async def _request(self, stream: Stream, accepted: AcceptedConnection, who: DeviceIdentity) -> None:
        answer, connection = accepted.take_request(self.now)
        self.guests[who.device_id].request_stream = stream
        await stream.send(answer)
        while data := await stream.receive():
            for event in connection.receive(data, self.now):
                if isinstance(event, Question):
                    assert isinstance(event.request, DeviceRequest)
                    self.heard.append((who.device_id, event.request))
                    self.note()
                    answered = self._answer_to(event.request)
                    if isinstance(answered, int) and answered:
                        await stream.send(connection.refuse(event, answered))
                    elif answered is not None:
                        await stream.send(connection.answer(event, answered if isinstance(answered, Reply) else None))
                elif isinstance(event, Refused):
                    await stream.send(event.answer)

    def _answer_to(self, request: DeviceRequest[Any]) -> Reply | int | None:
        if self.hold_pushes and isinstance(request, (PushLog, PushExtendedLog, PushImageLog)):
            return None
        if type(request) in self.answers:
            return self.answers[type(request)]
        if isinstance(request, AskTime):
            return ServerTime(1_700_000_000)
        if request.REPLY in (UserAnswer, MatchAnswer):
            return 0x68
        assert isinstance(request, (KeepAlive, PushLog, PushExtendedLog, PushImageLog))
        return 0


def _common_name(certificate: bytes | None) -> str:
    from cryptography import x509

    assert certificate is not None
    subject = x509.load_der_x509_certificate(certificate).subject
    return str(subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


@contextlib.asynccontextmanager
async def small_server(port: int = 0) -> AsyncIterator[SmallServer]:
    """Run a server on loopback."""
    server = SmallServer()
    async with await listen(server.serve, "127.0.0.1", port) as listener:
        server.address = ServerAddress("127.0.0.1", listener.addresses[0].port)
        yield server
