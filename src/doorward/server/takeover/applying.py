"""Brings what was read of devices into the data, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doorward.model.errors import InvalidInput
from doorward.server.access.choices import Numbered
from doorward.server.access.models import (
    HIGHEST_GROUP,
    HIGHEST_HOLIDAY,
    HIGHEST_SCHEDULE,
    LONGEST_NAME,
    AccessGroup,
    AccessRight,
    Holiday,
    Membership,
    Schedule,
    ScheduleHoliday,
)
from doorward.server.access.noting import note_access
from doorward.server.access.numbers import next_number
from doorward.server.devices.models import Device
from doorward.server.doors.making import make_door
from doorward.server.doors.models import Door
from doorward.server.imports.states import State
from doorward.server.imports.writing import Change, write_people
from doorward.server.sync.door_schedules import HolidayKey, ScheduleKey, ScheduleOfDoor
from doorward.server.takeover.choices import ACTION
from doorward.server.takeover.mapping import OwnGroup, RightsMap
from doorward.server.takeover.templates import write_templates


def write_rights(found: RightsMap) -> dict[int, list[int]]:
    """Make what devices say of rights; what is there just so is used.

    Returns:
        The numbers of the own groups of each person.

    Raises:
        ScheduleOfDoor: A door that a device unlocks or locks by a schedule would follow another one.
    """
    holidays = {key: _holiday(key, name, number) for key, (name, number) in found.holidays.items()}
    schedules = {key: _schedule(key, name, number, holidays) for key, (name, number) in found.schedules.items()}
    _check_doors(found, schedules)
    groups: dict[int, list[int]] = {}
    for group in found.groups:
        number = _group(group, schedules)
        for person in group.members:
            groups.setdefault(person, []).append(number)
    return groups


def _check_doors(found: RightsMap, schedules: Mapping[ScheduleKey, Schedule]) -> None:
    for door in Door.objects.filter(device_id__in=found.numbered):
        for number in (door.normal_open_schedule, door.normal_closed_schedule):
            key = found.numbered[door.device_id].get(number)
            if key is not None and (here := schedules[key].number) != number:
                raise ScheduleOfDoor(
                    f"{door} unlocks or locks by itself by schedule {number} of device {door.device_id}, which would "
                    f"have number {here} here, since another one has {number}.",
                    advice=f"Let the door follow no schedule, or one whose number only this device uses, in the "
                    f"device's settings; or take device {door.device_id} over first, by itself.",
                )


def _free_name(taken: set[str], wanted: str) -> str:
    """A name that devices can keep and nobody has."""
    base = wanted.encode()[:LONGEST_NAME].decode(errors="ignore").strip() or "?"
    name, more = base, 2
    while name.casefold() in taken:
        end = f" {more}"
        name, more = base.encode()[: LONGEST_NAME - len(end)].decode(errors="ignore").strip() + end, more + 1
    return name


def _number(kind: Numbered, wanted: int, used: Sequence[int], highest: int) -> int:
    """The number that devices gave it, where nothing has it; else the next free one."""
    return wanted if 1 <= wanted <= highest and wanted not in used else next_number(kind, used, highest)


def _holiday(key: HolidayKey, name: str, number: int) -> Holiday:
    periods = [{"month": one.month, "day": one.day, "length": one.length, "year": one.year} for one in key]
    rows = list(Holiday.objects.all())
    same = next((row for row in rows if sorted(map(str, row.periods)) == sorted(map(str, periods))), None)
    if same is not None:
        return same
    free = _number(Numbered.HOLIDAY, number, [row.number for row in rows], HIGHEST_HOLIDAY)
    made = Holiday.objects.create(
        number=free, name=_free_name({row.name.casefold() for row in rows}, name or f"Holidays {free}"), periods=periods
    )
    note_access(Numbered.HOLIDAY, free, "added")
    return made


def _schedule(key: ScheduleKey, name: str, number: int, holidays: Mapping[HolidayKey, Holiday]) -> Schedule:
    days = [[[part.start, part.end] for part in day] for day in key[0]]
    own = [(holidays[of].pk, [[part.start, part.end] for part in hours]) for of, hours in key[1]]
    rows = list(Schedule.objects.prefetch_related("holidays"))
    for row in rows:
        if row.days == days and [(one.holiday_id, one.intervals) for one in row.holidays.all()] == own:
            return row
    free = _number(Numbered.SCHEDULE, number, [row.number for row in rows], HIGHEST_SCHEDULE)
    made = Schedule.objects.create(
        number=free, name=_free_name({row.name.casefold() for row in rows}, name or f"Schedule {free}"), days=days
    )
    for place, (holiday, intervals) in enumerate(own):
        ScheduleHoliday.objects.create(schedule=made, holiday_id=holiday, place=place, intervals=intervals)
    note_access(Numbered.SCHEDULE, free, "added")
    return made


def _group(group: OwnGroup, schedules: Mapping[ScheduleKey, Schedule]) -> int:
    wanted = {device: None if key is None else schedules[key].pk for device, key in group.rights.items()}
    rows = list(AccessGroup.objects.prefetch_related("rights__door"))
    for row in rows:
        if row.name.casefold() == group.name.casefold() and _is_same(row, group, wanted):
            return row.number
    try:
        free = _number(Numbered.GROUP, group.number, [row.number for row in rows], HIGHEST_GROUP)
    except InvalidInput as error:
        raise InvalidInput("access groups", "more", error.allowed) from None
    made = AccessGroup.objects.create(number=free, name=_free_name({row.name.casefold() for row in rows}, group.name))
    for device, schedule in wanted.items():
        for door in _doors(device):
            AccessRight.objects.create(group=made, door=door, schedule_id=schedule)
    note_access(Numbered.GROUP, free, "added", devices=wanted)
    return free


def _is_same(row: AccessGroup, group: OwnGroup, wanted: Mapping[int, int | None]) -> bool:
    there = {right.door.device_id: right.schedule_id for right in row.rights.all()}
    members = Membership.objects.filter(group=row).values_list("person__number", flat=True)
    return there == dict(wanted) and set(members) <= group.members


def _doors(device_id: int) -> list[Door]:
    found = list(Door.objects.filter(device=device_id).order_by("number"))
    return found or [make_door(Device.objects.get(pk=device_id), 0)]


def write_everybody(
    people: Mapping[int, Mapping[str, Any]], after: Mapping[int, State], before: Mapping[int, State]
) -> None:
    """Write people with their fingers and faces.

    Args:
        people: All that was merged and decided, by number.
        after: Their states.
        before: The states of those who are in the data.
    """
    write_people([Change(number, before.get(number), after[number]) for number in sorted(after)], action=ACTION)
    write_templates(people)
