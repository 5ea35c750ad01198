"""Every direct-mode vector replayed as a client: the same call gives the same bytes and takes the outputs."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from doorward.device import BioStar1Device
from doorward.device.biostar1.credentials import CardTechnology, FingerImageKind, TemplateCard
from doorward.device.biostar1.people import People
from doorward.device.biostar1.person_records import read_person, read_summary
from doorward.model.doors import DoorAction
from doorward.model.errors import DoorwardError, InvalidInput, TimedOut
from doorward.model.people import Person
from doorward.model.rights import BlacklistEntry
from doorward.protocol.biostar1.commands.identity import Identify, ScanBus
from doorward.protocol.biostar1.commands.maintenance import FactoryDefaults
from doorward.protocol.biostar1.commands.rights import ReplaceSchedules
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.records import (
    AccessGroup,
    CardLayout,
    ExtendedLogRecord,
    Holiday,
    InputFunction,
    InputSettings,
    LegacyAccessGroup,
    LegacyHoliday,
    LegacySchedule,
    LogRecord,
    OutputSettings,
    PrivateGreeting,
    Schedule,
    TemplateCardHeader,
    write_extended_log_records,
    write_log_records,
)
from doorward.protocol.biostar1.request import Done, Exchange, Outgoing, Request
from doorward.protocol.biostar1.results import ResultError
from doorward.protocol.biostar1.user_data import FACE_EXTENDED, LEGACY, UserEntry, UserForm, user_form
from doorward.protocol.errors import ChecksumError
from tests.device.fakes import playing
from tests.support.vectors import TCP_GROUPS, cases

Case = dict[str, Any]
Call = Callable[[BioStar1Device, Case], Awaitable[None]]

# What the vendor's error numbers mean on the wire (protocol notes, section 11).
RESULT_OF_ERROR = {
    -300: 0x64, -303: 0x65, -304: 0x66, -305: 0x67, -306: 0x68, -308: 0x6A, -310: 0x6C, -311: 0x6D, -312: 0x6E,
    -313: 0x70, -314: 0x71, -315: 0x72, -316: 0x78,
}  # fmt: skip


def given(case: Case, place: int) -> bytes:
    """A buffer that the call was given."""
    words = case["arguments"][place]
    if words.startswith("out buffer"):
        return b""
    return bytes.fromhex(words.rpartition(":")[2])


def output(case: Case, name: str) -> bytes:
    return bytes.fromhex(case["output_buffers"][name])


def payload(case: Case, direction: str) -> bytes:
    return b"".join(bytes.fromhex(item["payload_hex"]) for item in case["packets"] if item["dir"] == direction)


def local(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class RawRequest(Request[Done]):
    """Any packet at all, as the framing vectors send them."""

    COMMAND: ClassVar[int] = 0
    EXCHANGE: ClassVar[Exchange] = Exchange.SIMPLE
    PURPOSE: ClassVar[str] = "take a packet"

    message: Message = field(default_factory=lambda: Message(0))

    def encode(self) -> Outgoing:
        return Outgoing(self.message)


def raw(command: int, code: int, param1: int, param2: int, content: bytes) -> Request[Done]:
    kind = type("AnyRequest", (RawRequest,), {"COMMAND": command, "__slots__": ()})
    made: Request[Done] = kind(message=Message(command, code, param1, param2, content))
    return made


# Device.


async def identity(device: BioStar1Device, case: Case) -> None:
    found = await device.context.requester.request(Identify())
    assert found.device_id == case["outputs"]["id"]
    assert found.device_type == case["outputs"].get("type", case["device_type"])


async def get_time(device: BioStar1Device, case: Case) -> None:
    assert await device.time() == local(case["outputs"]["t"])


async def set_time(device: BioStar1Device, case: Case) -> None:
    assert await device.set_time(local(case["arguments"][1])) == local(case["arguments"][1])


async def get_status(device: BioStar1Device, case: Case) -> None:
    await device.maintenance.check_status()


async def reset(device: BioStar1Device, case: Case) -> None:
    await device.reboot()


async def reset_network(device: BioStar1Device, case: Case) -> None:
    await device.maintenance.restart_network()


async def disable(device: BioStar1Device, case: Case) -> None:
    await device.maintenance.disable_terminal(case["arguments"][1])


async def factory_default(device: BioStar1Device, case: Case) -> None:
    await device.maintenance.restore_factory_defaults(FactoryDefaults(case["arguments"][1]))


async def lock(device: BioStar1Device, case: Case) -> None:
    await device.maintenance.lock_communication()


async def unlock(device: BioStar1Device, case: Case) -> None:
    password = case["arguments"][1]
    if password.startswith("in buffer"):
        password = given(case, 1).rstrip(b"\0").decode()
    await device.maintenance.unlock_communication(password)


async def change_password(device: BioStar1Device, case: Case) -> None:
    old, new = (given(case, place).rstrip(b"\0").decode() for place in (1, 2))
    await device.maintenance.change_password(old, new)


async def space(device: BioStar1Device, case: Case) -> None:
    found = await device.maintenance.storage()
    assert {"a": found.available, "t": found.total} == case["outputs"]


async def slaves(device: BioStar1Device, case: Case) -> None:
    found = await device.maintenance.rs485_slaves()
    assert len(found) == case["outputs"]["n"]
    assert b"".join(slave.to_bytes() for slave in found) == output(case, "L")[: 8 * len(found)]


async def notice(device: BioStar1Device, case: Case) -> None:
    await device.show_notice(case["arguments"][1])


async def scan_finger(device: BioStar1Device, case: Case) -> None:
    assert await device.reader.finger() == output(case, "T")[:384]


async def read_card(device: BioStar1Device, case: Case) -> None:
    card = await device.reader.card()
    assert (card.number, card.custom_id) == (case["outputs"]["c"], case["outputs"].get("cu", card.custom_id))


async def read_finger_image(device: BioStar1Device, case: Case) -> None:
    picture = await device.reader.finger_image(FingerImageKind(case["arguments"][1]))
    assert picture == output(case, "I")
    assert len(picture) == case["outputs"]["n"]


async def play_sound(device: BioStar1Device, case: Case) -> None:
    await device.screen.play_sound(case["arguments"][1])


async def delete_slides(device: BioStar1Device, case: Case) -> None:
    await device.screen.delete_slide_show()


async def end_page(device: BioStar1Device, case: Case) -> None:
    await device.screen.end_page()


async def scan_bus(device: BioStar1Device, case: Case) -> None:
    found = await device.maintenance.scan_bus()
    assert [struct.pack("<II", *item) for item in found] == [output(case, "L") + output(case, "M")]
    assert not (await device.context.requester.current()).is_open
    assert ScanBus().milliseconds == 1500


# Logs.


async def count_logs(device: BioStar1Device, case: Case) -> None:
    assert await device.event_count() == case["outputs"]["n"]


async def read_logs(device: BioStar1Device, case: Case) -> None:
    assert case["arguments"][1:3] == [0, 0]
    chunks = device.log.records()
    contents = b""
    first = await anext(chunks, None)
    if first is not None:
        contents = first.content
        kind = ExtendedLogRecord if "Ex" in case["sdk_call"] else LogRecord
        write: Callable[[Any], bytes] = write_extended_log_records if kind is ExtendedLogRecord else write_log_records
        assert first.record is kind
        assert write(first.records()) == contents
        assert [tuple(row) for row in first.rows()] == [tuple(record) for record in first.records()]
        assert [event.local_time for event in first.events()] == [row[3] for row in first.rows()]
        assert len(first) == case["outputs"]["n"]
    assert contents == output(case, "L") if case["outputs"]["n"] else contents == b""
    await chunks.aclose()  # type: ignore[attr-defined]


async def read_next_logs(device: BioStar1Device, case: Case) -> None:
    session = await device.context.requester.current()
    chunks = [chunk async for chunk in device.log._reply(session, 1, 0, 0)]
    assert b"".join(chunk.content for chunk in chunks) == output(case, "L")


async def delete_logs(device: BioStar1Device, case: Case) -> None:
    assert await device.log.delete_oldest(case["arguments"][1]) == case["outputs"]["n"]


async def delete_all_logs(device: BioStar1Device, case: Case) -> None:
    assert await device.log.delete_all() == case["outputs"]["n"]


async def read_cache(device: BioStar1Device, case: Case) -> None:
    chunk = await device.log.cache()
    assert (len(chunk), chunk.content) == (case["outputs"]["n"], output(case, "L"))


async def clear_cache(device: BioStar1Device, case: Case) -> None:
    await device.log.clear_cache()


async def read_image_log(device: BioStar1Device, case: Case) -> None:
    from doorward.model.events import Event

    image = await device.image_log.image(Event(case["arguments"][2], local_time=case["arguments"][1]))
    whole = output(case, "L")
    assert len(whole) == case["outputs"]["n"]
    assert image.picture == whole[24:]
    assert image.event.local_time == case["arguments"][1]


async def count_images(device: BioStar1Device, case: Case) -> None:
    assert await device.image_log.count() == case["outputs"]["n"]


# People.


async def totals(device: BioStar1Device, case: Case) -> None:
    found = await device.people.totals()
    assert {"u": found.people, "t": found.finger_templates} == case["outputs"]


async def face_totals(device: BioStar1Device, case: Case) -> None:
    from doorward.protocol.biostar1.commands.users import ReadFaceTotals

    found = await device.context.requester.request(ReadFaceTotals())
    assert {"u": found.users, "t": found.templates} == case["outputs"]


def form_of(device: BioStar1Device, case: Case) -> UserForm:
    call = case["sdk_call"]
    if call in ("BS_GetUser", "BS_EnrollUser"):
        return LEGACY
    if call.endswith("FStationEx"):
        return FACE_EXTENDED
    return user_form(device.context.model)


def people_of(device: BioStar1Device, case: Case) -> People:
    return People(device.context, form_of(device, case))


async def list_people(device: BioStar1Device, case: Case) -> None:
    people = people_of(device, case)
    found = await people.summaries()
    if case["return_code"]:
        assert found == []
        return
    headers = output(case, "L")
    size = people.form.header.SIZE
    assert len(found) == case["outputs"]["n"]
    assert b"".join(person.origin.content for person in found if person.origin) == headers[: size * len(found)]
    parsed = [people.form.header.from_bytes(headers[at : at + size]) for at in range(0, size * len(found), size)]
    assert found == [read_summary(people.form, header) for header in parsed]


async def get_summary(device: BioStar1Device, case: Case) -> None:
    people = people_of(device, case)
    found = await people.get_summary(case["arguments"][1])
    header = people.form.header.from_bytes(output(case, "L")[: people.form.header.SIZE])
    assert found == read_summary(people.form, header)
    assert found.number == case["arguments"][1]


async def get_person(device: BioStar1Device, case: Case) -> None:
    people = people_of(device, case)
    if case["sdk_call"] == "BS_GetUserXStation":
        # This call of the vendor asks for the header with the code for templates; the model has none.
        assert (await people.get(case["arguments"][1])).fingers == ()
        return
    found = await people.get(case["arguments"][1])
    templates = b"".join(output(case, name) for name in ("T", "F") if name in case["output_buffers"])
    assert (
        b"".join(part for finger in found.fingers for part in finger.templates)
        + b"".join(face.template for face in found.faces)
        == templates[
            : sum(len(part) for finger in found.fingers for part in finger.templates)
            + sum(len(face.template) for face in found.faces)
        ]
    )
    assert found.origin is not None
    assert found.origin.content[: people.form.header.SIZE] == output(case, "L")[: people.form.header.SIZE]
    assert found.fingers or found.faces


async def refused(device: BioStar1Device, case: Case) -> None:
    people = people_of(device, case)
    if "Enroll" in case["sdk_call"]:
        await people.enroll(vector_people(people.form, case)[0])
    else:
        await people.get(case["arguments"][1])


def vector_people(form: UserForm, case: Case) -> list[Person]:
    """The people of an enrolment, from the buffers of the call: headers, templates, faces."""
    several = isinstance(case["arguments"][1], int)
    first = 2 if several else 1
    count = case["arguments"][1] if several else 1
    headers = given(case, first)
    parts = [given(case, place) for place in range(first + 1, len(case["arguments"]))]
    people = []
    for at in range(count):
        header = form.header.from_bytes(headers[at * form.header.SIZE : (at + 1) * form.header.SIZE])
        due = form.template_size(header)
        own = b""
        if form.name in ("face", "face extended"):
            own = b"".join(parts)
        else:
            for place, part in enumerate(parts):
                fingers = getattr(header, "finger_count", 0) * 768
                size = fingers if place == 0 else due - fingers
                own += part[:size]
                parts[place] = part[size:]
        assert len(own) == due
        people.append(read_person(form, UserEntry(header, own)))
    return people


async def enroll(device: BioStar1Device, case: Case) -> None:
    people = people_of(device, case)
    enrolled = vector_people(people.form, case)
    if len(enrolled) == 1:
        await people.enroll(enrolled[0])
    else:
        await people.enroll_many(enrolled)


async def delete_person(device: BioStar1Device, case: Case) -> None:
    await device.delete_person(case["arguments"][1])


async def delete_people(device: BioStar1Device, case: Case) -> None:
    numbers = struct.unpack(f"<{case['arguments'][1]}I", given(case, 2))
    await device.people.delete_many(numbers)


async def delete_everybody(device: BioStar1Device, case: Case) -> None:
    assert await device.people.delete_all() == 3


async def get_picture(device: BioStar1Device, case: Case) -> None:
    assert await device.people.picture(case["arguments"][1]) == output(case, "L")


async def get_greeting(device: BioStar1Device, case: Case) -> None:
    record = PrivateGreeting.from_bytes(output(case, "L")[:136])
    found = await device.greetings.get(case["arguments"][1])
    assert (found.person, found.text, found.department) == (record.user_id, record.greeting, record.department)


async def list_greetings(device: BioStar1Device, case: Case) -> None:
    found = await device.greetings.all()
    assert len(found) == case["outputs"]["n"]
    records = [PrivateGreeting.from_bytes(output(case, "L")[at : at + 136]) for at in range(0, 272, 136)]
    assert [(item.person, item.text) for item in found] == [(item.user_id, item.greeting) for item in records]


async def set_greeting(device: BioStar1Device, case: Case) -> None:
    from doorward.model.people import Greeting

    record = PrivateGreeting.from_bytes(given(case, 2))
    await device.greetings.set(
        Greeting(
            person=record.user_id,
            text=record.greeting,
            department=record.department,
            duration=record.duration,
            daily_count=record.daily_count,
        )
    )


async def capture_face(device: BioStar1Device, case: Case) -> None:
    face = await device.reader.face()
    assert (face.image, face.template) == (output(case, "I"), output(case, "F"))
    assert len(face.image) == case["outputs"]["n"]


# Access.

TABLES: dict[str, tuple[str, type[Any]]] = {
    "TimeScheduleEx": ("schedules", Schedule),
    "HolidayEx": ("holidays", Holiday),
    "AccessGroupEx": ("access_groups", AccessGroup),
}
LEGACY_TABLES: dict[str, tuple[str, type[Any]]] = {
    "TimeSchedule": ("schedules", LegacySchedule),
    "Holiday": ("holidays", LegacyHoliday),
    "AccessGroup": ("access_groups", LegacyAccessGroup),
}


def table_of(device: BioStar1Device, case: Case) -> tuple[Any, type[Any]]:
    call = case["sdk_call"]
    for ending, (name, record) in TABLES.items():
        if call.endswith(ending):
            return getattr(device.rights, name), record
    for ending, (name, record) in LEGACY_TABLES.items():
        if call.endswith(ending):
            return getattr(device.rights.legacy, name), record
    raise KeyError(call)


async def read_table(device: BioStar1Device, case: Case) -> None:
    table, record = table_of(device, case)
    found = await (table.read_records() if hasattr(table, "read_records") else table.read())
    assert len(found) == case["outputs"]["n"]
    assert b"".join(item.to_bytes() for item in found) == output(case, "L")[: record.SIZE * len(found)]


async def set_table(device: BioStar1Device, case: Case) -> None:
    table, record = table_of(device, case)
    content = given(case, 2)
    await table.replace_records(
        [record.from_bytes(content[at : at + record.SIZE]) for at in range(0, len(content), record.SIZE)]
    )


async def add_to_table(device: BioStar1Device, case: Case) -> None:
    table, record = table_of(device, case)
    item = record.from_bytes(given(case, 1))
    await (table.put_record(item) if hasattr(table, "put_record") else table.add(item))


async def add_same_number(device: BioStar1Device, case: Case) -> None:
    """The vendor's library appends an item whose number is in the table; here a table never holds a number twice."""
    present = await device.rights.schedules.read_records()
    await device.context.requester.request(ReplaceSchedules((*present, Schedule.from_bytes(given(case, 1)))))


