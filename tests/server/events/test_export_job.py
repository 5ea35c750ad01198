"""The export of events as a job: every format, with the rights of the one who asked, and no formula in any cell."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

from doorward.model.errors import InvalidInput
from doorward.server.devices.models import DeviceGroup
from doorward.server.events import export_job
from doorward.server.events.export import device_names
from doorward.server.events.filters import EventFilter, codes_of_words, event_query
from doorward.server.events.models import Event
from doorward.server.events.search import EventQuery, chunks
from doorward.server.events.spreadsheet import write_workbook
from doorward.server.jobs.kinds import Work
from doorward.server.jobs.models import Job
from doorward.server.operators.models import Operator
from doorward.server.operators.services import create_token
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
    assert [row[14].value for row in rows[1:]] == list(range(1, 201))


def test_what_a_sheet_cannot_hold_goes_on_the_next(record: list[Event], tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    assert write_workbook(path, chunks(EventQuery()), device_names(), scratch=tmp_path, sheet_rows=91) == 200
    book = openpyxl.load_workbook(path)
    assert [sheet.max_row for sheet in book] == [91, 91, 21]
    numbers = [row[14] for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert numbers == list(range(1, 201))


def test_the_other_formats_and_the_filter(record: list[Event], do: Callable[..., Any]) -> None:
    chief = administrator()
    words, content, _ = do(chief, format="csv", filter={"person": [1], "device": [2]})
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {(row["person"], row["origin"]) for row in rows} == {("1", "2")}
    assert words == f"{len(rows)} events"
    _, content, _ = do(chief, format="jsonl", filter={"severity": ["alarm"]})
    assert [json.loads(line)["position"] for line in content.splitlines()] == [50, 100, 150, 200]


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
    assert Job.objects.get().arguments == {"format": "xlsx", "filter": {"severity": ["alarm"]}}
    for wrong in ({"format": "pdf"}, {"filter": {"code": ["no-such"]}}):
        assert client.post("/api/v1/events/exports", wrong, content_type="application/json").status_code == 422
    monitor = Client(headers={"Authorization": f"Bearer {create_token(account('m', 'monitor'), 'test')[1]}"})
    assert monitor.post("/api/v1/events/exports", {}, content_type="application/json").status_code == 403
