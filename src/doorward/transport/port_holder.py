"""Which program of this machine holds a port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import psutil

from doorward.transport.address import Address

Kind = Literal["tcp", "udp"]

# The addresses that stand for all addresses of a machine.
WILDCARD_ADDRESSES = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared, not bound


def find_holder(address: Address, kind: Kind) -> str | None:
    """The program that holds a port, as "name (process 123)"; None where it is not visible.

    It reads the tables of the whole machine, so it is for the way into an error only.
    """
    for held, process_id in _holders(address.port, kind):
        if process_id is None or not _overlap(held, address.host):
            continue
        try:
            return f"{psutil.Process(process_id).name()} (process {process_id})"
        except psutil.Error:
            return f"process {process_id}"
    return None


def is_held_exactly(address: Address, kind: Kind) -> bool:
    """Whether the very address and port are held, rather than all addresses together; True where it is not visible."""
    try:
        return any(held == address.host for held, _ in _holders(address.port, kind, tolerant=False))
    except (psutil.Error, OSError):
        return True


def _overlap(one: str, other: str) -> bool:
    return one == other or one in WILDCARD_ADDRESSES or other in WILDCARD_ADDRESSES


def _holders(port: int, kind: Kind, *, tolerant: bool = True) -> Iterator[tuple[str, int | None]]:
    try:
        connections: list[Any] = psutil.net_connections(kind)
    except (psutil.Error, OSError):
        if tolerant:
            return
        raise
    for connection in connections:
        if not connection.laddr or connection.laddr.port != port:
            continue
        if kind == "tcp" and connection.status != psutil.CONN_LISTEN:
            continue
        yield connection.laddr.ip, connection.pid