async def delete_from_table(device: BioStar1Device, case: Case) -> None:
    table, _ = table_of(device, case)
    await table.delete(case["arguments"][1])


async def delete_missing(device: BioStar1Device, case: Case) -> None:
    with pytest.raises(InvalidInput, match="9"):
        await delete_from_table(device, case)


async def clear_table(device: BioStar1Device, case: Case) -> None:
    table, _ = table_of(device, case)
    await table.clear()


async def control_door(device: BioStar1Device, case: Case) -> None:
    door, on = case["arguments"][1:]
    await device.doors.act(door, DoorAction.OPEN if on else DoorAction.RELEASE)


async def control_relay(device: BioStar1Device, case: Case) -> None:
    await device.doors.switch_relay(bool(case["arguments"][1]))


async def control_any_relay(device: BioStar1Device, case: Case) -> None:
    module, relay, on = case["arguments"][1:]
    await device.doors.switch_relay_of(module, relay, bool(on))


async def control_reader_door(device: BioStar1Device, case: Case) -> None:
    reader, on = case["arguments"][1:]
    await device.doors.act_at_reader(reader, DoorAction.OPEN if on else DoorAction.RELEASE)


def entries(content: bytes, size: int) -> list[BlacklistEntry]:
    found = []
    for at in range(0, len(content), size):
        kind, number = struct.unpack_from("<B3xI", content, at)
        custom = struct.unpack_from("<I", content, at + 8)[0] if size == 12 else 0
        found.append(BlacklistEntry(person=number) if kind == 1 else BlacklistEntry(card=number, card_custom_id=custom))
    return found


