"""Devices that know little, answer late, or are of a type that nobody knows; and faults of our own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from doorward.gateway.collaborators import DeviceState, OpenDoor, RecordProgressed
from doorward.gateway.server_link import ServerLink
from doorward.gateway.wheel import Wheel
from doorward.protocol.biostar1.announcement import ConnectionKind
from doorward.protocol.biostar1.device_end import Admitted, DeviceRequestConnection
from doorward.protocol.biostar1.message import encode_message
from doorward.protocol.biostar1.records.logs import LogRecord
from doorward.protocol.biostar1.results import NOT_FOUND, SUCCESS
from doorward.protocol.biostar1.server_connections import CommandConnection
from doorward.protocol.biostar1.server_mode import START_REQUEST_CONNECTION, PushLog
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from doorward.transport import Stream
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.support.gateway_site import Ground, running
from tests.support.raw_device import announced, answering, decision

READ_CLOCK, READ_LOGS, COUNT_LOGS = 0x0002, 0x0012, 0x0014


@contextlib.asynccontextmanager
async def commanded(ground: Ground, device_type: int, results: dict[int, int | None]) -> AsyncIterator[Stream]:
    stream, connection = await announced(ground.port, DEVICE, device_type)
    assert isinstance(await decision(stream, connection), Admitted)
    task = asyncio.ensure_future(answering(stream, connection.serve(), results))
    try:
        yield stream
    finally:
        stream.abort()
        await asyncio.wait({task})
        task.result()


@contextlib.asynccontextmanager
async def request_line(ground: Ground, device_type: int = 1) -> AsyncIterator[tuple[Stream, DeviceRequestConnection]]:
    """The device's request connection."""
    stream, connection = await announced(ground.port, DEVICE, device_type, ConnectionKind.REQUEST)
    try:
        assert isinstance(await decision(stream, connection), Admitted)
        yield stream, connection.ask()
    finally:
        stream.abort()


async def push(line: tuple[Stream, DeviceRequestConnection]) -> int:
    """Push a record, always the same one; gives the result."""
    stream, asking = line
    for piece in asking.ask(PushLog.of(LogRecord(23, 1, 0xFFFF, 1_000_000, 7)), 0.0):
        await stream.send(piece)
    (answered,) = asking.receive(await stream.receive())
    return answered.result


@pytest.mark.parametrize("device_type", [1, 4, 99])
@pytest.mark.parametrize("reading", [{}, {READ_CLOCK: SUCCESS, COUNT_LOGS: SUCCESS, READ_LOGS: NOT_FOUND}])
async def test_a_device_without_a_log_is_served_all_the_same(device_type: int, reading: dict[int, int | None]) -> None:
    async with (
        running(approved(time_sync=False)) as ground,
        commanded(ground, device_type, {START_REQUEST_CONNECTION: SUCCESS, **reading}),
    ):
        async with request_line(ground, device_type) as line:
            assert await push(line) == SUCCESS
        assert len(ground.store.rows) == 1
        if not reading:
            await ground.bus.until(lambda: bool(ground.bus.of(RecordProgressed)))
            assert "does not support" in ground.bus.of(RecordProgressed)[0].hindrance
        if device_type == 99:
            outcome = await ground.bus.order(OpenDoor("1", DEVICE))
            assert "unknown type 0x63" in outcome.words


async def test_a_device_that_opens_no_second_connection_is_polled() -> None:
    async with running(approved(), request_line_limit=0.05) as ground, commanded(ground, 1, {}):
        await ground.bus.until(
            lambda: (
                ground.bus.state(DEVICE) is DeviceState.CATCHING_UP
                and "did not open its second connection" in ground.bus.reason(DEVICE)
            )
        )
        assert "Its log is asked for every 60 s instead." in ground.bus.reason(DEVICE)


async def test_a_device_that_was_asked_and_does_not_come_is_polled() -> None:
    async with (
        running(approved(), request_line_limit=0.05) as ground,
        commanded(ground, 1, {START_REQUEST_CONNECTION: SUCCESS}),
    ):
        await ground.bus.until(lambda: "perhaps it cannot reach this address" in ground.bus.reason(DEVICE))


