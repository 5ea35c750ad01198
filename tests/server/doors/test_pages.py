"""The pages of doors: who sees them, and what they are given."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from doorward.server.devices.models import DeviceGroup
from doorward.server.doors.models import DoorPlacement, FloorPlan
from doorward.server.doors.plans import add_plan
from doorward.server.events.models import Alarm
from doorward.server.operators.models import Operator, Role
from doorward.server.operators.services import give_role
from tests.server.accounts import PASSWORD, account
from tests.server.doors.places import add_door, picture

NASTY = "</script><img src=x onerror=alert(1)>"
PAGES = ["doors", "alarms", "floor-plans", "floor-plans/{plan}"]


def signed_in(operator: Operator) -> Client:
    client = Client()
    client.force_login(operator, backend="doorward.server.operators.backend.RoleBackend")
    return client


def data_of(content: bytes) -> Any:
    found = re.search(rb'<script id="[a-z]+-data" type="application/json">(.*?)</script>', content)
    assert found is not None
    return json.loads(found[1])


@pytest.fixture
def plan(database: str) -> FloorPlan:
    return add_plan("Ground floor", picture())


@pytest.mark.parametrize("path", PAGES)
def test_each_page_has_its_lock(plan: FloorPlan, path: str) -> None:
    address = f"/console/{path.format(plan=plan.pk)}/"
    answer = Client().get(address)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/console/login/")
    Role.objects.create(slug="clerk", name="Clerk", rights=["audit.view"])
    clerk = Operator.objects.create_user("clerk", password=PASSWORD)
    give_role(clerk, "clerk")
    assert signed_in(clerk).get(address).status_code == 403
    watcher = signed_in(account("watcher", "monitor"))
    assert watcher.get(address).status_code == 200
    assert watcher.post(address).status_code in (403, 405)


def test_whoever_may_not_open_is_told_so_and_sees_no_forms(plan: FloorPlan) -> None:
    door = add_door()
    DoorPlacement.objects.create(plan=plan, door=door, x=0.5, y=0.5)
    for role, may_open, may_edit in (("monitor", False, False), ("operator", True, False), ("installer", True, True)):
        client = signed_in(account(role, role))
        (shown,) = data_of(client.get("/console/doors/").content)["doors"]
        assert (shown["may_open"], shown["may_edit"]) == (may_open, may_edit)
        page = client.get(f"/console/floor-plans/{plan.pk}/").content
        assert (b"plan-form" in page) is may_edit
        assert (b"add-plan-form" in client.get("/console/floor-plans/").content) is may_edit


def test_names_do_not_break_out(plan: FloorPlan) -> None:
    door = add_door(name=NASTY)
    group = DeviceGroup.objects.create(name=NASTY)
    plan.name = NASTY
    plan.save()
    DoorPlacement.objects.create(plan=plan, door=door, x=0.5, y=0.5)
    Alarm.objects.create(kind="door-forced-open-0", device_id=7, words=NASTY, raised=timezone.now(), note=NASTY)
    client = signed_in(account("chief", "administrator"))
    for path in PAGES:
        content = client.get(f"/console/{path.format(plan=plan.pk)}/").content
        assert b"<img src=x" not in content
    assert data_of(client.get("/console/doors/").content)["doors"][0]["name"] == NASTY
    assert str(group) == NASTY


def test_only_what_belongs_to_somebody_is_given_to_him(plan: FloorPlan) -> None:
    mine, other = DeviceGroup.objects.create(name="Mine"), DeviceGroup.objects.create(name="Other")
    for device_id, group in ((1, mine), (2, other)):
        door = add_door(device_id, group=group)
        DoorPlacement.objects.create(plan=plan, door=door, x=0.5, y=0.5)
        Alarm.objects.create(kind="door-forced-open-0", device_id=device_id, words="x", raised=timezone.now())
    client = signed_in(account("watcher", "operator", mine))
    data = data_of(client.get("/console/doors/").content)
    assert [door["device"] for door in data["doors"]] == [1]
    assert [alarm["device"] for alarm in data["alarms"]] == [1]
    assert [alarm["device"] for alarm in data_of(client.get("/console/alarms/").content)["alarms"]] == [1]
    assert client.get(f"/console/floor-plans/{plan.pk}/").status_code == 404  # it belongs to the whole site
    plan.group = mine
    plan.save()
    shown = data_of(client.get(f"/console/floor-plans/{plan.pk}/").content)["doors"]
    assert [door["device"] for door in shown] == [1]


def test_many_doors_take_no_more_queries(database: str, django_queries: Any) -> None:
    client = signed_in(account("chief", "administrator"))
    add_door(1)
    client.get("/console/doors/")
    with django_queries() as few:
        client.get("/console/doors/")
    for device_id in range(2, 30):
        add_door(device_id)
        Alarm.objects.create(kind="door-forced-open-0", device_id=device_id, words="x", raised=timezone.now())
    with django_queries() as many:
        client.get("/console/doors/")
    assert len(many) <= len(few) + 1  # the doors of the alarms