async def add_blacklist(device: BioStar1Device, case: Case) -> None:
    await device.blacklist.add(entries(given(case, 2), 8))


async def add_extended_blacklist(device: BioStar1Device, case: Case) -> None:
    await device.blacklist.add(entries(given(case, 2), 12), extended=True)


async def clear_blacklist(device: BioStar1Device, case: Case) -> None:
    await device.blacklist.clear()


async def read_blacklist(device: BioStar1Device, case: Case) -> None:
    found = await device.blacklist.read()
    assert found == entries(output(case, "L")[:16], 8)
    assert len(found) == case["outputs"]["n"]


def technology(case: Case) -> CardTechnology:
    return CardTechnology.ICLASS if "iClass" in case["sdk_call"] else CardTechnology.MIFARE


async def write_layout(device: BioStar1Device, case: Case) -> None:
    await device.template_cards.set_layout(CardLayout.from_bytes(given(case, 1)), technology(case))


async def read_layout(device: BioStar1Device, case: Case) -> None:
    assert (await device.template_cards.layout(technology(case))).to_bytes() == output(case, "L")


async def format_card(device: BioStar1Device, case: Case) -> None:
    await device.template_cards.format(technology(case))


async def write_card(device: BioStar1Device, case: Case) -> None:
    header = TemplateCardHeader.from_bytes(given(case, 1))
    await device.template_cards.write(TemplateCard(header, (given(case, 2),)), technology(case))


