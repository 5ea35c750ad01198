"""Finding out what speaks on an open TCP port, with questions that do no harm to whatever it is."""

from __future__ import annotations

import asyncio
import datetime
from dataclasses import dataclass, replace

from doorward.model.errors import NotReached, TimedOut
from doorward.model.events import EPOCH
from doorward.ports.probe.certificate import read_certificate
from doorward.ports.probe.facts import Speaker, Speech
from doorward.ports.probe.request import Limits
from doorward.ports.serve_test import SIGNATURE
from doorward.protocol.biostar1.client import ClientConnection, ReplyReceived
from doorward.protocol.biostar1.commands.clock import ReadClock
from doorward.protocol.biostar1.commands.identity import IDENTIFY, Identify
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.models import MODELS_BY_TYPE, type_title
from doorward.protocol.biostar1.packet import START_MARK
from doorward.protocol.biostar1.results import SUCCESS, result_error
from doorward.protocol.biostar1.stream import PacketDecoder
from doorward.protocol.errors import RemoteProtocolError
from doorward.transport import Stream, dial
from doorward.transport.tls_look import look_at_tls

_MOST_WORDS = 60
_HTTP_QUESTION = "HEAD / HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n"
_TLS_ALERT = b"\x15\x03"


@dataclass(frozen=True, slots=True)
class _Nothing:
    """A question was not answered."""

    closed: bool


class Conversation:
    """Listens on one port of one host.

    Args:
        host: Where it is.
        port: Its TCP port.
        limits: How long to wait for words.
    """

    def __init__(self, host: str, port: int, limits: Limits) -> None:
        self._host = host
        self._port = port
        self._limits = limits

    async def with_device(self, stream: Stream) -> Speech:
        """Expect a device that is dialled: wait for a greeting, ask who it is, read its clock."""
        try:
            greeting = await _hear(stream, self._limits.greeting)
            if isinstance(greeting, bytes):
                return classify(greeting)
            if greeting.closed:
                return await self._without_words(closed=True)
            answer = await self._ask_identity(stream)
        finally:
            await _end(stream)
        if isinstance(answer, Speech) and answer.speaker is not Speaker.TLS:
            return answer
        return await self._without_words(closed=isinstance(answer, _Nothing) and answer.closed)

    async def with_server(self, stream: Stream) -> Speech:
        """Expect a server for devices: it asks a silent caller who he is. Then look whether it takes TLS too."""
        try:
            greeting = await _hear(stream, self._limits.server_greeting)
        finally:
            await _end(stream)
        speech = classify(greeting) if isinstance(greeting, bytes) else await self._without_words(greeting.closed)
        if speech.speaker is not Speaker.BIOSTAR1_SERVER:
            return speech
        inside = await self._look_at_tls()
        if inside is None or inside.speaker is not Speaker.TLS:
            return speech
        return replace(speech, also_tls=True, certificate=inside.certificate, words=f"{speech.words}; it takes TLS too")

    async def with_web_server(self, stream: Stream) -> Speech:
        """Expect a web server."""
        await _end(stream)
        return await self._look_at_tls() or await self._ask_web_server() or Speech(speaker=Speaker.SILENT)

    async def with_somebody(self, stream: Stream) -> Speech:
        """Expect something whose language is its own: only a greeting and TLS are looked for."""
        try:
            greeting = await _hear(stream, self._limits.greeting)
        finally:
            await _end(stream)
        if isinstance(greeting, bytes):
            return classify(greeting)
        speaker = Speaker.CLOSED_AT_ONCE if greeting.closed else Speaker.SILENT
        return await self._look_at_tls() or Speech(speaker=speaker)

    async def _without_words(self, closed: bool) -> Speech:
        """Nothing was said, or TLS complained: try TLS, then HTTP, each on a connection of its own."""
        found = await self._look_at_tls() or await self._ask_web_server()
        return found or Speech(speaker=Speaker.CLOSED_AT_ONCE if closed else Speaker.SILENT)

    async def _ask_identity(self, stream: Stream) -> Speech | _Nothing:
        connection = ClientConnection()
        try:
            message = await _ask(stream, connection, Identify(), self._limits.answer)
        except _Rubbish as rubbish:
            return classify(rubbish.data)
        if isinstance(message, _Nothing):
            return message
        identity = Identify().decode_reply(message)
        model = MODELS_BY_TYPE.get(identity.device_type)
        title = type_title(identity.device_type)
        speech = Speech(
            speaker=Speaker.BIOSTAR1_DEVICE,
            words=f"{title}, device {identity.device_id}",
            device_id=identity.device_id,
            device_type=identity.device_type,
            device_title=title,
            enciphered=model is not None and model.enciphered,
        )
        if model is None:
            return replace(speech, clock_problem="its model is unknown")
        connection.device_id = identity.device_id
        connection.enciphered = model.enciphered
        return await self._read_clock(stream, connection, speech)

    async def _read_clock(self, stream: Stream, connection: ClientConnection, speech: Speech) -> Speech:
        started = local_now()
        try:
            message = await _ask(stream, connection, ReadClock(), self._limits.answer)
        except _Rubbish:
            return replace(speech, clock_problem="its answer could not be read")
        if isinstance(message, _Nothing):
            return replace(speech, clock_problem="it did not tell its time")
        if message.code != SUCCESS:
            return replace(speech, clock_problem=result_error(message.code, ReadClock.PURPOSE).message)
        middle = started + (local_now() - started) / 2
        # It tells whole seconds, so half a second is added.
        shown = EPOCH + datetime.timedelta(seconds=ReadClock().decode_reply(message).local_time + 0.5)
        return replace(speech, clock_offset=round((shown - middle).total_seconds(), 1))

    async def _look_at_tls(self) -> Speech | None:
        stream = await self._dial()
        if stream is None:
            return None
        look = await look_at_tls(stream, timeout=self._limits.answer)
        if not look.speaks_tls:
            return classify(look.received) if look.received.startswith((b"HTTP/", SIGNATURE)) else None
        certificate = read_certificate(look.certificate) if look.certificate else None
        words = f"TLS, with a certificate for {certificate.subject}" if certificate else "TLS"
        return Speech(speaker=Speaker.TLS, words=words, certificate=certificate)

    async def _ask_web_server(self) -> Speech | None:
        stream = await self._dial()
        if stream is None:
            return None
        try:
            await stream.send(_HTTP_QUESTION.format(host=self._host).encode())
            answer = await _hear(stream, self._limits.answer)
        except NotReached:
            return None
        finally:
            await _end(stream)
        return classify(answer) if isinstance(answer, bytes) else None

    async def _dial(self) -> Stream | None:
        try:
            return await dial(self._host, self._port, timeout=self._limits.connect)
        except (NotReached, TimedOut):
            return None


