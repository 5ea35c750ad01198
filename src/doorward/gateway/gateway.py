"""The gateway: listens, dials, and looks after every device of the process."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from doorward.device.connecting import Dial
from doorward.gateway.agent_hub import REFUSED_AGENT, AgentHub, AgentView
from doorward.gateway.agent_line import AgentLine
from doorward.gateway.agents import AgentDirectory, AgentRefused
from doorward.gateway.callers import AgentCaller, meet
from doorward.gateway.certificates import CertificateRefused
from doorward.gateway.collaborators import (
    Approval,
    Bus,
    Command,
    CommandOutcome,
    DeviceEntry,
    Directory,
    EventStore,
    Matcher,
)
from doorward.gateway.context import GatewayContext
from doorward.gateway.counters import Counters
from doorward.gateway.device_work import Work, standing_link, work_over
from doorward.gateway.limits import CallerCounts
from doorward.gateway.operator_commands import carry_out
from doorward.gateway.roster import Roster
from doorward.gateway.settings import GatewaySettings
from doorward.gateway.supervisor import DeviceSupervisor, DeviceView
from doorward.gateway.tls_refusals import TlsRefusals
from doorward.model.errors import DoorwardError, NotReached
from doorward.transport import Address, Listener, Stream, dial, listen

logger = logging.getLogger(__name__)

BACKLOG = 1024
"""Connections that may wait to be taken: a site whose power is back dials in all at once."""

STRANGERS_KEPT = 1_024
"""Devices without approval and connection that are remembered, so that their calls are told once."""

COMMANDS_AT_ONCE = 256
"""Commands that are carried out at a time; more are refused, since whoever gives them waits."""

REFUSALS_TOLD_EVERY = 60.0
"""Seconds between two lines of the log about callers that the limits keep out."""

SOURCE_PAUSE = 1.0
"""Seconds before a source of changes or commands that failed is asked again."""

T = TypeVar("T")


class Gateway:
    """Every connection of the process to devices.

    Args:
        settings: Where to listen, and all limits.
        directory: Which devices are let in, and how each is reached.
        store: Where events are kept.
        bus: Where happenings go, and where commands come from.
        matcher: Recognises people for devices with server matching; None refuses such requests.
        roster: Says what devices should hold of people and rights; None leaves these alone.
        dialer: Makes the stream to a device in direct mode that no agent dials.
        agents: Who the agents are; None: no agent is served.
        now: Gives the moment, in seconds since 1970 in UTC.

    Attributes:
        counters: What it counts.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        directory: Directory,
        store: EventStore,
        bus: Bus,
        *,
        matcher: Matcher | None = None,
        roster: Roster | None = None,
        dialer: Dial = dial,
        agents: AgentDirectory | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.counters = Counters()
        self._settings = settings
        self._directory = directory
        self._store = store
        self._bus = bus
        self._matcher = matcher
        self._roster = roster
        self._dialer = dialer
        self._agent_directory = agents
        self._agents: AgentHub
        self._now = now
        self._context: GatewayContext | None = None
        self._counts = CallerCounts(settings.limits)
        self._devices: dict[int, DeviceSupervisor] = {}
        self._listener: Listener | None = None
        self._refusal_told = -REFUSALS_TOLD_EVERY
        self._tls_refusals: TlsRefusals
        self._tasks: set[asyncio.Task[Any]] = set()
        self._commands: set[asyncio.Task[Any]] = set()

    # --- Life --------------------------------------------------------------------------------------------------------

    async def start(self, *, known_moment: float | None = None) -> None:
        """Listen, dial, and take commands.

        Args:
            known_moment: The newest moment that was written down before this start, in seconds since 1970 in UTC; a
                clock that shows less is wrong. None knows none.

        Raises:
            PortBusy: Another program holds the port; it is named where it may be seen.
            NotReached: The address is not one of this machine, or the port is not allowed.
            DoorwardError: The directory cannot be read.
        """
        settings = self._settings
        context = self._context = GatewayContext(
            settings,
            self._directory,
            self._store,
            self._bus,
            matcher=self._matcher,
            roster=self._roster,
            counters=self.counters,
            now=self._now,
            known_moment=known_moment,
        )
        context.clock_guard.check()
        self._tls_refusals = TlsRefusals(context.alarms, context.wheel.time)
        self._agents = AgentHub(context, self._agent_directory, self._dialer, self._agent_came)
        entries = await self._directory.direct_entries()
        if settings.port is not None:
            self._listener = await listen(
                self._serve_counted, settings.address, settings.port, backlog=BACKLOG, admit=self._admit
            )
            context.port = self._listener.addresses[0].port
            logger.info("listening for devices on %s", ", ".join(map(str, self._listener.addresses)))
        for entry in entries:
            self._device(entry).follow_entry()
        self._begin(self._follow(self._directory.changes, self._changed), "changes of the directory")
        self._begin(self._follow(self._bus.commands, self._command), "commands")
        if self._agent_directory is not None:
            self._begin(self._follow(self._agent_directory.changes, self._agents.changed), "changes of agents")
        if self._roster is not None:
            self._begin(self._follow(self._roster.due, self._people_due), "people")

    async def stop(self) -> None:
        """Stop: nothing new is begun, what is in hand is finished, then every connection is closed."""
        context = self._context
        if context is None:
            return
        context.stopping = True
        if self._listener is not None:
            self._listener.stop_listening()
        await _cancel(self._tasks)
        if not await context.in_hand.wait_idle(self._settings.stop_limit):
            logger.warning("not everything in hand was finished within %g s", self._settings.stop_limit)
        await _cancel(self._commands)
        reason = NotReached("The server was stopped.")
        for device in list(self._devices.values()):
            link = device.link
            if link is not None:
                link.end(reason)
                await link.finished.wait()
            await device.stop_dialling()
        await self._agents.stop()
        if self._listener is not None:
            self._listener.close()
            await self._listener.wait_closed()
            self._listener = None
        context.wheel.stop()
        self._context = None

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens, with the real port."""
        return () if self._listener is None else self._listener.addresses

    @property
    def clock_doubt(self) -> str:
        """Why the server's clock is in doubt, in words; empty when it is not."""
        return "" if self._context is None else self._context.clock_guard.check()

    @property
    def connection_count(self) -> int:
        """Connections of callers that stand."""
        return self._counts.connections

    def devices(self) -> list[DeviceView]:
        """How it stands with every device that it knows."""
        return [device.view() for device in self._devices.values()]

    def device(self, device_id: int) -> DeviceView | None:
        """How it stands with a device; None when it never had to do with it."""
        device = self._devices.get(device_id)
        return None if device is None else device.view()

    def agents(self) -> list[AgentView]:
        """How it stands with every agent that is connected."""
        return [] if self._context is None else self._agents.views()

    def agent(self, agent_id: int) -> AgentLine:
        """The line of an agent, for what only a neighbour of the devices can do.

        Raises:
            NotReached: It is not connected.
        """
        if self._context is None:
            raise NotReached("The gateway does not run.")
        return self._agents.line(agent_id)

    def _agent_came(self, agent_id: int) -> None:
        for device in self._devices.values():
            if device.entry.agent == agent_id:
                device.heard()

    def heard(self, device_id: int) -> None:
        """A search has just heard a device: dial it now instead of at the end of the present wait."""
        device = self._devices.get(device_id)
        if device is not None:
            device.heard()

    async def work(self, device_id: int, work: Work[T], *, seconds: float) -> T:
        """Do something with the driver of a device over the connection that stands; commands go on meanwhile.

        Args:
            device_id: The device.
            work: A coroutine function of the driver; cancelled when the connection ends.
            seconds: How long it may take.

        Raises:
            NotReached: There is no connection, or it was lost.
            TimedOut: It took too long; the connection is given up when a request was under way.
            DoorwardError: What the work itself raised.
        """
        link = standing_link(device_id, self._devices.get(device_id))
        return await work_over(link, work, seconds=seconds, context=self._running)

    @property
    def _running(self) -> GatewayContext:
        assert self._context is not None, "the gateway is not running"
        return self._context

    # --- Callers -----------------------------------------------------------------------------------------------------

    async def serve(self, stream: Stream) -> None:
        """Serve a connection that was taken elsewhere, until it is over; the caller closes the stream."""
        if not self._admit(stream.peer):
            await self._serve_counted(stream)

    def _admit(self, peer: Address) -> str:
        context = self._running
        refusal = self._counts.refusal(peer.host, context.wheel.time())
        if refusal:
            context.counters.turned_away += 1
            self._tell_refusal(refusal, context.wheel.time())
        else:
            context.counters.accepted += 1
        return refusal

    def _tell_refusal(self, refusal: str, now: float) -> None:
        """Tell it now and then: whoever floods this port shall not flood the log as well."""
        if now - self._refusal_told >= REFUSALS_TOLD_EVERY:
            self._refusal_told = now
            logger.warning("a caller was closed at once by the limits of the settings: %s", refusal)

    async def _serve_counted(self, stream: Stream) -> None:
        context = self._running
        host = stream.peer.host
        identified = False

        def let_in() -> None:
            nonlocal identified
            if not identified:
                identified = True
                self._counts.identified(host)

        try:
            try:
                caller = await meet(stream, context, let_in, self._agent_directory)
                if isinstance(caller, AgentCaller):
                    if not context.stopping:
                        await self._agents.take(caller.stream, let_in)
                    return
            except DoorwardError as error:
                if not identified:
                    context.counters.strangers += 1
                if isinstance(error, CertificateRefused):
                    await self._certificate_refused(error, host)
                elif isinstance(error, AgentRefused):
                    self._agent_refused(error, host)
                raise
            if caller is not None and caller.certified:
                self._tls_refusals.admitted(host)
            if caller is not None and not context.stopping:
                number = caller.identity.device_id
                device = self._devices.get(number) or self._device(DeviceEntry(device_id=number))
                await device.take(caller)
                if device.is_stranger and len(self._devices) > STRANGERS_KEPT:
                    self._forget_strangers()
        finally:
            self._counts.closed(host, identified=identified)

    async def _certificate_refused(self, error: CertificateRefused, host: str) -> None:
        """Tell it where an operator looks: in the history of the device, where its number is proved."""
        number = error.device_id
        entry = None if number is None else await self._directory.entry(number)
        if entry is None:
            self._tls_refusals.refused(host, error)
        else:
            self._device(entry).turned_away(f"It dialled in from {host} and was dropped. {error.message}")

    def _agent_refused(self, error: AgentRefused, host: str) -> None:
        """Tell it once: a thief of a code tries again and again."""
        words = f"A caller from {host} wanted to be an agent and was dropped. {error.message} {error.advice}".strip()
        self._running.alarms.raise_once(REFUSED_AGENT, words)
        self._tell_refusal(words, self._running.wheel.time())

    def _device(self, entry: DeviceEntry) -> DeviceSupervisor:
        device = self._devices.get(entry.device_id)
        if device is None:
            device = self._devices[entry.device_id] = DeviceSupervisor(self._running, entry, self._agents)
        else:
            device.entry = entry
        return device

    def _forget_strangers(self) -> None:
        strangers = [number for number, device in self._devices.items() if device.is_stranger]
        for number in strangers[: max(0, len(strangers) - STRANGERS_KEPT)]:
            del self._devices[number]

    # --- What the directory and the bus tell -------------------------------------------------------------------------

    async def _changed(self, device_id: int) -> None:
        entry = await self._directory.entry(device_id)
        device = self._devices.get(device_id)
        if device is None:
            if entry is None or entry.approval is not Approval.APPROVED:
                return
            device = self._device(entry)
        await device.entry_changed(entry)
        if entry is None and device.link is None:
            self._devices.pop(device_id, None)

    async def _people_due(self, device_id: int) -> None:
        device = self._devices.get(device_id)
        if device is not None and device.link is not None:
            device.link.people.wake()

    async def _command(self, command: Command) -> None:
        if len(self._commands) >= COMMANDS_AT_ONCE:
            await self._finish(command, None, busy=True)
            return
        task = asyncio.get_running_loop().create_task(self._finish(command, self._devices.get(command.device_id)))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    async def _finish(self, command: Command, device: DeviceSupervisor | None, *, busy: bool = False) -> None:
        if busy:
            outcome = CommandOutcome(
                command.command_id, False, f"{COMMANDS_AT_ONCE} commands are under way.", "Try again in a moment."
            )
        else:
            outcome = await carry_out(command, device, self._running)
        await self._bus.finished(outcome)

    async def _follow(self, source: Callable[[], AsyncIterator[T]], take: Callable[[T], Awaitable[None]]) -> None:
        """Take what a source gives, for ever; a failure is logged and costs a pause."""
        while True:
            try:
                async for item in source():
                    await take(item)
            except DoorwardError as error:
                logger.warning("%s", error)
            except Exception:
                logger.exception("a source of the gateway failed")
            await asyncio.sleep(SOURCE_PAUSE)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    waiting = set(tasks)
    for task in waiting:
        task.cancel()
    if waiting:
        await asyncio.wait(waiting)
