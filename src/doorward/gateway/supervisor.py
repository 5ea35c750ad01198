"""Looks after one device over all its connections: whether it may come in, how it stands, and why."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doorward.gateway.callers import Caller
from doorward.gateway.catch_up import RecordKeeper
from doorward.gateway.collaborators import (
    Approval,
    ConnectionMode,
    DeviceEntry,
    DeviceState,
    DeviceStateChanged,
    EventsCommitted,
    Sighting,
    SightingKind,
)
from doorward.gateway.command_session import CommandSession
from doorward.gateway.dialling import Dialler, is_dialled, stop_task
from doorward.gateway.direct_link import DirectLink
from doorward.gateway.forwarding import bring_in
from doorward.gateway.ledger import LedgerState, Proof
from doorward.gateway.local_time import LocalTime
from doorward.gateway.people_sync import EDITED_AT_MENU
from doorward.gateway.server_link import ServerLink
from doorward.model.errors import DoorwardError, NotReached
from doorward.protocol.biostar1.announcement import ConnectionKind
from doorward.protocol.biostar1.models import MODELS_BY_TYPE, STATION_PORT, type_title
from doorward.protocol.tunnel.messages import EventPlace, KeepLog

if TYPE_CHECKING:
    from doorward.gateway.agent_hub import AgentHub
    from doorward.gateway.agent_line import AgentLine
    from doorward.gateway.context import GatewayContext
    from doorward.gateway.link import DeviceLink

logger = logging.getLogger(__name__)

SECOND_CALLER = "second-caller"


@dataclass(frozen=True, slots=True)
class DeviceView:
    """How the gateway stands with a device, for whoever shows it.

    Attributes:
        device_id: The device.
        state: How it stands.
        reason: Why, in words.
        since: Since when, seconds since 1970 in UTC.
        address: From or at which address; empty without a connection.
        next_action_in: Seconds until its log is asked for (direct mode), or until it is dialled again; None when
            neither is due.
        is_dialled_next: What comes next is that it is dialled.
        clock_drift: Seconds by which its clock was ahead when it was last read; None when it was not in this run.
        clock_checked: When that was, seconds since 1970 in UTC.
        held_since: Since when another client holds it, seconds since 1970 in UTC; None when none does.
        connection: Who made the connection that stands; None without one.
    """

    device_id: int
    state: DeviceState
    reason: str
    since: float
    address: str
    next_action_in: float | None
    is_dialled_next: bool = False
    clock_drift: float | None = None
    clock_checked: float | None = None
    held_since: float | None = None
    connection: ConnectionMode | None = None


class DeviceSupervisor:
    """Looks after one device.

    Args:
        context: What the gateway shares.
        entry: What the directory knows of it.
        agents: Knows what dials it in direct mode: this machine, or an agent.

    Attributes:
        entry: What the directory knows of it.
        state: How it stands.
        reason: Why, in words.
        link: The connection that stands; None without one.
        keeper: Keeps its record.
        local_time: Its zone.
        held_since: Since when another client holds it; None when none does.
    """

    def __init__(self, context: GatewayContext, entry: DeviceEntry, agents: AgentHub) -> None:
        self.entry = entry
        self.device_id = entry.device_id
        self.state = DeviceState.LOST
        self.reason = ""
        self.since = context.now()
        self.address = ""
        self.link: DeviceLink | None = None
        self.held_since: float | None = None
        self._clock: tuple[float | None, float | None] = (None, None)
        self._context = context
        self._agents = agents
        self._zone = ""
        self._deciding = asyncio.Lock()
        self._held: asyncio.Future[None] | None = None
        self._told_agent: KeepLog | None = None
        self._told_line: AgentLine | None = None
        self._dialler: Dialler | None = None
        self._dialling: asyncio.Task[None] | None = None
        self.local_time, self.keeper = self._new_keeper(entry.zone)

    # --- What people see ---------------------------------------------------------------------------------------------

    def set_state(self, state: DeviceState, reason: str, address: str | None = None) -> None:
        """Note how the device stands, and tell it when it is new."""
        if address is not None:
            self.address = address
        if (state, reason) == (self.state, self.reason):
            return
        if state is not self.state:
            self.since = self._context.now()
        self.state, self.reason = state, reason
        logger.info("device %d is %s: %s", self.device_id, state.value, reason)
        self._context.bus.publish(DeviceStateChanged(self.device_id, state, reason, self.since, self.address))

    def view(self) -> DeviceView:
        """How it stands now."""
        due: float | None = None
        if isinstance(self.link, DirectLink):
            due = self.link.next_poll
        elif self._dialler is not None:
            due = self._dialler.next_attempt
        seconds = None if due is None else max(0.0, due - self._context.wheel.time())
        drift, checked = self._clock
        return DeviceView(
            self.device_id,
            self.state,
            self.reason,
            self.since,
            self.address,
            seconds,
            is_dialled_next=due is not None and self.link is None,
            clock_drift=drift,
            clock_checked=checked,
            held_since=self.held_since,
            connection=self._connection(),
        )

    def _connection(self) -> ConnectionMode | None:
        if self.link is None:
            return None
        return ConnectionMode.SERVER if isinstance(self.link, ServerLink) else ConnectionMode.DIRECT

    def clock_checked(self, drift: float, at: float) -> None:
        """Its clock was read: by how many seconds it is ahead, and when that was."""
        self._clock = drift, at

    @property
    def is_stranger(self) -> bool:
        """Whether nothing would be lost by forgetting it."""
        return self.link is None and self._dialler is None and self.entry.approval is not Approval.APPROVED

    def wake(self) -> None:
        """Something is to be done on the link."""
        if self.link is not None:
            self.link.wake()

    def heard(self) -> None:
        """A search has just heard the device: dial now."""
        if self._dialler is not None:
            self._dialler.wake()

    # --- A device that dials in --------------------------------------------------------------------------------------

    async def take(self, caller: Caller) -> None:
        """Decide about a caller and, when it is let in, look after it until its connection is over."""
        if caller.kind is ConnectionKind.REQUEST:
            await self._take_request(caller)
            return
        while True:
            async with self._deciding:
                link = await self._decide(caller)
            if link is not None:
                await self.look_after(link)
                return
            if self.state is not DeviceState.WAITING or not await self._hold(caller):
                return

    async def _take_request(self, caller: Caller) -> None:
        link = self.link
        if not isinstance(link, ServerLink) or not link.session.is_open:
            # Without a standing command connection it is closed without an answer (server-mode notes, section 5).
            caller.stream.abort()
            return
        await link.take_request_line(caller)

    async def _decide(self, caller: Caller) -> ServerLink | None:
        if not await self._make_way(caller):
            await caller.stream.send(caller.accepted.refuse_busy())
            caller.stream.close()
            return None
        model = MODELS_BY_TYPE.get(caller.identity.device_type)
        self.entry = entry = await self._context.directory.sighted(
            Sighting(
                self.device_id,
                caller.identity.device_type,
                caller.host,
                self._context.now(),
                SightingKind.DIALLED_IN,
                None if model is None else model.slug,
                caller.certified,
            )
        )
        if entry.approval is Approval.BLOCKED or not entry.enabled:
            self._context.counters.blocked += 1
            self._tell_unwanted(f"It dialled in from {caller.host} and was dropped.", caller.host)
            caller.stream.abort()
            return None
        if entry.approval is Approval.WAITING:
            words = f"It dialled in from {caller.host} and waits for an operator's approval."
            if entry.approved_address and entry.approved_address != caller.host:
                words = (
                    f"It dialled in from {caller.host} and was approved at {entry.approved_address}: it waits for an "
                    "operator's approval of the new address."
                )
            self.set_state(DeviceState.WAITING, words, caller.host)
            return None
        return await self._let_in(caller)

    async def _make_way(self, caller: Caller) -> bool:
        """Whether a caller may take the place of what stands: only when that is dead."""
        link = self.link
        if link is None:
            return True
        if caller.certified and not (isinstance(link, ServerLink) and link.certified):
            # What stands has proved nothing, so it does not keep out the device itself.
            link.end(NotReached(f"Device {self.device_id} dialled in with its certificate from {caller.host}."))
            await link.finished.wait()
            return True
        if isinstance(link, DirectLink) and caller.host in (self.entry.address, self.entry.approved_address):
            # It calls from where it was dialled, so it is the device itself, which has come into server mode.
            link.end(NotReached(f"Device {self.device_id} dialled in by itself from {caller.host}."))
            await link.finished.wait()
            return True
        if link.session.is_open and await link.is_alive():
            self._context.counters.second_connections += 1
            self._context.alarms.raise_once(
                SECOND_CALLER,
                f"{caller.host} dialled in as device {self.device_id} while that device is connected from "
                f"{self.address} and answers; the caller was refused.",
                self.device_id,
            )
            return False
        link.end(
            NotReached(
                f"Device {self.device_id} dialled in anew from {caller.host} and its old connection did not answer."
            )
        )
        await link.finished.wait()
        return True

    async def _let_in(self, caller: Caller) -> ServerLink:
        title = f"{type_title(caller.identity.device_type)} {self.device_id}"
        caller.let_in()
        answer, connection = caller.accepted.take_command()
        session = CommandSession(caller.stream, title=title, connection=connection)
        link = ServerLink(self._context, self, session, caller)
        self.connected(link, caller.host, f"It dialled in from {caller.host}; its log is read.")
        try:
            await caller.stream.send(answer)
        except DoorwardError as error:
            link.end(error)
        return link

    def turned_away(self, reason: str) -> None:
        """The device called and was dropped before anything was decided about it."""
        if self.link is None and not self._tell_unwanted(reason):
            self.set_state(DeviceState.LOST, reason)

    async def _hold(self, caller: Caller) -> bool:
        """Quarantine: the device stays connected and unanswered; what it says is dropped unread.

        Returns:
            Whether it is to be decided about anew.
        """
        self._context.counters.quarantined += 1
        if self._held is not None and not self._held.done():
            self._held.cancel()  # one place for each device; the newest call is the one to decide about
        held = self._held = asyncio.get_running_loop().create_future()
        watching = asyncio.ensure_future(_until_it_leaves(caller))
        try:
            await asyncio.wait(
                {held, watching},
                timeout=self._context.settings.quarantine_limit,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            watching.cancel()
            await asyncio.wait({watching})
            if self._held is held:
                self._held = None
        if held.done() and not held.cancelled():
            return True
        caller.stream.abort()
        return False

    async def bring_in_kept(self) -> None:
        """Bring in what the device's agent kept of it while the agent's line was cut; before its log is read.

        Raises:
            StoreUnavailable: The store takes nothing; the agent keeps it.
            DoorwardError: The agent's line was cut; likewise.
        """
        line = None if self.entry.agent is None else self._agents.connected(self.entry.agent)
        if line is None or self.device_id not in line.kept:
            return
        async with self._context.catch_ups:
            await bring_in(line, self.keeper)
        line.kept.discard(self.device_id)

    def log_was_read(self, state: LedgerState, device_type: int) -> None:
        """Tell the device's agent how far the log was read, so that it goes on from there while its line is cut."""
        line = None if self.entry.agent is None else self._agents.connected(self.entry.agent)
        if line is None or self.entry.address is None:
            return
        place = None if state.anchor is None else EventPlace(*state.anchor)
        model = MODELS_BY_TYPE.get(device_type)
        port = self.entry.port or (model.tcp_port if model else STATION_PORT)
        message = KeepLog(
            self.device_id,
            self.entry.address,
            port,
            device_type,
            place,
            state.largest_answer,
            state.ignores_continue,
        )
        if message != self._told_agent or line is not self._told_line:
            self._told_agent, self._told_line = message, line
            line.keep_log(message)

    # --- A link that stands ------------------------------------------------------------------------------------------

    def connected(self, link: DeviceLink, address: str, reason: str) -> None:
        """A connection stands."""
        self.link = link
        self.held_since = None
        self._context.counters.sessions += 1
        self._context.alarms.clear(SECOND_CALLER, self.device_id)
        if self._zone != self.entry.zone:
            self.local_time, self.keeper = self._new_keeper(self.entry.zone)
        self.set_state(DeviceState.CATCHING_UP, reason, address)

    async def look_after(self, link: DeviceLink) -> DoorwardError:
        """Serve a link until it is over; gives the reason."""
        try:
            reason = await link.run()
        finally:
            if self.link is link:
                self.link = None
        self._context.counters.lost += 1
        if not self._tell_unwanted(reason.message):
            self.set_state(DeviceState.LOST, reason.message)
        return reason

    def _tell_unwanted(self, reason: str, address: str | None = None) -> bool:
        if self.entry.approval is Approval.BLOCKED:
            self.set_state(DeviceState.BLOCKED, reason, address)
        elif not self.entry.enabled:
            self.set_state(DeviceState.DISABLED, reason, address)
        elif self.entry.approval is Approval.WAITING:
            self.set_state(DeviceState.WAITING, reason, address)
        elif _is_left(self.entry):
            self.set_state(DeviceState.RELEASED, self.entry.line_left, "")
        else:
            return False
        return True

    def _committed(self, events: tuple[tuple[int, Proof], ...]) -> None:
        self._context.counters.committed += len(events)
        if self._context.roster is not None:
            keys = [proof.key for _, proof in events if proof.key.origin == self.device_id]
            if edited := {key.user: key.event for key in keys if key.event in EDITED_AT_MENU}:
                self._context.roster.edited(self.device_id, edited)
        self._context.bus.publish(EventsCommitted(self.device_id, events))

    def _new_keeper(self, name: str) -> tuple[LocalTime, RecordKeeper]:
        self._zone = name
        context, local_time = self._context, self._context.local_time(name)
        keeper = RecordKeeper(
            self.device_id,
            context.store,
            now=context.now,
            local_time=local_time,
            timing=context.settings.timing,
            committed=self._committed,
        )
        return local_time, keeper

    # --- What the directory says -------------------------------------------------------------------------------------

    async def entry_changed(self, entry: DeviceEntry | None) -> None:
        """The directory knows something else of the device now; None: it knows it no more."""
        zone, agent = self.entry.zone, self.entry.agent
        if entry is not None:
            self.entry = entry
        reason = _why_unwanted(entry)
        moved = agent != self.entry.agent
        if agent is not None and (moved or not is_dialled(entry)):
            # While its line is cut it shall not dial a device that is meant for somebody else.
            self._agents.forget_log(agent, self.device_id)
            self._told_agent = None
        # Another dialler leads there, even if the address is the same: two branches may have the same addresses.
        if not is_dialled(entry) or moved:
            await self.stop_dialling(self.entry.line_left if entry is not None else "")
        if reason:
            await self._drop(reason)
        elif self._held is not None and not self._held.done():
            self._held.set_result(None)
        elif self.link is not None and zone != self.entry.zone:
            self.link.end(NotReached("Its zone was changed; it is connected anew."))
        if entry is not None:
            self.follow_entry()

    def follow_entry(self) -> None:
        """Dial the device when its entry says so, or tell that its line is left to somebody else."""
        if is_dialled(self.entry):
            self.start_dialling()
        elif self.link is None and _is_left(self.entry):
            self.set_state(DeviceState.RELEASED, self.entry.line_left, "")

    async def _drop(self, reason: str) -> None:
        link = self.link
        if link is not None:
            link.end(NotReached(reason))
            await link.finished.wait()
        if self.entry.approval is not Approval.WAITING:
            if self._held is not None and not self._held.done():
                self._held.cancel()
            self._tell_unwanted(reason)

    def start_dialling(self) -> None:
        """Dial the device, now."""
        if self._dialling is None or self._dialling.done():
            self._dialler = Dialler(self._context, self, self._agents)
            self._dialling = asyncio.get_running_loop().create_task(
                self._dialler.run(), name=f"dial device {self.device_id}"
            )
        elif self._dialler is not None:
            self._dialler.wake()

    async def stop_dialling(self, line_left: str = "") -> None:
        """Dial it no more; a connection that was dialled ends.

        Args:
            line_left: Why its line is left to somebody else; empty when it is not.
        """
        task, self._dialling, self._dialler = self._dialling, None, None
        if task is not None:
            await stop_task(task)
            self.held_since = None
            if self.link is not None:
                return  # it dialled in by itself
            if line_left:
                self.set_state(DeviceState.RELEASED, line_left, "")
            else:
                self.set_state(DeviceState.LOST, "It is not dialled any more.")


def _is_left(entry: DeviceEntry) -> bool:
    wanted = entry.enabled and entry.approval is Approval.APPROVED
    return wanted and entry.mode is ConnectionMode.DIRECT and bool(entry.line_left)


def _why_unwanted(entry: DeviceEntry | None) -> str:
    if entry is None:
        return "It was removed."
    if entry.approval is Approval.BLOCKED:
        return "An operator blocked it."
    if not entry.enabled:
        return "An operator switched it off."
    return "It needs an operator's approval again." if entry.approval is Approval.WAITING else ""


async def _until_it_leaves(caller: Caller) -> None:
    loop = asyncio.get_running_loop()
    try:
        while data := await caller.stream.receive():
            caller.accepted.receive(data, loop.time())
    except DoorwardError as error:
        logger.debug("device %d, which waits for approval, left: %s", caller.identity.device_id, error)
