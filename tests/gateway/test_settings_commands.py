"""Commands that read and change settings, and what the gateway knows of clocks, holders and attempts."""

from __future__ import annotations

import json
import time

from doorward.gateway.collaborators import (
    DeviceState,
    ReadInformation,
    ReadNetworkSettings,
    ReadSettings,
    SyncTime,
    WriteNetworkSettings,
    WriteSettings,
)
from doorward.model.network_settings import NetworkChanges
from doorward.simulator import VirtualDevice
from doorward.transport import dial
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.gateway.test_direct_mode_devices import DEVICE as DIRECT_DEVICE
from tests.gateway.test_direct_mode_devices import entry, listening, port_of
from tests.support.gateway_site import running


async def test_settings_are_read_and_changed() -> None:
    device = VirtualDevice(DEVICE, "biostation-t2")
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        outcome = await ground.bus.order(ReadSettings("1", DEVICE, "doors"))
        assert outcome.succeeded, outcome
        assert outcome.words == "Doors was read."
        before = outcome.data["values"]
        outcome = await ground.bus.order(WriteSettings("2", DEVICE, "doors", {"doors.0.open_time": 9}))
        assert outcome.succeeded, outcome
        assert outcome.data["values"] == {**before, "doors.0.open_time": 9}
        assert json.loads(json.dumps(outcome.data)) == outcome.data
        refused = await ground.bus.order(WriteSettings("3", DEVICE, "doors", {"doors.0.open_event": 77}))
        assert not refused.succeeded
        assert "Open event: 77 is not allowed" in refused.words
        unknown = await ground.bus.order(ReadSettings("4", DEVICE, "weather"))
        assert not unknown.succeeded
        assert "operation-mode" in unknown.words
        read_only = await ground.bus.order(WriteSettings("5", DEVICE, "system-information", {"language": 1}))
        assert "can be read, but not changed" in read_only.words


async def test_network_settings_and_information() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    device.clock.set(device.clock.exact_local_time - 40)
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        outcome = await ground.bus.order(ReadInformation("1", DEVICE))
        assert outcome.succeeded, outcome
        assert outcome.data["device_id"] == DEVICE
        assert abs(outcome.data["clock_drift_seconds"] + 40) < 20
        json.dumps(outcome.data)
        view = ground.gateway.device(DEVICE)
        assert view is not None
        assert view.clock_drift is not None
        assert abs(view.clock_drift + 40) < 20
        assert (await ground.bus.order(SyncTime("2", DEVICE))).succeeded
        view = ground.gateway.device(DEVICE)
        assert view is not None
        assert view.clock_drift is not None
        assert abs(view.clock_drift) < 20
        assert view.clock_checked is not None
        assert abs(view.clock_checked - time.time()) < 60
        network = await ground.bus.order(ReadNetworkSettings("3", DEVICE))
        same = await ground.bus.order(WriteNetworkSettings("4", DEVICE, NetworkChanges(mtu=network.data["mtu"])))
        assert same.data["written"] is False
        seen = len(ground.bus.happenings)
        changed = await ground.bus.order(WriteNetworkSettings("5", DEVICE, NetworkChanges(mtu=1100)))
        assert changed.succeeded, changed
        assert (changed.data["before"]["mtu"], changed.data["after"]["mtu"]) == (network.data["mtu"], 1100)
        await ground.bus.until_lost_and_back(DEVICE, seen)


async def test_who_holds_a_device_and_when_it_is_dialled_next() -> None:
    device = VirtualDevice(DIRECT_DEVICE, "x-station")
    async with listening(device) as server:
        holder = await dial("127.0.0.1", port_of(server), timeout=5)
        async with running(entry(server), first_redial=0.3, longest_redial=0.5) as ground:
            await ground.bus.until_state(DIRECT_DEVICE, DeviceState.LOST)
            view = ground.gateway.device(DIRECT_DEVICE)
            assert view is not None
            assert view.held_since is not None
            assert view.held_since <= time.time()
            await ground.bus.until(lambda: getattr(ground.gateway.device(DIRECT_DEVICE), "is_dialled_next", False))
            holder.abort()
            await ground.bus.until_state(DIRECT_DEVICE, DeviceState.LIVE)
            view = ground.gateway.device(DIRECT_DEVICE)
            assert view is not None
            assert view.held_since is None
            assert not view.is_dialled_next
