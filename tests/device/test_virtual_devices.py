"""Every method of a device against virtual devices of every model."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import UTC, datetime, timedelta, timezone

import pytest

from doorward.device import Device, EnrollmentIncomplete
from doorward.device.biostar1.credentials import CardTechnology, TemplateCard
from doorward.model import rights
from doorward.model.doors import DoorAction
from doorward.model.errors import DeviceRefused, DoorwardError, InvalidInput, NotReached, Unsupported
from doorward.model.network_settings import NetworkChanges
from doorward.model.people import Card, Face, Finger, Greeting, Person, SecurityLevel
from doorward.model.rights import BlacklistEntry
from doorward.protocol.biostar1.commands.maintenance import FactoryDefaults
from doorward.protocol.biostar1.models import MODELS, Capability, DeviceModel, Family
from doorward.protocol.biostar1.records import (
    DoorSettings,
    LegacyHoliday,
    LegacySchedule,
    SystemInformation,
    TemplateCardHeader,
)
from doorward.protocol.biostar1.results import (
    CommunicationDisabledError,
    DatabaseFullError,
    NotFoundError,
    TryAgainError,
    UnsupportedCommandError,
    WrongPasswordError,
)
from doorward.protocol.errors import LocalProtocolError
from doorward.simulator import Limits
from doorward.simulator.readers import PresentedCard
from tests.device.virtual import virtual_device

SLUGS = [model.slug for model in MODELS]
TEXT_SCREEN = "biolite-net"  # its screen shows text alone; the device itself refuses pictures
every_model = pytest.mark.parametrize("slug", SLUGS)
NOON = datetime(2024, 5, 31, 12, 0, 0)  # noqa: DTZ001 - a device's local time
BUSY = timedelta(minutes=1)  # whatever else this machine does


def person_for(model: DeviceModel, number: int = 7) -> Person:
    """A person with everything that a model holds."""
    person = Person(
        number=number,
        name=f"Zoë {number}" if model.can(Capability.NAMES) else "",
        department="Lab" if model.can(Capability.NAMES) else "",
        pin="2468" if model.can(Capability.PIN) else "",
        cards=(Card(1000 + number, 3, bypass=True),),
        valid_from=NOON,
        valid_until=NOON + timedelta(days=400),
        access_groups=(1, 4),
        administrator=True,
        disabled=True,
        security_level=SecurityLevel.HIGH,
    )
    if model.can(Capability.FINGERPRINT):
        fingers = tuple(Finger((bytes([number]) * 384, bytes([place]) * 384), place == 1) for place in range(2))
        person = dataclasses.replace(person, fingers=fingers)
    if model.can(Capability.FACE):
        size = 2284 if model.family is Family.WIDE else 300
        person = dataclasses.replace(person, faces=(Face(b"f" * size), Face(b"g" * size)))
    return person


@every_model
async def test_information_and_identity(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        found = await device.information()
        assert (found.device_id, found.model, found.title) == (4711, slug, virtual.model.title)
        assert found.generation == device.generation == "biostar1"
        assert found.firmware_version
        assert found.mac_address.count(":") == 5
        assert "key" not in " ".join(found.details)


@every_model
async def test_clock(slug: str) -> None:
    async with virtual_device(slug, zone=timezone(timedelta(hours=5))) as (device, _):
        assert await device.set_time(NOON) == NOON
        assert timedelta(0) <= await device.time() - NOON <= BUSY
        with_zone = datetime(2024, 5, 31, 7, 0, 0, tzinfo=UTC)
        assert await device.set_time(with_zone) == NOON
        assert (await device.clock.read_in(UTC)).tzinfo is UTC
        drift = await device.clock_drift()
        assert abs(drift.drift) > timedelta(days=100)
        now = await device.set_time()
        assert abs(datetime.now(timezone(timedelta(hours=5))).replace(tzinfo=None) - now) < BUSY
        drift = await device.clock_drift()
        assert abs(drift.drift) <= drift.uncertainty + timedelta(seconds=1)
        with pytest.raises(InvalidInput, match="1970"):
            await device.set_time(datetime(1969, 12, 31))  # noqa: DTZ001


@every_model
async def test_people(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        model = virtual.model
        assert await device.people_list() == []
        everybody = [person_for(model, number) for number in range(1, 131)]
        told: list[tuple[int, int | None]] = []
        await device.enroll(everybody, progress=lambda done, total: told.append((done, total)))
        assert told[-1] == (130, 130)
        summaries = await device.people_list()
        assert [summary.number for summary in summaries] == list(range(1, 131))
        assert summaries[0].finger_count == len(everybody[0].fingers)
        assert summaries[0].face_count == len(everybody[0].faces)
        assert await device.person(5) == everybody[4]
        assert (await device.people.get_summary(5)).cards == everybody[4].cards
        assert [person async for person in device.people.all()] == everybody
        totals = await device.people.totals()
        assert totals.people == 130
        assert totals.finger_templates == 130 * 2 * len(everybody[0].fingers)
        changed = dataclasses.replace(await device.person(5), disabled=False, cards=())
        await device.people.enroll(changed)
        assert await device.person(5) == changed
        await device.delete_person(1)
        with pytest.raises(NotFoundError):
            await device.person(1)
        with pytest.raises(NotFoundError):
            await device.delete_person(1)
        await device.people.delete_many([2, 3])
        assert (await device.people.totals()).people == 127
        assert await device.people.delete_all() == 127
        assert await device.people_list() == []


async def test_nobody_is_deleted_by_accident() -> None:
    async with virtual_device("biostation") as (device, virtual):
        await device.people.enroll(person_for(virtual.model))
        for wrong in (0, -1, 2**32):
            with pytest.raises(InvalidInput):
                await device.delete_person(wrong)
            with pytest.raises(InvalidInput):
                await device.people.delete_many([7, wrong])
        with pytest.raises(InvalidInput, match="delete_all"):
            await device.people.delete_many([])
        for wrong in (0, -1):
            with pytest.raises(InvalidInput):
                await device.log.delete_oldest(wrong)
        assert (await device.people.totals()).people == 1


async def test_nothing_is_sent_unless_everybody_fits() -> None:
    async with virtual_device("biostation") as (device, virtual):
        good = person_for(virtual.model, 1)
        with pytest.raises(InvalidInput, match=r"person 2: name: .* is not allowed; allowed: text of at most 32 bytes"):
            await device.enroll([good, dataclasses.replace(good, number=2, name="x" * 40)])
        with pytest.raises(InvalidInput, match="each number once"):
            await device.enroll([good, good])
        assert await device.people_list() == []


async def test_a_full_device_tells_who_is_enrolled() -> None:
    async with virtual_device("xpass", limits=Limits(users=70)) as (device, virtual):
        people = [person_for(virtual.model, number) for number in range(1, 101)]
        with pytest.raises(EnrollmentIncomplete) as failure:
            await device.enroll(people)
        incomplete = failure.value
        assert isinstance(incomplete.reason, DatabaseFullError)
        assert incomplete.enrolled == tuple(range(1, 71))
        assert incomplete.refused == 71
        assert incomplete.not_sent == tuple(range(72, 101))
        assert incomplete.uncertain == ()
        assert [person.number for person in await device.people_list()] == list(range(1, 71))


@every_model
async def test_pictures_and_greetings(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        await device.people.enroll(person_for(virtual.model))
        if not virtual.model.can(Capability.SCREEN):
            with pytest.raises(Unsupported, match="no screen"):
                await device.people.picture(7)
            with pytest.raises(Unsupported):
                await device.people.set_picture(7, b"jpeg")
        elif slug == TEXT_SCREEN:
            with pytest.raises(UnsupportedCommandError):
                await device.people.picture(7)
        else:
            with pytest.raises(NotFoundError):
                await device.people.picture(7)
            await device.people.set_picture(7, b"jpeg" * 1000)
            assert await device.people.picture(7) == b"jpeg" * 1000
            with pytest.raises(InvalidInput):
                await device.people.set_picture(7, b"")
        greeting = Greeting(person=7, text="Hello", department="Lab", duration=5, daily_count=2, picture=b"png" * 900)
        if not virtual.model.can(Capability.PRIVATE_GREETING):
            with pytest.raises(Unsupported, match="greetings"):
                await device.greetings.set(greeting)
            return
        assert await device.greetings.all() == []
        await device.greetings.set(greeting)
        assert await device.greetings.get(7) == greeting
        assert await device.greetings.all() == [dataclasses.replace(greeting, picture=b"")]
        with pytest.raises(NotFoundError):
            await device.greetings.get(8)


SCHEDULE = rights.Schedule(
    number=3,
    name="Office",
    days=((), *((rights.TimeInterval(480, 720), rights.TimeInterval(780, 1020)),) * 5, (rights.WHOLE_DAY,)),
    holidays=(rights.HolidayHours(1), rights.HolidayHours(2, (rights.TimeInterval(600, 660),))),
)
HOLIDAY = rights.Holiday(
    number=1, name="Feasts", periods=(rights.HolidayPeriod(12, 25, 2), rights.HolidayPeriod(5, 1, 1, 2025))
)
GROUP = rights.AccessGroup(
    number=4, name="Staff", rights=(rights.DoorRight(0, 3), rights.DoorRight(4711, 0xFE)), person=7
)


@every_model
async def test_rights(slug: str) -> None:
    async with virtual_device(slug) as (device, _):
        assert await device.rights.schedules.read() == []
        await device.rights.schedules.put(SCHEDULE)
        other = dataclasses.replace(SCHEDULE, number=9, name="Night")
        await device.rights.schedules.put(other)
        assert await device.rights.schedules.read() == [SCHEDULE, other]
        renamed = dataclasses.replace(SCHEDULE, name="Day")
        await device.rights.schedules.put(renamed)
        assert await device.rights.schedules.read() == [renamed, other]
        await device.rights.schedules.delete(3)
        assert await device.rights.schedules.read() == [other]
        with pytest.raises(InvalidInput, match="one that the device has: 9"):
            await device.rights.schedules.delete(3)
        await device.rights.holidays.replace([HOLIDAY])
        assert await device.rights.holidays.read() == [HOLIDAY]
        await device.rights.access_groups.replace([GROUP])
        assert await device.rights.access_groups.read() == [GROUP]
        with pytest.raises(InvalidInput, match="clear"):
            await device.rights.access_groups.replace([])
        with pytest.raises(InvalidInput, match="each number once"):
            await device.rights.access_groups.replace([GROUP, GROUP])
        assert await device.rights.access_groups.read() == [GROUP]
        await device.rights.access_groups.clear()
        assert await device.rights.access_groups.read() == []


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (dataclasses.replace(SCHEDULE, number=0), "number: 0"),
        (dataclasses.replace(SCHEDULE, number=129), "1 to 128"),
        (dataclasses.replace(SCHEDULE, name="ü" * 16), "at most 31 bytes"),
        (dataclasses.replace(SCHEDULE, days=((),) * 6), "seven days"),
        (dataclasses.replace(SCHEDULE, days=((rights.TimeInterval(600, 500),), *((),) * 6)), "10:00-08:20"),
        (dataclasses.replace(SCHEDULE, days=((rights.TimeInterval(0, 1),) * 6, *((),) * 6)), "at most 5 a day"),
        (dataclasses.replace(SCHEDULE, holidays=(rights.HolidayHours(1),) * 3), "at most 2"),
    ],
)
async def test_a_schedule_that_does_not_fit_is_refused(item: rights.Schedule, words: str) -> None:
    async with virtual_device("xpass") as (device, _):
        with pytest.raises(InvalidInput, match=words):
            await device.rights.schedules.put(item)
        assert await device.rights.schedules.read() == []


async def test_older_tables() -> None:
    async with virtual_device("biostation") as (device, _):
        table = device.rights.legacy.schedules
        item = LegacySchedule(schedule_id=2, name="Old")
        await table.add(item)
        assert [found.schedule_id for found in await table.read()] == [2]
        await table.delete(2)
        assert await table.read() == []
        with pytest.raises(InvalidInput):
            await table.delete(0xFFFF)
        await table.add(item)
        await device.rights.legacy.holidays.add(LegacyHoliday(holiday_id=1, name="H"))
        await table.clear()
        assert await table.read() == []
        assert len(await device.rights.legacy.holidays.read()) == 1
    async with virtual_device("xpass") as (device, _):
        with pytest.raises(Unsupported, match="only BioStation"):
            await device.rights.legacy.access_groups.read()


@every_model
async def test_blacklist(slug: str) -> None:
    async with virtual_device(slug) as (device, _):
        person, card = BlacklistEntry(person=7), BlacklistEntry(card=99)
        await device.blacklist.add([person, card])
        assert set(await device.blacklist.read()) == {person, card}
        await device.blacklist.remove([person])
        assert await device.blacklist.read() == [card]
        await device.blacklist.clear()
        assert await device.blacklist.read() == []
        custom = BlacklistEntry(card=99, card_custom_id=4)
        await device.blacklist.add([custom], extended=True)
        assert await device.blacklist.read(extended=True) == [custom]
        await device.blacklist.remove([custom], extended=True)
        with pytest.raises(InvalidInput, match="use clear"):
            await device.blacklist.remove([])
        with pytest.raises(InvalidInput, match="not both"):
            await device.blacklist.add([BlacklistEntry(1, 2)])
        with pytest.raises(InvalidInput, match="extended list"):
            await device.blacklist.add([custom])


@every_model
async def test_configuration(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        for known in device.configuration.types:
            record = await device.configuration.read(known.record)
            assert len(record.base) == known.size
            if known.read_only:
                with pytest.raises(Unsupported, match="not written"):
                    await device.configuration.write(record)
        with pytest.raises(UnsupportedCommandError):
            await device.configuration.read_bytes(0xEE)
        with pytest.raises(InvalidInput, match="nonsense"):
            await device.configuration.change("nonsense", field=1)
        with pytest.raises(InvalidInput, match="1 to 524288"):
            await device.configuration.write_bytes(0x60, b"")
        name = "doors" if virtual.model.family is not Family.COMPACT else "settings"
        field = {"doors": "anti_passback_type", "settings": "matching_timeout"}[name]
        before = await device.configuration.read_bytes(device.configuration.type_of(name).number)
        with pytest.raises(InvalidInput, match="no_such_field"):
            await device.configuration.change(name, no_such_field=1)
        with pytest.raises(LocalProtocolError, match=field):
            await device.configuration.change(name, **{field: "many"})
        assert await device.configuration.read_bytes(device.configuration.type_of(name).number) == before
        after = await device.configuration.change(name, **{field: 1})
        assert getattr(after, field) == getattr(await device.configuration.read_any(name), field) == 1
        content = await device.configuration.read_bytes(device.configuration.type_of(name).number)
        assert sum(a != b for a, b in zip(before, content, strict=True)) <= 4
    async with virtual_device("xpass") as (device, _):
        with pytest.raises(Unsupported, match="DoorSettings"):
            await device.configuration.read(DoorSettings)
        with pytest.raises(Unsupported, match="SystemInformation"):
            await device.configuration.read(SystemInformation)


@every_model
async def test_network_settings(slug: str) -> None:
    async with virtual_device(slug) as (device, _):
        before = await device.network_settings()
        same = await device.change_network_settings(NetworkChanges(address=before.address, mask=before.mask))
        assert not same.written
        with pytest.raises(InvalidInput, match=r"300\.1\.1\.1"):
            await device.change_network_settings(NetworkChanges(address="300.1.1.1"))
        assert await device.network_settings() == before
        change = await device.change_network_settings(NetworkChanges(mode="server", server_address="10.9.8.7"))
        assert change.written
        assert (change.after.mode, change.after.server_address) == ("server", "10.9.8.7")
        with pytest.raises(NotReached):
            await device.network_settings()


@every_model
async def test_doors(slug: str) -> None:
    async with virtual_device(slug) as (device, _):
        await device.open_door()
        await device.release_door()
        await device.doors.act(2, DoorAction.OPEN)
        await device.doors.switch_relay(True)
        await device.doors.switch_relay_of(0, 0, False)
        for door in (-1, 3):
            with pytest.raises(InvalidInput, match="0 the first"):
                await device.open_door(door)
        with pytest.raises(InvalidInput, match="device"):
            await device.doors.switch_relay_of(6, 0, True)
        with pytest.raises(InvalidInput, match="relay"):
            await device.doors.switch_relay_of(0, 4, True)
        with pytest.raises(InvalidInput, match="reader"):
            await device.doors.act_at_reader(0, DoorAction.OPEN)
        words = [device.describe(event).words for chunk in [c async for c in device.events()] for event in chunk]
        assert any("relay on" in line.lower() or "relay" in line.lower() for line in words)


@every_model
async def test_screen(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        actions = [
            device.show_notice("Türe zu"),
            device.screen.set_background(0, b"picture"),
            device.screen.set_slide(0, b"slide", slide_count=2),
            device.screen.delete_slide_show(),
            device.screen.set_sound(1, b"wave" * 2000),
            device.screen.play_sound(1),
            device.screen.delete_sound(1),
            device.screen.play(b"wave"),
            device.screen.set_language_file(0, b"language"),
            device.screen.set_agreement(b"terms"),
            device.screen.show_page("Wait", picture=b"png", seconds=3),
            device.screen.end_page(),
        ]
        for action in actions:
            if slug == TEXT_SCREEN:
                with contextlib.suppress(UnsupportedCommandError):
                    await action
            elif virtual.model.can(Capability.SCREEN):
                await action
            else:
                with pytest.raises(Unsupported, match="no screen"):
                    await action
        if virtual.model.can(Capability.SCREEN) and slug != TEXT_SCREEN:
            assert isinstance(await device.screen.ask_for_keys("Code?", seconds=1), bytes)
            with pytest.raises(InvalidInput, match="1 to 1024 bytes"):
                await device.show_notice("")
            with pytest.raises(InvalidInput, match="1 to"):
                await device.screen.set_sound(1, b"")
            with pytest.raises(InvalidInput, match="code page"):
                await device.screen.show_notice("x", text_codec="klingon")


@every_model
async def test_readers_and_cards(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        model = virtual.model
        for capability, action, words in (
            (Capability.FINGERPRINT, device.reader.finger, "scan a finger"),
            (Capability.FINGERPRINT, device.reader.finger_image, "picture of a finger"),
            (Capability.FACE, device.reader.face, "capture a face"),
        ):
            if not model.can(capability):
                with pytest.raises(Unsupported, match=words):
                    await action()
        if model.can(Capability.FINGERPRINT):
            assert len(await device.reader.finger()) == 384
        layout = await device.template_cards.layout()
        await device.template_cards.set_layout(dataclasses.replace(layout, template_count=1))
        assert (await device.template_cards.layout()).template_count == 1
        await device.template_cards.format(CardTechnology.ICLASS)
        with pytest.raises(InvalidInput, match="one size"):
            await device.template_cards.write(TemplateCard(TemplateCardHeader(user_id=7), (b"a", b"bb")))
        with pytest.raises(InvalidInput, match="three keys"):
            await device.template_cards.change_keys([b"123456"])
        factory_key = b"\xff" * 6
        await device.template_cards.change_keys([factory_key, b"654321", b"abcdef"])
        with pytest.raises(WrongPasswordError):
            await device.template_cards.change_keys([factory_key, b"654321", b"abcdef"])


@every_model
async def test_somebody_shows_something(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        virtual.readers.cards.append(PresentedCard(1234, 5))
        assert await device.reader.card() == Card(1234, 5)
        assert (await device.reader.card(reader_id=99)).number > 0
        with pytest.raises(InvalidInput, match="serial number"):
            await device.reader.card(reader_id=0)
        header = TemplateCardHeader(user_id=7, template_count=2)
        card = TemplateCard(header, (b"a" * 334, b"b" * 334))
        await device.template_cards.write(card, CardTechnology.ICLASS)
        assert await device.template_cards.read(CardTechnology.ICLASS) == card
        await device.template_cards.format(CardTechnology.ICLASS)
        with pytest.raises(NotFoundError):
            await device.template_cards.read(CardTechnology.ICLASS)
        if virtual.model.can(Capability.FINGERPRINT):
            virtual.readers.fingers.append(b"t" * 384)
            assert await device.reader.finger() == b"t" * 384
            assert (await device.reader.finger_image()).startswith(b"BM")
        if virtual.model.can(Capability.FACE):
            virtual.readers.faces.append((b"jpeg", b"template"))
            face = await device.reader.face()
            assert (face.image, face.template) == (b"jpeg", b"template")
        virtual.readers.attended = False
        with pytest.raises(TryAgainError):
            await device.reader.card()  # told at once: it is for the person at the device to try again


async def test_the_bus_is_scanned_until_nobody_answers() -> None:
    async with virtual_device("bioentry-plus") as (device, _):
        found = await device.maintenance.scan_bus(milliseconds=50)
        assert found[0] == (4711, 1)
        with pytest.raises(NotReached):
            await device.time()
        with pytest.raises(InvalidInput, match="1 to 60000"):
            await device.maintenance.scan_bus(milliseconds=0)


async def test_the_challenge_file() -> None:
    async with virtual_device("biostation") as (device, _):
        await device.maintenance.write_challenge_file(b"answer" * 500)
        assert isinstance(await device.maintenance.challenge_file(), bytes)
        with pytest.raises(InvalidInput):
            await device.maintenance.write_challenge_file(b"")


async def test_a_device_is_what_the_interface_says() -> None:
    async with virtual_device("biostation") as (device, _):
        any_device: Device = device
        assert (any_device.generation, any_device.model, any_device.title) == ("biostar1", "biostation", "BioStation")
        assert await any_device.event_count() >= 0


@every_model
async def test_maintenance(slug: str) -> None:
    async with virtual_device(slug, password=b"secret") as (device, virtual):
        await device.maintenance.check_status()
        await device.maintenance.disable_terminal(20)
        await device.maintenance.enable_terminal()
        for seconds in (0, 61):
            with pytest.raises(InvalidInput, match="1 to 60"):
                await device.maintenance.disable_terminal(seconds)
        space = await device.maintenance.storage()
        assert 0 < space.available <= space.total
        assert isinstance(await device.maintenance.rs485_slaves(), list)
        told: list[tuple[int, int | None]] = []
        await device.maintenance.upgrade_firmware(
            b"firmware" * 30_000, progress=lambda done, total: told.append((done, total))
        )
        assert told[-1] == (240_000, 240_000)
        assert len(told) > 2
        with pytest.raises(InvalidInput):
            await device.maintenance.upgrade_firmware(b"")
        await device.maintenance.lock_communication()
        with pytest.raises(CommunicationDisabledError):
            await device.time()
        with pytest.raises(WrongPasswordError):
            await device.maintenance.unlock_communication("wrong")
        with pytest.raises(InvalidInput, match="at most 16 bytes"):
            await device.maintenance.unlock_communication("x" * 17)
        await device.maintenance.unlock_communication("secret")
        await device.time()
        if virtual.model.family is Family.COMPACT:
            await device.maintenance.change_password("secret", "other")
            with pytest.raises(WrongPasswordError):
                await device.maintenance.change_password("secret", "third")
        else:
            with pytest.raises(Unsupported, match="no command to change"):
                await device.maintenance.change_password("secret", "other")


@every_model
async def test_factory_default_and_restart(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        await device.people.enroll(person_for(virtual.model))
        with pytest.raises(InvalidInput, match="one or more"):
            await device.maintenance.restore_factory_defaults(FactoryDefaults(0))
        if slug != "bioentry-plus":
            with pytest.raises(Unsupported, match="LED"):
                await device.maintenance.restore_factory_defaults(FactoryDefaults.LED_AND_BUZZER)
        await device.maintenance.restore_factory_defaults(FactoryDefaults.USERS | FactoryDefaults.LOGS)
        assert await device.people_list() == []
        await device.reboot()
        with pytest.raises(NotReached, match="closed"):
            await device.time()


async def test_restarting_the_network_closes_the_connection() -> None:
    async with virtual_device("biostation") as (device, _):
        await device.maintenance.restart_network()
        with pytest.raises(NotReached):
            await device.time()


async def test_the_code_page_of_names_is_an_option() -> None:
    async with virtual_device("biostation", text_codec="cp949") as (device, virtual):
        await device.people.enroll(Person(number=1, name="홍길동"))
        assert (await device.person(1)).name == "홍길동"
        await device.rights.schedules.put(rights.Schedule(number=1, name="주간"))
        assert [item.name for item in await device.rights.schedules.read()] == ["주간"]
        stored = virtual.people
        assert stored is not None
        with pytest.raises(InvalidInput, match="cp949 can write"):
            await device.people.enroll(Person(number=2, name="😀"))


@every_model
async def test_errors_are_words(slug: str) -> None:
    async with virtual_device(slug) as (device, virtual):
        virtual.faults.refuse_for(1, 0x66)
        with pytest.raises(DeviceRefused) as refusal:
            await device.time()
        assert isinstance(refusal.value, DoorwardError)
        assert "could not read or write its storage" in refusal.value.message
        virtual.faults.busy_for(2)
        await device.time()
