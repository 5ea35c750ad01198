"""A device that refuses all that it is brought is asked again, less and less often, and at once when it obeys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import cast
from unittest.mock import patch

import pytest

from doorward.device.biostar1.driver import BioStar1Device
from doorward.gateway import people_sync
from doorward.gateway.collaborators import DeviceEntry
from doorward.gateway.context import InHand
from doorward.gateway.link import DeviceLink
from doorward.gateway.people_sync import FIRST_PAUSE, LONGEST_PAUSE, PeopleSync
from doorward.gateway.roster import Asker, Step, StepOutcome
from doorward.model.errors import NotReached
from doorward.protocol.biostar1.models import model_by_slug
from tests.support.virtual_time import in_virtual_time

OBEYED, REFUSED = True, False


class OneStep:
    """A roster that has the same step again and again, as often as it is told."""

    def __init__(self, outcomes: list[bool]) -> None:
        self.left = len(outcomes)
        self.idle = asyncio.Event()

    async def next_step(self, asker: Asker, *, withdrawals: bool) -> Step | None:
        if self.left:
            self.left -= 1
            return Step(delete=(1,))
        self.idle.set()
        return None

    async def done(self, device_id: int, outcome: StepOutcome) -> None: ...

    async def due(self) -> AsyncIterator[int]:
        return
        yield

    def edited(self, device_id: int, numbers: object) -> None: ...


class Session:
    """A connection that is lost when the test says so."""

    lost_reason = None

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    @property
    def is_open(self) -> bool:
        return not self.lost.is_set()

    async def wait_lost(self) -> NotReached:
        await self.lost.wait()
        return NotReached("The line was cut.")


class Ground:
    """A link without a device at its end, whose steps come out as was told; notes when each went out."""

    def __init__(self, *outcomes: bool) -> None:
        self.roster, self.session = OneStep(list(outcomes)), Session()
        self.moments: list[float] = []
        self._outcomes: Iterator[bool] = iter(outcomes)
        link = SimpleNamespace(
            context=SimpleNamespace(roster=self.roster, stopping=False, in_hand=InHand()),
            device=SimpleNamespace(device_id=1, entry=DeviceEntry(device_id=1, zone="UTC")),
            device_type=model_by_slug("biostation").device_type,
            driver=lambda: None,
            session=self.session,
        )
        self.people = PeopleSync(cast("DeviceLink", link))

    async def carry_out(self, driver: BioStar1Device, step: Step) -> StepOutcome:
        del driver
        self.moments.append(asyncio.get_running_loop().time())
        return StepOutcome(step, broken="" if next(self._outcomes) is OBEYED else "It is busy.")

    @property
    def pauses(self) -> list[float]:
        return [round(after - before, 6) for before, after in pairwise(self.moments)]


@in_virtual_time
async def test_pauses_grow_up_to_a_limit_and_begin_anew_once_the_device_obeys() -> None:
    ground = Ground(*[REFUSED] * 9, OBEYED, REFUSED, REFUSED, OBEYED)
    with patch.object(people_sync, "carry_out_step", ground.carry_out):
        ground.people.start()
        await ground.roster.idle.wait()
        await ground.people.stop()
    assert ground.pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300, 0, 5, 10]
    assert (FIRST_PAUSE, LONGEST_PAUSE) == (5, 300)


@in_virtual_time
async def test_a_pause_ends_with_the_connection() -> None:
    ground = Ground(REFUSED, REFUSED, OBEYED)
    with patch.object(people_sync, "carry_out_step", ground.carry_out):
        ground.people.start()
        await asyncio.sleep(FIRST_PAUSE + 1)
        ground.session.lost.set()
        await ground.people.stop()
    assert ground.pauses == [FIRST_PAUSE]
    assert asyncio.get_running_loop().time() == pytest.approx(FIRST_PAUSE + 1)
