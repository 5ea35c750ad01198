"""How far a backup or a restore is."""

from __future__ import annotations

from collections.abc import Callable

Told = Callable[[str, int, int], None]
"""Told what is done, how much of it is done and how much it is altogether; 0: nobody knows."""


def nobody(_what: str, _done: int, _whole: int) -> None:
    """Tell nobody."""