async def read_template_card(device: BioStar1Device, case: Case) -> None:
    card = await device.template_cards.read(technology(case))
    assert card.header.to_bytes() == output(case, "L")
    assert b"".join(card.templates) == output(case, "T")
    assert len(card.templates[0]) == case["outputs"]["n"]


# Configuration.


def reading(number: int) -> Call:
    async def call(device: BioStar1Device, case: Case) -> None:
        content = await device.configuration.read_bytes(number)
        assert content == payload(case, "device")
        if not case["output_buffers"]["L"].startswith("sha:"):
            assert content == output(case, "L")[: len(content)]
        if "n" in case["outputs"]:
            assert len(content) == case["outputs"]["n"]

    return call


def writing(number: int) -> Call:
    async def call(device: BioStar1Device, case: Case) -> None:
        content = payload(case, "host")
        if "pattern" not in str(case["arguments"][-1]):
            assert content == given(case, len(case["arguments"]) - 1)
        await device.configuration.write_bytes(number, content)

    return call


async def read_system_information(device: BioStar1Device, case: Case) -> None:
    found = await device.information()
    assert found.device_id == case["device_id"]
    assert found.firmware_version.encode() in output(case, "L")
    assert found.product_name.encode() in output(case, "L")


async def write_fingerprint(device: BioStar1Device, case: Case) -> None:
    await device.configuration.read_bytes(0x04)
    await device.configuration.write_bytes(0x01, given(case, 1))


