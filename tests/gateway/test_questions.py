"""What devices ask: users, matching, the time, pictures, and what no server knows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import pytest

from doorward.gateway.collaborators import DeviceState, Match
from doorward.gateway.local_time import LocalTime
from doorward.protocol.biostar1.records.logs import ImageLogHeader
from doorward.protocol.biostar1.results import BUSY, NOT_FOUND, SUCCESS, UNSUPPORTED
from doorward.protocol.biostar1.server_mode import (
    USER_HEADERS,
    AskTime,
    IdentifyTemplate,
    KeepAlive,
    LookUpCard,
    LookUpUser,
    MatchAnswer,
    PushImageLog,
    ServerTime,
    UserAnswer,
    VerifyTemplate,
)
from doorward.simulator import VirtualDevice
from doorward.simulator.server_dialler import ServerDialler
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.support.gateway_site import Ground, running

MODEL = "biostation-t2"
RECORD = bytes(range(256)) + bytes(132)


@asynccontextmanager
async def live(**changes: object) -> AsyncIterator[tuple[Ground, ServerDialler]]:
    device = VirtualDevice(DEVICE, MODEL)
    async with running(approved(zone="Asia/Seoul"), **changes) as ground, dialling(ground, device) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        yield ground, dialler


def test_the_record_has_the_size_of_the_model() -> None:
    assert len(RECORD) == USER_HEADERS[6].SIZE


async def test_users_are_looked_up() -> None:
    async with live() as (ground, dialler):
        ground.directory.users[DEVICE, 7] = RECORD
        ground.directory.cards[DEVICE, 99, 1] = RECORD
        ground.directory.users[DEVICE, 8] = b"not a user header"
        for request, result in (
            (LookUpUser(7), SUCCESS),
            (LookUpCard(99, 1), SUCCESS),
            (LookUpUser(1), NOT_FOUND),
            (LookUpCard(99, 2), NOT_FOUND),
            (LookUpUser(8), NOT_FOUND),
        ):
            answered = await dialler.ask(request)
            assert answered.result == result
            if result == SUCCESS:
                assert isinstance(answered.reply, UserAnswer)
                assert answered.reply.content == RECORD
        assert ground.gateway.counters.lookups == 5


async def test_a_directory_that_takes_too_long() -> None:
    async with live(lookup_limit=0.02) as (ground, dialler):

        async def never(device_id: int, user: int) -> bytes | None:
            await asyncio.Event().wait()
            return None

        ground.directory.user_by_id = never  # type: ignore[method-assign] # a directory that hangs
        assert (await dialler.ask(LookUpUser(7))).result == BUSY
        assert (await dialler.ask(KeepAlive())).result == SUCCESS


async def test_no_pretence_of_matching() -> None:
    async with live() as (_ground, dialler):
        for request in (IdentifyTemplate(b"t" * 384), VerifyTemplate(7, b"t" * 384)):
            answered = await dialler.ask(request)
            assert answered.result == UNSUPPORTED
            assert not answered.message.payload


class TestMatcher:
    """Knows one template."""

    async def identify(self, device_id: int, template: bytes) -> Match | None:
        return Match(RECORD, duress=True) if template == b"known" else None

    async def verify(self, device_id: int, user: int, template: bytes) -> Match | None:
        return Match(RECORD) if template == b"known" and user == 7 else None


async def test_a_matcher_recognises() -> None:
    from doorward.gateway.gateway import Gateway

    ground = Ground(approved())
    ground.gateway = Gateway(ground.settings, ground.directory, ground.store, ground.bus, matcher=TestMatcher())
    await ground.gateway.start()
    device = VirtualDevice(DEVICE, MODEL)
    try:
        async with dialling(ground, device) as dialler:
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
            answered = await dialler.ask(IdentifyTemplate(b"known"))
            assert isinstance(answered.reply, MatchAnswer)
            assert answered.reply.duress
            answered = await dialler.ask(VerifyTemplate(7, b"known"))
            assert isinstance(answered.reply, MatchAnswer)
            assert not answered.reply.duress
            assert (await dialler.ask(VerifyTemplate(8, b"known"))).result == NOT_FOUND
            assert (await dialler.ask(IdentifyTemplate(b"other"))).result == NOT_FOUND
    finally:
        await ground.gateway.stop()


async def test_the_time_is_that_of_the_devices_zone() -> None:
    async with live() as (_ground, dialler):
        seoul = LocalTime(ZoneInfo("Asia/Seoul"))
        before = seoul.local(time.time())
        answered = await dialler.ask(AskTime())
        assert isinstance(answered.reply, ServerTime)
        assert int(before) <= answered.reply.local_time <= seoul.local(time.time()) + 1


async def test_pictures_are_kept() -> None:
    async with live() as (ground, dialler):
        picture = bytes(range(256)) * 30
        header = ImageLogHeader(event=23, local_time=1_000_000, user_id=7, device_id=DEVICE)
        assert (await dialler.ask(PushImageLog.of(header, picture))).result == SUCCESS
        assert ground.gateway.counters.pictures == 1


@pytest.mark.parametrize("zone", ["Nowhere/At all", ""])
async def test_a_zone_that_is_not_known(zone: str) -> None:
    device = VirtualDevice(DEVICE, MODEL)
    async with running(approved(zone=zone)) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
