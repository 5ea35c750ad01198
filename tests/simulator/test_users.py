from __future__ import annotations

from typing import Any

import pytest

from doorward.protocol.biostar1.commands import users
from doorward.protocol.biostar1.models import MODELS, Capability, DeviceModel
from doorward.protocol.biostar1.records import PrivateGreeting
from doorward.protocol.biostar1.results import DATABASE_FULL, INVALID_ID, INVALID_PARAMETER, NOT_FOUND, UNSUPPORTED
from doorward.protocol.biostar1.user_data import (
    BIOSTATION,
    COMPACT,
    FACE,
    FACE_EXTENDED,
    LEGACY,
    WIDE,
    UserForm,
    split_users,
    user_form,
)
from doorward.simulator.people import fill_people
from doorward.simulator.readers import finger_templates
from doorward.simulator.virtual_device import Limits, VirtualDevice
from tests.simulator.talk import ask, told


def header(form: UserForm, user_id: int, **values: Any) -> bytes:
    return form.header(user_id=user_id, **values).to_bytes()


def enrol(device: VirtualDevice, form: UserForm, *entries: bytes) -> int:
    arguments: dict[str, Any] = {"user_count": len(entries), "content": b"".join(entries)}
    if form.enrol_code:
        arguments["form"] = form.enrol_code
    return ask(device, form.enrol(**arguments)).code


def test_users_come_back_as_they_went_with_templates_or_without() -> None:
    device = VirtualDevice(1, "bioentry-plus")
    templates = finger_templates(1) + finger_templates(1, 1)
    with_fingers = header(COMPACT, 7, finger_count=2, card_id=99) + templates
    plain = header(COMPACT, 3)
    assert enrol(device, COMPACT, with_fingers, plain) == 0
    assert told(device, users.ReadCompactUser(7, 2)).content == with_fingers
    assert told(device, users.ReadCompactUser(7, 1)).content == with_fingers[:128]
    assert told(device, users.ListCompactUsers()).content == plain + with_fingers[:128]
    totals = told(device, users.ReadUserTotals())
    assert (totals.users, totals.templates) == (2, 4)
    assert ask(device, users.ReadCompactUser(8, 2)).code == NOT_FOUND
    assert ask(device, users.ReadCompactUser(7, 9)).code == INVALID_PARAMETER


def test_unknown_bytes_of_a_header_survive() -> None:
    device = VirtualDevice(1, "biostation")
    odd = bytearray(header(BIOSTATION, 5))
    odd[118:120] = b"\xab\xcd"  # a reserved field
    assert enrol(device, BIOSTATION, bytes(odd)) == 0
    assert told(device, users.ReadBioStationUser(5, 1)).content == bytes(odd)


def test_a_bad_transfer_takes_nobody() -> None:
    device = VirtualDevice(1, "xpass", limits=Limits(users=2))
    assert enrol(device, COMPACT, header(COMPACT, 1)) == 0
    refused = {
        INVALID_ID: (header(COMPACT, 2), header(COMPACT, 0)),
        INVALID_PARAMETER: (header(COMPACT, 2), header(COMPACT, 3, finger_count=1)),
        DATABASE_FULL: (header(COMPACT, 2), header(COMPACT, 3)),
    }
    for code, entries in refused.items():
        assert enrol(device, COMPACT, *entries) == code
        assert list(device.people.users) == [1]
    assert enrol(device, COMPACT, header(COMPACT, 1, card_id=5), header(COMPACT, 2)) == 0
    assert device.people.users.by_card(5) == 1
    # A full device says so before the payload, and a count that is not that of the payload is refused.
    assert enrol(device, COMPACT, header(COMPACT, 9)) == DATABASE_FULL
    assert told(device, users.ReadUserTotals()).users == 2


def test_a_count_that_is_not_true_is_refused() -> None:
    device = VirtualDevice(1, "xpass")
    assert ask(device, users.EnrollCompactUsers(2, header(COMPACT, 1))).code == INVALID_PARAMETER
    assert ask(device, users.EnrollCompactUsers(1, header(COMPACT, 1)[:-1])).code == INVALID_PARAMETER
    assert not len(device.people.users)


def test_deleting() -> None:
    device = VirtualDevice(1, "bioentry-w")
    for user_id in range(1, 7):
        enrol(device, COMPACT, header(COMPACT, user_id, finger_count=1, card_id=user_id) + finger_templates(user_id))
    assert ask(device, users.DeleteUser(1)).code == 0
    assert ask(device, users.DeleteUser(1)).code == NOT_FOUND
    assert device.people.users.by_card(1) is None
    assert ask(device, users.DeleteUsers((2, 77))).code == 0
    assert ask(device, users.DeleteUsers((2, 77))).code == NOT_FOUND
    assert list(device.people.users) == [3, 4, 5, 6]
    assert told(device, users.ReadUserTotals()).templates == 8
    assert ask(device, users.DeleteAllUsers()).code == 0
    totals = told(device, users.ReadUserTotals())
    assert (totals.users, totals.templates) == (0, 0)
    assert ask(device, users.ListCompactUsers()).code == NOT_FOUND


