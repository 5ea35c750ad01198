"""People as CSV: strict about rows, careful with what a file does not say."""

from __future__ import annotations

import contextlib
import csv
import io
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.device.people_csv import COLUMNS, CsvErrors, import_people, prepare_import, read_people, write_people
from doorward.model.people import Card, Person, SecurityLevel
from doorward.protocol.biostar1.models import MODELS_BY_SLUG
from doorward.protocol.biostar1.user_data import BIOSTATION
from tests.device.people_strategies import people
from tests.device.test_virtual_devices import person_for
from tests.device.virtual import virtual_device


def moment(*values: int) -> datetime:
    return datetime(*values)  # type: ignore[arg-type]  # noqa: DTZ001 - local times


ANN = Person(
    number=5, name='Ann, "the" boss', department="Lab", pin="0042", cards=(Card(77, 3, bypass=True),),
    valid_from=moment(2024, 5, 31, 8, 0, 0), valid_until=moment(2025, 1, 1, 23, 59, 59), access_groups=(1, 4),
    administrator=True, security_level=SecurityLevel.HIGH, authentication_mode=1021, daily_entry_limit=9,
    anti_passback_minutes=2,
)  # fmt: skip


def test_written_people_are_read_again() -> None:
    text = write_people([ANN, Person(number=6)], with_pins=True)
    assert text.splitlines()[0] == ",".join(COLUMNS)
    rows = read_people(text)
    assert [row.row for row in rows] == [2, 3]
    assert [row.applied_to(None) for row in rows] == [ANN, Person(number=6)]


@settings(max_examples=40, deadline=None)
@given(person=people(BIOSTATION, MODELS_BY_SLUG["biostation"]), delimiter=st.sampled_from(",;\t"))
def test_any_person_survives_but_for_white_space_and_control_characters(person: Person, delimiter: str) -> None:
    text = write_people([person], with_pins=True, delimiter=delimiter)
    (row,) = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    assert row["number"] == str(person.number)
    try:
        (read,) = read_people(text)
    except CsvErrors as error:
        refused = {item.field for item in error.errors}
    else:
        refused = set()
    assert refused <= {"name", "department", "pin"}
    if refused:
        return
    again = read.applied_to(person)
    assert (again.number, again.cards, again.valid_from, again.valid_until) == (
        person.number,
        person.cards,
        person.valid_from,
        person.valid_until,
    )
    assert (again.name, again.pin) == (person.name.strip(), person.pin.strip())
    assert again.fingers == person.fingers


def test_pins_are_not_written_unasked() -> None:
    text = write_people([ANN])
    assert "0042" not in text
    assert "pin" not in text.splitlines()[0]


def test_a_missing_column_leaves_a_part_as_it_is() -> None:
    (row,) = read_people("number;name\n5;New name\n")
    assert row.applied_to(ANN).name == "New name"
    assert row.applied_to(ANN).cards == ANN.cards
    assert row.applied_to(ANN).pin == "0042"
    (row,) = read_people("number,card,pin\n5,,\n")
    assert row.applied_to(ANN).cards == ()
    assert row.applied_to(ANN).pin == ""