class _Rubbish(Exception):
    """What came is not the protocol."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data


def local_now() -> datetime.datetime:
    """This machine's local time without a zone, as devices have it."""
    return datetime.datetime.now(datetime.UTC).astimezone().replace(tzinfo=None)


async def _hear(stream: Stream, seconds: float) -> bytes | _Nothing:
    try:
        async with asyncio.timeout(seconds):
            data = await stream.receive()
    except TimeoutError:
        return _Nothing(closed=False)
    except NotReached:
        return _Nothing(closed=True)
    return data or _Nothing(closed=True)


async def _ask(
    stream: Stream, connection: ClientConnection, request: Identify | ReadClock, seconds: float
) -> Message | _Nothing:
    heard = b""
    try:
        async with asyncio.timeout(seconds):
            await stream.send(connection.start(request))
            while True:
                data = await stream.receive()
                if not data:
                    return _Nothing(closed=True)
                heard = (heard + data)[:4096]
                try:
                    events = connection.receive(data)
                except RemoteProtocolError:
                    raise _Rubbish(heard) from None
                for event in events:
                    if isinstance(event, ReplyReceived):
                        return event.message
    except TimeoutError:
        if heard:
            raise _Rubbish(heard) from None
        return _Nothing(closed=False)
    except NotReached:
        return _Nothing(closed=True)


async def _end(stream: Stream) -> None:
    stream.close()
    try:
        async with asyncio.timeout(0.2):
            await stream.wait_closed()
    except (TimeoutError, NotReached):
        stream.abort()


def classify(data: bytes) -> Speech:
    """Tell what a service is by the first bytes that it sent."""
    if data.startswith(SIGNATURE):
        return Speech(speaker=Speaker.SERVE_TEST, words=_line(data))
    if data.startswith(b"SSH-"):
        return Speech(speaker=Speaker.SSH, words=f"SSH ({_line(data)})")
    if data.startswith(b"HTTP/"):
        return Speech(speaker=Speaker.HTTP, words=f"a web server ({_server_name(data) or _line(data)})")
    if data.startswith(_TLS_ALERT):
        return Speech(speaker=Speaker.TLS, words="TLS")
    if data.startswith(START_MARK) and _asks_identity(data):
        return Speech(speaker=Speaker.BIOSTAR1_SERVER, words="a server for BioStar 1 devices")
    return Speech(speaker=Speaker.OTHER, words=f"another service, which says {_line(data)!r}")


def _asks_identity(data: bytes) -> bool:
    try:
        packets = PacketDecoder().feed(data)
    except RemoteProtocolError:
        return False
    return bool(packets) and packets[0].command == IDENTIFY


def _line(data: bytes) -> str:
    text = data.split(b"\n", 1)[0].decode("ascii", "replace").strip()
    return "".join(sign if sign.isprintable() else "." for sign in text)[:_MOST_WORDS]


def _server_name(data: bytes) -> str:
    for line in data.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"server":
            return _line(value)
    return ""
