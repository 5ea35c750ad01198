"""A seeded company: people with cards and fingers, two access groups and their schedules."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from doorward.protocol.biostar1.commands.rights import ACCESS_GROUPS, HOLIDAYS, SCHEDULES
from doorward.protocol.biostar1.models import Capability, Family
from doorward.protocol.biostar1.records import (
    AccessGroup,
    Holiday,
    HolidayPeriod,
    Schedule,
    TimeInterval,
)
from doorward.protocol.biostar1.records.access_groups import access_group_mask
from doorward.protocol.biostar1.records.schedules import DayIntervals
from doorward.protocol.biostar1.user_data import (
    BIOSTATION,
    COMPACT,
    D_STATION_FACE_SIZE,
    FACE,
    FINGER_SIZE,
    WIDE,
    UserForm,
)
from doorward.simulator.fields import RecordView, has_field, with_fields
from doorward.simulator.readers import finger_templates
from doorward.simulator.virtual_device import VirtualDevice

DEFAULT_PEOPLE = 36
STAFF, CLEANING = 1, 2
OFFICE_HOURS, EVENINGS = 1, 2
PUBLIC_HOLIDAYS = 1

_FIRST_NAMES = (
    "Ada", "Björn", "Chiara", "Dimitri", "Élodie", "Farid", "Grace", "Hana", "Igor", "José", "Katarína", "Liang",
    "Małgorzata", "Nuno", "Olga", "Pavel", "Quynh", "Ruth", "Sørine", "Tomás", "Uwe", "Vera", "Wei", "Ximena",
    "Yusuf", "Zoë",
)  # fmt: skip
_LAST_NAMES = (
    "Adler", "Brand", "Costa", "Dvořák", "Eriksen", "Fischer", "García", "Hoang", "Ivanova", "Jansen", "Kim", "Lund",
    "Müller", "Nowak", "Okafor", "Park", "Rossi", "Şahin", "Tanaka", "Weber",
)  # fmt: skip
_DEPARTMENTS = ("Assembly", "Development", "Logistics", "Office", "Service")
_FACE_TEMPLATE_SIZE = 2_000
_CARDS = range(0x10000000, 0x60000000)
_LONG_AGO = 946_684_800  # 2000-01-01, for the person whose time is over
_OPEN_WEEK = (1, 2, 3, 4, 5)  # Sunday is day 0
_SATURDAY = 6
_DAYS_OF_SCHEDULE = 9


def fill_rights(device: VirtualDevice) -> None:
    """Give a device two access groups, two schedules and a table of public holidays."""
    with device.changing():
        for table, content in _rights_tables().items():
            device.rights.replace(table, content)


@cache
def _rights_tables() -> dict[int, bytes]:
    nothing = DayIntervals()
    workday = _day(7 * 60, 19 * 60)
    evening = _day(18 * 60, 22 * 60)
    office = Schedule(
        schedule_id=OFFICE_HOURS,
        name="Office hours",
        holiday_ids=(PUBLIC_HOLIDAYS, 0),
        days=tuple(workday if day in _OPEN_WEEK else nothing for day in range(_DAYS_OF_SCHEDULE)),
    )
    evenings = Schedule(
        schedule_id=EVENINGS,
        name="Evenings",
        days=tuple(evening if day in (*_OPEN_WEEK, _SATURDAY) else nothing for day in range(_DAYS_OF_SCHEDULE)),
    )
    periods = (
        HolidayPeriod(month=1, start_day=1, duration=1),
        HolidayPeriod(month=5, start_day=1, duration=1),
        HolidayPeriod(month=12, start_day=25, duration=2),
    )
    holidays = Holiday(
        holiday_id=PUBLIC_HOLIDAYS,
        name="Public holidays",
        period_count=len(periods),
        periods=periods + (HolidayPeriod(),) * (32 - len(periods)),
    )
    groups = (_group(STAFF, "Staff", OFFICE_HOURS), _group(CLEANING, "Cleaning", EVENINGS))
    return {
        SCHEDULES: office.to_bytes() + evenings.to_bytes(),
        HOLIDAYS: holidays.to_bytes(),
        ACCESS_GROUPS: b"".join(group.to_bytes() for group in groups),
    }


def fill_people(device: VirtualDevice, count: int = DEFAULT_PEOPLE, *, seed: int = 0) -> None:
    """Enrol people; the same seed gives the same people on every device, as far as its model can hold them.

    Names stand only where the model has names, fingers and faces only where it knows them. Every twelfth person
    cleans in the evenings, one is blocked and one's time is over.
    """
    form = device.people.users.forms[0]
    draw = random.Random(f"people {seed}")  # noqa: S311 - no secret
    cards = draw.sample(_CARDS, count)
    with device.changing():
        for place in range(count):
            user = _person(device, form, draw, place + 1, cards[place])
            device.people.users.enrol(form, user, 1)


def _day(start: int, end: int) -> DayIntervals:
    return DayIntervals(intervals=(TimeInterval(start=start, end=end), *(TimeInterval(),) * 4))


def _group(number: int, name: str, schedule: int) -> AccessGroup:
    return AccessGroup(
        group_id=number, name=name, reader_count=1, reader_ids=(0,) * 32, schedule_ids=(schedule, *(0,) * 31)
    )


def _person(device: VirtualDevice, form: UserForm, draw: random.Random, number: int, card: int) -> bytes:
    # The draws are the same for every model, so that the same person is the same everywhere.
    name = f"{draw.choice(_FIRST_NAMES)} {draw.choice(_LAST_NAMES)}"
    department = draw.choice(_DEPARTMENTS)
    pin = f"{draw.randrange(10_000):04}"
    model = device.model
    with_finger = model.can(Capability.FINGERPRINT) and number % 3 != 0
    with_face = model.can(Capability.FACE) and number % 4 == 1
    templates = finger_templates(number) if with_finger else b""
    values: dict[str, Any] = {
        "user_id": number,
        "name": name,
        "department": department,
        "pin": pin if model.can(Capability.PIN) else "",
        "card_id": card,
        "access_group_mask": access_group_mask((CLEANING if number % 12 == 0 else STAFF,)),
        "disabled": number == 7,
        "expiry_time": _LONG_AGO if number == 11 else 0,
        "finger_count": len(templates) // FINGER_SIZE,
    }
    if form is FACE and with_face:
        face = random.Random(f"face {number}").randbytes(_FACE_TEMPLATE_SIZE)  # noqa: S311 - no secret
        values |= {
            "face_count": 1,
            "face_lengths": (len(face), *(0,) * 24),
            "face_checksums": (sum(face), *(0,) * 24),
        }
        templates = face
    elif model.family is Family.WIDE and with_face:
        face = random.Random(f"face {number}").randbytes(D_STATION_FACE_SIZE)  # noqa: S311 - no secret
        values |= {"face_count": 1, "face_checksums": (sum(face), *(0,) * 4)}
        templates += face
    return _header(form, values, templates) + templates


def _header(form: UserForm, values: dict[str, Any], templates: bytes) -> bytes:
    known = {name: value for name, value in values.items() if has_field(form.header, name)}
    if known.get("finger_count"):
        bits, count = (32, 10) if form is WIDE else (16, 5) if form is BIOSTATION else (16, 2)
        known["finger_checksums"] = (sum(templates[:FINGER_SIZE]) % (1 << bits), *(0,) * (count - 1))
    blank = _BLANK_HEADERS[form.name]
    known["disabled"] = type(RecordView(form.header, blank).disabled)(known["disabled"])  # a flag or a number
    return with_fields(form.header, blank, **known)


_BLANK_HEADERS = {form.name: form.header().to_bytes() for form in (BIOSTATION, COMPACT, WIDE, FACE)}
