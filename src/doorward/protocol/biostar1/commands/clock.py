"""The device's clock: seconds since 1970 in the device's own local time, without a zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.request import Done, Reply, Request, in_param1


@dataclass(frozen=True, slots=True)
class ClockReading(Reply):
    """What the clock shows."""

    local_time: int = in_param1("local seconds since 1970")


@dataclass(frozen=True, slots=True)
class ReadClock(Request[ClockReading]):
    """Read the clock."""

    COMMAND: ClassVar[int] = 0x0002
    REPLY: ClassVar[type[Reply]] = ClockReading
    PURPOSE: ClassVar[str] = "tell its time"


@dataclass(frozen=True, slots=True)
class SetClock(Request[Done]):
    """Set the clock."""

    COMMAND: ClassVar[int] = 0x0003
    PURPOSE: ClassVar[str] = "set its clock"

    local_time: int = in_param1("local seconds since 1970")
