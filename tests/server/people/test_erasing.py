"""Somebody is erased: nothing is left but events, and wherever these are shown stands a pseudonym."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from doorward.server.access.models import AccessGroup, Membership
from doorward.server.doors.models import DoorState
from doorward.server.events.live import EventRow
from doorward.server.events.models import Event, EventImage
from doorward.server.events.shapes import shown_text
from doorward.server.imports.models import Import, ImportedPerson
from doorward.server.operators.services import create_token
from doorward.server.people.erasing import erase
from doorward.server.people.models import Card, ErasedPerson, Finger, Person
from tests.console.seeds import fill_site
from tests.server.accounts import administrator
from tests.server.imports.steps import Importer, lines
from tests.server.jobs.running import do_jobs

NUMBER = 4711
NAME = "Marlene Musterfrau"


@pytest.fixture
def chief(each_database: str) -> Client:
    """A site where one person has everything that a person can have, and passed a door."""
    fill_site(events=20)
    Event.objects.filter(pk=Event.objects.order_by("pk").values("pk")[:1]).update(person=NUMBER)
    operator = administrator()
    now = timezone.now()
    event = Event.objects.get(person=NUMBER)
    person = Person.objects.create(
        number=NUMBER, name=NAME, email="marlene@example.com", pin="7351", photo=b"a picture", photo_digest="x",
        created=now, changed=now,
    )  # fmt: skip
    Card.objects.create(person=person, number=99_887_766)
    Finger.objects.create(person=person, place=0, first=b"1" * 384, second=b"2" * 384)
    Membership.objects.create(person=person, group=AccessGroup.objects.create(number=1, name="Staff"))
    EventImage.objects.create(
        origin=event.origin, local_time=event.local_time, code=event.code, person=NUMBER, digest=b"x" * 32,
        picture=b"her face", received=now,
    )  # fmt: skip
    DoorState.objects.update(lock_person=NUMBER, person=NUMBER)
    token = create_token(operator, "test")[1]
    client = Client(headers={"Authorization": f"Bearer {token}"})
    importer = Importer(client)
    importer.apply(importer.upload("a.csv", lines(("number", "notes"), (NUMBER, "seldom here"), (5, "there"))))
    importer.upload("b.csv", lines(("number", "notes"), (NUMBER, "often here")))
    return client


def post(client: Client, path: str, body: dict[str, Any], status: int) -> dict[str, Any]:
    response = client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")
    assert response.status_code == status, response.content
    answer: dict[str, Any] = response.json()
    return answer


def everything() -> str:
    """All that the database holds, as text, but for the record of events and who was erased."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in {"events_event", "people_erasedperson"} and not table.startswith("events_event_"):
                cursor.execute(f'SELECT * FROM "{table}"')
                found.append(f"{table}: {cursor.fetchall()}")
    return "\n".join(found)


def test_nothing_is_left_of_somebody_but_events_under_a_pseudonym(chief: Client) -> None:
    row = EventRow._make(Event.objects.filter(person=NUMBER).values_list(*EventRow._fields).get())
    assert json.loads(shown_text(row))["person"] == NUMBER
    post(chief, f"people/{NUMBER}/erase", {"confirm": 4712}, 422)
    pseudonym = post(chief, f"people/{NUMBER}/erase", {"confirm": NUMBER}, 200)["pseudonym"]

    left = everything()
    for trace in (NAME, "marlene@example.com", "99887766", "seldom here"):
        assert trace not in left
    assert not Person.objects.filter(number=NUMBER).exists()
    assert not EventImage.objects.exists()
    assert not ImportedPerson.objects.filter(number=NUMBER).exists()
    assert not Import.objects.exclude(stored_name="").exists()
    assert not DoorState.objects.filter(lock_person=NUMBER).exists()
    assert Event.objects.get(person=NUMBER).origin == row.origin

    shown = chief.get("/api/v1/events?limit=100").json()["items"]
    assert [(item["person"], item["pseudonym"]) for item in shown if item["pseudonym"]] == [(0, pseudonym)]
    assert str(NUMBER) not in json.dumps([item["person"] for item in shown])
    assert json.loads(shown_text(row))["pseudonym"] == pseudonym
    assert chief.get(f"/api/v1/events?person={NUMBER}").json()["items"] == []
    audit = chief.get("/api/v1/audit?limit=1000").json()["items"]
    assert [entry for entry in audit if str(NUMBER) in str(entry)] == []
    for body in ({"confirm": NUMBER}, {"confirm": NUMBER}):
        assert "erased before" in post(chief, f"people/{NUMBER}/erase", body, 422)["error"]
    assert chief.get("/api/v1/people/erased").json()["items"][0]["pseudonym"] == pseudonym
    assert str(NUMBER) not in str(chief.get("/api/v1/people/erased").json())


def test_exports_show_the_pseudonym_and_old_files_go(chief: Client) -> None:
    before = post(chief, "events/exports", {"format": "xlsx"}, 202)["id"]
    do_jobs()
    assert chief.get(f"/api/v1/jobs/{before}").json()["file"] is not None
    made = erase(NUMBER)
    assert chief.get(f"/api/v1/jobs/{before}").json()["file"] is None
    post(chief, "events/exports", {"format": "xlsx"}, 202)
    post(chief, "events/exports", {"format": "csv"}, 202)
    book, text = (Path(job.stored_name).read_bytes() for job in do_jobs())
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(book)).active.values for cell in row]
    assert made.pseudonym in cells
    assert NUMBER not in cells
    people = [row["person"] for row in csv.DictReader(io.StringIO(text.decode("utf-8-sig")))]
    assert made.pseudonym in people
    assert str(NUMBER) not in people


def test_somebody_who_was_removed_before_can_be_erased_too(chief: Client) -> None:
    Person.objects.filter(number=NUMBER).delete()
    assert erase(NUMBER).pseudonym.startswith("erased-")
    post(chief, "people/999999/erase", {"confirm": 999999}, 404)
    assert ErasedPerson.objects.count() == 1


def test_somebody_gets_all_that_is_kept_of_him(chief: Client) -> None:
    post(chief, f"people/{NUMBER}/data-export", {}, 202)
    (job,) = do_jobs()
    with zipfile.ZipFile(job.stored_name) as archive:
        person = json.loads(archive.read("person.json"))
        assert (person["name"], person["access_groups"], person["pin_kept"]) == (NAME, ["Staff"], True)
        assert archive.read("photo.jpg") == b"a picture"
        events = [json.loads(line) for line in archive.read("events.jsonl").splitlines()]
        assert [event["person"] for event in events] == [NUMBER]
        (picture,) = [name for name in archive.namelist() if name.startswith("pictures/")]
        assert archive.read(picture) == b"her face"
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert b"7351" not in content
    assert b"1" * 384 not in content
