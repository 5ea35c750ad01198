"""The client by itself, against answers that a test gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from doorward.client import (
    ApiError,
    AsyncClient,
    Client,
    NotAllowed,
    NotReached,
    NotThere,
    NotUnderstood,
    Refused,
    WrongInput,
)
from doorward.client.models import NetworkChange
from doorward.model.errors import InvalidInput

TOKEN = "doorward_abc_secret"
Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handler: Handler) -> Client:
    client = Client("http://doors.example/", TOKEN)
    client._http._transport = httpx.MockTransport(handler)
    return client


def answering(status: int, data: object) -> Client:
    return client_of(lambda _: httpx.Response(status, json=data))


EVENT = {
    "position": 1, "kind": "event", "device": 7, "origin": 7, "person": 5, "code": 39, "sub_code": 0,
    "name": "verified", "words": "Verified", "how": "", "category": "access granted", "severity": "info",
    "pseudonym": "", "attendance_key": 0, "ordinal": 0, "image_slot": -1, "device_time": "2026-11-22T08:00:00",
    "utc": "2026-11-22T08:00:00Z", "received": "2026-11-22T08:00:01+00:00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, WrongInput),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, NotThere),
        (409, Refused),
        (422, WrongInput),
        (500, ApiError),
        (503, ApiError),
    ],
)
def test_errors(status: int, kind: type[ApiError]) -> None:
    with answering(status, {"error": "It is so.", "advice": "Do this."}) as client:
        with pytest.raises(ApiError) as caught:
            client.devices.show_device(7)
        assert type(caught.value) is kind
        error = caught.value
        assert (error.status, error.error, error.advice) == (status, "It is so.", "Do this.")


def test_an_error_of_a_proxy_has_words_too() -> None:
    client = client_of(lambda _: httpx.Response(502, text="<html>Bad gateway</html>"))
    with client, pytest.raises(ApiError, match="The server answered 502 Bad Gateway"):
        client.system.show_status()


def test_an_answer_of_something_else() -> None:
    answers: list[object] = [{"hello": 1}, [], "text", None]
    for answer in answers:
        with answering(200, answer) as client, pytest.raises(NotUnderstood, match="GET /api/v1/devices/7"):
            client.devices.show_device(7)
    with client_of(lambda _: httpx.Response(200, text="<html>")) as client, pytest.raises(NotUnderstood):
        client.devices.show_device(7)
    with answering(302, {}) as client, pytest.raises(ApiError, match="302"):
        client.devices.show_device(7)


def test_nobody_answers() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with client_of(refuse) as client, pytest.raises(NotReached, match=r"doors\.example.*connection refused") as caught:
        client.devices.list_devices()
    assert TOKEN not in f"{caught.value}{caught.value.advice}{client!r}"


def test_what_is_sent() -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.method == "DELETE":
            return httpx.Response(204)
        items = [EVENT] if request.url.path.endswith("/events") else []
        return httpx.Response(200, json={"items": items, "next": None})

    with client_of(take) as client:
        moment = datetime(2026, 11, 22, 8, tzinfo=UTC)
        page = client.events.list_events(since=moment, device=[7, 8], limit=5)
        client.operators.delete_role("a/../b?c")
        client.devices.list_devices(q="", approval=None)
    events, role, devices = seen
    assert events.headers["authorization"] == f"Bearer {TOKEN}"
    assert str(events.url.copy_with(query=None)) == "http://doors.example/api/v1/events"
    assert events.url.params.multi_items() == [
        ("since", "2026-11-22T08:00:00+00:00"), ("device", "7"), ("device", "8"), ("limit", "5"),
    ]  # fmt: skip
    assert role.url.raw_path == b"/api/v1/roles/a%2F..%2Fb%3Fc"
    assert devices.url.params.multi_items() == [("q", "")]
    assert page.items[0].utc == moment
    assert page.items[0].received.tzinfo is not None


def test_null_is_not_the_same_as_left_out() -> None:
    bodies: list[Any] = []

    def take(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(409, json={"error": "No.", "advice": ""})

    with client_of(take) as client:
        for change in ({}, {"group_id": None}, {"name": "Gate"}):
            with pytest.raises(Refused):
                client.devices.change_device(7, **change)
        with pytest.raises(Refused):
            client.discovery.write_network(device_id=7, changes=NetworkChange(address="10.0.0.7"))
    assert bodies == [{}, {"group_id": None}, {"name": "Gate"}, {"device_id": 7, "changes": {"address": "10.0.0.7"}}]


def test_what_cannot_be_sent() -> None:
    with answering(200, {}) as client:
        with pytest.raises(InvalidInput, match="since"):
            client.events.list_events(since=datetime(2026, 11, 22))  # noqa: DTZ001 - what must not work
        for slug in ("", ".", ".."):
            with pytest.raises(InvalidInput):
                client.operators.delete_role(slug)
        with pytest.raises(InvalidInput, match="page by page"):
            next(client.each(client.webhooks.list_webhooks))  # type: ignore[arg-type] # what must not work
    for url in ("doors.example", "ftp://doors.example", "http://", "http://me:secret@doors.example"):
        with pytest.raises(InvalidInput) as caught:
            Client(url, TOKEN)
        assert "secret" not in str(caught.value)
    for token in ("", "two words", "line\nbreak", "ümlaut"):
        with pytest.raises(InvalidInput) as caught:
            Client("http://doors.example", token)
        assert not token or token not in str(caught.value)


PAGES: dict[str | None, dict[str, Any]] = {
    None: {"items": [{**EVENT, "position": 3}, {**EVENT, "position": 2}], "next": "to-2"},
    "to-2": {"items": [], "next": "to-1"},
    "to-1": {"items": [{**EVENT, "position": 1}], "next": None},
}


def page(request: httpx.Request) -> httpx.Response:
    assert request.url.params["category"] == "alarm"
    return httpx.Response(200, json=PAGES[request.url.params.get("after")])


def test_each_goes_over_all_pages() -> None:
    with client_of(page) as client:
        found = client.each(client.events.list_events, category=["alarm"])
        assert [event.position for event in found] == [3, 2, 1]


async def test_the_same_for_coroutines() -> None:
    async with AsyncClient("http://doors.example", TOKEN) as client:
        client._http._transport = httpx.MockTransport(page)
        found = [event.position async for event in client.each(client.events.list_events, category=["alarm"])]
        assert found == [3, 2, 1]


def test_a_download(tmp_path: Any) -> None:
    lines = [{"name": "a\u2028b"}, {"name": "c"}]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    with client_of(lambda _: httpx.Response(200, text=text)) as client:
        with client.events.export_events(format="jsonl") as download:
            assert [json.loads(line) for line in download.lines()] == lines
        with client.events.export_events() as download:
            assert download.save(tmp_path / "events.csv") == len(text.encode())
        assert (tmp_path / "events.csv").read_text() == text
    with answering(403, {"error": "No.", "advice": ""}) as client, pytest.raises(NotAllowed):
        client.events.export_events().__enter__()
