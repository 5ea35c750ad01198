"""How many connections the operating system lets this process hold."""

from __future__ import annotations

import contextlib
import sys

if sys.platform != "win32":
    import resource

UNLIMITED = 1 << 30


def allow_open_files(wanted: int) -> int:
    """Ask the system for as many open files and sockets as are wanted.

    Args:
        wanted: How many this process will hold, all in all.

    Returns:
        How many it may hold now; less than wanted when the system does not give more.
    """
    if sys.platform == "win32":  # it has no such limit
        return UNLIMITED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return UNLIMITED
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return soft
