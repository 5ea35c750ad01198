"""Dials a device in direct mode, again and again, with waits that grow."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from doorward.device.biostar1.session import KEEP_ALIVE_SHARE
from doorward.device.connecting import DIAL_TIMEOUT
from doorward.device.errors import WrongDevice
from doorward.device.reconnect import STABLE_SECONDS, Backoff, ReconnectPolicy
from doorward.gateway.collaborators import Approval, ConnectionMode, DeviceEntry, DeviceState, Sighting, SightingKind
from doorward.gateway.command_session import WatchedSession
from doorward.gateway.context import GatewayContext
from doorward.gateway.direct_link import DirectLink
from doorward.gateway.link import fault_of_the_server
from doorward.gateway.refusals import HeldByAnother, explained
from doorward.model.errors import DoorwardError, InvalidInput, NotReached, TimedOut, Unsupported
from doorward.protocol.biostar1.commands.identity import Identify
from doorward.protocol.biostar1.models import MODELS_BY_SLUG, MODELS_BY_TYPE, STATION_PORT, type_title
from doorward.protocol.biostar1.request import BASIC_TIMEOUT

if TYPE_CHECKING:
    from doorward.gateway.agent_hub import AgentHub
    from doorward.gateway.supervisor import DeviceSupervisor

logger = logging.getLogger(__name__)


def is_dialled(entry: DeviceEntry | None) -> bool:
    """Whether the gateway shall dial a device."""
    if entry is None or not entry.enabled or entry.line_left:
        return False
    return entry.approval is Approval.APPROVED and entry.mode is ConnectionMode.DIRECT


class Dialler:
    """Keeps a device in direct mode connected.

    Args:
        context: What the gateway shares.
        device: Who looks after the device.
        agents: Knows what dials it: this machine, or an agent.

    Attributes:
        next_attempt: When it is dialled next, seconds of the event loop's clock; None while it is connected.
    """

    def __init__(self, context: GatewayContext, device: DeviceSupervisor, agents: AgentHub) -> None:
        self.next_attempt: float | None = None
        self._context = context
        self._device = device
        self._agents = agents
        settings = context.settings
        self._backoff = Backoff(ReconnectPolicy(first_wait=settings.first_redial, longest_wait=settings.longest_redial))

    def wake(self) -> None:
        """Dial now, for example because a search has just heard the device."""
        self._backoff.wake()

    async def run(self) -> None:
        """Dial and look after the device until it is cancelled."""
        clock = self._context.wheel
        while True:
            if self._device.link is not None:  # it dialled in by itself
                await self._device.link.finished.wait()
            began = clock.time()
            error = await self._once()
            self._note_holder(error)
            if clock.time() - began >= STABLE_SECONDS:
                self._backoff.reset()
            wait = self._backoff.failed(error)
            self.next_attempt = clock.time() + wait
            # The wait is kept beside the state: a state is told once, not with every attempt.
            level = logging.INFO if self._backoff.failures == 1 else logging.DEBUG
            logger.log(level, "device %d: %s Next attempt in %.1f s", self._device.device_id, error.message, wait)
            self._device.set_state(
                DeviceState.LOST, f"{error.message} It is dialled again, at the latest every {self._longest:g} s."
            )
            await self._backoff.sleep(wait)
            self.next_attempt = None

    def _note_holder(self, error: DoorwardError) -> None:
        if not isinstance(error, HeldByAnother):
            self._device.held_since = None
        elif self._device.held_since is None:
            self._device.held_since = self._context.now()

    @property
    def _longest(self) -> float:
        return self._backoff.policy.longest_wait

    async def _once(self) -> DoorwardError:
        """One attempt and what follows; gives the reason of its end."""
        entry = self._device.entry
        quiet = self._backoff.failures > 0
        self._context.counters.dials += 1
        try:
            link = await self._connect(entry, quiet=quiet)
            return await self._device.look_after(link)
        except DoorwardError as error:
            return error
        except Exception:
            logger.exception("dialling device %d failed", self._device.device_id)
            return fault_of_the_server()

    async def _connect(self, entry: DeviceEntry, *, quiet: bool) -> DirectLink:
        await self._device.bring_in_kept()
        if entry.address is None:
            raise InvalidInput("address", None, "the IP address of a device in direct mode")
        known = MODELS_BY_SLUG.get(entry.model or "")
        port = entry.port or (known.tcp_port if known else STATION_PORT)
        if not quiet:
            self._device.set_state(DeviceState.CONNECTING, f"It is dialled at {entry.address}:{port}.", entry.address)
        try:
            stream = await self._agents.dialer_of(entry)(entry.address, port, timeout=DIAL_TIMEOUT)
        except NotReached as error:
            if entry.agent is None and isinstance(error.__cause__, ConnectionRefusedError):
                raise await explained(error, entry, self._context.settings.udp_port) from error
            raise
        if not quiet:
            self._device.set_state(DeviceState.IDENTIFYING, f"{stream.peer} is asked who it is.", entry.address)
        patience = 0.0 if entry.agent is None else self._context.settings.agent_patience
        session = WatchedSession(stream, basic_timeout=BASIC_TIMEOUT + patience)
        try:
            device_type = await self._identify(session, entry)
            await self._sight(device_type, entry)
        except BaseException:
            await session.close()
            raise
        if entry.agent is not None:
            # Before the log is read: the line may be cut in the middle of that.
            self._device.log_was_read(await self._device.keeper.state(), device_type)
        link = DirectLink(self._context, self._device, session, device_type)
        self._device.connected(link, entry.address, f"{entry.address}:{port} was dialled; its log is read.")
        return link

    async def _identify(self, session: WatchedSession, entry: DeviceEntry) -> int:
        try:
            identity = await session.request(Identify())
        except TimedOut:
            raise
        except NotReached as error:
            # Who serves one client at a time takes a second connection and closes it at once.
            raise HeldByAnother(
                f"The device at {session.peer} closed the connection at once: another client holds it."
            ) from error
        if identity.device_id != entry.device_id:
            raise WrongDevice(
                f"{session.peer} is device {identity.device_id}, not device {entry.device_id}.",
                device_id=identity.device_id,
                advice="The address may have gone to another device: search for the device to learn its address.",
            )
        model = MODELS_BY_TYPE.get(identity.device_type)
        if model is None:
            raise Unsupported(f"{session.peer} is of a type that is not served: {type_title(identity.device_type)}.")
        session.identified(identity.device_id, enciphered=model.enciphered, title=f"{model.title} {entry.device_id}")
        if model.idle_limit is not None:
            session.keep_alive(model.idle_limit * KEEP_ALIVE_SHARE)
        return identity.device_type

    async def _sight(self, device_type: int, entry: DeviceEntry) -> None:
        model = MODELS_BY_TYPE[device_type]
        sighting = Sighting(
            entry.device_id,
            device_type,
            entry.address or "",
            self._context.now(),
            SightingKind.DIALLED,
            model.slug,
        )
        now = await self._context.directory.sighted(sighting)
        if not is_dialled(now):
            raise NotReached(f"Device {entry.device_id} may not be connected any more.")


async def stop_task(task: asyncio.Task[None] | None) -> None:
    """Cancel a task and wait for its end."""
    if task is not None and not task.done():
        task.cancel()
        await asyncio.wait({task})
