"""The link of a device in direct mode: nothing is pushed there, so its log is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doorward.gateway.collaborators import DeviceState, PollSettings, StoreUnavailable
from doorward.gateway.command_session import WatchedSession
from doorward.gateway.context import GatewayContext
from doorward.gateway.link import DeviceLink

if TYPE_CHECKING:
    from doorward.gateway.supervisor import DeviceSupervisor

LINGER = 60.0
"""Seconds after the last event during which the log is asked for most often: people come in groups."""

SLOWER = 1.5
"""By how much each wait is longer than the one before while nobody passes."""


class Pace:
    """How often a log is asked for: often while people pass, then less and less, as at night.

    Args:
        settings: The shortest and the longest wait.
        now: The time.
    """

    def __init__(self, settings: PollSettings, now: float) -> None:
        self.settings = settings
        self.wait = settings.shortest
        self._last_event = now

    def asked(self, found_events: bool, now: float) -> float:
        """The log was asked for; gives the seconds until the next time."""
        settings = self.settings
        if found_events:
            self._last_event = now
        if now - self._last_event < LINGER:
            self.wait = settings.shortest
        else:
            self.wait = min(max(self.wait * SLOWER, settings.shortest), settings.longest)
        return self.wait

    @property
    def words(self) -> str:
        """The pace in words, at its two ends; in between it is on its way to the slower one."""
        if self.wait <= self.settings.shortest:
            return f"It is in direct mode; its log is asked for every {self.settings.shortest:g} s while people pass."
        return (
            f"It is in direct mode and nobody passes; its log is asked for less and less often, at last every "
            f"{self.settings.longest:g} s."
        )


class DirectLink(DeviceLink):
    """A device that was dialled.

    Args:
        context: What the gateway shares.
        device: Who looks after the device.
        session: The session.
        device_type: The type that the device gave.

    Attributes:
        next_poll: When its log is asked for next, seconds of the event loop's clock.
    """

    def __init__(
        self, context: GatewayContext, device: DeviceSupervisor, session: WatchedSession, device_type: int
    ) -> None:
        super().__init__(context, device, session, device_type)
        self.next_poll = 0.0
        self._pace = Pace(device.entry.poll, self.time())

    async def step(self) -> float | None:
        """Ask for the log when it is time; gives the next time."""
        if self.time() < self.next_poll:
            return self.next_poll
        found = 0
        try:
            if self.time() >= self.next_catch_up or await self.device.keeper.has_news(self.port):
                result = await self.catch_up_and_keep_clock()
                found = 0 if result is None else result.new_rows
        except StoreUnavailable as error:
            self.next_poll = self.store_failed(error)
            return self.next_poll
        self._pace.settings = self.device.entry.poll
        self.next_poll = self.time() + self._pace.asked(found > 0, self.time())
        self.device.set_state(DeviceState.LIVE, self._pace.words)
        return self.next_poll
