"""The pages of ports without a browser: what they know of this server, who may see what, and what they refuse."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncGenerator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doorward.model.errors import DoorwardError
from doorward.ports.rules import FORMATS
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import Device, DeviceGroup
from doorward.server.ports_pages import surroundings
from doorward.server.ports_pages.site_form import site_form
from doorward.server.ports_pages.streaming import Places, streamed
from doorward.server.ports_pages.words import feature_words, further_features, usual_features
from doorward.transport.interfaces import Interface
from tests.server.accounts import account, administrator

SITE = {
    "plan": "1",
    "systems": ["biostar1", "doorward"],
    "modes": ["direct", "server"],
    "servers": "main=192.168.1.5/24",
    "clients": "",
    "devices": "doors=10.1.0.0/24",
    "firewalls": "",
}
CARD = Interface("eth0", "192.168.7.4", "255.255.255.0", "192.168.7.255", up=True, loopback=False)


def client_of(operator: Any) -> Client:
    client = Client()
    client.force_login(operator, backend="doorward.server.operators.backend.RoleBackend")
    return client


def rules(client: Client, **more: str) -> Any:
    return client.get(f"/console/ports/rules/?{urlencode({**SITE, **more}, doseq=True)}")


def device(device_id: int, **values: Any) -> Device:
    now = timezone.now()
    given = {"approval": Approval.APPROVED, "first_seen": now, "changed": now, **values}
    return Device.objects.create(device_id=device_id, **given)


def test_rules_of_every_machine_in_every_language(database: str) -> None:
    client = client_of(administrator())
    for name in FORMATS:
        answers = [rules(client, **{"for": holder, "format": name}).json() for holder in ("main", "between")]
        # A machine of the one kind or the other has rules in each language; the rest is said in words.
        assert any(answer["file"] and "1470" in answer["text"] for answer in answers), name
        assert all(answer["text"] for answer in answers), name
    taken = rules(client, **{"for": "main", "format": "nftables", "download": "1"})
    assert taken["Content-Disposition"].startswith('attachment; filename="main-nftables.')
    refused = rules(client, **{"for": "nobody", "format": "nftables"})
    assert refused.status_code == 409
    assert "nobody" in refused.json()["error"]


def test_a_site_that_is_not_one_is_refused_at_its_field(database: str) -> None:
    chief = administrator()
    client = client_of(chief)
    for field, value, words in (
        ("servers", "main=300.1.1.1", "300.1.1.1"),
        ("devices", "doors=10.1.0.1/24", "meant is perhaps"),
        ("devices", "doors=0.0.0.0/0", "not all"),
        ("firewalls", "edge=10.1.0.0/24", "two networks or more"),
        ("servers", "\n".join(f"h{number}=10.9.0.{number}/24" for number in range(1, 50)), "at most 40 lines"),
    ):
        query = urlencode({**SITE, field: value}, doseq=True)
        form = site_form(QueryDict(query), chief.access, "")
        assert not form.is_valid()
        assert list(form.errors) == [field], (field, form.errors)
        assert words in form.errors[field][0]
        assert client.get(f"/console/ports/rules/?{query}&for=main&format=plain").status_code == 409
        assert client.get(f"/console/ports/plan.csv?{query}").status_code == 409


def test_what_the_server_knows_of_its_place(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "interfaces", lambda: (CARD,))
    chief = administrator()
    group = DeviceGroup.objects.create(name="East")
    device(1, mode=Mode.SERVER, last_address="192.168.7.20")
    device(2, mode=Mode.SERVER, last_address="10.4.5.6", group=group)
    device(3, mode=Mode.DIRECT, address="10.4.5.7", last_address="1.2.3.4", group=group)
    device(4, mode=Mode.SERVER, last_address="172.16.0.9", approval=Approval.BLOCKED)
    assert surroundings.device_network_lines(chief.access) == ["devices1=192.168.7.0/24", "devices2=10.4.5.0/24"]
    assert surroundings.server_lines()[0].endswith("=192.168.7.4/24")
    assert surroundings.client_lines("192.168.7.99") == ["this-browser=192.168.7.99/24"]
    assert surroundings.client_lines("127.0.0.1") == surroundings.client_lines("192.168.7.4") == []
    plan = surroundings.own_plan(chief.access, "192.168.7.99")
    assert plan is not None
    assert any(str(rule.destination.network) == "10.4.5.0/24" for rule in plan.rules)
    # Who sees the devices of one group learns nothing of the others.
    assert surroundings.device_network_lines(account("ina", "installer", group).access) == ["devices1=10.4.5.0/24"]


def test_a_device_that_one_may_not_see_has_no_case(database: str) -> None:
    east, west = (DeviceGroup.objects.create(name=name) for name in ("East", "West"))
    device(11, name="Front", last_address="10.0.0.11", group=east)
    device(12, name="Back", last_address="10.0.0.12", group=west)
    ina = client_of(account("ina", "installer", east))
    assert ina.get("/console/ports/probe/12/").status_code in (403, 404)
    chief = client_of(administrator())
    shown = chief.get("/console/ports/probe/?device=12").content.decode()
    assert 'value="10.0.0.12"' in shown
    assert 'id="dials" checked' in shown
    assert chief.get("/console/ports/probe/13/").status_code == 404
    assert reverse("console:probe", args=[12]) == "/console/ports/probe/12/"


def test_what_is_no_target_is_refused(database: str) -> None:
    client = client_of(administrator())

    def ask(body: Any) -> Any:
        text = body if isinstance(body, str) else json.dumps(body)
        return client.post("/console/ports/probe/run/", text, content_type="application/json")

    bodies: tuple[Any, ...] = (
        "no JSON",
        [],
        {"target": 7},
        {"target": ""},
        {"target": "a" * 300},
        {"target": "10.0.0.1\nx"},
        {"target": "10.0.0.1:99999"},
        {"target": "10.0.0.1", "udp_port": "x"},
        {"target": "10.0.0.1", "udp_port": 0},
        {"target": "10.0.0.1", "udp_port": True},
    )
    for body in bodies:
        answer = ask(body)
        assert answer.status_code == 409, body
        assert answer.json()["error"], body
    assert client.get("/console/ports/probe/run/").status_code == 405


async def test_so_many_at_once_and_no_more() -> None:
    places = Places(1)
    begun, go_on = threading.Event(), threading.Event()

    async def lines() -> AsyncGenerator[Mapping[str, Any]]:
        begun.set()
        yield {"step": 1}
        assert go_on.wait(5)
        raise DoorwardError("It broke.", advice="Mend it.")

    async def read(answer: Any) -> list[Any]:
        return [json.loads(line) async for line in answer]

    first = streamed(lines(), places)
    iterator = aiter(first)
    assert json.loads(await anext(iterator)) == {"step": 1}
    assert "1 are at work" in (await read(streamed(lines(), places)))[0]["error"]
    go_on.set()
    assert [json.loads(line) async for line in iterator] == [{"error": "It broke.", "advice": "Mend it."}]
    # The place is free again.
    assert await read(streamed(lines(), places)) == [{"step": 1}, {"error": "It broke.", "advice": "Mend it."}]


def test_every_option_of_the_catalogue_has_words() -> None:
    for name in (*usual_features(), *further_features()):
        assert feature_words(name) != name.replace("-", " ").capitalize(), name
