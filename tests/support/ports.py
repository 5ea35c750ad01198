"""Ports for servers that tests start as programs of their own."""

from __future__ import annotations

import contextlib
import socket
from random import sample


def quiet_ports() -> list[int]:
    """Two ports below those from which connections go out, which others on this machine take and give back."""
    found: list[int] = []
    for port in sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            found.append(port)
        if len(found) == 2:
            return found
    raise AssertionError("no port is free")
