"""After a take-over, devices that are kept up to date from here are as they were, and let pass whom they let pass."""

from __future__ import annotations

import calendar
from datetime import datetime

from asgiref.sync import sync_to_async

from doorward.device.biostar1.driver import BioStar1Device
from doorward.model import people as model
from doorward.model import rights
from doorward.protocol.biostar1.commands import users
from doorward.protocol.biostar1.records import FULL_ACCESS_GROUP, EntranceLimits
from doorward.server.devices.models import Device
from doorward.server.sync import services
from doorward.server.sync.choices import DifferenceKind
from doorward.server.sync.models import Difference, ManagedDevice, Waiting
from doorward.simulator.access import Verdict, verdict_of
from doorward.simulator.people import fill_people, fill_rights
from tests.server.sync.ground import Site, Station, assert_exact, do, make_devices, running, what_it_holds
from tests.server.takeover.mover import Mover
from tests.support.driver_desk import DriverDesk, driver_desk

PEOPLE = 40
MOMENTS = [
    calendar.timegm(datetime.fromisoformat(moment).timetuple())
    for moment in (
        "2026-11-30T10:00", "2026-11-30T18:30", "2026-11-30T21:00", "2026-12-05T19:00", "2026-12-06T12:00",
        "2026-12-25T10:00", "2026-12-25T19:00", "2027-05-01T10:00",
    )
]  # fmt: skip
"""A workday by day, in the evening and at night, a Saturday, a Sunday, holidays."""

WRITES = {
    kind.COMMAND
    for kind in (
        users.EnrollBioStationUsers, users.EnrollCompactUsers, users.EnrollWideUsers, users.DeleteUser,
        users.DeleteUsers, users.DeleteAllUsers,
    )
}  # fmt: skip


def who_passes(station: Station) -> set[tuple[int, int]]:
    """The people whom a device lets pass, and when."""
    device = station.device
    found = set()
    for number in device.people.users:
        for moment in MOMENTS:
            verdict = verdict_of(
                device.people.users[number].view,
                moment,
                device.rights,
                device.device_id,
                open_to_ungrouped=device.configuration.open_to_ungrouped,
            )
            if verdict is Verdict.GRANTED:
                found.add((number, moment))
    return found


def move_in(site: Site) -> None:
    """Take all devices over, and have them kept up to date from here."""
    make_devices(site, managed=False)
    with driver_desk(*(station.device for station in site.stations.values())) as desk:
        mover = Mover(desk, {})
        item = mover.read(*site.stations)
        assert item["state"] == "compared", item["words"]
        assert mover.conflicts(item) == {}
        assert mover.apply(item)["state"] == "applied"
    for device in Device.objects.all():
        services.switch_on(device)


def check_all() -> None:
    """Have all devices read once more."""
    for device in Device.objects.all():
        services.check_now(device)


def overwrite() -> None:
    """Let the data hold where devices differ."""
    for difference in Difference.objects.all():
        services.answer(difference, services.Reply.OVERWRITE)


def assert_nothing_differs() -> None:
    """No device differs from the data, and nobody is missing at one."""
    assert not Difference.objects.exists()
    assert not Waiting.objects.exists()
    assert not ManagedDevice.objects.exclude(words="").exists()


async def test_what_was_taken_over_is_not_written_to_devices_anew(each_database: str) -> None:
    site = Site("biostation", "d-station", "bioentry-plus")
    for station in site.stations.values():
        fill_rights(station.device)
        fill_people(station.device, PEOPLE)
    held = {number: what_it_holds(station) for number, station in site.stations.items()}
    passed = {number: who_passes(station) for number, station in site.stations.items()}
    assert {len(people) for people in held.values()} == {PEOPLE}
    assert all(passed.values())
    await sync_to_async(move_in)(site)
    async with running(site):
        await site.until_settled()
        await do(check_all)
        await site.until_settled()
        await sync_to_async(assert_nothing_differs)()
        for number, station in site.stations.items():
            assert WRITES.isdisjoint(station.asked), "people are there already"
            assert what_it_holds(station) == held[number]
            assert who_passes(station) == passed[number]
            await sync_to_async(assert_exact)(station)


async def test_devices_that_mean_different_things_let_pass_whom_they_did(database: str) -> None:
    site = Site("biostation", "biostation-t2", "xpass")
    first, second, third = site.stations.values()
    for station in (first, second):
        fill_rights(station.device)
        fill_people(station.device, PEOPLE)
    nights = rights.Schedule(number=1, name="Nights", days=((rights.TimeInterval(1200, 1440),),) * 7)

    def prepare(desk: DriverDesk) -> None:
        async def lock(driver: BioStar1Device) -> None:
            await driver.configuration.write(EntranceLimits(default_access_group=0))

        async def clash(driver: BioStar1Device) -> None:
            # The same numbers as at the others, for other things.
            await driver.rights.schedules.replace([nights])
            by_night = rights.DoorRight(third.device.device_id, 1)
            everywhere = rights.DoorRight(rights.ALL_DOORS, rights.ALWAYS_SCHEDULE)
            elsewhere = rights.DoorRight(first.device.device_id, rights.ALWAYS_SCHEDULE)
            await driver.rights.access_groups.replace(
                [
                    rights.AccessGroup(number=1, name="Guards", rights=(by_night,)),
                    rights.AccessGroup(number=2, name="Staff", rights=(everywhere,)),
                    rights.AccessGroup(number=3, name="Elsewhere", rights=(elsewhere,)),
                ]
            )

        async def enroll(driver: BioStar1Device, *people: model.Person) -> None:
            await driver.people.enroll_many(people)

        def person(number: int, *groups: int) -> model.Person:
            return model.Person(number=number, cards=(model.Card(9_000 + number),), access_groups=groups)

        desk.work(first.device.device_id, lock, seconds=20)
        desk.work(third.device.device_id, clash, seconds=20)
        strangers = [person(101), person(102, FULL_ACCESS_GROUP), person(103, 1, FULL_ACCESS_GROUP)]
        for station in site.stations.values():
            desk.work(station.device.device_id, lambda driver: enroll(driver, *strangers), seconds=20)
        only = [person(201, 1), person(202, 2), person(203, 1, 2), person(204, 3)]
        desk.work(third.device.device_id, lambda driver: enroll(driver, *only), seconds=20)

    def prepared() -> None:
        with driver_desk(*(station.device for station in site.stations.values())) as desk:
            prepare(desk)

    await sync_to_async(prepared)()
    passed = {number: who_passes(station) for number, station in site.stations.items()}
    # Nobody without a group passes where the device says so; everywhere else everybody does.
    assert [101 in {number for number, _ in people} for people in passed.values()] == [False, True, True]
    assert {number for number, _ in passed[third.device.device_id]} == {101, 102, 103, 201, 202, 203}
    await sync_to_async(move_in)(site)
    async with running(site):
        await site.until_settled()
        await do(check_all)
        await site.until_settled()
        # Who may not pass there, by the device's own word, is asked about; nobody else.
        asked = await sync_to_async(lambda: set(Difference.objects.values_list("device", "number", "kind")))()
        assert asked == {(1001, 101, DifferenceKind.UNKNOWN), (1003, 204, DifferenceKind.UNKNOWN)}
        await do(overwrite)
        await site.until_settled()
        await sync_to_async(assert_nothing_differs)()
        for number, station in site.stations.items():
            await sync_to_async(assert_exact)(station)
            assert who_passes(station) == passed[number]