async def get_protection(device: BioStar1Device, case: Case) -> None:
    assert (await device.configuration.read_any("encryption")).to_bytes() == payload(case, "device")


SET_FUNCTION = InputFunction(function=2, minimum_duration=100, switch_type=1, schedule_id=254)


def changing_input(function: InputFunction) -> Call:
    async def call(device: BioStar1Device, case: Case) -> None:
        before = await device.configuration.read(InputSettings)
        places = list(before.host_inputs)
        places[case["arguments"][2]] = function
        await device.configuration.write(dataclasses.replace(before, host_inputs=tuple(places)))

    return call


async def clear_inputs(device: BioStar1Device, case: Case) -> None:
    assert case["arguments"][1] == 0  # the device itself, not its slave or a Secure I/O unit
    before = await device.configuration.read(InputSettings)
    await device.configuration.write(
        dataclasses.replace(before, host_tamper=InputFunction(), host_inputs=(InputFunction(), InputFunction()))
    )


async def get_input(device: BioStar1Device, case: Case) -> None:
    settings = await device.configuration.read(InputSettings)
    assert settings.host_inputs[case["arguments"][2]].to_bytes() == output(case, "L")[:32]


async def get_output_event(device: BioStar1Device, case: Case) -> None:
    settings = await device.configuration.read(OutputSettings)
    wanted = [
        item
        for item in settings.events[: settings.event_count]
        if (item.output_device, item.output_relay) == tuple(case["arguments"][1:3])
    ]
    assert len(wanted) == case["outputs"]["n"]
    assert b"".join(item.to_bytes() for item in wanted) == output(case, "L")[: 32 * len(wanted)]


