"""Tells the gateway of this process at once that a device was changed.

What another process changes, such as the command line, the directory finds by a look now and then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

logger = logging.getLogger(__name__)

_listeners: list[Callable[[int], None]] = []


def listen(listener: Callable[[int], None]) -> Callable[[], None]:
    """Be told of each changed device after its change is committed, in the thread that changed it.

    Returns:
        What ends it.
    """
    _listeners.append(listener)

    def end() -> None:
        _listeners.remove(listener)

    return end


def announce(device_id: int) -> None:
    """Tell of a change once the transaction that makes it is committed."""
    transaction.on_commit(lambda: _tell(device_id))


def _tell(device_id: int) -> None:
    for listener in tuple(_listeners):
        try:
            listener(device_id)
        except RuntimeError:  # a loop that is closing has no use for it
            logger.debug("A listener for changed devices is gone.")
