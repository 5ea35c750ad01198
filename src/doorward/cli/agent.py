"""``doorward agent``: the process beside the devices of a branch."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doorward.model.errors import DoorwardError, InvalidInput

if TYPE_CHECKING:
    from doorward.agent.running import Agent
    from doorward.transport import Address

SERVER_PORT = 1480


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
    from doorward.agent.running import MEGABYTE, Agent, AgentSettings

    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        settings = AgentSettings(
            server=_address(server),
            token_file=token_file,
            spool_folder=token_file.with_name(f"{token_file.name}.spool") if spool is None else spool,
            spool_bytes=spool_megabytes * MEGABYTE,
        )
        asyncio.run(_run(Agent(settings, told=typer.echo)))
    except DoorwardError as error:
        # The tables and colours of the other commands cost memory that a small board has better uses for.
        typer.echo(f"Error: {error.message} {error.advice}".rstrip(), err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _run(agent: Agent) -> None:
    running = asyncio.ensure_future(agent.run())
    with contextlib.suppress(NotImplementedError):  # Windows ends a service otherwise
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


def _address(text: str) -> Address:
    from doorward.transport import Address

    host, colon, port = text.strip().rpartition(":")
    if not colon or "]" in port:
        host, port = text.strip(), str(SERVER_PORT)
    if not host or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise InvalidInput("--server", text, "HOST or HOST:PORT, such as doorward.example:1480")
    return Address(host.strip("[]"), int(port))
