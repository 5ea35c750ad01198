"""Holds by the API: who has a device is shown to everybody who may see it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from doorward.server.devices.models import DeviceStatus
from doorward.server.holds.models import Hold
from doorward.server.operators.services import create_token
from doorward.server.system.models import ServerRun
from tests.server.accounts import account
from tests.server.devices.desk import fake_desk
from tests.server.holds.people import add_direct

PATH = "/api/v1/devices/7"


def caller(name: str, role: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {create_token(account(name, role), 'test')[1]}"})


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{PATH}{path}", data=json.dumps(body), content_type="application/json")


@pytest.fixture
def clients(database: str) -> dict[str, Client]:
    add_direct()
    roles = {"kim": "installer", "lee": "installer", "chief": "administrator", "porter": "monitor"}
    return {name: caller(name, role) for name, role in roles.items()}


def test_from_holding_to_being_taken_over(clients: dict[str, Client]) -> None:
    kim, lee, chief, porter = (clients[name] for name in ("kim", "lee", "chief", "porter"))
    assert porter.get(f"{PATH}/hold").json() == {"holder": None, "requests": []}
    assert post(porter, "/hold").status_code == 403
    mine = post(kim, "/hold", reason="Testing.").json()["holder"]
    assert (mine["kind"], mine["name"], mine["reason"], mine["mine"]) == ("operator", "kim", "Testing.", True)
    # Everybody who sees the device sees who has it: alone, in the list, and in the refusal of a command.
    for shown in (porter.get(PATH).json(), porter.get("/api/v1/devices").json()["items"][0]):
        assert shown["holder"]["name"] == "kim"
        assert "works with the device alone since" in shown["holder"]["words"]
        assert not shown["holder"]["mine"]
    with fake_desk() as desk:
        refused = post(lee, "/reboot")
        assert refused.status_code == 409
        assert "kim" in refused.json()["error"]
        assert post(kim, "/reboot").status_code == 200
        assert len(desk.given) == 1
    assert post(lee, "/hold").status_code == 409
    asked = post(lee, "/hold/ask", reason="A visitor waits.").json()
    assert [(item["by"], item["reason"]) for item in asked["requests"]] == [("lee", "A visitor waits.")]
    assert post(lee, "/hold/take-over").status_code == 403
    assert post(kim, "/hold/keep").json()["requests"] == asked["requests"]
    assert post(chief, "/hold/take-over", reason="Now.").json()["holder"]["name"] == "chief"
    lost = post(kim, "/hold/keep")
    assert lost.status_code == 409
    assert "chief" in lost.json()["error"]
    assert chief.delete(f"{PATH}/hold").status_code == 204
    past = porter.get(f"{PATH}/holds?limit=1").json()
    assert [item["holder"] for item in past["items"]] == ["chief"]
    (older,) = porter.get(f"{PATH}/holds?before={past['next']}").json()["items"]
    assert (older["holder"], older["ended_by"], older["end_reason"]) == ("kim", "chief", "chief took it over. Now.")


def test_the_server_and_foreign_clients_are_named_too(clients: dict[str, Client]) -> None:
    now = timezone.now()
    ServerRun.objects.create(started=now, beat=now, version="1", process=1)
    status = DeviceStatus.objects.create(device_id=7, state="live", reason="", since=now, address="10.0.0.5")
    assert clients["porter"].get(f"{PATH}/hold").json()["holder"]["kind"] == "server"
    status.state, status.held_since, status.reason = "lost", now, "The device answers a search and refuses."
    status.save()
    holder = clients["porter"].get(PATH).json()["holder"]
    assert (holder["kind"], holder["words"]) == ("other", "The device answers a search and refuses.")


def test_a_session_of_the_console_goes_with_its_hold(clients: dict[str, Client]) -> None:
    browser = Client()
    browser.force_login(account("sam", "installer"))
    got = browser.post(f"{PATH}/hold", data="{}", content_type="application/json")
    assert got.status_code == 200, got.content
    assert Hold.objects.get().session is not None
