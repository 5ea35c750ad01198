"""The console: nobody sees it without signing in, and every page of what is kept opens."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doorward.server.devices.models import Device, DeviceStatus
from doorward.server.operators.models import Operator
from doorward.server.operators.services import create_administrator
from tests.server.events.traffic import add_device

PASSWORD = "a long and winding road"


@pytest.fixture
def operator(database: str) -> Operator:
    create_administrator("chief", PASSWORD)
    return Operator.objects.get(username="chief")


@pytest.fixture
def client(operator: Operator) -> Client:
    client = Client()
    assert client.login(username="chief", password=PASSWORD)
    return client


def test_the_root_leads_to_the_console_and_asks_who_is_there(operator: Operator) -> None:
    response = Client().get("/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/console/login/")
    assert "Password" in response.content.decode()
    refused = Client().post("/console/login/", {"username": "chief", "password": "wrong"})
    assert "Please enter the correct" in refused.content.decode()


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
