"""Running the system's own commands that tell of ports and firewalls."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

SECONDS = 10.0
_NEUTRAL = {"LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Output:
    """What a command said.

    Attributes:
        found: Whether there is such a command.
        code: Its exit code.
        text: What it printed.
        problem: What it printed on standard error.
    """

    found: bool
    code: int = 0
    text: str = ""
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether it ran and ended well."""
        return self.found and self.code == 0


async def run(*command: str) -> Output:
    """Run a command that only reads; it is ended when it takes too long."""
    try:
        program = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | _NEUTRAL,
        )
    except OSError:
        return Output(found=False)
    try:
        async with asyncio.timeout(SECONDS):
            text, problem = await program.communicate()
    except TimeoutError:
        program.kill()
        await program.wait()
        return Output(found=True, code=-1, problem=f"it did not end within {SECONDS:g} s")
    return Output(
        found=True,
        code=program.returncode or 0,
        text=text.decode(errors="replace"),
        problem=problem.decode(errors="replace").strip(),
    )
