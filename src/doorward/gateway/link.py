"""A standing connection to a device: its log is caught up, its clock is kept right, commands are carried out.

Who dialled makes the difference above: see ``server_link`` and ``direct_link``.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from doorward.device.biostar1.driver import BioStar1Device
from doorward.device.biostar1.log_port import SessionLogPort
from doorward.gateway.catch_up import CatchUp
from doorward.gateway.collaborators import DeviceState, GapFound, RecordProgressed, StoreUnavailable
from doorward.gateway.command_session import WatchedSession
from doorward.gateway.context import GatewayContext
from doorward.gateway.people_sync import PeopleSync
from doorward.gateway.wheel import Timer
from doorward.model.errors import DeviceRefused, DoorwardError, NotReached, Unsupported
from doorward.protocol.biostar1.commands.clock import SetClock
from doorward.protocol.biostar1.commands.identity import CheckStatus
from doorward.protocol.biostar1.models import MODELS_BY_TYPE, type_title
from doorward.protocol.biostar1.results import CommunicationDisabledError

if TYPE_CHECKING:
    from doorward.gateway.supervisor import DeviceSupervisor

logger = logging.getLogger(__name__)

CLOCK_WRONG = "clock-wrong"
SPREAD = 0.1
"""The share by which waits of devices differ by chance, so that a site does not ask for all its logs at once."""


class DeviceLink:
    """A connection to a device, from the moment it was let in.

    Args:
        context: What the gateway shares.
        device: Who looks after the device.
        session: The session; the link owns it.
        device_type: The type that the device gave.

    Attributes:
        finished: Set when nothing of the link is left.
        people: Brings people and rights to the device.
    """

    def __init__(
        self, context: GatewayContext, device: DeviceSupervisor, session: WatchedSession, device_type: int
    ) -> None:
        self.context = context
        self.device = device
        self.session = session
        self.device_type = device_type
        self.port = SessionLogPort(session, device_type)
        self.finished = asyncio.Event()
        self.people = PeopleSync(self)
        self.next_catch_up = 0.0
        self._wake = asyncio.Event()
        self._timer: Timer | None = None
        self._clock_again = 0.0
        self._complete_until: float | None = None
        session.ended = self.wake

    # --- Life --------------------------------------------------------------------------------------------------------

    async def run(self) -> DoorwardError:
        """Do what is due until the connection is over; gives the reason."""
        withdrawn = False
        try:
            while True:
                self._wake.clear()
                if self.session.lost_reason is not None:
                    return self.session.lost_reason
                try:
                    if not withdrawn:
                        await self.people.withdraw()
                        withdrawn = True
                    due = await self.step()
                except DoorwardError as error:
                    # The session tells best why it ended; an error beside it is one more reason to end it.
                    self.end(error)
                    continue
                except Exception:
                    logger.exception("looking after device %d failed", self.device.device_id)
                    self.end(fault_of_the_server())
                    continue
                if due is not None:
                    self._arm(due)
                    await self._wake.wait()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            await self.close()
            self.finished.set()

    async def step(self) -> float | None:
        """Do one thing that is due; gives the time of the next one when nothing is."""
        raise AssertionError("every kind of link has its own")

    async def close(self) -> None:
        """Close what belongs to the link."""
        await self.session.close()
        await self.people.stop()

    def end(self, reason: DoorwardError) -> None:
        """End the link at once for a reason."""
        self.session.end(reason)

    def wake(self) -> None:
        """Something happened: look what is due."""
        self._wake.set()

    def time(self) -> float:
        """Seconds of the event loop's clock."""
        return self.context.wheel.time()

    def _arm(self, due: float) -> None:
        if self._timer is not None and self._timer.is_pending:
            if self._timer.when <= due:
                return  # it wakes too early, which costs a look
            self._timer.cancel()
        self._timer = self.context.wheel.at(due, self.wake)

    # --- Whether it lives --------------------------------------------------------------------------------------------

    @property
    def signs_of_life(self) -> int:
        """Rises with whatever the device sends."""
        return self.session.packets_received

    async def is_alive(self) -> bool:
        """Whether the device shows a sign of life within the probe limit; asks for one. A dead link ends itself."""
        before = self.signs_of_life
        try:
            async with asyncio.timeout(self.context.settings.probe_limit):
                await self.session.request(CheckStatus())
        except DeviceRefused:
            return True
        except TimeoutError:
            return self.signs_of_life != before
        except DoorwardError:
            return False
        return True

    # --- The record --------------------------------------------------------------------------------------------------

    async def catch_up(self, complete: str = "") -> CatchUp | None:
        """Read what is new in the device's log; gives None when the device refused that.

        Args:
            complete: Why the whole log is wanted; empty leaves it to the rules.

        Raises:
            StoreUnavailable: The store takes nothing; the device keeps its records.
            DoorwardError: The device did not answer.
        """
        result: CatchUp | None
        try:
            try:
                result = await self._catch_up(complete)
            except CommunicationDisabledError:
                if not await self._unlock():
                    raise
                result = await self._catch_up(complete)
        except (DeviceRefused, Unsupported) as error:
            self._told_hindrance(error.message)
            result = None
        self.people.start()
        spread = 1 + SPREAD * (2 * random.random() - 1)  # noqa: S311 - it spreads load, it guards nothing
        self.next_catch_up = self.time() + self.context.settings.catch_up_every * spread
        return result

    async def catch_up_and_keep_clock(self) -> CatchUp | None:
        """Catch up, and set the clock when that is due; see ``catch_up``."""
        result = await self.catch_up()
        if result is not None:
            await self.keep_clock()
        return result

    async def settle(self) -> float:
        """Read seconds again in which a push proved nothing new; gives the seconds until the next attempt.

        Raises:
            DoorwardError: The device did not answer.
        """
        settings = self.context.settings
        try:
            async with self.context.catch_ups:
                result = await self.device.keeper.settle(self.port)
        except StoreUnavailable:
            return settings.store_retry
        except DeviceRefused:
            return settings.catch_up_every
        self.context.counters.settled += 1
        self._tell(result)
        return settings.settle_after if result.went_through else settings.catch_up_every

    async def _catch_up(self, complete: str) -> CatchUp:
        async with self.context.catch_ups:
            result = await self.device.keeper.catch_up(self.port, complete=complete)
        self._tell(result)
        return result

    def store_failed(self, error: StoreUnavailable) -> float:
        """A catch-up failed because of the store; gives the time of the next attempt."""
        if self.device.state is not DeviceState.LIVE:
            self.device.set_state(
                DeviceState.CATCHING_UP, f"{error.message} Until it is back the device keeps its records."
            )
        return self.time() + self.context.settings.store_retry

    def _tell(self, result: CatchUp) -> None:
        self.context.counters.catch_ups += 1
        state = result.state
        self._complete_until = state.complete_until
        self.device.log_was_read(state, self.device_type)
        if result.went_through and state.clock is not None:
            self.device.clock_checked(self.device.local_time.drift(state.clock), state.clock.at)
        if result.went_through and result.clock_before is not state.clock:
            number, local_time = self.device.device_id, self.device.local_time
            self.context.clock_guard.observed(number, result.clock_before, state.clock, local_time)
        self.context.bus.publish(RecordProgressed(self.device.device_id, state.complete_until, state.hindrance))
        for gap in result.gaps:
            self.context.bus.publish(GapFound(gap))

    def _told_hindrance(self, words: str) -> None:
        self.context.bus.publish(RecordProgressed(self.device.device_id, self._complete_until, words))

    async def _unlock(self) -> bool:
        password = self.device.entry.password
        if password is None:
            return False
        await self.driver().maintenance.unlock_communication(password.decode("utf-8", "replace"))
        return True

    # --- The clock ---------------------------------------------------------------------------------------------------

    async def keep_clock(self) -> None:
        """Set the clock when the last catch-up found it off, if the device's entry says so."""
        state = await self.device.keeper.state()
        if state.clock is None:
            return
        drift = self.device.local_time.drift(state.clock)
        number = self.device.device_id
        if abs(drift) <= self.context.settings.clock_tolerance:
            self.context.alarms.clear(CLOCK_WRONG, number)
        elif not self.device.entry.time_sync:
            words = f"The clock of device {number} is {_off(drift)}; its settings say that it is not set."
            self.context.alarms.raise_once(CLOCK_WRONG, words, number)
        elif self.time() >= self._clock_again:
            guard, settings = self.context.clock_guard, self.context.settings
            if held := guard.hold(number):
                logger.info("device %d: its clock is %s and is not set now: %s", number, _off(drift), held)
                self.next_catch_up = min(self.next_catch_up, self.time() + settings.clock_doubt_wait)
                return
            try:
                await self.set_clock()
            except DeviceRefused as error:
                words = f"The clock of device {number} is {_off(drift)} and was not set: {error.message}"
                self.context.alarms.raise_once(CLOCK_WRONG, words, number)

    async def set_clock(self) -> None:
        """Set the clock to the time of the device's zone, after what it wrote so far was read.

        Raises:
            StoreUnavailable: It could not be noted that the clock is set, so it was not.
            DoorwardError: The device did not answer or did not take it.
        """
        self._clock_again = self.time() + self.context.settings.clock_set_every
        local_time, number = self.device.local_time, self.device.device_id
        async with self.context.catch_ups:
            result = await self.device.keeper.before_clock_is_set(self.port, local_time.local(self.context.now()))
        self._tell(result)
        await self.session.request(SetClock(local_time.local(self.context.now())))
        self.context.counters.clocks_set += 1
        shown, right = await self.port.clock(), local_time.local(self.context.now())
        self.device.clock_checked(shown - right, self.context.now())
        if abs(shown - right) <= self.context.settings.clock_tolerance:
            self.context.alarms.clear(CLOCK_WRONG, number)
        else:
            words = f"The clock of device {number} was set, but it still is {_off(shown - right)}."
            self.context.alarms.raise_once(CLOCK_WRONG, words, number)

    # --- The device's driver -----------------------------------------------------------------------------------------

    def driver(self) -> BioStar1Device:
        """The device as commands see it.

        Raises:
            Unsupported: Its type is not known.
        """
        model = MODELS_BY_TYPE.get(self.device_type)
        if model is None:
            raise Unsupported(f"Device {self.device.device_id} is of a type without commands: {self.title}.")
        return BioStar1Device(self.session, model, self.device.device_id, zone=self.device.local_time.zone)

    @property
    def title(self) -> str:
        """Name of the device's type."""
        return type_title(self.device_type)


def fault_of_the_server() -> NotReached:
    """The reason of an end that a mistake of ours has brought."""
    return NotReached("A fault of the server ended the connection.", advice="The server's log tells more.")


def _off(drift: float) -> str:
    return f"{abs(drift):.0f} s {'ahead' if drift > 0 else 'behind'}"
