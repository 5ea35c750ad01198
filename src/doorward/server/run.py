"""The whole server in one process: web, gateway, and the thread that writes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final, TypeVar

from asgiref.sync import sync_to_async
from django.utils import timezone

from doorward import __version__
from doorward.gateway.collaborators import AlarmRaised, StoreUnavailable
from doorward.gateway.gateway import Gateway
from doorward.model.errors import DoorwardError
from doorward.server.agents.desk import AgentDesk, set_agent_desk
from doorward.server.agents.directory import DatabaseAgents
from doorward.server.audit.services import close_forgotten
from doorward.server.certificates.tls import DatabaseCertificates, check_tls_setting
from doorward.server.crypto import read_key_file
from doorward.server.database import FULL_BYTES, LOW_SPACE_BYTES, free_bytes, migrate
from doorward.server.database_folder import prepare_folder
from doorward.server.devices.commands import CommandDesk, set_command_desk
from doorward.server.devices.directory import DatabaseDirectory
from doorward.server.devices.gateway_views import GatewayViews, set_gateway_views
from doorward.server.doors.follower import DoorFollower
from doorward.server.enrolment.services import forget_all as forget_captures
from doorward.server.enrolment.services import forget_expired as forget_old_captures
from doorward.server.errors import DatabaseUnusable
from doorward.server.events.bus import DatabaseBus
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.events.live import LiveEvents, set_live_events
from doorward.server.events.months import Month
from doorward.server.events.outbox import Outbox
from doorward.server.events.partitions import make_partitions
from doorward.server.events.retention import remove_old, remove_old_happenings
from doorward.server.events.store import DatabaseEventStore
from doorward.server.gateway_settings import gateway_settings
from doorward.server.holds.desk import HoldDesk
from doorward.server.imports.services import forget_expired
from doorward.server.jobs.services import jobs_folder
from doorward.server.jobs.worker import JobWorker
from doorward.server.modes.desk import ModeDesk
from doorward.server.orders.desk import OrderDesk
from doorward.server.people import erased
from doorward.server.settings import ServerSettings
from doorward.server.sync.roster import DatabaseRoster
from doorward.server.system.clock import ClockWatch, newest_known
from doorward.server.system.metrics import set_counters
from doorward.server.system.models import ServerRun
from doorward.server.system.readiness import Readiness, set_readiness
from doorward.server.system.services import (
    BEAT_SECONDS,
    check_key,
    record_addresses,
    record_beat,
    record_start,
    record_stop,
    require_stopped,
)
from doorward.server.takeover.services import forget_expired as forget_takeovers
from doorward.server.web import WebServer
from doorward.server.webhooks.desk import WebhookDesk
from doorward.server.webhooks.services import forget_delivered
from doorward.transport import Address
from doorward.transport.bound_socket import listening_socket

logger = logging.getLogger(__name__)

T = TypeVar("T")

DAY_SECONDS: Final = 86_400.0
COLLECT: Final = (10_000, 50, 1_000)
"""When the memory of this process is searched for cycles. With thousands of devices a search of all of it takes a
second, in which nobody is answered; by the usual thresholds it would come every few seconds."""
RETRY_SECONDS: Final = 60.0
CLOCK_MOVED: Final = "server-clock-moved"
DEVICES_HEARD_AFTER: Final = 600.0
"""Seconds after the start before anything is removed by age: by then devices have shown whether the clock is right."""


class Server:
    """One server.

    Args:
        settings: Its settings; Django is set up with them.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.live = LiveEvents()
        self.store = DatabaseEventStore(self.live)
        self.directory = DatabaseDirectory(self.store.writer)
        self.outbox = Outbox(self.store.writer)
        self.bus = DatabaseBus(self.store.writer)
        certificates = DatabaseCertificates(self.store.writer, allow_tls_1_0=settings.devices.oldest_tls == "1.0")
        self.agents = DatabaseAgents(self.store.writer)
        self.roster = DatabaseRoster(self.store.writer)
        self.gateway = Gateway(
            gateway_settings(settings, certificates),
            self.directory,
            self.store,
            self.bus,
            roster=self.roster,
            agents=self.agents,
        )
        self.views = GatewayViews(self.gateway, self.store.writer)
        self.orders = OrderDesk(self.store.writer, self.bus)
        self.holds = HoldDesk(self.store.writer)
        self.modes = ModeDesk(self.store.writer)
        self.webhooks = WebhookDesk(settings.webhooks, self.store.writer, self.live)
        self.jobs = JobWorker(jobs_folder(), self.store.writer)
        self.doors = DoorFollower(self.store.writer, self.live, self.bus)
        self._low_space_told = False
        self._clock = ClockWatch()
        self._remove_from = time.monotonic() + DEVICES_HEARD_AFTER

    @contextlib.asynccontextmanager
    async def running(self, web: WebServer) -> AsyncIterator[asyncio.Task[None]]:
        """Run everything; gives the task of the web server. What came up is taken down in turn, whatever happens.

        Raises:
            DoorwardError: Something cannot be had: the database, a port.
        """
        async with contextlib.AsyncExitStack() as stack:
            await self.store.start()
            stack.push_async_callback(self.store.stop)
            known = await self._in_writer(newest_known)
            run = await self._in_writer(record_start)
            await self._in_writer(close_forgotten)
            stack.push_async_callback(self._stopped, run)
            await self._in_writer(erased.reload)
            await self._in_writer(forget_captures)
            await self.directory.start()
            stack.push_async_callback(self.directory.stop)
            await self.agents.start()
            stack.push_async_callback(self.agents.stop)
            self.outbox.start()
            stack.push_async_callback(self.outbox.stop)
            await self._in_writer(lambda: tell(Kind.SERVER, {"what": "started", "version": __version__}))
            await self.bus.start()
            stack.push_async_callback(self.bus.stop)
            await self.doors.start()
            stack.push_async_callback(self.doors.stop)
            await self._in_writer(self._make_partitions)
            await self.roster.start()
            stack.push_async_callback(self.roster.stop)
            await self.gateway.start(known_moment=None if known is None else known.timestamp())
            stack.push_async_callback(self.gateway.stop)
            await self.views.start()
            stack.push_async_callback(self.views.stop)
            set_gateway_views(self.views)
            stack.callback(set_gateway_views, None)
            set_counters(self.gateway.counters)
            stack.callback(set_counters, None)
            set_command_desk(CommandDesk(asyncio.get_running_loop(), self.bus, self.gateway))
            stack.callback(set_command_desk, None)
            set_agent_desk(AgentDesk(asyncio.get_running_loop(), self.gateway))
            stack.callback(set_agent_desk, None)
            self.orders.start()
            stack.push_async_callback(self.orders.stop)
            self.holds.start()
            stack.push_async_callback(self.holds.stop)
            self.modes.start()
            stack.push_async_callback(self.modes.stop)
            await self.webhooks.start()
            stack.push_async_callback(self.webhooks.stop)
            await self.jobs.start()
            stack.push_async_callback(self.jobs.stop)
            set_live_events(self.live)
            stack.callback(set_live_events, None)
            await self._in_writer(
                lambda: record_addresses(
                    run,
                    str(Address(self.settings.web.address, web.port)),
                    str(self.gateway.addresses[0]),
                )
            )
            beat = asyncio.create_task(_again(lambda: self._live(run), BEAT_SECONDS), name="beat")
            stack.push_async_callback(_end, beat)
            house = asyncio.create_task(_again(self._keep_house, DAY_SECONDS), name="housekeeping")
            stack.push_async_callback(_end, house)
            set_readiness(Readiness(self.store.writer, self.settings.database_target))
            stack.callback(set_readiness, None)
            task = web.start()
            stack.push_async_callback(web.stop)
            # First of all the streams end, so that the web server has nobody to wait for.
            stack.callback(self.live.close)
            yield task

    async def _in_writer(self, function: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self.store.writer.call(function))

    def _make_partitions(self) -> None:
        now = timezone.now()
        for month in make_partitions(Month.of(now), self.settings.events.partitions_ahead):
            logger.info("The events of %s have a partition.", month)

    async def _stopped(self, run: ServerRun) -> None:
        with contextlib.suppress(StoreUnavailable):
            await self._in_writer(lambda: tell(Kind.SERVER, {"what": "stopped", "version": __version__}))
            await self._in_writer(lambda: record_stop(run))

    async def _live(self, run: ServerRun) -> None:
        """Say that the server runs, and watch clock and disk."""
        if moved := self._clock.moved():
            logger.warning("%s", moved)
            self.bus.publish(AlarmRaised(CLOCK_MOVED, moved, time.time()))
        _ = self.gateway.clock_doubt  # raises its alarm, or clears it
        self._watch_space()
        await self._in_writer(lambda: record_beat(run))

    async def _keep_house(self) -> None:
        """Make the partitions of the months ahead, and remove what is too old."""
        await self._in_writer(self._make_partitions)
        await asyncio.sleep(max(0.0, self._remove_from - time.monotonic()))
        if doubt := self.gateway.clock_doubt:
            logger.warning("Nothing is removed by age today: %s", doubt)
            return
        removed = await remove_old(self.store.writer, self.settings.events.retention_months)
        if removed.events or removed.images:
            logger.info("Removed %s events and %s pictures by age.", removed.events, removed.images)
        await remove_old_happenings(self.store.writer, self.settings.events.happenings_days)
        await self._in_writer(forget_delivered)
        await self._in_writer(forget_expired)
        await self._in_writer(forget_old_captures)
        await self._in_writer(forget_takeovers)

    def _watch_space(self) -> None:
        free = free_bytes(self.settings.database_target)
        low = free is not None and free < LOW_SPACE_BYTES
        if low and not self._low_space_told:
            logger.warning("The disk of the database has only %s MB left.", (free or 0) // 1024 // 1024)
        self._low_space_told = low


async def _again(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Do something now and then; what fails is told and tried again sooner."""
    while True:
        wait = seconds
        try:
            await work()
        except DoorwardError as error:
            logger.warning("Housekeeping waits: %s", error)
            wait = min(seconds, RETRY_SECONDS)
        except Exception:
            logger.exception("Housekeeping failed.")
            wait = min(seconds, RETRY_SECONDS)
        await asyncio.sleep(wait)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def prepare(settings: ServerSettings) -> None:
    """Make sure that the database can be used, is of this version, and that the key file fits it.

    Raises:
        DoorwardError: It cannot, it is newer, or the key file does not fit.
    """
    check_tls_setting(settings.devices.oldest_tls == "1.0", where=str(settings.path))
    read_key_file(settings.key_path)
    prepare_folder(settings.database_target)
    free = free_bytes(settings.database_target)
    if free is not None and free < FULL_BYTES:
        raise DatabaseUnusable(
            f"The disk of the database is full: {free // 1024} KB are free ({settings.database_target.words}).",
            advice="Make room and start again; nothing was lost.",
        )
    require_stopped()
    if migrate():
        logger.info("The database was brought to this version (%s).", settings.database_target.words)
    check_key()


async def serve(settings: ServerSettings, *, told: Callable[[str], None]) -> None:
    """Run the server until it is told to stop by a signal.

    Args:
        settings: Its settings; Django is set up with them.
        told: Takes lines for the person who started it.

    Raises:
        DoorwardError: It cannot start.
    """
    gc.set_threshold(*COLLECT)
    await sync_to_async(prepare)(settings)
    try:
        bound = listening_socket(Address(settings.web.address, settings.web.port))
    except DoorwardError as error:
        error.advice = f"{error.advice} The console's port is web.port in {settings.path}."
        raise
    web = WebServer(bound)
    server = Server(settings)
    stop = asyncio.Event()
    try:
        async with server.running(web) as task:
            with _signals(stop):
                told(f"Console and API: http://{Address(settings.web.address, web.port)}")
                told(f"Devices in server mode call TCP port {server.gateway.addresses[0].port}.")
                if doubt := server.gateway.clock_doubt:
                    told(f"Mind the clock: {doubt}")
                told(f"Data: {settings.database_target.words}")
                waiting = asyncio.create_task(stop.wait())
                await asyncio.wait((waiting, task), return_when=asyncio.FIRST_COMPLETED)
                await _end_waiting(waiting)
                told("Stopping: what is in hand is finished first.")
    finally:
        bound.close()


async def _end_waiting(waiting: asyncio.Task[bool]) -> None:
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Stop in good order on Ctrl-C and on what service managers send; a second signal ends at once."""
    loop = asyncio.get_running_loop()
    wanted = (signal.SIGINT, signal.SIGTERM)

    def ask(number: int, _frame: object = None) -> None:
        loop.call_soon_threadsafe(stop.set)
        signal.signal(number, signal.SIG_DFL)

    # signal.signal rather than the loop's own handlers: those are missing on Windows.
    before = {number: signal.signal(number, ask) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            if stop.is_set() and signal.getsignal(number) is signal.SIG_DFL:
                continue
            signal.signal(number, handler)
