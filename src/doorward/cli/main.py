"""The ``doorward`` command."""

from __future__ import annotations

import importlib
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from doorward import __version__

# Each command's module is imported when it is used: the protocol's many records take a moment to build.
COMMANDS = {
    "init": "doorward.cli.init:init",
    "serve": "doorward.cli.serve:serve",
    "status": "doorward.cli.status:status",
    "check": "doorward.cli.check:check",
    "diagnostics": "doorward.cli.diagnostics:diagnostics",
    "devices": "doorward.cli.devices:app",
    "agents": "doorward.cli.agents:app",
    "agent": "doorward.cli.agent:agent",
    "people": "doorward.cli.people:app",
    "sync": "doorward.cli.sync:app",
    "operators": "doorward.cli.operators:app",
    "tokens": "doorward.cli.tokens:app",
    "key": "doorward.cli.key:app",
    "backup": "doorward.cli.backup:backup",
    "restore": "doorward.cli.backup:restore",
    "upgrade-check": "doorward.cli.backup:upgrade_check",
    "ports": "doorward.cli.ports:app",
    "search": "doorward.cli.search:search_devices",
    "network": "doorward.cli.network:app",
    "reset": "doorward.cli.network:reset",
    "device": "doorward.cli.device:app",
    "decode": "doorward.cli.decode:decode",
    "simulate": "doorward.cli.simulate:simulate",
    "demo": "doorward.cli.demo:demo",
}


class LazyGroup(TyperGroup):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and build one command; None when there is no such command."""
        del ctx
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        found = getattr(importlib.import_module(module), name)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
            single.command(cmd_name, context_settings=CONTEXT)(found)
            found = single
        built = get_command(found)
        built.name = cmd_name
        return built


CONTEXT = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    name="doorward",
    cls=LazyGroup,
    help="An open access-control server for Suprema terminals: find, address, connect and diagnose devices.",
    epilog="Exit codes: 0 done, 1 the device said no, 2 wrong usage, 3 not reached, 4 timed out.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    context_settings=CONTEXT,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"doorward {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""
    del version


def main() -> None:
    """Run the command line."""
    app()
