"""Groups, rights, schedules and holidays: what is refused, what is noted, and what devices are given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from doorward.model import rights as model
from doorward.model.errors import InvalidInput
from doorward.server.access import holidays, schedules
from doorward.server.access import services as access
from doorward.server.access.models import AccessGroup, AccessRight, Membership, Schedule
from doorward.server.access.on_devices import RightAt, groups_of_people, tables_for
from doorward.server.access.schedules import HolidayHours
from doorward.server.audit.models import AuditEntry
from doorward.server.devices import editing
from doorward.server.doors.services import add_door, remove_door
from doorward.server.events.models import OutboxEntry
from doorward.server.operators.actor import Actor, acting
from doorward.server.people.models import Person
from doorward.server.people.services import change_person
from tests.server.people.things import TABLES_MARK, group_at, held, managed_door, marks, person

Marks = dict[int, set[tuple[int, bool]]]
OFFICE: list[list[list[int]]] = [[], *[[[480, 1080]]] * 5, []]
CLOSED: list[list[list[int]]] = [[]] * 7


def test_every_way_to_give_and_take_marks(each_database: str) -> None:
    first, second = managed_door(7), managed_door(8)
    for number in (1, 2, 3):
        person(number)
        held(7, number)
    days = holidays.create_holiday("Feasts", [{"month": 12, "day": 25, "length": 2, "year": None}])
    hours = schedules.create_schedule("Office", OFFICE, [HolidayHours(days.number)])
    spare = holidays.create_holiday("Spare", [])
    group = access.create_access_group("Staff")
    tables, people = {7: {TABLES_MARK}}, (1, 2)
    steps: list[tuple[Callable[[], object], Marks]] = [
        (lambda: access.add_members(group.number, people), {7: {(1, False), (2, False)}}),
        (lambda: access.add_members(group.number, people), {}),
        (lambda: access.set_right(group.number, first, hours), tables),
        (lambda: access.set_right(group.number, first, hours), {}),
        (lambda: access.rename_access_group(group.number, "Crew"), tables),
        (lambda: schedules.change_schedule(hours.number, name="Hours"), tables),
        (lambda: schedules.change_schedule(hours.number, days=CLOSED), tables),
        (lambda: holidays.change_holiday(days.number, name="Days off"), tables),
        (lambda: holidays.change_holiday(days.number, periods=[]), tables),
        (lambda: holidays.change_holiday(spare.number, name="Other"), {}),
        (lambda: schedules.change_schedule(hours.number, holidays=[]), tables),
        (lambda: access.set_right(group.number, first, None), tables),
        (lambda: access.set_right(group.number, second, None), {8: {TABLES_MARK}}),
        (lambda: access.remove_right(group.number, second.pk), {8: {TABLES_MARK}}),
        (lambda: access.remove_members(group.number, [1]), {7: {(1, True)}}),
        (lambda: access.remove_members(group.number, [1]), {}),
        (lambda: access.set_groups(3, [group.number]), {7: {(3, False)}}),
        (lambda: access.set_groups(3, []), {7: {(3, True)}}),
        (lambda: schedules.delete_schedule(hours.number), {}),
        (lambda: holidays.delete_holiday(days.number), {}),
        (lambda: access.delete_access_group(group.number), {7: {TABLES_MARK, (2, True)}}),
    ]
    for place, (step, expected) in enumerate(steps):
        with marks() as found:
            step()
        assert found == expected, f"step {place}"


def test_rights_follow_doors_and_devices(each_database: str) -> None:
    door = managed_door(7)
    back = add_door(door.device, 1, "Back")
    person(1)
    person(2)
    group_at("Staff", door, back, people=(1, 2))
    change_person(1, {"valid_until": datetime(2027, 1, 1, tzinfo=UTC)})
    with marks() as found:
        remove_door(back)
    assert found == {7: {TABLES_MARK}}
    with marks() as found:
        editing.change_device(7, {"zone": "Asia/Seoul"}, by="anna")
    assert found == {7: {(1, True)}}
    with marks() as found:
        editing.change_device(7, {"name": "Gate", "enabled": False}, by="anna")
    assert found == {}
    editing.remove_device(7, by="anna")
    assert not AccessRight.objects.exists()
    assert AccessGroup.objects.count() == 1


def test_a_device_knows_one_schedule_of_a_group(database: str) -> None:
    door = managed_door(7)
    back = add_door(door.device, 1, "Back")
    hours = schedules.create_schedule("Office", OFFICE)
    group = group_at("Staff", door)
    with pytest.raises(InvalidInput, match="schedule"):
        access.set_right(group.number, back, hours)
    access.set_right(group.number, back, None)
    with pytest.raises(InvalidInput):
        access.set_right(group.number, door, hours)
    access.set_schedule_at_device(group.number, 7, hours)
    assert set(AccessRight.objects.values_list("schedule__number", flat=True)) == {hours.number}
    with pytest.raises(schedules.ScheduleInUse, match="Staff"):
        schedules.delete_schedule(hours.number)
    with pytest.raises(access.UnknownRight):
        access.remove_right(group.number, 99)


def test_a_number_freed_lately_is_given_last(database: str) -> None:
    numbers = [access.create_access_group(f"Group {each}").number for each in range(1, 129)]
    assert numbers == list(range(1, 129))
    with pytest.raises(InvalidInput, match="128"):
        access.create_access_group("One more")
    for number in (90, 5):
        access.delete_access_group(number)
    assert [access.create_access_group(name).number for name in ("Late", "Later")] == [90, 5]
    access.delete_access_group(3)
    Schedule.objects.all().delete()
    first = schedules.create_schedule("Office", OFFICE).number
    schedules.delete_schedule(first)
    assert (first, schedules.create_schedule("Office", OFFICE).number) == (1, 2)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([[]] * 6, "seven"),
        ([[[0, 1441]], *[[]] * 6], "1440"),
        ([[[60, 60]], *[[]] * 6], "after"),
        ([[[0, 100], [99, 200]], *[[]] * 6], "overlaps"),
        ([[[0, 1]] * 6, *[[]] * 6], "at most 5"),
        ([[[0]], *[[]] * 6], "a start and an end"),
    ],
)
def test_hours_that_no_model_can_hold(database: str, days: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        schedules.create_schedule("Office", days)
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    "period",
    [
        {"month": 2, "day": 30, "length": 1, "year": None},
        {"month": 2, "day": 29, "length": 1, "year": 2027},
        {"month": 13, "day": 1, "length": 1, "year": None},
        {"month": 1, "day": 1, "length": 101, "year": None},
        {"month": 1, "day": 1, "length": 1, "year": 1999},
    ],
)
def test_days_that_are_none(database: str, period: Any) -> None:
    with pytest.raises(InvalidInput, match="period 1"):
        holidays.create_holiday("Feasts", [period])
    holidays.create_holiday("Feasts", [{"month": 2, "day": 29, "length": 1, "year": 2028}])
    with pytest.raises(InvalidInput, match="no other"):
        holidays.create_holiday("Feasts", [])


def test_schedules_follow_two_tables_of_holidays_at_most(database: str) -> None:
    tables = [holidays.create_holiday(f"Table {each}", []) for each in range(3)]
    hours = [HolidayHours(each.number, [[600, 700]]) for each in tables]
    for wrong in (hours, [hours[0], hours[0]], [HolidayHours(9)]):
        with pytest.raises(InvalidInput):
            schedules.create_schedule("Office", OFFICE, wrong)
    found = schedules.create_schedule("Office", OFFICE, hours[1:])
    with pytest.raises(holidays.HolidayInUse, match="Office"):
        holidays.delete_holiday(tables[2].number)
    schedules.change_schedule(found.number, holidays=[hours[2], hours[0]])
    assert [each.holiday.number for each in schedules.one_schedule(found.number).holidays.all()] == [3, 1]


def test_what_a_device_is_given(database: str) -> None:
    door, other = managed_door(7), managed_door(8)
    days = holidays.create_holiday("Feasts", [{"month": 12, "day": 25, "length": 2, "year": None}])
    hours = schedules.create_schedule("Office", OFFICE, [HolidayHours(days.number, [[600, 700]])])
    schedules.create_schedule("Nobody's", OFFICE)
    for number in (1, 2, 3):
        person(number)
    group_at("Staff", door, schedule=hours, people=(1, 2))
    group_at("Guards", door, other, people=(2, 3))
    group_at("Nowhere", people=(1,))
    office = model.TimeInterval(480, 1080)
    assert tables_for(7).rights == (RightAt(1, "Staff", 1), RightAt(2, "Guards", None))
    assert tables_for(7).schedules == (
        model.Schedule(
            number=1,
            name="Office",
            days=((), *((office,),) * 5, ()),
            holidays=(model.HolidayHours(1, (model.TimeInterval(600, 700),)),),
        ),
    )
    assert tables_for(7).holidays == (
        model.Holiday(number=1, name="Feasts", periods=(model.HolidayPeriod(12, 25, 2),)),
    )
    assert tables_for(8).schedules == ()
    assert groups_of_people(7) == {1: (1,), 2: (1, 2), 3: (2,)}
    assert groups_of_people(8, [1, 2]) == {2: (2,)}


def test_members_by_the_thousand_are_one_change(database: str) -> None:
    group = access.create_access_group("Staff")
    now = timezone.now()
    Person.objects.bulk_create(
        Person(number=number, name=f"Person {number}", created=now, changed=now) for number in range(1, 1201)
    )
    OutboxEntry.objects.all().delete()
    with acting(Actor("anna")):
        assert access.add_members(group.number, range(1, 1201)) == 1200
        with pytest.raises(InvalidInput, match="2000"):
            access.add_members(group.number, [1, 2000])
        assert access.remove_members(group.number, range(2, 1201)) == 1199
    assert Membership.objects.count() == 1
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "access_group.add_members",
        "access_group.remove_members",
    ]
    assert OutboxEntry.objects.filter(kind="access").count() == 2
