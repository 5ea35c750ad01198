"""Credit for the bytes of one stream, both ways: nobody sends more than the other end has room for.

Each stream has credit of its own, so one that is not read stops itself alone.
"""

from __future__ import annotations

from typing import Final

from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.tunnel.messages import MOST_DATA

WINDOW: Final = 1024 * 1024
"""Bytes of a stream that may be under way: a whole answer of a log fits; with 200 ms there and back 5 MB a second."""

RETURN_AT: Final = WINDOW // 4
"""Credit is given back in portions."""

LARGEST_CREDIT: Final = 16 * 1024 * 1024


class Flow:
    """The credit of one stream.

    Attributes:
        credit: Bytes that we may send.
    """

    __slots__ = ("_room", "_taken", "credit")

    def __init__(self) -> None:
        self.credit = WINDOW
        self._room = WINDOW
        self._taken = 0

    def spend(self, wanted: int) -> int:
        """How many of so many bytes may be sent now, in one message; they count as sent."""
        granted = min(wanted, self.credit, MOST_DATA)
        self.credit -= granted
        return granted

    def granted(self, credit: int) -> None:
        """The other end has room for more.

        Raises:
            RemoteProtocolError: It gives nothing, or more than can be.
        """
        if credit < 1 or self.credit + credit > LARGEST_CREDIT:
            raise RemoteProtocolError(f"a window of {credit} bytes is not allowed in the tunnel")
        self.credit += credit

    def received(self, count: int) -> None:
        """Bytes came.

        Raises:
            RemoteProtocolError: More than there is room for.
        """
        if not 0 < count <= MOST_DATA or count > self._room:
            raise RemoteProtocolError(f"{count} bytes came on a stream of the tunnel that has room for {self._room}")
        self._room -= count

    def taken(self, count: int) -> int:
        """Bytes that came were taken; gives the credit to return now, 0 for none."""
        self._taken += count
        if self._taken < RETURN_AT:
            return 0
        credit, self._taken = self._taken, 0
        self._room += credit
        return credit
