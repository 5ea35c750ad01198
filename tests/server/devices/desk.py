"""A desk for commands that answers as it is told, for tests without a gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from doorward.gateway.collaborators import Command, CommandOutcome
from doorward.server.devices.commands import set_command_desk


class FakeDesk:
    """Takes commands and answers each in the same way."""

    def __init__(self) -> None:
        self.given: list[Command] = []
        self.succeeded = True
        self.words = "It did."
        self.data: Mapping[str, Any] = {}

    def send(self, command: Command, *, seconds: float) -> CommandOutcome:
        del seconds
        self.given.append(command)
        return CommandOutcome(command.command_id, self.succeeded, self.words, "Look at it.", data=self.data)


@contextmanager
def fake_desk() -> Iterator[FakeDesk]:
    """A desk of this process while the body runs."""
    desk = FakeDesk()
    set_command_desk(desk)  # type: ignore[arg-type] # has what is used of one
    try:
        yield desk
    finally:
        set_command_desk(None)
