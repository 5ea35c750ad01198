"""The server's end of a new connection, until it is known what it is (server-mode notes, sections 2, 3, 5 and 9).

Three kinds of caller use one port. Who starts TLS or HTTP is handed over with the bytes that have arrived. A plain
device stays silent: after a short wait the server asks who it is, takes the answer and the announcement, and the
application decides. Everybody else is refused with a reason in words.

Nothing here reads a clock: the caller gives the time, in seconds of any clock that only goes forward, and calls
``timed_out`` at the deadline.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from doorward.model.errors import TimedOut
from doorward.protocol.biostar1.announcement import KIND_ANNOUNCED, ConnectionKind, DeviceIdentity, is_enciphered
from doorward.protocol.biostar1.cipher import TCP_CIPHER
from doorward.protocol.biostar1.commands.identity import IDENTIFY, Identify
from doorward.protocol.biostar1.message import Message, encode_message
from doorward.protocol.biostar1.packet import START_MARK, Packet, check_start, decode_packet
from doorward.protocol.biostar1.results import BUSY, SUCCESS, UNSUPPORTED
from doorward.protocol.biostar1.server_connections import CHECK_DURATION, CommandConnection, RequestConnection
from doorward.protocol.biostar1.server_mode import server_result_words
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

ASK_AFTER: Final = 1.0
"""Seconds of silence before the identity question. A caller with TLS speaks at once, so a plain device need not wait
long (section 11)."""

VENDOR_ASK_AFTER: Final = 10.0
"""What the vendor's server waits (section 2); the fallback should a device need it."""

IDENTITY_LIMIT: Final = 4.0
"""Seconds for the answer to the identity question (section 3)."""

ANNOUNCEMENT_LIMIT: Final = 15.0
"""Seconds from the identity answer, or from the TLS handshake, to the announcement (section 3)."""

MAXIMUM_EARLY: Final = 65_536
"""Bytes behind the announcement that are kept while the application decides."""

_TLS_HANDSHAKE = 0x16
_HTTP_METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"OPTIONS ", b"CONNECT ", b"PRI ")
_UNKNOWN_DEVICE = "the caller"


class Phase(enum.Enum):
    """What a new connection waits for."""

    FIRST_BYTES = "its first bytes"
    IDENTITY = "the answer to the identity question"
    ANNOUNCEMENT = "the announcement"
    DECISION = "the decision about the device"
    OVER = "nothing more"


@dataclass(frozen=True, slots=True)
class AskIdentity:
    """Send this question now."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TlsHello:
    """The caller starts TLS. Make the handshake, then a new ``AcceptedConnection`` for what is inside.

    Attributes:
        received: What has arrived; it belongs to the handshake.
    """

    received: bytes


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The caller starts an HTTP request.

    Attributes:
        received: What has arrived; it belongs to the request.
    """

    received: bytes


@dataclass(frozen=True, slots=True)
class Announced:
    """A device wants to be taken: call ``take_command``, ``take_request`` or ``refuse``, or close.

    Attributes:
        identity: Who it says it is.
        kind: Which connection this is.
    """

    identity: DeviceIdentity
    kind: ConnectionKind


AcceptEvent = AskIdentity | TlsHello | HttpRequest | Announced


