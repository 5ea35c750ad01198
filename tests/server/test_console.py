"""The console: nobody sees it without signing in, and every page of what is kept opens."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doorward.server.devices.models import Device, DeviceStatus
from doorward.server.events.choices import AlarmState
from doorward.server.events.models import Alarm, OutboxEntry
from doorward.server.operators.accounts import save_role
from doorward.server.operators.models import Operator
from doorward.server.operators.services import create_administrator
from tests.server.accounts import PASSWORD, account
from tests.server.events.traffic import add_device


@pytest.fixture
def operator(database: str) -> Operator:
    create_administrator("chief", PASSWORD)
    return Operator.objects.get(username="chief")


def signed_in(name: str) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(Operator.objects.get(username=name), backend="doorward.server.operators.backend.RoleBackend")
    return client


@pytest.fixture
def client(operator: Operator) -> Client:
    return signed_in("chief")


def test_the_root_leads_to_the_console_and_asks_who_is_there(operator: Operator) -> None:
    response = Client().get("/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/console/login/")
    assert "Password" in response.content.decode()
    refused = Client().post("/console/login/", {"username": "chief", "password": "wrong"})
    assert "The name or the password is wrong" in refused.content.decode()


def test_styles_come_from_this_machine() -> None:
    response = Client().get("/static/admin/css/base.css")
    assert response.status_code == 200
    assert b"body" in b"".join(response.streaming_content)  # type: ignore[attr-defined] # a file is streamed
    response.close()


def test_every_list_and_every_form_opens(client: Client) -> None:
    add_device(7)
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert client.get(reverse(name)).status_code == 200, name
    assert client.get(reverse("admin:devices_device_change", args=[7])).status_code == 200


def test_a_device_is_approved_in_the_name_of_who_did_it(client: Client) -> None:
    device = add_device(7, approval="waiting")
    DeviceStatus.objects.create(
        device=Device.objects.get(pk=7), state="waiting for approval", reason="It dialled in.", since=timezone.now()
    )
    page = reverse("admin:devices_device_changelist")
    assert "It dialled in." in client.get(page).content.decode()
    client.post(page, {"action": "approve_devices", "_selected_action": ["7"]})
    device = Device.objects.get(pk=7)
    assert device.approval == "approved"
    assert device.approval_by == "chief"
    client.post(page, {"action": "block_devices", "_selected_action": ["7"]})
    assert Device.objects.get(pk=7).approval == "blocked"


def test_events_cannot_be_changed_or_deleted(client: Client) -> None:
    assert client.get(reverse("admin:events_event_add")).status_code == 403
    page = client.get(reverse("admin:events_event_changelist")).content.decode()
    assert "delete_selected" not in page


def test_an_alarm_is_acknowledged_with_a_note_in_the_name_of_who_did_it(client: Client) -> None:
    first, second = (
        Alarm.objects.create(kind="door-forced-open-0", words="Door 1 forced open", raised=timezone.now())
        for _ in range(2)
    )
    page = reverse("admin:events_alarm_change", args=[first.pk])
    assert "Door 1 forced open" in client.get(page).content.decode()
    client.post(page, {"add_note": "The wind. Closer mended."})
    first.refresh_from_db()
    assert (first.state, first.acknowledged_by, first.note) == (
        AlarmState.ACKNOWLEDGED,
        "chief",
        "The wind. Closer mended.",
    )
    client.post(
        reverse("admin:events_alarm_changelist"),
        {"action": "acknowledge_alarms", "_selected_action": [str(second.pk)]},
    )
    second.refresh_from_db()
    assert second.state == AlarmState.ACKNOWLEDGED


def test_who_may_only_look_cannot_acknowledge(operator: Operator) -> None:
    account("watcher", "monitor")
    alarm = Alarm.objects.create(kind="x", words="Door 1 forced open", raised=timezone.now())
    client = signed_in("watcher")
    page = reverse("admin:events_alarm_change", args=[alarm.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"add_note": "mine"}).status_code == 403
    alarm.refresh_from_db()
    assert alarm.state == AlarmState.OPEN


def test_who_may_only_look_lets_nobody_in(operator: Operator) -> None:
    add_device(7, approval="waiting")
    account("watcher", "monitor")
    client = signed_in("watcher")
    page = reverse("admin:devices_device_changelist")
    assert client.get(page).status_code == 200
    for action in ("approve_devices", "block_devices"):
        client.post(page, {"action": action, "_selected_action": ["7"]})
        assert Device.objects.get(pk=7).approval == "waiting"


def test_an_edited_device_is_told_to_the_gateway(client: Client) -> None:
    before = add_device(7)
    page = reverse("admin:devices_device_change", args=[7])
    response = client.post(page, {"name": "Front door", "group": "", "zone": "Asia/Seoul", "enabled": "on"})
    assert response.status_code == 302
    after = Device.objects.get(pk=7)
    assert (after.name, after.zone, after.time_sync) == ("Front door", "Asia/Seoul", False)
    assert after.changed > before.changed
    told = [json.loads(entry.data) for entry in OutboxEntry.objects.filter(kind="device", device_id=7)]
    assert [(entry["what"], entry["by"]) for entry in told] == [("edited", "chief")]


def test_where_a_device_is_dialled_is_not_for_whoever_only_edits(operator: Operator) -> None:
    save_role("Names", ["devices.view", "devices.edit"])
    add_device(7)
    Device.objects.filter(pk=7).update(mode="direct", address="192.0.2.1")
    namer = account("namer", "names")
    client = signed_in(namer.username)
    page = reverse("admin:devices_device_change", args=[7])
    form = {"name": "Front", "group": "", "zone": "", "enabled": "on", "address": "203.0.113.9", "port": "1471"}
    assert client.post(page, form).status_code == 302
    kept = Device.objects.get(pk=7)
    assert (kept.name, kept.address, kept.port) == ("Front", "192.0.2.1", None)


def test_many_devices_cost_the_dashboard_no_more_queries(client: Client, django_queries: Any) -> None:
    add_device(7)
    client.get("/console/dashboard/")
    with django_queries() as few:
        client.get("/console/dashboard/")
    now = timezone.now()
    Device.objects.bulk_create(
        Device(device_id=50_000 + place, name=f"Door {place}", approval="approved", first_seen=now, changed=now)
        for place in range(4000)
    )
    with django_queries() as many:
        page = client.get("/console/dashboard/").content.decode()
    shown = re.search(r'data-number="fleet.lost">([^<]*)<', page)
    assert shown is not None
    assert shown[1] == "4000"
    assert len(many) == len(few)
