"""Tables of holidays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Count, QuerySet

from doorward.model.errors import DoorwardError
from doorward.server.access.checking import Period, checked_periods, name_for_devices, refuse_twins
from doorward.server.access.choices import Numbered
from doorward.server.access.models import HIGHEST_HOLIDAY, AccessRight, Holiday
from doorward.server.access.noting import devices_of, note_access
from doorward.server.access.numbers import free_number, next_number
from doorward.server.audit.services import named
from doorward.server.errors import NotThere


class UnknownHoliday(NotThere):
    """There is no such table of holidays."""

    def __init__(self, number: int) -> None:
        super().__init__("holiday", number, "the number of a table of holidays; GET /api/v1/holidays lists them")


class HolidayInUse(DoorwardError):
    """A schedule follows a table of holidays, so it is not deleted."""

    default_advice = "Take it out of the schedules first."


def holidays() -> QuerySet[Holiday]:
    """All tables of holidays, each with ``used_by``, how many schedules follow it."""
    return Holiday.objects.annotate(used_by=Count("schedules"))


def one_holiday(number: int) -> Holiday:
    """A table of holidays.

    Raises:
        UnknownHoliday: There is none.
    """
    found = holidays().filter(number=number).first()
    if found is None:
        raise UnknownHoliday(number)
    return found


def create_holiday(name: str, periods: Sequence[Mapping[str, object] | Period]) -> Holiday:
    """Make a table of holidays.

    Raises:
        InvalidInput: No model can hold it, its name is taken, or there are too many.
    """
    kept, days = name_for_devices(name), checked_periods(periods)
    with transaction.atomic(), named("holiday.create"):
        refuse_twins(Holiday.objects.all(), kept, but=None)
        number = next_number(Numbered.HOLIDAY, Holiday.objects.values_list("number", flat=True), HIGHEST_HOLIDAY)
        holiday = Holiday.objects.create(number=number, name=kept, periods=days)
        note_access(Numbered.HOLIDAY, number, "added")
    return holiday


def change_holiday(
    number: int, *, name: str | None = None, periods: Sequence[Mapping[str, object] | Period] | None = None
) -> Holiday:
    """Change a table of holidays; what is None stays.

    Raises:
        UnknownHoliday: There is none.
        InvalidInput: No model can hold it, or its name is taken.
    """
    with transaction.atomic(), named("holiday.change"):
        holiday = one_holiday(number)
        if name is not None:
            holiday.name = name_for_devices(name)
            refuse_twins(Holiday.objects.all(), holiday.name, but=holiday.pk)
        if periods is not None:
            holiday.periods = checked_periods(periods)
        holiday.save()
        using = AccessRight.objects.filter(schedule__holidays__holiday=holiday)
        note_access(Numbered.HOLIDAY, number, "changed", devices=devices_of(using))
    return holiday


def delete_holiday(number: int) -> None:
    """Delete a table of holidays that no schedule follows.

    Raises:
        UnknownHoliday: There is none.
        HolidayInUse: A schedule follows it.
    """
    with transaction.atomic(), named("holiday.delete"):
        holiday = one_holiday(number)
        using = [str(each.schedule) for each in holiday.schedules.select_related("schedule")]
        if using:
            raise HolidayInUse(f"{holiday} is followed by {', '.join(using)}.")
        holiday.delete()
        free_number(Numbered.HOLIDAY, number)
        note_access(Numbered.HOLIDAY, number, "removed")