# Framing.


async def send_any(device: BioStar1Device, case: Case) -> None:
    command, code, param1, param2 = case["arguments"][1:5]
    content = b""
    if case["sdk_call"] == "BS_SendPacket":
        content = given(case, 5)
    await device.context.requester.request(raw(command, code, param1, param2, content))


async def time_refused(device: BioStar1Device, case: Case) -> None:
    await device.time()


CALLS: dict[str, Call] = {
    "BS_GetDeviceID": identity,
    "BS_GetBiostationID": identity,
    "BS_GetTime": get_time,
    "BS_SetTime": set_time,
    "BS_CheckSystemStatus": get_status,
    "BS_Reset": reset,
    "BS_ResetLAN": reset_network,
    "BS_Disable": disable,
    "BS_FactoryDefault": factory_default,
    "BS_DisableCommunication": lock,
    "BS_EnableCommunication": unlock,
    "BS_ChangePasswordBEPlus": change_password,
    "BS_GetAvailableSpace": space,
    "BS_Search485Slaves": slaves,
    "BS_SendNotice": notice,
    "BS_ScanTemplate": scan_finger,
    "BS_ReadCardID": read_card,
    "BS_ReadCardIDEx": read_card,
    "BS_ReadImage": read_finger_image,
    "BS_PlaySound": play_sound,
    "BS_DeleteSlideShow": delete_slides,
    "BS_CancelDisplayCustomInfo": end_page,
    "BS_SearchDevice": scan_bus,
    "BS_GetLogCount": count_logs,
    "BS_ReadLog": read_logs,
    "BS_ReadLogEx": read_logs,
    "BS_ReadNextLog": read_next_logs,
    "BS_DeleteLog": delete_logs,
    "BS_DeleteAllLog": delete_all_logs,
    "BS_ReadLogCache": read_cache,
    "BS_ReadLogCacheEx": read_cache,
    "BS_ClearLogCache": clear_cache,
    "BS_ReadSpecificImageLog": read_image_log,
    "BS_GetImageLogCount": count_images,
    "BS_GetUserDBInfo": totals,
    "BS_GetUserFaceInfo": face_totals,
    **{
        f"BS_GetAllUserInfo{kind}": list_people
        for kind in ("Ex", "BEPlus", "XStation", "BioStation2", "DStation", "FStation", "FStationEx")
    },
    **{f"BS_GetUserInfo{kind}": get_summary for kind in ("Ex", "BEPlus", "BioStation2", "DStation", "FStationEx")},
    **{f"BS_GetUser{kind}": get_person for kind in ("", "Ex", "BEPlus", "XStation", "DStation", "FStation")},
    **{
        f"BS_EnrollUser{kind}": enroll
        for kind in ("", "Ex", "BEPlus", "XStation", "BioStation2", "DStation", "FStation", "FStationEx")
    },
    **{f"BS_EnrollMultipleUser{kind}": enroll for kind in ("Ex", "BEPlus", "XStation", "BioStation2", "DStation")},
    "BS_DeleteUser": delete_person,
    "BS_DeleteMultipleUsers": delete_people,
    "BS_DeleteAllUser": delete_everybody,
    "BS_GetUserImage": get_picture,
    "BS_GetPrivateInfo": get_greeting,
    "BS_GetAllPrivateInfo": list_greetings,
    "BS_SetPrivateInfo": set_greeting,
    "BS_ReadFaceData": capture_face,
    **{f"BS_GetAll{kind}": read_table for kind in (*TABLES, *LEGACY_TABLES)},
    **{f"BS_SetAll{kind}": set_table for kind in TABLES},
    **{f"BS_Add{kind}": add_to_table for kind in (*TABLES, *LEGACY_TABLES)},
    **{f"BS_Delete{kind}": delete_from_table for kind in (*TABLES, *LEGACY_TABLES)},
    **{f"BS_DeleteAll{kind}": clear_table for kind in (*TABLES, *LEGACY_TABLES)},
    "BS_DoorControl": control_door,
    "BS_RelayControl": control_relay,
    "BS_RelayControlEx": control_any_relay,
    "BS_CardReaderDoorControl": control_reader_door,
    "BS_AddBlacklist": add_blacklist,
    "BS_AddBlacklistEx": add_extended_blacklist,
    "BS_DeleteAllBlacklist": clear_blacklist,
    "BS_ReadBlacklist": read_blacklist,
    "BS_WriteMifareConfiguration": write_layout,
    "BS_WriteiClassConfiguration": write_layout,
    "BS_ReadMifareConfiguration": read_layout,
    "BS_FormatMifareCard": format_card,
    "BS_FormatiClassCard": format_card,
    "BS_WriteMifareCard": write_card,
    "BS_ReadMifareCard": read_template_card,
    "BS_ReadSysInfoConfig": read_system_information,
    "BS_WriteFingerprintConfig": write_fingerprint,
    "BS_GetProtectionInfo": get_protection,
    "BS_SetInputFunction": changing_input(SET_FUNCTION),
    "BS_ClearInputFunction": changing_input(InputFunction()),
    "BS_ClearAllInputFunction": clear_inputs,
    "BS_GetInputFunction": get_input,
    "BS_GetOutputEvent": get_output_event,
    "BS_SendSinglePacket": send_any,
    "BS_SendPacket": send_any,
}

