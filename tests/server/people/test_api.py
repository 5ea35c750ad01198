"""``/api/v1/people`` and what belongs to it, and ``/api/v1/access-groups``, ``schedules`` and ``holidays``."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from doorward.model import people as model
from doorward.server.events.models import OutboxEntry
from doorward.server.operators.services import create_token
from doorward.server.people import credentials
from doorward.server.people.models import Person
from tests.server.accounts import account, administrator
from tests.server.doors.places import picture
from tests.server.people.things import FINGER, group_at, managed_door, person

PIN = "48151623"


def client_of(operator: Any, scopes: list[str] | None = None) -> Client:
    return Client(headers={"Authorization": f"Bearer {create_token(operator, 'test', scopes=scopes)[1]}"})


@pytest.fixture
def client(database: str) -> Client:
    return client_of(administrator())


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    options: dict[str, Any] = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(client, method)(f"/api/v1{path}", **options)


def test_a_person_from_the_first_day_to_the_last(client: Client) -> None:
    door = managed_door(7)
    group = group_at("Staff", door)
    works = send(client, "post", "/departments", {"name": "Works"}).json()["id"]
    send(client, "post", "/person-fields", {"name": "Shift", "kind": "choice", "choices": ["early", "late"]})
    form = send(client, "post", "/card-formats", {"name": "Chip", "reading": "csn"}).json()["id"]
    body = {
        "name": "Ada", "department_id": works, "valid_until": "2027-01-01T00:00:00+01:00", "fields": {"shift": "late"},
        "pin": PIN, "cards": [{"text": "00:00:12:67", "format": form, "label": "blue"}], "groups": [group.number],
    }  # fmt: skip
    made = send(client, "post", "/people", body)
    assert made.status_code == 201
    shown = made.json()
    assert (shown["number"], shown["department"], shown["valid_until"]) == (1, "Works", "2026-12-31T23:00:00Z")
    assert (shown["has_pin"], shown["groups"], shown["fields"]) == (True, [1], {"shift": "late"})
    assert [(card["number"], card["label"], card["format"]) for card in shown["cards"]] == [(0x1267, "blue", form)]
    assert PIN not in made.content.decode()
    # All or nothing.
    assert send(client, "post", "/people", body | {"number": 9}).status_code == 422
    assert Person.objects.count() == 1
    changed = send(client, "patch", "/people/1", {"disabled": True, "valid_until": None, "fields": {"shift": None}})
    assert (changed.json()["disabled"], changed.json()["valid_until"], changed.json()["fields"]) == (True, None, {})
    assert send(client, "put", "/people/1/groups", {"groups": []}).json() == {"groups": []}
    assert send(client, "delete", "/people/1/pin").status_code == 204
    assert send(client, "get", "/people/1").json()["has_pin"] is False
    assert send(client, "delete", "/people/1").status_code == 204
    assert send(client, "get", "/people/1").status_code == 404
    told = [json.loads(entry.data) for entry in OutboxEntry.objects.filter(kind="person").order_by("pk")]
    assert [each["what"] for each in told] == [
        "added", "PIN changed", "card added", "groups changed", "changed", "groups changed", "PIN removed", "removed",
    ]  # fmt: skip
    assert told[4] == {
        "what": "changed", "number": 1, "fields": ["disabled", "fields", "valid_until"], "by": "admin",
    }  # fmt: skip
    assert "Ada" not in str(told)


def test_refusals_say_what_is_allowed(client: Client) -> None:
    person(5)
    for method, path, body, words in (
        ("post", "/people", {"number": 5}, "number: 5 is not allowed; allowed: a number that nobody has"),
        ("post", "/people", {"name": "x" * 48}, "47 letters"),
        ("post", "/people", {"department_id": 9}, "the number of a department"),
        ("post", "/people/5/cards", {}, "either a number, or 'text'"),
        ("post", "/people/5/cards", {"text": "04A1B2C3"}, "the card format"),
        ("put", "/people/5/pin", {"pin": "12"}, "<2 characters>"),
        ("post", "/access-groups/1/members", {"people": [5]}, "access group"),
        ("patch", "/people/5", {"valid_from": "2026-11-29T08:00:00"}, "with its zone"),
    ):
        answer = send(client, method, path, body)
        assert answer.status_code in {404, 422}
        assert words in answer.json()["error"]


def test_a_pin_in_an_error_is_hidden(client: Client) -> None:
    person(5)
    for pin in (PIN + "x", PIN * 3, [PIN], {"of": PIN}, PIN + "\0"):
        answer = send(client, "put", "/people/5/pin", {"pin": pin})
        assert answer.status_code == 422
        assert PIN not in answer.content.decode()


def test_a_list_is_turned_page_by_page_and_asks_little(
    client: Client, django_queries: Callable[[], AbstractContextManager[list[dict[str, str]]]]
) -> None:
    for number in range(1, 31):
        person(number, f"Person {number}")
    for number in range(1, 21):
        credentials.add_card(number, model.Card(1000 + number))
    group_at("Staff", managed_door(7), people=tuple(range(1, 21)))

    def asked(limit: int) -> int:
        with django_queries() as queries:
            assert len(client.get(f"/api/v1/people?limit={limit}").json()["items"]) == limit
        return len(queries)

    asked(1)  # the token's last use is noted once
    assert asked(2) == asked(20)
    seen: list[int] = []
    after = 0
    while True:
        answer = client.get(f"/api/v1/people?limit=12&after={after}").json()
        seen += [item["number"] for item in answer["items"]]
        if answer["next"] is None:
            break
        after = answer["next"]
    assert seen == list(range(1, 31))
    for query, numbers in (
        ("q=person 7", [7]),
        ("q=1007", [7]),
        ("q=30", [30]),
        ("card=1003", [3]),
        ("group=1&q=Person 20", [20]),
        ("disabled=true", []),
    ):
        assert [item["number"] for item in client.get(f"/api/v1/people?{query}").json()["items"]] == numbers, query


def test_photos_go_up_and_down(client: Client) -> None:
    person(5)
    assert client.get("/api/v1/people/5/photo").status_code == 404
    file = SimpleUploadedFile("ada.png", picture(size=(800, 600)), "image/png")
    shown = client.post("/api/v1/people/5/photo", {"picture": file}).json()
    found = client.get(shown["photo"])
    with Image.open(io.BytesIO(found.content)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (512, 384))
    assert client.get(shown["photo"], headers={"If-None-Match": found.headers["ETag"]}).status_code == 304
    assert client.delete("/api/v1/people/5/photo").status_code == 204
    assert client.get("/api/v1/people/5").json()["photo"] is None


def test_who_may_edit_people_may_not_give_credentials_or_rights(client: Client) -> None:
    chief = account("chief", "administrator")
    clerk = client_of(chief, ["people.view", "people.edit"])
    assert send(clerk, "post", "/people", {"name": "Ada"}).json()["groups"] is None
    for body in ({"pin": PIN}, {"cards": [{"number": 1}]}, {"groups": [1]}):
        assert send(clerk, "post", "/people", body).status_code == 403
    assert send(clerk, "get", "/people?group=1").status_code == 403
    assert Person.objects.count() == 1


def test_fingers_are_counted_and_never_shown(client: Client) -> None:
    person(5)
    finger = credentials.add_finger(5, FINGER)
    listed = send(client, "get", "/people/5/fingers")
    assert listed.json() == [{"id": finger.pk, "place": 0, "position": 0, "duress": False}]
    assert send(client, "patch", f"/people/5/fingers/{finger.pk}", {"duress": True}).json()["duress"] is True
    assert send(client, "get", "/people/5").json()["finger_count"] == 1
    assert send(client, "delete", f"/people/5/fingers/{finger.pk}").status_code == 204


def test_rights_are_given_and_taken(client: Client) -> None:
    door = managed_door(7, name="Gate")
    for number in (1, 2, 3):
        person(number)
    feasts = {"name": "Feasts", "periods": [{"month": 12, "day": 25, "length": 2}]}
    assert send(client, "post", "/holidays", feasts).json() == {
        "number": 1, "name": "Feasts", "periods": [{"month": 12, "day": 25, "length": 2, "year": None}], "used_by": 0,
    }  # fmt: skip
    week = [[], *[[[480, 1080]]] * 5, []]
    office = {"name": "Office", "days": week, "holidays": [{"holiday": 1, "intervals": [[600, 700]]}]}
    assert send(client, "post", "/schedules", office).json() == {"number": 1, **office, "used_by": 0}
    assert send(client, "post", "/access-groups", {"name": "Staff"}).status_code == 201
    right = send(client, "put", f"/access-groups/1/rights/{door.pk}", {"schedule": 1}).json()
    assert right == {"door": door.pk, "door_name": "Gate", "device": 7, "schedule": 1, "schedule_name": "Office"}
    assert send(client, "get", "/access-groups/1/rights").json() == [right]
    assert send(client, "post", "/access-groups/1/members", {"people": [1, 2, 3, 3]}).json() == {
        "changed": 3,
        "members": 3,
    }
    page = send(client, "get", "/access-groups/1/members?limit=2").json()
    assert ([item["number"] for item in page["items"]], page["next"]) == ([1, 2], 2)
    removed = send(client, "post", "/access-groups/1/members/remove", {"people": [2]}).json()
    assert removed == {"changed": 1, "members": 2}
    assert send(client, "get", "/people/3/groups").json() == {"groups": [1]}
    assert send(client, "get", "/access-groups").json() == [{"number": 1, "name": "Staff", "rights": 1, "members": 2}]
    for path in ("/schedules/1", "/holidays/1"):
        assert send(client, "delete", path).status_code == 409
    assert send(client, "delete", f"/access-groups/1/rights/{door.pk}").status_code == 204
    assert send(client, "patch", "/schedules/1", {"days": [[]] * 7, "holidays": []}).json()["holidays"] == []
    for path in ("/schedules/1", "/holidays/1", "/access-groups/1"):
        assert send(client, "delete", path).status_code == 204
