"""Which programs of this machine hold its ports: name, number, user, and how to stop or move each."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from doorward.transport.port_holder import WILDCARD_ADDRESSES

Kind = Literal["tcp", "udp"]

_UNIT = re.compile(r"/(?P<unit>[^/\s]+\.service)\s*$", re.MULTILINE)

# Programs that installers meet, and where each keeps its ports. The names are those that the programs have.
_KNOWN = {
    "biostar-server.exe": "It is the server of BioStar 2: stop it in BioStar Setting, or move its ports there.",
    "biostar server.exe": "It is the server of BioStar 1: stop it, or move it in BioStar Server Config.",
    "doorward": "It is Doorward itself; `doorward status` tells which server runs.",
    "opcdatahub.exe": "Its ports are set in its own configuration.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A program that holds a port.

    Attributes:
        kind: ``tcp`` or ``udp``.
        address: The address it holds the port on; ``0.0.0.0`` or ``::`` for all.
        port: The port.
        process_id: Its number; None where this user may not see it.
        name: Its name; empty where it is not visible.
        user: Whose it is.
        service: The system service that it belongs to; empty for none.
        is_doorward: Whether it is a program of Doorward.
    """

    kind: str
    address: str
    port: int
    process_id: int | None = None
    name: str = ""
    user: str = ""
    service: str = ""
    is_doorward: bool = False

    @property
    def visible(self) -> bool:
        """Whether the program can be named."""
        return self.process_id is not None

    def __str__(self) -> str:
        if not self.visible:
            return "a program that this user may not see"
        by = f", user {self.user}" if self.user else ""
        return f"{self.name or 'a program'} (process {self.process_id}{by})"

    @property
    def advice(self) -> str:
        """How to stop or move the program."""
        if not self.visible:
            return "Run the command with administrator rights to see which program it is."
        known = _KNOWN.get(self.name.lower())
        if known:
            return known
        if self.service:
            return f"Stop it with `sudo systemctl stop {self.service}`, or give it another port in its own settings."
        if sys.platform == "win32":
            return (
                f'Find its service with `tasklist /svc /fi "PID eq {self.process_id}"`, and stop it there or with '
                f"`taskkill /pid {self.process_id}`; or give it another port in its own settings."
            )
        return f"Stop it with `kill {self.process_id}`, or give it another port in its own settings."


def holders(kind: Kind, ports: Iterable[int] | None = None) -> list[Holder]:
    """Who holds ports of this machine. It reads the tables of the whole machine.

    Args:
        kind: ``tcp`` (programs that listen) or ``udp``.
        ports: Only these; all when not given.
    """
    wanted = None if ports is None else frozenset(ports)
    try:
        connections = psutil.net_connections(kind)
    except (psutil.Error, OSError):
        return []
    found: dict[tuple[str, int, int | None], Holder] = {}
    for item in connections:
        if not item.laddr or (wanted is not None and item.laddr.port not in wanted):
            continue
        if kind == "tcp" and item.status != psutil.CONN_LISTEN:
            continue
        key = item.laddr.ip, item.laddr.port, item.pid
        if key not in found:
            found[key] = _describe(kind, item.laddr.ip, item.laddr.port, item.pid)
    return list(found.values())


def connected_from_here(host: str, ports: Iterable[int]) -> list[Holder]:
    """Programs of this machine that have a TCP connection to one of a host's ports."""
    wanted = frozenset(ports)
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return []
    found = []
    for item in connections:
        if not item.laddr or not item.raddr or item.status != psutil.CONN_ESTABLISHED:
            continue
        if item.raddr.ip == host and item.raddr.port in wanted:
            found.append(_describe("tcp", item.laddr.ip, item.raddr.port, item.pid))
    return found


def holds(holder: Holder, address: str) -> bool:
    """Whether a holder is in the way of a program that wants the port on an address (empty: on all)."""
    return holder.address == address or holder.address in WILDCARD_ADDRESSES or address in WILDCARD_ADDRESSES


def _describe(kind: str, address: str, port: int, process_id: int | None) -> Holder:
    if process_id is None:
        return Holder(kind=kind, address=address, port=port)
    name = user = ""
    is_doorward = False
    with contextlib.suppress(psutil.Error, OSError, KeyError):
        process = psutil.Process(process_id)
        name = process.name()
        is_doorward = Path(name).stem == "doorward" or _runs_doorward(process.cmdline())
        user = process.username()
    return Holder(
        kind=kind,
        address=address,
        port=port,
        process_id=process_id,
        name=name,
        user=user,
        service=_service(process_id),
        is_doorward=is_doorward,
    )


def _runs_doorward(command: list[str]) -> bool:
    """Whether a Python program was started as ``doorward`` or ``python -m doorward``."""
    return any(Path(part).stem == "doorward" for part in command[:3])


def _service(process_id: int) -> str:
    if sys.platform != "linux":
        return ""
    try:
        return service_in_cgroup(Path(f"/proc/{process_id}/cgroup").read_text())
    except OSError:
        return ""


def service_in_cgroup(text: str) -> str:
    """The systemd service that ``/proc/PID/cgroup`` names; empty for none."""
    found = _UNIT.search(text)
    return found["unit"] if found and "user@" not in found["unit"] else ""
