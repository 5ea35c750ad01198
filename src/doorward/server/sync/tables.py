"""The schedules, holidays and access groups that a device should hold, computed from the data.

Each device's groups are those with a right at it, with its own number as their only reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from doorward.device.biostar1.holdings import table_essence
from doorward.gateway.roster import Tables
from doorward.model import rights as model
from doorward.protocol.layout import DEFAULT_TEXT_CODEC
from doorward.server.access.models import AccessRight, Holiday, Schedule
from doorward.server.access.on_devices import holiday_for_device, schedule_for_device
from doorward.server.doors.models import Door
from doorward.server.sync.digests import table_digest

HOLIDAYS: Final = "holidays"
SCHEDULES: Final = "schedules"
GROUPS: Final = "access_groups"
NAMES: Final = (HOLIDAYS, SCHEDULES, GROUPS)
NAME_BYTES: Final = 32


def tables_of(device_id: int) -> Tables:
    """All tables that a device should hold."""
    groups: dict[int, tuple[str, set[int]]] = {}
    rights = AccessRight.objects.filter(door__device_id=device_id)
    for number, name, schedule in rights.values_list("group__number", "group__name", "schedule__number"):
        groups.setdefault(number, (name, set()))[1].add(model.ALWAYS_SCHEDULE if schedule is None else schedule)
    schedules = [_schedule(row) for row in _schedules(device_id, groups)]
    holidays = Holiday.objects.filter(number__in={hours.holiday for each in schedules for hours in each.holidays})
    return Tables(
        holidays=tuple(_holiday(row) for row in holidays.order_by("number")),
        schedules=tuple(schedules),
        access_groups=tuple(
            model.AccessGroup(
                number=number,
                name=_name(name, "Group", number),
                rights=tuple(model.DoorRight(device_id, schedule) for schedule in sorted(used)),
            )
            for number, (name, used) in sorted(groups.items())
        ),
    )


def group_numbers(tables: Tables) -> list[int]:
    """Numbers of the access groups of tables."""
    return [group.number for group in tables.access_groups or ()]


def digests_of(tables: Tables) -> dict[str, str]:
    """What stands for each of the tables."""
    contents: Mapping[str, Iterable[Any] | None] = {
        HOLIDAYS: tables.holidays,
        SCHEDULES: tables.schedules,
        GROUPS: tables.access_groups,
    }
    return {name: table_digest(table_essence(items)) for name, items in contents.items() if items is not None}


def only(tables: Tables, names: Iterable[str]) -> Tables:
    """Some of the tables; the others stay as they are."""
    chosen = set(names)
    return Tables(
        holidays=tables.holidays if HOLIDAYS in chosen else None,
        schedules=tables.schedules if SCHEDULES in chosen else None,
        access_groups=tables.access_groups if GROUPS in chosen else None,
    )


def _schedules(device_id: int, groups: Mapping[int, tuple[str, set[int]]]) -> Iterable[Schedule]:
    used = {number for _, numbers in groups.values() for number in numbers}
    # What a door of the device does by itself, by its own settings, names schedules too.
    for door in Door.objects.filter(device_id=device_id):
        used |= {door.normal_open_schedule, door.normal_closed_schedule}
    rows = Schedule.objects.filter(number__in=used).order_by("number")
    return rows.prefetch_related("holidays__holiday")


def _schedule(row: Schedule) -> model.Schedule:
    found = schedule_for_device(row)
    return replace(found, name=_name(found.name, "Schedule", found.number))


def _holiday(row: Holiday) -> model.Holiday:
    found = holiday_for_device(row)
    return replace(found, name=_name(found.name, "Holidays", found.number))


def _name(name: str, kind: str, number: int) -> str:
    """The name, or a plain one where it does not fit: nobody is let in or kept out by it."""
    fits = len(name.encode(DEFAULT_TEXT_CODEC, "replace")) <= NAME_BYTES and "\0" not in name
    return name if fits else f"{kind} {number}"
