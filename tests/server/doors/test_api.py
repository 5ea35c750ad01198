"""``/api/v1/doors``, ``/api/v1/alarms`` and ``/api/v1/floor-plans`` without devices."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import Device, DeviceGroup
from doorward.server.devices.services import approve
from doorward.server.doors.models import Door, DoorPlacement, FloorPlan
from doorward.server.events.models import Alarm
from doorward.server.operators.services import create_token
from tests.server.accounts import account, administrator
from tests.server.doors.places import add_door, picture
from tests.server.events.traffic import add_device

JSON = "application/json"


def client_of(operator: Any) -> Client:
    token = create_token(operator, "test")[1]
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def client(database: str) -> Client:
    return client_of(administrator())


def send(client: Client, method: str, path: str, **body: Any) -> Any:
    if method == "get":
        return client.get(f"/api/v1{path}")
    return getattr(client, method)(f"/api/v1{path}", data=json.dumps(body), content_type=JSON)


def alarm(kind: str = "door-forced-open-0", device: int | None = 7) -> Alarm:
    return Alarm.objects.create(kind=kind, device_id=device, words=kind, raised=timezone.now())


# Doors


def test_a_device_that_is_let_in_has_a_door(client: Client) -> None:
    add_device(last_address="10.0.0.5", name="Front")
    assert client.get("/api/v1/doors").json() == {"items": [], "next": None}
    approve(7, by="admin")
    approve(7, by="admin")
    (door,) = client.get("/api/v1/doors").json()["items"]
    assert (door["device"], door["number"], door["name"], door["own_name"]) == (7, 0, "Front", "")
    assert (door["lock"], door["leaf"], door["mode"], door["connected"]) == ("unknown", "unknown", "normal", False)
    assert send(client, "patch", f"/doors/{door['id']}", name="  Main entrance ").json()["name"] == "Main entrance"
    assert client.get(f"/api/v1/doors/{door['id']}").json()["own_name"] == "Main entrance"
    assert [item["id"] for item in client.get("/api/v1/doors?q=entr").json()["items"]] == [door["id"]]
    entry = AuditEntry.objects.get(action="door.change")
    assert (entry.before, entry.after, entry.actor) == ({"name": ""}, {"name": "Main entrance"}, "admin")


def test_a_second_door(client: Client) -> None:
    first = add_door()
    assert send(client, "post", "/doors", device=7, number=0).status_code == 422
    assert send(client, "post", "/doors", device=7, number=2).status_code == 422
    assert send(client, "post", "/doors", device=9, number=1).status_code == 404
    second = send(client, "post", "/doors", device=7, number=1, name="Back").json()
    assert second["name"] == "Back"
    assert send(client, "delete", f"/doors/{first.pk}").status_code == 409
    assert send(client, "delete", f"/doors/{second['id']}").status_code == 204
    assert send(client, "delete", f"/doors/{second['id']}").status_code == 404
    add_device(8)
    assert send(client, "post", "/doors", device=8, number=1).status_code == 422  # nobody let it in


def test_pages_and_queries(client: Client, django_queries: Any) -> None:
    for device_id in range(1, 6):
        add_door(device_id)
    with django_queries() as few:
        first = client.get("/api/v1/doors?limit=2").json()
    with django_queries() as many:
        rest = client.get(f"/api/v1/doors?after={first['next']}").json()
    assert [item["device"] for item in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]
    assert rest["next"] is None
    assert len(many) <= len(few)
    assert client.get("/api/v1/doors?alarm=true").json()["items"] == []
    assert len(client.get("/api/v1/doors?alarm=false&mode=normal&enabled=true").json()["items"]) == 5


@pytest.mark.parametrize("action", ["open", "lock", "hold-open", "lock-down", "normal", "read"])
def test_without_a_server_nothing_is_done_and_that_is_said(client: Client, action: str) -> None:
    door = add_door()
    answer = send(client, "post", f"/doors/{door.pk}/{action}", reason="a guest")
    assert answer.status_code == 409
    assert "No server runs in this process" in answer.json()["error"]
    if action != "read":
        entry = AuditEntry.objects.get(action=f"door.{action}")
        assert entry.outcome == "failed"
        assert entry.after == {"door": 0, "reason": "a guest"}
        assert (entry.object_type, entry.object_id) == ("door", str(door.pk))
    assert Door.objects.get().state.mode == "normal"


@pytest.mark.parametrize(
    ("mode", "action", "words"),
    [("locked down", "open", "opens to nobody"), ("held open", "lock", "is held open")],
)
def test_what_does_not_go_with_the_mode(client: Client, mode: str, action: str, words: str) -> None:
    door = add_door()
    door.state.mode = mode
    door.state.save()
    answer = send(client, "post", f"/doors/{door.pk}/{action}")
    assert answer.status_code == 409
    assert words in answer.json()["error"]
    assert AuditEntry.objects.get(action=f"door.{action}").outcome == "refused"


def test_a_door_out_of_use_is_not_opened(client: Client) -> None:
    door = add_door()
    assert send(client, "patch", f"/doors/{door.pk}", enabled=False).json()["enabled"] is False
    assert "not in use" in send(client, "post", f"/doors/{door.pk}/open").json()["error"]
    assert send(client, "post", f"/doors/{door.pk}/open", reason="x" * 501).status_code == 422


DOOR_ACTIONS = [
    ("get", "/doors", None),
    ("get", "/doors/{door}", None),
    ("patch", "/doors/{door}", "doors.edit"),
    ("post", "/doors/{door}/open", "doors.open"),
    ("post", "/doors/{door}/lock", "doors.open"),
    ("post", "/doors/{door}/hold-open", "doors.open"),
    ("post", "/doors/{door}/lock-down", "doors.open"),
    ("post", "/doors/{door}/normal", "doors.open"),
    ("post", "/doors/{door}/read", "doors.open"),
    ("delete", "/doors/{door}", "doors.edit"),
    ("get", "/alarms", None),
    ("get", "/alarms/{alarm}", None),
    ("post", "/alarms/{alarm}/acknowledge", "alarms.acknowledge"),
    ("get", "/floor-plans", None),
    ("get", "/floor-plans/{plan}", None),
    ("get", "/floor-plans/{plan}/picture", None),
    ("patch", "/floor-plans/{plan}", "doors.edit"),
    ("put", "/floor-plans/{plan}/doors/{door}", "doors.edit"),
    ("delete", "/floor-plans/{plan}/doors/{door}", "doors.edit"),
    ("delete", "/floor-plans/{plan}", "doors.edit"),
]


@pytest.mark.parametrize(("method", "path", "right"), DOOR_ACTIONS)
def test_each_has_its_lock(database: str, method: str, path: str, right: str | None) -> None:
    mine, other = DeviceGroup.objects.create(name="Mine"), DeviceGroup.objects.create(name="Other")
    door = add_door(group=mine)
    plan = FloorPlan.objects.create(
        name="Ground", group=mine, picture=b"", kind="image/png", width=1, height=1, digest="0" * 64
    )
    path = path.format(door=door.pk, alarm=alarm().pk, plan=plan.pk)
    body = {"x": 0.5, "y": 0.5} if method == "put" else {}

    def ask(client: Client) -> int:
        return int(send(client, method, path, **body).status_code)

    assert ask(Client()) == 401
    assert ask(client_of(account("nobody", "monitor", other))) == (404 if "/" in path[1:] else 200)
    watcher = client_of(account("watcher", "monitor", mine))
    assert ask(watcher) == (200 if right is None else 403)
    if right is not None:
        assert AuditEntry.objects.filter(action=f"refused {right}", actor="watcher").exists()
        assert DoorPlacement.objects.count() == 0
        role = {"doors.open": "operator", "alarms.acknowledge": "operator", "doors.edit": "installer"}[right]
        assert ask(client_of(account("allowed", role, mine))) in (200, 204, 409)


def test_what_belongs_to_others_is_not_listed(client: Client) -> None:
    mine, other = DeviceGroup.objects.create(name="Mine"), DeviceGroup.objects.create(name="Other")
    for device_id, group in ((1, mine), (2, other), (3, None)):
        add_door(device_id, group=group)
        alarm(device=device_id)
    alarm("store-unavailable", None)
    watcher = client_of(account("watcher", "monitor", mine))
    assert [item["device"] for item in watcher.get("/api/v1/doors").json()["items"]] == [1]
    assert [item["device"] for item in watcher.get("/api/v1/alarms").json()["items"]] == [1]
    assert len(client.get("/api/v1/alarms").json()["items"]) == 4


# Alarms


def test_alarms(client: Client) -> None:
    door = add_door(name="Front")
    forced, tamper = alarm(), alarm("tamper-on")
    Alarm.objects.filter(pk=tamper.pk).update(cleared=timezone.now())
    listed = client.get("/api/v1/alarms").json()["items"]
    assert [(item["id"], item["door"], item["door_name"]) for item in listed] == [
        (tamper.pk, None, ""),
        (forced.pk, door.pk, "Front"),
    ]

    def found(query: str) -> list[int]:
        answer = client.get(f"/api/v1/alarms?{query}").json()
        return [item["id"] for item in answer["items"]]

    assert found(f"door={door.pk}") == found("kind=door-forced-open-0") == found("standing=true") == [forced.pk]
    assert found("device=8") == found("state=acknowledged") == found("source=server") == []
    assert found("since=2020-01-01T00:00:00Z&until=2021-01-01T00:00:00Z") == []
    page = client.get("/api/v1/alarms?limit=1").json()
    assert found(f"limit=1&after={page['next']}") == [forced.pk]
    assert client.get("/api/v1/alarms?state=perhaps").status_code == 422
    assert client.get("/api/v1/alarms/999").status_code == 404

    seen = send(client, "post", f"/alarms/{forced.pk}/acknowledge", note="The wind.").json()
    assert (seen["state"], seen["acknowledged_by"], seen["note"]) == ("acknowledged", "admin", "The wind.")
    assert send(client, "post", f"/alarms/{forced.pk}/acknowledge", note="x" * 2001).status_code == 422
    assert found("state=acknowledged") == [forced.pk]
    entry = AuditEntry.objects.get(action="alarm.acknowledge")
    assert (entry.object_id, entry.after) == (str(forced.pk), {"note": "The wind."})


def test_what_no_database_takes_is_refused(client: Client) -> None:
    door = add_door()
    plan = upload(client, picture()).json()
    for method, path, body in (
        ("patch", f"/doors/{door.pk}", {"name": "a\0b"}),
        ("post", f"/doors/{door.pk}/open", {"reason": "a\0b"}),
        ("post", f"/alarms/{alarm().pk}/acknowledge", {"note": "a\0b"}),
        ("patch", f"/floor-plans/{plan['id']}", {"name": "a\0b"}),
    ):
        assert send(client, method, path, **body).status_code == 422, path
    assert upload(client, picture(), name="a\0b").status_code == 422
    for path in ("/doors?q=%00", "/alarms?kind=%00"):
        assert client.get(f"/api/v1{path}").status_code == 422
    huge = 2**70
    for path in (f"/doors/{huge}", f"/alarms/{huge}", f"/floor-plans/{huge}"):
        assert client.get(f"/api/v1{path}").status_code == 404
    for path in (f"/doors?device={huge}", f"/alarms?device={huge}", f"/alarms?door={huge}", f"/doors?after={huge}"):
        assert client.get(f"/api/v1{path}").status_code == 422
    assert send(client, "post", "/doors", device=huge, number=1).status_code == 422
    assert upload(client, picture(), name="x", group=huge).status_code == 422


# Floor plans


def upload(client: Client, content: bytes, name: str = "Ground floor", **fields: Any) -> Any:
    file = SimpleUploadedFile("plan.png", content, content_type="image/png")
    return client.post("/api/v1/floor-plans", {"name": name, "picture": file, **fields})


def test_a_floor_plan(client: Client) -> None:
    door = add_door(name="Front")
    plan = upload(client, picture(size=(400, 300))).json()
    assert (plan["name"], plan["width"], plan["height"], plan["kind"], plan["doors"]) == (
        "Ground floor", 400, 300, "image/png", [],
    )  # fmt: skip
    shown = client.get(plan["picture"])
    assert shown.headers["Content-Type"] == "image/png"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(shown.content)).size == (400, 300)
    again = client.get(plan["picture"], headers={"If-None-Match": shown.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    path = f"/floor-plans/{plan['id']}"
    for x, y in ((0.25, 0.75), (0.0, 1.0)):
        placed = send(client, "put", f"{path}/doors/{door.pk}", x=x, y=y).json()
        assert placed == {"door": door.pk, "name": "Front", "x": x, "y": y}
    assert client.get(f"/api/v1{path}").json()["doors"] == [placed]
    assert send(client, "put", f"{path}/doors/{door.pk}", x=1.1, y=0).status_code == 422
    assert send(client, "put", f"{path}/doors/999", x=0, y=0).status_code == 404
    assert AuditEntry.objects.filter(action="door.place").count() == 2
    assert send(client, "patch", path, name="Cellar").json()["name"] == "Cellar"
    file = SimpleUploadedFile("plan.jpg", picture("JPEG", (200, 100)))
    replaced = client.post(f"/api/v1{path}/picture", {"picture": file}).json()
    assert (replaced["kind"], replaced["width"]) == ("image/jpeg", 200)
    assert replaced["picture"] != plan["picture"]
    assert send(client, "delete", f"{path}/doors/{door.pk}").status_code == 204
    assert DoorPlacement.objects.count() == 0
    assert send(client, "delete", path).status_code == 204
    assert Door.objects.count() == 1
    assert client.get(f"/api/v1{path}").status_code == 404


def test_what_is_no_floor_plan(client: Client) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for content in (svg, b"", b"GIF89a", picture()[:200], picture("BMP")):
        answer = upload(client, content)
        assert answer.status_code == 422, content[:20]
        assert "PNG, JPEG or WebP" in answer.json()["error"]
    assert upload(client, picture(), name=" ").status_code == 422
    assert upload(client, picture(), group=99).status_code == 422
    assert upload(client, picture()).status_code == 200
    assert upload(client, picture()).status_code == 422  # the name is taken
    assert FloorPlan.objects.count() == 1


def test_a_plan_of_a_group_and_doors_of_others(client: Client) -> None:
    mine, other = DeviceGroup.objects.create(name="Mine"), DeviceGroup.objects.create(name="Other")
    plan = upload(client, picture(), group=mine.pk).json()
    for device_id, group in ((1, mine), (2, other)):
        door = add_door(device_id, group=group)
        assert send(client, "put", f"/floor-plans/{plan['id']}/doors/{door.pk}", x=0.5, y=0.5).status_code == 200
    watcher = client_of(account("watcher", "monitor", mine))
    (seen,) = watcher.get("/api/v1/floor-plans").json()
    assert [place["name"] for place in seen["doors"]] == ["1"]
    assert send(client, "put", f"/floor-plans/{plan['id']}/group", group=None).json()["group"] is None
    assert watcher.get("/api/v1/floor-plans").json() == []
    installer = client_of(account("installer", "installer", mine))
    assert upload(installer, picture(), name="Whole site").status_code == 403
    assert upload(installer, picture(), name="Part", group=mine.pk).status_code == 200


def test_doors_go_with_their_device(client: Client) -> None:
    door = add_door()
    plan = upload(client, picture()).json()
    send(client, "put", f"/floor-plans/{plan['id']}/doors/{door.pk}", x=0.5, y=0.5)
    Device.objects.get().delete()
    assert client.get("/api/v1/doors").json()["items"] == []
    assert client.get(f"/api/v1/floor-plans/{plan['id']}").json()["doors"] == []
