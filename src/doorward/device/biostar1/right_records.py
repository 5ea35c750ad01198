"""Schedules, holidays and access groups as the devices keep them, both ways."""

from __future__ import annotations

from typing import Any

from doorward.model import rights
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.records import (
    AccessGroup,
    AccessGroupType,
    DayIntervals,
    Holiday,
    HolidayPeriod,
    HolidayRecurrence,
    Schedule,
    TimeInterval,
)

INTERVALS_A_DAY = 5
HOLIDAYS_OF_A_SCHEDULE = 2
FIRST_YEAR = 2000
LARGEST_SCHEDULE = 128
LARGEST_HOLIDAY = 32
LARGEST_GROUP = 128
PERIODS_OF_A_HOLIDAY = 32
LONGEST_PERIOD = 100
RIGHTS_OF_A_GROUP = 32
LARGEST_NUMBER = 0xFFFFFFFF


def read_schedule(record: Schedule) -> rights.Schedule:
    """A schedule from its record."""
    days = [_read_day(day) for day in record.days]
    week = rights.DAYS_OF_A_WEEK
    return rights.Schedule(
        number=record.schedule_id,
        name=record.name,
        days=tuple(days[:week]),
        holidays=tuple(
            rights.HolidayHours(holiday, intervals)
            for holiday, intervals in zip(record.holiday_ids, days[week:], strict=True)
            if holiday
        ),
    )


def _read_day(day: DayIntervals) -> tuple[rights.TimeInterval, ...]:
    return tuple(rights.TimeInterval(part.start, part.end) for part in day.intervals if part.start or part.end)


def write_schedule(schedule: rights.Schedule) -> Schedule:
    """The record of a schedule.

    Raises:
        InvalidInput: The device has no room for it, or a time is none.
    """
    where = f"schedule {schedule.number}"
    _check("number", schedule.number, 1, LARGEST_SCHEDULE, where)
    if len(schedule.days) != rights.DAYS_OF_A_WEEK:
        raise InvalidInput("days", len(schedule.days), "seven days, Sunday first", where=where)
    if len(schedule.holidays) > HOLIDAYS_OF_A_SCHEDULE:
        raise InvalidInput("holidays", len(schedule.holidays), f"at most {HOLIDAYS_OF_A_SCHEDULE}", where=where)
    spare = HOLIDAYS_OF_A_SCHEDULE - len(schedule.holidays)
    for hours in schedule.holidays:
        _check("holiday", hours.holiday, 1, LARGEST_HOLIDAY, where)
    return Schedule(
        schedule_id=schedule.number,
        name=schedule.name,
        holiday_ids=tuple(hours.holiday for hours in schedule.holidays) + (0,) * spare,
        days=tuple(
            _write_day(day, where)
            for day in (*schedule.days, *(hours.intervals for hours in schedule.holidays), *((),) * spare)
        ),
    )


def _write_day(day: tuple[rights.TimeInterval, ...], where: str) -> DayIntervals:
    if len(day) > INTERVALS_A_DAY:
        raise InvalidInput("intervals", len(day), f"at most {INTERVALS_A_DAY} a day", where=where)
    for part in day:
        if not 0 <= part.start < part.end <= rights.MINUTES_OF_A_DAY:
            raise InvalidInput("interval", str(part), "00:00 to 24:00, the end after the start", where=where)
    used = tuple(TimeInterval(start=part.start, end=part.end) for part in day)
    return DayIntervals(intervals=used + (TimeInterval(),) * (INTERVALS_A_DAY - len(used)))


def read_holiday(record: Holiday) -> rights.Holiday:
    """A table of holidays from its record."""
    used = record.periods[: max(0, min(record.period_count, PERIODS_OF_A_HOLIDAY))]
    return rights.Holiday(
        number=record.holiday_id,
        name=record.name,
        periods=tuple(
            rights.HolidayPeriod(
                period.month,
                period.start_day,
                period.duration,
                FIRST_YEAR + period.year if period.flag == HolidayRecurrence.ONCE else None,
            )
            for period in used
        ),
    )


def write_holiday(holiday: rights.Holiday) -> Holiday:
    """The record of a table of holidays.

    Raises:
        InvalidInput: The device has no room for it, or a day is none.
    """
    where = f"holiday {holiday.number}"
    _check("number", holiday.number, 1, LARGEST_HOLIDAY, where)
    if len(holiday.periods) > PERIODS_OF_A_HOLIDAY:
        raise InvalidInput("periods", len(holiday.periods), f"at most {PERIODS_OF_A_HOLIDAY}", where=where)
    used = tuple(_write_period(period, where) for period in holiday.periods)
    return Holiday(
        holiday_id=holiday.number,
        name=holiday.name,
        period_count=len(used),
        periods=used + (HolidayPeriod(),) * (PERIODS_OF_A_HOLIDAY - len(used)),
    )


def _write_period(period: rights.HolidayPeriod, where: str) -> HolidayPeriod:
    _check("month", period.month, 1, 12, where)
    _check("day", period.day, 1, 31, where)
    _check("length", period.length, 1, LONGEST_PERIOD, where)
    if period.year is not None:
        _check("year", period.year, FIRST_YEAR, FIRST_YEAR + 0xFF, where)
    return HolidayPeriod(
        flag=int(HolidayRecurrence.EVERY_YEAR if period.year is None else HolidayRecurrence.ONCE),
        year=0 if period.year is None else period.year - FIRST_YEAR,
        month=period.month,
        start_day=period.day,
        duration=period.length,
    )


def read_group(record: AccessGroup) -> rights.AccessGroup:
    """An access group from its record."""
    count = max(0, min(record.reader_count, RIGHTS_OF_A_GROUP))
    return rights.AccessGroup(
        number=record.group_id,
        name=record.name,
        rights=tuple(
            rights.DoorRight(reader, schedule)
            for reader, schedule in zip(record.reader_ids[:count], record.schedule_ids[:count], strict=True)
        ),
        person=record.user_id if record.group_type == AccessGroupType.CUSTOM else None,
    )


def write_group(group: rights.AccessGroup) -> AccessGroup:
    """The record of an access group.

    Raises:
        InvalidInput: The device has no room for it.
    """
    where = f"access group {group.number}"
    _check("number", group.number, 1, LARGEST_GROUP, where)
    if len(group.rights) > RIGHTS_OF_A_GROUP:
        raise InvalidInput("rights", len(group.rights), f"at most {RIGHTS_OF_A_GROUP}", where=where)
    for right in group.rights:
        _check("device", right.device_id, 0, LARGEST_NUMBER, where)
        _check("schedule", right.schedule, 0, 0xFF, where)
    if group.person is not None:
        _check("person", group.person, 1, LARGEST_NUMBER, where)
    spare = (0,) * (RIGHTS_OF_A_GROUP - len(group.rights))
    return AccessGroup(
        group_id=group.number,
        name=group.name,
        reader_count=len(group.rights),
        reader_ids=tuple(right.device_id for right in group.rights) + spare,
        schedule_ids=tuple(right.schedule for right in group.rights) + spare,
        group_type=int(AccessGroupType.NORMAL if group.person is None else AccessGroupType.CUSTOM),
        user_id=group.person or 0,
    )


def _check(field: str, value: Any, low: int, high: int, where: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InvalidInput(field, value, f"a whole number from {low} to {high}", where=where)
