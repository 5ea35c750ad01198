"""Errors on their way through the tunnel: what went wrong at the device comes out as it was there."""

from __future__ import annotations

from typing import Final

from doorward.model.errors import DeviceRefused, DoorwardError, InvalidInput, NotReached, TimedOut, Unsupported
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.tunnel.messages import Failed, NoAnswer
from doorward.protocol.tunnel.reach import OutOfReach

LONGEST_WORDS: Final = 2_000


class Refused(InvalidInput):
    """The other end refused a value; the words are its own."""

    def __init__(self, message: str, *, advice: str) -> None:
        super().__init__("value", "", "")
        self.args = (message,)
        self.message = message
        self.advice = advice


_PLAIN: Final[dict[str, type[DoorwardError]]] = {
    "NotReached": NotReached,
    "TimedOut": TimedOut,
    "Unsupported": Unsupported,
    "RemoteProtocolError": RemoteProtocolError,
}


def failure_of(error: DoorwardError, number: int) -> Failed:
    """An error as a message."""
    code = error.code if isinstance(error, DeviceRefused) else 0
    return Failed(number, _name(error), error.message[:LONGEST_WORDS], error.advice[:LONGEST_WORDS], code)


def no_answer_of(error: DoorwardError, number: int) -> NoAnswer:
    """An error as the answer to a question."""
    failed = failure_of(error, number)
    return NoAnswer(number, failed.error, failed.message, failed.advice, failed.code)


def error_of(message: Failed | NoAnswer) -> DoorwardError:
    """The error that a message tells of; one of an unknown kind is NotReached."""
    if message.error == "DeviceRefused":
        return DeviceRefused(message.message, code=message.code, advice=message.advice)
    if message.error in ("InvalidInput", "OutOfReach"):
        return Refused(message.message, advice=message.advice)
    return _PLAIN.get(message.error, NotReached)(message.message, advice=message.advice)


def _name(error: DoorwardError) -> str:
    for kind in (OutOfReach, DeviceRefused, InvalidInput, TimedOut, Unsupported, RemoteProtocolError):
        if isinstance(error, kind):
            return kind.__name__
    return "NotReached"
