"""Doors that a device unlocks or locks by itself, by the number of a schedule, and what that number means here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from doorward.gateway.roster import Holdings
from doorward.model import rights as model
from doorward.model.errors import DoorwardError
from doorward.server.access.models import Holiday, Schedule
from doorward.server.access.on_devices import holiday_for_device, schedule_for_device
from doorward.server.doors.models import Door

HolidayKey: TypeAlias = tuple[model.HolidayPeriod, ...]
ScheduleKey: TypeAlias = tuple[
    tuple[tuple[model.TimeInterval, ...], ...], tuple[tuple[HolidayKey, tuple[model.TimeInterval, ...]], ...]
]
"""What a schedule says, whatever it and its holidays are called and numbered."""

_BUILT_IN = (0, model.ALWAYS_SCHEDULE, model.NEVER_SCHEDULE)


class ScheduleOfDoor(DoorwardError):
    """A door of a device keeps to a schedule by its number, which would stand for another one from now on."""


def schedule_keys(schedules: Iterable[model.Schedule], holidays: Iterable[model.Holiday]) -> dict[int, ScheduleKey]:
    """What each schedule of a device says, by its number there."""
    periods = {holiday.number: tuple(holiday.periods) for holiday in holidays}
    return {
        schedule.number: (
            tuple(schedule.days),
            tuple(
                (periods[hours.holiday], tuple(hours.intervals))
                for hours in schedule.holidays
                if hours.holiday in periods
            ),
        )
        for schedule in schedules
    }


def doors_that_would_change(device_id: int, holdings: Holdings) -> list[ScheduleOfDoor]:
    """The doors that would follow another schedule, or none, once the tables of a device come from here.

    Args:
        device_id: The device.
        holdings: What it holds.
    """
    theirs = schedule_keys(holdings.tables.schedules or (), holdings.tables.holidays or ())
    doors = {door.number: door for door in Door.objects.filter(device_id=device_id).select_related("device")}
    followed = {(door.door, number) for door in holdings.doors for number in (door.open_schedule, door.closed_schedule)}
    # A door that is held open or locked down follows these again when it is set back.
    followed |= {
        (door.number, number)
        for door in doors.values()
        for number in (door.normal_open_schedule, door.normal_closed_schedule)
    }
    ours = _keys_here({number for _, number in followed})
    return [
        _refusal(str(doors.get(place) or f"Door {place + 1}"), number, device_id, is_known=number in ours)
        for place, number in sorted(followed)
        if number not in _BUILT_IN and theirs.get(number) != ours.get(number)
    ]


def _keys_here(numbers: Iterable[int]) -> dict[int, ScheduleKey]:
    rows = Schedule.objects.filter(number__in=set(numbers)).prefetch_related("holidays__holiday")
    return schedule_keys(map(schedule_for_device, rows), map(holiday_for_device, Holiday.objects.all()))


def _refusal(door: str, number: int, device_id: int, *, is_known: bool) -> ScheduleOfDoor:
    here = "which stands for another one here" if is_known else "which nothing here has"
    return ScheduleOfDoor(
        f"{door} unlocks or locks by itself by schedule {number} of device {device_id}, {here}: "
        "the door would do something else from now on.",
        advice=f"Take device {device_id} over first; or let the door follow no schedule in the device's settings, or "
        f"make schedule {number} here say what it says at the device.",
    )