# The configuration blocks of the vendor's calls (protocol notes, section 8).
BLOCKS = {
    "IP": 0x10, "OPMode": 0x30, "TnaEventEx": 0x32, "IO": 0x02, "Relay": 0x03, "USB": 0x13, "Wiegand": 0x42,
    "Door": 0x60, "Input": 0x61, "Output": 0x62, "ZoneEx": 0x64, "485Network": 0x65, "Face": 0x70, "DSWiegand": 0x73,
    "DS485Network": 0x74, "DSSerial": 0x75, "DSDisplay": 0x77, "DSFingerprint": 0x78, "DSWLAN": 0x79,
    "DSSaveImageEvent": 0x71, "XSOPMode": 0x76, "XSPINOnlyMode": 0x85, "BS2OPMode": 0x76, "BS2Fingerprint": 0x78,
    "BS2USB": 0x81, "FSOPMode": 0x76, "BSVideophone": 0x84, "CardReaderZone": 0x67, "CardReader": 0x68,
    "Fingerprint": 0x01,
}  # fmt: skip
SPECIAL_BLOCKS = {"ZoneConfigEx": 0x64}

# Calls whose vector is about something else than the call usually is.
BY_NAME: dict[str, Call] = {
    "add_replace_TimeScheduleEx": add_same_number,
    "delete_missing_TimeScheduleEx": delete_missing,
    "delete_missing_AccessGroupEx": delete_missing,
}