def test_the_two_headers_of_a_biostation_show_the_same_user() -> None:
    device = VirtualDevice(1, "biostation")
    assert enrol(device, LEGACY, header(LEGACY, 4, name="Old", finger_count=1) + finger_templates(4)) == 0
    (user,) = split_users(BIOSTATION, told(device, users.ReadBioStationUser(4, 2)).content, with_templates=True)
    assert (user.header.user_id, getattr(user.header, "name", ""), user.templates) == (4, "Old", finger_templates(4))
    assert enrol(device, BIOSTATION, header(BIOSTATION, 4, name="New", card_id=8)) == 0
    assert told(device, users.ReadUserTotals()).users == 1
    (user,) = split_users(LEGACY, told(device, users.ReadLegacyUser(4, 2)).content, with_templates=True)
    assert getattr(user.header, "name", "") == "New"


def test_the_two_headers_of_a_facestation() -> None:
    device = VirtualDevice(1, "facestation")
    lengths = (30, *(0,) * 124)
    still = (12, 0, 0, 0, 0)
    extended = header(
        FACE_EXTENDED, 9, name="Zoë", face_type_count=1, face_counts=(1, 0, 0, 0, 0), face_lengths=lengths,
        still_image_lengths=still,
    ) + bytes(42)  # fmt: skip
    assert enrol(device, FACE_EXTENDED, extended) == 0
    assert told(device, users.ReadWideUser(9, 0x24)).content == extended
    (user,) = split_users(FACE, told(device, users.ReadWideUser(9, 4)).content, with_templates=True)
    assert (getattr(user.header, "name", ""), user.templates) == ("Zoë", b"")
    assert told(device, users.ReadFaceTotals()).templates == 1
    assert told(device, users.ListWideUsers(0x21)).content == extended[:1112]


def test_a_d_station_keeps_fingers_and_faces() -> None:
    device = VirtualDevice(1, "d-station")
    entry = header(WIDE, 3, finger_count=1, face_count=1) + finger_templates(3) + bytes(2284)
    assert enrol(device, WIDE, entry) == 0
    assert told(device, users.ReadWideUser(3, 4)).content == entry
    assert told(device, users.ReadFaceTotals()).templates == 1
    assert ask(VirtualDevice(1, "x-station"), users.ReadFaceTotals()).code == UNSUPPORTED


def test_pictures_and_greetings() -> None:
    device = VirtualDevice(1, "biostation")
    assert ask(device, users.ReadUserPicture(3)).code == NOT_FOUND
    assert ask(device, users.WriteUserPicture(3, b"jpeg")).code == 0
    assert ask(device, users.WriteUserPicture(0, b"jpeg")).code == INVALID_ID
    assert told(device, users.ReadUserPicture(3)).picture == b"jpeg"
    greetings = [PrivateGreeting(user_id=number, greeting=f"Hello {number}").to_bytes() for number in (8, 3)]
    assert ask(device, users.ListGreetings()).code == NOT_FOUND
    assert ask(device, users.WriteGreeting(0, 4, greetings[0] + b"jpeg")).code == 0
    assert ask(device, users.WriteGreeting(0, 0, greetings[1])).code == 0
    assert ask(device, users.WriteGreeting(0, 1, greetings[1])).code == INVALID_PARAMETER
    assert ask(device, users.WriteGreeting(5, 0, greetings[1])).code == INVALID_PARAMETER
    assert told(device, users.ReadGreeting(8)).content == greetings[0] + b"jpeg"
    assert told(device, users.ListGreetings()).content == greetings[1] + greetings[0]
    assert ask(device, users.ReadGreeting(4)).code == NOT_FOUND
    enrol(device, BIOSTATION, header(BIOSTATION, 3))
    ask(device, users.DeleteUser(3))
    assert ask(device, users.ReadUserPicture(3)).code == NOT_FOUND


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_a_company_fits_every_model(model: DeviceModel) -> None:
    device = VirtualDevice(1, model)
    fill_people(device, 24, seed=5)
    form = user_form(model)
    read: Any = form.read
    content = b"".join(told(device, read(user_id, form.full_code)).content for user_id in device.people.users)
    people = list(split_users(form, content, with_templates=True))
    assert [person.header.user_id for person in people] == list(range(1, 25))
    assert len({getattr(person.header, "card_id", 0) for person in people}) == 24
    named = [bool(getattr(person.header, "name", "")) for person in people]
    assert all(named) == any(named) == model.can(Capability.NAMES)
    assert any(person.templates for person in people) == (
        model.can(Capability.FINGERPRINT) or model.can(Capability.FACE)
    )
    if model.can(Capability.NAMES):
        assert any(not getattr(person.header, "name", "").isascii() for person in people)


def test_the_same_seed_gives_the_same_people() -> None:
    one, other, third = (VirtualDevice(1, "x-station") for _ in range(3))
    for device, seed in ((one, 1), (other, 1), (third, 2)):
        fill_people(device, 5, seed=seed)
    contents = [told(device, users.ListWideUsers()).content for device in (one, other, third)]
    assert contents[0] == contents[1] != contents[2]
