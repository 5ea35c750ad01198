"""``doorward agent``: the process beside the devices of a branch."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def agent(
    server: Annotated[str, typer.Option(help="Where the server is: HOST or HOST:PORT; without a port 1480.")],
    token_file: Annotated[
        Path,
        typer.Option(help="The file with the one-time code of the console; the agent keeps its key there afterwards."),
    ],
    spool: Annotated[
        Path | None,
        typer.Option(help="Folder for what happens while the line is cut. Without: beside the token file."),
    ] = None,
    spool_megabytes: Annotated[int, typer.Option(min=1, max=100_000, help="Most that it may hold.")] = 64,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell more of what it does.")] = False,
) -> None:
    """Serve a branch: dial its devices, and search, set up and reset them by UDP, as the server asks.

    It dials out to the server's TCP port and needs no port opened inwards. Ctrl-C ends it.
    """
    from doorward.agent.__main__ import main, server_address
    from doorward.cli.output import fail
    from doorward.model.errors import InvalidInput

    try:
        server_address(server)
    except InvalidInput as error:
        fail(error)
    arguments = [
        *("--server", server, "--token-file", str(token_file), "--spool-megabytes", str(spool_megabytes)),
        *(("--spool", str(spool)) if spool is not None else ()),
        *(("--verbose",) if verbose else ()),
    ]
    if os.name == "posix":
        # The same process, without what the other commands need: that is a sixth of its memory.
        os.execv(sys.executable, [sys.executable, "-m", "doorward.agent", *arguments])  # noqa: S606 - no shell
    raise typer.Exit(main(arguments))
