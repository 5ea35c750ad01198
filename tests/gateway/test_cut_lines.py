"""The line of a branch is cut: the agent goes on reading the logs, and the record has each event once and in order."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from doorward.agent.keeping import telling
from doorward.agent.spool import Spool, SpoolFull
from doorward.device.biostar1.log_reading import LogAnswer
from doorward.gateway.collaborators import DeviceState, GapFound
from doorward.protocol.biostar1.records.logs import LogRecord
from doorward.protocol.tunnel.messages import EventPlace, KeepLog, KeptHead
from doorward.protocol.tunnel.reach import Reach
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from doorward.simulator.virtual_device import Limits
from doorward.transport import Address
from tests.gateway.agent_site import BadLine, Branches, branches
from tests.gateway.test_agents import DEVICE, coded, entry, listening, reach

ROOM = 200
"""Records that the log of the device in these tests holds."""


def small_device() -> VirtualDevice:
    device = VirtualDevice(DEVICE, "bioentry-plus", limits=Limits(log_records=ROOM))
    for user in range(50):
        device.log.add(events.VERIFY_SUCCESS, 1, user)
    return device


async def turn_over(ground: Branches, device: VirtualDevice, first: int, count: int) -> None:
    """Let a device write more than its log holds, slowly enough for whoever reads it meanwhile."""
    for number in range(count):
        device.log.add(events.VERIFY_SUCCESS, 1, first + number)
        if number % 20 == 19:
            await asyncio.sleep(0.15)


async def told(ground: Branches, token: Path, user: int) -> None:
    """Wait until the agent has on disk that the log was read up to the record of this person."""

    def right() -> bool:
        with contextlib.closing(sqlite3.connect(token.with_suffix(".spool") / "spool.sqlite3")) as spool:
            (position,) = spool.execute("SELECT position FROM positions").fetchone() or (b"",)
        return f'"user":{user}}}'.encode() in position

    await ground.bus.until(right)


def users(ground: Branches) -> list[int]:
    """The people of the record, in the order of its rows."""
    return [key.user for key, _ in ground.store.rows]


async def test_a_log_that_turns_over_while_the_line_is_cut_loses_nothing(tmp_path: Path) -> None:
    device = small_device()
    async with listening(device) as port, branches(entry(port)) as ground:
        token = coded(ground, tmp_path, reach(port), DEVICE)
        async with BadLine(Address("127.0.0.1", ground.port)) as line, ground.agent(token, port=line.port):
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            await ground.bus.until(lambda: len(ground.store.rows) == 50)
            await told(ground, token, 49)
            line.faults.shut = True
            line.reset()
            await ground.until_connected(1, connected=False)
            await turn_over(ground, device, 1_000, 3 * ROOM)
            line.faults.shut = False
            await ground.bus.until(lambda: len(ground.store.rows) >= 50 + 3 * ROOM)
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            device.log.add(events.VERIFY_SUCCESS, 1, 9_999)
            await ground.bus.until(lambda: users(ground)[-1] == 9_999)
    assert users(ground) == [*range(50), *range(1_000, 1_000 + 3 * ROOM), 9_999]
    assert not ground.bus.of(GapFound)


async def test_an_agent_that_is_restarted_meanwhile_goes_on(tmp_path: Path) -> None:
    device = small_device()
    async with listening(device) as port, branches(entry(port)) as ground:
        token = coded(ground, tmp_path, reach(port), DEVICE)
        async with BadLine(Address("127.0.0.1", ground.port)) as line:
            async with ground.agent(token, port=line.port):
                await ground.bus.until_state(DEVICE, DeviceState.LIVE)
                await ground.bus.until(lambda: len(ground.store.rows) == 50)
                await told(ground, token, 49)
                line.faults.shut = True
                line.reset()
                await ground.until_connected(1, connected=False)
                await turn_over(ground, device, 1_000, ROOM)
            async with ground.agent(token, port=line.port):
                await turn_over(ground, device, 2_000, ROOM)
                line.faults.shut = False
                await ground.bus.until(lambda: len(ground.store.rows) >= 50 + 2 * ROOM)
                await ground.bus.until_state(DEVICE, DeviceState.LIVE)
    assert users(ground) == [*range(50), *range(1_000, 1_000 + ROOM), *range(2_000, 2_000 + ROOM)]
    assert not ground.bus.of(GapFound)


async def test_what_nobody_saw_is_told_as_a_gap(tmp_path: Path) -> None:
    device = small_device()
    async with listening(device) as port, branches(entry(port)) as ground:
        token = coded(ground, tmp_path, reach(port), DEVICE)
        async with ground.agent(token):
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            await ground.bus.until(lambda: len(ground.store.rows) == 50)
        for user in range(2 * ROOM):
            device.log.add(events.VERIFY_SUCCESS, 1, 1_000 + user)
        async with ground.agent(token):
            await ground.bus.until(lambda: bool(ground.bus.of(GapFound)))


def test_an_answer_that_proves_nothing_beside_another_is_not_kept() -> None:
    def answer(*people: int) -> LogAnswer:
        return LogAnswer(b"".join(LogRecord.LAYOUT.pack(1, 2, 0, 1_000, user, 0) for user in people), LogRecord)

    one, part, twice, other = answer(1, 2, 3), answer(2, 3), answer(2, 2), answer(3, 4)
    assert telling([part, one, twice, one, part, other]) == [one, twice, other]


def position(user: int = 1) -> KeepLog:
    return KeepLog(DEVICE, "10.0.0.1", 1471, 1, EventPlace(DEVICE, 1, 2, 0, 1_000, user))


def test_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", most_bytes=2_000)
    parts = [(KeptHead(newest=position().place), b"x" * 160), (KeptHead(ends_reading=True), b"y" * 16)]
    spool.add(DEVICE, parts, position())
    spool.set_reach(Reach(("10.0.0.0/8",)))
    with pytest.raises(SpoolFull):
        spool.add(DEVICE, [(KeptHead(), b"z" * 2_000)], position(2))
    spool.close()
    # It is all there after a restart.
    spool = Spool(tmp_path / "spool", most_bytes=2_000)
    assert spool.reach() == Reach(("10.0.0.0/8",))
    assert spool.positions() == {DEVICE: position()}
    assert spool.devices() == (DEVICE,)
    first = spool.next_part(DEVICE, 0)
    assert (first.content, first.head.newest, first.head.ends_reading) == (b"x" * 160, position().place, False)
    # A part that is asked for again comes again, until the next one is.
    assert spool.next_part(DEVICE, 0) == first
    second = spool.next_part(DEVICE, first.head.place)
    assert (second.content, second.head.ends_reading) == (b"y" * 16, True)
    assert spool.next_part(DEVICE, second.head.place).head.place == 0
    assert spool.devices() == ()
    spool.add(DEVICE, [(KeptHead(), b"z" * 1_500)], position(2))
    spool.forget(DEVICE)
    assert spool.devices() == ()
    assert not spool.positions()
    spool.close()
