"""What stands for a person on a device is equal for what is sent and for what is read back, in every form."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.device.biostar1.holdings import header_essence, held_people, written_person
from doorward.device.biostar1.person_records import FORMS, read_person
from doorward.device.biostar1.person_writing import write_person
from doorward.model.people import Card, Face, Finger, Person
from doorward.protocol.biostar1.models import MODELS, DeviceModel
from doorward.protocol.biostar1.user_data import FORMS_BY_FAMILY, UserForm, split_users
from tests.device.people_strategies import people
from tests.device.test_vectors import vector_people
from tests.device.virtual import virtual_device
from tests.support.vectors import cases

MODEL_FORMS = [
    pytest.param(model, form, id=f"{model.slug}-{form.name.replace(' ', '-')}")
    for model in MODELS
    for form in FORMS_BY_FAMILY[model.family]
]


@pytest.mark.parametrize(("model", "form"), MODEL_FORMS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_what_is_sent_is_what_a_list_gives(data: st.DataObject, model: DeviceModel, form: UserForm) -> None:
    person = data.draw(people(form, model))
    entry = write_person(form, person)
    written = written_person(form, person)
    (held,) = held_people(form, entry.header.to_bytes())
    assert (held.number, held.essence) == (person.number, written.essence)
    assert written.templates == entry.templates
    # What the device gives back is sent again as the same.
    (read,) = split_users(form, entry.to_bytes(), with_templates=True)
    assert written_person(form, read_person(form, read)) == written
    assert "essence" not in repr(held)
    assert "essence" not in repr(written)


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("compact", {"cards": (Card(6),)}),
    ("compact", {"cards": (Card(5, 1),)}),
    ("compact", {"access_groups": (1, 3)}),
    ("compact", {"disabled": True}),
    ("compact", {"fingers": (Finger((b"\x01" * 384, b"\x03" * 384)),)}),
    ("biostation", {"name": "Bea"}),
    ("biostation", {"pin": "1235"}),
    ("biostation", {"daily_entry_limit": 2}),
    ("wide", {"fingers": (Finger((b"\x01" * 384, b"\x02" * 384), duress=True),)}),
    ("wide", {"faces": (Face(b"\x01" * 2284),)}),
    ("face", {"faces": (Face(b"\x01" * 99),)}),
]


@pytest.mark.parametrize(("name", "change"), CHANGES)
def test_every_change_makes_it_another(name: str, change: dict[str, Any]) -> None:
    form = FORMS[name]
    person = Person(number=7, pin="1234", cards=(Card(5),), access_groups=(1, 2))
    if name in ("compact", "wide"):
        person = dataclasses.replace(person, fingers=(Finger((b"\x01" * 384, b"\x02" * 384)),))
    other = dataclasses.replace(person, **change)
    assert written_person(form, person).essence != written_person(form, other).essence
    # The order of groups says nothing.
    turned = dataclasses.replace(person, access_groups=(2, 1))
    assert written_person(form, person).essence == written_person(form, turned).essence


@pytest.mark.parametrize("form", [pytest.param(form, id=name) for name, form in FORMS.items()])
def test_what_no_published_field_holds_says_nothing(form: UserForm) -> None:
    header = write_person(form, Person(number=7, cards=(Card(5),), access_groups=(1,))).header
    raw = bytearray(header.to_bytes())
    named = {place for item in dataclasses.fields(header) for place in _bytes_of(form, item.name)}
    for place in set(range(len(raw))) - named:
        raw[place] = 0x5A
    assert header_essence(form, form.header.from_bytes(bytes(raw))) == header_essence(form, header)


def _bytes_of(form: UserForm, name: str) -> range:
    from doorward.protocol.layout import layout_of

    for item in layout_of(form.header):
        if item.name == name:
            return range(item.offset, item.offset + item.codec.size)
    return range(0)


VECTORS = [
    case
    for case in cases("users")
    if case["sdk_call"].startswith("BS_Enroll") and "full" not in case["name"] and "in buffer" in str(case["arguments"])
]
FORM_OF_CALL = {
    "Ex": "biostation",
    "BEPlus": "compact",
    "XStation": "wide",
    "BioStation2": "wide",
    "DStation": "wide",
    "FStation": "face",
    "FStationEx": "face extended",
    "": "legacy",
}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in VECTORS])
def test_records_of_the_vectors(case: dict[str, Any]) -> None:
    """As an independent program enrols people, so they are listed, read and held."""
    form = FORMS[FORM_OF_CALL[re.sub("BS_Enroll(Multiple)?User", "", case["sdk_call"])]]
    for person in vector_people(form, case):
        assert person.origin is not None
        (held,) = held_people(form, person.origin.content[: form.header.SIZE])
        assert held.essence == written_person(form, person).essence
        # Without the record it came in, as the server keeps people, it is the same but for checksums of its own.
        plain = dataclasses.replace(person, origin=None)
        again = written_person(form, plain)
        assert again.templates == written_person(form, person).templates
        (listed,) = held_people(form, write_person(form, plain).header.to_bytes())
        assert listed.essence == again.essence


@pytest.mark.parametrize("model", ["biostation", "bioentry-plus", "d-station", "facestation"])
async def test_a_device_gives_back_what_it_was_sent(model: str) -> None:
    async with virtual_device(model) as (device, virtual):
        room = {"d-station": 5, "facestation": 3}.get(model, 0)
        size = 2284 if model == "d-station" else 700
        sent = [
            Person(
                number=number,
                cards=(Card(number),),
                access_groups=(1,),
                fingers=() if model == "facestation" else (Finger((bytes([number]) * 384, b"\2" * 384)),),
                faces=tuple(Face(bytes([place]) * size) for place in range(room)),
            )
            for number in range(1, 5)
        ]
        assert await device.people.held() == []
        await device.people.enroll_many(sent)
        form = device.people.form
        assert {each.number: each.essence for each in await device.people.held()} == {
            person.number: written_person(form, person).essence for person in sent
        }
        virtual.people.users.delete(2)
        assert [each.number for each in await device.people.held()] == [1, 3, 4]
