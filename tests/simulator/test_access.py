from __future__ import annotations

import calendar
import datetime
from typing import Any

import pytest

from doorward.model.errors import Unsupported
from doorward.protocol.biostar1.commands import blacklist, maintenance, rights
from doorward.protocol.biostar1.records import (
    AccessGroup,
    BlacklistItem,
    ExtendedBlacklistItem,
    Holiday,
    HolidayPeriod,
    LegacySchedule,
    LogRecord,
    Schedule,
    TimeInterval,
)
from doorward.protocol.biostar1.records.access_groups import access_group_mask
from doorward.protocol.biostar1.records.logs import read_extended_log_records, read_log_records
from doorward.protocol.biostar1.records.schedules import DayIntervals
from doorward.protocol.biostar1.results import DATABASE_FULL, NOT_FOUND, UNSUPPORTED
from doorward.protocol.biostar1.user_data import COMPACT
from doorward.simulator.access import Verdict
from doorward.simulator.people import fill_people, fill_rights
from doorward.simulator.readers import finger_templates
from doorward.simulator.virtual_device import VirtualDevice
from tests.simulator.talk import HostClock, ask, told

CARD = 4711


def at(text: str) -> int:
    return calendar.timegm(datetime.datetime.fromisoformat(text).timetuple())


def device_with(**values: Any) -> VirtualDevice:
    device = VirtualDevice(10_001, "bioentry-plus", host_time=HostClock())
    device.clock.set(at("2024-05-06T10:00"))  # a Monday
    add(device, 1, card_id=CARD, **values)
    return device


def add(device: VirtualDevice, user_id: int, **values: Any) -> None:
    values = {"finger_count": 1} | values
    entry = COMPACT.header(user_id=user_id, **values).to_bytes()
    assert device.people.users.enrol(COMPACT, entry + finger_templates(user_id) * values["finger_count"], 1) == 0


def events(device: VirtualDevice) -> list[LogRecord]:
    return read_log_records(device.log.content)


def last_access(device: VirtualDevice) -> tuple[int, int, int]:
    """Event, sub event and user of the newest record that names somebody or refuses somebody."""
    found = [item for item in events(device) if item.event not in (0x8A, 0x81, 0xD2)]
    return found[-1].event, found[-1].sub_event, found[-1].user_id


def test_a_card_opens_and_both_stand_in_the_log() -> None:
    device = device_with()
    decision = device.swipe(CARD)
    assert decision is not None
    assert decision.granted
    assert [(item.event, item.sub_event, item.user_id) for item in events(device)[-2:]] == [
        (0x27, 0x2F, 1),
        (0x8A, 0, 0),
    ]
    assert device.doors.state(0).relay_on


@pytest.mark.parametrize(
    ("values", "verdict", "by_card", "by_finger"),
    [
        ({"disabled": 1}, Verdict.DISABLED, 0x78, 0x71),
        ({"expiry_time": at("2024-05-06T09:59")}, Verdict.EXPIRED, 0x77, 0x72),
        ({"start_time": at("2024-05-06T10:01")}, Verdict.EXPIRED, 0x77, 0x72),
        ({"access_group_mask": access_group_mask((0xFD,))}, Verdict.NOT_NOW, 0x6E, 0x6D),
        ({"access_group_mask": access_group_mask((9,))}, Verdict.NOT_NOW, 0x6E, 0x6D),
    ],
)
def test_refusals(values: dict[str, int], verdict: Verdict, by_card: int, by_finger: int) -> None:
    device = device_with(**values)
    for decision, event in ((device.swipe(CARD), by_card), (device.finger(1), by_finger)):
        assert decision is not None
        assert (decision.verdict, decision.event) == (verdict, event)
    assert last_access(device) == (by_finger, 0, 1)
    assert not device.doors.state(0).relay_on


def test_strangers() -> None:
    device = device_with()
    add(device, 2, card_id=5, finger_count=0)
    assert device.swipe(1) is not None
    assert last_access(device) == (0x4A, 0, 0)
    for user_id in (2, 77):  # without a finger, and not enrolled
        decision = device.finger(user_id)
        assert decision is not None
        assert decision.verdict is Verdict.UNKNOWN
        assert last_access(device) == (0x38, 0, 0)


def test_duress_opens_and_tells() -> None:
    device = device_with()
    device.finger(1, duress=True)
    assert last_access(device) == (0x63, 0x3A, 1)
    device.swipe(CARD, duress=True)
    assert last_access(device) == (0x62, 0x2F, 1)
    assert device.doors.state(0).relay_on


