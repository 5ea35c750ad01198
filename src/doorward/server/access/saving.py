"""A whole access group kept at once, as a page sends it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from doorward.model.errors import InvalidInput
from doorward.server.access.models import AccessGroup, Schedule
from doorward.server.access.services import (
    create_access_group,
    one_access_group,
    remove_right,
    rename_access_group,
    rights_of,
    set_right,
    set_schedule_at_device,
)
from doorward.server.doors.models import Door
from doorward.server.doors.services import visible_doors
from doorward.server.operators.access import Access


def save_group(number: int | None, name: str, rights: Mapping[int, int | None], access: Access) -> AccessGroup:
    """Give a group this name and these doors, all of it or nothing.

    Rights at doors that the operator may not see stay as they are.

    Args:
        number: The group; None makes one.
        name: Its name.
        rights: The number of a schedule for each door; None is always.
        access: What the operator may do.

    Raises:
        UnknownAccessGroup: There is no such group.
        InvalidInput: A value is not allowed; nothing was changed.
    """
    with transaction.atomic():
        group = create_access_group(name) if number is None else one_access_group(number)
        if group.name != name.strip():
            group = rename_access_group(group.number, name)
        doors = {door.pk: door for door in visible_doors(access)}
        schedules = Schedule.objects.in_bulk([item for item in rights.values() if item], field_name="number")
        had = {right.door_id: right for right in rights_of(group)}
        for door_id in had.keys() & doors.keys() - rights.keys():
            remove_right(group.number, door_id)
        for door_id, schedule_number in rights.items():
            _set(group, _known(doors, door_id), _schedule(schedules, schedule_number))
    return group


def _set(group: AccessGroup, door: Door, schedule: Schedule | None) -> None:
    here = rights_of(group).filter(door__device=door.device_id)
    if any(right.schedule_id != (schedule.pk if schedule else None) for right in here):
        # A device knows one schedule of a group: both of its doors change together.
        set_schedule_at_device(group.number, door.device_id, schedule)
    set_right(group.number, door, schedule)


def _known(doors: Mapping[int, Door], door_id: int) -> Door:
    if door_id not in doors:
        raise InvalidInput("door", door_id, "the number of a door that you may see")
    return doors[door_id]


def _schedule(schedules: Mapping[int, Schedule], number: int | None) -> Schedule | None:
    if number is None:
        return None
    if number not in schedules:
        raise InvalidInput("schedule", number, "the number of a schedule, or null for always")
    return schedules[number]
