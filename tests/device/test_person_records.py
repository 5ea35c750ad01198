"""People and the headers of all families, both ways, and what does not fit."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.device.biostar1.person_limits import problems, reduced
from doorward.device.biostar1.person_records import FORMS, read_person, read_summary
from doorward.device.biostar1.person_writing import write_person
from doorward.model.people import Card, Face, Finger, Person, SecurityLevel
from doorward.protocol.biostar1.models import MODELS, MODELS_BY_SLUG, DeviceModel
from doorward.protocol.biostar1.user_data import FORMS_BY_FAMILY, UserEntry, UserForm, split_users
from doorward.protocol.errors import RemoteProtocolError
from tests.device.people_strategies import people

MODEL_FORMS = [
    pytest.param(model, form, id=f"{model.slug}-{form.name.replace(' ', '-')}")
    for model in MODELS
    for form in FORMS_BY_FAMILY[model.family]
]
FINGER = Finger((b"\x01" * 384, b"\x02" * 384), duress=True)


@pytest.mark.parametrize(("model", "form"), MODEL_FORMS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_again(data: st.DataObject, model: DeviceModel, form: UserForm) -> None:
    person = data.draw(people(form, model))
    assert list(problems(person, model, form, "utf-8")) == []
    content = write_person(form, person).to_bytes()
    (entry,) = split_users(form, content, with_templates=True)
    read = read_person(form, entry)
    assert read == person
    assert write_person(form, read).to_bytes() == content
    summary = read_summary(form, entry.header)
    assert (summary.number, summary.name, summary.cards) == (person.number, person.name, person.cards)
    assert (summary.finger_count, summary.face_count) == (len(person.fingers), len(person.faces))


@pytest.mark.parametrize("form", [pytest.param(form, id=name) for name, form in FORMS.items()])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_bytes_can_be_read_and_are_written_back_unchanged(data: st.DataObject, form: UserForm) -> None:
    raw = data.draw(st.binary(min_size=form.header.SIZE, max_size=form.header.SIZE))
    header = form.header.from_bytes(raw)
    if form.template_size(header) > 100_000:
        return
    entry = UserEntry(header, bytes(form.template_size(header)))
    person = read_person(form, entry)
    assert write_person(form, person).to_bytes() == raw + entry.templates
    renumbered = dataclasses.replace(person, number=77)
    again = read_person(form, write_person(form, renumbered))
    assert again == renumbered


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=3000), form=st.sampled_from(sorted(FORMS)))
def test_cutting_any_bytes_into_people_never_crashes(data: bytes, form: str) -> None:
    try:
        for entry in split_users(FORMS[form], data, with_templates=True):
            read_person(FORMS[form], entry)
    except RemoteProtocolError:
        pass


def test_a_change_leaves_what_is_not_known_alone() -> None:
    form = FORMS["compact"]
    raw = bytearray(128)
    raw[4:8] = (9).to_bytes(4, "little")
    raw[72:128] = bytes(range(56))  # reserved fields
    raw[48:52] = b"\x07\0\0\0"  # the dual mode has no place in a person
    person = read_person(form, UserEntry(form.header.from_bytes(bytes(raw))))
    changed = write_person(form, dataclasses.replace(person, cards=(Card(5),))).to_bytes()
    assert changed[72:128] == bytes(range(56))
    assert changed[48:52] == b"\x07\0\0\0"
    assert changed[16:20] == (5).to_bytes(4, "little")
    moved = read_person(FORMS["wide"], write_person(FORMS["wide"], person))
    assert moved == person  # the record of another form is not taken as a base


def test_numbers_of_the_notes() -> None:
    person = Person(
        number=7, name="A", cards=(Card(0x11223344, 9, bypass=True),), access_groups=(1, 4), administrator=True,
        security_level=SecurityLevel.HIGHEST, fingers=(FINGER,),
    )  # fmt: skip
    station = write_person(FORMS["biostation"], person).header
    assert (station.administrator_level, station.security_level) == (240, 265)
    assert station.access_group_mask == 0xFFFF0401
    assert station.finger_checksums[0] == (384 * 3) % 65536  # type: ignore[union-attr]
    assert station.duress_mask == 1  # type: ignore[union-attr]
    compact = write_person(FORMS["compact"], dataclasses.replace(person, name="")).header
    assert (compact.administrator_level, compact.security_level) == (1, 5)
    assert (compact.card_custom_id, compact.card_flag, compact.card_version) == (9, 1, 0x13)  # type: ignore[union-attr]
    assert compact.full_card_custom_id == 0  # type: ignore[union-attr]


WHEN = datetime(2024, 5, 1)  # noqa: DTZ001 - local time
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("biostation", {"number": 0}, "number", "1 to 4294967295"),
    ("biostation", {"number": 2**32}, "number", "1 to 4294967295"),
    ("biostation", {"name": "ä" * 17}, "name", "at most 32 bytes in utf-8 (this has 34)"),
    ("biostation", {"name": "a\0b"}, "name", "without NUL"),
    ("biostation", {"department": "x" * 33}, "department", "at most 32 bytes"),
    ("d-station", {"name": "x" * 48}, "name", "at most 47 UTF-16 units (this has 48)"),
    ("d-station", {"name": "\ud800"}, "name", "utf-16-le can write"),
    ("xpass", {"name": "Ann"}, "name", "Xpass keeps no name"),
    ("xpass", {"department": "Lab"}, "department", "Xpass keeps no department"),
    ("xpass", {"pin": "1234"}, "pin", "Xpass has no keypad"),
    ("xpass", {"fingers": (FINGER,)}, "fingers", "at most 0 on a Xpass"),
    ("biolite-net", {"pin": "1" * 16}, "pin", "at most 15 bytes"),
    ("bioentry-plus", {"fingers": (FINGER,) * 3}, "fingers", "at most 2"),
    ("biostation", {"fingers": (Finger((b"", b"")),)}, "finger templates", "384 bytes"),
    ("biostation", {"fingers": (Finger(FINGER.templates, position=3),)}, "finger position", "0 to 0"),
    ("biostation-t2", {"faces": (Face(b"x" * 2284),)}, "faces", "at most 0"),
    ("d-station", {"faces": (Face(b"x"),)}, "face template", "exactly 2284"),
    ("facestation", {"faces": (Face(b""),)}, "face template", "1 to 65535"),
    ("facestation", {"faces": (Face(b"x", kind=1),)}, "face kind", "0 to 0"),
    ("facestation", {"faces": (Face(b"x", still_image=b"p"),)}, "still image", "none on this model"),
    ("biostation", {"cards": (Card(1), Card(2))}, "cards", "at most 1"),
    ("biostation", {"cards": (Card(0),)}, "card", "1 to 4294967295"),
    ("biostation", {"cards": (Card(1, -1),)}, "card custom id", "0 to 4294967295"),
    ("biostation", {"valid_from": datetime(1970, 1, 1)}, "valid_from", "1970-01-01 00:00:01"),  # noqa: DTZ001
    ("xpass", {"valid_until": datetime(2040, 1, 1)}, "valid_until", "2038-01-19 03:14:07"),  # noqa: DTZ001
    ("biostation", {"valid_from": datetime(2024, 1, 1, tzinfo=UTC)}, "valid_from", "without a zone"),
    ("biostation", {"valid_from": WHEN, "valid_until": WHEN.replace(year=2023)}, "valid_until", "not before"),
    ("biostation", {"access_groups": (1, 2, 3, 4, 5)}, "access_groups", "at most 4"),
    ("biostation", {"access_groups": (255,)}, "access_groups", "0 to 254"),
    ("biostation", {"access_groups": (1, 1)}, "access_groups", "each group once"),
    ("xpass", {"daily_entry_limit": 3}, "daily_entry_limit", "0: Xpass keeps none"),
    ("biostation", {"anti_passback_minutes": 70_000}, "anti_passback_minutes", "0 to 65535"),
    ("facestation", {"authentication_mode": 0x8000}, "authentication_mode", "0 to 32767"),
]


@pytest.mark.parametrize(
    ("slug", "values", "field", "allowed"), [pytest.param(*item, id=f"{item[0]}-{item[2]}-{at}") for at, item in
                                            enumerate(REFUSED)]
)  # fmt: skip
def test_what_does_not_fit_is_named(slug: str, values: dict[str, Any], field: str, allowed: str) -> None:
    model = MODELS_BY_SLUG[slug]
    form = FORMS_BY_FAMILY[model.family][0]
    person = Person(**({"number": 5} | values))
    found = list(problems(person, model, form, "utf-8"))
    assert [problem.field for problem in found] == [field]
    assert allowed in found[0].message
    assert found[0].where == f"person {person.number}"


def test_secrets_are_not_shown() -> None:
    person = Person(number=5, pin="98761234", fingers=(FINGER,), faces=(Face(b"secret face"),))
    assert "98761234" not in repr(person)
    assert "x01" not in repr(person)
    assert "secret face" not in repr(person)
    xpass = MODELS_BY_SLUG["xpass"]
    for problem in problems(person, xpass, FORMS["compact"], "utf-8"):
        assert "98761234" not in problem.message


def test_what_has_no_place_can_be_left_out() -> None:
    xpass = MODELS_BY_SLUG["xpass"]
    person = Person(number=5, name="Ann", pin="1", fingers=(FINGER,), cards=(Card(3),), daily_entry_limit=2)
    smaller, dropped = reduced(person, xpass, FORMS["compact"])
    assert smaller == Person(number=5, cards=(Card(3),))
    assert set(dropped) == {"name", "pin", "fingers", "daily_entry_limit"}
    assert list(problems(smaller, xpass, FORMS["compact"], "utf-8")) == []
    assert reduced(smaller, xpass, FORMS["compact"]) == (smaller, ())
