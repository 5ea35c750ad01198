"""What makes two records of device logs the same."""

from __future__ import annotations

from typing import NamedTuple

LARGEST_SECOND = 0xFFFFFFFF
"""The last second that a key can bear."""


class EventKey(NamedTuple):
    """What makes two records the same: rows of equal key differ in their ordinal alone.

    The image slot and the reserved fields stay out, since they may change after a push.

    Attributes:
        origin: The device at which it happened: the number in the record when it has one (a zone master holds the
            records of its members), else the device that gave it.
        event: Event code.
        sub_event: How somebody was verified.
        attendance_key: Attendance key as it came; both 0 and 65535 occur for none.
        time: Seconds since 1970-01-01 00:00 in the device's local time, 0 to 4294967295.
        user: Number of the person, 0 nobody.
    """

    origin: int
    event: int
    sub_event: int
    attendance_key: int
    time: int
    user: int
