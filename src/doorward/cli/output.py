"""What all commands share: exit codes, words for errors, tables and JSON lines."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import enum
import functools
import json
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from doorward.model.errors import (
    DeviceRefused,
    DoorwardError,
    InvalidFile,
    InvalidInput,
    NotReached,
    TimedOut,
    Unsupported,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

P = ParamSpec("P")
T = TypeVar("T")


class ExitCode(enum.IntEnum):
    """What a program that calls a command learns from it."""

    DONE = 0
    REFUSED = 1  # the device said no, cannot do it, or answered against the protocol
    WRONG_USAGE = 2
    NOT_REACHED = 3
    TIMED_OUT = 4


class NoTerminal(DoorwardError):
    """A question would have to be asked, and nobody can answer it."""


EXIT_CODES: tuple[tuple[type[DoorwardError], ExitCode], ...] = (
    (InvalidInput, ExitCode.WRONG_USAGE),
    (InvalidFile, ExitCode.WRONG_USAGE),
    (NoTerminal, ExitCode.WRONG_USAGE),
    (LocalProtocolError, ExitCode.WRONG_USAGE),
    (NotReached, ExitCode.NOT_REACHED),
    (TimedOut, ExitCode.TIMED_OUT),
    (DeviceRefused, ExitCode.REFUSED),
    (Unsupported, ExitCode.REFUSED),
    (RemoteProtocolError, ExitCode.REFUSED),
)

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

SHORTEST_LINE_OF_TEXT = 16
"""Characters of a line below which text in a column is hard to read."""

JsonOption = typer.Option("--json", help="Print JSON for programs.")


def exit_code(error: DoorwardError) -> ExitCode:
    """The exit code of an error; one that stopped something on its way counts as what stopped it."""
    reason = getattr(error, "reason", None)
    if isinstance(reason, DoorwardError):
        return exit_code(reason)
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), ExitCode.REFUSED)


def show_error(error: DoorwardError) -> None:
    """Say on standard error what happened, why, and what to do next."""
    err.print(f"[bold red]Error:[/] {escape(error.message)}", soft_wrap=True)
    if error.advice:
        err.print(escape(error.advice), soft_wrap=True)


def fail(error: DoorwardError) -> NoReturn:
    """Show an error and end with its exit code."""
    show_error(error)
    raise typer.Exit(exit_code(error))


def command(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make a command of a coroutine: errors in words with their exit codes, Ctrl-C without a traceback."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return asyncio.run(function(*args, **kwargs))
        except DoorwardError as error:
            fail(error)
        except BrokenPipeError:
            # The reader of a pipe went away, as `head` does; that is its right.
            sys.stderr.close()
            raise typer.Exit(ExitCode.DONE) from None
        except OSError as error:
            where = f" {error.filename}" if error.filename else ""
            err.print(f"[bold red]Error:[/] {escape(f'{error.strerror or error}{where}')}", soft_wrap=True)
            raise typer.Exit(ExitCode.WRONG_USAGE) from None
        except KeyboardInterrupt:
            err.print("Stopped.")
            raise typer.Exit(130) from None

    return run


def plain(value: Any) -> Any:
    """A value as JSON can carry it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value) if item.repr}
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value


def print_json(value: Any) -> None:
    """Print one JSON object on a line of its own."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; the values are shown as they are, without markup. A column without any value is left out.

    Where the terminal is so narrow that words would be broken, each row is printed as a block of named values instead.
    """
    cells = [["" if cell is None else escape(str(cell)) for cell in row] for row in rows]
    used = [place for place in range(len(columns)) if not cells or any(row[place] for row in cells)]
    names = [columns[place] for place in used]
    shown = [[row[place] for place in used] for row in cells]
    out.print(f"[italic]{escape(title)}[/]")
    out.print(_as_table(names, shown) if _least_width(names, shown) <= out.width else _as_blocks(names, shown))


def _least_width(names: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The columns that a table needs so that no word is broken and long text does not become a thread of words."""
    width = 1
    for place, name in enumerate(names):
        texts = [row[place] for row in rows]
        words = [len(word) for text in texts for word in text.split()]
        readable = min(SHORTEST_LINE_OF_TEXT, max(map(len, texts), default=0))
        width += 3 + max(len(name), readable, *words)
    return width


def _as_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold", min_width=len(name))
    for row in rows:
        table.add_row(*row)
    return table


def _as_blocks(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    blocks = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    blocks.add_column(style="bold", no_wrap=True)
    blocks.add_column(overflow="fold")
    for row in rows:
        for name, value in zip(names, row, strict=True):
            if value:
                blocks.add_row(name, value)
        blocks.add_row("", "")
    return blocks


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 device``, ``2 devices``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def print_facts(title: str, facts: Iterable[tuple[str, Any]]) -> None:
    """Print named values, one a line."""
    out.print(f"[bold]{escape(title)}[/]")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(escape(name), "-" if value is None else escape(str(value)))
    out.print(table)


def progress_bar() -> Progress:
    """A progress bar on standard error; it draws nothing when that is not a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=False,
        disable=not err.is_terminal,
    )


def confirmed(question: str, *, yes: bool) -> None:
    """Ask before something is changed; ends the command when the answer is no.

    Raises:
        NoTerminal: There is no terminal to ask at and ``--yes`` was not given.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise NoTerminal("Nothing was changed: there is no terminal to ask at.", advice="Give --yes to do it anyway.")
    if not typer.confirm(question):
        err.print("Nothing was changed.")
        raise typer.Exit(ExitCode.DONE)
