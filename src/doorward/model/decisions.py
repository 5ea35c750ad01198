"""Whether a person may pass a door at a time, and why: what a device decides from what it was sent.

Times are the door's local time without a zone, as a device's clock shows it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from doorward.model.people import PersonDetails
from doorward.model.rights import (
    ALL_DOORS,
    ALWAYS_SCHEDULE,
    DAYS_OF_A_WEEK,
    FULL_ACCESS_GROUP,
    NEVER_SCHEDULE,
    NO_ACCESS_GROUP,
    AccessGroup,
    Holiday,
    HolidayPeriod,
    Schedule,
    TimeInterval,
)


class Reason(enum.Enum):
    """Why somebody may pass or not."""

    GRANTED = "an access group lets the person pass now"
    OPEN_TO_ALL = "the door is open to people without an access group"
    BLOCKED = "the person is blocked"
    NOT_YET_VALID = "the person's time of validity has not begun"
    NO_LONGER_VALID = "the person's time of validity is over"
    NO_GROUP = "the person is in no access group"
    NO_RIGHT_HERE = "no access group of the person has a right at this door"
    NOT_NOW = "no schedule of the person's rights at this door holds now"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may pass.

    Attributes:
        granted: Whether the door opens.
        reason: Why.
    """

    granted: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """The rights of a site, by their numbers.

    Attributes:
        groups: Access groups.
        schedules: Schedules.
        holidays: Tables of holidays.
        open_to_ungrouped: Whether people without an access group may pass, which a device may be set to.
    """

    groups: Mapping[int, AccessGroup]
    schedules: Mapping[int, Schedule] = field(default_factory=dict)
    holidays: Mapping[int, Holiday] = field(default_factory=dict)
    open_to_ungrouped: bool = False


def decide(person: PersonDetails, device_id: int, when: datetime, plan: AccessPlan) -> Decision:
    """Decide whether a person may pass a device's door.

    Args:
        person: The person, with validity in the door's local time.
        device_id: The device that guards the door.
        when: The moment, in the door's local time.
        plan: The rights.
    """
    if person.disabled:
        return _refused(Reason.BLOCKED)
    if person.valid_from is not None and when < person.valid_from:
        return _refused(Reason.NOT_YET_VALID)
    if person.valid_until is not None and when.replace(microsecond=0) > person.valid_until:
        return _refused(Reason.NO_LONGER_VALID)
    if not person.access_groups:
        return Decision(True, Reason.OPEN_TO_ALL) if plan.open_to_ungrouped else _refused(Reason.NO_GROUP)
    reason = Reason.NO_RIGHT_HERE
    for number in person.access_groups:
        if number == FULL_ACCESS_GROUP:
            return Decision(True, Reason.GRANTED)
        group = None if number == NO_ACCESS_GROUP else plan.groups.get(number)
        for right in () if group is None else group.rights:
            if right.device_id in (ALL_DOORS, device_id):
                if schedule_holds(right.schedule, when, plan):
                    return Decision(True, Reason.GRANTED)
                reason = Reason.NOT_NOW
    return _refused(reason)


def schedule_holds(number: int, when: datetime, plan: AccessPlan) -> bool:
    """Whether a schedule holds at a time; on the days of its holidays their hours take the place of the week's."""
    if number in (ALWAYS_SCHEDULE, NEVER_SCHEDULE):
        return number == ALWAYS_SCHEDULE
    schedule = plan.schedules.get(number)
    if schedule is None:
        return False
    minute = 60 * when.hour + when.minute
    return any(part.start <= minute < part.end for part in _hours(schedule, when.date(), plan))


def holiday_holds(holiday: Holiday, day: date) -> bool:
    """Whether a day is one of a table's holidays."""
    return any(_period_holds(period, day) for period in holiday.periods)


def _hours(schedule: Schedule, day: date, plan: AccessPlan) -> Iterable[TimeInterval]:
    for hours in schedule.holidays:
        holiday = plan.holidays.get(hours.holiday)
        if holiday is not None and holiday_holds(holiday, day):
            return hours.intervals
    return schedule.days[day.isoweekday() % DAYS_OF_A_WEEK]  # Sunday first


def _period_holds(period: HolidayPeriod, day: date) -> bool:
    # A yearly period that began last year may reach over New Year.
    for year in (day.year, day.year - 1) if period.year is None else (period.year,):
        try:
            first = date(year, period.month, period.day)
        except ValueError:
            continue  # 29 February in another year
        if first <= day < first + timedelta(days=period.length):
            return True
    return False


def _refused(reason: Reason) -> Decision:
    return Decision(False, reason)
