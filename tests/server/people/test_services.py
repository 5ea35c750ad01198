"""People and what they show: what is refused, what is noted, and what devices are given."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from doorward.model import people as model
from doorward.model.errors import InvalidInput
from doorward.server.audit.models import AuditEntry
from doorward.server.events.models import OutboxEntry
from doorward.server.operators.actor import Actor, acting
from doorward.server.people import card_formats, credentials, departments, own_fields, photos, services
from doorward.server.people.choices import FaceFamily, FieldKind
from doorward.server.people.models import Card, ErasedPerson, Face, Finger, Person
from doorward.server.people.noting import many_at_once
from doorward.server.people.on_devices import people_for_devices, person_for_device
from tests.server.doors.places import picture
from tests.server.people.things import FINGER, TEMPLATE, group_at, held, managed_door, marks, person

START = datetime(2026, 11, 29, 8, tzinfo=UTC)
END = datetime(2027, 3, 31, 22, tzinfo=UTC)
FACE = model.Face(b"\x01" * 2284)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "x" * 48}, "name"),
        ({"name": "\N{PERSON DOING CARTWHEEL}" * 24}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"email": "ada at example"}, "email"),
        ({"phone": "1" * 41}, "phone"),
        ({"notes": "a\x00b"}, "notes"),
        ({"valid_from": datetime(1969, 1, 1, tzinfo=UTC)}, "valid_from"),
        ({"valid_until": datetime(2107, 1, 1, tzinfo=UTC)}, "valid_until"),
        ({"valid_from": datetime(2026, 1, 1)}, "valid_from"),  # noqa: DTZ001 - without a zone on purpose
        ({"valid_from": END, "valid_until": START}, "valid_until"),
        ({"security_level": 6}, "security_level"),
        ({"authentication_mode": 0x80000000}, "authentication_mode"),
        ({"daily_entry_limit": 65536}, "daily_entry_limit"),
        ({"anti_passback_minutes": -1}, "anti_passback_minutes"),
        ({"fields": {"shoe": "43"}}, "fields.shoe"),
        ({"photo": b""}, "field"),
    ],
)
def test_what_no_model_can_hold_is_refused(database: str, values: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.create_person(values)
    assert refused.value.field == field
    assert not Person.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_numbers_are_given_once(each_database: str) -> None:
    assert [services.create_person({}).number, person(40).number, services.create_person({}).number] == [1, 40, 41]
    services.delete_person(41)
    # Its events are still there: somebody else does not become who did that.
    assert services.create_person({}).number == 42
    ErasedPerson.objects.create(number=7, pseudonym="erased-7", at=timezone.now())
    for number in (0, 2**32, 40, 7):
        with pytest.raises(InvalidInput, match="number"):
            person(number)
    person(2**32 - 1)
    assert services.create_person({}).number == 2
    with pytest.raises(services.UnknownPerson):
        services.delete_person(41)


def test_each_change_marks_where_it_matters(each_database: str) -> None:
    door = managed_door(7)
    person(5)
    group_at("Staff", door, people=(5,))

    def marked(change: Callable[[], object]) -> dict[int, set[tuple[int, bool]]]:
        with marks() as found:
            change()
        return found

    def change(**values: Any) -> Callable[[], object]:
        return lambda: services.change_person(5, values)  # type: ignore[arg-type] # what a test gives

    nothing: dict[int, set[tuple[int, bool]]] = {}
    soon, urgent = {7: {(5, False)}}, {7: {(5, True)}}
    works = departments.create_department("Works")
    card = finger = None

    def give_card() -> None:
        nonlocal card
        card = credentials.add_card(5, model.Card(4711, bypass=True))

    def give_finger() -> None:
        nonlocal finger
        finger = credentials.add_finger(5, FINGER)

    steps: list[tuple[Callable[[], object], dict[int, set[tuple[int, bool]]]]] = [
        (change(email="ada@example.com", notes="left-handed", phone="1"), nothing),
        (change(name="Ada"), soon),
        (change(name="Ada"), nothing),
        (change(department=works), soon),
        (lambda: departments.change_department(works, name="Paint shop"), soon),
        (lambda: departments.change_department(works, name="Paint shop"), nothing),
        (change(valid_until=END), urgent),
        (change(valid_until=None, valid_from=None), soon),
        (change(valid_from=START), urgent),
        (change(disabled=True), urgent),
        (change(disabled=False), soon),
        (change(terminal_administrator=True), soon),
        (change(terminal_administrator=False), urgent),
        (change(daily_entry_limit=3), urgent),
        (change(daily_entry_limit=0), soon),
        (change(authentication_mode=1021), urgent),
        (lambda: credentials.set_pin(5, "1234"), soon),
        (lambda: credentials.set_pin(5, "4321"), urgent),
        (lambda: credentials.set_pin(5, "4321"), nothing),
        (lambda: credentials.set_pin(5, ""), urgent),
        (give_card, soon),
        (lambda: credentials.change_card(5, card.pk, label="blue"), nothing),  # type: ignore[union-attr]
        (lambda: credentials.change_card(5, card.pk, bypass=False), urgent),  # type: ignore[union-attr]
        (lambda: credentials.remove_card(5, card.pk), urgent),  # type: ignore[union-attr]
        (give_finger, soon),
        (lambda: credentials.change_finger(5, finger.pk, duress=True), soon),  # type: ignore[union-attr]
        (lambda: credentials.set_fingers(5, [FINGER, FINGER]), urgent),
        (lambda: credentials.set_faces(5, FaceFamily.D_STATION, [FACE]), soon),
        (lambda: credentials.remove_face(5, Face.objects.get().pk), urgent),
        (lambda: credentials.remove_finger(5, Finger.objects.all()[0].pk), urgent),
        (lambda: photos.set_photo(5, picture()), nothing),
        (lambda: services.delete_person(5), urgent),
    ]
    for place, (step, expected) in enumerate(steps):
        assert marked(step) == expected, f"step {place}"
    assert not Card.objects.exists()
    assert not Finger.objects.exists()


def test_many_at_once_are_noted_once(database: str) -> None:
    managed_door(7)
    for number in range(1, 6):
        held(7, number)
    OutboxEntry.objects.all().delete()
    with marks() as found, many_at_once("imported"):
        for number in range(1, 6):
            person(number)
        credentials.set_pin(3, "1234")
    assert found == {7: {(number, False) for number in range(1, 6)}}
    told = [entry.data for entry in OutboxEntry.objects.filter(kind="person")]
    assert told == ['{"what": "imported", "people": 5, "by": "server"}']


def test_what_is_refused_of_credentials(database: str) -> None:
    person(5)
    person(6)
    for pin in ("123", "12345678901234567", "12a4", "\u0661\u0662\u0663\u0664"):
        with pytest.raises(InvalidInput) as refused:
            credentials.set_pin(5, pin)
        assert pin not in str(refused.value)
    credentials.add_card(5, model.Card(4711))
    for card in (model.Card(4711), model.Card(0), model.Card(2**32), model.Card(1, -1)):
        with pytest.raises(InvalidInput):
            credentials.add_card(6, card)
    with pytest.raises(credentials.NoRoom, match="as many cards"):
        credentials.add_card(5, model.Card(12))
    credentials.add_card(6, model.Card(4711, custom_id=1))
    with pytest.raises(InvalidInput, match="384"):
        credentials.add_finger(5, model.Finger((TEMPLATE, b"short")))
    with pytest.raises(InvalidInput):
        credentials.set_fingers(5, [FINGER] * 11)
    for face in (model.Face(b"x"), model.Face(b"\x01" * 2284, kind=1), model.Face(b"\x01" * 2284, still_image=b"x")):
        with pytest.raises(InvalidInput):
            credentials.set_faces(5, FaceFamily.D_STATION, [face])
    with pytest.raises(credentials.UnknownCard):
        credentials.remove_card(6, Card.objects.get(person__number=5).pk)
    with pytest.raises(credentials.UnknownFinger):
        credentials.remove_finger(5, 1)
    with pytest.raises(credentials.UnknownFace):
        credentials.remove_face(5, 1)
    assert Card.objects.count() == 2
    assert not Finger.objects.exists()


def test_a_person_as_a_device_is_given_him(database: str) -> None:
    works = departments.create_department("Works")
    services.create_person(
        {
            "name": "Ada", "department": works, "valid_from": START, "valid_until": END, "security_level": 4,
            "terminal_administrator": True, "daily_entry_limit": 2, "anti_passback_minutes": 3,
            "authentication_mode": 1021,
        },
        number=5,
    )  # fmt: skip
    credentials.set_pin(5, "123456")
    credentials.add_card(5, model.Card(4711, 3, bypass=True))
    credentials.set_fingers(5, [model.Finger(FINGER.templates, duress=True, position=6)])
    credentials.set_faces(5, FaceFamily.D_STATION, [FACE])
    credentials.set_faces(5, FaceFamily.FACESTATION, [model.Face(b"f", 1, b"still")])
    (found,) = people_for_devices([5, 6])
    given = person_for_device(found, [2, 9], ZoneInfo("Europe/Berlin"), face_family="facestation")
    assert given == model.Person(
        number=5, name="Ada", department="Works", pin="123456", cards=(model.Card(4711, 3, True),),
        valid_from=datetime(2026, 11, 29, 9), valid_until=datetime(2027, 4, 1, 0), access_groups=(2, 9),  # noqa: DTZ001
        administrator=True, security_level=model.SecurityLevel.HIGH, authentication_mode=1021, daily_entry_limit=2,
        anti_passback_minutes=3, fingers=(model.Finger(FINGER.templates, True, 6),),
        faces=(model.Face(b"f", 1, b"still"),),
    )  # fmt: skip
    assert person_for_device(found, (), UTC).faces == ()


def test_departments_form_a_tree(each_database: str) -> None:
    works = departments.create_department("Works")
    paint = departments.create_department("Paint shop", works)
    with pytest.raises(InvalidInput):
        departments.create_department("Works")
    with pytest.raises(InvalidInput, match="parent"):
        departments.change_department(works, parent=paint)
    services.create_person({"department": paint}, number=5)
    assert [each.number for each in services.search(services.people(), department=works)] == [5]
    for department in (works, paint):
        with pytest.raises(departments.DepartmentInUse):
            departments.delete_department(department)
    services.change_person(5, {"department": None})
    departments.delete_department(paint)
    departments.delete_department(works)


def test_own_fields_hold_what_they_are_for(each_database: str) -> None:
    own_fields.create_field("Shoe size", FieldKind.NUMBER)
    own_fields.create_field("Since", FieldKind.DATE, slug="since")
    own_fields.create_field("Shift", FieldKind.CHOICE, choices=["early", "late"])
    for values in ({"shoe-size": "43"}, {"shoe-size": float("nan")}, {"since": "today"}, {"shift": "night"}, {"no": 1}):
        with pytest.raises(InvalidInput):
            services.create_person({"fields": values})
    services.create_person({"fields": {"shoe-size": 43.5, "since": "2026-11-29", "shift": "late"}}, number=5)
    with pytest.raises(InvalidInput, match="person 5"):
        own_fields.change_field("shift", choices=["early"])
    own_fields.delete_field("since")
    services.change_person(5, {"fields": {"shoe-size": None}})
    assert Person.objects.get().fields == {"shift": "late"}
    with pytest.raises(InvalidInput):
        own_fields.create_field("Shift", FieldKind.TEXT, slug="shift")
    with pytest.raises(InvalidInput):
        own_fields.create_field("Gate", FieldKind.TEXT, choices=["north"])


def test_card_formats_are_checked_and_used(database: str) -> None:
    values: card_formats.FormatValues = {
        "name": "26 bits", "reading": "wiegand", "bits": 26, "facility_start": 1, "facility_length": 8,
        "facility_use": "custom-id", "number_start": 9, "number_length": 16, "parity": [],
    }  # fmt: skip
    form = card_formats.create_format(values)
    read = card_formats.read_card(form, "12-34567")
    assert (read.number, read.custom_id) == (34567, 12)
    with pytest.raises(InvalidInput):
        card_formats.create_format(values)
    with pytest.raises(InvalidInput):
        card_formats.change_format(form.pk, {"number_start": 8})
    serial = card_formats.create_format({"name": "Chip", "reading": "csn", "byte_order": "lsb"})
    assert card_formats.read_card(serial, "01 00 00 00").number == 1
    person(5)
    credentials.add_card(5, model.Card(34567, 12), form=form)
    card_formats.delete_format(form.pk)
    assert Card.objects.get().format is None


def test_photos_are_small_and_bare(database: str) -> None:
    person(5)
    photos.set_photo(5, picture(size=(1600, 900)))
    found = Person.objects.get()
    assert photos.photo_of(found).startswith(b"\xff\xd8")
    assert len(found.photo_digest) == 64
    with pytest.raises(InvalidInput):
        photos.set_photo(5, b"no picture")
    photos.remove_photo(5)
    with pytest.raises(photos.NoPhoto):
        photos.photo_of(Person.objects.get())


def test_the_audit_log_knows_who_and_what_but_nobody_by_name(database: str) -> None:
    with acting(Actor("anna")):
        services.create_person({"name": "Ada Lovelace", "email": "ada@example.com", "disabled": True}, number=5)
        services.change_person(5, {"notes": "left-handed", "disabled": False})
        credentials.set_pin(5, "12345678")
        credentials.add_card(5, model.Card(47110815), label="of Ada")
        credentials.set_fingers(5, [FINGER])
        services.delete_person(5)
    rows = list(AuditEntry.objects.order_by("pk").values())
    assert [row["action"] for row in rows][:5] == [
        "person.create", "person.change", "person.set_pin", "card.add", "fingers.set",
    ]  # fmt: skip
    assert {row["actor"] for row in rows} == {"anna"}
    assert rows[0]["object_name"] == "person 5"
    assert rows[1]["before"] == {"disabled": True, "notes": None}
    assert rows[1]["after"] == {"disabled": False, "notes": "(secret, changed)"}
    for needle in ("Lovelace", "ada@", "left-handed", "12345678", "47110815", "of Ada", TEMPLATE.hex()[:40]):
        assert needle not in str(rows)


def test_a_list_asks_the_database_the_same_for_few_and_many(
    database: str, django_queries: Callable[[], AbstractContextManager[list[dict[str, str]]]]
) -> None:
    works = departments.create_department("Works")
    door = managed_door(7)

    def asked() -> int:
        with django_queries() as queries:
            rows = list(services.listed_people())
            [
                (
                    str(row.department),
                    [card.number for card in row.cards.all()],
                    [group.number for group in row.access_groups.all()],
                    row.has_pin,  # type: ignore[attr-defined]
                    row.finger_count,  # type: ignore[attr-defined]
                )
                for row in rows
            ]
        return len(queries)

    numbers = (1, 2, 3)
    for number in numbers:
        services.create_person({"department": works}, number=number)
        credentials.add_card(number, model.Card(number))
    credentials.set_pin(2, "1234")
    credentials.set_fingers(2, [FINGER, FINGER])
    group_at("Staff", door, people=numbers)
    few = asked()
    for number in range(10, 40):
        services.create_person({"department": works}, number=number)
    assert asked() == few == 3
    rows = {row.number: row for row in services.listed_people()}
    assert (rows[2].has_pin, rows[2].finger_count, rows[1].has_pin) == (True, 2, False)  # type: ignore[attr-defined]
    found = services.search(services.listed_people(), text="2")
    assert [row.number for row in found] == [2]
    assert [row.number for row in services.search(services.people(), group=1)] == [1, 2, 3]
    assert [row.number for row in services.search(services.people(), card=3)] == [3]
