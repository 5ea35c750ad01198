"""The errors that reach people. Each says what happened and why; ``advice`` says what to do next."""

from __future__ import annotations


class DoorwardError(Exception):
    """Something went wrong that a person can read and act on.

    Args:
        message: What happened and why, one or two sentences.
        advice: What to do next; empty when there is nothing to add.
    """

    default_advice = ""

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = self.default_advice if advice is None else advice


class InvalidInput(DoorwardError):
    """A value that a person or a program gave is not allowed.

    Args:
        field: The name of the field, as the giver knows it.
        value: The refused value.
        allowed: What would have been accepted.
        where: Optional place of the field, such as "row 7".
    """

    def __init__(self, field: str, value: object, allowed: str, *, where: str = "") -> None:
        place = f"{where}: " if where else ""
        super().__init__(f"{place}{field}: {value!r} is not allowed; allowed: {allowed}")
        self.field = field
        self.value = value
        self.allowed = allowed
        self.where = where


class InvalidFile(DoorwardError):
    """A file that a person gave cannot be used as it is; nothing was done with it."""


class NotReached(DoorwardError):
    """No connection to the device came about, or it was cut."""


class TimedOut(DoorwardError):
    """The other side did not answer in time."""


class DeviceRefused(DoorwardError):
    """The device understood and said no.

    Args:
        message: The device's reason in words.
        code: The result code as it came on the wire.
        advice: What to do next.
    """

    def __init__(self, message: str, *, code: int, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.code = code


class Unsupported(DoorwardError):
    """The model cannot do what was asked; nothing was sent."""
