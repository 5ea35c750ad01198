"""``doorward device rights``: schedules, holidays and access groups that a device holds."""

from __future__ import annotations

from typing import Annotated

from doorward.cli.device_options import (
    DEFAULT_CODEC,
    DEFAULT_TIMEOUT,
    Codec,
    Host,
    Model,
    Password,
    Timeout,
    connected,
)
from doorward.cli.output import JsonOption, command, counted, print_json, print_table
from doorward.model.rights import ALL_DOORS, AccessGroup, Holiday, HolidayPeriod, Schedule, TimeInterval

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


@command
async def rights(
    host: Host,
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    codec: Codec = DEFAULT_CODEC,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Show who may pass when: the schedules, holidays and access groups of the device."""
    async with connected(host, model=model, password=password, timeout=timeout, codec=codec) as device:
        schedules = await device.rights.schedules.read()
        holidays = await device.rights.holidays.read()
        groups = await device.rights.access_groups.read()
    if as_json:
        print_json(
            {"device_id": device.device_id, "schedules": schedules, "holidays": holidays, "access_groups": groups}
        )
        return
    print_table(
        f"{counted(len(schedules), 'schedule')} of {device.title} {device.device_id}",
        ["Number", "Name", "Hours", "Holidays"],
        [(item.number, item.name, _week(item), _exceptions(item)) for item in schedules],
    )
    print_table(
        counted(len(holidays), "holiday table"),
        ["Number", "Name", "Days"],
        [(item.number, item.name, _days(item)) for item in holidays],
    )
    print_table(
        counted(len(groups), "access group"),
        ["Number", "Name", "Doors and schedules"],
        [(item.number, item.name, _doors(item)) for item in groups],
    )


def _hours(intervals: tuple[TimeInterval, ...]) -> str:
    return ", ".join(str(interval) for interval in intervals) or "closed"


def _week(schedule: Schedule) -> str:
    return "\n".join(f"{day} {_hours(hours)}" for day, hours in zip(DAYS, schedule.days, strict=True))


def _exceptions(schedule: Schedule) -> str:
    return "\n".join(f"table {item.holiday}: {_hours(item.intervals)}" for item in schedule.holidays)


def _period(period: HolidayPeriod) -> str:
    first = f"{period.year or '*'}-{period.month:02}-{period.day:02}"
    return first if period.length == 1 else f"{first} and {period.length - 1} more"


def _days(holiday: Holiday) -> str:
    return "\n".join(_period(period) for period in holiday.periods)


def _doors(group: AccessGroup) -> str:
    return "\n".join(
        f"{'all doors' if right.device_id == ALL_DOORS else right.device_id}: schedule {right.schedule}"
        for right in group.rights
    )
