from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from doorward.server.devices.models import Device, DeviceStatus
from doorward.server.operators.models import Operator
from doorward.server.operators.services import create_token, give_role
from doorward.server.system.services import record_start
from tests.server.accounts import administrator
from tests.server.events.traffic import add_device


@pytest.fixture
def client(database: str) -> Client:
    token = create_token(administrator(), "test")[1]
    return Client(headers={"Authorization": f"Bearer {token}"})


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, data=json.dumps(body), content_type="application/json")


def test_pages_of_devices(client: Client) -> None:
    for device_id in range(1, 8):
        add_device(device_id, approval="approved" if device_id % 2 else "waiting")
    first = client.get("/api/v1/devices?limit=3").json()
    assert [item["device_id"] for item in first["items"]] == [1, 2, 3]
    second = client.get(f"/api/v1/devices?limit=4&after={first['next']}").json()
    assert [item["device_id"] for item in second["items"]] == [4, 5, 6, 7]
    assert second["next"] is None
    waiting = client.get("/api/v1/devices?approval=waiting").json()
    assert [item["device_id"] for item in waiting["items"]] == [2, 4, 6]
    assert client.get("/api/v1/devices?approval=perhaps").status_code == 422
    assert client.get("/api/v1/devices?limit=0").status_code == 422


def test_a_page_takes_the_same_number_of_queries_however_long(client: Client, django_queries: Any) -> None:
    add_device(1)
    client.get("/api/v1/devices")  # the first use of a token is noted
    with django_queries() as few:
        client.get("/api/v1/devices")
    for device_id in range(2, 40):
        add_device(device_id)
    with django_queries() as many:
        client.get("/api/v1/devices")
    assert len(many) == len(few)


def test_approve_and_block(client: Client) -> None:
    add_device(last_address="10.0.0.5")
    approved = post(client, "/api/v1/devices/7/approve", name="Front").json()
    assert (approved["approval"], approved["approval_by"], approved["name"]) == ("approved", "admin", "Front")
    blocked = post(client, "/api/v1/devices/7/block", reason="lost").json()
    assert blocked["approval"] == "blocked"
    assert client.get("/api/v1/devices/7").json() == blocked
    # A request without a body is enough.
    response = client.post("/api/v1/devices/7/approve", content_type="application/json")
    assert response.json()["approval"] == "approved"


def test_an_unknown_device(client: Client) -> None:
    for response in (client.get("/api/v1/devices/9"), post(client, "/api/v1/devices/9/approve")):
        assert response.status_code == 404
        assert "9" in response.json()["error"]


def test_a_state_that_nobody_keeps_is_not_shown_as_one(client: Client) -> None:
    DeviceStatus.objects.create(device=add_device(), state="live", since=timezone.now())
    shown = client.get("/api/v1/devices/7").json()
    assert (shown["state"], shown["reason"]) == ("unknown", "No server runs.")
    record_start()
    assert client.get("/api/v1/devices/7").json()["state"] == "live"


def test_secrets_are_not_shown(client: Client) -> None:
    add_device(password="open sesame")
    assert "sesame" not in client.get("/api/v1/devices").content.decode()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/v1/devices"),
        ("get", "/api/v1/devices/7"),
        ("post", "/api/v1/devices/7/approve"),
        ("post", "/api/v1/devices/7/block"),
    ],
)
def test_each_door_has_its_lock(database: str, method: str, path: str) -> None:
    add_device()

    def ask(client: Client) -> int:
        return int(getattr(client, method)(path, content_type="application/json").status_code)

    assert ask(Client()) == 401
    operator = Operator.objects.create_user("watcher")
    token = create_token(operator, "test")[1]
    client = Client(headers={"Authorization": f"Bearer {token}"})
    assert ask(client) == 403
    give_role(operator, "monitor")
    assert ask(client) == (200 if method == "get" else 403)
    assert Device.objects.get().approval == "waiting"
    give_role(operator, "installer")
    assert ask(client) == 200


def test_the_description_of_the_api_wants_a_token(client: Client) -> None:
    assert Client().get("/api/v1/openapi.json").status_code == 401
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {"/api/v1/devices", "/api/v1/stream"} <= set(paths)