def call_of(case: Case) -> Call:
    if case["name"] in BY_NAME:
        return BY_NAME[case["name"]]
    call = case["sdk_call"]
    if call in CALLS:
        return CALLS[call]
    verb, name = ("Read", call[7:]) if call.startswith("BS_Read") else ("Write", call[8:])
    if name == "Config":
        number = case["arguments"][1]
    else:
        number = SPECIAL_BLOCKS.get(name) or BLOCKS[name.removesuffix("Config")]
    return reading(number) if verb == "Read" else writing(number)


ALL = [(f"{group}/{item['name']}", item) for group in TCP_GROUPS for item in cases(group)]


@pytest.mark.parametrize("case", [pytest.param(item, id=name) for name, item in ALL])
async def test_replay(case: Case) -> None:
    call = call_of(case)
    packets = case["packets"]
    if case["name"] == "read_log_50000":
        packets = fifty_thousand(case)
    options = {"basic_timeout": 0.05} if case["name"] == "no_reply_timeout" else {}
    async with playing(packets, case["device_type"], device_id(case), **options) as device:
        if case["name"] == "read_log_50000":
            chunk = await anext(device.log.records())
            assert (len(chunk), len(chunk.content)) == (50_000, 800_000)
            return
        if case["name"] == "bad_checksum_reply":
            with pytest.raises(ChecksumError):
                await device.time()
        elif case["name"] == "no_reply_timeout":
            with pytest.raises(TimedOut):
                await device.time()
        elif case["return_code"] == 0 or call in (list_people, delete_missing):
            await call(device, case)
        else:
            with pytest.raises(ResultError) as refusal:
                await (refused if case["sdk_call"] in PEOPLE_CALLS else call)(device, case)
            expected = RESULT_OF_ERROR.get(case["return_code"])
            if expected is None:
                expected = int(case["packets"][-1]["code"])
            assert refusal.value.code == expected
            assert isinstance(refusal.value, DoorwardError)
            assert refusal.value.message


PEOPLE_CALLS = frozenset(call for call in CALLS if CALLS[call] in (get_person, enroll))


def fifty_thousand(case: Case) -> list[dict[str, Any]]:
    """The long reply in full: the vector keeps its first and last packet, which the rest is made to fit."""
    from tests.device.fakes import frame

    first, last = case["packets"][1], case["packets"][-1]
    row = bytes.fromhex(first["payload_hex"])[:16]
    middle = [
        {"dir": "device", "hex": frame(0x12, 0, 50_000, first["param2"], row * 128, index=index, count=391,
                                       device_id=case["device_id"]).hex()}
        for index in range(1, 390)
    ]  # fmt: skip
    return [case["packets"][0], first, *middle, last]


def device_id(case: Case) -> int:
    """The number in the headers; one vector was recorded before it was known."""
    return 0 if case["name"] == "read_log_50000" else int(case["device_id"])


def test_every_vector_is_here() -> None:
    assert len(ALL) == sum(len(cases(group)) for group in TCP_GROUPS) == 252
