"""The ``doorward`` command."""

from __future__ import annotations

from typing import Annotated

import typer

from doorward import __version__
from doorward.cli.output import out

app = typer.Typer(
    name="doorward",
    help="An open access-control server for Suprema terminals: find, address, connect and diagnose devices.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        out.print(f"doorward {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Exit codes: 0 done, 1 the device said no, 2 wrong usage, 3 not reached, 4 timed out."""
    del version


def main() -> None:
    """Run the command line."""
    app()
