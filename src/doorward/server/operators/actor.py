"""Who is acting now, and from where: what the audit log notes beside each change."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace

CONSOLE = "console"
API = "API"
COMMAND_LINE = "command line"
SERVER = "server"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts.

    Attributes:
        name: The operator's name, or that of the account on this machine; it outlives the account.
        operator_id: The operator's row; None for anybody else.
        via: The way in: console, API, command line, or the server itself.
        address: From where; empty for this machine.
        request_id: Goes with the request through log and audit; empty outside of one.
        token: Prefix of the token that was shown; empty without one.
    """

    name: str
    operator_id: int | None = None
    via: str = SERVER
    address: str = ""
    request_id: str = ""
    token: str = ""


THE_SERVER = Actor("server")

_current: ContextVar[Actor] = ContextVar("actor", default=THE_SERVER)


def current_actor() -> Actor:
    """Who is acting in this request, command or task."""
    return _current.get()


def set_actor(actor: Actor) -> None:
    """From here on somebody else acts in this context."""
    _current.set(actor)


def name_actor(name: str, operator_id: int | None, *, via: str, token: str = "") -> None:
    """The caller of this request is known now."""
    _current.set(replace(_current.get(), name=name, operator_id=operator_id, via=via, token=token))


@contextlib.contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Somebody acts inside."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
