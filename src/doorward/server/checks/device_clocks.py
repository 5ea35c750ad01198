"""What the clocks of devices say, of themselves and of the server's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from doorward.gateway.clock_guard import common_drift, span_words
from doorward.gateway.ledger import LedgerState
from doorward.gateway.local_time import LocalTime
from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site
from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device, DeviceLedger
from doorward.server.system.clock import TOLERANCE_SECONDS

SUBJECT = "clocks of devices"
FRESH_SECONDS: Final = 86_400.0
NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """The clock of a device when it was last read; ``drift`` in seconds, positive: ahead."""

    device_id: int
    drift: float


def look(site: Site) -> Iterator[Finding]:
    """Compare the clocks that were read within a day."""
    yield from judge(list(fresh_clocks(site.settings.time_zone)))


def fresh_clocks(site_zone: str) -> Iterator[DeviceClock]:
    """The clocks of approved devices, as they were read last; what is older than a day is left out."""
    zones: dict[str, LocalTime] = {}
    now = time.time()
    approved = dict(Device.objects.filter(approval=Approval.APPROVED, enabled=True).values_list("pk", "zone"))
    for device_id, text in DeviceLedger.objects.values_list("device_id", "state").iterator():
        if device_id not in approved:
            continue
        clock = LedgerState.from_json(json.loads(text)).clock
        if clock is None or abs(now - clock.at) > FRESH_SECONDS:
            continue
        name = approved[device_id] or site_zone
        if name not in zones:
            try:
                zones[name] = LocalTime(ZoneInfo(name))
            except (ZoneInfoNotFoundError, ValueError, OSError):
                zones[name] = LocalTime(ZoneInfo("UTC"))
        yield DeviceClock(device_id, zones[name].drift(clock))


def judge(clocks: list[DeviceClock]) -> Iterator[Finding]:
    """Say whose clock is wrong."""
    if not clocks:
        yield Finding(SUBJECT, Level.OK, "No clock of a device was read within a day.")
        return
    common = common_drift((clock.drift for clock in clocks), TOLERANCE_SECONDS)
    if common is not None:
        drift, count = common
        yield Finding(
            SUBJECT,
            Level.ERROR,
            f"The clocks of {count} of {len(clocks)} devices agree with each other and are {span_words(drift)} "
            f"{'ahead of' if drift > 0 else 'behind'} this machine's: most likely this machine's clock, or time_zone "
            "in the settings, is wrong.",
            "Put that right. If this machine is right, set the clock of one device by hand; the others follow.",
        )
        return
    off = [clock for clock in clocks if abs(clock.drift) > TOLERANCE_SECONDS]
    if not off:
        yield Finding(SUBJECT, Level.OK, f"The clocks of {len(clocks)} devices agree with this machine's.")
        return
    named = ", ".join(
        f"{clock.device_id} by {span_words(clock.drift)}"
        for clock in sorted(off, key=lambda each: -abs(each.drift))[:NAMED]
    )
    more = f" and {len(off) - NAMED} more" if len(off) > NAMED else ""
    yield Finding(
        SUBJECT,
        Level.WARNING,
        f"The clocks of {len(off)} of {len(clocks)} devices are off: {named}{more}.",
        "The server sets them when it reads their logs next, where their settings allow it; one that is off again and "
        "again needs a new battery.",
    )
