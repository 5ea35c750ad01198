"""People from files: every fault named, nothing before it was agreed to, and back again."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from django.utils import timezone

from doorward.server.access.models import AccessGroup
from doorward.server.audit.models import AuditEntry
from doorward.server.imports.models import ImportedPerson
from doorward.server.imports.sealed_file import uploads_folder
from doorward.server.people.models import Card, Department, ErasedPerson, Person, PersonField
from tests.server.accounts import account
from tests.server.imports.steps import Importer, lines

HEADING = (
    "number", "name", "department", "email", "phone", "pin", "cards", "valid_from", "valid_until", "access_groups",
    "disabled", "security_level", "daily_entry_limit", "fields.locker", "fields.size", "fields.since",
)  # fmt: skip

# Each bad row, the column that is named, the value, and a part of what is said to be allowed.
BAD: tuple[tuple[dict[str, object], str, str, str], ...] = (
    ({"number": "", "name": "No one"}, "number", "", "from 1 to 4294967295"),
    ({"number": "twelve"}, "number", "twelve", "from 1 to 4294967295"),
    ({"number": 4294967296}, "number", "4294967296", "from 1 to 4294967295"),
    ({"number": 500}, "number", "500", "each person once (row 2 has this number)"),
    ({"number": 66}, "number", "66", "never given again"),
    ({"name": "x" * 48}, "name", "x" * 48, "0 to 47 letters"),
    ({"name": "a\x07b"}, "name", "a\x07b", "control characters"),
    ({"department": "Sales / "}, "department", "Sales /", "names of departments"),
    ({"email": "ann at home"}, "email", "ann at home", "ada@example.com"),
    ({"phone": "call me"}, "phone", "call me", "digits, spaces"),
    ({"pin": "12"}, "pin", "(not shown)", "4 to 16 digits"),
    ({"pin": "9876-5432"}, "pin", "(not shown)", "4 to 16 digits"),
    ({"cards": "12x"}, "cards", "12x", "card numbers with spaces"),
    ({"cards": "4294967296"}, "cards", "4294967296", "from 1 to 4294967295"),
    ({"cards": 9001}, "cards", "9001", "a card of one person (row 2 has it too)"),
    ({"cards": "31 32"}, "cards", "31 32", "at most 1, since no model holds more"),
    ({"cards": 7777}, "cards", "7777", "belongs to person 70"),
    ({"valid_from": "soon"}, "valid_from", "soon", "2024-05-31"),
    ({"valid_from": "2024-02-30"}, "valid_from", "2024-02-30", "2024-05-31"),
    ({"valid_from": "05/06/2024"}, "valid_from", "05/06/2024", "which comes first"),
    ({"valid_from": "2024-06-02", "valid_until": "2024-06-01"}, "valid_until", "2024-06-01", "after valid_from"),
    ({"access_groups": "Night shift"}, "access_groups", "Night shift", "that there is: cleaning, staff"),
    ({"disabled": "perhaps"}, "disabled", "perhaps", "yes or no"),
    ({"security_level": 9}, "security_level", "9", "from 0 to 5"),
    ({"daily_entry_limit": -1}, "daily_entry_limit", "-1", "from 0 to 65535"),
    ({"fields.size": "XXL"}, "fields.size", "XXL", "one of the choices of this field: S, M, L"),
    ({"fields.locker": "near"}, "fields.locker", "near", "a number"),
    ({"fields.since": "2024-06-01 08:00"}, "fields.since", "2024-06-01 08:00", "a day without a time"),
)  # fmt: skip


@pytest.fixture
def site(each_database: str) -> None:
    """Two groups, own fields, somebody with a card, and somebody who was erased."""
    shutil.rmtree(uploads_folder(), ignore_errors=True)
    AccessGroup.objects.create(number=1, name="Staff")
    AccessGroup.objects.create(number=2, name="Cleaning")
    PersonField.objects.create(slug="locker", name="Locker", kind="number")
    PersonField.objects.create(slug="size", name="Size", kind="choice", choices=["S", "M", "L"])
    PersonField.objects.create(slug="since", name="Since", kind="date")
    now = timezone.now()
    person = Person.objects.create(number=70, name="Owner", created=now, changed=now)
    Card.objects.create(person=person, number=7777, label="blue one")
    ErasedPerson.objects.create(number=66, pseudonym="Erased 1", at=now)


def row(**values: object) -> list[object]:
    return [values.get(column, "") for column in HEADING]


def everybody() -> dict[int, dict[str, Any]]:
    """What the database holds of people."""
    return {
        person.number: {
            "name": person.name,
            "department": str(person.department or ""),
            "pin": person.pin,
            "cards": sorted((card.number, card.custom_id, card.bypass, card.label) for card in person.cards.all()),
            "groups": sorted(person.access_groups.values_list("number", flat=True)),
            "fields": person.fields,
            "until": person.valid_until and person.valid_until.isoformat(),
        }
        for person in Person.objects.all()
    }


def test_every_bad_row_is_named_and_nothing_is_imported(site: None) -> None:
    before = everybody()
    good = {"number": 500, "name": "Good", "cards": "9001"}
    rows = [row(**good)] + [row(**{"number": 1000 + place, **bad}) for place, (bad, *_) in enumerate(BAD)]
    importer = Importer.of()
    item = importer.upload("people.csv", lines(HEADING, *rows, "1,2,3"))
    found = importer.problems(item)
    assert [one[0] for one in found] == list(range(3, len(BAD) + 4))
    expected = sorted(enumerate(BAD, 3), key=lambda one: one[0])
    for (place, (_, column, value, allowed)), (at, named, shown, said) in zip(expected, found[:-1], strict=True):
        assert (at, named, shown) == (place, column, value)
        assert allowed in said
    assert found[-1] == (len(BAD) + 3, "row", "3 values", "16 values, as the heading has")
    assert item["state"] == "faulty"
    assert importer.post(f"/{item['id']}/apply", {"plan": item["plan"]}, 409)["error"].startswith("Only an import")
    assert everybody() == before
    assert "9876" not in str(found)


def test_an_import_is_seen_agreed_to_applied_and_undone(site: None) -> None:
    content = lines(
        HEADING,
        row(number=80, name='Ann, "the" boss', department='"Plant / Line 1"', pin="0042", cards="12/7*",
            valid_until="2027-01-31", access_groups="Staff; 2", **{"fields.locker": "7", "fields.size": "m"}),
        row(number=70, name="Owner", cards=7777),
        row(number=81, name="Bob"),
    ).replace(b'Ann, "the" boss', b'"Ann, ""the"" boss"')  # fmt: skip
    importer = Importer.of()
    before = everybody()
    item = importer.upload("people.csv", content)
    assert importer.problems(item) == []
    assert (item["state"], item["rows"], item["added"], item["changed"], item["unchanged"]) == ("checked", 3, 2, 0, 1)
    assert item["departments"] == ["Plant", "Plant / Line 1"]
    changes = importer.people(item)[80]["changes"]
    assert changes["cards"] == ["", "12/7*"]
    assert changes["pin"] == [None, "(secret, changed)"]
    assert everybody() == before
    stored = next(uploads_folder().iterdir()).read_bytes()
    assert b"0042" not in stored
    assert b"Ann" not in stored

    applied = importer.apply(item)
    assert applied["state"] == "applied"
    after = everybody()
    assert after[80] == {
        "name": 'Ann, "the" boss', "department": "Line 1", "pin": "0042",
        "cards": [(12, 7, True, "")], "groups": [1, 2],
        "fields": {"locker": 7, "size": "M"}, "until": after[80]["until"],
    }  # fmt: skip
    local = Person.objects.get(number=80).valid_until
    assert local is not None
    assert timezone.localtime(local).strftime("%Y-%m-%d %H:%M:%S") == "2027-01-31 23:59:59"
    assert after[70] == before[70]
    assert list(uploads_folder().iterdir()) == []
    entries = AuditEntry.objects.filter(action="people.import")
    assert {entry.object_name for entry in entries} == {"person 80", "person 81"}
    assert all("Ann" not in str(entry.after) and "0042" not in str(entry.after) for entry in entries)

    Person.objects.filter(number=81).update(name="Bobby")
    undone = importer.go_on(applied, "undo")
    assert (undone["state"], undone["left"]) == ("undone", 1)
    assert "81" in undone["words"]
    assert {number: one["undone"] for number, one in importer.people(undone).items()} == {80: "removed", 81: "left"}
    assert everybody() == {**before, 81: {**after[81], "name": "Bobby"}}
    assert not Department.objects.exists()
    assert not ImportedPerson.objects.exclude(before=b"").exists()


def test_what_was_changed_is_as_before_after_an_undo(site: None) -> None:
    importer = Importer.of()
    first = importer.apply(importer.upload("a.csv", lines(HEADING, row(number=90, name="Cy", pin="1111", cards="21"))))
    before = everybody()
    # The card goes from one person to another, and the file says nothing of notes and validity.
    content = lines(
        ("number", "name", "pin", "cards", "access_groups"), (90, "Cyd", "2222", "", 1), (91, "Dee", "", "21", "")
    )
    item = importer.upload("b.csv", content)
    assert importer.people(item)[90]["changes"] == {
        "name": ["Cy", "Cyd"], "pin": ["(secret)", "(secret, changed)"], "cards": ["21", ""], "groups": [[], [1]],
    }  # fmt: skip
    applied = importer.apply(item)
    assert Card.objects.get(number=21).person.number == 91
    assert importer.go_on(applied, "undo")["left"] == 0
    assert everybody() == before
    assert importer.go_on(first, "undo")["left"] == 0
    assert set(everybody()) == {70}


def test_what_changed_since_the_check_is_not_overwritten(database: str) -> None:
    importer = Importer.of()
    item = importer.upload("a.csv", lines(("number", "name"), (5, "Ann")))
    now = timezone.now()
    Person.objects.create(number=5, name="Somebody else", created=now, changed=now)
    refused = importer.apply(item)
    assert refused["state"] == "checked"
    assert "do something else now" in refused["words"]
    assert Person.objects.get(number=5).name == "Somebody else"
    assert "checked anew" in importer.post(f"/{item['id']}/apply", {"plan": "another"}, 409)["error"]
    again = importer.go_on(item, "check")
    assert importer.apply(again)["changed"] == 1


def test_who_may_not_give_cards_and_groups_cannot_do_so_by_a_file(site: None) -> None:
    heading = ("number", "name", "pin", "access_groups")
    content = lines(heading, (5, "Ann", "1234", "Staff"))
    importer = Importer.of(account("clerk", "operator"))
    assert importer.problems(importer.upload("a.csv", content)) == [
        (1, "access_groups", "a column of the file", "nothing without the right access.edit: leave it out")
    ]
    narrow = Importer.of(account("chief", "administrator"), scopes=["people.import", "access.edit"])
    assert [one[1] for one in narrow.problems(narrow.upload("a.csv", content))] == ["pin"]
    left_out = narrow.upload("a.csv", content, options={"columns": {"PIN": "", "access_groups": ""}})
    assert left_out["headings"] == [["number", "number"], ["name", "name"], ["pin", ""], ["access_groups", ""]]
    assert narrow.apply(left_out)["state"] == "applied"


def test_nobody_sees_the_imports_of_others(database: str) -> None:
    item = Importer.of().upload("a.csv", lines(("number",), (5,)))
    other = Importer.of(account("other", "administrator"))
    assert other.get("")["items"] == []
    assert other.post(f"/{item['id']}/apply", {"plan": item["plan"]}, 404)["error"].startswith("import: ")
