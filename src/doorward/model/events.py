"""Lines of a device's log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the zero of a device's clock, which has no zone
NO_ATTENDANCE_KEY = 0xFFFF
NO_IMAGE = -1


class Event(NamedTuple):
    """One line of a device's log. A plain tuple, since there may be a million of them.

    Attributes:
        code: What happened, by the generation's own number.
        sub_code: How somebody was verified or identified, likewise.
        attendance_key: Index of the attendance key; 65535 none.
        local_time: Seconds since 1970-01-01 00:00 in the device's local time, as it came.
        person: Number of the person; 0 nobody.
        device_id: The device at which it happened.
        image_slot: Place of the picture; -1 none, -2 it could not be kept.
    """

    code: int
    sub_code: int = 0
    attendance_key: int = NO_ATTENDANCE_KEY
    local_time: int = 0
    person: int = 0
    device_id: int = 0
    image_slot: int = NO_IMAGE

    @property
    def time(self) -> datetime:
        """The local time as a date and time without a zone."""
        return EPOCH + timedelta(seconds=self.local_time)


@dataclass(frozen=True, slots=True)
class EventDescription:
    """An event in words.

    Attributes:
        name: Short name for programs, such as ``door-forced-open``.
        words: What happened, for people.
        category: What it is about, such as ``door`` or ``access denied``.
        severity: ``info``, ``notice``, ``warning`` or ``alarm``.
        how: How somebody was verified or identified, in words; empty when it does not apply.
    """

    name: str
    words: str
    category: str
    severity: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class EventImage:
    """A picture that a device took with an event.

    Attributes:
        event: The event.
        picture: The picture as the device sent it, usually a JPEG file.
    """

    event: Event
    picture: bytes = field(repr=False)
