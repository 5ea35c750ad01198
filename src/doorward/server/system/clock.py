"""Whether the clock of this machine can be right: what the record of this server says of it."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from doorward.gateway.clock_guard import span_words
from doorward.server.events.models import Event
from doorward.server.system.models import ServerRun

TOLERANCE_SECONDS: Final = 60.0


def newest_known() -> datetime | None:
    """The newest moment that the server wrote down: its last sign of life, or the arrival of its last event.

    The last of each is taken, not the greatest: what a clock wrote that was ahead for a while does no harm for long.
    """
    run = ServerRun.objects.order_by("-pk").values_list("beat", flat=True).first()
    event = Event.objects.order_by("-position").values_list("received", flat=True).first()
    return max((moment for moment in (run, event) if moment is not None), default=None)


class ClockWatch:
    """Notices when the clock of this machine is moved while the server runs."""

    def __init__(self) -> None:
        self._distance = time.time() - time.monotonic()

    def moved(self) -> str:
        """By how much the clock was moved since the last look, in words; empty when it was not."""
        distance = time.time() - time.monotonic()
        moved, self._distance = distance - self._distance, distance
        if abs(moved) <= TOLERANCE_SECONDS:
            return ""
        way = "ahead, or the machine slept" if moved > 0 else "back"
        return (
            f"The clock of the server was moved by {span_words(moved)} {way}. Nothing was lost; times of events that "
            "came in before may be wrong by as much."
        )