def test_what_a_model_lacks_it_says() -> None:
    for model, act in (("xpass", "finger"), ("facestation", "finger"), ("bioentry-plus", "face")):
        with pytest.raises(Unsupported):
            getattr(VirtualDevice(1, model), act)(1)


def test_a_device_with_a_camera_keeps_a_picture_of_what_is_not_an_ordinary_entry() -> None:
    device = VirtualDevice(3, "facestation", host_time=HostClock())
    fill_people(device, 5)
    with_face = next(user_id for user_id in device.people.users if device.people.users[user_id].templates)
    decision = device.face(with_face)
    assert decision is not None
    assert (decision.verdict, len(device.images)) == (Verdict.NOT_NOW, 1)  # the rights are not filled
    device.swipe(1)
    assert len(device.images) == 2
    newest = read_extended_log_records(device.log.content)[-1]
    assert (newest.event, newest.image_slot) == (0x4A, 1)
    device.rights.replace(
        rights.ACCESS_GROUPS,
        AccessGroup(group_id=1, reader_count=1, schedule_ids=(0xFE, *(0,) * 31)).to_bytes(),
    )
    decision = device.face(with_face)
    assert decision is not None
    assert (decision.granted, decision.event, len(device.images)) == (True, 0x37, 2)


def test_a_locked_terminal_takes_nothing() -> None:
    clock = HostClock()
    device = VirtualDevice(1, "bioentry-plus", host_time=clock)
    add(device, 1, card_id=CARD)
    ask(device, maintenance.DisableTerminal(20))
    clock.now += 15
    told(device, maintenance.ReadStorage())  # any command keeps it locked
    clock.now += 15
    assert device.swipe(CARD) is None
    assert len(device.log) == 0
    clock.now += 6
    assert device.swipe(CARD) is not None


def test_schedules_by_the_hour_the_day_and_the_door() -> None:
    device = device_with(access_group_mask=access_group_mask((3, 4)))
    hours = DayIntervals(
        intervals=(TimeInterval(start=480, end=720), TimeInterval(start=780, end=1020), *(TimeInterval(),) * 3)
    )
    nothing = DayIntervals()
    monday = Schedule(schedule_id=5, days=(nothing, hours, *(nothing,) * 7))
    device.rights.replace(rights.SCHEDULES, monday.to_bytes())

    def group(number: int, reader: int, schedule: int) -> bytes:
        ids = (reader, *(0,) * 31)
        return AccessGroup(
            group_id=number, reader_count=1, reader_ids=ids, schedule_ids=(schedule, *(0,) * 31)
        ).to_bytes()

    def passes(moment: str) -> bool:
        device.clock.set(at(moment))
        decision = device.swipe(CARD)
        assert decision is not None
        return decision.granted

    device.rights.replace(rights.ACCESS_GROUPS, group(3, 10_001, 5))
    assert [passes(f"2024-05-06T{hour}") for hour in ("07:59", "08:00", "11:59", "12:00", "13:00", "17:00")] == [
        False, True, True, False, True, False,
    ]  # fmt: skip
    assert not passes("2024-05-07T09:00")
    device.rights.replace(rights.ACCESS_GROUPS, group(3, 555, 5))  # another door
    assert not passes("2024-05-06T09:00")
    device.rights.replace(rights.ACCESS_GROUPS, group(3, 555, 5) + group(4, 0, 0xFE))  # all doors, always
    assert passes("2024-05-07T03:00")
    device.rights.replace(rights.ACCESS_GROUPS, group(3, 0, 0xFD))
    assert not passes("2024-05-06T09:00")


def test_a_holiday_goes_before_the_day_of_the_week() -> None:
    device = device_with(access_group_mask=access_group_mask((1,)))
    whole = DayIntervals(intervals=(TimeInterval(start=0, end=1440), *(TimeInterval(),) * 4))
    none = DayIntervals()
    schedule = Schedule(schedule_id=1, holiday_ids=(7, 8), days=(*(whole,) * 7, none, none))
    periods = (
        HolidayPeriod(month=12, start_day=31, duration=2),
        HolidayPeriod(flag=1, year=24, month=5, start_day=6, duration=1),
        HolidayPeriod(flag=1, year=24, month=2, start_day=30, duration=1),
        *(HolidayPeriod(),) * 29,
    )
    device.rights.replace(rights.SCHEDULES, schedule.to_bytes())
    device.rights.replace(rights.HOLIDAYS, Holiday(holiday_id=8, period_count=3, periods=periods).to_bytes())
    device.rights.replace(
        rights.ACCESS_GROUPS,
        AccessGroup(group_id=1, reader_count=1, schedule_ids=(1, *(0,) * 31)).to_bytes(),
    )
    expected = {"2024-05-06": False, "2025-05-06": True, "2025-12-31": False, "2026-01-01": False, "2026-01-02": True}
    for day, granted in expected.items():
        device.clock.set(at(f"{day}T12:00"))
        decision = device.swipe(CARD)
        assert decision is not None
        assert decision.granted is granted, day


