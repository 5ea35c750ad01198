"""Tells the gateway of this process at once that an agent was changed; what another process does it finds by a look."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

logger = logging.getLogger(__name__)

_listeners: list[Callable[[], None]] = []


def listen(listener: Callable[[], None]) -> Callable[[], None]:
    """Be told after a change is committed, in the thread that made it; gives what ends it."""
    _listeners.append(listener)

    def end() -> None:
        _listeners.remove(listener)

    return end


def announce() -> None:
    """Tell of a change once the transaction that makes it is committed."""
    transaction.on_commit(_tell)


def _tell() -> None:
    for listener in tuple(_listeners):
        try:
            listener()
        except RuntimeError:  # a loop that is closing has no use for it
            logger.debug("A listener for changed agents is gone.")
