"""Lines that break anywhere, and bytes of any kind: nothing but a reason in words comes of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.gateway.collaborators import DeviceState
from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.device_end import Admitted
from doorward.protocol.biostar1.records.logs import LogRecord
from doorward.protocol.biostar1.results import SUCCESS
from doorward.protocol.biostar1.server_mode import START_REQUEST_CONNECTION, PushLog
from doorward.transport import Faults, Stream, null_modem
from tests.gateway.dialling_devices import DEVICE, approved
from tests.support.gateway_site import Ground, running
from tests.support.raw_device import announce, announced, answering, decision

IDENTITY = DeviceIdentity(DEVICE, 1)
ANNOUNCEMENT_END = 80  # bytes: the identity and the announcement, one packet each


async def served(ground: Ground, stream: Stream) -> None:
    """What a listener does with a connection."""
    try:
        with contextlib.suppress(DoorwardError):
            await ground.gateway.serve(stream)
    finally:
        stream.abort()


@pytest.mark.parametrize("reset", [False, True])
async def test_cut_at_any_byte_before_the_device_is_taken(reset: bool, caplog: pytest.LogCaptureFixture) -> None:
    async with running(approved()) as ground:
        for cut in (*range(0, ANNOUNCEMENT_END, 7), ANNOUNCEMENT_END - 1):
            device, server = null_modem(left_to_right=Faults(cut_after=cut, reset=reset))
            task = asyncio.ensure_future(served(ground, server))
            with contextlib.suppress(DoorwardError):
                await announce(device, IDENTITY, ConnectionKind.COMMAND)
            device.close()
            await asyncio.wait_for(task, 60)
        assert ground.gateway.connection_count == 0
        assert not ground.directory.sightings
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("cut", [1, 31, 32, 40, 47, 55])
async def test_a_push_that_is_cut_is_not_kept(cut: int) -> None:
    async with running(approved(time_sync=False)) as ground:
        command, connection = await announced(ground.port, DEVICE)
        assert isinstance(await decision(command, connection), Admitted)
        answers = asyncio.ensure_future(answering(command, connection.serve(), {START_REQUEST_CONNECTION: SUCCESS}))
        line, announcement = await announced(ground.port, DEVICE, kind=ConnectionKind.REQUEST)
        assert isinstance(await decision(line, announcement), Admitted)
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        (push,) = announcement.ask().ask(PushLog.of(LogRecord(23, 1, 0, 1_000_000, 7)), 0.0)
        assert len(push) == 56
        await line.send(push[:cut])
        line.close()
        await ground.bus.until_state(DEVICE, DeviceState.LOST)
        assert not ground.store.rows
        await asyncio.wait_for(answers, 60)  # the command connection is closed with it
        line.abort()
        command.abort()


@given(pieces=st.lists(st.binary(max_size=200), max_size=6), genuine=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_of_a_stranger(pieces: list[bytes], genuine: bool) -> None:
    async def play() -> None:
        async with running(approved()) as ground:
            device, server = null_modem()
            task = asyncio.ensure_future(served(ground, server))
            if genuine:
                await announce(device, IDENTITY, ConnectionKind.COMMAND)
            try:
                for piece in pieces:
                    await device.send(piece)
                    await asyncio.sleep(0)
            except DoorwardError:
                pass
            device.close()
            await asyncio.wait_for(task, 60)
            assert ground.gateway.connection_count == 0
            assert not ground.store.rows

    asyncio.run(play())
