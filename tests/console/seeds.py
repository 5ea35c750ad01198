"""Data of a small site, for pages to show."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from doorward.model.events import EPOCH
from doorward.server.certificates.models import DeviceCertificate
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup, DeviceStatus
from doorward.server.events.catalogue import meaning
from doorward.server.events.choices import Generation
from doorward.server.events.models import Alarm, Event, Gap, StreamPosition

FIRST = 10_001
NAMES = (
    ("Main entrance", "biostation-t2", "live", "Its log was read up to now."),
    ("Loading dock", "bioentry-plus", "live", "Its log was read up to now."),
    ("Server room", "d-station", "catching up", "12,400 events of its log are still to be read."),
    ("Roof", "biolite-net", "lost", "No answer for 90 seconds; the next attempt is in 2 minutes."),
    ("", "x-station", "waiting for approval", "It dialled in from 10.20.0.15 and nobody has approved it."),
)
CODES = (0x27, 0x27, 0x37, 0x86, 0x81, 0x82, 0x27, 0x2B, 0x6D)
ATTACK = "<img src=x onerror=alert(1)>"


def fill_site(*, events: int = 120) -> None:
    """Devices, groups, events, alarms, gaps and certificates."""
    now = timezone.now()
    building = DeviceGroup.objects.create(name="Head office")
    floor = DeviceGroup.objects.create(name="Ground floor", parent=building)
    for number, (name, model, state, reason) in enumerate(NAMES, FIRST):
        device = Device.objects.create(
            device_id=number,
            name=name,
            model=model,
            group=floor if number % 2 else building,
            approval="waiting" if state.startswith("waiting") else "approved",
            first_seen=now - timedelta(days=40),
            last_seen=now,
            last_address=f"10.20.0.{number % 100}",
            changed=now,
        )
        DeviceStatus.objects.create(
            device=device, state=state, reason=reason, since=now - timedelta(minutes=number % 50)
        )
        ConnectionHistory.objects.create(device=device, state=state, reason=reason, since=now)
    Gap.objects.create(
        device_id=FIRST + 3, kind="overwritten", reason="The log was overwritten while the device was away.",
        since=now - timedelta(days=3), until=now - timedelta(days=2), missing=120, found=now,
    )  # fmt: skip
    Alarm.objects.create(kind="door-forced-open-0", device_id=FIRST, words="Door 1 forced open", raised=now)
    Alarm.objects.create(
        kind="door-held-open-0", device_id=FIRST + 1, words="Door 1 held open", raised=now - timedelta(hours=5),
        state="acknowledged", acknowledged_by="chief", acknowledged_at=now, note="Delivery. Door closed again.",
    )  # fmt: skip
    DeviceCertificate.objects.create(
        serial="4f2a90bc77d1", device_id=FIRST, issued=now, issued_by="chief", expires=now + timedelta(days=700),
        installed=now,
    )  # fmt: skip
    add_events(events)


def add_events(count: int) -> None:
    """Events that go back two minutes each from now."""
    now = timezone.now()
    first = StreamPosition.objects.values_list("last", flat=True).first() or 0
    rows = []
    for place in range(count):
        moment = now - timedelta(minutes=2 * (count - place))
        code = CODES[place % len(CODES)]
        found = meaning(Generation.BIOSTAR1.value, code)
        device = FIRST + place % 3
        rows.append(
            Event(
                position=first + place + 1,
                device_id=device,
                origin=device,
                local_time=round((moment.replace(tzinfo=None) - EPOCH).total_seconds()),
                code=code,
                sub_code=0,
                attendance_key=0xFFFF,
                person=1000 + place % 7 if code < 0x80 else 0,
                ordinal=0,
                image_slot=-1,
                record=bytes(16),
                utc=moment,
                received=moment,
                category=found.category,
                severity=found.severity,
                generation=Generation.BIOSTAR1.value,
            )
        )
    Event.objects.bulk_create(rows)
    StreamPosition.objects.update_or_create(pk=1, defaults={"last": first + count})
