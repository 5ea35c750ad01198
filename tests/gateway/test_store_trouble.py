"""The event store is slow, failing, full or killed: nothing is lost, nothing doubled, and an alarm says so once."""

from __future__ import annotations

import asyncio
import random

import pytest

from doorward.gateway.collaborators import Approval, DeviceEntry, DeviceState
from doorward.gateway.context import STORE_UNAVAILABLE
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.support.gateway_site import running


async def test_a_failing_store_keeps_devices_waiting() -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with running(approved()) as ground, dialling(ground, device) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        ground.store.failing = "The disk is full."
        device.log.add(events.VERIFY_SUCCESS, 1, 5)
        await ground.bus.until(lambda: ground.gateway.counters.unanswered >= 1)
        await ground.bus.until(lambda: ground.bus.state(DEVICE) is DeviceState.CATCHING_UP)
        await ground.bus.until(lambda: "The disk is full." in ground.bus.reason(DEVICE))
        assert dialler.acknowledged == 0
        assert ground.bus.alarms(STORE_UNAVAILABLE) == (1, 0)
        ground.store.failing = ""
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        await ground.until_kept(device)
        await ground.bus.until(lambda: dialler.acknowledged >= 1)
        assert ground.bus.alarms(STORE_UNAVAILABLE) == (1, 1)


async def test_a_slow_store_delays_answers_and_loses_nothing() -> None:
    device = VirtualDevice(DEVICE, "d-station")
    async with running(approved()) as ground, dialling(ground, device) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        gate = asyncio.Event()

        async def wait() -> None:
            await gate.wait()

        ground.store.before_commit = wait
        device.log.add(events.VERIFY_SUCCESS, 1, 5)
        device.log.add(events.VERIFY_SUCCESS, 1, 6)
        await ground.bus.until(lambda: ground.gateway.counters.pushes == 1)
        assert dialler.acknowledged == 0
        gate.set()
        await ground.bus.until(lambda: dialler.acknowledged == 2)
        await ground.until_kept(device)


async def test_what_is_in_hand_is_finished_at_a_stop() -> None:
    device = VirtualDevice(DEVICE, "xpass")
    async with running(approved()) as ground, dialling(ground, device) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        entered, gate = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            entered.set()
            await gate.wait()

        ground.store.before_commit = wait
        device.log.add(events.VERIFY_SUCCESS, 1, 5)
        await entered.wait()
        stopping = asyncio.ensure_future(ground.gateway.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        gate.set()
        await stopping
        await ground.bus.until(lambda: dialler.acknowledged == 1)
        assert ground.kept(device) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_lines_cut_and_store_killed_at_random(seed: int) -> None:
    """Between commit and answer the store dies, lines are cut anywhere; in the end all is kept once."""
    draw = random.Random(seed)
    models = ("bioentry-plus", "biostation", "d-station", "facestation")
    devices = [VirtualDevice(DEVICE + number, model) for number, model in enumerate(models)]
    entries = [DeviceEntry(device_id=device.device_id, approval=Approval.APPROVED) for device in devices]

    async def die_now_and_then() -> None:
        if draw.random() < 0.1:
            raise_from_store()

    def raise_from_store() -> None:
        from doorward.gateway.collaborators import StoreUnavailable

        raise StoreUnavailable("The answer of the commit got lost.")

    async with running(*entries) as ground:
        contexts = [dialling(ground, device) for device in devices]
        diallers = [await context.__aenter__() for context in contexts]
        try:
            ground.store.after_commit = die_now_and_then
            ground.store.before_commit = die_now_and_then
            moment = devices[0].clock.host_time
            for step in range(300):
                device = draw.choice(devices)
                for _ in range(draw.choice((1, 1, 2))):
                    device.log.add(events.VERIFY_SUCCESS, 1, draw.randrange(3), host_time=moment + step // 50)
                if draw.random() < 0.03:
                    draw.choice(diallers).drop()
                await asyncio.sleep(draw.choice((0, 0.001, 0.003)))
            ground.store.after_commit = ground.store.before_commit = _at_once
            for dialler in diallers:
                dialler.drop()  # a last catch-up for each
            await ground.until_kept(*devices)
        finally:
            for context in contexts:
                await context.__aexit__(None, None, None)
    for device in devices:
        published = [proof.record[:12] for proof in ground.store.rows.values() if proof.key.origin == device.device_id]
        size = device.log.record_size
        content = device.log.content
        assert sorted(published) == sorted(content[at : at + 12] for at in range(0, len(content), size))


async def _at_once() -> None:
    """Do not wait."""
