"""A door that unlocks by itself by a schedule never comes to follow another one, because numbers clash."""

from __future__ import annotations

import pytest
from django.db import transaction

from doorward.model.rights import DAYS_OF_A_WEEK, WHOLE_DAY, Schedule, TimeInterval
from doorward.server.access.models import Schedule as OwnSchedule
from doorward.server.sync.door_schedules import ScheduleOfDoor
from doorward.server.takeover.applying import write_rights
from doorward.server.takeover.device_reading import DeviceTables
from doorward.server.takeover.mapping import DeviceRights, map_rights
from tests.server.doors.places import add_door

OFFICE = Schedule(number=1, name="Office", days=((TimeInterval(480, 1080),),) * DAYS_OF_A_WEEK)
ALL_DAY = Schedule(number=1, name="All day", days=((WHOLE_DAY,),) * DAYS_OF_A_WEEK)


def side(device_id: int, schedule: Schedule) -> DeviceRights:
    tables = DeviceTables(schedules=(schedule,), holidays=(), groups=(), default_group=0)
    return DeviceRights(device_id, str(device_id), tables, {})


@pytest.mark.parametrize("field", ["normal_open_schedule", "normal_closed_schedule"])
def test_a_clash_of_numbers_is_refused_where_a_door_keeps_to_one(database: str, field: str) -> None:
    add_door(7)
    door = add_door(8)
    setattr(door, field, 1)
    door.save()
    with (
        pytest.raises(ScheduleOfDoor, match="schedule 1 of device 8, which would have number 2 here"),
        transaction.atomic(),
    ):
        write_rights(map_rights([side(7, ALL_DAY), side(8, OFFICE)]))
    assert not OwnSchedule.objects.exists()
    with transaction.atomic():
        write_rights(map_rights([side(8, OFFICE), side(7, ALL_DAY)]))
    assert dict(OwnSchedule.objects.values_list("number", "name")) == {1: "Office", 2: "All day"}
