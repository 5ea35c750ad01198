"""Adding, changing, grouping and removing devices over the API, and the histories."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup, DeviceStatus
from doorward.server.devices.services import add_direct_device
from doorward.server.events.models import Alarm, Event, Gap
from doorward.server.operators.services import create_token
from doorward.server.system.services import record_start
from tests.server.accounts import account, administrator
from tests.server.events.traffic import add_device


def client_of(operator: Any) -> Client:
    token = create_token(operator, "test")[1]
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def client(database: str) -> Client:
    return client_of(administrator())


def send(client: Client, method: str, path: str, **body: Any) -> Any:
    return getattr(client, method)(f"/api/v1/devices{path}", data=json.dumps(body), content_type="application/json")


def test_a_device_is_added_changed_and_removed(client: Client) -> None:
    group = send(client, "post", "/groups", name="House A").json()
    added = send(
        client, "post", "", device_id=500, address="10.0.0.9", name="Gate", group_id=group["id"], password="sesame"
    )
    assert added.status_code == 201
    shown = added.json()
    assert (shown["mode"], shown["approval"], shown["group"], shown["has_password"]) == (
        "direct", "approved", "House A", True,
    )  # fmt: skip
    assert "sesame" not in added.content.decode()
    changed = send(client, "patch", "/500", name="North gate", port=1471, time_sync=False, zone="Asia/Seoul").json()
    assert (changed["name"], changed["port"], changed["time_sync"], changed["zone"]) == (
        "North gate", 1471, False, "Asia/Seoul",
    )  # fmt: skip
    assert send(client, "patch", "/500", group_id=None).json()["group"] is None
    assert send(client, "patch", "/500", mode="server").json()["address"] == ""
    entry = AuditEntry.objects.filter(action="device.change").order_by("pk").first()
    assert entry is not None
    assert entry.before == {"name": "Gate", "port": None, "time_sync": True, "zone": ""}
    refused = client.delete("/api/v1/devices/500")
    assert refused.status_code == 409
    assert "let in and switched on" in refused.json()["error"]
    assert send(client, "patch", "/500", enabled=False).status_code == 200
    assert client.delete("/api/v1/devices/500").status_code == 204
    assert client.get("/api/v1/devices/500").status_code == 404
    assert AuditEntry.objects.filter(action="device.remove", object_id="500").exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"zone": "Mars/Olympus"}, "no IANA zone"),
        ({"mode": "direct"}, "needs an address"),
        ({"name": None}, "leave it out"),
        ({"group_id": 99}, "group"),
        ({"port": 0}, ""),
        ({"name": "x" * 101}, ""),
    ],
)
def test_what_a_device_cannot_be(client: Client, body: dict[str, Any], words: str) -> None:
    add_device()
    response = send(client, "patch", "/7", **body)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Device.objects.get().zone == ""


def test_a_connected_device_is_not_removed_and_events_stay(client: Client) -> None:
    device = add_device(approval="blocked")
    now = timezone.now()
    DeviceStatus.objects.create(device=device, state="live", since=now)
    assert "is connected" in client.delete("/api/v1/devices/7").json()["error"]
    DeviceStatus.objects.update(state="blocked")
    ConnectionHistory.objects.create(device=device, state="lost", reason="x", since=now)
    Gap.objects.create(device=device, kind="x", reason="x", until=now, found=now)
    Alarm.objects.create(device=device, kind="x", words="x", raised=now)
    Event.objects.create(
        position=1, device=device, origin=7, local_time=0, code=0, sub_code=0, attendance_key=0, person=0, ordinal=0,
        image_slot=-1, record=b"", utc=now, received=now, category=0, severity=0, generation=1,
    )  # fmt: skip
    assert client.delete("/api/v1/devices/7").status_code == 204
    counts = [model.objects.count() for model in (Device, DeviceStatus, ConnectionHistory, Gap, Alarm, Event)]
    assert counts == [0, 0, 0, 1, 1, 1]
    # It comes again, as a new one.
    add_device()
    assert client.get("/api/v1/devices/7").json()["approval"] == "waiting"


def test_groups(client: Client) -> None:
    house = send(client, "post", "/groups", name="House").json()["id"]
    floor = send(client, "post", "/groups", name="Floor", parent_id=house).json()["id"]
    add_device(group_id=floor)
    listed = client.get("/api/v1/devices/groups").json()
    assert {(item["name"], item["parent_id"], item["devices"]) for item in listed} == {
        ("House", None, 0), ("Floor", house, 1),
    }  # fmt: skip
    assert client.get(f"/api/v1/devices?group={house}").json()["items"][0]["device_id"] == 7
    assert "lie in the moved one" in send(client, "patch", f"/groups/{house}", parent_id=floor).content.decode()
    assert send(client, "post", "/groups", name="House").status_code == 422
    assert send(client, "post", "/groups", name="House", parent_id=999).status_code == 422
    assert send(client, "patch", f"/groups/{floor}", name="First floor", parent_id=None).json()["parent_id"] is None
    assert client.delete(f"/api/v1/devices/groups/{floor}").status_code == 409
    assert client.delete(f"/api/v1/devices/groups/{house}").status_code == 204
    assert client.delete(f"/api/v1/devices/groups/{house}").status_code == 404
    assert AuditEntry.objects.filter(action="group.delete").exists()


def test_history_and_gaps_page_by_page(client: Client) -> None:
    device, now = add_device(), timezone.now()
    for number in range(5):
        since = now + timedelta(seconds=number)
        ConnectionHistory.objects.create(device=device, state="lost", reason=f"r{number}", since=since)
        Gap.objects.create(device=device, kind="x", reason=f"r{number}", until=since, found=since)
    for name in ("history", "gaps"):
        first = client.get(f"/api/v1/devices/7/{name}?limit=3").json()
        assert [item["reason"] for item in first["items"]] == ["r4", "r3", "r2"]
        second = client.get(f"/api/v1/devices/7/{name}?limit=3&before={first['next']}").json()
        assert [item["reason"] for item in second["items"]] == ["r1", "r0"]
        assert second["next"] is None


def test_filters(client: Client) -> None:
    record_start()
    for number, state in ((1, "live"), (2, "lost"), (3, "lost")):
        device = add_device(number, name=f"Door {number}", last_address=f"10.0.0.{number}")
        DeviceStatus.objects.create(device=device, state=state, since=timezone.now())

    def found(query: str) -> list[int]:
        return [item["device_id"] for item in client.get(f"/api/v1/devices?{query}").json()["items"]]

    assert found("state=lost") == [2, 3]
    assert found("q=door 3") == [3]
    assert found("q=10.0.0.2") == [2]
    assert found("group=5") == []


def test_who_has_a_part_sees_and_changes_that_part(database: str) -> None:
    ours, theirs = DeviceGroup.objects.create(name="Ours"), DeviceGroup.objects.create(name="Theirs")
    add_device(1, group=ours)
    add_device(2, group=theirs)
    add_device(3)
    client = client_of(account("ina", "installer", ours))
    assert [item["device_id"] for item in client.get("/api/v1/devices").json()["items"]] == [1]
    assert [item["name"] for item in client.get("/api/v1/devices/groups").json()] == ["Ours"]
    for path in ("/2", "/3", "/2/history", "/3/gaps"):
        assert client.get(f"/api/v1/devices{path}").status_code == 404
    assert send(client, "patch", "/1", name="Mine").status_code == 200
    assert send(client, "patch", "/2", name="Mine").status_code == 404
    assert send(client, "patch", "/1", group_id=theirs.pk).status_code == 422
    assert send(client, "patch", "/1", group_id=None).status_code == 403
    assert send(client, "post", "", device_id=9, address="10.0.0.9").status_code == 403
    assert send(client, "post", "", device_id=9, address="10.0.0.9", group_id=ours.pk).status_code == 201
    assert send(client, "post", "/groups", name="New").status_code == 403
    assert client.delete("/api/v1/devices/2").status_code == 404
    assert client.delete("/api/v1/devices/1").status_code == 204


def test_numbers_that_no_database_takes(client: Client) -> None:
    add_direct_device(500, "10.0.0.9", by="x")
    for path in ("/99999999999999999999", "/4294967296", "/groups/99999999999999999999"):
        assert client.get(f"/api/v1/devices{path}").status_code in (404, 405, 422)
    assert send(client, "patch", "/groups/0", name="x").status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", "/7", {"name": "a\0b"}),
        ("post", "", {"device_id": 9, "address": "10.0.0.9\0"}),
        ("post", "/groups", {"name": "\0"}),
        ("post", "/7/block", {"reason": "\0"}),
        ("post", "/7/approve", {"name": "\0"}),
        ("post", "/7/reconnect", {"reason": "\0"}),
        ("patch", "/7/settings/doors", {"changes": {"doors.0.open_time": {"deep": 1}}}),
        ("patch", "/7/settings/doors", {"changes": {"doors.0.open_time": "\0"}}),
        ("patch", "/7/settings/doors", {"changes": {"\0": 1}}),
    ],
)
def test_text_that_no_database_takes(client: Client, method: str, path: str, body: dict[str, Any]) -> None:
    add_device(model="biostation-t2")
    assert send(client, method, path, **body).status_code == 422
