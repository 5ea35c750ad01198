"""The kinds of jobs. The app that knows how to do one names it here when Django starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from doorward.server.operators.models import Operator

Arguments = Mapping[str, Any]


class Stopped(Exception):
    """Somebody asked to stop the job, or the server ends. Not to be caught by what does the work."""


class Progress(Protocol):
    """Is told how far a job has come, and raises ``Stopped`` when it is to end."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Tell; to be called often, it writes at most twice a second."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """What is given to whatever does a job.

    Attributes:
        arguments: Of the job.
        operator: Who asked for it, with the rights that he has now.
        path: Where the file is to be written.
        scratch: A folder for temporary files; removed afterwards.
        progress: To be told how far it has come.
    """

    arguments: Arguments
    operator: Operator
    path: Path
    scratch: Path
    progress: Progress


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job.

    Attributes:
        name: For programs, such as ``events.export``.
        right: What is needed for it.
        title: Says what a job with these arguments does.
        file_name: Says what its file is to be called.
        run: Does it, in a thread of its own; gives what came of it in words. Raises ``DoorwardError`` where it cannot.
    """

    name: str
    right: str
    title: Callable[[Arguments], str]
    file_name: Callable[[Arguments], str]
    run: Callable[[Work], str]


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Make a kind known."""
    _kinds[kind.name] = kind


def kind_named(name: str) -> JobKind | None:
    """The kind of a name; None where this version has none."""
    return _kinds.get(name)


def title_of(name: str, arguments: Arguments) -> str:
    """What a job does, in words."""
    kind = _kinds.get(name)
    return kind.title(arguments) if kind is not None else name
