"""Who may pass when: what the device decides by users, access groups, schedules and holidays."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterable
from dataclasses import dataclass

from doorward.protocol.biostar1.records import (
    FULL_ACCESS_GROUP,
    NO_ACCESS_GROUP,
    Holiday,
    Schedule,
)
from doorward.protocol.biostar1.records.access_groups import access_group_ids
from doorward.protocol.biostar1.records.holidays import HolidayPeriod, HolidayRecurrence
from doorward.protocol.biostar1.records.schedules import ALWAYS_SCHEDULE, NEVER_SCHEDULE, TimeInterval
from doorward.simulator.fields import RecordView
from doorward.simulator.rights import RightsTables

EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - the device's local time has no zone
DAYS_OF_WEEK = 7
_ALL_DOORS = 0
_CENTURY = 2000


class Verdict(enum.Enum):
    """What the device decides about a person."""

    GRANTED = "granted"
    UNKNOWN = "not enrolled"
    BLACKLISTED = "on the blacklist"
    DISABLED = "blocked"
    EXPIRED = "outside the time of validity"
    NOT_NOW = "no access group lets the person pass now"


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of somebody at the door.

    Attributes:
        verdict: What the device decided.
        user_id: Who it was; 0 when unknown.
        event: The event code that stands in the log.
    """

    verdict: Verdict
    user_id: int
    event: int

    @property
    def granted(self) -> bool:
        """Whether the door was released."""
        return self.verdict is Verdict.GRANTED


def local_datetime(local_time: int) -> datetime.datetime:
    """Local seconds as a date and time without a zone."""
    return EPOCH + datetime.timedelta(seconds=local_time)


def verdict_of(
    user: RecordView, local_time: int, rights: RightsTables, device_id: int, *, open_to_ungrouped: bool
) -> Verdict:
    """Decide about an enrolled user.

    Args:
        user: The fields of the user's header.
        local_time: The device's time.
        rights: The device's tables.
        device_id: The device is a reader in the access groups.
        open_to_ungrouped: Whether users without an access group may pass.
    """
    if user.get("disabled", 0):
        return Verdict.DISABLED
    start, end = user.get("start_time", 0), user.get("expiry_time", 0)
    if (start and local_time < start) or (end and local_time > end):
        return Verdict.EXPIRED
    groups = access_group_ids(user.access_group_mask)
    if not groups:
        return Verdict.GRANTED if open_to_ungrouped else Verdict.NOT_NOW
    when = local_datetime(local_time)
    granted = any(group_admits(group, when, rights, device_id) for group in groups)
    return Verdict.GRANTED if granted else Verdict.NOT_NOW


def group_admits(number: int, when: datetime.datetime, rights: RightsTables, device_id: int) -> bool:
    """Whether an access group lets people pass a device at a time."""
    if number == FULL_ACCESS_GROUP:
        return True
    group = None if number == NO_ACCESS_GROUP else rights.access_group(number)
    if group is None:
        return False
    readers = zip(group.reader_ids[: group.reader_count], group.schedule_ids, strict=False)
    return any(
        schedule_holds(schedule, when, rights) for reader, schedule in readers if reader in (_ALL_DOORS, device_id)
    )


def schedule_holds(number: int, when: datetime.datetime, rights: RightsTables) -> bool:
    """Whether a schedule holds at a time; a holiday goes before the day of the week."""
    if number in (ALWAYS_SCHEDULE, NEVER_SCHEDULE):
        return number == ALWAYS_SCHEDULE
    schedule = rights.schedule(number)
    if schedule is None:
        return False
    return _within(_intervals(schedule, when, rights), 60 * when.hour + when.minute)


def _intervals(schedule: Schedule, when: datetime.datetime, rights: RightsTables) -> Iterable[TimeInterval]:
    for place, number in enumerate(schedule.holiday_ids):
        table = rights.holiday(number) if number else None
        if table is not None and holiday_holds(table, when.date()):
            return schedule.days[DAYS_OF_WEEK + place].intervals
    return schedule.days[when.isoweekday() % DAYS_OF_WEEK].intervals  # Sunday first


def holiday_holds(table: Holiday, day: datetime.date) -> bool:
    """Whether a day is one of a table's holidays."""
    return any(_period_holds(period, day) for period in table.periods[: max(0, table.period_count)])


def _period_holds(period: HolidayPeriod, day: datetime.date) -> bool:
    once = period.flag == HolidayRecurrence.ONCE
    # A yearly period that began last year may reach over New Year.
    for year in (_CENTURY + period.year,) if once else (day.year, day.year - 1):
        try:
            first = datetime.date(year, period.month, period.start_day)
        except ValueError:
            continue  # 29 February in another year, or nonsense
        if first <= day < first + datetime.timedelta(days=max(1, period.duration)):
            return True
    return False


def _within(intervals: Iterable[TimeInterval], minute: int) -> bool:
    return any(interval.start <= minute < interval.end for interval in intervals)
