"""The export of events as a job: every format, with the rights of the one who asked, and no formula in any cell."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.devices.models import DeviceGroup
from doorward.server.events import export_job
from doorward.server.events.export import Names
from doorward.server.events.filters import EventFilter, codes_of_words, event_query
from doorward.server.events.models import Event
from doorward.server.events.search import EventQuery, chunks
from doorward.server.events.spreadsheet import write_workbook
from doorward.server.jobs.kinds import Work
from doorward.server.jobs.models import Job
from doorward.server.operators.access import NOBODY
from doorward.server.operators.models import Operator, Role
from doorward.server.operators.services import create_token
from doorward.server.people import erased
from doorward.server.people.models import ErasedPerson, Person
from tests.server.accounts import account, administrator
from tests.server.events.test_search import ALARM, record

__all__ = ["record"]


@pytest.fixture
def do(tmp_path: Path) -> Callable[..., tuple[str, bytes, list[tuple[int, int | None]]]]:
    """Does an export; gives its words, its file, and what it told of its progress."""

    def run(operator: Operator, **arguments: Any) -> tuple[str, bytes, list[tuple[int, int | None]]]:
        told: list[tuple[int, int | None]] = []

        def progress(done: int, total: int | None = None) -> None:
            told.append((done, total))

        words = export_job.run(Work(arguments, operator, tmp_path / "file", tmp_path, progress))
        return words, (tmp_path / "file").read_bytes(), told

    return run


def test_a_workbook_holds_every_event_and_no_formula(record: list[Event], do: Callable[..., Any]) -> None:
    words, content, told = do(administrator(), format="xlsx")
    assert words == "200 events"
    assert told[-1] == (200, 200)
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = list(book.active.iter_rows())
    assert len(rows) == 201
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d", "inlineStr"}
    first = [cell.value for cell in rows[1]]
    assert first[0] == datetime(2026, 3, 1)  # noqa: DTZ001 - a spreadsheet knows no zone
    assert first[2:5] == ["=HYPERLINK(1)", 1, 2] or first[2:5] == ["Back", 2, 1]
    assert {row[2].value for row in rows[1:]} == {"=HYPERLINK(1)", "Back"}
    assert [row[15].value for row in rows[1:]] == list(range(1, 201))


def test_what_a_sheet_cannot_hold_goes_on_the_next(record: list[Event], tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    assert write_workbook(path, chunks(EventQuery()), Names(NOBODY), scratch=tmp_path, sheet_rows=91) == 200
    book = openpyxl.load_workbook(path)
    assert [sheet.max_row for sheet in book] == [91, 91, 21]
    numbers = [row[15] for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert numbers == list(range(1, 201))


def test_the_other_formats_and_the_filter(record: list[Event], do: Callable[..., Any]) -> None:
    chief = administrator()
    words, content, _ = do(chief, format="csv", filter={"person": [1], "device": [2]})
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {(row["person"], row["origin"]) for row in rows} == {("1", "2")}
    assert words == f"{len(rows)} events"
    _, content, _ = do(chief, format="jsonl", filter={"severity": ["alarm"]})
    assert [json.loads(line)["position"] for line in content.splitlines()] == [50, 100, 150, 200]


@pytest.fixture
def people(record: list[Event]) -> Iterator[None]:
    """One of the two persons of the events has a dangerous name, the other one is erased."""
    now = timezone.now()
    Person.objects.create(number=1, name="=Ada", created=now, changed=now)
    Person.objects.create(number=2, name="Gone", created=now, changed=now)
    ErasedPerson.objects.create(number=2, pseudonym="erased-2", at=now)
    erased.reload()
    yield
    erased.forget()


def _called(content: bytes, kind: str) -> set[tuple[str, str]]:
    """Who is named how in a file: the person and the name."""
    if kind == "xlsx":
        rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2))
        assert {cell.data_type for row in rows for cell in row[4:6]} <= {"s", "n", "inlineStr"}
        return {(str(row[4].value or ""), row[5].value or "") for row in rows}
    text = content.decode("utf-8-sig")
    lines = csv.DictReader(io.StringIO(text)) if kind == "csv" else map(json.loads, text.splitlines())
    return {
        (str(line["person"] or line["pseudonym" if kind == "jsonl" else "person"]), line["person_name"])
        for line in lines
    }


@pytest.mark.parametrize(("kind", "ada"), [("csv", "'=Ada"), ("jsonl", "=Ada"), ("xlsx", "=Ada")])
def test_names_of_people_for_whoever_may_see_them(people: None, do: Callable[..., Any], kind: str, ada: str) -> None:
    chief = administrator()
    # Rights, devices, a count, one piece of events, and the names of all of its people together.
    with CaptureQueriesContext(connection) as asked:
        _, content, _ = do(chief, format=kind, names=True)
    assert 0 < len(asked) <= 10
    with_names = _called(content, kind)
    assert ("1", ada) in with_names
    assert ("erased-2", "") in with_names
    Role.objects.create(slug="clerk", name="Clerk", rights=["events.export"])
    for operator, names in ((chief, False), (account("clerk", "clerk"), True)):
        _, content, _ = do(operator, format=kind, names=names)
        assert {name for _, name in _called(content, kind)} == {""}


def test_a_token_without_the_right_to_see_people_gets_no_names(people: None) -> None:
    token = create_token(administrator(), "test", scopes=["events.export"])[1]
    client = Client(headers={"Authorization": f"Bearer {token}"})
    assert client.post("/api/v1/events/exports", {}, content_type="application/json").status_code == 202
    assert Job.objects.get().arguments["names"] is False


def test_only_what_the_operator_may_see_is_in_the_file(record: list[Event], do: Callable[..., Any]) -> None:
    _, content, _ = do(account("x", "operator", DeviceGroup.objects.get()), format="jsonl")
    assert {json.loads(line)["origin"] for line in content.splitlines()} == {1}


def test_groups_and_words_narrow_a_search(record: list[Event]) -> None:
    house = DeviceGroup.objects.get()
    empty = DeviceGroup.objects.create(name="Empty")

    def count(**values: Any) -> int:
        return event_query(EventFilter(**values), None).rows().count()

    assert count(group=[house.pk]) == 100
    assert count(group=[house.pk], device=[2]) == count(group=[empty.pk]) == count(words="no such words") == 0
    assert ALARM in codes_of_words("TAMPER") or ALARM in codes_of_words("forced") or count(words="identified") == 196
    assert count(words="identified", code=["0x84"]) == 0
    with pytest.raises(InvalidInput, match="category"):
        count(category=["x"])


def test_the_api_starts_an_export(record: list[Event]) -> None:
    client = Client(headers={"Authorization": f"Bearer {create_token(administrator(), 'test')[1]}"})
    order = {"format": "xlsx", "filter": {"severity": ["alarm"]}}
    answer = client.post("/api/v1/events/exports", order, content_type="application/json")
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["title"]) == ("waiting", "Events as XLSX")
    assert Job.objects.get().arguments == {"format": "xlsx", "filter": {"severity": ["alarm"]}, "names": True}
    for wrong in ({"format": "pdf"}, {"filter": {"code": ["no-such"]}}):
        assert client.post("/api/v1/events/exports", wrong, content_type="application/json").status_code == 422
    monitor = Client(headers={"Authorization": f"Bearer {create_token(account('m', 'monitor'), 'test')[1]}"})
    assert monitor.post("/api/v1/events/exports", {}, content_type="application/json").status_code == 403
