"""The link of a device in server mode: its command connection, and the request connection beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from doorward.gateway.callers import Caller
from doorward.gateway.collaborators import DeviceState, StoreUnavailable
from doorward.gateway.command_session import CommandSession
from doorward.gateway.context import GatewayContext
from doorward.gateway.link import DeviceLink
from doorward.gateway.request_line import RequestLine
from doorward.model.errors import DeviceRefused, DoorwardError, NotReached
from doorward.protocol.biostar1.server_connections import start_request_connection
from doorward.protocol.errors import LocalProtocolError

if TYPE_CHECKING:
    from doorward.gateway.supervisor import DeviceSupervisor


class ServerLink(DeviceLink):
    """A device that dialled in.

    The order is that of the protocol notes, server mode, section 14, "When": the log is caught up, then the device is
    asked to open its request connection, then the log is caught up again, since what happened in between may never be
    pushed.

    Args:
        context: What the gateway shares.
        device: Who looks after the device.
        session: The session on the command connection.
        caller: The device as it called.
    """

    def __init__(
        self, context: GatewayContext, device: DeviceSupervisor, session: CommandSession, caller: Caller
    ) -> None:
        super().__init__(context, device, session, caller.identity.device_type)
        self.host = caller.host
        self.certified = caller.certified
        self._told_address = context.settings.told_address or caller.stream.local.host
        self._line: RequestLine | None = None
        self._line_is_new = False
        self._polls = False
        self._ask_again = 0.0
        self._not_before = 0.0
        self._settle_at: float | None = None
        self._opening = asyncio.Lock()

    @property
    def signs_of_life(self) -> int:
        """Rises with whatever the device sends, on either connection."""
        return super().signs_of_life + (0 if self._line is None else self._line.questions)

    async def step(self) -> float | None:
        """Do one thing that is due; gives the time of the next one when nothing is."""
        now = self.time()
        if now < self._not_before:
            return self._not_before
        if self._line_is_new or now >= self.next_catch_up:
            await self._catch_up_now()
            return None
        if self._line is None and now >= self._ask_again:
            await self._ask_for_request_line()
            return None
        if self.device.keeper.doubtful:
            if self._settle_at is None:
                self._settle_at = now + self.context.settings.settle_after
            elif now >= self._settle_at:
                # What pushes made doubtful meanwhile waits as long; a device that cannot be read is not asked on.
                self._settle_at = now + await self.settle()
                return None
        else:
            self._settle_at = None
        due = self.next_catch_up if self._settle_at is None else min(self.next_catch_up, self._settle_at)
        return min(due, self._ask_again) if self._line is None else due

    async def _catch_up_now(self) -> None:
        line, self._line_is_new = self._line, False
        try:
            await self.catch_up_and_keep_clock()
        except StoreUnavailable as error:
            # The device keeps its records, and is asked to push when the store is back.
            self._line_is_new = line is not None
            self._not_before = self.store_failed(error)
            return
        if line is not None and line is self._line:
            line.in_order()
            self.device.set_state(DeviceState.LIVE, "Both of its connections stand; events come as they happen.")
        elif self._polls:
            self.next_catch_up = min(self.next_catch_up, self.time() + self.device.entry.poll.longest)

    async def _ask_for_request_line(self) -> None:
        if self._polls:
            self._without_line(
                f"It was asked to open its second connection to {self._told_address} and did not; perhaps it cannot "
                "reach this address."
            )
        self._polls = True
        self._ask_again = self.time() + self.context.settings.request_line_limit
        port = self.context.settings.told_port or self.context.port
        try:
            await self.session.request(start_request_connection(self.device_type, self._told_address, port))
        except (DeviceRefused, LocalProtocolError) as error:
            self._without_line(f"It did not open its second connection: {error.message}")

    def _without_line(self, why: str) -> None:
        poll = self.device.entry.poll.longest
        self.device.set_state(DeviceState.CATCHING_UP, f"{why} Its log is asked for every {poll:g} s instead.")
        self.next_catch_up = min(self.next_catch_up, self.time() + poll)

    # --- The request connection --------------------------------------------------------------------------------------

    async def take_request_line(self, caller: Caller) -> None:
        """Take the device's request connection and serve it until it ends; then the link ends too.

        Raises:
            NotReached: This connection is refused.
        """
        if caller.host != self.host:
            raise NotReached(
                f"A request connection of device {self.device.device_id} came from {caller.host}, while its command "
                f"connection comes from {self.host}; it was refused."
            )
        async with self._opening:
            old = self._line
            if old is not None:
                await self._prove_dead(old)
            now = self.time()
            answer, connection = caller.accepted.take_request(now, check_duration=self.context.settings.check_duration)
            line = RequestLine(self.context, self.device, caller.stream, connection)
            self._line, self._line_is_new, self._polls = line, True, False
            caller.let_in()
            if old is not None:
                old.end(NotReached("The device opened a new request connection."))
        reason: DoorwardError = NotReached("Its request connection was cut.")
        try:
            await caller.stream.send(answer)
            self.wake()
            reason = await line.run()
        finally:
            if self._line is line:
                self._line = None
                self.end(reason)

    async def _prove_dead(self, old: RequestLine) -> None:
        """A line that stays silent while the device itself answers is one that the device has given up.

        Raises:
            NotReached: It lives.
        """
        before = old.questions
        if not await self.is_alive():
            raise NotReached("The command connection of the device is dead.")
        await asyncio.sleep(self.context.settings.probe_limit)
        if old.questions != before:
            raise NotReached(
                f"Device {self.device.device_id} seems to open a second request connection while the first one is in "
                "use; it was refused."
            )

    async def close(self) -> None:
        """Close both connections."""
        line, self._line = self._line, None
        if line is not None:
            line.end(self.session.lost_reason or _closed())
        await super().close()

    def end(self, reason: DoorwardError) -> None:
        """End both connections at once for a reason."""
        super().end(reason)
        if self._line is not None:
            self._line.end(reason)


def _closed() -> DoorwardError:
    return NotReached("The connection was closed.")