class AcceptedConnection:
    """A connection that was just accepted.

    Args:
        now: The time.
        ask_after: Seconds of silence before the identity question.
        certificate: Inside TLS, who the client certificate belongs to; the device announces itself unasked then.

    Attributes:
        phase: What it waits for.
        deadline: When to call ``timed_out``; None while it waits for the application.
    """

    __slots__ = ("_announcement", "_identity", "_inside_tls", "_received", "deadline", "phase")

    def __init__(self, now: float, *, ask_after: float = ASK_AFTER, certificate: DeviceIdentity | None = None) -> None:
        self._inside_tls = certificate is not None
        self._identity = certificate
        self._announcement: Packet | None = None
        self._received = b""
        self.phase = Phase.FIRST_BYTES
        self.deadline: float | None = now + ask_after
        if certificate is not None:
            self.phase = Phase.ANNOUNCEMENT
            self.deadline = now + ANNOUNCEMENT_LIMIT

    @property
    def identity(self) -> DeviceIdentity | None:
        """Who the device says it is, as soon as it has."""
        return self._identity

    def receive(self, data: bytes, now: float) -> list[AcceptEvent]:
        """Take received bytes.

        Raises:
            RemoteProtocolError: This is none of the callers that are served; close the connection.
        """
        if self.phase is Phase.OVER:
            raise LocalProtocolError("the connection was handed over or refused; it takes nothing more here")
        self._received += data
        try:
            return list(self._advance(now))
        except RemoteProtocolError:
            self._finish()
            raise

    def timed_out(self, now: float) -> bytes:
        """Tell the time; nothing happens before the deadline.

        Returns:
            The identity question when it is due, to be sent now; else nothing.

        Raises:
            TimedOut: The caller did not do what it had to; close the connection.
        """
        if self.deadline is None or now < self.deadline:
            return b""
        if self.phase is Phase.FIRST_BYTES and START_MARK.startswith(self._received):
            return self._ask(now)
        phase = self.phase
        who = f"Device {self._identity.device_id}" if self._identity else _UNKNOWN_DEVICE.capitalize()
        self._finish()
        raise TimedOut(f"{who} did not send {phase.value} in time.")

    def end(self) -> None:
        """Tell that the caller has closed.

        Raises:
            RemoteProtocolError: It closed before it was known.
        """
        phase = self.phase
        self._finish()
        raise RemoteProtocolError(f"the caller closed the connection, which waited for {phase.value}")

    def take_command(self) -> tuple[bytes, CommandConnection]:
        """Take the device's command connection.

        Returns:
            The answer to send, and the connection that goes on.

        Raises:
            LocalProtocolError: No command connection was announced.
        """
        identity = self._decided(ConnectionKind.COMMAND)
        connection = CommandConnection(
            identity.device_id, identity.device_type, inside_tls=self._inside_tls, received=self._received
        )
        return self._answer(SUCCESS), connection

    def take_request(self, now: float, *, check_duration: float = CHECK_DURATION) -> tuple[bytes, RequestConnection]:
        """Take the device's request connection.

        Args:
            now: The time.
            check_duration: Seconds of silence after which the device counts as lost.

        Returns:
            The answer to send, and the connection that goes on.

        Raises:
            LocalProtocolError: No request connection was announced.
        """
        identity = self._decided(ConnectionKind.REQUEST)
        connection = RequestConnection(
            identity.device_id, identity.device_type, now, check_duration=check_duration, received=self._received
        )
        return self._answer(SUCCESS), connection

    def refuse(self, result: int = UNSUPPORTED) -> bytes:
        """Refuse the device.

        Returns:
            The answer to send; close the connection afterwards.

        Raises:
            LocalProtocolError: Nothing was announced, or the result is success.
        """
        if result == SUCCESS:
            raise LocalProtocolError("result 0 is success and no refusal")
        self._decided(None)
        return self._answer(result)

    def refuse_busy(self) -> bytes:
        """Refuse the device because the server has no room for it; in clear, without serial number (section 1.1).

        Returns:
            The answer to send; close the connection afterwards.

        Raises:
            LocalProtocolError: Nothing was announced.
        """
        announcement = self._announcement
        self._decided(None)
        assert announcement is not None
        self._finish()
        return b"".join(encode_message(Message(announcement.command, BUSY)))

    def _advance(self, now: float) -> Iterator[AcceptEvent]:
        if self.phase is Phase.FIRST_BYTES and self._received:
            if self._received[0] == _TLS_HANDSHAKE:
                yield TlsHello(self._hand_over())
                return
            if self._received.startswith(_HTTP_METHODS):
                yield HttpRequest(self._hand_over())
                return
            if _may_become_http(self._received):
                return
            check_start(self._received)
            if len(self._received) < len(START_MARK):
                return
            # A device that speaks first is asked at once; what it has announced counts (section 11).
            yield AskIdentity(self._ask(now))
        while self.phase in (Phase.IDENTITY, Phase.ANNOUNCEMENT):
            step = decode_packet(self._received, TCP_CIPHER)
            if step is None:
                return
            self._received = self._received[step[1] :]
            self._take(step[0], now)
            announcement = self._announcement
            if self._identity is not None and announcement is not None:
                self.phase = Phase.DECISION
                self.deadline = None
                yield Announced(self._identity, KIND_ANNOUNCED[announcement.command])
        if len(self._received) > MAXIMUM_EARLY:
            raise RemoteProtocolError(f"more than {MAXIMUM_EARLY} bytes arrived before the device was taken")

    def _take(self, packet: Packet, now: float) -> None:
        if packet.payload or packet.count > 1:
            raise RemoteProtocolError(
                f"a packet of command {packet.command:#06x} with a payload arrived before the device was taken"
            )
        if packet.command == IDENTIFY and self._identity is None:
            self._take_identity(packet, now)
        elif packet.command in KIND_ANNOUNCED and self._announcement is None:
            self._announcement = packet
        else:
            raise RemoteProtocolError(f"command {packet.command:#06x} arrived where {self.phase.value} was due")
        identity = self._identity
        if identity and self._announcement and self._announcement.device_id != identity.device_id:
            raise RemoteProtocolError(
                f"the announcement bears the number {self._announcement.device_id}, "
                f"but the device is {identity.device_id}"
            )

    def _take_identity(self, packet: Packet, now: float) -> None:
        if packet.code != SUCCESS:
            raise RemoteProtocolError(f"the caller does not say who it is: {server_result_words(packet.code)}")
        if packet.param1 == 0:
            raise RemoteProtocolError("the caller gives 0 as its serial number, which no device has")
        self._identity = DeviceIdentity(packet.param1, packet.param2)
        self.phase = Phase.ANNOUNCEMENT
        self.deadline = now + ANNOUNCEMENT_LIMIT

    def _ask(self, now: float) -> bytes:
        self.phase = Phase.IDENTITY
        self.deadline = now + IDENTITY_LIMIT
        return b"".join(encode_message(Identify().encode().header))

    def _decided(self, kind: ConnectionKind | None) -> DeviceIdentity:
        announced = None if self._announcement is None else KIND_ANNOUNCED[self._announcement.command]
        if self.phase is not Phase.DECISION or self._identity is None or kind not in (None, announced):
            wanted = "connection" if kind is None else kind.value
            raise LocalProtocolError(f"no {wanted} was announced; the connection waits for {self.phase.value}")
        return self._identity

    def _answer(self, result: int) -> bytes:
        assert self._identity is not None
        assert self._announcement is not None
        message = Message(self._announcement.command, result)
        kind = KIND_ANNOUNCED[message.command]
        if kind is ConnectionKind.COMMAND and not self._inside_tls:
            enciphered = is_enciphered(kind, self._identity.device_type, inside_tls=False)
            message = replace(message, device_id=self._identity.device_id, encrypted=enciphered)
        self._finish()
        return b"".join(encode_message(message))

    def _hand_over(self) -> bytes:
        received = self._received
        self._finish()
        return received

    def _finish(self) -> None:
        self.phase = Phase.OVER
        self.deadline = None
        self._received = b""


def _may_become_http(begin: bytes) -> bool:
    return any(method.startswith(begin) for method in _HTTP_METHODS)
