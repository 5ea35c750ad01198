"""Schedules: the hours of a week in which doors may be passed, and what holds on holidays instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, QuerySet

from doorward.device.biostar1.right_records import HOLIDAYS_OF_A_SCHEDULE
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.access.checking import checked_day, checked_week, name_for_devices, refuse_twins
from doorward.server.access.choices import Numbered
from doorward.server.access.models import HIGHEST_SCHEDULE, Holiday, Schedule, ScheduleHoliday
from doorward.server.access.noting import devices_of, note_access
from doorward.server.access.numbers import free_number, next_number
from doorward.server.audit.services import named
from doorward.server.errors import NotThere

Week = Sequence[Sequence[Sequence[int]]]


@dataclass(frozen=True, slots=True)
class HolidayHours:
    """What holds on the days of a table of holidays.

    Attributes:
        holiday: Number of the table.
        intervals: ``[start, end]`` in minutes after midnight; none closes such a day.
    """

    holiday: int
    intervals: Sequence[Sequence[int]] = ()


class UnknownSchedule(NotThere):
    """There is no such schedule."""

    def __init__(self, number: int) -> None:
        super().__init__("schedule", number, "the number of a schedule; GET /api/v1/schedules lists them")


class ScheduleInUse(DoorwardError):
    """Rights hold by a schedule, so it is not deleted."""

    default_advice = "Give these rights another schedule, or take them away first."


def schedules() -> QuerySet[Schedule]:
    """All schedules with their holidays, each with ``used_by``, how many rights hold by it."""
    return Schedule.objects.prefetch_related("holidays__holiday").annotate(used_by=Count("rights"))


def one_schedule(number: int) -> Schedule:
    """A schedule.

    Raises:
        UnknownSchedule: There is none.
    """
    found = schedules().filter(number=number).first()
    if found is None:
        raise UnknownSchedule(number)
    return found


def create_schedule(name: str, days: Week, holidays: Sequence[HolidayHours] = ()) -> Schedule:
    """Make a schedule.

    Args:
        name: What people call it.
        days: Seven lists of ``[start, end]`` in minutes after midnight, Sunday first.
        holidays: What holds on holidays instead.

    Raises:
        InvalidInput: No model can hold it, its name is taken, or there are too many.
    """
    kept, week = name_for_devices(name), checked_week(days)
    with transaction.atomic(), named("schedule.create"):
        refuse_twins(Schedule.objects.all(), kept, but=None)
        number = next_number(Numbered.SCHEDULE, Schedule.objects.values_list("number", flat=True), HIGHEST_SCHEDULE)
        schedule = Schedule.objects.create(number=number, name=kept, days=week)
        _set_holidays(schedule, holidays)
        note_access(Numbered.SCHEDULE, number, "added")
    return one_schedule(number)


def change_schedule(
    number: int,
    *,
    name: str | None = None,
    days: Week | None = None,
    holidays: Sequence[HolidayHours] | None = None,
) -> Schedule:
    """Change a schedule; what is None stays.

    Raises:
        UnknownSchedule: There is none.
        InvalidInput: No model can hold it, or its name is taken.
    """
    with transaction.atomic(), named("schedule.change"):
        schedule = one_schedule(number)
        if name is not None:
            schedule.name = name_for_devices(name)
            refuse_twins(Schedule.objects.all(), schedule.name, but=schedule.pk)
        if days is not None:
            schedule.days = checked_week(days)
        schedule.save()
        if holidays is not None:
            _set_holidays(schedule, holidays)
        note_access(Numbered.SCHEDULE, number, "changed", devices=devices_of(schedule.rights.all()))
    return one_schedule(number)


def delete_schedule(number: int) -> None:
    """Delete a schedule by which no right holds.

    Raises:
        UnknownSchedule: There is none.
        ScheduleInUse: Rights hold by it.
    """
    with transaction.atomic(), named("schedule.delete"):
        schedule = one_schedule(number)
        using = sorted({str(right.group) for right in schedule.rights.select_related("group")})
        if using:
            raise ScheduleInUse(f"{schedule} says when these groups may pass doors: {', '.join(using)}.")
        schedule.delete()
        free_number(Numbered.SCHEDULE, number)
        note_access(Numbered.SCHEDULE, number, "removed")


def _set_holidays(schedule: Schedule, given: Sequence[HolidayHours]) -> None:
    if len(given) > HOLIDAYS_OF_A_SCHEDULE:
        raise InvalidInput("holidays", len(given), f"at most {HOLIDAYS_OF_A_SCHEDULE}")
    if len({hours.holiday for hours in given}) != len(given):
        raise InvalidInput("holidays", [hours.holiday for hours in given], "each table of holidays once")
    known = Holiday.objects.in_bulk([hours.holiday for hours in given], field_name="number")
    wanted: dict[int, tuple[int, list[list[int]]]] = {}
    for place, hours in enumerate(given):
        if hours.holiday not in known:
            raise InvalidInput("holiday", hours.holiday, "the number of a table of holidays")
        holiday = known[hours.holiday]
        wanted[holiday.pk] = place, checked_day(str(holiday), hours.intervals)
    for old in ScheduleHoliday.objects.filter(schedule=schedule):
        if old.holiday_id not in wanted:
            old.delete()
            continue
        old.place, old.intervals = wanted.pop(old.holiday_id)
        old.save()
    for holiday_id, (place, intervals) in wanted.items():
        ScheduleHoliday.objects.create(schedule=schedule, holiday_id=holiday_id, place=place, intervals=intervals)
