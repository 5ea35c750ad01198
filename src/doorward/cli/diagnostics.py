"""``doorward diagnostics``: a file for a bug report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doorward.cli.output import out, show_error
from doorward.cli.server_command import SettingsOption, server_command
from doorward.model.errors import DoorwardError, InvalidInput


@server_command
def diagnostics(
    file: Annotated[Path, typer.Argument(help="The file to write, such as report.zip.")],
    settings: SettingsOption = None,
    with_names: Annotated[
        bool, typer.Option("--with-names", help="Leave names of devices and operators, and addresses, as they are.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Write a file for a bug report: versions, settings, findings, states and the last lines of the log.

    Secrets are taken out of it; names and addresses are replaced by made-up ones.
    """
    file = file.expanduser().absolute()
    if file.exists() and not force:
        raise InvalidInput("FILE", str(file), "a file that is not there yet; --force replaces one")
    from doorward.server.setup import set_up

    loaded, problem = None, None
    try:
        loaded = set_up(settings)
    except DoorwardError as error:
        show_error(error)
        problem = error
    from doorward.server.diagnostics.collecting import write_diagnostics

    parts = write_diagnostics(file, loaded, problem=problem, with_names=with_names)
    out.print(f"{file}: {', '.join(parts)}", soft_wrap=True)
    out.print("Have a look at it before you hand it on.")
