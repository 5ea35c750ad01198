"""Who may pass, by a table written by hand: our model says so, and so do devices from what the sync sent to them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from asgiref.sync import sync_to_async

from doorward.device.biostar1.clock import to_local_seconds
from doorward.server.access import services
from doorward.server.access.deciding import may_pass
from doorward.server.access.holidays import create_holiday
from doorward.server.access.models import Schedule
from doorward.server.access.schedules import HolidayHours, create_schedule
from doorward.server.doors.models import Door
from doorward.server.people.models import Person
from doorward.server.people.services import PersonValues, create_person
from doorward.simulator.access import Verdict, verdict_of
from tests.server.sync.ground import ZONE, Site, do, make_devices, running

GATE, YARD = 1001, 1002
ANN, GUS, VIC, NEW, BAN, OUT = range(1, 7)
PEOPLE = {"Ann": ANN, "Gus": GUS, "Vic": VIC, "New": NEW, "Ban": BAN, "Out": OUT}
MORE: dict[int, PersonValues] = {
    BAN: {"disabled": True},
    NEW: {
        "valid_from": datetime(2026, 3, 3, 9, tzinfo=ZoneInfo(ZONE)),
        "valid_until": datetime(2026, 3, 4, 9, tzinfo=ZoneInfo(ZONE)),
    },
}
WORK = [[8 * 60, 12 * 60], [13 * 60, 17 * 60]]
NIGHT = [[0, 6 * 60], [22 * 60, 24 * 60]]
MORNING = [[8 * 60, 12 * 60]]

# 2026-03-02 is a Monday. Holidays: 24 December (short hours), from 25 December twelve days (closed).
TABLE = """
Ann gate 2026-03-02T07:59:59 no    | Ann gate 2026-03-02T08:00:00 yes   | Ann gate 2026-03-02T11:59:59 yes
Ann gate 2026-03-02T12:00:00 no    | Ann gate 2026-03-02T13:00:00 yes   | Ann gate 2026-03-02T17:00:00 no
Ann gate 2026-03-06T11:59:59 yes   | Ann gate 2026-03-06T13:00:00 no    | Ann gate 2026-03-07T10:00:00 no
Ann gate 2026-03-08T10:00:00 no    | Ann yard 2026-03-02T09:00:00 no    | Ann gate 2026-12-23T10:30:00 yes
Ann gate 2026-12-24T09:30:00 no    | Ann gate 2026-12-24T10:30:00 yes   | Ann gate 2026-12-24T11:00:00 no
Ann gate 2026-12-25T10:30:00 no    | Ann gate 2027-01-04T10:30:00 no    | Ann gate 2027-01-05T10:30:00 no
Ann gate 2027-01-06T10:30:00 yes   | Ann gate 2028-12-25T10:30:00 no    | Ann gate 2028-02-29T10:30:00 yes
Gus gate 2026-03-02T09:00:00 yes   | Gus gate 2026-03-02T05:59:59 yes   | Gus gate 2026-03-02T06:00:00 no
Gus gate 2026-03-02T22:00:00 yes   | Gus gate 2026-03-08T23:59:59 yes   | Gus gate 2026-03-08T21:59:59 no
Gus gate 2026-12-25T10:30:00 no    | Gus gate 2026-12-25T23:00:00 yes   | Gus gate 2026-12-24T10:30:00 yes
Gus yard 2026-03-02T09:00:00 yes   | Gus yard 2026-12-25T03:33:33 yes   | Gus yard 2026-03-08T12:00:00 yes
Vic yard 2026-03-02T08:30:00 yes   | Vic yard 2026-03-02T12:30:00 no    | Vic yard 2026-03-03T08:30:00 no
Vic yard 2026-03-09T11:59:59 yes   | Vic gate 2026-03-02T08:30:00 no    | Vic yard 2026-12-28T08:30:00 yes
New gate 2026-03-03T08:59:59 no    | New gate 2026-03-03T09:00:00 yes   | New gate 2026-03-03T12:30:00 no
New gate 2026-03-04T09:00:00 yes   | New gate 2026-03-04T09:00:01 no    | New yard 2026-03-03T09:30:00 no
Ban gate 2026-03-02T09:00:00 no    | Ban yard 2026-03-02T09:00:00 no    | Ban gate 2026-12-24T10:30:00 no
Out gate 2026-03-02T09:00:00 no    | Out yard 2026-03-02T09:00:00 no    | Out gate 2026-12-24T10:30:00 no
"""
DOORS = {"gate": GATE, "yard": YARD}


def cases() -> list[tuple[int, int, datetime, bool]]:
    found = []
    for line in TABLE.strip().splitlines():
        for case in line.split("|"):
            who, where, when, answer = case.split()
            found.append((PEOPLE[who], DOORS[where], datetime.fromisoformat(when), answer == "yes"))
    return found


CASES = cases()


def fill(site: Site) -> None:
    doors = make_devices(site)
    short = create_holiday("Short days", [{"month": 12, "day": 24, "length": 1}])
    closed = create_holiday("Closed", [{"month": 12, "day": 25, "length": 12}])
    hours = [HolidayHours(short.number, [[10 * 60, 11 * 60]]), HolidayHours(closed.number, [])]
    office = create_schedule("Office", [[], WORK, WORK, WORK, WORK, MORNING, []], hours)
    nights = create_schedule("Nights", [NIGHT] * 7)
    mondays = create_schedule("Mondays", [[], MORNING, [], [], [], [], []])
    for name, number in PEOPLE.items():
        create_person({"name": name, **MORE.get(number, PersonValues())}, number=number)
    groups: dict[str, tuple[dict[int, Schedule | None], tuple[int, ...]]] = {
        "Staff": ({GATE: office}, (ANN, GUS, NEW, BAN)),
        "Guards": ({GATE: nights, YARD: None}, (GUS,)),
        "Visitors": ({YARD: mondays}, (VIC,)),
        "Nowhere": ({}, (OUT,)),
    }
    for name, (rights, members) in groups.items():
        group = services.create_access_group(name)
        for device_id, schedule in rights.items():
            services.set_right(group.number, doors[device_id], schedule)
        services.add_members(group.number, members)


def answers(site: Site) -> tuple[list[bool], list[bool]]:
    """What our model says to each case, and what the devices say."""
    ours, theirs = [], []
    for number, device_id, when, _ in CASES:
        door = Door.objects.select_related("device").get(device_id=device_id)
        person = Person.objects.get(number=number)
        ours.append(may_pass(person, door, when.replace(tzinfo=ZoneInfo(ZONE))).granted)
        device = site.stations[device_id].device
        theirs.append(
            number in device.people.users
            and verdict_of(
                device.people.users[number].view,
                to_local_seconds(when),
                device.rights,
                device_id,
                open_to_ungrouped=device.configuration.open_to_ungrouped,
            )
            is Verdict.GRANTED
        )
    return ours, theirs


async def test_model_and_devices_answer_as_the_table_says(database: str) -> None:
    site = Site("bioentry-plus", "x-station")
    await do(lambda: fill(site))
    async with running(site):
        await site.until_settled()
        ours, theirs = await sync_to_async(answers)(site)
    wanted = [granted for *_, granted in CASES]
    assert [case for case, said, right in zip(CASES, ours, wanted, strict=True) if said is not right] == []
    assert [case for case, said, right in zip(CASES, theirs, wanted, strict=True) if said is not right] == []
    assert OUT not in site.stations[GATE].device.people.users, "who has no right there is not sent there"
