"""``/api/v1/schedules`` and ``/api/v1/holidays``: when doors may be passed."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Path, Router, Status

from doorward.server.access import holidays, schedules
from doorward.server.access.api import VIEW, may_edit
from doorward.server.access.models import HIGHEST_HOLIDAY, HIGHEST_SCHEDULE
from doorward.server.access.shapes import (
    HolidayChange,
    HolidayIn,
    HolidayOut,
    ScheduleChange,
    ScheduleIn,
    ScheduleOut,
    holiday_hours,
    periods,
    shown_holiday,
    shown_schedule,
)
from doorward.server.operators.callers import CallerAuth, require

schedule_router = Router(auth=CallerAuth())
holiday_router = Router(auth=CallerAuth())

OfSchedule = Path[Annotated[int, Field(ge=1, le=HIGHEST_SCHEDULE)]]
OfHoliday = Path[Annotated[int, Field(ge=1, le=HIGHEST_HOLIDAY)]]


@schedule_router.get("", response=list[ScheduleOut], summary="List schedules")
def list_schedules(request: HttpRequest) -> list[ScheduleOut]:
    """In the order of their numbers."""
    require(request, VIEW)
    return [shown_schedule(found) for found in schedules.schedules()]


@schedule_router.post("", response={201: ScheduleOut}, summary="Make a schedule")
def create_schedule(request: HttpRequest, body: ScheduleIn) -> Status[ScheduleOut]:
    """Its number is given by the server; at most five intervals a day."""
    may_edit(request)
    found = schedules.create_schedule(body.name, body.days, holiday_hours(body.holidays))
    return Status(201, shown_schedule(found))


@schedule_router.get("/{int:number}", response=ScheduleOut, summary="Show a schedule")
def show_schedule(request: HttpRequest, number: OfSchedule) -> ScheduleOut:
    """One schedule."""
    require(request, VIEW)
    return shown_schedule(schedules.one_schedule(number))


@schedule_router.patch("/{int:number}", response=ScheduleOut, summary="Change a schedule")
def change_schedule(request: HttpRequest, number: OfSchedule, body: ScheduleChange) -> ScheduleOut:
    """Change what is given; every device at which it says when doors may be passed is told."""
    may_edit(request)
    found = schedules.change_schedule(
        number,
        name=body.name,
        days=body.days,
        holidays=None if body.holidays is None else holiday_hours(body.holidays),
    )
    return shown_schedule(found)


@schedule_router.delete("/{int:number}", response={204: None}, summary="Delete a schedule")
def delete_schedule(request: HttpRequest, number: OfSchedule) -> Status[None]:
    """Delete a schedule by which no right holds."""
    may_edit(request)
    schedules.delete_schedule(number)
    return Status(204, None)


@holiday_router.get("", response=list[HolidayOut], summary="List tables of holidays")
def list_holidays(request: HttpRequest) -> list[HolidayOut]:
    """In the order of their numbers."""
    require(request, VIEW)
    return [shown_holiday(found) for found in holidays.holidays()]


@holiday_router.post("", response={201: HolidayOut}, summary="Make a table of holidays")
def create_holiday(request: HttpRequest, body: HolidayIn) -> Status[HolidayOut]:
    """Its number is given by the server."""
    may_edit(request)
    return Status(201, shown_holiday(holidays.create_holiday(body.name, periods(body.periods))))


@holiday_router.get("/{int:number}", response=HolidayOut, summary="Show a table of holidays")
def show_holiday(request: HttpRequest, number: OfHoliday) -> HolidayOut:
    """One table."""
    require(request, VIEW)
    return shown_holiday(holidays.one_holiday(number))


@holiday_router.patch("/{int:number}", response=HolidayOut, summary="Change a table of holidays")
def change_holiday(request: HttpRequest, number: OfHoliday, body: HolidayChange) -> HolidayOut:
    """Change what is given; every device with a schedule that follows it is told."""
    may_edit(request)
    days = None if body.periods is None else periods(body.periods)
    return shown_holiday(holidays.change_holiday(number, name=body.name, periods=days))


@holiday_router.delete("/{int:number}", response={204: None}, summary="Delete a table of holidays")
def delete_holiday(request: HttpRequest, number: OfHoliday) -> Status[None]:
    """Delete a table that no schedule follows."""
    may_edit(request)
    holidays.delete_holiday(number)
    return Status(204, None)
