"""The command connection of a device in server mode, as a session like that of direct mode."""

from __future__ import annotations

from collections.abc import Callable

from doorward.device.biostar1.session import Session, closed_by_device
from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.client import ClientConnection
from doorward.protocol.biostar1.request import BASIC_TIMEOUT
from doorward.protocol.errors import RemoteProtocolError
from doorward.transport import Stream


class WatchedSession(Session):
    """A session that tells when it ends.

    Args:
        stream: The connected stream; owned from here on.
        title: The device's name in errors.
        device_id: Serial number for the headers of requests.
        enciphered: Whether requests are enciphered.
        connection: The protocol's end of the connection, where it is not that of direct mode.
        basic_timeout: Seconds that an ordinary request may take.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        title: str = "The device",
        device_id: int = 0,
        enciphered: bool = False,
        connection: ClientConnection | None = None,
        basic_timeout: float = BASIC_TIMEOUT,
    ) -> None:
        self.ended: Callable[[], None] = _nobody
        super().__init__(
            stream,
            title=title,
            device_id=device_id,
            enciphered=enciphered,
            connection=connection,
            basic_timeout=basic_timeout,
        )

    @property
    def packets_received(self) -> int:
        """Whole packets that came so far: a sign of life."""
        return self._connection.packets_received

    def end(self, reason: DoorwardError) -> None:
        """End the session at once, and tell so; only the first reason counts."""
        was_open = self.is_open
        super().end(reason)
        if was_open:
            self.ended()


class CommandSession(WatchedSession):
    """The session on a command connection: what the device sends unasked is discarded (server-mode notes, 3)."""

    def _stirred(self, what: bytes | DoorwardError) -> None:
        if isinstance(what, DoorwardError):
            self.end(what)
        elif not what:
            self.end(closed_by_device(self.title, self.peer))
        else:
            try:
                self._connection.receive(what)
            except RemoteProtocolError as error:
                self.end(error)


def _nobody() -> None:
    """Nobody wants to know."""
