"""Submissions for tests of the store."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from django.utils import timezone

from doorward.gateway.ledger import LedgerState, Proof, Source, Submission
from doorward.model.event_key import EventKey
from doorward.server.devices.models import Device

DOOR_FORCED = 0x86
VERIFIED = 0x27
NOW = int(time.time())


def add_device(device_id: int = 7, **values: object) -> Device:
    now = timezone.now()
    return Device.objects.create(device_id=device_id, first_seen=now, changed=now, **values)


def count_rows(state: LedgerState, inserted: Sequence[bool]) -> LedgerState:
    return replace(state, rows=state.rows + sum(inserted))


def proof(local: int = NOW, ordinal: int = 0, *, device: int = 7, code: int = VERIFIED, person: int = 5) -> Proof:
    return Proof(EventKey(device, code, 0, 0xFFFF, local, person), ordinal, bytes(16), -1, device, local)


def submission(
    *proofs: Proof, device: int = 7, source: Source = Source.READING, received: float | None = None
) -> Submission:
    return Submission(device, time.time() if received is None else received, source, proofs, count_rows)