async def test_a_command_without_an_answer_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.protocol.biostar1.commands.clock.ReadClock.TIMEOUT", 0.05)
    async with running(approved()) as ground, commanded(ground, 1, {READ_CLOCK: None}):
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        assert "did not answer within 0.05 s" in ground.bus.reason(DEVICE)


async def test_what_is_sent_unasked_on_the_command_connection_is_discarded() -> None:
    async with (
        running(approved(time_sync=False)) as ground,
        commanded(ground, 1, {START_REQUEST_CONNECTION: SUCCESS}) as stream,
        contextlib.AsyncExitStack() as lines,
    ):
        await ground.bus.until(lambda: ground.gateway.counters.catch_ups == 0 and bool(ground.bus.of(RecordProgressed)))
        await lines.enter_async_context(request_line(ground))
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        await stream.send(b"".join(encode_message(PushLog.of(LogRecord(23)).encode().header)))
        link = ground.gateway._devices[DEVICE].link
        assert isinstance(link, ServerLink)
        connection = link.session._connection
        assert isinstance(connection, CommandConnection)
        await ground.bus.until(lambda: connection.discarded == 1)
        outcome = await ground.bus.order(OpenDoor("1", DEVICE))
        assert "does not support" in outcome.words  # the device's own answer
        assert ground.bus.state(DEVICE) is DeviceState.LIVE
        assert not ground.store.rows


async def test_a_fault_of_ours_is_told_and_leaves_the_gateway_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    device = VirtualDevice(DEVICE, "bioentry-plus")
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)

        def broken(device_id: int) -> object:
            raise RuntimeError("broken")

        with monkeypatch.context() as patch:
            patch.setattr(ground.store, "append", broken)
            device.log.add(events.VERIFY_SUCCESS, 1, 5)
            await ground.bus.until_state(DEVICE, DeviceState.LOST)
            assert "A fault of the server" in ground.bus.reason(DEVICE)
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        await ground.until_kept(device)


async def test_the_wheel_turns() -> None:
    wheel = Wheel(0.01)
    fired: list[int] = []
    done = asyncio.Event()

    def fail() -> None:
        raise RuntimeError("one bad timer stops no other")

    start = wheel.time()
    wheel.after(0.03, fail)
    wheel.after(0.05, lambda: fired.append(2))
    wheel.after(0.0, lambda: fired.append(1))
    forgotten = wheel.after(0.02, lambda: fired.append(99))
    forgotten.cancel()
    assert not forgotten.is_pending
    wheel.after(0.1, done.set)
    await asyncio.wait_for(done.wait(), 30)
    assert fired == [1, 2]
    assert wheel.time() - start >= 0.1
    again = asyncio.Event()
    wheel.after(0.01, again.set)  # after a pause the wheel starts again
    await asyncio.wait_for(again.wait(), 30)
    wheel.after(0.01, lambda: fired.append(3))
    wheel.stop()
    other = Wheel(0.01)
    later = asyncio.Event()
    other.after(0.03, later.set)
    await asyncio.wait_for(later.wait(), 30)
    other.stop()
    assert fired == [1, 2]


async def test_doubts_about_a_device_without_a_log_are_not_asked_about_on_and_on() -> None:
    async with (
        running(approved(time_sync=False), settle_after=0.01) as ground,
        commanded(ground, 1, {START_REQUEST_CONNECTION: SUCCESS}),
        contextlib.AsyncExitStack() as lines,
    ):
        line = await lines.enter_async_context(request_line(ground))
        for _ in range(3):
            assert await push(line) == SUCCESS
        link = ground.gateway._devices[DEVICE].link
        assert isinstance(link, ServerLink)
        await ground.bus.until(lambda: link._settle_at is not None and link._settle_at > link.time() + 100)
        assert ground.gateway.counters.settled <= 1
        assert len(ground.store.rows) == 1
