"""Who holds a device, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils import timezone

from doorward.server.holds.choices import HoldKind
from doorward.server.holds.models import Hold

MOMENT: Final = "%Y-%m-%d %H:%M"


def held_words(hold: Hold) -> str:
    """Who has a device in a kept hold, since when and why, in whole sentences."""
    since = f"since {_moment(hold.since)}"
    who = hold.holder + (f" at {hold.address}" if hold.address else "")
    why = f" Reason: {hold.reason.rstrip('.')}." if hold.reason else ""
    match hold.kind:
        case HoldKind.RELEASED:
            program = hold.program or "another program"
            until = f"until {_moment(hold.until)}"
            return f"{who} has let this server leave the device's line to {program} {since}, {until}.{why}"
        case HoldKind.CHANGING:
            return f"{who} brings the device to the other mode {since}.{why}"
        case _:
            return f"{who} works with the device alone {since}.{why}"


def _moment(moment: datetime) -> str:
    return timezone.localtime(moment).strftime(MOMENT)
