"""Tells the gateway of this process at once that something waits for devices.

What another process changes, such as the command line, is found by a look now and then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

logger = logging.getLogger(__name__)

_listeners: list[Callable[[], None]] = []


def listen(listener: Callable[[], None]) -> Callable[[], None]:
    """Be told after each commit that made something wait, in the thread that did it.

    Returns:
        What ends it.
    """
    _listeners.append(listener)

    def end() -> None:
        _listeners.remove(listener)

    return end


def announce() -> None:
    """Tell it once the transaction at hand is committed."""
    transaction.on_commit(_tell)


def _tell() -> None:
    for listener in tuple(_listeners):
        try:
            listener()
        except RuntimeError:  # a loop that is closing has no use for it
            logger.debug("A listener for waiting changes is gone.")
