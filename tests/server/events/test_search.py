"""Searching the record and taking it away."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import Device, DeviceGroup
from doorward.server.events import export, search
from doorward.server.events.models import Event
from doorward.server.events.search import EventQuery
from doorward.server.operators.access import NOBODY
from doorward.server.operators.models import Operator
from doorward.server.operators.services import create_token
from doorward.server.people.models import Person
from tests.server.accounts import account, administrator

START = datetime(2026, 3, 1, tzinfo=UTC)
ALARM = 0x84


def event(position: int, **values: object) -> Event:
    utc = START + timedelta(seconds=position // 2)
    columns: dict[str, object] = {
        "device_id": 1,
        "origin": 1,
        "local_time": 1_772_323_200 + position,
        "code": 0x37,
        "sub_code": 1,
        "attendance_key": 65535,
        "person": 0,
        "ordinal": 0,
        "image_slot": -1,
        "record": b"x",
        "utc": utc,
        "received": utc,
        "category": 1,
        "severity": 0,
        "generation": 1,
        **values,
    }
    return Event(position=position, **columns)


@pytest.fixture
def record(each_database: str) -> list[Event]:
    """Two hundred events: two a second, at two devices, of three persons, with an alarm now and then."""
    now = timezone.now()
    group = DeviceGroup.objects.create(name="House")
    Device.objects.create(device_id=1, name="=HYPERLINK(1)", first_seen=now, changed=now, group=group)
    Device.objects.create(device_id=2, name="Back", first_seen=now, changed=now)
    rows = [
        event(
            number,
            origin=1 + number % 2,
            device_id=1 + number % 2,
            person=number % 3,
            **({"code": ALARM, "category": 4, "severity": 3} if number % 50 == 0 else {}),
        )
        for number in range(1, 201)
    ]
    Event.objects.bulk_create(rows)
    return rows


def positions(query: EventQuery, limit: int = 7) -> list[int]:
    """All that a search finds, page by page."""
    found: list[int] = []
    after = ""
    while True:
        page = search.search(query, after=after, limit=limit)
        assert len(page.rows) <= limit
        found += [row.position for row in page.rows]
        if not page.next:
            return found
        after = page.next


def test_pages_miss_nothing_and_repeat_nothing(record: list[Event]) -> None:
    expected = [row.position for row in sorted(record, key=lambda row: (row.utc, row.position), reverse=True)]
    for limit in (1, 7, 199, 200, 1000):
        assert positions(EventQuery(), limit) == expected


@pytest.mark.parametrize(
    ("query", "takes"),
    [
        (EventQuery(devices=frozenset({2})), lambda row: row.origin == 2),
        (EventQuery(devices=frozenset({1, 2, 3})), lambda row: True),
        (EventQuery(persons=frozenset({2})), lambda row: row.person == 2),
        (EventQuery(codes=frozenset({ALARM})), lambda row: row.code == ALARM),
        (EventQuery(categories=frozenset({4})), lambda row: row.category == 4),
        (EventQuery(severities=frozenset({2, 3})), lambda row: row.severity == 3),
        (EventQuery(since=START + timedelta(seconds=50)), lambda row: row.position >= 100),
        (EventQuery(until=START + timedelta(seconds=50)), lambda row: row.position < 100),
        (EventQuery(visible=frozenset({1})), lambda row: row.origin == 1),
        (EventQuery(visible=frozenset({1}), devices=frozenset({2})), lambda row: False),
        (EventQuery(visible=frozenset()), lambda row: False),
        (EventQuery(persons=frozenset({1}), devices=frozenset({1})), lambda row: row.person == 1 and row.origin == 1),
    ],
)
def test_what_is_found(record: list[Event], query: EventQuery, takes: object) -> None:
    assert callable(takes)
    assert sorted(positions(query)) == [row.position for row in record if takes(row)]


def test_pages_stay_whole_while_events_come(record: list[Event]) -> None:
    first = search.search(EventQuery(), limit=50)
    Event.objects.bulk_create([event(number) for number in range(300, 400)])
    second = search.search(EventQuery(), after=first.next, limit=50)
    assert [row.position for row in first.rows + second.rows] == list(range(200, 100, -1))


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "a" * 500])
def test_a_cursor_of_somebody_else_is_refused_in_words(database: str, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="after"):
        search.search(EventQuery(), after=cursor)


def test_all_events_come_in_order_whatever_the_size_of_a_piece(record: list[Event]) -> None:
    for size in (1, 3, 200, 1000):
        rows = list(itertools.chain.from_iterable(search.chunks(EventQuery(), size=size)))
        assert [row.position for row in rows] == list(range(1, 201))


def test_the_newest_of_a_device_are_found_by_an_index(record: list[Event]) -> None:
    assert [row.position for row in search.newest_of_device(1, 2)] == [200, 198]
    if connection.vendor == "sqlite":
        rows = EventQuery(devices=frozenset({1})).rows().order_by("-utc", "-position")
        assert "event_origin_utc" in rows.explain()


def api(role: str = "administrator", group: DeviceGroup | None = None) -> Client:
    operator = administrator() if role == "administrator" else account("x", role, group)
    return Client(headers={"Authorization": f"Bearer {create_token(operator, 'test')[1]}"})


def test_the_api_searches_by_names(record: list[Event]) -> None:
    client = api()
    found = client.get("/api/v1/events", {"severity": "alarm", "limit": "3"}).json()
    assert [row["position"] for row in found["items"]] == [200, 150, 100]
    assert client.get("/api/v1/events", {"severity": "alarm", "limit": "3", "after": str(found["next"])}).json() == {
        "items": [client.get("/api/v1/events/50").json()],
        "next": None,
    }
    slug = found["items"][0]["name"]
    assert len(client.get("/api/v1/events", {"code": slug}).json()["items"]) == 4
    for name, value in (("code", "no-such"), ("code", "-1"), ("category", "x"), ("severity", "x"), ("limit", "0")):
        answer = client.get("/api/v1/events", {name: value})
        assert answer.status_code == 422
    assert client.get("/api/v1/events/99999").status_code == 404


def test_whoever_may_see_a_group_sees_its_events_alone(record: list[Event]) -> None:
    client = api("monitor", DeviceGroup.objects.get())
    found = client.get("/api/v1/events?limit=1000").json()["items"]
    assert {row["origin"] for row in found} == {1}
    assert client.get("/api/v1/events/2").status_code == 404 or client.get("/api/v1/events/1").status_code == 404
    assert client.get("/api/v1/events/export").status_code == 403


@pytest.fixture
async def exporter(record: list[Event]) -> str:
    return await sync_to_async(lambda: create_token(administrator(), "test")[1])()


async def _text(token: str, query: str) -> str:
    answer = await AsyncClient().get(f"/api/v1/events/export{query}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    pieces = cast("AsyncIterator[bytes]", cast("Any", answer).streaming_content)
    return b"".join([piece async for piece in pieces]).decode("utf-8-sig")


async def test_a_file_for_spreadsheets_holds_every_event_and_no_formula(exporter: str) -> None:
    rows = list(csv.DictReader(io.StringIO(await _text(exporter, ""))))
    assert [int(row["position"]) for row in rows] == list(range(1, 201))
    assert {row["device_name"] for row in rows} == {"'=HYPERLINK(1)", "Back"}


async def test_a_file_for_programs_and_its_entry_in_the_audit_log(exporter: str) -> None:
    text = await _text(exporter, "?format=jsonl&severity=alarm")
    assert [json.loads(line)["position"] for line in text.splitlines()] == [50, 100, 150, 200]
    entry = await AuditEntry.objects.aget(action="events.export")
    assert (entry.actor, entry.after) == ("admin", {"severity": ["alarm"], "format": "jsonl"})


async def test_a_file_names_people_as_far_as_the_token_may_see_them(exporter: str) -> None:
    await Person.objects.acreate(number=1, name="=Ada", created=START, changed=START)
    rows = list(csv.DictReader(io.StringIO(await _text(exporter, ""))))
    assert {(row["person"], row["person_name"]) for row in rows} == {("0", ""), ("1", "'=Ada"), ("2", "")}
    admin = await Operator.objects.aget(username="admin")
    narrow = await sync_to_async(lambda: create_token(admin, "narrow", scopes=["events.export"])[1])()
    assert {row["person_name"] for row in csv.DictReader(io.StringIO(await _text(narrow, "")))} == {""}


def test_a_million_events_are_not_a_million_objects(monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    asked: list[int] = []

    def endless(query: EventQuery, *, size: int = 2000) -> Iterator[list[object]]:
        for number in itertools.count():
            asked.append(number)
            yield []

    monkeypatch.setattr(export, "chunks", endless)

    async def read_two() -> None:
        source = export.streamed(EventQuery(), export.CSV, NOBODY)
        for _ in range(3):
            await anext(source)
        await source.aclose()  # type: ignore[attr-defined]

    asyncio.run(read_two())
    assert len(asked) == 2
