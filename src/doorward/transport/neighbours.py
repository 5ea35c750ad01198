"""The system's table of neighbours: which hardware address it last heard for an IPv4 address of its own wire."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

_LINUX_TABLE = Path("/proc/thread-self/net/arp")
_COMMAND_SECONDS = 5.0
_COMPLETE = 0x2
_NOBODY = "00:00:00:00:00:00"
# Unix tools write "(10.0.0.1) at 0:1a:2b:3:4:5 on en0", Windows "10.0.0.1   00-1a-2b-03-04-05   dynamic".
_ENTRY = re.compile(
    r"(?<![\d.])(?P<host>\d+\.\d+\.\d+\.\d+)\)?\s+(?:at\s+)?(?P<hardware>(?:[0-9a-f]{1,2}[:-]){5}[0-9a-f]{1,2})",
    re.IGNORECASE,
)


async def neighbour(host: str) -> str | None:
    """The hardware address that this machine holds for an address of its own wire; None when it holds none.

    The table tells of what was sent before; ask after a try to reach the host.
    """
    platform: str = sys.platform
    if platform == "linux":
        try:
            return neighbour_in_linux_table(await asyncio.to_thread(_LINUX_TABLE.read_text), host)
        except OSError:
            return None
    try:
        program = await asyncio.create_subprocess_exec(
            "arp", "-a", host, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(_COMMAND_SECONDS):
            output, _ = await program.communicate()
    except TimeoutError:
        program.kill()
        await program.wait()
        return None
    return neighbour_in_listing(output.decode(errors="replace"), host)


def neighbour_in_linux_table(table: str, host: str) -> str | None:
    """Look an address up in ``/proc/net/arp``."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 4 and fields[0] == host and int(fields[2], 16) & _COMPLETE and fields[3] != _NOBODY:
            return fields[3].lower()
    return None


def neighbour_in_listing(listing: str, host: str) -> str | None:
    """Look an address up in what ``arp -a`` prints on Windows, macOS and the BSDs, in any language."""
    for entry in _ENTRY.finditer(listing):
        if entry["host"] == host:
            return ":".join(part.zfill(2) for part in re.split("[:-]", entry["hardware"].lower()))
    return None
