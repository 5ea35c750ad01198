"""What the server measures of itself, in the words of Prometheus."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from doorward import __version__
from doorward.gateway.counters import Counters
from doorward.server.database import free_bytes
from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device, DeviceStatus
from doorward.server.events.choices import AlarmState
from doorward.server.events.models import Alarm, Gap, StreamPosition
from doorward.server.system.models import ServerRun
from doorward.server.system.services import running_server

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

COUNTED: Final[dict[str, str]] = {
    "accepted": "Connections of devices that came.",
    "turned_away": "Connections closed at once because of the limits.",
    "strangers": "Callers on the port for devices that were no device.",
    "second_connections": "Calls under the number of a device that was live.",
    "quarantined": "Calls of devices that wait for approval.",
    "blocked": "Calls of blocked or disabled devices.",
    "sessions": "Devices that were let in or dialled with success.",
    "lost": "Devices that were lost.",
    "pushes": "Records that devices pushed.",
    "committed": "Events that were new and are on disk.",
    "pictures": "Pictures that are on disk.",
    "unanswered": "Pushes that were not kept, and so not answered.",
    "keep_alives": "Keep-alive questions.",
    "time_questions": "Questions of devices for the time.",
    "lookups": "Questions of devices for a person.",
    "matches": "Requests to match a finger or face.",
    "refused_questions": "Questions of devices that were refused.",
    "damaged": "Damaged packets that were dropped.",
    "catch_ups": "Readings of logs that ended.",
    "settled": "Readings of seconds in doubt.",
    "clocks_set": "Clocks of devices that were set.",
    "dials": "Attempts to dial a device.",
    "commands": "Commands of operators.",
    "failed_commands": "Commands that did not succeed.",
}


_counters: Counters | None = None


def set_counters(counters: Counters | None) -> None:
    """Name what the gateway of this process counts."""
    global _counters  # noqa: PLW0603 - one process has one gateway
    _counters = counters


class _Server(Collector):
    def collect(self) -> Iterator[Metric]:
        """Everything, as it is now."""
        yield from _of_gateway()
        yield from _of_database()


def _of_gateway() -> Iterator[Metric]:
    if _counters is None:
        return
    for name, value in dataclasses.asdict(_counters).items():
        yield CounterMetricFamily(f"doorward_gateway_{name}", COUNTED.get(name, name), value=value)


def _of_database() -> Iterator[Metric]:
    info = GaugeMetricFamily("doorward_info", "The version that runs.", labels=["version"])
    info.add_metric([__version__], 1)
    yield info
    run: ServerRun | None = running_server()
    if run is not None:
        age = (timezone.now() - run.started).total_seconds()
        yield GaugeMetricFamily("doorward_uptime_seconds", "Seconds since the server started.", value=age)
    states = GaugeMetricFamily(
        "doorward_devices", "Approved devices by the state of their connection.", labels=["state"]
    )
    approved = DeviceStatus.objects.filter(device__approval=Approval.APPROVED)
    for state, count in approved.values_list("state").annotate(Count("pk")).order_by("state"):
        states.add_metric([state], count)
    yield states
    waiting = Device.objects.filter(approval=Approval.WAITING).count()
    yield GaugeMetricFamily("doorward_devices_waiting", "Devices that wait for approval.", value=waiting)
    position = StreamPosition.objects.values_list("last", flat=True).first() or 0
    yield CounterMetricFamily("doorward_stream_position", "The last position of the stream.", value=position)
    open_alarms = Alarm.objects.filter(state=AlarmState.OPEN).count()
    yield GaugeMetricFamily("doorward_alarms_open", "Alarms that nobody has acknowledged.", value=open_alarms)
    yield GaugeMetricFamily("doorward_gaps", "Gaps in the record.", value=Gap.objects.count())
    free = free_bytes(settings.DOORWARD.database_target)
    if free is not None:
        yield GaugeMetricFamily("doorward_disk_free_bytes", "Free space on the disk of the database.", value=free)


def metrics_text() -> bytes:
    """All metrics as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Server())
    return generate_latest(registry)