def test_people_without_a_group_follow_the_default() -> None:
    device = device_with()
    number = 0x50
    block = bytearray(device.configuration.content(number) or b"")
    block[8176:8180] = bytes(4)  # no default access group
    device.configuration.put(number, bytes(block))
    decision = device.swipe(CARD)
    assert decision is not None
    assert decision.verdict is Verdict.NOT_NOW


def test_the_company_comes_to_work_and_cleaners_in_the_evening() -> None:
    device = VirtualDevice(1, "bioentry-plus", host_time=HostClock())
    fill_rights(device)
    fill_people(device, 24)
    cards = {device.people.users.by_card(card): card for card in device.people.users.cards()}

    def passes(moment: str, user_id: int) -> bool:
        device.clock.set(at(moment))
        decision = device.swipe(cards[user_id])
        assert decision is not None
        return decision.granted

    assert passes("2024-05-06T09:00", 1)
    assert not passes("2024-05-06T20:00", 1)
    assert not passes("2024-05-05T09:00", 1)  # Sunday
    assert not passes("2024-05-01T09:00", 1)  # a holiday
    assert not passes("2024-05-06T09:00", 12)
    assert passes("2024-05-06T20:00", 12)
    assert not passes("2024-05-06T09:00", 7)
    assert not passes("2024-05-06T09:00", 11)


def test_blacklists() -> None:
    device = device_with()
    card = BlacklistItem(item_type=2, item=CARD)
    assert ask(device, blacklist.AddToBlacklist((card, card))).code == 0
    assert told(device, blacklist.ReadBlacklist()).items == (card,)
    decision = device.swipe(CARD)
    assert decision is not None
    assert (decision.verdict, decision.event) == (Verdict.BLACKLISTED, 0xC2)
    assert ask(device, blacklist.RemoveFromBlacklist((card,))).code == 0
    assert ask(device, blacklist.RemoveFromBlacklist((card,))).code == NOT_FOUND
    person = ExtendedBlacklistItem(item_type=1, item=1)
    assert ask(device, blacklist.AddToExtendedBlacklist((person,))).code == 0
    assert ask(device, blacklist.ClearBlacklist()).code == 0
    assert told(device, blacklist.ReadExtendedBlacklist()).items == (person,)
    finger = device.finger(1)
    assert finger is not None
    assert finger.verdict is Verdict.BLACKLISTED
    many = tuple(BlacklistItem(item_type=2, item=number) for number in range(1, 1002))
    assert ask(device, blacklist.AddToBlacklist(many)).code == DATABASE_FULL
    assert told(device, blacklist.ReadBlacklist()).items == ()


def test_extended_tables_are_replaced_as_a_whole() -> None:
    device = VirtualDevice(1, "x-station")
    first, second = Schedule(schedule_id=1, name="a"), Schedule(schedule_id=2, name="b")
    assert told(device, rights.ReadSchedules()).items == ()
    assert ask(device, rights.ReplaceSchedules((first, second))).code == 0
    assert told(device, rights.ReadSchedules()).items == (first, second)
    assert ask(device, rights.ReplaceSchedules(())).code == 0
    assert told(device, rights.ReadSchedules()).items == ()
    assert ask(device, rights.ReplaceHolidays(tuple(Holiday() for _ in range(33)))).code == DATABASE_FULL


def test_old_tables_are_those_of_biostation() -> None:
    device = VirtualDevice(1, "biostation")
    item = LegacySchedule(schedule_id=4, name="old")
    assert ask(device, rights.AddLegacySchedule((item,))).code == 0
    assert told(device, rights.ReadLegacySchedules()).items == (item,)
    assert ask(device, rights.DeleteLegacySchedule(5)).code == NOT_FOUND
    assert ask(device, rights.DeleteLegacySchedule(4)).code == 0
    assert ask(device, rights.AddLegacySchedule((item,))).code == 0
    assert ask(device, rights.DeleteLegacySchedule(rights.ALL)).code == 0
    assert told(device, rights.ReadLegacySchedules()).items == ()
    for model in ("x-station", "xpass"):
        assert ask(VirtualDevice(1, model), rights.ReadLegacySchedules()).code == UNSUPPORTED
