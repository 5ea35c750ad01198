"""``python -m doorward.agent``: the agent without the parts of the other commands, which it has no use for.

``doorward agent`` hands over to this program.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from doorward.agent.running import MEGABYTE, Agent, AgentSettings
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.transport import Address

SERVER_PORT: Final = 1480
USUAL_MEGABYTES: Final = 64
WRONG_USAGE: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run an agent until it is told to stop; gives the exit code."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if given.verbose else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        token_file = Path(given.token_file)
        settings = AgentSettings(
            server=server_address(given.server),
            token_file=token_file,
            spool_folder=Path(given.spool or f"{token_file}.spool"),
            spool_bytes=given.spool_megabytes * MEGABYTE,
        )
        asyncio.run(_run(Agent(settings, told=_tell)))
    except DoorwardError as error:
        sys.stderr.write(f"Error: {error.message} {error.advice}".rstrip() + "\n")
        return WRONG_USAGE
    except KeyboardInterrupt:
        return 130
    return 0


def server_address(text: str) -> Address:
    """Read ``HOST`` or ``HOST:PORT``.

    Raises:
        InvalidInput: It is neither.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon or "]" in port:
        host, port = text.strip(), str(SERVER_PORT)
    if not host or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise InvalidInput("--server", text, "HOST or HOST:PORT, such as doorward.example:1480")
    return Address(host.strip("[]"), int(port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="doorward agent", description="Serve a branch for a Doorward server.")
    parser.add_argument("--server", required=True, help="HOST or HOST:PORT; without a port 1480")
    parser.add_argument("--token-file", required=True, help="the file with the one-time code, later with the key")
    parser.add_argument("--spool", default="", help="folder for what happens while the line is cut")
    parser.add_argument("--spool-megabytes", type=int, default=USUAL_MEGABYTES, help="most that it may hold")
    parser.add_argument("--verbose", action="store_true", help="tell more of what it does")
    return parser


async def _run(agent: Agent) -> None:
    running = asyncio.ensure_future(agent.run())
    with contextlib.suppress(NotImplementedError):  # Windows ends a service otherwise
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