@pytest.mark.parametrize(
    ("text", "valid_until"),
    [("2024-05-31", (2024, 5, 31, 23, 59, 59)), ("9999-12-31", (9999, 12, 31, 23, 59, 59)),
     ("2024-05-31 08:15", (2024, 5, 31, 8, 15)),
     ("2024-05-31T08:15:30", (2024, 5, 31, 8, 15, 30))],
)  # fmt: skip
def test_a_day_ends_with_its_last_second(text: str, valid_until: tuple[int, ...]) -> None:
    (row,) = read_people(f"number,valid_until\n5,{text}\n")
    assert row.values["valid_until"] == moment(*valid_until)


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", [("row 1", "columns", "", "a column 'number'")]),
        ("name\nAnn\n", [("row 1", "columns", "name", "a column 'number'")]),
        ("number,nmae\n5,Ann\n", [("row 1", "column", "nmae", "number, name, department")]),
        ("number,number\n5,5\n", [("row 1", "column", "number", "each column once")] * 2),
        ("number\nfive\n", [("row 2", "number", "five", "a whole number from 1 to 4294967295")]),
        ("number\n" + "9" * 5000 + "\n", [("row 2", "number", "9" * 5000, "from 1 to")]),
        ("number\n0\n", [("row 2", "number", "0", "from 1 to")]),
        ("number\n²\n", [("row 2", "number", "²", "from 1 to")]),
        ("number\n5\n\n5\n", [("row 4", "number", "5", "each number once (row 2 has it)")]),
        ("number,name\n5\n", [("row 2", "row", "1 values", "2 values, as in row 1")]),
        ("number,card\n5,4294967296\n", [("row 2", "card", "4294967296", "from 1 to 4294967295")]),
        ("number,card,card_custom_id\n5,,7\n", [("row 2", "card_custom_id", "7", "nothing without a card number")]),
        ("number,card,card_bypass\n5,1,maybe\n", [("row 2", "card_bypass", "maybe", "yes or no")]),
        ("number,valid_from\n5,31.05.2024\n", [("row 2", "valid_from", "31.05.2024", "a day such as 2024-05-31")]),
        ("number,access_groups\n5,1 x\n", [("row 2", "access_groups", "x", "from 0 to 255")]),
        ("number,security_level\n5,6\n", [("row 2", "security_level", "6", "from 0 to 5")]),
        ("number,name\n5,a\x01b\n", [("row 2", "name", "a\x01b", "without control characters")]),
        (
            "number,disabled,daily_entry_limit\n5,perhaps,70000\nx,yes,1\n",
            [
                ("row 2", "disabled", "perhaps", "yes or no"),
                ("row 2", "daily_entry_limit", "70000", "from 0 to 65535"),
                ("row 3", "number", "x", "from 1 to"),
            ],
        ),
    ],
)
def test_every_error_names_row_column_value_and_what_is_allowed(
    text: str, errors: list[tuple[str, str, str, str]]
) -> None:
    with pytest.raises(CsvErrors) as failure:
        read_people(text)
    found = failure.value.errors
    assert [(error.where, error.field, error.value) for error in found] == [item[:3] for item in errors]
    for error, (_, _, _, allowed) in zip(found, errors, strict=True):
        assert allowed in error.message
        assert error.message in failure.value.message


def test_a_pin_is_never_in_an_error() -> None:
    with pytest.raises(CsvErrors) as failure:
        read_people("number,pin\n5,12\x0134\n")
    assert "34" not in failure.value.message


def test_unclosed_quotes() -> None:
    with pytest.raises(CsvErrors, match="closed quotes"):
        read_people('number,name\n5,"Ann\n')


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=300) | st.text('number,;\n"0123456789 pin', max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CsvErrors):
        read_people(text)


def test_a_byte_order_mark_is_not_part_of_the_heading() -> None:
    assert [row.number for row in read_people("\ufeffnumber\r\n5\r\n")] == [5]


async def test_an_import_adds_and_changes_and_keeps_fingers() -> None:
    async with virtual_device("biostation") as (device, virtual):
        there = person_for(virtual.model, 5)
        await device.people.enroll(there)
        same = person_for(virtual.model, 6)
        await device.people.enroll(same)
        rows = read_people("number,name\n5,Renamed\n6,Zoë 6\n9,Nina\n")
        new, changed = await prepare_import(device.people, rows)
        assert [person.number for person in new] == [9]
        assert [person.number for person in changed] == [5]
        assert (await device.person(5)).name == there.name  # nothing is written yet
        assert await import_people(device.people, rows) == (1, 1)
        after = await device.person(5)
        assert (after.name, after.fingers, after.pin) == ("Renamed", there.fingers, there.pin)
        assert (await device.person(9)).name == "Nina"
        assert await import_people(device.people, rows) == (0, 0)
        exported = write_people(await device.people_list(), with_pins=True)
        assert [row.applied_to(None).name for row in read_people(exported)] == ["Renamed", "Zoë 6", "Nina"]


async def test_nothing_is_sent_unless_the_model_holds_everybody() -> None:
    async with virtual_device("xpass") as (device, _):
        rows = read_people("number,name,card\n5,,1\n6,Ann,2\n7,Bea,3\n")
        with pytest.raises(CsvErrors) as failure:
            await import_people(device.people, rows)
        assert [error.where for error in failure.value.errors] == ["row 3, person 6", "row 4, person 7"]
        assert "Xpass keeps no name" in failure.value.message
        assert await device.people_list() == []
