"""Who may pass: a table written by hand, and a hundred thousand questions that a device answers from its records."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from doorward.device.biostar1.clock import to_local_seconds
from doorward.device.biostar1.person_writing import write_person
from doorward.device.biostar1.right_records import write_group, write_holiday, write_schedule
from doorward.model.decisions import AccessPlan, Decision, Reason, decide
from doorward.model.people import Person
from doorward.model.rights import (
    ALWAYS_SCHEDULE,
    FULL_ACCESS_GROUP,
    NEVER_SCHEDULE,
    NO_ACCESS_GROUP,
    AccessGroup,
    DoorRight,
    Holiday,
    HolidayHours,
    HolidayPeriod,
    Schedule,
    TimeInterval,
)
from doorward.protocol.biostar1.commands import rights as tables
from doorward.protocol.biostar1.records.schedules import ALWAYS_SCHEDULE as WIRE_ALWAYS
from doorward.protocol.biostar1.records.schedules import NEVER_SCHEDULE as WIRE_NEVER
from doorward.protocol.biostar1.user_data import BIOSTATION, COMPACT, FACE, WIDE, UserForm
from doorward.simulator import VirtualDevice
from doorward.simulator.access import Verdict, verdict_of
from doorward.simulator.fields import RecordView

GATE, YARD = 101, 102
OFFICE, NIGHTS, HOLIDAYS_OFF = 1, 2, 3
STAFF, GUARDS, VISITORS = 1, 2, 3


def hours(*parts: str) -> tuple[TimeInterval, ...]:
    """Intervals such as ``"08:00-12:00"``."""
    return tuple(TimeInterval(*(60 * int(end[:2]) + int(end[3:]) for end in part.split("-"))) for part in parts)


WORK = hours("08:00-12:00", "13:00-17:00")
PLAN = AccessPlan(
    groups={
        STAFF: AccessGroup(number=STAFF, rights=(DoorRight(GATE, OFFICE),)),
        GUARDS: AccessGroup(number=GUARDS, rights=(DoorRight(GATE, NIGHTS), DoorRight(YARD, ALWAYS_SCHEDULE))),
        VISITORS: AccessGroup(number=VISITORS, rights=(DoorRight(GATE, NEVER_SCHEDULE),)),
    },
    schedules={
        OFFICE: Schedule(
            number=OFFICE,
            days=((), WORK, WORK, WORK, WORK, hours("08:00-12:00"), ()),
            holidays=(HolidayHours(1), HolidayHours(2, hours("10:00-11:00"))),
        ),
        NIGHTS: Schedule(number=NIGHTS, days=(hours("00:00-06:00", "22:00-24:00"),) * 7),
    },
    holidays={
        1: Holiday(number=1, periods=(HolidayPeriod(12, 25, 12), HolidayPeriod(2, 29), HolidayPeriod(5, 1, 1, 2026))),
        2: Holiday(number=2, periods=(HolidayPeriod(12, 24), HolidayPeriod(12, 25))),
    },
)
ANN = Person(number=1, access_groups=(STAFF,))
GUS = Person(number=2, access_groups=(STAFF, GUARDS))
VIC = Person(number=3, access_groups=(VISITORS,))
OUT = Person(number=4, access_groups=(NO_ACCESS_GROUP, 77))
ALL = Person(number=5, access_groups=(FULL_ACCESS_GROUP,))
BAN = Person(number=6, access_groups=(STAFF,), disabled=True)
NEW = Person(
    number=7,
    access_groups=(STAFF,),
    valid_from=datetime(2026, 3, 3, 9),  # noqa: DTZ001 - local times
    valid_until=datetime(2026, 3, 4, 9),  # noqa: DTZ001 - local times
)
BARE = Person(number=8)

GRANTED, NOT_NOW = Reason.GRANTED, Reason.NOT_NOW
TABLE = [
    # On an ordinary week: 2026-03-02 is a Monday.
    (ANN, GATE, "2026-03-02T07:59:59", NOT_NOW),
    (ANN, GATE, "2026-03-02T08:00:00", GRANTED),
    (ANN, GATE, "2026-03-02T11:59:59", GRANTED),
    (ANN, GATE, "2026-03-02T12:00:00", NOT_NOW),
    (ANN, GATE, "2026-03-02T13:00:00", GRANTED),
    (ANN, GATE, "2026-03-06T13:00:00", NOT_NOW),  # Friday afternoon
    (ANN, GATE, "2026-03-08T10:00:00", NOT_NOW),  # Sunday
    (ANN, YARD, "2026-03-02T09:00:00", Reason.NO_RIGHT_HERE),
    (GUS, YARD, "2026-03-08T03:33:33", GRANTED),
    (GUS, GATE, "2026-03-08T23:59:59", GRANTED),
    (GUS, GATE, "2026-03-08T21:59:59", NOT_NOW),
    (GUS, GATE, "2026-03-09T00:00:00", GRANTED),
    (GUS, GATE, "2026-03-09T09:00:00", GRANTED),  # as one of the staff
    (VIC, GATE, "2026-03-02T09:00:00", NOT_NOW),
    (OUT, GATE, "2026-03-02T09:00:00", Reason.NO_RIGHT_HERE),
    (ALL, GATE, "2026-03-08T03:00:00", GRANTED),
    (BARE, GATE, "2026-03-02T09:00:00", Reason.NO_GROUP),
    (BAN, GATE, "2026-03-02T09:00:00", Reason.BLOCKED),
    (NEW, GATE, "2026-03-03T08:59:59", Reason.NOT_YET_VALID),
    (NEW, GATE, "2026-03-03T09:00:00", GRANTED),
    (NEW, GATE, "2026-03-04T09:00:00", GRANTED),
    (NEW, GATE, "2026-03-04T09:00:01", Reason.NO_LONGER_VALID),
    # Holidays: the first of the two tables that has the day decides.
    (ANN, GATE, "2026-12-24T10:30:00", GRANTED),
    (ANN, GATE, "2026-12-24T09:30:00", NOT_NOW),  # a Thursday
    (ANN, GATE, "2026-12-25T10:30:00", NOT_NOW),
    (ANN, GATE, "2027-01-04T10:30:00", NOT_NOW),  # a Monday, eleven days after it began
    (ANN, GATE, "2027-01-05T10:30:00", NOT_NOW),  # the twelfth day
    (ANN, GATE, "2027-01-06T10:30:00", GRANTED),
    (ANN, GATE, "2028-02-29T10:30:00", NOT_NOW),  # a Tuesday
    (ANN, GATE, "2027-03-01T10:30:00", GRANTED),  # no 29 February in that year
    (ANN, GATE, "2026-05-01T10:30:00", NOT_NOW),
    (ANN, GATE, "2024-05-01T10:30:00", GRANTED),  # only once
]


@pytest.mark.parametrize(("person", "door", "when", "reason"), TABLE)
def test_table(person: Person, door: int, when: str, reason: Reason) -> None:
    moment = datetime.fromisoformat(when)
    assert decide(person, door, moment, PLAN) == Decision(reason is Reason.GRANTED, reason)
    # A device that was sent the same says the same.
    virtual = device_with(PLAN, door)
    assert verdict(virtual, COMPACT, person, moment) is (Verdict.GRANTED if reason is GRANTED else VERDICTS[reason])


def test_who_is_in_no_group_passes_where_the_device_is_set_so() -> None:
    plan = AccessPlan(groups={}, open_to_ungrouped=True)
    assert decide(BARE, GATE, datetime(2026, 1, 1), plan) == Decision(True, Reason.OPEN_TO_ALL)  # noqa: DTZ001


def test_built_in_numbers_are_those_of_the_wire() -> None:
    assert (ALWAYS_SCHEDULE, NEVER_SCHEDULE) == (WIRE_ALWAYS, WIRE_NEVER)


SITES, PEOPLE, MOMENTS = 250, 20, 20
FORMS = (BIOSTATION, COMPACT, WIDE, FACE)
VERDICTS = {
    Reason.BLOCKED: Verdict.DISABLED,
    Reason.NOT_YET_VALID: Verdict.EXPIRED,
    Reason.NO_LONGER_VALID: Verdict.EXPIRED,
    Reason.NO_GROUP: Verdict.NOT_NOW,
    Reason.NO_RIGHT_HERE: Verdict.NOT_NOW,
    Reason.NOT_NOW: Verdict.NOT_NOW,
}
BEGIN = datetime(2023, 12, 20)  # noqa: DTZ001 - local times


def test_a_hundred_thousand_decisions_are_those_of_a_device() -> None:
    draw = random.Random(20_261_129)
    asked = granted = 0
    for number in range(SITES):
        plan, moments = random_plan(draw)
        device, form = device_with(plan, GATE), FORMS[number % len(FORMS)]
        for place in range(1, PEOPLE + 1):
            person = random_person(draw, place)
            header = RecordView(form.header, write_person(form, person).header.to_bytes())
            for when in (*moments, *(draw_moment(draw) for _ in range(MOMENTS - len(moments)))):
                ours = decide(person, GATE, when, plan)
                theirs = verdict_of(
                    header, to_local_seconds(when), device.rights, GATE, open_to_ungrouped=plan.open_to_ungrouped
                )
                assert ours.granted is (theirs is Verdict.GRANTED), (person, when, plan)
                assert ours.granted or VERDICTS[ours.reason] is theirs, (person, when, plan)
                asked += 1
                granted += ours.granted
    assert asked == 100_000
    assert 15_000 < granted < 85_000, "both answers are tried"


def device_with(plan: AccessPlan, device_id: int) -> VirtualDevice:
    """A device that was sent the tables, as the writers put them."""
    device = VirtualDevice(device_id, "bioentry-plus")
    device.rights.replace(
        tables.SCHEDULES, b"".join(write_schedule(each).to_bytes() for each in plan.schedules.values())
    )
    device.rights.replace(tables.HOLIDAYS, b"".join(write_holiday(each).to_bytes() for each in plan.holidays.values()))
    device.rights.replace(tables.ACCESS_GROUPS, b"".join(write_group(each).to_bytes() for each in plan.groups.values()))
    return device


def verdict(device: VirtualDevice, form: UserForm, person: Person, when: datetime) -> Verdict:
    """What a device says to somebody who was sent to it."""
    header = RecordView(form.header, write_person(form, person).header.to_bytes())
    return verdict_of(header, to_local_seconds(when), device.rights, device.device_id, open_to_ungrouped=False)


def random_plan(draw: random.Random) -> tuple[AccessPlan, list[datetime]]:
    """Rights of a site, and moments at their edges."""
    moments: list[datetime] = []
    holidays = {number: random_holiday(draw, number, moments) for number in range(1, draw.randint(1, 4))}
    schedules = {number: random_schedule(draw, number, holidays, moments) for number in range(1, draw.randint(2, 5))}
    groups = {
        number: AccessGroup(
            number=number,
            rights=tuple(
                DoorRight(
                    draw.choice((GATE, GATE, YARD, 0)),
                    draw.choice((*schedules, *schedules, ALWAYS_SCHEDULE, NEVER_SCHEDULE, 99)),
                )
                for _ in range(draw.randint(0, 2))
            ),
        )
        for number in range(1, draw.randint(2, 6))
    }
    draw.shuffle(moments)
    return AccessPlan(groups, schedules, holidays, draw.random() < 0.1), moments[: MOMENTS // 2]


def random_holiday(draw: random.Random, number: int, moments: list[datetime]) -> Holiday:
    periods = []
    for _ in range(draw.randint(0, 5)):
        day = draw.choice((draw_moment(draw), datetime(2024, 2, 29), datetime(2024, 12, 31), datetime(2024, 12, 20)))  # noqa: DTZ001
        length = draw.choice((1, 1, 2, 5, 20, 100))
        periods.append(HolidayPeriod(day.month, day.day, length, draw.choice((None, None, day.year))))
        moments += [day + timedelta(days=length, minutes=shift) for shift in (-1, 0)]
        moments.append(day + timedelta(days=draw.choice((-1, 0, length - 1)), hours=draw.randrange(24)))
    return Holiday(number=number, periods=tuple(periods))


def random_schedule(
    draw: random.Random, number: int, holidays: dict[int, Holiday], moments: list[datetime]
) -> Schedule:
    chosen = draw.sample([*holidays, 31], min(2, draw.randint(0, 2), len(holidays) + 1))
    days = [random_day(draw) for _ in range(7 + len(chosen))]
    for day in days:
        for part in day:
            midnight = draw_moment(draw).replace(hour=0, minute=0, second=0)
            moments += [midnight + timedelta(minutes=part.start, seconds=-1), midnight + timedelta(minutes=part.end)]
    return Schedule(
        number=number,
        days=tuple(days[:7]),
        holidays=tuple(HolidayHours(holiday, day) for holiday, day in zip(chosen, days[7:], strict=True)),
    )


def random_day(draw: random.Random) -> tuple[TimeInterval, ...]:
    bounds = sorted(draw.sample(range(1441), 2 * draw.choice((0, 1, 1, 2, 5))))
    return tuple(TimeInterval(start, end) for start, end in zip(bounds[::2], bounds[1::2], strict=True))


def random_person(draw: random.Random, number: int) -> Person:
    start, end = sorted((draw_moment(draw), draw_moment(draw)))
    groups = draw.sample((1, 2, 3, 4, 5, 6, NO_ACCESS_GROUP, FULL_ACCESS_GROUP), draw.choice((0, 1, 1, 1, 2, 3, 4)))
    if draw.random() < 0.8:
        groups = [group for group in groups if group != FULL_ACCESS_GROUP]
    return Person(
        number=number,
        access_groups=tuple(groups),
        disabled=draw.random() < 0.05,
        valid_from=start if draw.random() < 0.1 else None,
        valid_until=end if draw.random() < 0.1 else None,
    )


def draw_moment(draw: random.Random) -> datetime:
    return BEGIN + timedelta(seconds=draw.randrange(5 * 366 * 86_400))
