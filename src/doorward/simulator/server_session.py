"""The command connection of a virtual device in server mode: what direct mode answers, and two commands more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from doorward.protocol.biostar1.certificates import CERTIFICATE_TYPES, LARGEST_CERTIFICATE_FILE
from doorward.protocol.biostar1.device_end import DeviceCommandConnection
from doorward.protocol.biostar1.device_side import RequestReceived, WriteOffered
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.results import INVALID_PARAMETER, SUCCESS, UNSUPPORTED
from doorward.protocol.biostar1.server_mode import (
    CERTIFICATE,
    START_REQUEST_CONNECTION,
    DeleteCertificate,
    StartRequestConnection,
    StartRequestConnectionAt,
    WriteCertificate,
    request_class,
)
from doorward.simulator.session import Action, DeviceSession, Send
from doorward.simulator.state import Table
from doorward.simulator.virtual_device import VirtualDevice

StartRequest = StartRequestConnection | StartRequestConnectionAt


class CertificateSlot:
    """The client certificate that a server puts on a device; only BioStations take one (server-mode notes, section 9).

    Args:
        device: The device; it keeps the certificate with its state.
    """

    def __init__(self, device: VirtualDevice) -> None:
        self.is_there = device.model.device_type in CERTIFICATE_TYPES
        self._table = Table(device.store, "certificate")

    @property
    def file(self) -> bytes | None:
        """The PEM file with certificate and key; None when there is none."""
        return self._table.get(0)

    def put(self, file: bytes) -> None:
        """Keep a certificate."""
        self._table[0] = file

    def clear(self) -> None:
        """Forget the certificate."""
        self._table.clear()


class ServerModeSession(DeviceSession):
    """A command connection, from the side of the virtual device.

    Args:
        device: The device.
        connection: The device's end of the protocol.
        certificates: Where the server's certificate goes.
        start_requested: Called when the server has been told that the request connection is coming.
    """

    def __init__(
        self,
        device: VirtualDevice,
        connection: DeviceCommandConnection,
        certificates: CertificateSlot,
        start_requested: Callable[[StartRequest], None],
    ) -> None:
        super().__init__(device, connection)
        self._certificates = certificates
        self._start_requested = start_requested

    def _take_offer(self, event: WriteOffered) -> Send:
        if event.header.command != CERTIFICATE:
            return super()._take_offer(event)
        if not self._certificates.is_there:
            result = UNSUPPORTED
        elif event.header.param1 > LARGEST_CERTIFICATE_FILE:
            result = INVALID_PARAMETER
        else:
            return Send(iter((self._connection.accept(),)))
        return Send(self._connection.reply(event.header, Message(0, result)))

    def _answer(self, event: RequestReceived) -> Iterator[Action]:
        if event.header.command == CERTIFICATE:
            yield Send(self._connection.reply(event.header, Message(0, self._change_certificate(event))))
        elif event.header.command == START_REQUEST_CONNECTION:
            kind = request_class(event.header)
            known = kind in (StartRequestConnection, StartRequestConnectionAt)
            yield Send(self._connection.reply(event.header, Message(0, SUCCESS if known else INVALID_PARAMETER)))
            request = kind.decode(event.header) if known and kind is not None else None
            if isinstance(request, (StartRequestConnection, StartRequestConnectionAt)):
                self._start_requested(request)
        else:
            yield from super()._answer(event)

    def _change_certificate(self, event: RequestReceived) -> int:
        if not self._certificates.is_there:
            return UNSUPPORTED
        kind = request_class(event.header)
        if kind is DeleteCertificate:
            self._certificates.clear()
        elif kind is WriteCertificate and event.header.param1 == len(event.message.payload) > 0:
            self._certificates.put(event.message.payload)
        else:
            return INVALID_PARAMETER
        return SUCCESS
