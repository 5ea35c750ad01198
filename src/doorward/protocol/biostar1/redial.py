"""What a device in server mode does next: which connection it dials, and where (server-mode notes, sections 4, 8, 11).

Only what, never when: how long to wait before dialling again is the caller's.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from doorward.protocol.biostar1.announcement import ConnectionKind
from doorward.protocol.biostar1.results import SUCCESS
from doorward.protocol.biostar1.server_mode import StartRequestConnection, StartRequestConnectionAt
from doorward.protocol.errors import LocalProtocolError


class ServerAddress(NamedTuple):
    """Where the server listens."""

    host: str
    port: int


class Step(enum.Enum):
    """What the device does next."""

    DIAL_COMMAND = "dial the command connection"
    AWAIT_START = "wait until the server asks for the request connection"
    DIAL_REQUEST = "dial the request connection"
    STAY = "keep both connections"


@dataclass(frozen=True, slots=True)
class Setback:
    """Close what is open, wait, then take the next step.

    Attributes:
        reason: What happened, in words.
        refused: Whether the server said no: then wait longer than for a broken line.
    """

    reason: str
    refused: bool


class Redial:
    """The decisions of one device over all its attempts.

    Args:
        server: Where the device's settings say that the server is.
    """

    __slots__ = ("_told", "server", "step")

    def __init__(self, server: ServerAddress) -> None:
        self.server = server
        self.step = Step.DIAL_COMMAND
        self._told: ServerAddress | None = None

    @property
    def target(self) -> ServerAddress:
        """Where to dial in this step: where the server said, else where the command connection goes."""
        if self.step is Step.DIAL_REQUEST and self._told is not None:
            return self._told
        return self.server

    def admitted(self, kind: ConnectionKind) -> None:
        """The server took a connection.

        Raises:
            LocalProtocolError: That connection was not to be dialled now.
        """
        wanted = Step.DIAL_COMMAND if kind is ConnectionKind.COMMAND else Step.DIAL_REQUEST
        if self.step is not wanted:
            raise LocalProtocolError(f"the {kind.value} was not to be dialled now; next is: {self.step.value}")
        self.step = Step.AWAIT_START if kind is ConnectionKind.COMMAND else Step.STAY

    def start_requested(self, request: StartRequestConnection | StartRequestConnectionAt) -> None:
        """The server asked for the request connection; one that stands already is replaced.

        Raises:
            LocalProtocolError: There is no command connection on which it could have asked.
        """
        if self.step is Step.DIAL_COMMAND:
            raise LocalProtocolError("the server cannot ask for a request connection before the command connection")
        self._told = None
        if isinstance(request, StartRequestConnectionAt) and request.server_address and request.server_port:
            self._told = ServerAddress(request.address, request.server_port & 0xFFFF)
        self.step = Step.DIAL_REQUEST

    def not_reached(self, reason: str) -> Setback | None:
        """The target of this step could not be reached.

        Returns:
            None when there is another target to try at once: the server's own address instead of the one it told.
        """
        if self.step is Step.DIAL_REQUEST and self._told not in (None, self.server):
            self._told = None
            return None
        return self.lost(reason)

    def lost(self, reason: str) -> Setback:
        """A connection broke or fell silent: the pair is over, whichever of the two it was."""
        self._begin_again()
        return Setback(reason, refused=False)

    def turned_away(self, kind: ConnectionKind, result: int, words: str) -> Setback:
        """The server refused a connection.

        Raises:
            LocalProtocolError: The result is success.
        """
        if result == SUCCESS:
            raise LocalProtocolError("result 0 is success and no refusal")
        self._begin_again()
        return Setback(f"the server refused the {kind.value}: {words}", refused=True)

    def _begin_again(self) -> None:
        self.step = Step.DIAL_COMMAND
        self._told = None
