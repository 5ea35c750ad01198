"""Commands and settings over the API: what is sent, what is answered, and what is noted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from doorward.device.settings import settings_sections
from doorward.gateway.collaborators import (
    FetchLog,
    LockDoor,
    OpenDoor,
    ReadSettings,
    Reboot,
    Reconnect,
    SyncTime,
    WriteNetworkSettings,
    WriteSettings,
)
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import DeviceSettings
from doorward.server.operators.services import create_token
from tests.server.accounts import account, administrator
from tests.server.devices.desk import fake_desk
from tests.server.events.traffic import add_device

PATH = "/api/v1/devices/7"


def client_of(operator: Any) -> Client:
    token = create_token(operator, "test")[1]
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def client(database: str) -> Client:
    add_device(model="biostation-t2", approval="approved")
    return client_of(administrator())


def send(client: Client, method: str, path: str, **body: Any) -> Any:
    if method == "get":
        return client.get(f"{PATH}{path}")
    return getattr(client, method)(f"{PATH}{path}", data=json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(
    ("path", "body", "kind", "fields"),
    [
        ("/reboot", {}, Reboot, {}),
        ("/sync-time", {}, SyncTime, {}),
        ("/fetch-log", {}, FetchLog, {"complete": False}),
        ("/fetch-log", {"complete": True}, FetchLog, {"complete": True}),
        ("/reconnect", {}, Reconnect, {}),
        ("/reconnect", {"reason": "To see."}, Reconnect, {"reason": "To see."}),
        ("/relays/1/open", {}, OpenDoor, {"door": 1}),
        ("/relays/0/lock", {}, LockDoor, {"door": 0}),
    ],
)
def test_commands(client: Client, path: str, body: dict[str, Any], kind: type, fields: dict[str, Any]) -> None:
    with fake_desk() as desk:
        response = send(client, "post", path, **body)
        assert (response.status_code, response.json()["words"]) == (200, "It did.")
        command = desk.given[-1]
        assert type(command) is kind
        assert command.device_id == 7
        for name, value in fields.items():
            assert getattr(command, name) == value
        desk.succeeded, desk.words = False, "The device is busy."
        refused = send(client, "post", path, **body)
        assert refused.status_code == 409
        assert refused.json() == {"error": "The device is busy.", "advice": "Look at it."}
    done, failed = AuditEntry.objects.filter(object_id="7", actor="admin").exclude(outcome="pending").order_by("pk")
    assert (done.outcome, done.words, failed.outcome, failed.words) == (
        "done", "It did.", "failed", "The device is busy.",
    )  # fmt: skip


def test_without_a_server_it_is_said(client: Client) -> None:
    response = send(client, "post", "/reboot")
    assert response.status_code == 409
    assert "No server runs in this process" in response.json()["error"]


def test_settings_beside_what_is_stored(client: Client) -> None:
    paths = [
        setting.path
        for section in settings_sections("biostar1", "biostation-t2", "doors")
        for setting in section.settings
    ]
    values = dict.fromkeys(paths, 0)
    families = client.get(f"{PATH}/settings").json()
    assert {"name": "doors", "title": "Doors", "read_only": False} in families
    with fake_desk() as desk:
        desk.data = {"values": values, "unused": ["doors.1"]}
        shown = client.get(f"{PATH}/settings/doors").json()
        assert [type(command) for command in desk.given] == [ReadSettings]
        assert (shown["stored_origin"], shown["differences"], shown["stored_by"]) == ("read", 0, "admin")
        assert [section["unused"] for section in shown["sections"]] == [False, False, True]
        setting = shown["sections"][1]["settings"][3]
        assert setting["label"] == "Open event"
        assert {"value": 1, "words": "authentication"} in setting["choices"]
        # Somebody changes it at the device itself.
        desk.data = {"values": {**values, "doors.0.open_time": 9, "doors.1.alarm_status": 1}, "unused": []}
        shown = client.get(f"{PATH}/settings/doors").json()
        assert shown["differences"] == 1
        different = [item for section in shown["sections"] for item in section["settings"] if item["differs"]]
        assert [(item["path"], item["value"], item["stored"]) for item in different] == [("doors.0.open_time", 9, 0)]
        # A change of another setting leaves the difference where it is.
        desk.data = {"values": {**values, "doors.0.open_time": 9, "doors.0.open_event": 1}, "unused": []}
        shown = send(client, "patch", "/settings/doors", changes={"doors.0.open_event": 1}).json()
        assert [type(command) for command in desk.given] == [ReadSettings, ReadSettings, WriteSettings]
        assert (shown["stored_origin"], shown["differences"]) == ("written", 1)
        shown = send(client, "post", "/settings/doors/keep").json()
        assert (shown["stored_origin"], shown["differences"]) == ("kept", 0)
        assert DeviceSettings.objects.get().values["doors.0.open_time"] == 9
        desk.succeeded, desk.words = False, "The device says no."
        refused = send(client, "patch", "/settings/doors", changes={"doors.0.open_event": 2})
        assert (refused.status_code, refused.json()["error"]) == (409, "The device says no.")
        assert DeviceSettings.objects.get().values["doors.0.open_event"] == 1
    assert client.get(f"{PATH}/settings/weather").status_code == 422
    assert send(client, "patch", "/settings/doors", changes={}).status_code == 422


def test_a_secret_setting_is_written_and_told_nowhere(client: Client) -> None:
    with fake_desk() as desk:
        desk.data = {"values": {}, "unused": []}
        response = send(client, "patch", "/settings/wireless", changes={"presets.0.wpa_passphrase": "open sesame"})
        assert response.status_code == 200
        command = desk.given[-1]
        assert isinstance(command, WriteSettings)
        assert command.changes == {"presets.0.wpa_passphrase": "open sesame"}
        assert "sesame" not in repr(command)
        assert "sesame" not in response.content.decode()
    everything = [json.dumps([entry.before, entry.after, entry.words]) for entry in AuditEntry.objects.all()]
    assert "sesame" not in "".join(everything)
    assert "sesame" not in json.dumps(DeviceSettings.objects.get().values)


def test_network_settings_of_a_connected_device(client: Client) -> None:
    network = {
        "mode": "server", "dhcp": False, "address": "10.0.0.7", "mask": "255.0.0.0", "gateway": "", "port": 1470,
        "server_address": "10.0.0.1", "server_port": 1480, "tls_server_port": None, "synchronize_time": True,
        "max_connections": 1, "mtu": None,
    }  # fmt: skip
    with fake_desk() as desk:
        desk.data = network
        assert client.get(f"{PATH}/network").json() == network
        desk.data = {"before": network, "after": {**network, "port": 1490}, "written": True}
        changed = send(client, "patch", "/network", port=1490).json()
        assert (changed["after"]["port"], changed["written"]) == (1490, True)
        command = desk.given[-1]
        assert isinstance(command, WriteNetworkSettings)
        assert command.changes.named == {"port": 1490}
        given = len(desk.given)
        assert send(client, "patch", "/network", mask="255.0.255.0").status_code == 422
        assert send(client, "patch", "/network").status_code == 422
        assert len(desk.given) == given


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("post", "/reboot", {"installer"}),
        ("post", "/sync-time", {"installer"}),
        ("post", "/fetch-log", {"installer"}),
        ("post", "/reconnect", {"installer"}),
        ("post", "/relays/0/open", {"installer", "operator"}),
        ("post", "/relays/0/lock", {"installer", "operator"}),
        ("get", "/information", {"installer"}),
        ("get", "/settings", {"installer"}),
        ("get", "/settings/doors", {"installer"}),
        ("patch", "/settings/doors", {"installer"}),
        ("post", "/settings/doors/keep", {"installer"}),
        ("get", "/network", {"installer"}),
        ("patch", "/network", {"installer"}),
    ],
)
def test_each_door_has_its_lock(database: str, method: str, path: str, roles: set[str]) -> None:
    add_device(model="biostation-t2", approval="approved")
    assert send(Client(), method, path, changes={}).status_code == 401
    for role in ("monitor", "operator", "installer"):
        status = send(client_of(account(role, role)), method, path, changes={}).status_code
        assert (status == 403) == (role not in roles), role
