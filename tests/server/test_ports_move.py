"""Which devices of the database a moved port concerns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from doorward.cli import ports_move
from doorward.ports.move import DialledBy
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import Device


def test_devices_in_server_mode_are_concerned(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports_move, "open_data", lambda settings: None)
    now = datetime.now(UTC)
    for device_id, model, mode, approval in (
        (10001, "biostation", Mode.SERVER, Approval.APPROVED),
        (10002, "bioentry-plus", Mode.SERVER, Approval.WAITING),
        (10003, "", Mode.SERVER, Approval.APPROVED),
        (10004, "biostation", Mode.DIRECT, Approval.APPROVED),
        (10005, "biostation", Mode.SERVER, Approval.BLOCKED),
    ):
        Device.objects.create(
            device_id=device_id,
            model=model,
            mode=mode,
            approval=approval,
            generation="biostar1",
            last_address="10.1.0.7" if device_id == 10001 else "",
            first_seen=now,
            changed=now,
            address="10.1.0.4" if mode == Mode.DIRECT else "",
        )
    assert ports_move._devices(None) == (
        [DialledBy(10001, "", "10.1.0.7", True), DialledBy(10002, "", "", False), DialledBy(10003, "", "", None)],
        True,
    )
