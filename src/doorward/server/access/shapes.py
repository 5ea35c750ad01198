"""Access groups, rights, schedules and holidays as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated

from ninja import Field, Schema

from doorward.server.access.checking import Period
from doorward.server.access.models import AccessGroup, AccessRight, Holiday, Schedule
from doorward.server.access.schedules import HolidayHours
from doorward.server.cursors import MOST, USUAL
from doorward.server.devices.shapes import Text
from doorward.server.people.models import HIGHEST_NUMBER

MOST_MEMBERS = 10_000

Interval = Annotated[
    list[Annotated[int, Field(ge=0, le=1440)]],
    Field(min_length=2, max_length=2, description="Start and end in minutes after midnight."),
]
Day = Annotated[list[Interval], Field(max_length=5)]
Week = Annotated[list[Day], Field(min_length=7, max_length=7, description="Seven days, Sunday first.")]


class AccessGroupOut(Schema):
    """An access group."""

    number: int
    name: str
    rights: int = Field(description="At how many doors it has a right.")
    members: int = Field(description="How many people belong to it.")


class AccessGroupIn(Schema):
    """A new access group, or its new name."""

    name: Text


class DoorRightOut(Schema):
    """A door that the people of a group may pass."""

    door: int
    door_name: str
    device: int
    schedule: int | None = Field(description="Number of the schedule; null is always.")
    schedule_name: str | None


class DoorRightIn(Schema):
    """When a door may be passed."""

    schedule: Annotated[int, Field(ge=1, le=126)] | None = Field(
        None, description="Number of the schedule; null is always."
    )


class Members(Schema):
    """People by their numbers."""

    people: Annotated[
        list[Annotated[int, Field(ge=1, le=HIGHEST_NUMBER)]], Field(min_length=1, max_length=MOST_MEMBERS)
    ]


class MembersDone(Schema):
    """What came of it."""

    changed: int = Field(description="For how many it was a change.")
    members: int = Field(description="How many people belong to the group now.")


class MemberOut(Schema):
    """A person in a group."""

    number: int
    name: str


class MemberList(Schema):
    """A page of members."""

    items: list[MemberOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class MemberFilter(Schema):
    """Which page of members."""

    after: Annotated[int, Field(ge=0, le=HIGHEST_NUMBER)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST)] = USUAL


class GroupsIn(Schema):
    """The access groups of a person."""

    groups: list[Annotated[int, Field(ge=1, le=128)]]


class GroupsOut(Schema):
    """The access groups of a person, by their numbers."""

    groups: list[int]


class HolidayHoursShape(Schema):
    """What of a schedule holds on the days of a table of holidays."""

    holiday: Annotated[int, Field(ge=1, le=32)]
    intervals: Day = Field([], description="None closes such a day.")


class ScheduleOut(Schema):
    """A schedule."""

    number: int
    name: str
    days: Week
    holidays: list[HolidayHoursShape]
    used_by: int = Field(description="How many rights hold by it.")


class ScheduleIn(Schema):
    """A new schedule."""

    name: Text
    days: Week
    holidays: Annotated[list[HolidayHoursShape], Field(max_length=2)] = Field(default_factory=list)


class ScheduleChange(Schema):
    """What of a schedule is changed; what is left out stays."""

    name: Text | None = None
    days: Week | None = None
    holidays: Annotated[list[HolidayHoursShape], Field(max_length=2)] | None = None


class PeriodShape(Schema):
    """One or more days in a row."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    length: Annotated[int, Field(ge=1, le=100)] = 1
    year: Annotated[int, Field(ge=2000, le=2255)] | None = Field(None, description="The only year; null is every year.")


class HolidayOut(Schema):
    """A table of holidays."""

    number: int
    name: str
    periods: list[PeriodShape]
    used_by: int = Field(description="How many schedules follow it.")


class HolidayIn(Schema):
    """A new table of holidays."""

    name: Text
    periods: Annotated[list[PeriodShape], Field(max_length=32)] = Field(default_factory=list)


class HolidayChange(Schema):
    """What of a table of holidays is changed; what is left out stays."""

    name: Text | None = None
    periods: Annotated[list[PeriodShape], Field(max_length=32)] | None = None


def shown_group(group: AccessGroup) -> AccessGroupOut:
    """A group of ``access_groups`` as the API shows it."""
    return AccessGroupOut(
        number=group.number,
        name=group.name,
        rights=getattr(group, "right_count", 0),
        members=getattr(group, "member_count", 0),
    )


def shown_right(right: AccessRight) -> DoorRightOut:
    """A right as the API shows it."""
    return DoorRightOut(
        door=right.door_id,
        door_name=right.door.title,
        device=right.door.device_id,
        schedule=right.schedule.number if right.schedule else None,
        schedule_name=right.schedule.name if right.schedule else None,
    )


def shown_schedule(schedule: Schedule) -> ScheduleOut:
    """A schedule of ``schedules`` as the API shows it."""
    return ScheduleOut(
        number=schedule.number,
        name=schedule.name,
        days=schedule.days,
        holidays=[
            HolidayHoursShape(holiday=hours.holiday.number, intervals=hours.intervals)
            for hours in schedule.holidays.all()
        ],
        used_by=getattr(schedule, "used_by", 0),
    )


def shown_holiday(holiday: Holiday) -> HolidayOut:
    """A table of ``holidays`` as the API shows it."""
    return HolidayOut(
        number=holiday.number,
        name=holiday.name,
        periods=[PeriodShape(**period) for period in holiday.periods],
        used_by=getattr(holiday, "used_by", 0),
    )


def holiday_hours(given: list[HolidayHoursShape]) -> list[HolidayHours]:
    """The holidays of a schedule as its services take them."""
    return [HolidayHours(each.holiday, each.intervals) for each in given]


def periods(given: list[PeriodShape]) -> list[Period]:
    """The days of a table of holidays as its services take them."""
    return [Period(month=each.month, day=each.day, length=each.length, year=each.year) for each in given]
