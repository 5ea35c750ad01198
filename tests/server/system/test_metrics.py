"""Metrics and the state of the server by the API."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from doorward.gateway.counters import Counters
from doorward.server.devices.models import Device, DeviceStatus
from doorward.server.operators.services import create_token
from doorward.server.system import metrics
from tests.server.accounts import account, administrator


@pytest.fixture
def counters(database: str) -> Iterator[Counters]:
    counters = Counters(committed=7, lost=2)
    metrics.set_counters(counters)
    yield counters
    metrics.set_counters(None)


def samples() -> dict[tuple[str, str], float]:
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.metrics_text().decode())
        for sample in family.samples
    }


def test_every_counter_of_the_gateway_is_told_with_words(counters: Counters) -> None:
    names = {field.name for field in dataclasses.fields(Counters)}
    assert names == metrics.COUNTED.keys()
    found = samples()
    assert found["doorward_gateway_committed_total", ""] == 7
    assert found["doorward_gateway_lost_total", ""] == 2


def test_devices_are_counted_by_state(counters: Counters) -> None:
    now = timezone.now()
    for number, state in ((1, "live"), (2, "live"), (3, "lost")):
        device = Device.objects.create(device_id=number, approval="approved", first_seen=now, changed=now)
        DeviceStatus.objects.create(device=device, state=state, since=now)
    Device.objects.create(device_id=4, first_seen=now, changed=now)
    found = samples()
    assert (found["doorward_devices", "live"], found["doorward_devices", "lost"]) == (2, 1)
    assert found["doorward_devices_waiting", ""] == 1


def test_only_whoever_may_see_the_server_reads_them(counters: Counters) -> None:
    def ask(token: str, path: str) -> int:
        return Client(headers={"Authorization": f"Bearer {token}"} if token else {}).get(f"/api/v1/{path}").status_code

    watcher = create_token(account("watcher", "monitor"), "x")[1]
    boss = create_token(administrator(), "x")[1]
    for path in ("metrics", "checks"):
        assert [ask(token, path) for token in ("", watcher, boss)] == [401, 403, 200]
    assert [ask(token, "status") for token in ("", watcher, boss)] == [401, 200, 200]
