"""The pages of the record, asked as a browser asks them."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import DeviceGroup
from doorward.server.events import pages
from doorward.server.events.models import Event, SavedFilter
from doorward.server.operators.models import Operator
from tests.server.accounts import account, administrator
from tests.server.events.test_search import START, event, record

__all__ = ["record"]
MONTH = {"since": "2026-03-01T00:00", "until": "2026-03-20T00:00"}


def browser(operator: Operator) -> Client:
    client = Client()
    client.force_login(operator, backend="doorward.server.operators.backend.RoleBackend")
    return client


def text(client: Client, address: str, query: dict[str, str] | None = None, status: int = 200) -> str:
    answer = client.get(f"/console/{address}", query or {})
    assert answer.status_code == status, answer.content[:500]
    return unescape(answer.content.decode())


def shown(words: str) -> list[int]:
    """The events of a page, by the links to them."""
    return [int(number) for number in re.findall(r'href="/console/events/(\d+)/"', words)]


def test_pages_lead_to_older_and_newer_events(record: list[Event]) -> None:
    client = browser(administrator())
    order = [row.position for row in sorted(record, key=lambda row: (row.utc, row.position), reverse=True)]
    seen: list[list[int]] = []
    address = "events/"
    while True:
        words = text(client, address)
        seen.append(shown(words))
        older = re.search(r'href="/console/(events/[^"]*)" rel="next"', words)
        if older is None:
            break
        address = older[1]
    assert [number for page in seen for number in page] == order
    assert "200 events" in words
    for page in reversed(seen[:-1]):
        newer = re.search(r'href="/console/(events/[^"]*)" rel="prev"', words)
        assert newer is not None
        words = text(client, newer[1])
        assert shown(words) == page
    assert 'rel="prev"' not in words


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"device": "Back"}, 100), ({"device": "1"}, 100), ({"device": "nobody knows"}, 0), ({"person": "1"}, 67),
        ({"severity": "warning"}, 4), ({"category": "access denied"}, 0), ({"range": "today"}, 0), (MONTH, 200),
        ({"q": "no such words"}, 0), ({"person": "x"}, 0),
        ({"since": "2026-03-02T00:00", "until": "2026-03-01T00:00"}, 0),
        ({"after": "broken"}, 200), ({"code": "nothing"}, 0),
    ],
)  # fmt: skip
def test_what_the_address_asks_for(record: list[Event], query: dict[str, str], count: int) -> None:
    words = text(browser(administrator()), "events/", query)
    assert (f"{count} events" in words) == (count > 0)
    assert bool(shown(words)) == (count > 0)


def test_many_are_not_counted_to_the_end(record: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "COUNTED", 150)
    assert "more than 150 events" in text(browser(administrator()), "events/")


def test_a_group_shows_the_devices_inside(record: list[Event]) -> None:
    house = DeviceGroup.objects.get()
    top = DeviceGroup.objects.create(name="Top")
    DeviceGroup.objects.filter(pk=house.pk).update(parent=top)
    words = text(browser(administrator()), "events/", {"group": str(top.pk)})
    assert "100 events" in words
    assert "\u2003House" in words


def test_whoever_sees_a_group_alone_sees_its_events_alone(record: list[Event]) -> None:
    client = browser(account("x", "monitor", DeviceGroup.objects.get()))
    words = text(client, "events/")
    assert "100 events" in words
    assert 'id="export"' not in words
    text(client, "events/199/", status=404)  # at the other device
    text(client, "events/200/", status=404 if Event.objects.get(position=200).origin != 1 else 200)
    text(client, "reports/", status=403)
    assert "96 events" in text(browser(account("y", "operator", DeviceGroup.objects.get())), "reports/entries/", MONTH)


def test_one_event_tells_everything(record: list[Event]) -> None:
    words = text(browser(administrator()), "events/200/")
    assert "0000  78" in words
    assert "0x84 / 0x1" in words
    assert "<img" not in words.split('class="dw-stack ev-one"')[1]
    text(browser(administrator("b")), "events/99999/", status=404)


def test_filters_are_kept_shared_and_removed(record: list[Event]) -> None:
    chief, other = administrator(), account("other", "monitor")
    client, stranger = browser(chief), browser(other)
    sent = {"name": "  <b>Mine</b> ", "query": "person=1&after=abc&evil=1", "shared": "on"}
    answer = client.post("/console/events/filters/", sent)
    assert answer["Location"] == "/console/events/?person=1"
    kept = SavedFilter.objects.get()
    assert (kept.name, kept.query, kept.shared) == ("<b>Mine</b>", "person=1", True)
    page = stranger.get("/console/events/").content.decode()
    assert "&lt;b&gt;Mine&lt;/b&gt;" in page
    assert "<b>Mine" not in page
    assert f"filters/{kept.pk}/remove" not in page
    assert stranger.post(f"/console/events/filters/{kept.pk}/remove/").status_code == 403
    client.post("/console/events/filters/", {**sent, "shared": ""})
    assert "Mine" not in text(stranger, "events/")
    assert stranger.post(f"/console/events/filters/{kept.pk}/remove/").status_code == 404
    assert client.post("/console/events/filters/", {"name": " ", "query": ""}).status_code == 302
    assert SavedFilter.objects.count() == 1
    assert client.post(f"/console/events/filters/{kept.pk}/remove/").status_code == 302
    assert not SavedFilter.objects.exists()
    assert AuditEntry.objects.filter(object_type="savedfilter").count() == 3


def test_paper_says_what_it_holds_and_what_not(record: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(administrator())
    words = text(client, "events/print/", {"person": "1"})
    assert "person 1" in words
    assert "Only the newest" not in words
    monkeypatch.setattr(pages, "PRINTED", 50)
    words = text(client, "events/print/")
    assert "Only the newest 50 events" in words
    assert words.count("<tr>") == 51


def test_reports_count_what_happened(record: list[Event]) -> None:
    rows = [event(1000 + number, code=0x28, category=2, utc=START + timedelta(days=1, hours=5)) for number in range(7)]
    Event.objects.bulk_create(rows)
    client = browser(administrator())
    expected = {
        "entries": [["Sun, 1 Mar 2026", 196, 0], ["Mon, 2 Mar 2026", 0, 7]],
        "denied": [["Verification failed", 7, 0, "100.0 %"]],
    }
    for kind in ("entries", "presence", "denied", "alarms"):
        assert "ev-bar" in text(client, f"reports/{kind}/", MONTH)
        answer = client.get(f"/console/reports/{kind}/file.xlsx", MONTH)
        assert answer["Content-Disposition"].startswith("attachment")
        table = [
            list(row) for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
        ]
        if kind in expected:
            assert table[1 : 1 + len(expected[kind])] == expected[kind]
        if kind == "presence":
            assert sorted((row[0], row[1], row[2]) for row in table[1:]) == [("=HYPERLINK(1)", 96, 2), ("Back", 100, 2)]
            assert table[1][4:8] == [100, 0, 0, 0]
            assert len(table[0]) == 28
        if kind == "alarms":
            assert sum(row[2] for row in table[1:]) == 4
    lines = client.get("/console/reports/presence/file.csv", MONTH).content.decode("utf-8-sig").splitlines()
    assert {line.split(",")[0] for line in lines[1:]} == {"'=HYPERLINK(1)", "Back"}
    assert AuditEntry.objects.filter(action="events.report").count() == 5


def test_a_report_is_bounded(record: list[Event]) -> None:
    client = browser(administrator())
    assert "31 days at most" in text(client, "reports/", {"since": "2026-03-01T00:00", "until": "2026-04-05T00:00"})
    assert "needs a beginning" in text(client, "reports/", {"range": "", "since": "", "until": "2026-04-05T00:00"})
    assert "Nobody came" in text(client, "reports/", {"range": "week"})
    text(client, "reports/nonsense/", status=404)
    text(client, "reports/entries/file.exe", status=404)
    text(client, "reports/entries/file.csv", {"until": "2026-04-05T00:00"}, status=404)
    for days in (1, 31):
        until = timezone.localtime().replace(tzinfo=None)
        span = {"since": f"{until - timedelta(days=days):%Y-%m-%dT%H:%M}", "until": f"{until:%Y-%m-%dT%H:%M}"}
        assert "cannot be made" not in text(client, "reports/", span)
