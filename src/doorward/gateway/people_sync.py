"""Brings people and rights to a device over its standing connection, step by step, while commands and events go on.

What takes something away goes out before the device's log is read; the rest follows after it, in steps so short that
whoever waits for a door hardly notices. After any break the roster says anew what is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from typing import TYPE_CHECKING, Final

from doorward.gateway.collaborators import StoreUnavailable
from doorward.gateway.people_steps import carry_out_step
from doorward.gateway.roster import Asker
from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.models import MODELS_BY_TYPE

if TYPE_CHECKING:
    from doorward.gateway.link import DeviceLink

logger = logging.getLogger(__name__)

NOTED_WITHIN: Final = 2.0
"""Seconds that the end of a link waits until what came of its last step is noted."""

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0
"""Seconds until a device is asked again that answered, but refused a step as a whole: the first pause, the longest."""

EDITED_AT_MENU: Final = frozenset({0x17, 0x20, 0x47, 0x49})
"""Events that tell of people changed at the device: enrolled, a card enrolled, deleted, all deleted."""


class Went(enum.Enum):
    """What came of asking for the next step."""

    ON = "a step was carried out"
    WRONG = "the device did not let a step be carried out"
    NOWHERE = "there was none"


class PeopleSync:
    """Brings people and rights to the device of one link.

    Args:
        link: The link.
    """

    def __init__(self, link: DeviceLink) -> None:
        self._link = link
        self._roster = link.context.roster
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._pause = FIRST_PAUSE

    async def withdraw(self) -> None:
        """Bring what takes something away; to be called before the log is read.

        What cannot be known now, since the database does not answer, is not waited for: it comes first later.

        Raises:
            DoorwardError: The connection was lost.
        """
        with contextlib.suppress(StoreUnavailable):
            while await self._one_step(withdrawals=True) is Went.ON:
                pass

    def start(self) -> None:
        """Bring the rest, and what comes later, until ``stop``."""
        if self._task is None and self._roster is not None:
            name = f"people of device {self._link.device.device_id}"
            self._task = asyncio.get_running_loop().create_task(self._run(), name=name)

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    async def stop(self) -> None:
        """Bring no more. The connection is closed before, so a request under way has failed; that is still noted."""
        task, self._task = self._task, None
        if task is not None:
            self._wake.set()
            await asyncio.wait({task}, timeout=NOTED_WITHIN)
            task.cancel()
            await asyncio.wait({task})

    async def _run(self) -> None:
        while self._link.session.is_open:
            self._wake.clear()
            try:
                went = await self._one_step(withdrawals=False)
                if went is Went.NOWHERE:
                    await self._wake.wait()
                elif went is Went.WRONG:
                    await self._wait_before_trying_again()
                else:
                    self._pause = FIRST_PAUSE
            except StoreUnavailable as error:
                logger.debug("device %d: people wait: %s", self._link.device.device_id, error)
                await asyncio.sleep(self._link.context.settings.store_retry)
            except DoorwardError as error:
                logger.debug("device %d: people wait for its return: %s", self._link.device.device_id, error)
                return
            except Exception:
                logger.exception("bringing people to device %d failed", self._link.device.device_id)
                await asyncio.sleep(self._link.context.settings.store_retry)

    async def _wait_before_trying_again(self) -> None:
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._link.session.wait_lost()

    async def _one_step(self, *, withdrawals: bool) -> Went:
        """Carry out the next step; tells what came of it."""
        link = self._link
        model = MODELS_BY_TYPE.get(link.device_type)
        if model is None or self._roster is None or link.context.stopping:
            return Went.NOWHERE
        entry = link.device.entry
        step = await self._roster.next_step(Asker(entry.device_id, model.slug, entry.zone), withdrawals=withdrawals)
        if step is None:
            return Went.NOWHERE
        with link.context.in_hand.one():
            outcome = await carry_out_step(link.driver(), step)
            await self._roster.done(entry.device_id, outcome)
        if link.session.lost_reason is not None:
            raise link.session.lost_reason
        return Went.WRONG if outcome.broken else Went.ON
