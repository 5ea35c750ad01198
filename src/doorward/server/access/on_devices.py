"""Rights as a device is given them: its groups, and the schedules and holidays that they use."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from doorward.model import rights as model
from doorward.server.access.models import AccessRight, Holiday, Membership, Schedule


@dataclass(frozen=True, slots=True)
class RightAt:
    """A right of a group at a device.

    Attributes:
        group: Number of the group.
        name: Its name.
        schedule: Number of the schedule; None is always.
    """

    group: int
    name: str
    schedule: int | None


@dataclass(frozen=True, slots=True)
class Tables:
    """What a device needs to know of rights at its doors.

    Attributes:
        rights: The groups that have a right there, in the order of their numbers.
        schedules: The schedules that they use, likewise.
        holidays: The tables of holidays that these follow, likewise.
    """

    rights: tuple[RightAt, ...]
    schedules: tuple[model.Schedule, ...]
    holidays: tuple[model.Holiday, ...]


def tables_for(device_id: int) -> Tables:
    """What a device needs to know of rights at its doors."""
    found = AccessRight.objects.filter(door__device=device_id).select_related("group", "schedule")
    # Both doors of a device are one to it; the rights of a group there have one schedule.
    by_group = {
        right.group.number: RightAt(
            right.group.number, right.group.name, right.schedule.number if right.schedule else None
        )
        for right in found
    }
    used = sorted({right.schedule for right in by_group.values() if right.schedule is not None})
    schedules = Schedule.objects.filter(number__in=used).prefetch_related("holidays__holiday").order_by("number")
    week = tuple(map(schedule_for_device, schedules))
    days = sorted({hours.holiday for schedule in week for hours in schedule.holidays})
    return Tables(
        rights=tuple(by_group[number] for number in sorted(by_group)),
        schedules=week,
        holidays=tuple(map(holiday_for_device, Holiday.objects.filter(number__in=days).order_by("number"))),
    )


def groups_of_people(device_id: int, numbers: Collection[int] | None = None) -> dict[int, tuple[int, ...]]:
    """The people who have a right at a device, each with the groups that give it, in the order of their numbers.

    Args:
        device_id: The device.
        numbers: Only these people; None for all.
    """
    rows = Membership.objects.filter(group__rights__door__device=device_id)
    if numbers is not None:
        rows = rows.filter(person__number__in=numbers)
    found: dict[int, set[int]] = {}
    for person, group in rows.values_list("person__number", "group__number").iterator():
        found.setdefault(person, set()).add(group)
    return {person: tuple(sorted(groups)) for person, groups in sorted(found.items())}


def schedule_for_device(schedule: Schedule) -> model.Schedule:
    """A schedule as the model has it."""
    return model.Schedule(
        number=schedule.number,
        name=schedule.name,
        days=tuple(map(_intervals, schedule.days)),
        holidays=tuple(
            model.HolidayHours(hours.holiday.number, _intervals(hours.intervals)) for hours in schedule.holidays.all()
        ),
    )


def holiday_for_device(holiday: Holiday) -> model.Holiday:
    """A table of holidays as the model has it."""
    return model.Holiday(
        number=holiday.number,
        name=holiday.name,
        periods=tuple(
            model.HolidayPeriod(period["month"], period["day"], period["length"], period["year"])
            for period in holiday.periods
        ),
    )


def _intervals(day: Iterable[Iterable[int]]) -> tuple[model.TimeInterval, ...]:
    return tuple(model.TimeInterval(*interval) for interval in day)
