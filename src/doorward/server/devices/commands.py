"""A command's way out: noted in the audit log, given to the gateway that holds the device, and its outcome noted."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError as Cancelled
from concurrent.futures import TimeoutError as WaitedTooLong
from typing import Any, Final, Protocol, Self, TypeVar

from doorward.gateway.collaborators import Command, CommandOutcome
from doorward.gateway.device_work import Work
from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import Thing, close, record
from doorward.server.devices.models import Device

T = TypeVar("T")

OUTCOME_WITHIN: Final = 40.0
"""Seconds from giving a command to its outcome, where nothing else is said."""

MARGIN: Final = 5.0


class CommandRefused(DoorwardError):
    """A device did not do what it was told to, for the reason that it or the line gave."""

    @classmethod
    def of(cls, outcome: CommandOutcome) -> Self:
        """The error that an outcome stands for."""
        return cls(outcome.words, advice=outcome.advice)


class Sender(Protocol):
    """Gives commands to the gateway; see ``doorward.server.events.bus``."""

    async def send(self, command: Command, *, seconds: float) -> CommandOutcome:
        """Give a command and wait for its outcome."""
        ...


class Worker(Protocol):
    """Does something with the driver of a device; see ``doorward.gateway.gateway``."""

    async def work(self, device_id: int, work: Work[T], *, seconds: float) -> T:
        """Do it over the connection that stands."""
        ...


class CommandDesk:
    """Takes commands from any thread for the gateway of this process.

    Args:
        loop: The event loop in which the gateway lives.
        bus: Takes the commands there.
        worker: Lends the drivers of devices; None lends none.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, bus: Sender, worker: Worker | None = None) -> None:
        self._loop = loop
        self._bus = bus
        self._worker = worker

    def work(self, device_id: int, work: Work[T], *, seconds: float) -> T:
        """Do something with the driver of a device, in the gateway's event loop; commands to it go on meanwhile.

        Whoever calls this has checked that he may, and notes it in the audit log. Not to be called in the event loop.

        Args:
            device_id: The device.
            work: A coroutine function of the driver; cancelled when the connection ends or nobody waits any more.
            seconds: How long it may take.

        Raises:
            NotReached: There is no connection, it was lost, or the server is stopping.
            TimedOut: It took too long.
            DoorwardError: Somebody else has the device alone; or what the work itself raised.
        """
        require_commandable(device_id)
        if self._worker is None:
            raise NotReached("This process lends no drivers of devices.", advice="Start the server: doorward serve")
        try:
            waiting = asyncio.run_coroutine_threadsafe(self._worker.work(device_id, work, seconds=seconds), self._loop)
        except RuntimeError:
            raise NotReached("The server is stopping.", advice="Try again when it runs.") from None
        try:
            return waiting.result(seconds + MARGIN)
        except WaitedTooLong:
            raise TimedOut(
                f"Device {device_id} did not finish this within {seconds:g} s.",
                advice="Part of it may be done: look at the device before trying again.",
            ) from None
        except Cancelled:
            raise NotReached("The server is stopping.", advice="Try again when it runs.") from None
        finally:
            waiting.cancel()

    def send(self, command: Command, *, seconds: float) -> CommandOutcome:
        """Give a command and wait for its outcome; not to be called in the event loop itself.

        Raises:
            NotReached: The server is stopping.
            TimedOut: There was no outcome in time; whether the device did it is not known.
        """
        try:
            waiting = asyncio.run_coroutine_threadsafe(self._bus.send(command, seconds=seconds), self._loop)
        except RuntimeError:
            raise NotReached("The server is stopping.", advice="Try again when it runs.") from None
        try:
            return waiting.result(seconds + MARGIN)
        except WaitedTooLong:
            waiting.cancel()
            raise TimedOut(
                f"Device {command.device_id} has not answered in {seconds:g} seconds; whether it did it is not known.",
                advice="Look at the device's state, then try again.",
            ) from None


_desk: CommandDesk | None = None


def set_command_desk(desk: CommandDesk | None) -> None:
    """Name the desk of this process."""
    global _desk  # noqa: PLW0603 - one process has one gateway
    _desk = desk


def command_desk() -> CommandDesk:
    """The desk of this process.

    Raises:
        NotReached: There is none: this process has no connections to devices.
    """
    if _desk is None:
        raise NotReached(
            "No server runs in this process, and only it has connections to devices.",
            advice="Start it: doorward serve",
        )
    return _desk


Guard = Callable[[int], None]
"""Raises a ``DoorwardError`` where the one who acts may not command the device of a number just now."""

_guards: list[Guard] = []


def add_guard(guard: Guard) -> None:
    """Let another app have a say in who may command a device."""
    _guards.append(guard)


def require_commandable(device_id: int) -> None:
    """Make sure that nothing stands in the way of the one who acts, such as somebody who has the device alone.

    Raises:
        DoorwardError: Something does.
    """
    for guard in _guards:
        guard(device_id)


def give(
    device: Device,
    action: str,
    make: Callable[[str, int], Command],
    *,
    after: Mapping[str, Any] | None = None,
    thing: Thing | None = None,
    seconds: float = OUTCOME_WITHIN,
) -> CommandOutcome:
    """Let a device do something, for the one who acts now; whoever calls this has checked that he may.

    Args:
        device: The device.
        action: Name for the audit log, such as ``device.reboot``.
        make: Makes the command from its number and the device's.
        after: What is asked for, for the audit log; never a secret.
        thing: What it is done to, where that is not the device itself, such as a door.
        seconds: How long an outcome is waited for.

    Returns:
        The outcome; ``succeeded`` tells whether the device did it, ``words`` what it said.
    """
    try:
        require_commandable(device.pk)
    except DoorwardError as error:
        record(action, thing or Thing.of(device), after=after, outcome=Outcome.REFUSED, words=error.message)
        return CommandOutcome("", False, error.message, error.advice)
    entry = record(action, thing or Thing.of(device), after=after, outcome=Outcome.PENDING)
    try:
        outcome = command_desk().send(make(str(uuid.uuid4()), device.pk), seconds=seconds)
    except DoorwardError as error:
        close(entry, Outcome.FAILED, error.message)
        return CommandOutcome("", False, error.message, error.advice)
    except BaseException:
        close(entry, Outcome.FAILED, "A fault of the server; its log tells more.")
        raise
    close(entry, Outcome.DONE if outcome.succeeded else Outcome.FAILED, outcome.words)
    return outcome


def ask(device: Device, make: Callable[[str, int], Command], *, seconds: float = OUTCOME_WITHIN) -> CommandOutcome:
    """Ask a device something that changes nothing, so that it is noted nowhere; else like ``give``.

    Raises:
        CommandRefused: It did not answer, or said no.
    """
    try:
        require_commandable(device.pk)
        outcome = command_desk().send(make(str(uuid.uuid4()), device.pk), seconds=seconds)
    except DoorwardError as error:
        raise CommandRefused(error.message, advice=error.advice) from error
    if not outcome.succeeded:
        raise CommandRefused.of(outcome)
    return outcome
