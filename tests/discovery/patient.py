"""Searches that wait for what is to be found, however busy this machine is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doorward.discovery import SearchResult, search

LONGEST = 30.0


async def search_until(enough: Callable[[SearchResult], bool], *, seconds: float = 0.2, **options: Any) -> SearchResult:
    """Search, and again for longer, until enough was found or it does not come."""
    while True:
        result = await search(timeout=seconds, **options)
        if enough(result) or seconds > LONGEST:
            return result
        seconds *= 4


def at_least(count: int) -> Callable[[SearchResult], bool]:
    """So many devices."""
    return lambda result: len(result.devices) >= count
