"""Searching, readdressing and restarting virtual devices over the API, and a lost device that a search wakes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import Device, DeviceStatus
from doorward.server.devices.services import add_direct_device
from doorward.server.operators.services import create_token
from doorward.simulator import LineBehaviour, RunningDevice
from doorward.simulator.site import VirtualSite
from tests.server.accounts import account, administrator
from tests.server.test_run import eventually, running_site
from tests.support.site import own_addresses

UDP = 53410
HOST = own_addresses(1, 97)[0]
SEARCH = {"addresses": [HOST], "generations": ["biostar1"], "udp_port": UDP, "seconds": 5}


def client_of(operator: Any) -> Client:
    token = create_token(operator, "test")[1]
    return Client(headers={"Authorization": f"Bearer {token}"})


def send(client: Client, method: str, path: str, body: Any) -> Any:
    return getattr(client, method)(f"/api/v1{path}", data=json.dumps(body), content_type="application/json")


ask = sync_to_async(send, thread_sensitive=False)


def site_of(*hosts: str, port: int | None = None) -> VirtualSite:
    behaviour = LineBehaviour(udp_port=UDP, restart_seconds=0.05, port=port)
    return VirtualSite(len(hosts), models=["biostation-t2"], bind=list(hosts), people=0, behaviour=behaviour)


async def test_search_read_readdress_and_reset(database: str) -> None:
    client = await sync_to_async(lambda: client_of(administrator()))()
    await sync_to_async(add_direct_device)(10_001, HOST, by="x", name="Front")
    async with site_of(HOST) as site:
        found = (await ask(client, "post", "/discovery/search", SEARCH)).json()
        assert [device["device_id"] for device in found["devices"]] == [10_001]
        device = found["devices"][0]
        assert device["title"] == "BioStation T2"
        assert device["known"] == {"name": "Front", "approval": "approved", "state": "unknown"}
        assert device["server_address"].startswith("127.")
        assert device["interface"]
        target = {"device_id": 10_001, "addresses": [HOST], "udp_port": UDP, "generation": "biostar1"}
        read = (await ask(client, "post", "/discovery/network/read", target)).json()
        assert read["settings"]["address"] == HOST
        changes = {"mode": "server", "server_address": "127.0.0.1", "server_port": 1480}
        written = (await ask(client, "post", "/discovery/network/write", {**target, "changes": changes})).json()
        assert written["written"], written
        assert (written["before"]["mode"], written["after"]["mode"]) == ("direct", "server")
        running = site.running[0]
        assert isinstance(running, RunningDevice)
        await running.wait_returned(1)
        again = (await ask(client, "post", "/discovery/network/write", {**target, "changes": changes})).json()
        assert not again["written"]
        reset = (await ask(client, "post", "/discovery/reset", target)).json()
        assert "restarts" in reset["words"], reset
        await running.wait_returned(2)
        wrong = await ask(client, "post", "/discovery/reset", {**target, "device_id": 4})
        assert wrong.status_code == 409
        assert "Device 4 did not answer" in wrong.json()["error"]
    actions = await sync_to_async(lambda: list(AuditEntry.objects.order_by("pk").values_list("action", "outcome")))()
    assert ("network.search", "done") in actions
    assert ("network.change", "done") in actions
    assert actions[-1] == ("network.reset", "failed")


async def test_a_search_wakes_a_lost_device(database: str) -> None:
    client = await sync_to_async(lambda: client_of(administrator()))()
    async with running_site() as (server, _port):
        await sync_to_async(add_direct_device)(10_001, HOST, by="x")

        async def dialled_in_vain() -> bool:
            status = await DeviceStatus.objects.filter(pk=10_001).afirst()
            return status is not None and status.next_attempt is not None

        await eventually(dialled_in_vain)
        view = server.gateway.device(10_001)
        assert view is not None
        attempts = server.gateway.counters.dials
        async with site_of(HOST):
            await ask(client, "post", "/discovery/search", SEARCH)
            await eventually(Device.objects.filter(status__state="live").aexists)
            assert server.gateway.counters.dials > attempts

            async def clock_is_known() -> bool:
                status = await DeviceStatus.objects.aget()
                return status.clock_checked is not None and status.next_attempt is None

            await eventually(clock_is_known)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("search", {"seconds": 16}, 422),
        ("search", {"seconds": 0}, 422),
        ("search", {"generations": ["biostar3"]}, 422),
        ("search", {"interfaces": ["no-such-card"]}, 422),
        ("search", {"addresses": ["no such host."]}, 409),
        ("search", {"addresses": [""]}, 422),
        ("network/write", {"device_id": 5, "changes": {}}, 422),
        ("network/write", {"device_id": 5, "changes": {"mask": "255.0.255.0"}}, 422),
        ("reset", {"device_id": 0}, 422),
    ],
)
def test_what_is_refused(database: str, path: str, body: dict[str, Any], status: int) -> None:
    response = send(client_of(administrator()), "post", f"/discovery/{path}", body)
    assert response.status_code in (status, 422), response.content


@pytest.mark.parametrize("path", ["search", "network/read", "network/write", "reset"])
def test_who_may(database: str, path: str) -> None:
    body = {"device_id": 5, "changes": {"mode": "server"}}
    assert send(Client(), "post", f"/discovery/{path}", body).status_code == 401
    for role in ("monitor", "operator"):
        assert send(client_of(account(role, role)), "post", f"/discovery/{path}", body).status_code == 403
    assert Client().get("/api/v1/discovery/interfaces").status_code == 401
    cards = client_of(account("ina", "installer")).get("/api/v1/discovery/interfaces").json()
    assert any(card["loopback"] for card in cards)
