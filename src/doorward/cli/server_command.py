"""What the commands of the server share: settings, Django, errors in words."""

from __future__ import annotations

import functools
import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec, TypeVar

import typer
from rich.markup import escape

from doorward.cli.output import ExitCode, err, fail
from doorward.model.errors import DoorwardError

P = ParamSpec("P")
T = TypeVar("T")

SettingsOption = Annotated[
    Path | None,
    typer.Option("--settings", help="The settings file; else $DOORWARD_SETTINGS, else this user's place for settings."),
]

INSTALL_ADVICE = "Install it with its server part: pip install 'doorward\\[server]'"


def server_command(function: Callable[P, T]) -> Callable[P, T]:
    """Make a command of a function that uses the server's data: every trouble in words, with its exit code."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            import django.db
        except ModuleNotFoundError as error:
            err.print(f"[bold red]Error:[/] This Doorward was installed without its server part ({error.name}).")
            err.print(INSTALL_ADVICE)
            raise typer.Exit(ExitCode.WRONG_USAGE) from None
        try:
            return function(*args, **kwargs)
        except DoorwardError as error:
            fail(error)
        except KeyboardInterrupt:
            err.print("Stopped.")
            raise typer.Exit(130) from None
        except OSError as error:
            where = f" {error.filename}" if error.filename else ""
            err.print(f"[bold red]Error:[/] {escape(f'{error.strerror or error}{where}')}", soft_wrap=True)
            raise typer.Exit(ExitCode.WRONG_USAGE) from None
        except django.db.Error as error:
            from doorward.server.database import explain

            fail(explain(error))

    return run


def open_data(settings: Path | None) -> None:
    """Bring Django up and make sure that the database is there and fits this version.

    Raises:
        DoorwardError: Settings, database or key file are not right.
    """
    from doorward.server.setup import set_up

    set_up(settings)
    from doorward.server.database import require_migrated

    require_migrated()
    _name_actor()


def _name_actor() -> None:
    """Whoever works at this machine's command line is noted as that from here on."""
    from doorward.server.operators.actor import COMMAND_LINE, Actor, set_actor

    set_actor(Actor(name=person_at_terminal(), via=COMMAND_LINE))


def person_at_terminal() -> str:
    """The user of this machine, as the records show who did something by the command line."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"
